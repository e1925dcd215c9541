"""A round of questions as a member meets it in the browser."""

import re

import pytest
from playwright.async_api import expect

from tests.support.browser import Browsing, become, channel, visit

pytestmark = pytest.mark.browser


async def test_a_round_from_the_first_question_to_how_it_went_on_a_phone(browsing: Browsing) -> None:
    async with browsing(width=390, height=900) as page:
        inside = channel(page)
        await page.click("#menu")
        await become(page, "Ada · Member")
        await expect(page.locator(".room[data-room=mod-log]")).to_have_count(0)
        await visit(page, "lounge")
        box = inside.locator("#channel-composer-input")
        await box.press_sequentially("/quiz play")
        await inside.locator(".command-entry", has_text="/quiz play").click()
        await inside.locator(".send-message").click()
        card = inside.locator(".channel-message").last
        await expect(card).to_contain_text("Only you can see this")
        for number in range(1, 6):
            await expect(card).to_contain_text(f"Question {number} of 5")
            await card.get_by_role("button", name="Skip").click()
        await expect(card).to_contain_text("0 of 5 right")
        await expect(card.get_by_role("button", name="Another round")).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth") <= 390

        await card.get_by_role("button", name="My stats").click()
        stats = inside.locator(".channel-message").last
        await expect(stats).to_contain_text("What you know")
        await expect(stats.locator("img[alt*='Level in each topic']")).to_have_count(1)
        await expect(stats).to_contain_text(re.compile(r"\d+ days? in a row"))
