"""How long until something is due, in words, and when to remind people of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.aoe import days_between

DAYS_BEFORE: Final = (30, 7, 1)


@dataclass(frozen=True, slots=True)
class Reminder:
    """A moment to remind people: `days` before something is due."""

    at: datetime  # UTC
    days: int


def reminders(due_at: datetime, zone: str = "UTC", days: Iterable[int] = DAYS_BEFORE) -> tuple[Reminder, ...]:
    """Return the moments to remind of something due at `due_at`, the earliest first; past ones are included.

    A day before is the same time of day by the clocks of `zone`, an hour more or less away in the nights
    when they change. Days below 0 or above 400 are left out.
    """
    local = due_at.astimezone(ZoneInfo(zone))
    chosen = sorted({day for day in days if 0 <= day <= 400}, reverse=True)
    return tuple(Reminder((local - timedelta(days=day)).astimezone(UTC), day) for day in chosen)


def countdown(due_at: datetime, now: datetime, zone: str = "UTC") -> str:
    """Say how far away `due_at` is: "in 30 days", "tomorrow", "today", "yesterday", "3 days ago".

    Days are counted by the calendar of `zone`: what is due at 23:59 Anywhere on Earth is due "today" as long
    as it is that day there. What was due earlier on the same day is "over".
    """
    days = days_between(now, due_at, zone)
    if days == 0:
        return "today" if now <= due_at else "over"
    if abs(days) == 1:
        return "tomorrow" if days > 0 else "yesterday"
    return f"in {days} days" if days > 0 else f"{-days} days ago"
