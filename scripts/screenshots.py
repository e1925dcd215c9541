"""Take the pictures of the documentation: drive the try-out in a browser, write docs/images/*.png.

Needs Chromium (`apt-get install chromium`, or COHORT_CHROMIUM). Run: `make screenshots`.
"""

import asyncio

from playwright.async_api import Locator, Page, async_playwright

from tests.support.browser import ARGUMENTS, ROOT, chromium, tryout

IMAGES = ROOT / "docs" / "images"
CARD = ".component-container"


async def main() -> None:
    """Start the try-out, take the pictures, end it."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    path = chromium()
    async with tryout() as url, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        page = await browser.new_page(
            viewport={"width": 1180, "height": 760}, device_scale_factor=1.5, reduced_motion="reduce"
        )
        await page.goto(url)
        await take(page)
        await browser.close()


async def take(page: Page) -> None:
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

    await page.select_option("#viewer", label="Ada · Member")
    await page.locator(".room[data-room=mod-log]").wait_for(state="detached")
    await _visit(page, "papers")
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


async def _visit(page: Page, room: str) -> None:
    await page.locator(f".room[data-room={room}]").click()
    await page.frame_locator("#channel").locator("#channel-name", has_text=room).wait_for()


async def _command(page: Page, room: str, command: str, **options: str) -> None:
    """Send a command; an option that starts with "…" is picked from the list."""
    await _visit(page, room)
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
    await page.frame_locator("#channel").locator("#preview-app[aria-busy=false]").wait_for()
    await message.locator(CARD).first.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


async def _picture(page: Page, name: str) -> None:
    await page.mouse.move(640, 8)  # nothing is hovered over
    await page.frame_locator("#channel").locator("#preview-app[aria-busy=false]").wait_for()
    await page.screenshot(path=IMAGES / name)
    print(f"docs/images/{name}")


if __name__ == "__main__":
    asyncio.run(main())
