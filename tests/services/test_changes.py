"""A paper changes after it was posted: the message that shows it is edited, as its feed wants it."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.delivery.outbox import Outbox
from bot.domain.feeds import Changes, PaperOptions, Style
from bot.domain.papers import AnnounceType, Paper
from bot.services.arxiv import ArxivService
from bot.services.changes import ChangeService
from bot.services.digests import DigestService
from bot.services.feeds import FeedService
from bot.storage import saved
from bot.storage.engine import Database
from cogs.ui.changes import ChangeCards
from cogs.ui.papers import render_digest
from tests.support.clock import FakeClock
from tests.support.fakes import FakeFetcher, FakeSender, Item, plan

SLOT = datetime(2026, 1, 1, 9, tzinfo=UTC)
HERE = 100
FIRST, OTHER = "2601.00001", "2601.00002"


class Desk:
    """The services from arXiv's list to the channel."""

    def __init__(self, db: Database, clock: FakeClock) -> None:
        self.db = db
        self.clock = clock
        self.sender = FakeSender(clock)
        self.arxiv = FakeFetcher(clock)
        self.papers = ArxivService(
            db,
            clock,
            self.arxiv,
            base_url="https://arxiv/rss",
            interval_s=0,
            owner="me",
            changes=ChangeService(ChangeCards()),
        )
        self.feeds = FeedService(db, clock, self.papers)
        self.digests = DigestService(db, clock, render_digest)
        self.outbox = Outbox(db, clock, self.sender, owner="me")

    async def run(self) -> None:
        await self.papers.poll_due()
        await self.digests.build_due()
        await self.outbox.deliver_due()

    async def posted(self, style: Style, changes: Changes) -> None:
        """A feed that has posted two papers."""
        self.clock.set(SLOT - timedelta(hours=3))
        chosen = replace(plan(style=style), options=PaperOptions(changes=changes))
        await self.feeds.create(chosen, created_by=9)
        self.arxiv.serve("cs.LG", Item(FIRST), Item(OTHER))
        await self.run()
        self.clock.set(SLOT)
        await self.run()

    async def replaced(self, **how: Any) -> None:
        """The next day's list says that the first paper changed."""
        self.clock.advance(hours=12)
        self.arxiv.serve("cs.LG", Item(FIRST, type=AnnounceType.REPLACE, **how))
        await self.run()

    def about(self, paper_id: str) -> list[str]:
        """The text of every message that shows a paper."""
        texts = ["\n".join(_texts(json.loads(message.payload))) for message in self.sender.messages]
        return [text for text in texts if f"/abs/{paper_id})" in text]

    async def save(self, member_id: int, server_id: int) -> None:
        """A member presses Save below the first paper."""
        async with self.db.write() as tx:
            await saved.add(tx, member_id, FIRST, server_id, self.clock.now(), at_most=9)

    def labels(self, paper_id: str) -> list[str]:
        """What stands on the buttons below a paper's own post."""
        buttons = [each for message in self.sender.messages for each in _buttons(json.loads(message.payload))]
        return [each["label"] for each in buttons if each["custom_id"].endswith(f":{paper_id}")]


def _buttons(node: dict[str, Any]) -> list[dict[str, Any]]:
    found = [node] if "label" in node else []
    return found + [each for child in node.get("components", ()) for each in _buttons(child)]


def _texts(node: dict[str, Any]) -> list[str]:
    found = [node["content"]] if "content" in node else []
    return found + [text for child in node.get("components", ()) for text in _texts(child)]


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    # FakeSender reads plain text; cards are read here instead.
    return Desk(db, clock)


@pytest.mark.parametrize("style", [Style.DIGEST, Style.EACH])
async def test_a_new_version_is_marked_in_place_and_only_once(desk: Desk, style: Style) -> None:
    await desk.posted(style, Changes.MARK)
    before = len(desk.sender.messages)
    await desk.replaced(version=2)
    assert len(desk.sender.messages) == before
    (text,) = desk.about(FIRST)
    assert text.count("🔄 Now version 2") == 1
    assert text.index("🔄 Now version 2") < text.index(f"/abs/{FIRST})")
    await desk.replaced(version=3)
    (text,) = desk.about(FIRST)
    assert "version 2" not in text
    assert text.count("🔄 Now version 3") == 1
    await desk.replaced(version=3)
    assert len(desk.sender.edits) == 2
    if style is Style.EACH:
        assert "🔄" not in desk.about(OTHER)[0]


async def test_the_numbers_on_the_buttons_outlive_a_mark(desk: Desk) -> None:
    await desk.posted(Style.EACH, Changes.MARK)
    for member_id, server_id in ((5, 1), (6, 1), (7, 2)):
        await desk.save(member_id, server_id)
    await desk.replaced(version=2)
    assert desk.labels(FIRST) == ["Save · 2", "Discuss", "Cite", "Why here?", "More like this"]
    assert desk.labels(OTHER)[0] == "Save"
    async with desk.db.write() as tx:
        for member_id in (5, 6):
            await saved.remove(tx, member_id, FIRST)
    await desk.replaced(version=3)
    assert desk.labels(FIRST)[0] == "Save"


async def test_a_withdrawal_is_said_instead_of_the_version(desk: Desk) -> None:
    await desk.posted(Style.EACH, Changes.MARK)
    await desk.replaced(version=2, summary="This paper has been withdrawn by the authors due to an error.")
    (text,) = desk.about(FIRST)
    assert "⛔ Withdrawn" in text
    assert "🔄" not in text


async def test_some_want_it_said_and_some_want_nothing(desk: Desk) -> None:
    await desk.posted(Style.EACH, Changes.SAY)
    before = len(desk.sender.messages)
    await desk.replaced(version=2)
    assert len(desk.sender.messages) == before + 1
    said = json.loads(desk.sender.messages[-1].payload)
    shown = next(m for m in desk.sender.messages if f"/abs/{FIRST})" in m.payload)
    assert said["message_reference"]["message_id"] == str(shown.id)
    assert "Now version 2" in "\n".join(_texts(said))
    await desk.replaced(version=2)
    assert len(desk.sender.messages) == before + 1


async def test_a_feed_may_leave_its_posts_as_they_are(desk: Desk) -> None:
    await desk.posted(Style.EACH, Changes.OFF)
    before = list(desk.sender.messages)
    await desk.replaced(version=2)
    assert desk.sender.messages == before


async def test_a_change_before_the_post_went_out_is_made_after_it(desk: Desk) -> None:
    desk.sender.online = False
    await desk.posted(Style.EACH, Changes.MARK)
    await desk.replaced(version=2)
    assert desk.sender.messages == []
    desk.sender.online = True
    await desk.run()
    (text,) = desk.about(FIRST)
    assert "🔄 Now version 2" in text


async def test_a_list_of_new_versions_alone_is_no_old_list(desk: Desk) -> None:
    await desk.posted(Style.EACH, Changes.OFF)
    await desk.replaced(version=2)
    state = (await desk.papers.states(["cs.LG"]))["cs.LG"]
    assert state is not None
    assert state.last_news_at == desk.clock.now()


def test_an_older_version_is_no_change() -> None:
    from bot.domain.changes import changes

    old = Paper("2601.00001", 3, "T", "A", (), ("cs.LG",), "cs.LG")
    assert changes(old, replace(old, version=2, journal_ref="J")) == []
    assert [c.kind for c in changes(old, replace(old, journal_ref="J. 1"))] == ["published"]
