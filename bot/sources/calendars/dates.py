"""Dates and rules of one event, rewritten so that a strict parser reads them as they were meant.

Every time leaves here with a zone: mixing times that have one with times that have none is what breaks the
expansion of a series.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.sources.calendars.lines import Property

DATE_PROPERTIES: Final = frozenset({"DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE"})

_VALUE = re.compile(
    r"(?P<y>\d{4})-?(?P<m>\d\d)-?(?P<d>\d\d)"
    r"(?:[T ](?P<H>\d\d):?(?P<M>\d\d)(?::?(?P<S>\d\d))?(?:\.\d+)?(?P<utc>Z)?)?",
    re.ASCII | re.IGNORECASE,
)
_RULE_PARTS: Final = frozenset(
    {
        "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY",
        "BYWEEKNO", "BYSETPOS", "BYHOUR", "BYMINUTE", "BYSECOND",
    }
)  # fmt: skip
# What a rule of each frequency may not have (RFC 5545, 3.3.10); some of it would never come true.
_FREQUENCIES: Final = {
    "DAILY": frozenset({"BYYEARDAY", "BYWEEKNO", "BYSETPOS"}),
    "WEEKLY": frozenset({"BYYEARDAY", "BYWEEKNO", "BYMONTHDAY"}),
    "MONTHLY": frozenset({"BYYEARDAY", "BYWEEKNO"}),
    "YEARLY": frozenset[str](),
}
_FIRST_YEAR: Final = 1900
_LAST_YEAR: Final = 2200
_TRIES: Final = 1500  # days: four years hold every month, weekday and day of the month
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")

ZoneFor = Callable[[str], str | None]
"""From a TZID to an IANA name, or None."""


def moment_of(found: Property, zone: str, zone_for: ZoneFor) -> date:
    """Return the day, or the instant, of a property with one date; ValueError when it cannot be read.

    A zone that only a VTIMEZONE describes counts as `zone` here: near enough to tell what is long over.
    """
    moment, utc = _value(found.value)
    if not isinstance(moment, datetime):
        return moment
    if utc:
        return moment.replace(tzinfo=UTC)
    return moment.replace(tzinfo=ZoneInfo(zone_for(found.params.get("TZID", "")) or zone))


def mended_dates(
    found: Property, zone: str, zone_for: ZoneFor, defined: frozenset[str], days: tuple[date, date]
) -> Iterator[Property]:
    """Yield the property as one or more whose dates are well-formed and have a zone.

    `defined` are the TZIDs that have a VTIMEZONE; of additional dates and exceptions those between the two
    `days` are kept. Raises ValueError when a start or a recurrence id cannot be read; what else cannot is
    left out.
    """
    needed = found.name in {"DTSTART", "RECURRENCE-ID"}
    tzid = found.params.get("TZID", "")
    known = zone_for(tzid) or (tzid if tzid in defined else zone)
    params = {"RANGE": "THISANDFUTURE"} if found.params.get("RANGE", "").upper() == "THISANDFUTURE" else {}
    listed = found.name in {"EXDATE", "RDATE"}
    for value in found.value.split(",") if listed else [found.value]:
        try:
            # An RDATE may be a period; its start is what counts.
            moment, utc = _value(value.partition("/")[0])
        except ValueError:
            if needed:
                raise
            continue
        if listed and not days[0] <= day_of(moment) <= days[1]:
            continue
        if not isinstance(moment, datetime):
            yield Property(found.name, {**params, "VALUE": "DATE"}, f"{moment:%Y%m%d}".zfill(8))
        elif utc:
            yield Property(found.name, params, f"{moment:%Y%m%dT%H%M%SZ}".zfill(16))
        else:
            yield Property(found.name, {**params, "TZID": known}, f"{moment:%Y%m%dT%H%M%S}".zfill(15))


def aligned_recurrence(found: Property, start: Property) -> Property:
    """Return a recurrence id in the form of its series' start, both of them mended.

    Some programs write a date for the recurrence id of a time, others a time for that of a day.
    """
    whole_days = start.params.get("VALUE") == "DATE"
    if whole_days == (found.params.get("VALUE") == "DATE"):
        return found
    params = {name: value for name, value in found.params.items() if name == "RANGE"}
    if whole_days:
        return Property(found.name, {**params, "VALUE": "DATE"}, found.value[:8])
    return Property(
        found.name,
        {**params, **{name: value for name, value in start.params.items() if name == "TZID"}},
        found.value[:8] + start.value[8:],
    )


def rule_parts(value: str) -> dict[str, str]:
    """Return the parts of an RRULE by name, in capitals and without blanks."""
    parts = (part.partition("=") for part in re.sub(r"\s", "", value).upper().split(";"))
    return {name: rest for name, _, rest in parts if rest}


def repeats_within_a_day(value: str) -> bool:
    """Whether an RRULE repeats more than once a day, which can take minutes to expand."""
    parts = rule_parts(value)
    return parts.get("FREQ") in {"SECONDLY", "MINUTELY", "HOURLY"} or any(
        "," in parts.get(part, "") for part in ("BYHOUR", "BYMINUTE", "BYSECOND")
    )


def mended_rule(found: Property, starts: date, zone: str, horizon: datetime) -> Property | None:
    """Return the rule with an end: its own, or a little after `horizon`; None for one that never comes true.

    Raises ValueError when it cannot be read. Rules are counted through from their start, and one that never
    comes true ("every 14 days, on Mondays", from a Tuesday) to the year 9999.
    """
    parts = {name: value for name, value in rule_parts(found.value).items() if name in _RULE_PARTS}
    frequency = parts.get("FREQ", "")
    if frequency not in _FREQUENCIES or any(len(value) > 1000 for value in parts.values()):
        raise ValueError("its rule of repetition cannot be read")
    if starts.year < _FIRST_YEAR:
        raise ValueError(f"it repeats since before {_FIRST_YEAR}")
    for name in ("INTERVAL", "COUNT"):
        # Zero would never advance, or is what careless programs write for "no limit".
        if name in parts and not re.fullmatch(r"0*[1-9]\d{0,3}", parts[name], re.ASCII):
            del parts[name]
    parts = {name: value for name, value in parts.items() if name not in _FREQUENCIES[frequency]}
    if not _comes_true(parts, starts):
        return None
    last = horizon + timedelta(days=2)
    if isinstance(starts, datetime):
        until = min(last, _until_moment(parts.get("UNTIL"), starts, last))
        parts["UNTIL"] = f"{until.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    else:
        parts["UNTIL"] = f"{min(last.date(), _until_day(parts.get('UNTIL'), zone, last)):%Y%m%d}"
    return Property("RRULE", {}, ";".join(f"{name}={value}" for name, value in parts.items()))


def day_of(moment: date) -> date:
    """Return the day of a moment, or the day itself."""
    return moment.date() if isinstance(moment, datetime) else moment


def _comes_true(parts: dict[str, str], starts: date) -> bool:
    """Whether a rule has an occurrence at all; only those are judged that take long to find out otherwise."""
    days = {day[-2:] for day in parts.get("BYDAY", "").split(",") if day}
    months, month_days = _numbers(parts, "BYMONTH"), _numbers(parts, "BYMONTHDAY")
    if parts["FREQ"] == "WEEKLY":
        return all(abs(position) <= max(len(days), 1) for position in _numbers(parts, "BYSETPOS"))
    if parts["FREQ"] != "DAILY":
        # Only a year of February can prove that a month never has a 30th.
        return not month_days or not months or any(_has(month, day) for month in months for day in month_days)
    step, day = timedelta(days=int(parts.get("INTERVAL", "1"))), day_of(starts)
    for _ in range(_TRIES):
        if (
            (not days or _WEEKDAYS[day.weekday()] in days)
            and (not months or day.month in months)
            and (not month_days or day.day in month_days or day.day - monthrange(day.year, day.month)[1] - 1 in month_days)
        ):  # fmt: skip
            return True
        if day.year > _LAST_YEAR:
            return False
        day += step
    return False


def _has(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= abs(day) <= monthrange(2024, month)[1]


def _numbers(parts: dict[str, str], name: str) -> set[int]:
    return {
        int(value)
        for value in parts.get(name, "").split(",")
        if re.fullmatch(r"[+-]?\d{1,3}", value, re.ASCII)
    }


def _until_moment(value: str | None, starts: datetime, last: datetime) -> datetime:
    if value is None:
        return last
    moment, utc = _value(value)
    if not isinstance(moment, datetime):
        # A day is meant to its end.
        moment = datetime.combine(moment, time(23, 59, 59))
    return _in_years(moment.replace(tzinfo=UTC if utc else starts.tzinfo), last)


def _until_day(value: str | None, zone: str, last: datetime) -> date:
    if value is None:
        return last.date()
    moment, utc = _value(value)
    if not isinstance(moment, datetime):
        return moment
    # Outlook ends whole days at midnight in UTC: 23:00 of the day before in Berlin.
    return (
        _in_years(moment.replace(tzinfo=UTC), last).astimezone(ZoneInfo(zone)).date()
        if utc
        else moment.date()
    )


def _in_years(moment: datetime, last: datetime) -> datetime:
    """Return the moment, or `last` for one so late that no zone can be applied to it."""
    return last if moment.year > last.year + 1 else moment


def _value(value: str) -> tuple[date, bool]:
    """Return a DATE, or a DATE-TIME without a zone, and whether it is in UTC."""
    match = _VALUE.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{value.strip()[:40]!r} is not a date")
    # The year 9999 means "for ever"; a day that is off by a zone has to stay inside what Python can say.
    day = date(min(max(int(match["y"]), 2), 9990), int(match["m"]), int(match["d"]))
    if match["H"] is None:
        return day, False
    seconds = min(int(match["S"] or 0), 59)  # a leap second
    return datetime.combine(day, time(int(match["H"]), int(match["M"]), seconds)), match["utc"] is not None
