"""Study buddies as people use them: a moderator switches them on, a round begins, two vote and one reports."""

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.browser import Browsing, become, channel, visit
from tests.tryout.test_browser_papers import begin, message, press, send

pytestmark = pytest.mark.browser


async def choose(page: Page, where: Locator, placeholder: str, option: str) -> None:
    """Choose a channel from a menu."""
    await expect(channel(page).locator("#preview-app")).to_have_attribute("aria-busy", "false")
    menu = where.locator(".preview-select", has_text=placeholder).first
    await menu.locator(".select-trigger").click()
    listed = menu.locator(".select-option", has_text=option).first
    await expect(listed).to_be_visible()
    await expect(menu.get_by_text("Loading options")).to_have_count(0)
    await listed.click()


async def enter_thread(page: Page) -> None:
    """Go to the one thread that this viewer sees."""
    await expect(page.locator(".room.thread")).to_have_count(1)
    name = await page.locator(".room.thread").get_attribute("data-room")
    assert name is not None
    assert "Study buddies" in name
    await visit(page, name)


async def test_a_round_from_the_switch_to_a_report(browsing: Browsing) -> None:
    async with browsing(height=1000) as page:
        await begin(page, "mod-log", "setup buddies")
        await send(page)
        panel = message(page, "Study buddies")
        await expect(panel).to_contain_text("Off. Nobody can join")
        await choose(page, panel, "The channel in which", "study-buddies")
        await expect(panel).to_contain_text("private threads in #study-buddies")
        await choose(page, panel, "Where reports go", "mod-log")
        await expect(panel).to_contain_text("to #mod-log")
        await press(page, panel, "Switch on")
        await press(page, message(page, "Switch study buddies on?"), "I have read that: switch on")
        await expect(message(page, "Switched on")).to_contain_text("4 members in")
        await press(page, message(page, "Switched on"), "Dry run")
        await expect(message(page, "If the round were now")).to_contain_text("4 of 4: 2 pairs, 0 trios")

        await begin(page, "lounge", "try round")
        await send(page)
        await expect(message(page, "Posted in")).to_contain_text("private threads (")
        for name in ("Ada · Member", "Ben · Member"):
            await become(page, name)
            await enter_thread(page)
            await expect(message(page, "meet each other")).to_contain_text("You both learn pandas.")
            await press(page, message(page, "When?"), "1 suits me")
        await expect(message(page, "suits you both")).to_contain_text("I remind you an hour before")
        await press(page, message(page, "meet each other"), "Report")
        form = channel(page).get_by_role("dialog", name="Tell the moderators")
        await form.locator("textarea").fill("They were rude to me.")
        await expect(form.locator("textarea")).to_have_value("They were rude to me.")
        await form.get_by_role("button", name="Submit").click()
        await expect(form).to_have_count(0)
        await expect(message(page, "Passed on")).to_be_visible()

        await become(page, "Mira · Moderator")
        await visit(page, "mod-log")
        await expect(message(page, "A report from study buddies")).to_contain_text("They were rude to me.")
