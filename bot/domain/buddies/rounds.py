"""When rounds begin and end."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.buddies.score import Window
from bot.domain.buddies.values import Cadence, RoundPlan
from bot.domain.schedule import next_slot, previous_slot

WEEKS: Final = {Cadence.WEEKLY: 1, Cadence.BIWEEKLY: 2, Cadence.MONTHLY: 4}
"""Whole weeks for which hours are compared."""

_INSTANT: Final = timedelta(microseconds=1)


def begins(plan: RoundPlan, slot: datetime) -> bool:
    """Whether a round begins at this slot of the plan's schedule.

    Biweekly ones begin in every second week from that of the anchor, weeks counted by the calendar of the
    plan's zone; monthly ones on the first such weekday of a month.
    """
    day = slot.astimezone(ZoneInfo(plan.zone)).date()
    if plan.cadence is Cadence.BIWEEKLY:
        monday = plan.anchor - timedelta(days=plan.anchor.weekday())
        return (day - monday).days // 7 % 2 == 0
    return plan.cadence is Cadence.WEEKLY or day.day <= 7


def next_round(plan: RoundPlan, after: datetime) -> datetime:
    """Return when the first round strictly after `after` begins, in UTC."""
    slot = next_slot(plan.schedule, after)
    while not begins(plan, slot):
        slot = next_slot(plan.schedule, slot)
    return slot


def previous_round(plan: RoundPlan, at: datetime) -> datetime:
    """Return when the last round at or before `at` began, in UTC."""
    slot = previous_slot(plan.schedule, at)
    while not begins(plan, slot):
        slot = previous_slot(plan.schedule, slot - _INSTANT)
    return slot


def window_of(plan: RoundPlan, begins_at: datetime) -> Window:
    """Return the weeks for which a round's hours are compared."""
    return Window(begins_at, WEEKS[plan.cadence])
