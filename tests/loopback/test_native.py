"""Discord's own events on the wire: lost answers, limits, permissions, a restart, interested people."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.event_sources import calendar_key
from bot.domain.events import Event, EventStatus, Window
from bot.domain.feeds import FeedKind
from bot.domain.outbox import Action, State
from bot.domain.sources import SourceOutcome, SourceState
from bot.storage import feeds, sources
from bot.storage.engine import Database
from bot.storage.events import listings
from bot.storage.tables import outbox as table
from tests.support.clock import FakeClock
from tests.support.events import URL, event_plan, meetup
from tests.support.loopback import permissions
from tests.support.loopback.faults import Fault
from tests.support.loopback.model import ScheduledEvent
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
KEY = calendar_key(URL)
EVENTS = "/guilds/*/scheduled-events"
TALK = meetup("talk", MORNING + timedelta(days=5), title="A talk")


async def say(db: Database, clock: FakeClock, *events: Event) -> None:
    """Store what the calendar says now, as if it had just been read."""
    now = clock.now()
    async with db.write() as tx:
        await sources.ensure(tx, [KEY], now)
        later = now + timedelta(days=1000)
        state = SourceState(KEY, later, outcome=SourceOutcome.NEWS, last_checked_at=now, last_ok_at=now)
        await sources.record(tx, state)
        window = Window(now, now + timedelta(days=400))
        reading = listings.Reading([(event, {}) for event in events], window, patient=False)
        if await listings.store(tx, KEY, reading, now):
            await listings.wake_readers(tx, KEY, now)


async def add_native_feed(db: Database, server_id: int, channel_id: int) -> None:
    async with db.write() as tx:
        await feeds.add(
            tx,
            event_plan(kind=FeedKind.MEETUPS, server_id=server_id, channel_id=channel_id, native=True),
            number=await feeds.take_number(tx, server_id),
            created_by=9,
            now=MORNING,
            since=MORNING,
            slot_at=MORNING,
        )


async def work(app: Any, clock: FakeClock, *, rounds: int = 4, step_s: float = 65) -> None:
    for _ in range(rounds):
        await app.services.event_posts.build_due()
        await app.outbox.deliver_due()
        clock.advance(seconds=step_s)


def standing(discord: LoopbackDiscord, guild: int) -> list[tuple[str, int, str]]:
    return [
        (each.body["name"], each.status, each.body["scheduled_start_time"])
        for each in discord.world.events_of(guild)
    ]


@pytest.mark.parametrize(
    "fault", [None, ("drop", "before"), ("drop", "after"), ("reset", "after"), ("status", "before")], ids=str
)
async def test_one_is_made_changed_and_called_off_whatever_is_lost(
    db: Database, clock: FakeClock, fault: tuple[str, str] | None
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:

        def trouble() -> None:
            for method, path in (("POST", EVENTS), ("PATCH", f"{EVENTS}/*"), ("GET", EVENTS)):
                if fault is not None:
                    kind, when = fault
                    discord.faults.inject(Fault(kind, method=method, path=path, when=when, times=1))  # type: ignore[arg-type]

        await say(db, clock, TALK)
        await add_native_feed(db, club.guild, club.events)
        trouble()
        await work(app, clock)
        assert standing(discord, club.guild) == [("A talk", 1, "2026-03-08T08:00:00+00:00")]
        (made,) = discord.world.events_of(club.guild)
        moved = replace(TALK, title="A longer talk", starts_at=TALK.starts_at + timedelta(hours=1))
        await say(db, clock, moved)
        trouble()
        await work(app, clock)
        assert standing(discord, club.guild) == [("A longer talk", 1, "2026-03-08T09:00:00+00:00")]
        await say(db, clock, replace(moved, status=EventStatus.CANCELLED))
        trouble()
        await work(app, clock)
        (left,) = discord.world.events_of(club.guild)
        assert (left.id, left.status) == (made.id, 4)
        discord.assert_clean()


async def test_a_restart_between_the_request_and_its_answer(db: Database, clock: FakeClock) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord:
        async with serving(db.url, discord, clock) as app:
            await say(db, clock, TALK)
            await add_native_feed(db, club.guild, club.events)
            discord.faults.inject(Fault("drop", method="POST", path=EVENTS, when="after", times=1))
            await app.services.event_posts.build_due()
            await app.outbox.deliver_due()
        clock.advance(days=1)
        async with serving(db.url, discord, clock) as app:
            await work(app, clock)
        assert [name for name, _, _ in standing(discord, club.guild)] == ["A talk"]
        discord.assert_clean()


async def test_without_the_permission_it_is_named_and_goes_on_when_it_is_there(
    db: Database, clock: FakeClock
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    guild = world.add_guild("Club", bot_permissions=permissions.BOT & ~permissions.CREATE_EVENTS)
    channel = world.add_channel(guild.id, "events").id
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await say(db, clock, TALK)
        await add_native_feed(db, guild.id, channel)
        await work(app, clock)
        assert await reasons(db) == [
            (State.HELD, "I may not create events here. Give my role Create Events.")
        ]
        # Nothing was asked that would have been refused.
        assert not [r for r in discord.requests if r.method == "POST" and "scheduled-events" in r.path]
        assert len(discord.messages(channel)) == 1  # the posts go on
        discord.assert_clean()


async def test_a_full_server_is_explained_and_filled_when_there_is_room(
    db: Database, clock: FakeClock
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        others = [_by_hand(world, club.guild, number) for number in range(100)]
        await say(db, clock, TALK, meetup("sooner", MORNING + timedelta(days=2), title="Sooner"))
        await add_native_feed(db, club.guild, club.events)
        await work(app, clock)
        ((state, reason), *_) = await reasons(db)
        assert state == State.HELD
        assert reason is not None
        assert "100 scheduled events" in reason
        world.delete_event(others[0].id)
        await say(
            db, clock, TALK, meetup("sooner", MORNING + timedelta(days=2), title="Sooner", place="Hall")
        )
        await work(app, clock, rounds=4, step_s=4000)
        assert [name for name, _, _ in standing(discord, club.guild) if name in {"Sooner", "A talk"}] == [
            "Sooner"
        ]


def _by_hand(world: Any, guild_id: int, number: int) -> ScheduledEvent:
    start = (MORNING + timedelta(days=30)).isoformat()
    body = {"name": f"By hand {number}", "scheduled_start_time": start, "entity_type": 3, "privacy_level": 2}
    event = ScheduledEvent(world.ids.new(), guild_id, world.guilds[guild_id].owner_id, body)
    world.put_event(event, new=True)
    return event


async def reasons(db: Database) -> Sequence[tuple[str, str | None]]:
    async with db.read() as tx:
        rows = await tx.execute(
            select(table.c.state, table.c.reason)
            .where(table.c.action == Action.NATIVE, table.c.state != State.SENT)
            .order_by(table.c.id)
        )
        return [(row.state, row.reason) for row in rows]
