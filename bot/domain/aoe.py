"""The zones in which deadlines are written: "AoE", "UTC-08", "GMT+02", "PST", IANA names.

Anywhere on Earth is UTC-12: a day is over when it is over everywhere (IEEE 802.16 uses the term so).
"""

import re
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

AOE: Final = "Etc/GMT+12"
"""Anywhere on Earth as an IANA name; the sign in `Etc/` names is the reverse of the usual one."""

_AOE_WORDS: Final = frozenset({"aoe", "anywhere on earth", "anywhere on the earth", "anywhere"})

# Whoever writes PST in August means the clock on the wall in California.
_ABBREVIATIONS: Final = {
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
    "zulu": "UTC",
    **dict.fromkeys(("pst", "pdt", "pt", "pacific time"), "America/Los_Angeles"),
    **dict.fromkeys(("mst", "mdt", "mt"), "America/Denver"),
    **dict.fromkeys(("cdt", "ct"), "America/Chicago"),
    **dict.fromkeys(("est", "edt", "et", "eastern time"), "America/New_York"),
    **dict.fromkeys(("cet", "cest"), "Europe/Paris"),
    **dict.fromkeys(("eet", "eest"), "Europe/Helsinki"),
    "bst": "Europe/London",
    "hst": "Pacific/Honolulu",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "sgt": "Asia/Singapore",
    "hkt": "Asia/Hong_Kong",
    "aest": "Australia/Brisbane",
}

_OFFSET = re.compile(r"(?:utc|gmt)?\s*([+-])\s*([0-9]{1,2})(?::?([0-9]{2}))?")

# Offsets between the hours, each with a zone that keeps it all year.
_BETWEEN_HOURS: Final = {
    210: "Asia/Tehran",
    270: "Asia/Kabul",
    330: "Asia/Kolkata",
    345: "Asia/Kathmandu",
    390: "Asia/Yangon",
    525: "Australia/Eucla",
    570: "Australia/Darwin",
    -570: "Pacific/Marquesas",
}


@lru_cache(maxsize=256)
def zone_name(words: str) -> str | None:
    """Return the IANA name of the zone that `words` mean, or None for what is no zone."""
    plain = " ".join(words[:60].replace("−", "-").replace("–", "-").split())
    folded = plain.strip("()").casefold()
    if folded in _AOE_WORDS:
        return AOE
    if name := _ABBREVIATIONS.get(folded):
        return name
    if offset := _OFFSET.fullmatch(folded):
        size = int(offset[2]) * 60 + int(offset[3] or 0)
        return _at_offset(-size if offset[1] == "-" else size)
    return _iana_names().get(folded)


def moment(day: date, at: time, zone: str) -> datetime:
    """Return the instant, in UTC, at which clocks in the IANA zone `zone` show that day and time.

    Raises OverflowError at the very ends of the calendar.
    """
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


def end_of_day(day: date, zone: str = AOE) -> datetime:
    """Return the last second of a day: without a zone, that of the last place on Earth where it is that day."""
    return moment(day, time(23, 59, 59), zone)


def local_date(at: datetime, zone: str) -> date:
    """Return the date that calendars in `zone` show at the instant `at`."""
    return at.astimezone(ZoneInfo(zone)).date()


def _at_offset(minutes: int) -> str | None:
    if minutes == 0:
        return "UTC"
    if minutes % 60:
        return _BETWEEN_HOURS.get(minutes)
    hours = minutes // 60
    return f"Etc/GMT{-hours:+d}" if -12 <= hours <= 14 else None


@lru_cache(maxsize=1)
def _iana_names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}
