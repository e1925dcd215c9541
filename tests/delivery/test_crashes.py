"""Nothing lost, nothing twice: processes that die at every step, and schedules of everything at once.

A death is simulated where it could happen to a process: around each transaction and each request. What
the dead process would have done next does not happen; what it did stays. `COHORT_SOAK=5000` plays that
many random schedules instead of the usual few.
"""

import asyncio
import json
import os
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, TypeVar

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.outbox import Attempt, Outbox
from bot.delivery.sender import Sender
from bot.domain.outbox import (
    Absent,
    Busy,
    Entry,
    Outcome,
    Refused,
    Sent,
    State,
    Unknown,
    Unreadable,
)
from bot.storage import outbox as rows
from bot.storage.engine import Database
from bot.storage.tables import outbox as table
from tests.support.clock import START, FakeClock
from tests.support.fakes import FakeSender, Fault, Post, Shape, add_digest, add_feed, edit_first, plan

T = TypeVar("T")

SOAK = int(os.environ.get("COHORT_SOAK", "0"))
SCHEDULES = SOAK or 80
MUTANT_SCHEDULES = 80
EPOCH = START + timedelta(hours=9)


# --- A process that can die -------------------------------------------------------------------------


class Killed(BaseException):
    """What a process that is killed feels: nothing of it catches this."""


@dataclass
class Life:
    """How many more steps a process takes; None where it lives."""

    steps: int | None = None
    taken: int = 0

    def step(self) -> None:
        self.taken += 1
        if self.steps is not None and self.taken > self.steps:
            raise Killed


class MortalDatabase(Database):
    """A database as a process that may die sees it."""

    def __init__(self, db: Database, life: Life) -> None:
        super().__init__(db.url)
        self._db = db
        self._life = life

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        self._life.step()
        async with self._db.write() as tx:
            yield tx
            self._life.step()  # before the commit: it is rolled back
        self._life.step()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        self._life.step()
        async with self._db.read() as tx:
            yield tx


class MortalSender:
    """Discord as a process that may die sees it."""

    def __init__(self, sender: FakeSender, life: Life) -> None:
        self._sender = sender
        self._life = life

    def ready(self) -> bool:
        return self._sender.ready()

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        return None

    async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.post(channel_id, payload, nonce))

    async def edit(self, channel_id: int, message_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.edit(channel_id, message_id, payload))

    async def open_thread(
        self, channel_id: int, message_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.open_thread(channel_id, message_id, payload))

    async def post_in_forum(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.post_in_forum(channel_id, payload))

    async def open_room(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.open_room(channel_id, payload))

    async def seat(self, thread_id: int, payload: str, *, there: bool) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.seat(thread_id, payload, there=there))

    async def change_room(self, thread_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.change_room(thread_id, payload))

    async def find_room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        return await self._outlive(self._sender.find_room(channel_id, after, marker))

    async def create_native(
        self, server_id: int, payload: str, marker: str
    ) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.create_native(server_id, payload, marker))

    async def change_native(
        self, server_id: int, native_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        return await self._outlive(self._sender.change_native(server_id, native_id, payload))

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        return await self._outlive(self._sender.find(channel_id, after, marker))

    async def find_in_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        return await self._outlive(self._sender.find_in_forum(channel_id, after, marker))

    async def _outlive(self, request: Coroutine[Any, Any, T]) -> T:
        """Make a request; the process may die before it goes out or before its answer is heard."""
        try:
            self._life.step()
        except Killed:
            request.close()
            raise
        outcome = await request
        self._life.step()
        return outcome


class Make:
    """Makes the outbox of one process; the mutants are other ways to make one."""

    kind: type[Outbox] = Outbox

    def __init__(self, kind: type[Outbox] = Outbox) -> None:
        self.kind = kind
        self._count = 0

    def __call__(self, db: Database, clock: Clock, sender: Sender) -> Outbox:
        self._count += 1
        return self.kind(db, clock, sender, owner=f"process {self._count}")


async def run(make: Make, db: Database, clock: Clock, sender: FakeSender, *lives: Life) -> None:
    """Let processes deliver what is due, at the same time, until each is done or dead."""
    before = asyncio.all_tasks()
    ended = await asyncio.gather(
        *(make(MortalDatabase(db, life), clock, MortalSender(sender, life)).deliver_due() for life in lives),
        return_exceptions=True,
    )
    for error in ended:
        if isinstance(error, BaseException) and not isinstance(error, Killed):
            raise error
    # What a dead process had under way: its next step ends it.
    if orphans := asyncio.all_tasks() - before:
        await asyncio.wait(orphans)


async def restart(db: Database) -> None:
    """On SQLite the new process knows that it is alone; elsewhere leases run out."""
    async with db.write() as tx:
        await rows.release_all(tx)


async def unsent(db: Database) -> list[Entry]:
    async with db.read() as tx:
        found = await tx.execute(select(table).where(table.c.state != State.SENT))
        return [rows.entry_of(row) for row in found]


# --- Every step -------------------------------------------------------------------------------------


@dataclass
class Account:
    """What became of the messages that were promised."""

    lost: int = 0
    repeated: int = 0
    disordered: int = 0
    altered: int = 0

    misedited: int = 0

    def add(self, sender: FakeSender, promised: list[str], edits: Sequence[str] = ()) -> None:
        lines = [message.lines[-1] for message in sender.messages if message.lines[-1] in promised]
        edited = [message for message in sender.messages if message.lines[-1] == promised[0]]
        self.misedited += bool(edits) and any(message.lines[0] != edits[-1] for message in edited)
        took_effect = [body for id_, body in sender.edits if any(id_ == each.id for each in edited)]
        said = [json.loads(body)["content"].splitlines()[0] for body in took_effect]
        order = [edits.index(words) for words in said]
        self.misedited += order != sorted(order)
        self.lost += sum(line not in lines for line in promised)
        self.repeated += sum(max(0, lines.count(line) - 1) for line in promised)
        firsts = list(dict.fromkeys(lines))
        self.disordered += firsts != [line for line in promised if line in firsts]
        bodies: dict[str, set[str]] = {}
        for post in (post for post in sender.posts if post.nonce):
            bodies.setdefault(post.nonce, set()).add(post.payload)
        self.altered += sum(len(each) > 1 for each in bodies.values())

    @property
    def defects(self) -> tuple[int, int, int, int, int]:
        return self.lost, self.repeated, self.disordered, self.altered, self.misedited


async def finish(make: Make, db: Database, clock: FakeClock, sender: FakeSender) -> None:
    """Hours pass in which nothing goes wrong."""
    for _ in range(40):
        await run(make, db, clock, sender, Life())
        if not await unsent(db):
            return
        clock.advance(hours=4)
    raise AssertionError(await unsent(db))


# At least: three steps for each transaction, that claims or that writes down all that has ended, and two for each
# request. How many end together is chance, for the edit and the second part go out together.
STEPS = {
    Shape.PLAIN: 3 * (3 + 2) + 2 * 3,
    Shape.THREAD: 3 * (3 + 2) + 2 * 4,
    Shape.FORUM: 3 * (3 + 2) + 2 * 3,
}


@pytest.mark.parametrize("shape", list(Shape))
@pytest.mark.parametrize(
    ("known", "down"),
    [
        (True, timedelta(seconds=1)),
        (True, timedelta(days=7)),
        (False, timedelta(seconds=91)),
    ],
    ids=["restarted at once", "restarted after a week", "taken over"],
)
async def test_a_process_dies_at_each_step(
    db: Database, clock: FakeClock, known: bool, down: timedelta, shape: Shape
) -> None:
    make, account, died = Make(), Account(), 0
    clock.set(EPOCH)
    for step in range(100):
        sender = FakeSender(clock)
        feed_id = await add_feed(db, plan(), clock.now())
        promised = await add_digest(db, feed_id, clock.now(), parts=2, shape=shape)
        await edit_first(db, feed_id, clock.now(), "corrected", clock.now())
        life = Life(step)
        await run(make, db, clock, sender, life)
        if life.taken <= step:
            break
        died += 1
        clock.advance(seconds=down.total_seconds())
        if known:
            await restart(db)
        await finish(make, db, clock, sender)
        account.add(sender, promised, ["corrected"])
        clock.advance(hours=1)
    assert died >= STEPS[shape]
    assert not any(account.defects)


# --- Everything at once -----------------------------------------------------------------------------


@dataclass
class SkewedClock:
    """A process's clock: Discord's, give or take."""

    discord: FakeClock
    off: timedelta = field(default=timedelta())

    def now(self) -> datetime:
        return self.discord.now() + self.off

    async def sleep(self, seconds: float) -> None:
        await self.discord.sleep(seconds)


POST_FAULTS: list[Fault | None] = [*Fault, *[None] * 6]
LOOK_FAULTS: list[Fault | None] = [Fault.LOST_BEFORE, Fault.RAISES_BEFORE, Fault.BUSY, *[None] * 5]
PAUSES = (0.5, 3, 10, 31, 58, 61, 95, 300, 3600, 86400)


EVERYTHING = (Shape.PLAIN, Shape.PLAIN, *Shape)


async def play(
    db: Database,
    seed: int,
    make: Make,
    *,
    window: timedelta = timedelta(minutes=3),
    shapes: Sequence[Shape] = EVERYTHING,
) -> Account:
    """One schedule of deaths, lost answers, refusals, hidden histories, delays and wrong clocks."""
    random = Random(seed)
    discord = FakeClock(EPOCH + seed % 400 * timedelta(days=40))
    sender, clock = FakeSender(discord, window=window), SkewedClock(discord)
    promised: list[list[str]] = []
    edited: dict[str, list[str]] = {}
    edits: list[tuple[int, datetime, str]] = []
    for number in range(random.randint(1, 3)):
        channel_id = 100 + random.randrange(2)
        feed_id = await add_feed(db, plan(channel_id=channel_id, server_id=seed * 10 + number), discord.now())
        for slot in range(random.choice([1, 1, 2])):
            at = discord.now() + timedelta(minutes=slot)
            lines = await add_digest(
                db,
                feed_id,
                at,
                channel_id=channel_id,
                parts=random.randint(1, 3),
                shape=random.choice(shapes),
            )
            promised.append(lines)
            edits += [(feed_id, at, lines[0])] * (random.choice([0, 0, 1, 3]) if shapes is EVERYTHING else 0)

    def delay(_post: Post) -> None:
        if random.random() < 0.2:
            discord.advance(seconds=random.choice([1, 5, 20]))

    sender.before_post = sender.after_post = delay
    for _ in range(random.randint(3, 8)):
        trouble(random, sender)
        if edits and random.random() < 0.6:
            feed_id, at, line = edits.pop()
            edited.setdefault(line, []).append(f"words {len(edits)}")
            await edit_first(db, feed_id, at, edited[line][-1], discord.now())
        clock.off = timedelta(seconds=random.uniform(-14, 14))
        lives = [Life(random.choice([None, random.randrange(25)])) for _ in range(random.choice([1, 1, 2]))]
        await run(make, db, clock, sender, *lives)
        if random.random() < 0.5:
            await restart(db)
        discord.advance(seconds=random.choice(PAUSES))
    sender.post_faults.clear()
    sender.look_faults.clear()
    sender.forbidden.clear()
    sender.hidden.clear()
    clock.off = timedelta()
    await finish(make, db, discord, sender)
    account = Account()
    for lines in promised:
        account.add(sender, lines, edited.get(lines[0], ()))
    return account


def trouble(random: Random, sender: FakeSender) -> None:
    sender.post_faults = deque(random.choices(POST_FAULTS, k=8))
    sender.look_faults = deque(random.choices(LOOK_FAULTS, k=4))
    sender.forbidden = {channel_id for channel_id in (100, 101) if random.random() < 0.15}
    sender.hidden = {channel_id for channel_id in (100, 101) if random.random() < 0.15}


async def test_nothing_is_lost_and_nothing_comes_twice(db: Database) -> None:
    played = {seed: (await play(db, seed, Make())).defects for seed in range(SCHEDULES)}
    assert {seed: each for seed, each in played.items() if any(each)} == {}


# --- Does the harness bite? -------------------------------------------------------------------------


class NoLook(Outbox):
    """Trusts the nonce for ever."""

    async def _act(self, entry: Entry, now: datetime) -> Outcome:
        return await self._sender.post(entry.channel_id, entry.payload, entry.nonce)


class NoRecord(Outbox):
    """Does not write down, before it posts, that it will."""

    async def _attempt(self, entry: Entry, claimed_at: datetime) -> Attempt:
        async with self._db.write() as tx:
            await tx.execute(
                update(table)
                .where(table.c.id == entry.id)
                .values(first_attempt_at=entry.first_attempt_at, state=entry.state)
            )
        return await super()._attempt(entry, claimed_at)


class SendThenMark(Outbox):
    """The plain outbox of many bots: post, then mark as posted."""

    async def deliver_due(self) -> int:
        async with self._db.read() as tx:
            waiting = await due(tx, self._clock.now())
        for entry in waiting:
            with suppress(RuntimeError):
                outcome = await self._sender.post(entry.channel_id, entry.payload, self._owner + entry.nonce)
                if isinstance(outcome, Sent):
                    await mark(self._db, entry)
        return len(waiting)


class MarkThenSend(Outbox):
    """The other one: mark as posted, then post."""

    async def deliver_due(self) -> int:
        async with self._db.read() as tx:
            waiting = await due(tx, self._clock.now())
        for entry in waiting:
            await mark(self._db, entry)
            with suppress(RuntimeError):
                await self._sender.post(entry.channel_id, entry.payload, entry.nonce)
        return len(waiting)


async def due(tx: AsyncConnection, now: datetime) -> list[Entry]:
    found = await tx.execute(
        select(table)
        .where(table.c.state == State.PENDING, table.c.next_attempt_at <= now)
        .order_by(table.c.slot_at, table.c.part)
    )
    return [rows.entry_of(row) for row in found]


async def mark(db: Database, entry: Entry) -> None:
    async with db.write() as tx:
        await tx.execute(update(table).where(table.c.id == entry.id).values(state=State.SENT))


LOST, REPEATED = 0, 1


@pytest.mark.parametrize(
    ("kind", "window", "defect"),
    [
        (Outbox, timedelta(), REPEATED),  # Discord without nonces
        (NoLook, timedelta(minutes=3), REPEATED),
        (NoRecord, timedelta(minutes=3), REPEATED),
        (SendThenMark, timedelta(minutes=3), REPEATED),
        (MarkThenSend, timedelta(minutes=3), LOST),
    ],
    ids=["no nonce", "no look", "no early commit", "send then mark", "mark then send"],
)
async def test_each_part_of_the_protocol_is_needed(
    db: Database, kind: type[Outbox], window: timedelta, defect: int
) -> None:
    for seed in range(MUTANT_SCHEDULES):
        if (await play(db, seed, Make(kind), window=window, shapes=[Shape.PLAIN])).defects[defect]:
            return
    pytest.fail("the schedules do not tell this from the real one")
