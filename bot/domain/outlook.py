"""What a feed would have posted on the last days: the honest preview before its first post."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.feeds import Candidate
from bot.domain.schedule import Schedule, next_slot

DAYS: Final = 7
TOO_WIDE: Final = 3
"""How many times its limit a feed may find on a day with papers before it is said to be too wide."""

_AN_INSTANT: Final = timedelta(microseconds=1)


class Width(StrEnum):
    """How a feed's filter fits what arrives."""

    FITS = "fits"
    WIDE = "wide"
    EMPTY = "empty"
    UNKNOWN = "unknown"  # nothing was read yet


@dataclass(frozen=True, slots=True)
class Day:
    """What the posts of one date in the feed's zone would have been."""

    date: date
    posted: int
    counted: int

    @property
    def total(self) -> int:
        """Every paper that fitted."""
        return self.posted + self.counted


@dataclass(frozen=True, slots=True)
class Outlook:
    """The last days, the oldest first; `since` is when the first of the papers was read."""

    days: tuple[Day, ...]
    limit: int
    since: datetime | None

    @property
    def total(self) -> int:
        """Every paper that fitted on these days."""
        return sum(day.total for day in self.days)

    @property
    def counted(self) -> int:
        """Those that would not have been shown."""
        return sum(day.counted for day in self.days)

    @property
    def average(self) -> int:
        """How many papers fit on a day that has any."""
        busy = sum(day.total > 0 for day in self.days)
        return round(self.total / busy) if busy else 0

    @property
    def width(self) -> Width:
        """Whether the filter lets through far too much, or nothing."""
        if self.since is None:
            return Width.UNKNOWN
        if not self.total:
            return Width.EMPTY
        return Width.WIDE if self.average > TOO_WIDE * self.limit else Width.FITS


def look_back(
    wanted: Iterable[Candidate], schedule: Schedule, limit: int, now: datetime, *, since: datetime | None
) -> Outlook:
    """Sort papers, each given once, into the posts they would have stood in.

    A paper belongs to the first slot at or after the moment it was read; what waits for a slot to come
    belongs to today. On each slot the first `limit` are posted and the others counted.
    """
    zone = ZoneInfo(schedule.zone)
    today = now.astimezone(zone).date()
    slots: dict[datetime, int] = {}
    for candidate in wanted:
        slot = next_slot(schedule, candidate.first_seen_at - _AN_INSTANT)
        slots[slot] = slots.get(slot, 0) + 1
    days = {today - timedelta(days=back): (0, 0) for back in reversed(range(DAYS))}
    for slot, found in slots.items():
        day = min(slot.astimezone(zone).date(), today)
        if day in days:
            posted, counted = days[day]
            days[day] = (posted + min(found, limit), counted + max(0, found - limit))
    return Outlook(tuple(Day(day, *counts) for day, counts in days.items()), limit, since)
