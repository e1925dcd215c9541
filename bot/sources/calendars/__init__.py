"""Meetups out of whatever address a moderator pastes: iCalendar, web pages, feeds, the APIs of three sites.

`fetch_calendar` does all of it; `parse_calendar` is the part that has to run under limits.
"""

from bot.sources.calendars.calendar import (
    Broken,
    Calendar,
    CalendarKind,
    CalendarRefused,
    ErrorReported,
    NoEventDates,
    NotCalendar,
    Private,
    RepeatsTooOften,
)
from bot.sources.calendars.discover import calendar_address
from bot.sources.calendars.fetch import FetchedCalendar, Runs, fetch_calendar
from bot.sources.calendars.parse import parse_calendar

__all__ = [
    "Broken",
    "Calendar",
    "CalendarKind",
    "CalendarRefused",
    "ErrorReported",
    "FetchedCalendar",
    "NoEventDates",
    "NotCalendar",
    "Private",
    "RepeatsTooOften",
    "Runs",
    "calendar_address",
    "fetch_calendar",
    "parse_calendar",
]
