"""Discord's own events follow their source: made, changed, called off, within the limit, and never twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.delivery.outbox import Outbox
from bot.domain import native as rules
from bot.domain.digests import Rendered
from bot.domain.feeds import Feed, FeedState
from bot.domain.outbox import Action, State
from bot.errors import UserError
from bot.services.events import EventLeftovers
from bot.storage import feeds
from bot.storage import outbox as rows
from bot.storage.engine import Database
from bot.storage.events import telling
from bot.storage.tables import native_events, outbox
from tests.support.clock import FakeClock
from tests.support.events import Desk, Vevent, calendar, event_plan, make_desk

TALK = Vevent("talk", "20260115T180000Z", end="20260115T200000Z", title="A talk")
LATER = Vevent("later", "20260220T180000Z", title="Another talk")


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


async def begun(desk: Desk, *events: Vevent) -> None:
    desk.web.serve(calendar(*events))
    await desk.add(native=True)
    await desk.tick()


def names(desk: Desk) -> list[tuple[str, int]]:
    return [(native.body["name"], native.status) for native in desk.sender.natives]


async def test_each_event_gets_one(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    for _ in range(3):
        await desk.read(TALK, LATER)
    assert names(desk) == [("A talk", 1), ("Another talk", 1)]
    (native, _) = desk.sender.natives
    assert native.body["scheduled_start_time"] == "2026-01-15T18:00:00+00:00"
    assert native.body["entity_metadata"] == {"location": "Room 1"}
    (status,) = await desk.events.overview(1)
    assert status.native == 2


async def test_it_is_changed_in_place_and_keeps_whoever_is_interested(desk: Desk) -> None:
    await begun(desk, TALK)
    (native,) = desk.sender.natives
    native.interested = 12
    moved = replace(TALK, start="20260116T180000Z", end="20260116T200000Z", title="A longer talk")
    await desk.read(moved)
    await desk.read(moved)
    assert desk.sender.natives == [native]
    assert (native.body["name"], native.interested) == ("A longer talk", 12)
    assert native.body["scheduled_start_time"] == "2026-01-16T18:00:00+00:00"
    assert len(desk.sender.edits) == 1


async def test_cancelled_gone_and_back(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    await desk.read(replace(TALK, status="CANCELLED"), LATER)
    await desk.read(replace(TALK, status="CANCELLED"))
    assert names(desk) == [("A talk", 4), ("Another talk", 1)]
    await desk.read(replace(TALK, status="CANCELLED"))
    assert names(desk) == [("A talk", 4), ("Another talk", 4)]
    # A cancelled Discord event cannot be brought back: that is the one case in which another is made.
    await desk.read(TALK, LATER)
    assert names(desk)[2:] == [("A talk", 1), ("Another talk", 1)]
    await desk.read(TALK, LATER)
    assert len(desk.sender.natives) == 4


async def test_what_was_called_off_and_on_before_discord_was_asked_is_only_changed(desk: Desk) -> None:
    await begun(desk, TALK)
    desk.sender.online = False
    await desk.read(replace(TALK, status="CANCELLED"))
    await desk.read(replace(TALK, title="On again"))
    desk.sender.online = True
    await desk.read(replace(TALK, title="On again"))
    assert names(desk) == [("On again", 1)]


async def test_two_feeds_of_a_server_keep_one_and_two_servers_two(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.add(native=True, channel_id=101)
    await desk.add(native=True, server_id=2, channel_id=200)
    await desk.read(TALK)
    assert sorted(native.server_id for native in desk.sender.natives) == [1, 2]


async def test_another_feed_takes_over_what_a_removed_one_made(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.add(native=True, channel_id=101)
    await desk.tick()
    async with desk.db.write() as tx:
        await feeds.set_state(tx, 1, FeedState.REMOVED, now=desk.clock.now())
    await desk.read(replace(TALK, title="Renamed"))
    assert names(desk) == [("Renamed", 1)]


async def remove(desk: Desk, number: int = 1) -> None:
    async with desk.db.write() as tx:
        await feeds.set_state(tx, number, FeedState.REMOVED, now=desk.clock.now())


async def test_a_removed_feed_leaves_its_events_until_somebody_calls_them_off(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    left = EventLeftovers(desk.db, desk.clock)
    assert await left.count(1, 1) == 0  # they are what the feed is for
    await remove(desk)
    await desk.read(TALK, LATER)
    assert names(desk) == [("A talk", 1), ("Another talk", 1)]
    assert await left.count(1, 1) == 2
    desk.sender.online = False
    assert await left.call_off(1, 1) == 2
    assert await left.call_off(1, 1) == 0
    fresh = make_desk(desk.db, desk.clock, desk.web)
    fresh.sender.natives = desk.sender.natives
    await fresh.tick()  # after a restart
    await fresh.tick()
    assert names(desk) == [("A talk", 4), ("Another talk", 4)]
    assert len(fresh.sender.edits) == 2
    assert await left.count(1, 1) == 0


async def test_one_that_has_begun_is_ended_and_one_that_is_over_left_alone(desk: Desk) -> None:
    await begun(desk, TALK, replace(LATER, start="20260110T180000Z"))
    desk.clock.set(datetime(2026, 1, 15, 19, tzinfo=UTC))
    await remove(desk)
    assert await EventLeftovers(desk.db, desk.clock).call_off(1, 1) == 1
    await desk.tick()
    assert sorted(names(desk)) == [("A talk", 3), ("Another talk", 1)]


async def test_what_another_feed_wants_is_not_left_over(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.add(native=True, channel_id=101)
    await remove(desk)
    left = EventLeftovers(desk.db, desk.clock)
    assert await left.call_off(1, 1) == 0
    await remove(desk, 2)
    assert await left.count(1, 1) == 1


async def test_what_a_changed_feed_does_not_want_any_more_can_be_called_off(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    await desk.event_feeds.change(1, 1, event_plan(native=False))
    left = EventLeftovers(desk.db, desk.clock)
    assert await left.count(1, 1) == 2
    await desk.event_feeds.change(1, 1, event_plan(native=True))
    assert await left.count(1, 1) == 0
    other = "https://club.example/other.ics"
    desk.web.serve(calendar(Vevent("new", "20260301T180000Z")), other)
    await desk.event_feeds.change(1, 1, event_plan(native=True, url=other))
    await desk.tick()
    assert await left.call_off(1, 1) == 2
    await desk.tick()
    assert names(desk) == [("A talk", 4), ("Another talk", 4), ("Talk new", 1)]


async def test_a_feed_that_is_brought_back_makes_its_events_anew(desk: Desk) -> None:
    await begun(desk, TALK)
    left = EventLeftovers(desk.db, desk.clock)
    await remove(desk)
    await left.call_off(1, 1)
    await desk.tick()
    desk.clock.advance(seconds=60)
    async with desk.db.write() as tx:
        await feeds.set_state(tx, 1, FeedState.ACTIVE, now=desk.clock.now())
        await telling.look_now(tx, 1, desk.clock.now())
    await desk.tick()
    assert names(desk) == [("A talk", 4), ("A talk", 1)]


async def test_events_that_were_never_made_or_were_deleted_are_not_counted(desk: Desk) -> None:
    desk.sender.online = False
    await begun(desk, TALK, LATER)
    await remove(desk)
    left = EventLeftovers(desk.db, desk.clock)
    assert await left.count(1, 1) == 0
    assert await left.call_off(1, 1) == 0
    desk.sender.online = True
    await desk.tick()
    assert desk.sender.natives == []
    with pytest.raises(UserError, match="no feed 7"):
        await left.count(1, 7)


async def test_a_moderator_who_deletes_one_is_respected(desk: Desk) -> None:
    await begun(desk, TALK)
    desk.sender.natives.clear()
    await desk.read(replace(TALK, title="Renamed"))
    await desk.read(replace(TALK, title="Renamed again"))
    assert desk.sender.natives == []


async def test_what_another_life_made_is_found_again(desk: Desk) -> None:
    await begun(desk, TALK)
    async with desk.db.write() as tx:
        await tx.execute(outbox.delete().where(outbox.c.action == Action.NATIVE))
    await desk.read(replace(TALK, title="Renamed"))
    assert names(desk) == [("Renamed", 1)]


async def test_the_next_ones_first_and_more_as_places_become_free(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules.plan_native, "__kwdefaults__", {"room": 2})
    talks = [Vevent(f"t{n}", f"202601{n:02d}T120000Z") for n in (20, 12, 8, 6)]
    await begun(desk, *talks)
    assert names(desk) == [("Talk t6", 1), ("Talk t8", 1)]
    await desk.until(datetime(2026, 1, 6, 15, tzinfo=UTC))
    assert names(desk)[2:] == [("Talk t12", 1)]


async def test_where_the_server_itself_is_full_the_next_event_waits_in_line(desk: Desk) -> None:
    desk.sender.native_limit = 1
    talks = [Vevent(f"t{n}", f"202601{n:02d}T120000Z") for n in (20, 12, 18)]
    await begun(desk, *talks)
    assert names(desk) == [("Talk t12", 1)]
    # Something nearer turns up: it comes first when there is room.
    await desk.read(*talks, Vevent("t9", "20260109T120000Z"))
    waiting = await open_natives(desk)
    assert waiting == [("t9", rules.FULL)]
    desk.sender.native_limit = 2
    desk.clock.advance(hours=4)
    await desk.tick()
    assert names(desk) == [("Talk t12", 1), ("Talk t9", 1)]
    desk.sender.native_limit = 100
    await desk.read(*talks, Vevent("t9", "20260109T120000Z"), Vevent("t10", "20260110T120000Z"))
    assert [name for name, _ in names(desk)[2:]] == ["Talk t10", "Talk t18", "Talk t20"]


async def test_moderators_hear_once_that_a_permission_is_missing(db: Database, clock: FakeClock) -> None:
    desk = make_desk(db, clock)
    desk.sender.notice_channels = {1: 900}
    desk.sender.forbidden = {1}  # the server: its events are refused, its channels are not
    desk.outbox = Outbox(
        db,
        clock,
        desk.sender,
        owner="first",
        render_notice=_notice,
    )
    await begun(desk, TALK, LATER)
    for _ in range(5):
        await desk.read(TALK, LATER)
    assert desk.texts(900) == ["I may not post in the channel."]
    desk.sender.forbidden = set()
    clock.advance(hours=4)
    await desk.tick()
    assert names(desk) == [("A talk", 1), ("Another talk", 1)]


async def test_the_entry_that_made_one_outlives_the_tidying(desk: Desk) -> None:
    far = replace(LATER, start="20260820T180000Z", title="Far away")
    await begun(desk, far)
    desk.clock.advance(days=120)
    async with desk.db.write() as tx:
        await rows.purge(tx, desk.clock.now() - timedelta(days=90))
        assert await tx.scalar(select(native_events.c.event_id)) is not None
    await desk.read(replace(far, title="Nearer"))
    await desk.tick()
    assert names(desk) == [("Nearer", 1)]


async def test_without_the_option_there_is_none(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add(event_plan())
    await desk.tick()
    assert desk.sender.natives == []


def _notice(feed: Feed, reason: str, now: datetime) -> Rendered:
    return Rendered({"content": f"{reason}\nnotice {feed.number}"}, f"notice {feed.number}")


async def open_natives(desk: Desk) -> list[tuple[str, str | None]]:
    async with desk.db.read() as tx:
        found = await tx.execute(
            select(outbox).where(outbox.c.action == Action.NATIVE, outbox.c.state != State.SENT)
        )
        return [(row.payload.split('"')[3].removeprefix("Talk "), row.reason) for row in found]
