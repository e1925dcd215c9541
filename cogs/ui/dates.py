"""Days in words, where a Discord time stamp would not do: names of threads, days without a time, places with a zone."""

from datetime import date
from typing import Final

from bot.words import N_, _, pgettext

_MONTHS: Final = (
    N_("January"),
    N_("February"),
    N_("March"),
    N_("April"),
    N_("May"),
    N_("June"),
    N_("July"),
    N_("August"),
    N_("September"),
    N_("October"),
    N_("November"),
    N_("December"),
)
_SHORT: Final = (
    N_("Jan"),
    N_("Feb"),
    N_("Mar"),
    N_("Apr"),
    N_("May"),
    N_("Jun"),
    N_("Jul"),
    N_("Aug"),
    N_("Sep"),
    N_("Oct"),
    N_("Nov"),
    N_("Dec"),
)
_WEEKDAYS: Final = (
    N_("Monday"),
    N_("Tuesday"),
    N_("Wednesday"),
    N_("Thursday"),
    N_("Friday"),
    N_("Saturday"),
    N_("Sunday"),
)


def long_date(day: date) -> str:
    """Return "5 March 2026"."""
    words = pgettext("long date", "{day} {month} {year}")
    return words.format(day=day.day, month=_(_MONTHS[day.month - 1]), year=day.year)


def long_day(day: date) -> str:
    """Return "5 March"."""
    return pgettext("long date", "{day} {month}").format(day=day.day, month=_(_MONTHS[day.month - 1]))


def short_date(day: date) -> str:
    """Return "5 Mar 2026"."""
    words = pgettext("short date", "{day} {month} {year}")
    return words.format(day=day.day, month=_(_SHORT[day.month - 1]), year=day.year)


def short_day(day: date) -> str:
    """Return "5 Mar"."""
    return pgettext("short date", "{day} {month}").format(day=day.day, month=_(_SHORT[day.month - 1]))


def weekday(day: date) -> str:
    """Return "Thursday"."""
    return _(_WEEKDAYS[day.weekday()])


def date_range(start: date, end: date) -> str:
    """Write days as people do: "6–12 Dec 2026", "28 Sep – 1 Oct 2026"."""
    if start == end:
        return short_date(start)
    if (start.year, start.month) == (end.year, end.month):
        words = pgettext("short date", "{first}–{day} {month} {year}")
        return words.format(first=start.day, day=end.day, month=_(_SHORT[end.month - 1]), year=end.year)
    first = short_day(start) if start.year == end.year else short_date(start)
    return f"{first} – {short_date(end)}"
