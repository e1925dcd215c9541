"""Discord's own events and posts about events: processes that die at every step make none twice and lose none.

As in `test_crashes`: a death is simulated around each transaction and each request; what the dead process did stays.
`COHORT_SOAK=500` plays that many random schedules.
"""

import os
from collections import Counter, deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from sqlalchemy import update

from bot.delivery.outbox import Outbox
from bot.domain.feeds import FeedState
from bot.domain.outbox import Action, Entry, State
from bot.services.events import Addresses, EventPolls, EventPosts
from bot.storage import feeds
from bot.storage.engine import Database
from bot.storage.tables import outbox as table
from tests.delivery.test_crashes import Killed, Life, MortalDatabase, MortalSender, restart
from tests.support.clock import FakeClock
from tests.support.events import FakeWeb, PlainEvents, Vevent, calendar, event_plan, make_desk
from tests.support.fakes import FakeSender, Fault, Native

SOAK = int(os.environ.get("COHORT_SOAK", "0"))
SCHEDULES = SOAK or 6

TALK = Vevent("talk", "20260115T180000Z", title="Talk")
OFF = Vevent("off", "20260116T180000Z", title="Off")
NEW = Vevent("new", "20260102T200000Z", title="New")
BEFORE = calendar(TALK, OFF)
AFTER = calendar(
    replace(TALK, start="20260117T180000Z", title="Moved"), replace(OFF, status="CANCELLED"), NEW
)


def address(server_id: int) -> str:
    return f"https://club{server_id}.example/calendar.ics"


async def work(
    db: Database,
    clock: FakeClock,
    web: FakeWeb,
    sender: FakeSender,
    life: Life,
    kind: type[Outbox] = Outbox,
) -> None:
    """What a process does when it looks, until it is done or dead."""
    mortal = MortalDatabase(db, life)
    polls = EventPolls(mortal, clock, web, owner=f"process {id(life)}", addresses=Addresses())
    posts = EventPosts(mortal, clock, PlainEvents())
    outbox = kind(mortal, clock, MortalSender(sender, life), owner=f"process {id(life)}")
    try:
        await polls.poll_due()
        await posts.build_due()
        await outbox.deliver_due()
    except Killed:
        return


async def set_up(db: Database, clock: FakeClock, web: FakeWeb, server_id: int) -> None:
    """A server whose feed has introduced itself and keeps two Discord events."""
    url = address(server_id)
    web.serve(BEFORE, url)
    desk = make_desk(db, clock, web)
    await desk.add(event_plan(server_id=server_id, channel_id=server_id, url=url, native=True))


async def close(db: Database, server_id: int, clock: FakeClock) -> None:
    """Nothing of this server is looked at any more."""
    async with db.write() as tx:
        (feed,) = await feeds.by_server(tx, server_id)
        await feeds.set_state(tx, feed.id, FeedState.REMOVED, now=clock.now())


async def finish(db: Database, clock: FakeClock, web: FakeWeb, sender: FakeSender) -> None:
    """Hours in which nothing goes wrong."""
    for _ in range(3):
        clock.advance(minutes=70)
        await work(db, clock, web, sender, Life())


def account(sender: FakeSender, server_id: int) -> list[tuple[str, int]]:
    """The Discord events of a server: name and status, all that were ever made."""
    return sorted((n.body["name"], n.status) for n in sender.natives if n.server_id == server_id)


def posted(sender: FakeSender, channel_id: int) -> Counter[str]:
    return Counter(message.lines[-1] for message in sender.messages if message.channel_id == channel_id)


# On SQLite whoever starts knows that it is alone; on PostgreSQL it waits until leases are over.
@pytest.mark.parametrize(
    ("database_url", "known"),
    [("sqlite", True), ("postgresql", False)],
    ids=["restarted at once", "taken over"],
    indirect=["database_url"],
)
async def test_a_process_dies_at_each_step(db: Database, clock: FakeClock, known: bool) -> None:
    web, died = FakeWeb(clock), 0
    start = datetime(2026, 1, 1, tzinfo=UTC)
    for step in range(200):
        server_id = 10 + step
        clock.set(start)
        sender = FakeSender(clock)
        await set_up(db, clock, web, server_id)
        first, second = Life(step), Life()
        # The first steps die while the two are made, the later ones while they are changed.
        await work(db, clock, web, sender, first)
        clock.advance(seconds=1 if known else 700)
        if known:
            await restart(db)
        clock.set(start + timedelta(hours=9))
        await work(db, clock, web, sender, Life())
        await work(db, clock, web, sender, Life())
        assert account(sender, server_id) == [("Off", 1), ("Talk", 1)]
        web.serve(AFTER, address(server_id))
        clock.advance(hours=1)
        second = Life(step)
        await work(db, clock, web, sender, second)
        clock.advance(seconds=1 if known else 700)
        if known:
            await restart(db)
        await finish(db, clock, web, sender)
        clock.set(start + timedelta(hours=33, minutes=5))
        await work(db, clock, web, sender, Life())
        assert account(sender, server_id) == [("Moved", 1), ("New", 1), ("Off", 4)], step
        lines = posted(sender, server_id)
        assert max(lines.values()) == 1, (step, lines)
        texts = [m.lines[0] for m in sender.messages if m.channel_id == server_id]
        assert sorted(text.split(" (")[0] for text in texts) == [
            "card announced",
            "first",
            "said Moved: time,title",
            "said Off: cancelled",
        ], step
        await close(db, server_id, clock)
        if first.taken <= step and second.taken <= step:
            break
        died += 1
    assert died >= 25


FAULTS: list[Fault | None] = [*Fault, *[None] * 6]


async def play(db: Database, seed: int, kind: type[Outbox] = Outbox) -> list[Native]:
    """One schedule of deaths, lost answers, refusals and changes of a calendar; all that was ever made."""
    random = Random(seed)
    clock = FakeClock(datetime(2026, 1, 1, tzinfo=UTC))
    web, sender, server_id = FakeWeb(clock), FakeSender(clock), 1000 + seed
    await set_up(db, clock, web, server_id)
    events = [
        replace(TALK, uid=f"t{n}", title=f"Talk {n}", start=f"202602{n:02d}T180000Z") for n in (1, 2, 3)
    ]
    for _ in range(random.randint(4, 8)):
        sender.post_faults = deque(random.choices(FAULTS, k=6))
        sender.forbidden = {server_id} if random.random() < 0.15 else set()
        place = random.randrange(3)
        if random.random() < 0.6:
            events[place] = replace(events[place], start=f"202602{random.randint(1, 28):02d}T180000Z")
            web.serve(calendar(*events), address(server_id))
        await work(db, clock, web, sender, Life(random.choice([None, random.randrange(40)])), kind)
        if random.random() < 0.5:
            await restart(db)
        clock.advance(seconds=random.choice([1, 31, 95, 700, 3700, 20_000]))
    sender.post_faults.clear()
    sender.forbidden.clear()
    for _ in range(4):
        clock.advance(hours=4)
        await work(db, clock, web, sender, Life(), kind)
    await close(db, server_id, clock)
    standing = {n.body["name"]: n.body["scheduled_start_time"] for n in sender.natives if n.stands}
    for event in events:
        if event.title in standing:
            day = int(event.start[6:8])
            assert standing[event.title] == f"2026-02-{day:02d}T18:00:00+00:00", seed
    return sender.natives


async def test_nothing_is_lost_and_nothing_comes_twice(db: Database) -> None:
    for seed in range(SCHEDULES):
        made = Counter(native.body["name"] for native in await play(db, seed) if native.stands)
        assert max(made.values()) == 1, (seed, made)
        assert sum(made.values()) >= 2


class NoLook(Outbox):
    """Creates again whenever it does not know."""

    async def _act(self, entry: Entry, now: datetime):  # type: ignore[no-untyped-def]  # noqa: ANN202 - as its base
        if entry.action is Action.NATIVE and entry.anchor is None:
            return await self._sender.create_native(entry.place_id, entry.payload, f"no such line {now}")
        return await super()._act(entry, now)


async def test_without_the_look_there_would_be_two(db: Database) -> None:
    for seed in range(60):
        made = Counter(native.body["name"] for native in await play(db, seed, NoLook))
        if max(made.values()) > 1:
            return
    pytest.fail("the schedules do not tell this from the real one")


async def test_what_may_still_be_on_its_way_is_not_looked_for_yet(db: Database, clock: FakeClock) -> None:
    web, sender = FakeWeb(clock), FakeSender(clock)
    await set_up(db, clock, web, 5)
    sender.post_faults = deque([Fault.LOST_BEFORE, Fault.LOST_AFTER])
    await work(db, clock, web, sender, Life())
    asked = len(sender.posts)
    async with db.write() as tx:  # a process that knows that it is alone, right after the other died
        await tx.execute(
            update(table).where(table.c.state == State.SENDING).values(next_attempt_at=clock.now())
        )
    clock.advance(seconds=5)
    await work(db, clock, web, sender, Life())
    assert len(sender.posts) == asked
    clock.advance(seconds=61)
    await work(db, clock, web, sender, Life())
    assert account(sender, 5) == [("Off", 1), ("Talk", 1)]
