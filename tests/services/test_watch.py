"""Moderators hear of sources in trouble, once; what is long over is forgotten."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.domain.feeds import FeedState
from bot.domain.outbox import State
from bot.domain.retention import REMOVED_FEEDS as KEEP_REMOVED
from bot.domain.retention import SENT_MESSAGES as KEEP_SENT
from bot.domain.sources import SourceOutcome, SourceState, arxiv_key
from bot.services.watch import WatchService
from bot.storage import feeds, outbox, sources
from bot.storage.engine import Database
from bot.storage.tables import feeds as feeds_table
from bot.storage.tables import outbox as table
from cogs.ui.notices import render_trouble
from tests.support.clock import FakeClock
from tests.support.fakes import add_digest, add_feed, plan

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def watch(db: Database, clock: FakeClock) -> WatchService:
    clock.set(NOW)
    channels = {1: 77, 2: 78}
    return WatchService(
        db, clock, render_trouble, notice_channel=lambda server_id, chosen: chosen or channels.get(server_id)
    )


async def trouble(
    db: Database, category: str, since: datetime | None, *, old: datetime | None = None
) -> None:
    """Let a category fail since a moment, or serve an old list since another; neither is well."""
    outcome = SourceOutcome.ERROR if since else SourceOutcome.SAME if old else SourceOutcome.NEWS
    async with db.write() as tx:
        await sources.ensure(tx, [arxiv_key(category)], NOW)
        await sources.record(
            tx,
            SourceState(
                arxiv_key(category),
                NOW + HOUR,
                outcome=outcome,
                error="arXiv says `no`." if since else None,
                failures=3 if since else 0,
                failing_since=since,
                last_checked_at=NOW,
                last_news_at=old or NOW,
            ),
        )


async def notices(db: Database) -> list[tuple[int, str]]:
    async with db.read() as tx:
        rows = await tx.execute(select(table).where(table.c.stream == "source").order_by(table.c.id))
        return [(row.channel_id, row.payload) for row in rows]


async def test_a_day_of_failures_is_told_once_to_each_server_that_reads_it(
    db: Database, clock: FakeClock, watch: WatchService
) -> None:
    for server in (1, 1, 2, 3):
        await add_feed(db, plan(server_id=server, categories=("cs.LG", "cs.AI")), NOW)
    await add_feed(db, plan(server_id=4, categories=("cs.CL",)), NOW)
    await trouble(db, "cs.LG", NOW - 23 * HOUR)
    await watch.run_due()
    assert await notices(db) == []
    clock.advance(hours=1)
    for _ in range(3):
        await watch.run_due()
        clock.advance(hours=1)
    told = await notices(db)
    # Server 3 has no channel for it, server 4 does not read it.
    assert [channel for channel, _ in told] == [77, 78]
    assert "cs.LG" in told[0][1]
    assert "cs.AI" not in told[0][1]


async def test_a_server_that_cannot_be_told_keeps_nobody_else_from_it(db: Database, clock: FakeClock) -> None:
    clock.set(NOW)
    for server in (1, 2):
        await add_feed(db, plan(server_id=server), NOW)
    removed = await add_feed(db, plan(server_id=2), NOW)
    async with db.write() as tx:
        await feeds.set_state(tx, removed, FeedState.REMOVED, now=NOW - KEEP_REMOVED - DAY)
    await trouble(db, "cs.LG", NOW - 2 * DAY)

    def notice_channel(server_id: int, _chosen: int | None) -> int:
        if server_id == 1:
            raise RuntimeError("a fault of ours")
        return 78

    await WatchService(db, clock, render_trouble, notice_channel=notice_channel).run_due()
    assert [channel for channel, _ in await notices(db)] == [78]
    assert removed not in await ids(db)  # and it tidies all the same


async def test_an_old_list_is_told_and_a_quiet_day_is_not(db: Database, watch: WatchService) -> None:
    await add_feed(db, plan(categories=("cs.LG", "cs.AI")), NOW)
    await trouble(db, "cs.AI", None)
    await watch.run_due()
    assert await notices(db) == []
    await trouble(db, "cs.LG", None, old=NOW - 3 * DAY)
    await watch.run_due()
    ((_, payload),) = await notices(db)
    assert "an old list" in payload


async def test_the_next_trouble_is_told_again(db: Database, clock: FakeClock, watch: WatchService) -> None:
    await add_feed(db, plan(), NOW)
    await trouble(db, "cs.LG", NOW - 2 * DAY)
    await watch.run_due()
    await trouble(db, "cs.LG", None)
    clock.advance(days=5)
    await trouble(db, "cs.LG", NOW + 3 * DAY)
    await watch.run_due()
    assert len(await notices(db)) == 2


async def test_what_is_long_over_is_forgotten(db: Database, clock: FakeClock, watch: WatchService) -> None:
    kept, gone, on = [await add_feed(db, plan(), NOW) for _ in range(3)]
    await add_digest(db, on, NOW, parts=2)
    async with db.write() as tx:
        await feeds.set_state(tx, gone, FeedState.REMOVED, now=NOW)
        (first,) = await outbox.claim_due(tx, NOW, owner="me", lease=HOUR, limit=9)
        await tx.execute(table.update().where(table.c.id == first.id).values(state=State.SENT, sent_at=NOW))
    clock.set(NOW + KEEP_REMOVED - HOUR)
    async with db.write() as tx:
        await feeds.set_state(tx, kept, FeedState.REMOVED, now=clock.now())
    await watch.run_due()
    assert await ids(db) == {kept, gone, on}
    clock.advance(hours=2)
    await watch.run_due()
    assert await ids(db) == {kept, on}
    clock.set(NOW + KEEP_SENT + HOUR)
    await watch.run_due()
    async with db.read() as tx:
        # What has not arrived is kept, however old it is.
        assert await tx.scalar(select(func.count()).select_from(table)) == 1


async def ids(db: Database) -> set[int]:
    async with db.read() as tx:
        return set(await tx.scalars(select(feeds_table.c.id)))
