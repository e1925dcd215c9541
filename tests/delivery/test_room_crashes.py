"""The threads in which study buddies meet: processes that die at every step open none twice and lose none.

As in `test_crashes`: a death is simulated around each transaction and each request; what the dead process did stays.
`COHORT_SOAK=500` plays that many random schedules.
"""

import asyncio
import os
from collections import Counter, deque
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from bot.delivery.outbox import Outbox
from bot.domain.buddies.values import GroupWish
from bot.domain.feeds import FeedState
from bot.domain.outbox import Action, Entry, Outcome, State, Step, next_step
from bot.storage import feeds
from bot.storage.engine import Database
from bot.storage.tables import buddy_profiles
from bot.storage.tables import outbox as table
from tests.delivery.test_crashes import Killed, Life, MortalDatabase, MortalSender, restart
from tests.support.buddies import make_desk
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender, Fault, Room

SOAK = int(os.environ.get("COHORT_SOAK", "0"))
SCHEDULES = SOAK or 5

MONDAY = datetime(2026, 1, 5, 10, tzinfo=UTC)
ENDS = MONDAY + timedelta(days=7)


def people(server_id: int) -> dict[GroupWish, tuple[int, ...]]:
    """A pair, and in servers from 1000 on three who want to be three."""
    first = server_id * 100
    found: dict[GroupWish, tuple[int, ...]] = {GroupWish.PAIR: (first + 1, first + 2)}
    if server_id >= 1000:
        found[GroupWish.TRIO] = (first + 3, first + 4, first + 5)
    return found


async def set_up(db: Database, clock: FakeClock, server_id: int) -> None:
    desk = make_desk(db, clock)
    await desk.switch_on(server_id, channel_id=server_id)
    for wish, members in people(server_id).items():
        await desk.add(*members, server_id=server_id, group=wish)


async def work(
    db: Database, clock: FakeClock, sender: FakeSender, life: Life, kind: type[Outbox] = Outbox
) -> None:
    """What a process does when it looks, until it is done or dead."""
    mortal = MortalDatabase(db, life)
    desk = make_desk(mortal, clock)
    outbox = kind(mortal, clock, MortalSender(sender, life), owner=f"process {id(life)}")
    before = asyncio.all_tasks()
    try:
        await desk.buddies.rounds.run_due()
        await desk.buddies.tend_due()
        await outbox.deliver_due()
        await desk.buddies.tend_due()
    except Killed:
        # What a dead process had under way: its next step ends it.
        if orphans := asyncio.all_tasks() - before:
            await asyncio.wait(orphans)


async def close(db: Database, server_id: int, clock: FakeClock) -> None:
    """Nothing of this server is looked at any more."""
    async with db.write() as tx:
        (feed,) = await feeds.by_server(tx, server_id)
        await feeds.set_state(tx, feed.id, FeedState.REMOVED, now=clock.now())


async def finish(
    db: Database, clock: FakeClock, sender: FakeSender, kind: type[Outbox] = Outbox, hours: int = 2
) -> None:
    """Hours in which nothing goes wrong."""
    for _ in range(hours):
        clock.advance(minutes=70)
        await work(db, clock, sender, Life(), kind)


def rooms(sender: FakeSender, server_id: int) -> list[Room]:
    return [room for room in sender.rooms if room.channel_id == server_id]


def check_opened(sender: FakeSender, server_id: int) -> None:
    """Each group has one thread, sits in it, and was introduced in it once."""
    found = rooms(sender, server_id)
    assert sorted(sorted(room.members) for room in found) == sorted(map(sorted, people(server_id).values()))
    for room in found:
        lines = sender.lines(room.id)
        assert [line.split(": ")[1].split()[0] for line in lines[:2]] == ["hello", "poll"], lines
        assert max(Counter(lines).values()) == 1, lines


@pytest.mark.parametrize("known", [True, False], ids=["restarted at once", "taken over"])
async def test_a_process_dies_at_each_step(db: Database, clock: FakeClock, known: bool) -> None:
    died = 0
    # A process dies in the same places on either database: between them the four variants go through every step.
    first_step, stride = (0 if known else 1, 2 if known else 4) if db.is_sqlite else (3, 8)
    for step in range(first_step, 200, stride):
        server_id = 10 + step
        clock.set(MONDAY - timedelta(days=1))
        sender = FakeSender(clock)
        await set_up(db, clock, server_id)
        clock.set(MONDAY)
        first = Life(step)
        await work(db, clock, sender, first)
        clock.advance(seconds=1 if known else 700)
        if known:
            await restart(db)
        await finish(db, clock, sender)
        check_opened(sender, server_id)
        # The end: the last words, and into the archive, by a process that dies as well.
        async with db.write() as tx:
            await tx.execute(buddy_profiles.delete().where(buddy_profiles.c.server_id == server_id))
        clock.set(ENDS)
        second = Life(step)
        await work(db, clock, sender, second)
        clock.advance(seconds=1 if known else 700)
        if known:
            await restart(db)
        await finish(db, clock, sender)
        for room in rooms(sender, server_id):
            assert room.body.get("archived") is True, step
            assert [line.split(": ")[1] for line in sender.lines(room.id)].count("goodbye") == 1, step
        await close(db, server_id, clock)
        if first.taken <= step and second.taken <= step:
            break
        died += 1
    assert died >= 30 // stride


FAULTS: list[Fault | None] = [*Fault, *[None] * 6]


async def play(db: Database, seed: int, kind: type[Outbox] = Outbox) -> tuple[FakeSender, int]:
    """One schedule of deaths, lost answers and refusals, all through the first days of a round."""
    random = Random(seed)
    clock = FakeClock(MONDAY - timedelta(days=1))
    sender, server_id = FakeSender(clock), 1000 + seed
    await set_up(db, clock, server_id)
    clock.set(MONDAY)
    for _ in range(random.randint(4, 8)):
        sender.post_faults = deque(random.choices(FAULTS, k=8))
        sender.look_faults = deque(random.choices(FAULTS, k=2))
        sender.forbidden = {server_id} if random.random() < 0.15 else set()
        await work(db, clock, sender, Life(random.choice([None, random.randrange(60)])), kind)
        if random.random() < 0.5:
            await restart(db)
        clock.advance(seconds=random.choice([1, 31, 95, 700, 3700, 20_000]))
    sender.post_faults.clear()
    sender.look_faults.clear()
    sender.forbidden.clear()
    for _ in range(4):
        clock.advance(hours=4)
        await work(db, clock, sender, Life(), kind)
    await close(db, server_id, clock)
    return sender, server_id


async def test_nothing_is_lost_and_nothing_comes_twice(db: Database) -> None:
    for seed in range(SCHEDULES):
        sender, server_id = await play(db, seed)
        check_opened(sender, server_id)


class NoLook(Outbox):
    """Opens again whenever it does not know."""

    async def _act(self, entry: Entry, now: datetime) -> Outcome:
        if entry.action is Action.ROOM:
            return await self._sender.open_room(entry.place_id, entry.payload)
        return await super()._act(entry, now)


async def test_without_the_look_there_would_be_two(db: Database) -> None:
    for seed in range(60):
        sender, server_id = await play(db, seed, NoLook)
        if len(rooms(sender, server_id)) > 2:
            return
    pytest.fail("the schedules do not tell this from the real one")


async def test_what_may_still_be_on_its_way_is_not_looked_for_yet(db: Database, clock: FakeClock) -> None:
    clock.set(MONDAY - timedelta(days=1))
    sender = FakeSender(clock)
    server_id = 1005
    await set_up(db, clock, server_id)
    clock.set(MONDAY)
    sender.post_faults = deque([Fault.LOST_AFTER, Fault.LOST_AFTER])
    await work(db, clock, sender, Life())
    assert len(rooms(sender, server_id)) == 2
    async with db.write() as tx:  # a process that knows that it is alone, right after the other died
        await tx.execute(
            update(table).where(table.c.state == State.SENDING).values(next_attempt_at=clock.now())
        )
    clock.advance(seconds=5)
    await work(db, clock, sender, Life())
    assert sender.looks == []
    await finish(db, clock, sender)
    check_opened(sender, server_id)


def test_a_room_in_doubt_is_looked_for() -> None:
    assert next_step(None, MONDAY, Action.ROOM) is Step.ACT
    assert next_step(MONDAY, MONDAY, Action.ROOM) is Step.LOOK
    for action in (Action.SEAT, Action.UNSEAT, Action.SHUT):
        assert next_step(MONDAY, MONDAY + timedelta(hours=1), action) is Step.ACT
