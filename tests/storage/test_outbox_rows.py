"""Which message goes next, and to whom it belongs meanwhile."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from bot.domain.digests import select as choose
from bot.domain.feeds import FeedState
from bot.domain.outbox import Entry, Settlement, State
from bot.storage import feeds, outbox, papers
from bot.storage.engine import Database
from bot.storage.tables import outbox as table
from tests.support.fakes import add_digest, add_feed, batch, paper, plan, record_digest, stored_feed

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)
LEASE = timedelta(seconds=90)
DAY = timedelta(days=1)


def seconds(number: float) -> datetime:
    return NOW + timedelta(seconds=number)


async def feed(db: Database) -> int:
    return await add_feed(db, plan(), NOW)


async def claim(db: Database, at: datetime = NOW, *, owner: str = "a", limit: int = 10) -> list[Entry]:
    async with db.write() as tx:
        return await outbox.claim_due(tx, at, owner=owner, lease=LEASE, limit=limit)


async def settle(db: Database, entry: Entry, settlement: Settlement, *, owner: str = "a") -> bool:
    async with db.write() as tx:
        return await outbox.settle(tx, entry.id, settlement, owner=owner, now=NOW)


def sent(entry: Entry) -> Settlement:
    return Settlement(State.SENT, entry.first_attempt_at, NOW, message_id=2**62)


async def rows(db: Database) -> list[Entry]:
    async with db.read() as tx:
        found = await tx.execute(select(table).order_by(table.c.id))
        return [outbox.entry_of(row) for row in found]


def places(entries: list[Entry]) -> list[tuple[int, int]]:
    return [(entry.feed_id, entry.part) for entry in entries]


async def test_the_parts_of_a_digest_go_one_after_the_other(db: Database) -> None:
    mine = await feed(db)
    await add_digest(db, mine, NOW, parts=3)
    for part in (1, 2, 3):
        (entry,) = await claim(db)
        assert (entry.part, entry.parts) == (part, 3)
        assert await claim(db) == []
        assert await settle(db, entry, sent(entry))
    assert await claim(db) == []


@pytest.mark.parametrize("state", [State.PENDING, State.SENDING, State.HELD])
async def test_a_part_that_is_stuck_holds_up_its_feed_and_no_other(db: Database, state: State) -> None:
    stuck, other = await feed(db), await feed(db)
    await add_digest(db, stuck, NOW, parts=2)
    await add_digest(db, stuck, NOW + DAY)
    await add_digest(db, other, NOW + DAY, parts=2)
    (first,) = await claim(db)
    await settle(db, first, Settlement(state, None, NOW + 9 * DAY))
    assert places(await claim(db, NOW + DAY)) == [(other, 1)]
    assert sorted(places(await claim(db, NOW + 9 * DAY))) == [(stuck, 1), (other, 1)]


async def test_an_earlier_digest_goes_before_a_later_one(db: Database) -> None:
    mine = await feed(db)
    await add_digest(db, mine, NOW + DAY)
    await add_digest(db, mine, NOW, parts=2)
    order = []
    while entries := await claim(db, NOW + 2 * DAY):
        (entry,) = entries
        order.append((entry.slot_at, entry.part))
        await settle(db, entry, sent(entry))
    assert order == [(NOW, 1), (NOW, 2), (NOW + DAY, 1)]


async def test_the_longest_waiting_feeds_go_first(db: Database) -> None:
    ids = [await feed(db) for _ in range(5)]
    for delay, feed_id in zip((30, 10, 20, 0, 40), ids, strict=True):
        await add_digest(db, feed_id, seconds(delay))
    assert [entry.feed_id for entry in await claim(db, seconds(35), limit=3)] == [ids[3], ids[1], ids[2]]
    assert [entry.feed_id for entry in await claim(db, seconds(35), limit=3)] == [ids[0]]


async def test_nothing_is_claimed_before_its_time(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    assert await claim(db, NOW - timedelta(microseconds=1)) == []
    assert len(await claim(db, NOW)) == 1


async def test_a_claim_is_on_record_before_anything_is_sent(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    (before,) = await claim(db, seconds(1))
    assert (before.state, before.attempts, before.first_attempt_at) == (State.PENDING, 0, None)
    (stored,) = await rows(db)
    assert stored == replace(before, state=State.SENDING, attempts=1, first_attempt_at=seconds(1))


async def test_a_second_attempt_keeps_the_time_of_the_first(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    await claim(db, seconds(1))
    (again,) = await claim(db, seconds(100), owner="b")
    assert (again.attempts, again.first_attempt_at) == (1, seconds(1))
    (stored,) = await rows(db)
    assert (stored.attempts, stored.first_attempt_at) == (2, seconds(1))


async def test_the_time_of_an_attempt_is_an_instant_in_whatever_zone_it_is_told(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    await claim(db, NOW.astimezone(timezone(timedelta(hours=9))))
    (stored,) = await rows(db)
    assert stored.first_attempt_at == NOW


async def test_a_claimed_entry_is_left_alone_until_its_lease_is_over(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    (entry,) = await claim(db)
    assert await claim(db, seconds(89), owner="b") == []
    assert places(await claim(db, seconds(90), owner="b")) == places([entry])


async def test_whoever_lost_the_lease_writes_nothing(db: Database) -> None:
    await add_digest(db, await feed(db), NOW)
    (entry,) = await claim(db, owner="a")
    await claim(db, seconds(90), owner="b")
    assert not await settle(db, entry, Settlement(State.PENDING, None, NOW), owner="a")
    (stored,) = await rows(db)
    assert (stored.state, stored.first_attempt_at) == (State.SENDING, NOW)
    assert await settle(db, entry, sent(stored), owner="b")
    assert not await settle(db, entry, Settlement(State.HELD, None, NOW), owner="b")
    assert [(each.state, each.message_id) for each in await rows(db)] == [(State.SENT, 2**62)]


async def test_what_is_given_back_can_be_claimed_at_once_and_stays_in_doubt(db: Database) -> None:
    ids = [await feed(db), await feed(db)]
    for feed_id in ids:
        await add_digest(db, feed_id, NOW)
    await claim(db, owner="a", limit=1)
    await claim(db, owner="b", limit=1)
    async with db.write() as tx:
        await outbox.release(tx, "a")
    assert [(e.feed_id, e.first_attempt_at) for e in await claim(db, seconds(1), owner="c")] == [
        (ids[0], NOW)
    ]
    async with db.write() as tx:
        await outbox.release_all(tx)
    assert [e.feed_id for e in await claim(db, seconds(2), owner="d")] == ids


async def test_ten_processes_share_forty_entries_without_overlap(db: Database) -> None:
    for _ in range(40):
        await add_digest(db, await feed(db), NOW)
    claimed = await asyncio.gather(*(claim(db, owner=f"owner {n}", limit=8) for n in range(10)))
    taken = [entry.id for entries in claimed for entry in entries]
    assert len(taken) == len(set(taken))
    rest = await claim(db, owner="last", limit=40)
    assert len(taken) + len(rest) == 40


async def test_a_part_is_stored_once(db: Database) -> None:
    mine = await feed(db)
    await add_digest(db, mine, NOW)
    with pytest.raises(IntegrityError):
        await add_digest(db, mine, NOW)


async def test_payload_and_marker_come_back_byte_for_byte(db: Database) -> None:
    (marker,) = await add_digest(db, await feed(db), NOW)
    (entry,) = await claim(db)
    assert entry.marker == marker
    assert entry.payload == '{"content":"Zoë & “𝒪(n²)”\\n' + marker + '"}'


@pytest.mark.parametrize("state", [FeedState.PAUSED, FeedState.REMOVED])
async def test_a_feed_that_was_stopped_posts_nothing_more(db: Database, state: FeedState) -> None:
    mine = await feed(db)
    await add_digest(db, mine, NOW)
    async with db.write() as tx:
        await feeds.set_state(tx, mine, state, now=NOW)
    assert await claim(db) == []
    async with db.write() as tx:
        await feeds.set_state(tx, mine, FeedState.ACTIVE, now=NOW)
    assert len(await claim(db)) == 1


async def test_a_notice_does_not_wait_for_the_post_it_is_about(db: Database) -> None:
    mine = await feed(db)
    await add_digest(db, mine, NOW)
    (post,) = await claim(db)
    await settle(db, post, Settlement(State.HELD, None, NOW + DAY, reason="no"))
    notice = {
        "feed_id": mine,
        "stream": "notice",
        "part": 1,
        "parts": 1,
        "slot_at": NOW,
        "channel_id": 7,
        "nonce": "n",
        "marker": "m",
        "payload": "{}",
        "state": State.PENDING,
        "next_attempt_at": NOW,
        "created_at": NOW,
    }
    async with db.write() as tx:
        assert not await outbox.was_told(tx, mine)
        for _ in range(2):
            await outbox.add_once(tx, notice)
        assert await outbox.was_told(tx, mine)
        assert [e.stream for e in (await outbox.open_by_feed(tx, [mine]))[mine]] == ["post"]
    assert [(entry.stream, entry.channel_id) for entry in await claim(db)] == [("notice", 7)]


async def test_what_has_not_arrived_is_listed_by_feed(db: Database) -> None:
    mine, other, idle = await feed(db), await feed(db), await feed(db)
    await add_digest(db, mine, NOW, parts=3)
    await add_digest(db, other, seconds(5))
    (first,) = await claim(db, limit=1)
    await settle(db, first, sent(first))
    async with db.read() as tx:
        waiting = await outbox.open_by_feed(tx, [mine, other, idle])
        assert await outbox.next_attempt(tx) == NOW
        assert await outbox.open_by_feed(tx, []) == {}
    assert {feed_id: [entry.part for entry in entries] for feed_id, entries in waiting.items()} == {
        mine: [2, 3],
        other: [1],
        idle: [],
    }


async def test_a_held_entry_can_be_woken(db: Database) -> None:
    mine = await feed(db)
    other = await add_feed(db, plan(server_id=2), NOW)
    for feed_id in (mine, other):
        await add_digest(db, feed_id, NOW)
    for entry in await claim(db):
        await settle(db, entry, Settlement(State.HELD, None, NOW + DAY, reason="no"))
    async with db.write() as tx:
        await outbox.wake(tx, 1, seconds(60))
    assert [entry.feed_id for entry in await claim(db, seconds(60))] == [mine]


# --- Taking a digest back ---------------------------------------------------------------------------


async def digest_of_two(db: Database) -> int:
    mine = await feed(db)
    async with db.write() as tx:
        await papers.store(tx, batch("cs.LG", paper("2601.00001"), paper("2601.00002")), NOW)
        found = await papers.candidates(tx, mine, plan(), NOW - DAY)
        await record_digest(tx, await stored_feed(tx, mine), NOW, choose(found, 5), NOW, since=NOW - DAY)
    await add_digest(db, mine, NOW, parts=2)
    return mine


async def withdraw(db: Database, feed_id: int, at: datetime = NOW) -> datetime | None:
    async with db.write() as tx:
        return await outbox.withdraw(tx, feed_id, at)


async def test_a_digest_that_was_refused_is_taken_back_with_its_items(db: Database) -> None:
    mine = await digest_of_two(db)
    (first,) = await claim(db)
    await settle(db, first, Settlement(State.HELD, None, NOW + DAY, reason="no"))
    assert await withdraw(db, mine) == NOW - DAY
    async with db.read() as tx:
        again = await papers.candidates(tx, mine, plan(), NOW - DAY)
        assert await papers.last_digest(tx, mine) is None
    assert len(again) == 2
    assert await rows(db) == []
    assert await withdraw(db, mine) is None


@pytest.mark.parametrize(
    "settlement",
    [
        Settlement(State.SENT, None, NOW, message_id=1),
        Settlement(State.SENDING, NOW, NOW),
        Settlement(State.HELD, NOW, NOW, reason="nobody can tell"),
    ],
)
async def test_a_digest_that_may_be_in_the_channel_stays(db: Database, settlement: Settlement) -> None:
    mine = await digest_of_two(db)
    (first,) = await claim(db)
    await settle(db, first, settlement)
    before = await rows(db)
    assert await withdraw(db, mine) is None
    assert await rows(db) == before
    async with db.read() as tx:
        assert await papers.candidates(tx, mine, plan(), NOW - DAY) == []


async def test_a_digest_that_is_being_sent_stays(db: Database) -> None:
    mine = await digest_of_two(db)
    await claim(db)
    assert await withdraw(db, mine) is None
    # Nor when the process that was sending it is gone: what it did is not known.
    assert await withdraw(db, mine, NOW + DAY) is None
    assert len(await rows(db)) == 2


async def test_a_digest_is_either_claimed_or_taken_back(db: Database) -> None:
    # On PostgreSQL the two run at the same time; what was claimed must not vanish.
    for _ in range(10):
        mine = await digest_of_two(db)
        claimed, taken_back = await asyncio.gather(claim(db), withdraw(db, mine))
        left = [entry for entry in await rows(db) if entry.feed_id == mine]
        assert bool(claimed) != bool(taken_back)
        assert len(left) == (2 if claimed else 0)
        async with db.write() as tx:
            await tx.execute(update(table).values(state=State.SENT))


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_a_digest_half_claimed_elsewhere_is_not_taken_back(db: Database) -> None:
    mine = await digest_of_two(db)
    async with asyncio.timeout(10), db.write() as claiming:
        assert await outbox.claim_due(claiming, NOW, owner="a", lease=LEASE, limit=1)
        assert await withdraw(db, mine) is None  # and it waits for nobody
    assert len(await rows(db)) == 2
