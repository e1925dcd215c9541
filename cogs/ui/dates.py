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
    return words.format(day=_number(day), month=_(_MONTHS[day.month - 1]), year=day.year)


def long_day(day: date) -> str:
    """Return "5 March"."""
    return pgettext("long date", "{day} {month}").format(day=_number(day), month=_(_MONTHS[day.month - 1]))


def short_date(day: date) -> str:
    """Return "5 Mar 2026"."""
    words = pgettext("short date", "{day} {month} {year}")
    return words.format(day=_number(day), month=_(_SHORT[day.month - 1]), year=day.year)


def short_day(day: date) -> str:
    """Return "5 Mar"."""
    return pgettext("short date", "{day} {month}").format(day=_number(day), month=_(_SHORT[day.month - 1]))


def with_weekday(day: date, words: str) -> str:
    """Return "Thursday, 5 March", where `words` say the date; as in the middle of a line, see `begun`."""
    said = pgettext("date", "{weekday}, {date}")
    return said.format(weekday=_(_WEEKDAYS[day.weekday()]), date=words)


def begun(words: str) -> str:
    """Return words as a line begins: Spanish and French write a weekday small elsewhere."""
    return words[:1].upper() + words[1:]


def date_range(start: date, end: date) -> str:
    """Write days as people do: "6–12 Dec 2026", "28 Sep – 1 Oct 2026"."""
    if start == end:
        return short_date(start)
    if (start.year, start.month) == (end.year, end.month):
        words = pgettext("short date", "{first}–{day} {month} {year}")
        return words.format(first=_number(start), day=end.day, month=_(_SHORT[end.month - 1]), year=end.year)
    first = short_day(start) if start.year == end.year else short_date(start)
    return f"{first} – {short_date(end)}"


def _number(day: date) -> str:
    """Return the day of the month; French has a word of its own for the first."""
    return pgettext("first of a month", "1") if day.day == 1 else str(day.day)
