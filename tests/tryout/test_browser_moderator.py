"""A new moderator's walk: from the invitation to the first digest, each press counted.

With COHORT_WALK_PICTURES naming a folder, a picture of each stop is left there.
"""

import os
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.support.browser import Browsing, channel, visit

pytestmark = pytest.mark.browser


class Walk:
    """What the moderator does, and how often they had to do something."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.steps = 0
        folder = os.environ.get("COHORT_WALK_PICTURES")
        self._folder = Path(folder) if folder else None

    async def do(self, where: Locator) -> None:
        self.steps += 1
        await where.click()

    async def visit(self, room: str) -> None:
        self.steps += 1
        await visit(self.page, room)

    async def pick(self, menu: Locator, *choices: str) -> None:
        """Open a menu and choose: one step for each press."""
        await self.do(menu)
        for choice in choices:
            await self.do(channel(self.page).get_by_role("option", name=choice).first)
        await self.page.keyboard.press("Escape")

    async def picture(self, name: str) -> None:
        if self._folder is not None:
            await self.page.mouse.move(640, 8)
            await channel(self.page).locator("#preview-app[aria-busy=false]").wait_for()
            await self.page.screenshot(path=self._folder / f"{name}.png")

    async def card(self, message: Locator, name: str) -> None:
        if self._folder is not None:
            await self.page.mouse.move(640, 8)
            await channel(self.page).locator("#preview-app[aria-busy=false]").wait_for()
            await message.locator(".component-container").first.screenshot(path=self._folder / f"{name}.png")


async def test_from_the_invitation_to_the_first_digest(browsing: Browsing) -> None:
    async with browsing(width=1180, height=1150) as page:
        walk, inside = Walk(page), channel(page)
        hello = inside.locator(".channel-message", has_text="Hello, I am Cohort")
        await expect(hello).to_be_visible()
        await walk.picture("1-hello")
        await walk.do(hello.get_by_role("button", name="Set me up"))
        card = inside.locator(".channel-message", has_text="Let us set this server up").last
        await expect(card).to_contain_text("What is this community for?")
        await walk.picture("2-question")
        await walk.pick(
            card.locator("select, [role=combobox], .select-trigger, .component-select").first,
            "A reading group",
        )
        await expect(card).to_contain_text("This would be set up")
        await walk.picture("3-proposal")
        await walk.card(card, "3-proposal-card")
        await walk.do(card.get_by_role("button", name="Set it up"))
        done = inside.locator(".channel-message", has_text="Done").last
        await expect(done).to_contain_text("3 feeds set up")
        await walk.picture("4-done")
        unread = page.locator(".room.unread[data-room=papers]")
        for _ in range(3):  # the deadlines may come before the papers
            await walk.do(page.locator("#jump"))
            await expect(page.locator("#jump")).to_be_enabled()
            await expect(page.locator("#toast")).to_contain_text("Posted in")
            if await unread.count():
                break
        await walk.visit("papers")
        await expect(inside.locator(".channel-message", has_text="new papers")).to_be_visible()
        await walk.picture("5-digest")
        assert walk.steps <= 8, walk.steps
        print(f"{walk.steps} steps from the invitation to the first digest")

        await visit(page, "welcome")
        await inside.locator("#channel-composer-input").press_sequentially("/setup status")
        await inside.locator(".command-entry", has_text="/setup status").first.click()
        await inside.locator(".send-message").click()
        status = inside.locator(".channel-message", has_text="How things stand").last
        await expect(status).to_contain_text("3 active feeds")
        await walk.card(status, "6-status")
