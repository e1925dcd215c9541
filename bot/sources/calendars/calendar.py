"""What reading a calendar gives, the bounds of it, and the refusals, each of which names a way out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from bot.domain.events import Event, Window
from bot.sources.errors import SourceError

LOOK_BACK: Final = timedelta(days=1)
LOOK_AHEAD: Final = timedelta(days=400)
MAX_EVENTS: Final = 500
"""Of one calendar; the next ones are kept."""

MAX_OF_SERIES: Final = 60
"""Of one series: a year of weekly meetups and then some."""

MAX_SKIPPED: Final = 20
"""Reasons that are kept; the rest is counted."""


class CalendarKind(StrEnum):
    """What sort of document the events were read from."""

    ICALENDAR = "icalendar"
    PAGE = "page"  # schema.org markup on a web page
    FEED = "feed"  # RSS or Atom with event dates
    API = "api"  # the JSON of Eventbrite, Luma or Meetup


@dataclass(frozen=True, slots=True)
class Calendar:
    """One reading of one calendar.

    `events` are in order of their start and lie around now: from a day ago to 400 days ahead. `covers` is
    the part of that in which a missing event means something (`bot.domain.events.misses_after`).
    """

    kind: CalendarKind
    name: str | None
    events: tuple[Event, ...]
    covers: Window
    skipped: tuple[str, ...] = ()  # events that could not be read, each with the reason


class CalendarRefused(SourceError):
    """Something was fetched, and no events can be read from it."""


class NotCalendar(CalendarRefused):
    """A page, picture or anything else without events in it."""


class Broken(CalendarRefused):
    """A calendar that breaks off or cannot be parsed: what it lacks must not be taken for gone."""


class Private(CalendarRefused):
    """A page that asks to sign in."""


class ErrorReported(CalendarRefused):
    """The site answered with an error in its own words."""


class RepeatsTooOften(CalendarRefused):
    """A series that repeats within a day, or more series than are worth expanding."""


class NoEventDates(CalendarRefused):
    """A news feed: its items say when they were written and not when anything takes place."""


def window(now: datetime) -> Window:
    """Return the span of time from which events are read."""
    return Window(now - LOOK_BACK, now + LOOK_AHEAD)


def in_window(event: Event, span: Window) -> bool:
    """Whether the event starts in `span`, or had begun before and lasts into it."""
    return (
        event.starts_at <= span.end and max(event.ends_at or event.starts_at, event.starts_at) >= span.start
    )


def build(
    kind: CalendarKind,
    name: str | None,
    events: Iterable[Event],
    *,
    now: datetime,
    complete_until: datetime | None = None,
    skipped: Iterable[str] = (),
) -> Calendar:
    """Put the events in order, once each, within bounds.

    `complete_until` says up to when the source lists everything; without it, up to the last event listed,
    since pages and APIs show the next few.
    """
    span = window(now)
    by_key: dict[str, Event] = {}
    listed: list[datetime] = []
    for event in events:
        listed.append(event.starts_at)
        if in_window(event, span):
            by_key.setdefault(event.key, event)
    ordered = sorted(by_key.values(), key=lambda event: (event.starts_at, event.key))
    until = complete_until if complete_until is not None else max(listed, default=span.start)
    if len(ordered) > MAX_EVENTS:
        until = min(until, ordered[MAX_EVENTS - 1].starts_at)
    reasons = list(skipped)
    if len(reasons) > MAX_SKIPPED:
        reasons = [*reasons[:MAX_SKIPPED], f"and {len(reasons) - MAX_SKIPPED} more"]
    return Calendar(
        kind,
        name,
        tuple(ordered[:MAX_EVENTS]),
        Window(span.start, max(span.start, min(until, span.end))),
        tuple(reasons),
    )
