"""Events as people use them: a calendar is added, a member is reminded, what moves and what is called off is seen."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import Browsing, channel, visit
from tests.tryout.test_browser_papers import become_member, begin, button, message, press, send

pytestmark = pytest.mark.browser

WORKSHOP = "Sample workshop: train your first model"


async def test_a_calendar_from_its_address_to_a_reminder_and_a_cancellation(browsing: Browsing) -> None:
    async with browsing(height=1000) as page:
        inside = channel(page)
        await visit(page, "events")
        address = await message(page, "Our learning circle").inner_text()
        group = re.search(r"http://127\.0\.0\.1:\d+/circle", address)
        assert group is not None
        await begin(page, "mod-log", "feed meetups", channel="…events", url=group[0])
        await send(page)
        answer = message(page, "Feed 1 is set for Sample Learning Circle")
        await expect(answer).to_contain_text("11 events to come. The next:")
        await expect(answer).to_contain_text("Sample Library, Room 2, Lisbon")
        await press(page, answer, "All feeds")
        await expect(message(page, "1 feed")).to_contain_text(
            re.compile(r"fine: read (now|\d+ seconds? ago)")
        )

        await become_member(page)
        await begin(page, "lounge", "events upcoming")
        await send(page)
        upcoming = message(page, "Under way").or_(message(page, WORKSHOP))
        await expect(upcoming).to_contain_text("Sample quiz night")
        await begin(page, "lounge", "events remind")
        await inside.locator(".command-ghost").click()
        await inside.locator(".command-suggestion", has_text="event").first.click()
        await inside.locator(".command-option-input[data-option=event]").press_sequentially("first model")
        await inside.locator(".command-suggestion", has_text=WORKSHOP).first.click()
        await send(page)
        await press(page, message(page, "How long before?"), "1 day before")
        await expect(message(page, "Reminder set")).to_contain_text("the reminder moves with it")
        await visit(page, "Cohort")
        await expect(message(page, "I will remind you here")).to_contain_text(WORKSHOP)

        # The agenda on Monday; the workshop moves on Wednesday, the quiz night is off on Thursday.
        for day in ("Mon 5 Jan", "Tue 6 Jan", "Wed 7 Jan", "Thu 8 Jan"):
            await page.click("#jump")
            await expect(page.locator("#clock")).to_contain_text(day)
        await visit(page, "events")
        agenda = inside.locator(".channel-message", has_text="Meetups coming up")
        await expect(agenda).to_contain_text("Cancelled")
        await expect(agenda).to_contain_text("Moved")
        await expect(message(page, "Another time")).to_contain_text("Room 5, Lisbon")
        off = inside.locator(".channel-message", has_text="Sample quiz night").last
        await expect(off).to_contain_text("Cancelled")
        await press(page, off, "Details")
        await expect(button(message(page, "Cancelled"), "Remind me")).to_have_count(0)

        # An hour later than it was asked for, as the workshop is.
        await page.click("#jump")
        await expect(page.locator("#clock")).to_contain_text("Thu 8 Jan, 18:00")
        await visit(page, "Cohort")
        await expect(message(page, "Start:")).to_contain_text("Room 5, Lisbon")
