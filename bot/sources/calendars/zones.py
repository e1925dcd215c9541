"""Time zones as calendars name them: IANA, Windows, vendors' paths, offsets; and times without one."""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

_OFFSET = re.compile(r"(?:UTC|GMT)?(?P<sign>[+-])(?P<hours>\d{1,2})(?::?(?P<minutes>[0-5]\d))?", re.ASCII)

# Zones that have kept one offset for decades, for offsets that "Etc/GMT…" cannot say.
_ODD_OFFSETS: Final = {
    timedelta(hours=3, minutes=30): "Asia/Tehran",
    timedelta(hours=4, minutes=30): "Asia/Kabul",
    timedelta(hours=5, minutes=30): "Asia/Kolkata",
    timedelta(hours=5, minutes=45): "Asia/Kathmandu",
    timedelta(hours=6, minutes=30): "Asia/Yangon",
    timedelta(hours=9, minutes=30): "Australia/Darwin",
}


def zone_named(name: str) -> str | None:
    """Return the IANA name of what a calendar calls a zone, or None when nobody can tell.

    `/freeassociation.sourceforge.net/Europe/Berlin` ends in one (RFC 5545, 3.2.19, "globally unique"),
    `W. Europe Standard Time` is Windows' name for one.
    """
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

    name = name.strip().strip("\"'").strip()
    parts = [part for part in name.split("/") if part]
    for first in range(len(parts)):
        if found := _names().get("/".join(parts[first:]).casefold().replace(" ", "_")):
            return found
    return WINDOWS_TO_OLSON.get(name)


def zone_offset_named(name: str) -> str | None:
    """Return the zone that `UTC+11`, `GMT-0500` or `+05:30` names: so far ahead of UTC, all year."""
    match = _OFFSET.fullmatch(name.upper().replace(" ", ""))
    if match is None:
        return None
    ahead = timedelta(hours=int(match["hours"]), minutes=int(match["minutes"] or 0))
    return zone_at(-ahead if match["sign"] == "-" else ahead)


def zone_at(offset: timedelta) -> str | None:
    """Return a zone that is always `offset` ahead of UTC, or None when there is none."""
    hours, rest = divmod(offset, timedelta(hours=1))
    if rest or not -12 <= hours <= 14:
        return _ODD_OFFSETS.get(offset)
    # POSIX counts westward: Etc/GMT-11 is eleven hours ahead.
    return f"Etc/GMT{-hours:+d}" if hours else "UTC"


def zone_of(moment: datetime, preferred: str) -> str:
    """Return the zone to show an instant in: its own, or `preferred` where that has the same offset.

    `2026-05-01T18:00+02:00` says nothing of summer time; a calendar's own zone does.
    """
    key = getattr(moment.tzinfo, "key", None)
    if isinstance(key, str):
        return key
    offset = moment.utcoffset()
    if offset is None or moment.astimezone(ZoneInfo(preferred)).utcoffset() == offset:
        return preferred
    return zone_at(offset) or preferred


def midnight(year: int, month: int, day: int, zone: str) -> datetime:
    """Return the instant at which a day begins in `zone`."""
    return datetime(year, month, day, tzinfo=ZoneInfo(zone)).astimezone(UTC)


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
