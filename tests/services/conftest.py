"""The use cases over a real database, with arXiv and the looks of a digest faked."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.digests import Digest, Rendered
from bot.domain.feeds import Feed, FeedPlan
from bot.domain.sources import CHECK_EVERY, SourceOutcome, SourceState, arxiv_key
from bot.services.arxiv import ArxivService
from bot.services.digests import DigestService
from bot.services.feeds import FeedService
from bot.storage import papers, sources
from bot.storage.engine import Database
from bot.storage.tables import digests, feed_items, outbox
from tests.support.clock import FakeClock
from tests.support.fakes import FakeFetcher, batch, paper, plan, render


@dataclass
class Desk:
    """Everything a test of the services has in hand."""

    db: Database
    clock: FakeClock
    arxiv: FakeFetcher
    papers: ArxivService
    feeds: FeedService
    digests: DigestService

    def another_reader(self) -> ArxivService:
        """A second process that reads arXiv."""
        return ArxivService(
            self.db, self.clock, self.arxiv, base_url="https://arxiv/rss", interval_s=3, owner="second"
        )

    async def announce(self, *ids: str, category: str = "cs.LG") -> None:
        """Store new papers as if another process had read them now."""
        now = self.clock.now()
        key = arxiv_key(category)
        async with self.db.write() as tx:
            await papers.store(tx, batch(category, *(paper(id_) for id_ in ids)), now)
            await sources.ensure(tx, [key], now)
            await sources.record(
                tx,
                SourceState(
                    key,
                    now + CHECK_EVERY,
                    outcome=SourceOutcome.NEWS,
                    last_checked_at=now,
                    last_ok_at=now,
                    last_news_at=now,
                ),
            )

    async def add(self, chosen: FeedPlan | None = None, **choices: Any) -> Feed:
        """Create a feed."""
        return (await self.feeds.create(chosen or plan(**choices), created_by=9)).feed

    async def run(self) -> int:
        """One look at sources and feeds, as the ticker does it."""
        await self.papers.poll_due()
        return await self.digests.build_due()

    async def posts(self) -> list[tuple[int, datetime, str]]:
        """Feed, slot and text of every message in the outbox, in order."""
        async with self.db.read() as tx:
            rows = await tx.execute(select(outbox).order_by(outbox.c.id))
            return [(row.feed_id, row.slot_at, row.payload) for row in rows]

    async def items(self, feed_id: int) -> dict[str, bool]:
        """What a feed has dealt with, and whether it was shown."""
        async with self.db.read() as tx:
            rows = await tx.execute(select(feed_items).where(feed_items.c.feed_id == feed_id))
            return {row.item: row.shown for row in rows}

    async def slots(self, feed_id: int) -> list[tuple[datetime, int, int]]:
        """Slot, shown and overflow of each digest of a feed."""
        async with self.db.read() as tx:
            rows = await tx.execute(
                select(digests).where(digests.c.feed_id == feed_id).order_by(digests.c.slot_at)
            )
            return [(row.slot_at, row.shown, row.overflow) for row in rows]

    async def count(self) -> int:
        """How many messages the outbox has."""
        async with self.db.read() as tx:
            return await tx.scalar(select(func.count()).select_from(outbox)) or 0


class RenderUnless:
    """Renders every digest but those of one channel."""

    def __init__(self, broken_channel: int) -> None:
        self.broken_channel = broken_channel

    def __call__(self, digest: Digest) -> list[Rendered]:
        if digest.feed.channel_id == self.broken_channel:
            raise RuntimeError("a fault of ours")
        return render(digest)


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    arxiv = FakeFetcher(clock)
    reader = ArxivService(db, clock, arxiv, base_url="https://arxiv/rss", interval_s=3, owner="first")
    return Desk(db, clock, arxiv, reader, FeedService(db, clock, reader), DigestService(db, clock, render))
