"""When a member is reminded of an event, and how long before it may be."""

from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.events import Event
from bot.errors import UserError

LEADS: Final = (
    timedelta(minutes=15),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(days=1),
    timedelta(days=2),
    timedelta(days=7),
)
"""What is offered."""

LONGEST_LEAD: Final = timedelta(days=60)

MAX_REMINDERS: Final = 50
"""Of one member, waiting at a time."""

_MORNING: Final = time(9)
_DAY: Final = timedelta(days=1)


def remind_at(event: Event, lead: timedelta) -> datetime:
    """Return when to remind of an event, in UTC.

    Whole days before are counted by the calendar: the same time of day by the clocks of the event's zone,
    whatever they do in between. What lasts all day counts from nine in the morning of its first day.
    """
    zone = ZoneInfo(event.zone)
    local = event.starts_at.astimezone(zone)
    if event.all_day:
        local = datetime.combine(local.date(), _MORNING, zone)
    if lead % _DAY:
        return local.astimezone(UTC) - lead
    return (local - lead).astimezone(UTC)


def check_reminder(event: Event, lead: timedelta, *, now: datetime, waiting: int) -> datetime:
    """Return when to remind; raises UserError for what cannot be."""
    if event.starts_at <= now:
        raise UserError("That has already begun. Pick an event that is still to come.")
    if not timedelta() <= lead <= LONGEST_LEAD:
        raise UserError(f"I can remind you up to {LONGEST_LEAD.days} days before. Pick a shorter time.")
    at = remind_at(event, lead)
    if at <= now:
        raise UserError("That moment has already passed. Pick a shorter time before it.")
    if waiting >= MAX_REMINDERS:
        raise UserError(f"You already have {MAX_REMINDERS} reminders waiting. Take one back first.")
    return at
