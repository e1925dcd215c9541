"""Until when somebody pauses, as they write it."""

import re
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.errors import UserError

_SPAN: Final = re.compile(
    r"(?:for |in )?(?P<count>\d{1,3}|an?|one|two|three)? ?(?P<unit>day|week|month)s?", re.ASCII
)
_COUNTS: Final = {"": 1, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3}
_UNITS: Final = {"day": timedelta(days=1), "week": timedelta(weeks=1), "month": timedelta(days=30)}
_HINT: Final = "Write a day such as 2026-09-01, or how long, such as 2 weeks."

OFFERED: Final = ("1 week", "2 weeks", "1 month", "2 months", "3 months")


def parse_until(text: str, zone: str, now: datetime) -> datetime:
    """Return the instant until which a pause lasts: the beginning of a day in the member's zone.

    Raises UserError for what is no day, or is not to come.
    """
    plain = " ".join(text.casefold().replace("next ", "").replace("tomorrow", "1 day").split())
    today = now.astimezone(ZoneInfo(zone)).date()
    if span := _SPAN.fullmatch(plain):
        counted = span["count"] or ""
        count = int(counted) if counted.isdecimal() else _COUNTS[counted]
        day = today + count * _UNITS[span["unit"]]
    else:
        try:
            day = date.fromisoformat(plain)
        except ValueError:
            raise UserError(f"I cannot read that as a day. {_HINT}") from None
    if day <= today:
        raise UserError(f"That day is not to come. {_HINT}")
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(now.tzinfo)
