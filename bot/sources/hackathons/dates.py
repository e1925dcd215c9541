"""Days as sites and calls for papers write them: "Aug 31 - Oct 23, 2026", "May 15 - 21, 2026"."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any, Final

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# Outside these a year is a slip, and near the calendar's ends there is no room to convert.
_YEARS: Final = range(1990, 2201)

_MONTH = r"(?P<{0}_month>[a-z]{{3,9}})\.?,?\s*"
_DAY = r"(?P<{0}_day>[0-9]{{1,2}})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+(?P<{0}_year>[0-9]{{4}}))?"
_RANGE = re.compile(
    _MONTH.format("first")
    + _DAY.format("first")
    + _YEAR.format("first")
    + r"(?:\s*(?:-|to)\s*(?:"
    + _MONTH.format("last")
    + r")?"
    + _DAY.format("last")
    + _YEAR.format("last")
    + r")?"
)


def parse_days(text: str) -> tuple[date, date] | None:
    """Return the first and the last day of a period, or None for what is no period or has no year.

    A first day without a year is in the last one's, or in the year before when its month comes after it.
    """
    plain = " ".join(re.sub(r"[‐‑‒–—−]", "-", text[:100]).casefold().split())
    found = _RANGE.fullmatch(plain)
    if found is None:
        return None
    first_month = _month(found["first_month"])
    last_month = _month(found["last_month"]) if found["last_month"] else first_month
    year = found["last_year"] or found["first_year"]
    if first_month is None or last_month is None or year is None:
        return None
    with suppress(ValueError):
        last = date(int(year), last_month, int(found["last_day"] or found["first_day"]))
        first_year = int(found["first_year"] or year)
        if not found["first_year"] and first_month > last_month:
            first_year -= 1
        first = date(first_year, first_month, int(found["first_day"]))
        return (first, last) if first <= last and first.year in _YEARS and last.year in _YEARS else None
    return None


def parse_instant(value: Any) -> datetime | None:
    """Return a time in ISO 8601 with its offset as UTC, or None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    with suppress(ValueError, OverflowError):
        at = datetime.fromisoformat(value)
        if at.tzinfo is not None and at.year in _YEARS:
            return at.astimezone(UTC).replace(microsecond=0)
    return None


def _month(name: str) -> int | None:
    if name[:3] not in _MONTHS:
        return None
    number = _MONTHS.index(name[:3]) + 1
    full = date(2000, number, 1).strftime("%B").casefold()
    return number if full.startswith(name) or name == "sept" else None
