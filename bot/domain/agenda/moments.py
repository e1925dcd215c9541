"""When a feed speaks of an event: each moment is an instant, right by the clocks of the feed's own zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.agenda.values import over_at
from bot.domain.events import Event, EventKind
from bot.domain.feeds import Moment
from bot.domain.schedule import EVERY_DAY, Schedule, next_slot, slot

DAYS_BEFORE: Final = {Moment.MONTH: 30, Moment.WEEK: 7, Moment.DAY: 1}

ATTENDED: Final = timedelta(days=4)
"""A hackathon no longer than this is one to come to, and counts to its start; a longer one to its deadline."""

_OCCURRENCE = re.compile(r"(?P<series>.+):\d{8}(?:T\d{6}Z)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Due:
    """A moment of an event, and when a feed speaks of it."""

    moment: Moment
    at: datetime


def series_of(event: Event) -> str | None:
    """Return what the occurrences of a series have in common (`occurrence_key`); None for a single event."""
    found = _OCCURRENCE.fullmatch(event.key)
    return found["series"] if found and event.kind is EventKind.MEETUP else None


def day_of(event: Event, zone: str) -> date:
    """Return the local date from which the days before an event count back.

    It is that of the start, and for a hackathon that goes on for weeks that of the deadline. What lasts all
    day has its date wherever one is.
    """
    long = (
        event.kind is EventKind.HACKATHON
        and event.ends_at is not None
        and (event.ends_at - event.starts_at > ATTENDED)
    )
    if event.all_day:
        return event.when.last_day if long else event.when.first_day
    return (over_at(event) if long else event.starts_at).astimezone(ZoneInfo(zone)).date()


def dues(event: Event, schedule: Schedule, moments: Iterable[Moment]) -> list[Due]:
    """Return the moments before and at the start of an event, in order; past ones are included.

    The days before are counted by the calendar of the feed's zone and go out at its local time; where that
    is none of the feed's days, on the last one before. Of two that would come together the later counts.
    What starts at an instant is spoken of then, what lasts all day at the feed's time on its first day.
    """
    zone = schedule.zone
    day = day_of(event, zone)
    found: dict[datetime, Due] = {}
    for moment in DAYS_BEFORE:
        if moment in moments and (at := slot_by(schedule, day - timedelta(days=DAYS_BEFORE[moment]))):
            found[at] = Due(moment, at)
    if Moment.START in moments:
        at = _at_start(event, schedule)
        found[at] = Due(Moment.START, at)
    return sorted(found.values(), key=lambda due: due.at)


def slot_by(schedule: Schedule, day: date) -> datetime | None:
    """Return the schedule's slot on `day`, or on the last of its days before; None at the end of the calendar."""
    for back in range(8):
        try:
            at = slot(schedule, day - timedelta(days=back))
        except OverflowError:
            return None
        if at is not None:
            return at
    return None


def announced_at(event: Event, schedule: Schedule, known_at: datetime) -> datetime:
    """Return when an event that became known at `known_at` is announced: the next slot.

    What begins before that is announced at once.
    """
    at = next_slot(schedule, known_at)
    return at if at < event.starts_at or event.starts_at <= known_at else known_at


def _at_start(event: Event, schedule: Schedule) -> datetime:
    if not event.all_day:
        return event.starts_at
    daily = Schedule(schedule.time, schedule.zone, EVERY_DAY)
    return slot(daily, event.when.first_day) or event.starts_at
