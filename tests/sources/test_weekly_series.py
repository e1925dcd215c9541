"""Two years of a weekly event, from the file of a calendar to the minute of a reminder, where clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bot.domain.agenda import remind_at
from bot.sources.calendars import parse_calendar
from tests.domain.test_agenda import ZONES, utc
from tests.support.events import Vevent, calendar


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_a_weekly_series_as_its_calendar_is_read(zone: str) -> None:
    """From the file to the reminder: read four times, for a calendar is looked through for a good year at most."""
    here = ZoneInfo(zone)
    body = calendar(Vevent("w", f"{zone}:20260101T190000", rule="FREQ=WEEKLY"))
    for read_at in (utc(2026, 1, 1), utc(2026, 7, 1), utc(2027, 1, 1), utc(2027, 6, 30)):
        read = parse_calendar(
            body, content_type="text/calendar", url="https://x.example/c.ics", default_zone="UTC", now=read_at
        )
        found = {event.starts_at for event in read.events}
        first = next(each for each in range(105) if _seven(here, each) > read_at)
        for week in range(first, min(first + 52, 105)):
            starts_at = _seven(here, week)
            assert starts_at in found, (week, starts_at)
        for event in read.events:
            local = event.starts_at.astimezone(here)
            assert (local.hour, local.minute, local.weekday()) == (19, 0, 3)
            before = remind_at(event, timedelta(days=1)).astimezone(here)
            assert (before.hour, before.minute, before.weekday()) == (19, 0, 2)


def _seven(here: ZoneInfo, week: int) -> datetime:
    """Seven in the evening, that many weeks after the first of January 2026."""
    return datetime.combine(date(2026, 1, 1) + timedelta(weeks=week), time(19), here).astimezone(UTC)
