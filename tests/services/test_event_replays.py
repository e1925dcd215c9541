"""Real calendars, edited again and again as their hosts edit them: every message once, every Discord event once.

Restarts, lost answers and several feeds in between. The calendars are the captures, where they are at hand.
"""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
from sqlalchemy import select

from bot.domain.feeds import Moment, Style
from bot.domain.outbox import Action, State
from bot.storage.engine import Database
from bot.storage.tables import event_posts, native_events, outbox
from tests.support.clock import FakeClock
from tests.support.events import URL, Desk, event_plan, make_desk
from tests.support.fakes import Fault

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "meetups_ics"
pytestmark = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")

REPLAYED = {
    "meetup_com_group_2026-01-28.ics": "2026-01-28",
    "luma_slice_last15.ics": "2025-10-21",
    "google_calendar_small_allday.ics": "2018-11-20",
    "rie_recurring_events_changed_duration.ics": "2019-03-04",
    "teamup_2020_rrule_allday.ics": "2020-01-20",
}
"""Files, and the day on which they are read first."""

Vevent = Any
"""What icalendar has of an event: its types tell little of what may be assigned."""

EDITS = 9


def read(name: str) -> Any:
    """A captured calendar, to be edited."""
    return icalendar.Calendar.from_ical((CAPTURES / name).read_bytes())


@dataclass
class Host:
    """Somebody who keeps a calendar, and changes their mind."""

    calendar: Any
    chance: random.Random

    def edit(self) -> None:
        """Change something, or nothing but what says nothing."""
        edits: list[Callable[[Vevent], None]] = [_move, _rename, _relocate, _cancel, _confirm, _describe]
        for _ in range(self.chance.randint(1, 2)):
            self.chance.choice(edits)(self.chance.choice(self._events()))
        for event in self._events():
            # Sites write these anew at every request; Luma has one SEQUENCE for all.
            event["SEQUENCE"] = self.chance.randint(0, 9)
            if "DTSTAMP" in event:
                event["DTSTAMP"].dt += timedelta(minutes=5)
        self.chance.shuffle(self.calendar.subcomponents)

    def body(self, *, without: int | None = None) -> bytes:
        """The file; `without` one of its events, as when a site loses it for an hour."""
        if without is None:
            return bytes(self.calendar.to_ical())
        kept: Any = icalendar.Calendar()
        kept.update(self.calendar)
        lost = self._events()[without % len(self._events())]
        kept.subcomponents = [each for each in self.calendar.subcomponents if each is not lost]
        return bytes(kept.to_ical())

    def _events(self) -> list[Vevent]:
        return list(self.calendar.walk("VEVENT"))


def _move(event: Vevent) -> None:
    for name in ("DTSTART", "DTEND"):
        if name in event and isinstance(event[name].dt, datetime):
            event[name].dt += timedelta(hours=1)
        elif name in event:
            event[name].dt += timedelta(days=1)


def _rename(event: Vevent) -> None:
    event["SUMMARY"] = f"{event.get('SUMMARY', 'Event')} again"[-80:]


def _relocate(event: Vevent) -> None:
    event["LOCATION"] = f"Room {len(str(event.get('LOCATION', ''))) % 7}"


def _cancel(event: Vevent) -> None:
    event["STATUS"] = "CANCELLED"


def _confirm(event: Vevent) -> None:
    event["STATUS"] = "CONFIRMED"


def _describe(event: Vevent) -> None:
    event["DESCRIPTION"] = f"{event.get('DESCRIPTION', '')} More."[-200:]


@pytest.mark.parametrize("name", REPLAYED)
async def test_edits_of_a_real_calendar_repeat_nothing(db: Database, clock: FakeClock, name: str) -> None:
    clock.set(datetime.fromisoformat(REPLAYED[name]).replace(tzinfo=UTC))
    chance = random.Random(name)
    host = Host(read(name), chance)
    desk = make_desk(db, clock)
    desk.web.serve(host.body())
    moments = (Moment.ANNOUNCED, Moment.WEEK, Moment.DAY, Moment.START)
    await desk.add(native=True, moments=moments)
    await desk.add(event_plan(channel_id=101, style=Style.DIGEST, native=True))
    await desk.add(server_id=2, channel_id=200, native=True)
    await desk.tick()
    for edit in range(EDITS):
        host.edit()
        lost = chance.randrange(50) if chance.random() < 0.3 else None
        desk.web.serve(host.body(without=lost))
        if chance.random() < 0.5:
            desk.sender.post_faults.extend(chance.choices([None, Fault.LOST_AFTER, Fault.LOST_BEFORE], k=4))
        if edit % 3 == 0:  # another process takes over, of which the channel knows nothing
            fresh = make_desk(db, clock, desk.web)
            fresh.sender.__dict__.update(desk.sender.__dict__)
            desk = fresh
        clock.advance(hours=chance.choice((1, 1, 7, 26)))
        for _ in range(3):
            await desk.tick()
            clock.advance(minutes=2)
    desk.sender.post_faults.clear()
    for _ in range(4):
        clock.advance(minutes=20)
        await desk.tick()
    await _check_messages(desk)
    await _check_natives(desk)


async def _check_messages(desk: Desk) -> None:
    async with desk.db.read() as tx:
        entries = (await tx.execute(select(outbox))).all()
        posts = (await tx.execute(select(event_posts))).all()
    assert {entry.state for entry in entries} == {State.SENT}
    written = [entry.id for entry in entries if entry.action == Action.POST]
    assert len(desk.sender.messages) == len(written) >= 3
    assert len({message.nonce for message in desk.sender.messages}) == len(written)
    # Of one event a feed says the same thing once, unless it was moved in between.
    told: Counter[tuple[Any, ...]] = Counter()
    for post in posts:
        for event_id, as_shown in post.shown:
            if post.kind in {"card", "reminder"}:
                told[post.feed_id, post.kind, post.moment, event_id, as_shown["starts_at"]] += 1
    assert [key for key, times in told.items() if times > 1] == []


async def _check_natives(desk: Desk) -> None:
    async with desk.db.read() as tx:
        kept = (await tx.execute(select(native_events))).all()
    now = desk.clock.now()
    standing = [native for native in desk.sender.natives if native.stands]
    markers = Counter((each.server_id, each.body["description"].splitlines()[-1]) for each in standing)
    assert [key for key, times in markers.items() if times > 1] == []
    # Each that stands is the one that is known of, and looks as it was last asked to.
    coming = [row for row in kept if not row.called_off and row.ends_at > now]
    wanted = sorted((row.server_id, row.body["name"], row.body["scheduled_start_time"]) for row in coming)
    found = sorted(
        (each.server_id, each.body["name"], each.body["scheduled_start_time"])
        for each in standing
        if datetime.fromisoformat(each.body["scheduled_end_time"]) > now
    )
    assert found == wanted


def test_the_captures_are_edited_at_all() -> None:
    host = Host(read("luma_slice_last15.ics"), random.Random(1))
    before = host.body()
    host.edit()
    assert host.body() != before
    assert host.body(without=3).count(b"BEGIN:VEVENT") == before.count(b"BEGIN:VEVENT") - 1
    assert URL.endswith(".ics")
