"""Sources are asked by one process at a time, and hosts as often as they like."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.sources import SourceOutcome, SourceState
from bot.storage import sources
from bot.storage.engine import Database

NOW = datetime(2026, 1, 1, 6, tzinfo=UTC)
LEASE = timedelta(minutes=5)
THREE = timedelta(seconds=3)
AT_MOST = timedelta(seconds=30)
KEYS = ["arxiv:cs.AI", "arxiv:cs.LG"]


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


async def ensure(db: Database, *keys: str, at: datetime = NOW) -> None:
    async with db.write() as tx:
        await sources.ensure(tx, keys, at)


async def claim(db: Database, at: datetime = NOW, owner: str = "a", keys: list[str] = KEYS) -> str | None:
    async with db.write() as tx:
        state = await sources.claim_due(tx, keys, at, owner, LEASE)
    return state.key if state else None


async def record(db: Database, state: SourceState) -> None:
    async with db.write() as tx:
        await sources.record(tx, state)


async def reserve(db: Database, at: datetime, host: str = "arxiv") -> timedelta:
    async with db.write() as tx:
        return await sources.reserve(tx, host, at, THREE, at_most=AT_MOST)


async def test_a_new_source_is_due_at_once_and_an_old_one_keeps_its_time(db: Database) -> None:
    await ensure(db, KEYS[0])
    await record(db, SourceState(KEYS[0], seconds(3600)))
    await ensure(db, *KEYS, at=seconds(10))
    async with db.read() as tx:
        known = await sources.get(tx, [*KEYS, "arxiv:unknown"])
    assert {key: state.next_check_at for key, state in known.items()} == {
        KEYS[0]: seconds(3600),
        KEYS[1]: seconds(10),
    }


async def test_what_is_recorded_comes_back(db: Database) -> None:
    await ensure(db, KEYS[0])
    state = SourceState(
        key=KEYS[0],
        next_check_at=seconds(60),
        etag='W/"abc"',
        last_modified="Thu, 01 Jan 2026 05:00:00 GMT",
        outcome=SourceOutcome.ERROR,
        error="It broke.",
        failures=2,
        failing_since=seconds(-9),
        last_checked_at=NOW,
        last_ok_at=seconds(-100),
        last_news_at=seconds(-200),
    )
    await record(db, state)
    async with db.read() as tx:
        assert await sources.get(tx, KEYS) == {KEYS[0]: state}


async def test_the_longest_waiting_is_taken_and_only_what_is_asked_for(db: Database) -> None:
    await ensure(db, KEYS[0], at=seconds(5))
    await ensure(db, KEYS[1], at=seconds(1))
    assert await claim(db, seconds(0)) is None
    assert await claim(db, seconds(6), keys=[KEYS[0]]) == KEYS[0]
    assert await claim(db, seconds(6)) == KEYS[1]
    assert await claim(db, seconds(6)) is None


async def test_a_lease_keeps_others_away_until_it_is_over(db: Database) -> None:
    await ensure(db, KEYS[0])
    assert await claim(db, NOW, "a") == KEYS[0]
    assert await claim(db, seconds(299), "b") is None
    assert await claim(db, seconds(300), "b") == KEYS[0]


async def test_a_record_ends_the_lease(db: Database) -> None:
    await ensure(db, KEYS[0])
    await claim(db)
    await record(db, SourceState(KEYS[0], seconds(60)))
    assert await claim(db, seconds(59), "b") is None
    assert await claim(db, seconds(60), "b") == KEYS[0]


async def test_twenty_claims_at_once_share_what_there_is(db: Database) -> None:
    keys = [f"arxiv:{n}" for n in range(5)]
    await ensure(db, *keys)
    taken = await asyncio.gather(*(claim(db, NOW, f"owner {n}", keys) for n in range(20)))
    assert sorted(key for key in taken if key) == keys


async def test_two_requests_are_three_seconds_apart(db: Database) -> None:
    assert await reserve(db, NOW) == timedelta()
    assert await reserve(db, NOW) == THREE
    assert await reserve(db, seconds(1)) == timedelta(seconds=5)
    assert await reserve(db, seconds(20)) == timedelta()
    assert await reserve(db, seconds(20.5)) == timedelta(seconds=2.5)


async def test_hosts_do_not_wait_for_each_other(db: Database) -> None:
    assert await reserve(db, NOW, "one") == timedelta()
    assert await reserve(db, NOW, "two") == timedelta()


async def test_ten_askers_at_once_get_ten_different_moments(db: Database) -> None:
    pauses = await asyncio.gather(*(reserve(db, NOW) for _ in range(10)))
    assert sorted(pauses) == [n * THREE for n in range(10)]


async def test_a_clock_that_was_set_back_silences_nobody(db: Database) -> None:
    await reserve(db, seconds(7200))
    assert await reserve(db, NOW) == AT_MOST
    assert await reserve(db, NOW + AT_MOST + THREE) == timedelta()


async def test_a_booking_may_occupy_more_than_one_moment(db: Database) -> None:
    async with db.write() as tx:
        await sources.reserve(tx, "discord", NOW, timedelta(seconds=8), at_most=AT_MOST)
    assert await reserve(db, seconds(1), "discord") == timedelta(seconds=7)


async def test_a_checked_source_keeps_what_was_not_changed(db: Database) -> None:
    await ensure(db, KEYS[0])
    first = SourceState(KEYS[0], NOW, etag="1", last_news_at=seconds(-5))
    await record(db, first)
    await record(db, replace(first, next_check_at=seconds(60)))
    async with db.read() as tx:
        assert (await sources.get(tx, KEYS))[KEYS[0]] == replace(first, next_check_at=seconds(60))
