"""Feeds: numbers, what is due, what is wanted."""

import asyncio
from datetime import UTC, datetime, time, timedelta

from bot.domain.feeds import FeedState, Style
from bot.storage import feeds
from bot.storage.engine import Database
from tests.support.fakes import add_feed, plan

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
DAY = timedelta(days=1)


async def due(
    db: Database, at: datetime, limit: int = 10, *, after: tuple[datetime, int] | None = None
) -> list[int]:
    async with db.read() as tx:
        return [feed_id for _, feed_id in await feeds.due(tx, at, limit, after=after)]


async def state(db: Database, feed_id: int, to: FeedState) -> None:
    async with db.write() as tx:
        await feeds.set_state(tx, feed_id, to, now=NOW, reason="why" if to is FeedState.PAUSED else None)


async def test_a_plan_comes_back_as_it_was(db: Database) -> None:
    chosen = plan(
        server_id=2**62,
        channel_id=2**62 + 1,
        categories=("stat.ML", "cs.LG", "cs.AI"),
        query="“diffusion model” -survey",
        style=Style.EACH,
        limit=25,
        at=time(0, 5),
        zone="America/Argentina/ComodRivadavia",
        days=frozenset({6, 0, 3}),
    )
    await add_feed(db, chosen, NOW)
    async with db.read() as tx:
        (feed,) = await feeds.by_server(tx, 2**62)
        assert await feeds.by_number(tx, 2**62, 1) == feed
        assert await feeds.by_id(tx, feed.id) == feed
        assert await feeds.by_number(tx, 2**62, 2) is None
        assert await feeds.by_number(tx, 1, 1) is None
    assert feed.plan == chosen
    assert (feed.number, feed.state, feed.pause_reason) == (1, FeedState.ACTIVE, None)
    assert (feed.created_at, feed.since, feed.slot_at) == (NOW, NOW - DAY, NOW + DAY)
    assert (feed.next_run_at, feed.last_run_at) == (NOW + DAY, None)


async def test_numbers_are_the_servers_own_and_given_once(db: Database) -> None:
    async def take(server_id: int) -> int:
        async with db.write() as tx:
            return await feeds.take_number(tx, server_id)

    taken = await asyncio.gather(*(take(1) for _ in range(20)), *(take(2) for _ in range(3)))
    assert sorted(taken[:20]) == list(range(1, 21))
    assert sorted(taken[20:]) == [1, 2, 3]


async def test_a_server_keeps_its_zone(db: Database) -> None:
    await add_feed(db, plan(), NOW)
    async with db.write() as tx:
        assert await feeds.server_zone(tx, 1) is None
        await feeds.set_server_zone(tx, 1, "Europe/Paris")
        assert await feeds.server_zone(tx, 1) == "Europe/Paris"
        assert await feeds.server_zone(tx, 2) is None


async def test_due_are_the_active_ones_whose_time_has_come_longest_first(db: Database) -> None:
    ids = [await add_feed(db, plan(), NOW + timedelta(minutes=n)) for n in (2, 0, 1, 3)]
    await state(db, ids[3], FeedState.PAUSED)
    later = NOW + DAY + timedelta(minutes=5)
    assert await due(db, NOW) == []
    assert await due(db, NOW + DAY) == [ids[1]]
    assert await due(db, later) == [ids[1], ids[2], ids[0]]
    assert await due(db, later, 2) == [ids[1], ids[2]]
    assert await due(db, later, after=(NOW + DAY, ids[1])) == [ids[2], ids[0]]
    assert await due(db, later, after=(NOW + DAY + timedelta(minutes=2), ids[0])) == []


async def test_removed_feeds_are_out_of_sight_but_keep_their_number(db: Database) -> None:
    first, second = await add_feed(db, plan(), NOW), await add_feed(db, plan(), NOW)
    await state(db, first, FeedState.REMOVED)
    async with db.read() as tx:
        assert [feed.id for feed in await feeds.by_server(tx, 1)] == [second]
        removed = await feeds.by_number(tx, 1, 1)
    assert removed is not None
    assert removed.state is FeedState.REMOVED
    assert await due(db, NOW + DAY) == [second]


async def test_a_pause_keeps_its_reason_until_the_feed_goes_on(db: Database) -> None:
    mine = await add_feed(db, plan(), NOW)
    await state(db, mine, FeedState.PAUSED)
    async with db.read() as tx:
        paused = await feeds.by_id(tx, mine)
    await state(db, mine, FeedState.ACTIVE)
    async with db.read() as tx:
        resumed = await feeds.by_id(tx, mine)
    assert paused is not None
    assert resumed is not None
    assert (paused.pause_reason, resumed.pause_reason) == ("why", None)


async def test_wanted_are_the_categories_of_active_feeds_once_each(db: Database) -> None:
    await add_feed(db, plan(categories=("cs.LG", "cs.AI")), NOW)
    await add_feed(db, plan(server_id=2, categories=("cs.AI", "cs.CV")), NOW)
    paused = await add_feed(db, plan(categories=("math.ST",)), NOW)
    await state(db, paused, FeedState.PAUSED)
    async with db.read() as tx:
        assert await feeds.wanted_categories(tx) == ["cs.AI", "cs.CV", "cs.LG"]


async def test_next_run_is_the_earliest_of_the_active_ones(db: Database) -> None:
    async with db.read() as tx:
        assert await feeds.next_run(tx) is None
    first = await add_feed(db, plan(), NOW)
    await add_feed(db, plan(), NOW + DAY)
    await state(db, first, FeedState.PAUSED)
    async with db.read() as tx:
        assert await feeds.next_run(tx) == NOW + 2 * DAY


async def test_a_slot_can_be_looked_at_later_and_left_behind(db: Database) -> None:
    mine = await add_feed(db, plan(), NOW)
    async with db.write() as tx:
        await feeds.postpone(tx, mine, NOW + DAY + timedelta(minutes=5), since=NOW - 9 * DAY)
        postponed = await feeds.by_id(tx, mine)
    assert await due(db, NOW + DAY) == []
    assert postponed is not None
    assert (postponed.since, postponed.slot_at) == (NOW - 9 * DAY, NOW + DAY)
    async with db.write() as tx:
        await feeds.advance(tx, mine, since=NOW, slot_at=NOW + 2 * DAY, ran_at=NOW + DAY)
        feed = await feeds.by_id(tx, mine)
    assert feed is not None
    assert (feed.since, feed.slot_at, feed.next_run_at) == (NOW, NOW + 2 * DAY, NOW + 2 * DAY)
    assert feed.last_run_at == NOW + DAY


async def test_a_due_feed_is_claimed_by_one(db: Database) -> None:
    mine = await add_feed(db, plan(), NOW)
    async with db.write() as tx:
        assert await feeds.claim_one_due(tx, mine, NOW) is None
        assert await feeds.claim_one_due(tx, mine, NOW + DAY) is not None
        if not db.is_sqlite:  # which has one writer
            async with db.write() as other:
                assert await feeds.claim_one_due(other, mine, NOW + DAY) is None
        await feeds.advance(tx, mine, since=NOW, slot_at=NOW + 2 * DAY, ran_at=NOW + DAY)
    async with db.write() as tx:
        assert await feeds.claim_one_due(tx, mine, NOW + DAY) is None
