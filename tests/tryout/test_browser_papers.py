"""Papers as people use them: a moderator makes a feed, a member reads, keeps and discusses what it brings."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.browser import Browsing, become, channel, visit

pytestmark = pytest.mark.browser

TITLE = "Adam: A Method for Stochastic Optimization"
ID = "1412.6980"


async def begin(page: Page, room: str, command: str, **options: str) -> None:
    """Type a command and its required options; an option that starts with "…" is picked from the list."""
    await visit(page, room)
    inside = channel(page)
    await inside.locator("#channel-composer-input").press_sequentially(f"/{command}")
    await inside.locator(".command-entry", has_text=f"/{command}").first.click()
    for option, value in options.items():
        words = value.removeprefix("…")
        field = inside.locator(f".command-option-input[data-option={option}]")
        await field.press_sequentially(words)
        if words != value:
            await inside.locator(".command-suggestion", has_text=words).first.click()


async def send(page: Page) -> None:
    await channel(page).locator(".send-message").click()


def message(page: Page, text: str) -> Locator:
    return channel(page).locator(".channel-message", has_text=text).last


def button(where: Locator, label: str) -> Locator:
    return where.get_by_role("button", name=label, exact=True)


async def press(page: Page, where: Locator, label: str) -> None:
    """Press a button once the page is done with what came before: it takes one press at a time."""
    await expect(channel(page).locator("#preview-app")).to_have_attribute("aria-busy", "false")
    await button(where, label).first.click()


async def become_member(page: Page) -> None:
    await become(page, "Ada · Member")
    await expect(page.locator(".room[data-room=mod-log]")).to_have_count(0)


async def test_a_feed_with_a_query_and_what_people_do_with_its_paper(browsing: Browsing) -> None:
    async with browsing() as page:
        inside = channel(page)
        await begin(page, "mod-log", "feed papers", channel="…papers")
        await expect(inside.locator(".command-mention[data-option=channel]")).to_have_text("#papers")
        await inside.locator(".command-ghost").click()
        await inside.locator(".command-suggestion", has_text="query").first.click()
        await inside.locator(".command-option-input[data-option=query]").press_sequentially("optimization")
        await send(page)
        answer = message(page, "Feed 1 is set")
        await expect(answer).to_contain_text("only those mentioning “optimization”")
        await press(page, answer, "Preview")
        await expect(message(page, "Preview of feed 1")).to_contain_text("nothing now")

        await page.click("#jump")
        await expect(page.locator("#toast")).to_contain_text("Posted in #papers")
        await begin(page, "lounge", "feed why", feed="…papers", paper=ID)
        await send(page)
        why = message(page, "It was posted")
        await expect(why).to_contain_text("optimization: in the title")
        await expect(why).to_contain_text("Place 1 of 1: shown.")

        await become_member(page)
        await visit(page, "papers")
        await press(page, message(page, "1 new paper"), "Open")
        card = message(page, f"arXiv:{ID}v1")
        await press(page, card, "Save")
        await expect(button(card, "Saved · 1")).to_be_visible()
        await press(page, card, "Useful")
        await expect(button(card, "Useful ✓ · 1")).to_be_visible()
        await press(page, card, "Cite")
        await expect(message(page, "@misc{")).to_contain_text("eprint = {1412.6980}")
        await press(page, card, "Discuss")
        await expect(message(page, "The thread is open")).to_contain_text(f"#{TITLE}")
        await expect(page.locator(".room.thread")).to_have_text(TITLE)
        await press(page, card, "Discuss")
        await expect(message(page, "It is discussed here")).to_contain_text(f"#{TITLE}")

        await visit(page, TITLE)
        # In the thread the count is for everybody, and says of nobody that it was they.
        await expect(button(message(page, f"arXiv:{ID}v1"), "Save · 1")).to_be_visible()


async def test_a_subscription_comes_as_a_direct_message_until_it_is_stopped(browsing: Browsing) -> None:
    async with browsing() as page:
        await become_member(page)
        await begin(page, "lounge", "papers subscribe", query="optimization")
        await send(page)
        await expect(message(page, "Subscription 1 is set")).to_contain_text("08:00 is UTC")
        await expect(page.locator("#due")).to_have_text("Next post: Mon 5 Jan, 08:00 UTC")

        await visit(page, "Cohort")
        await expect(message(page, "Your subscription 1")).to_contain_text(
            "New papers mentioning “optimization”"
        )
        await page.click("#jump")
        letter = message(page, "Subscription 1 · 2026-01-05")
        await expect(letter).to_contain_text(TITLE)
        await press(page, letter, "Open")
        card = message(page, f"arXiv:{ID}v1")
        await expect(button(card, "Discuss")).to_have_count(0)
        await press(page, card, "Save")
        await expect(button(card, "Saved")).to_be_visible()
        await press(page, letter, "Stop these")
        await expect(message(page, "Subscription 1 is stopped")).to_contain_text("nothing more")
        await expect(page.locator("#due")).to_have_text("Nothing scheduled yet")

        await begin(page, "events", "papers saved")
        await send(page)
        await press(page, message(page, "Your reading list"), "BibTeX")
        await expect(message(page, "1 paper, as BibTeX.")).to_contain_text("reading-list.bib")
