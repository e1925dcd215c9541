"""Take the pictures of the documentation: drive the try-out in a browser, write docs/images/*.png.

Needs Chromium (`apt-get install chromium`, or COHORT_CHROMIUM). Run: `make screenshots`, or some of them with
`python -m scripts.screenshots papers` or `events`.
"""

import asyncio
import re
import sys
from contextlib import suppress

from playwright.async_api import Locator, Page, async_playwright, expect
from playwright.async_api import TimeoutError as NothingCame

from tests.support.browser import ARGUMENTS, ROOT, WAIT_MS, become, chromium, tryout, visit

IMAGES = ROOT / "docs" / "images"
CARD = ".component-container"
_PLAYERS = ("Ada · Member", "Ben · Member", "Chidi · Member", "Mira · Moderator")


async def main(wanted: list[str]) -> None:
    """Take the pictures that are asked for, each set in a try-out of its own."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = chromium()
    expect.set_options(timeout=WAIT_MS)
    for name, take in SETS.items():
        if wanted and name not in wanted:
            continue
        async with tryout() as url, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
            page = await browser.new_page(
                viewport={"width": 1180, "height": 760}, device_scale_factor=1.5, reduced_motion="reduce"
            )
            await page.goto(url)
            await page.frame_locator("#channel").locator(".channel-message").last.wait_for()
            await take(page)
            await browser.close()


async def take_first(page: Page) -> None:
    """Walk the newcomer's way and take a picture at each stop."""
    inside = page.frame_locator("#channel")
    box = inside.locator("#channel-composer-input")
    await inside.locator(".channel-message").last.wait_for()

    await page.click("#step-feed button")
    await inside.locator(".command-option-input[data-option=channel]").press_sequentially("papers")
    await inside.locator(".command-suggestion", has_text="papers").click()
    await inside.locator(".command-ghost").click()
    await inside.locator(".command-suggestion", has_text="categories").click()
    categories = inside.locator(".command-option-input[data-option=categories]")
    await categories.press_sequentially("cs.LG, langu")
    await inside.locator(".command-suggestion", has_text="cs.CL").first.wait_for()
    await _picture(page, "feed-papers.png")

    await inside.locator(".command-suggestion", has_text="cs.CL").first.click()
    await inside.locator(".send-message").click()
    await inside.locator(".channel-message", has_text="Feed 1").wait_for()
    await box.wait_for()
    await page.locator("#step-feed.done").wait_for()
    await _picture(page, "feed-set.png")

    await page.click("#jump")
    await page.click("#toast button")
    await inside.locator(".channel-message", has_text="Attention Is All You Need").wait_for()
    await _picture(page, "digest.png")

    await page.set_viewport_size({"width": 390, "height": 780})
    await page.click("#hide")
    await _picture(page, "digest-phone.png")

    await take_papers(page)


async def take_papers(page: Page) -> None:
    """What a moderator asks about a feed, and what a member does with a paper: a picture of each answer."""
    inside = page.frame_locator("#channel")

    def said(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    # As tall as the tallest card: a picture of a part of the page shows only what is in view.
    await page.set_viewport_size({"width": 1180, "height": 1100})
    await _command(page, "welcome", "feed why", feed="…papers", paper="1706.03762")
    await _card(page, said("It was posted"), "why.png")
    await _command(page, "mod-log", "feed papers", channel="…lounge", time="18:00")
    await _card(page, said("Feed 2 is set"), "feed-answer.png")

    await _command(page, "lounge", "setup start")
    await said("Let us set this server up").get_by_role("combobox").first.click()
    await inside.get_by_role("option", name="A reading group").first.click()
    await _card(page, said("This would be set up"), "setup-start.png")
    await _command(page, "lounge", "setup status")
    await _card(page, said("How things stand"), "setup-status.png")

    await become(page, "Ada · Member")
    await visit(page, "papers")
    await said("6 new papers").get_by_role("button", name="Open").nth(2).click()
    paper = inside.locator(".channel-message", has_text="arXiv:").last
    await paper.get_by_role("button", name="Save").click()
    await paper.get_by_role("button", name="Saved · 1").wait_for()
    await paper.get_by_role("button", name="Useful").click()
    await paper.get_by_role("button", name="Useful ✓ · 1").wait_for()
    await _card(page, paper, "paper-card.png")
    await _command(page, "events", "papers saved")
    await _card(page, said("Your reading list"), "saved.png")
    await _command(page, "lounge", "papers subscribe", query="attention OR transformer")
    await _card(page, said("Subscription 1 is set"), "subscription.png")


async def take_events(page: Page) -> None:
    """A calendar is set, an event moves, another is called off, and a member is reminded."""
    inside = page.frame_locator("#channel")

    def said(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    await page.set_viewport_size({"width": 1180, "height": 1100})
    await visit(page, "events")
    address = (await said("learning circle").inner_text()).rsplit(" ", 1)[1].strip()
    await _command(page, "welcome", "feed meetups", channel="…events", url=address)
    await _card(page, said("Feed 1 is set"), "meetups.png")
    await become(page, "Ada · Member")
    await _command(page, "lounge", "events remind", event="…train your first model")
    await said("How long before").get_by_role("button", name="1 day before").click()
    await said("Reminder set").wait_for()
    for _ in range(9):  # until the reminder is there, on Thursday evening
        if "Thu 8 Jan, 18:00" in await page.locator("#clock").inner_text():
            break
        await page.click("#jump")
        await page.locator("#jump:not([disabled])").wait_for()
        await page.wait_for_timeout(500)
    await visit(page, "Cohort")
    await _card(page, said("Start:"), "reminder.png")
    await visit(page, "events")
    await _card(page, inside.locator(".channel-message", has_text="Another time").last, "moved.png")
    await _card(page, inside.locator(".channel-message", has_text="Meetups coming up").last, "agenda.png")


async def take_quiz(page: Page) -> None:
    """A question, what a wrong answer brings, and what a member knows by now."""
    inside = page.frame_locator("#channel")

    def card(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    await page.set_viewport_size({"width": 1180, "height": 1900})
    await become(page, "Ada · Member")
    await _command(page, "lounge", "quiz play", skill="…Transformers", count="10")
    for number in range(1, 11):
        question = card(f"Question {number} of 10")
        await question.wait_for()
        if await question.get_by_role("button", name="D", exact=True).count():
            break
        await question.get_by_role("button", name="Skip").click()
    await _card(page, question, "quiz-question.png")
    await question.get_by_role("button", name="B", exact=True).click()
    await question.get_by_role("button", name="Report").wait_for()
    await _card(page, question, "quiz-answer.png")
    await _command(page, "lounge", "quiz stats")
    await _card(page, card("What you know"), "quiz-stats.png")


async def take_live(page: Page) -> None:
    """Three people in a live round, and the panel on which moderators set quizzes up."""
    inside = page.frame_locator("#channel")

    def said(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    await page.set_viewport_size({"width": 1180, "height": 1300})
    await become(page, "Mira · Moderator")
    await _command(page, "mod-log", "setup quiz", channel="…lounge", time="18:00")
    await _card(page, said("Quizzes in this server"), "setup-quiz.png")
    await _command(page, "lounge", "quiz live", skill="…SQL and", count="3", seconds="…30 seconds")
    await said("Live quiz in").get_by_role("button", name="Start").click()
    await said("Begin now").get_by_role("button", name="Begin now").click()
    pictured = False
    for number in range(1, 4):
        await said(f"Question {number} of 3").wait_for(timeout=60_000)
        pressed = 0
        for place, viewer in enumerate(_PLAYERS):
            await become(page, viewer)
            pressed += await _answer(said(f"Question {number} of 3"), place + number)
        wanted = pressed > len(_PLAYERS) // 2 and not pictured
        if wanted:
            await _card(page, said(f"Question {number} of 3"), "live-question.png")
        shown = said(f"Question {number} of 3").filter(has_text=re.compile("were right|Nobody answered"))
        await shown.wait_for(timeout=60_000)
        if wanted:
            await _card(page, shown, "live-answer.png")
            pictured = True
        with suppress(NothingCame):  # a round goes on by itself, and may have
            await shown.get_by_role("button", name="Result" if number == 3 else "Next question").click(
                timeout=15_000
            )
    await _card(page, said("members played"), "live-result.png")


async def _answer(question: Locator, place: int) -> bool:
    """Press one of the letters of a question; those that are answered otherwise are passed over."""
    buttons = question.get_by_role("button").filter(has_text=re.compile(r"^[A-E]$"))
    try:
        await buttons.first.wait_for(timeout=4_000)
    except NothingCame:
        return False
    count = await buttons.count()
    await buttons.nth(place % count).click()
    told = question.page.frame_locator("#channel").locator(".channel-message", has_text="You picked")
    await told.last.wait_for()
    return True


async def take_buddies(page: Page) -> None:
    """Study buddies are switched on, and two people are introduced to each other."""
    inside = page.frame_locator("#channel")

    def said(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    async def choose(placeholder: str, option: str, then: str) -> None:
        await inside.locator("#preview-app[aria-busy=false]").wait_for()
        menu = said("Study buddies").locator(".preview-select", has_text=placeholder).first
        await menu.locator(".select-trigger").click()
        await menu.locator(".select-option", has_text=option).first.click()
        await said(then).wait_for()

    await page.set_viewport_size({"width": 1180, "height": 1500})
    await _command(page, "mod-log", "setup buddies")
    await choose("The channel in which", "study-buddies", "private threads in #study-buddies")
    await choose("Where reports go", "mod-log", "to #mod-log")
    await said("Study buddies").get_by_role("button", name="Switch on").click()
    await said("Switch study buddies on?").get_by_role("button", name="I have read that").click()
    await said("Switched on").wait_for()
    await _command(page, "lounge", "try round")
    await said("Posted in").wait_for()
    await become(page, "Ada · Member")
    thread = await page.locator(".room.thread").get_attribute("data-room")
    assert thread is not None
    await visit(page, thread)
    await _card(page, said("meet each other"), "buddies-thread.png")


async def take_roles(page: Page) -> None:
    """What a member asks about careers: a role and what it asks for, two compared, a way, and what fits."""
    inside = page.frame_locator("#channel")

    def said(text: str) -> Locator:
        return inside.locator(".channel-message", has_text=text).last

    await page.set_viewport_size({"width": 1180, "height": 2100})
    await _command(page, "lounge", "role info", name="…MLOps Engineer")
    card = said("MLOps Engineer")
    await _card(page, card, "role-info.png")
    await card.get_by_role("button", name="Skills").click()
    await card.locator("img[alt^='Skills of']").wait_for()
    await _card(page, card, "role-skills.png")
    await _command(
        page, "lounge", "role compare", first="…Data Scientist", second="…Machine Learning Engineer"
    )
    await _card(page, said("Data Scientist or Machine Learning Engineer?"), "role-compare.png")
    await _command(page, "lounge", "role path", start="…Data Analyst", goal="…AI Architect")
    await said("From Data Analyst").locator("img[alt^='A path']").wait_for()
    await _card(page, said("From Data Analyst"), "role-path.png")

    await _command(page, "lounge", "role match")
    ticking = said("What do you know?")
    ticks = (["Statistics"], ["Python"], ["SQL", "pandas", "Data visualization"])
    for number, skills in enumerate(ticks):
        await ticking.get_by_role("combobox").nth(number).click()
        for skill in skills:
            await inside.get_by_role("option", name=skill, exact=True).click()
        await ticking.locator("h2").click()  # a menu with several choices is sent when it closes
        await said(f"{sum(map(len, ticks[: number + 1]))} skill").wait_for()
    await ticking.get_by_role("button", name="Show roles").click()
    await said("Roles that ask for what you know").wait_for()
    await _card(page, said("Roles that ask for what you know"), "role-match.png")


async def _command(page: Page, room: str, command: str, **options: str) -> None:
    """Send a command; an option that starts with "…" is picked from the list."""
    await visit(page, room)
    inside = page.frame_locator("#channel")
    await inside.locator("#channel-composer-input").press_sequentially(f"/{command}")
    await inside.locator(".command-entry", has_text=f"/{command}").first.click()
    for option, value in options.items():
        words = value.removeprefix("…")
        field = inside.locator(f".command-option-input[data-option={option}]")
        if not await field.count():  # an option that need not be given
            await inside.locator(".command-ghost").click()
            await inside.locator(".command-suggestion", has_text=option).first.click()
        await field.press_sequentially(words)
        if words != value:
            await inside.locator(".command-suggestion", has_text=words).first.click()
    await inside.locator(".send-message").click()


async def _card(page: Page, message: Locator, name: str) -> None:
    """Take a picture of the card in a message and of nothing around it."""
    await message.wait_for()
    await page.mouse.move(640, 8)
    await page.locator("#toast").evaluate("element => { element.hidden = true }")  # it lies over the top
    await page.frame_locator("#channel").locator("#preview-app[aria-busy=false]").wait_for()
    shown = message.locator(CARD).first
    # Of the page and not of the element: when anything arrives the channel is drawn again, with other elements.
    await shown.evaluate("element => element.scrollIntoView({block: 'nearest'})")
    box = await shown.bounding_box()
    room = await page.frame_locator("#channel").locator("#channel-timeline").bounding_box()
    if box is None or room is None:
        raise RuntimeError(f"nothing to be seen for {name}")
    if box["y"] < room["y"] or box["y"] + box["height"] > room["y"] + room["height"]:
        raise RuntimeError(f"{name}: the card is taller than the channel; let the page be higher")
    await page.screenshot(path=IMAGES / name, clip=box)
    print(f"docs/images/{name}")


async def _picture(page: Page, name: str) -> None:
    await page.mouse.move(640, 8)  # nothing is hovered over
    await page.frame_locator("#channel").locator("#preview-app[aria-busy=false]").wait_for()
    await page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


SETS = {
    "papers": take_first,
    "events": take_events,
    "quiz": take_quiz,
    "live": take_live,
    "buddies": take_buddies,
    "roles": take_roles,
}

if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
