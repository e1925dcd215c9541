"""When a group could meet first: three times for a poll, in hours that all of them gave."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.buddies.score import Pool, spans

MEETING: Final = timedelta(hours=1)
NOTICE: Final = timedelta(hours=20)
"""Nobody is asked to meet sooner than that after the round begins, unless there is no other time."""
WEEK: Final = timedelta(weeks=1)
TIMES: Final = 3

_QUARTER: Final = timedelta(minutes=15)
_PLEASANT: Final = 15.5  # local hour, from which a time is farther the less it is liked


def common_times(pool: Pool, places: Sequence[int], *, count: int = TIMES) -> tuple[datetime, ...]:
    """Return at most `count` starts in the week after the window's, each with an hour that all are free.

    On different days where there are as many, at full hours of the clocks of most, at hours that are
    pleasant for whoever has the least pleasant one. In UTC and in order; empty where there is no common hour.
    """
    starts = _starts(pool, places)
    later = [at for at in starts if at >= pool.window.start + NOTICE]
    clocks = [ZoneInfo(pool.profiles[place].availability.zone) for place in places]
    liked = sorted(later or starts, key=lambda at: (_dislike(at, clocks), at))
    chosen: list[datetime] = []
    for fresh_day, at in product((True, False), liked):
        near = min((abs(at - other) for other in chosen), default=WEEK)
        days = {other.astimezone(clocks[0]).date() for other in chosen}
        new_day = at.astimezone(clocks[0]).date() not in days
        if len(chosen) < count and near >= MEETING and (new_day or not fresh_day):
            chosen.append(at)
    return tuple(sorted(chosen))


def _starts(pool: Pool, places: Sequence[int]) -> list[datetime]:
    found: list[datetime] = []
    for span in spans(pool.common_slots(places), pool.window):
        at = span.start
        while at + MEETING <= span.end and at < pool.window.start + WEEK:
            found.append(at)
            at += _QUARTER
    return found


def _dislike(at: datetime, clocks: Sequence[ZoneInfo]) -> tuple[int, float]:
    """Return how many clocks show no full hour, and how far the worst is from the middle of the day."""
    walls = [at.astimezone(clock) for clock in clocks]
    crooked = sum(wall.minute != 0 for wall in walls)
    return crooked, max(abs(wall.hour + wall.minute / 60 - _PLEASANT) for wall in walls)
