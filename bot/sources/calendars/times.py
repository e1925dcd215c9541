"""Times as web pages, feeds and APIs write them: nearly ISO 8601, and not quite."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from email.utils import parsedate_to_datetime
from zoneinfo import ZoneInfo

from bot.sources.calendars.zones import midnight, zone_named, zone_of

_TIME = re.compile(
    r"(?P<y>\d{4})-?(?P<m>\d\d?)-?(?P<d>\d\d?)"
    # Some sites append the seconds twice: 12:30:00:00+01:00.
    r"(?:[T ]\s*(?P<H>\d\d?):?(?P<M>\d\d)(?::?(?P<S>\d\d)(?:[:.,]\d+)*)?\s*"
    r"(?:(?P<utc>Z|UTC|GMT)|(?P<sign>[+-])(?P<oh>\d\d?)(?::?(?P<om>\d\d))?)?\s*(?:\[(?P<zone>[^\]]+)\])?)?",
    re.ASCII | re.IGNORECASE,
)
_DURATION = re.compile(
    r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?)?",
    re.ASCII,
)


def read_time(value: object, zone: str) -> date:
    """Return the day, or the instant, that a text names; one without an offset is in `zone`.

    Raises ValueError for what is neither.
    """
    text = value.strip() if isinstance(value, str) else ""
    match = _TIME.fullmatch(text)
    if match is None:
        return _rfc_822(text)
    day = date(int(match["y"]), int(match["m"]), int(match["d"]))
    if not 2 <= day.year <= 9998:
        raise ValueError(f"{text[:40]!r} is not a date of our time")
    if match["H"] is None:
        return day
    clock = time(int(match["H"]), int(match["M"]), min(int(match["S"] or 0), 59))
    if match["zone"] and (named := zone_named(match["zone"])):
        return datetime.combine(day, clock, ZoneInfo(named))
    if match["utc"]:
        return datetime.combine(day, clock, UTC)
    if match["sign"]:
        offset = timedelta(hours=int(match["oh"]), minutes=int(match["om"] or 0))
        if offset >= timedelta(hours=24):
            raise ValueError(f"{text[:40]!r} has no offset that exists")
        return datetime.combine(day, clock, timezone(-offset if match["sign"] == "-" else offset))
    return datetime.combine(day, clock, ZoneInfo(zone))


def read_duration(value: object) -> timedelta | None:
    """Return an ISO 8601 duration such as `P0Y0M0DT2H0M0S`; None for what is none."""
    match = _DURATION.fullmatch(value.strip()) if isinstance(value, str) and len(value) < 60 else None
    if match is None:
        return None
    years, months, weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    try:
        days += 365 * years + 30 * months
        return timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        return None


def spanned(starts: date, ends: date | None, zone: str) -> tuple[datetime, datetime | None, str, bool]:
    """Return start and end in UTC, the zone to show them in, and whether they are days.

    A day given as the end is included, as schema.org means it. An end that is not after the start says
    nothing.
    """
    if not isinstance(starts, datetime):
        last = starts if ends is None else max(starts, ends.date() if isinstance(ends, datetime) else ends)
        after = last + timedelta(days=1)
        begin = midnight(starts.year, starts.month, starts.day, zone)
        return begin, midnight(after.year, after.month, after.day, zone), zone, True
    begin, end = starts.astimezone(UTC), None
    if isinstance(ends, datetime):
        end = ends.astimezone(UTC)
    elif ends is not None and ends > starts.date():
        end = midnight(ends.year, ends.month, ends.day, zone) + timedelta(days=1)
    return begin, end if end is not None and end > begin else None, zone_of(starts, zone), False


def _rfc_822(text: str) -> datetime:
    """Read `Tue, 05 May 2026 18:00:00 +0200`, which RSS uses."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a date") from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
