"""The try-out as a newcomer meets it: a browser, a page, and nothing else."""

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.support.browser import Browsing, become, channel, visit

pytestmark = pytest.mark.browser


async def fill_in_papers(page: Page) -> None:
    """Type `/feed papers`, choose #papers and two categories."""
    inside = channel(page)
    await inside.locator("#channel-composer-input").press_sequentially("/feed papers")
    await inside.locator(".command-entry", has_text="/feed papers").click()
    await inside.locator(".command-option-input[data-option=channel]").press_sequentially("pap")
    await inside.locator(".command-suggestion", has_text="papers").click()
    await expect(inside.locator(".command-mention[data-option=channel]")).to_have_text("#papers")
    await inside.locator(".command-ghost").click()
    await inside.locator(".command-suggestion", has_text="categories").click()
    await inside.locator(".command-option-input[data-option=categories]").press_sequentially("cs.LG, langu")
    await inside.locator(".command-suggestion", has_text="cs.CL").first.click()


async def make_feed(page: Page) -> None:
    await fill_in_papers(page)
    await channel(page).locator(".send-message").click()
    await expect(channel(page).locator(".channel-message", has_text="Feed 1")).to_contain_text("cs.LG, cs.CL")


async def test_from_the_first_command_to_the_digest(browsing: Browsing) -> None:
    async with browsing() as page:
        # SimCord's tools for developers are out of the way.
        for tool in ("#toolbar", "#messages-sidebar", "#inspector-panel"):
            await expect(channel(page).locator(tool)).to_be_hidden()
        await expect(page.locator("#due")).to_have_text("Nothing scheduled yet")
        await make_feed(page)
        await expect(page.locator("#due")).to_have_text("Next post: Mon 5 Jan, 09:00 UTC")
        await expect(page.locator("#step-feed")).to_have_class("done")

        await page.click("#jump")
        await expect(page.locator("#toast")).to_contain_text("Posted in #papers (1 new message).")
        await expect(page.locator("#clock")).to_contain_text("Mon 5 Jan, 09:00 UTC")
        papers = page.locator(".room", has_text="papers")
        await expect(papers).to_have_class(re.compile(r"\bunread\b"))

        await page.click("#toast button")
        await expect(channel(page).locator("#channel-name")).to_have_text("papers")
        digest = channel(page).locator(".channel-message")
        await expect(digest).to_have_count(1)
        await expect(digest).to_contain_text("6 new papers")
        await expect(digest).to_contain_text("Attention Is All You Need")
        await expect(digest.get_by_role("link", name="PDF").first).to_have_attribute(
            "href", re.compile(r"^https://arxiv\.org/pdf/\d{4}\.\d{5}$")
        )
        await expect(papers).not_to_have_class(re.compile(r"\bunread\b"))
        await expect(page.locator("#steps li.done")).to_have_count(3)


async def test_a_digest_arrives_in_the_open_channel_by_itself(browsing: Browsing) -> None:
    async with browsing() as page:
        await make_feed(page)
        await visit(page, "papers")
        await expect(channel(page).locator("#channel-empty")).to_be_visible()
        for expected in (1, 2):
            await page.click("#jump")
            await expect(channel(page).locator(".channel-message")).to_have_count(expected)


async def test_the_steps_type_the_commands(browsing: Browsing) -> None:
    async with browsing() as page:
        inside = channel(page)
        await page.click("#step-feed button")
        await expect(inside.locator(".command-chip")).to_have_text("/feed papers")
        await inside.locator(".command-option-input[data-option=channel]").press_sequentially("pap")
        await inside.locator(".command-suggestion", has_text="papers").click()
        await inside.locator(".send-message").click()
        await expect(inside.locator(".channel-message", has_text="Feed 1")).to_be_visible()

        await page.click("#step-next button")
        await expect(inside.locator(".command-chip")).to_have_text("/try next")
        await inside.locator(".send-message").click()
        said = inside.locator(".channel-message", has_text="Posted in")
        await expect(said).to_contain_text("#papers (1 new message)")
        await said.locator(".mention").click()
        await expect(inside.locator("#channel-name")).to_have_text("papers")
        await expect(page.locator("#steps li.done")).to_have_count(3)


async def test_buttons_on_a_card_work_in_the_page(browsing: Browsing) -> None:
    async with browsing() as page:
        await make_feed(page)
        await channel(page).get_by_role("button", name="All feeds").click()
        await expect(channel(page).get_by_role("button", name="Pause")).to_be_visible()


async def test_a_member_sees_no_moderators_things(browsing: Browsing) -> None:
    async with browsing() as page:
        inside = channel(page)
        await visit(page, "mod-log")
        await become(page, "Ada · Member")
        await expect(inside.locator("#channel-name")).to_have_text("welcome")
        await expect(page.locator(".room[data-room=mod-log]")).to_have_count(0)

        box = inside.locator("#channel-composer-input")
        await box.press_sequentially("/")
        await expect(inside.locator(".command-entry", has_text="/try clock")).to_be_visible()
        await expect(inside.locator(".command-entry", has_text="/feed papers")).to_have_count(0)
        await box.press_sequentially("try clock")
        await inside.locator(".command-entry", has_text="/try clock").click()
        await inside.locator(".send-message").click()
        await expect(inside.locator(".channel-message", has_text="Here it is")).to_contain_text(
            "Only you can see this"
        )


async def test_on_a_phone(browsing: Browsing) -> None:
    async with browsing(width=390, height=780) as page:
        await expect(page.locator("#rail")).to_be_hidden()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390
        await page.click("#menu")
        await expect(page.locator("#jump")).to_be_visible()
        await visit(page, "lounge")
        await expect(channel(page).locator("#channel-name")).to_have_text("lounge")
        await expect(page.locator("#rail")).to_be_hidden()


async def test_a_late_answer_does_not_turn_the_page_back(browsing: Browsing) -> None:
    async with browsing() as page:
        asked, gone = asyncio.Event(), asyncio.Event()

        async def late(route: Route) -> None:
            answer = await route.fetch()
            asked.set()
            await gone.wait()
            await route.fulfill(response=answer)

        await page.route("**/tryout/state", late, times=1)
        await asked.wait()  # that answer is of the channel one is still in
        await visit(page, "lounge")
        box = channel(page).locator("#channel-composer-input")
        await box.press_sequentially("a thought")
        async with page.expect_response("**/tryout/state"):
            gone.set()
        async with page.expect_response("**/tryout/state"):
            pass  # the next look comes after the late answer was drawn, or not
        await expect(page.locator(".room[data-room='lounge']")).to_have_attribute("aria-current", "page")
        await expect(box).to_have_value("a thought")


async def test_the_channel_one_leaves_takes_no_more_words(browsing: Browsing) -> None:
    async with browsing() as page:
        asked, gone = asyncio.Event(), asyncio.Event()

        async def slow(route: Route) -> None:
            asked.set()
            await gone.wait()
            await route.continue_()

        left = channel(page).locator("#channel-composer-input")
        there = await left.bounding_box()
        assert there is not None
        await page.route("**/channel?2", slow, times=1)
        await page.locator(".room[data-room='lounge']").click()
        await asked.wait()  # what is drawn is the channel before still, though it may have noticed
        await page.mouse.click(there["x"] + 9, there["y"] + 9)
        await page.keyboard.type("would be lost")
        await expect(left).to_have_value("")
        gone.set()
        await visit(page, "lounge")
        await left.press_sequentially("a thought")
        await expect(left).to_have_value("a thought")
