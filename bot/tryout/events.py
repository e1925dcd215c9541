"""Sample events for the try-out, from `data/events`, as the answers that the real sources would give.

Their days count from the start of the try-out, so that something is always coming up. The calendar is like a real
one: as time goes by something in it is moved, and something is called off.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.content import data_dir

_DAY: Final = re.compile(r"\{([+-][0-9]{1,4})(?::([^{}]*))?\}")
_UNTIL: Final = re.compile(r"\{until ([+-][0-9]{1,4}):([^{}|]*)\|([^{}|]*)\}")


@dataclass(frozen=True, slots=True)
class Samples:
    """One answer of each source, to be served or read as it is."""

    hackathons: bytes  # JSON: a page of Devpost's list
    deadlines: bytes  # YAML: a file of huggingface/ai-deadlines
    calendar: bytes  # iCalendar: a group's meetups


def load_samples(start: datetime, now: datetime | None = None) -> Samples:
    """Return the samples of a try-out that began at `start`, as they are at `now`.

    Days are those of `start`'s own zone.
    """
    import yaml

    now = now or start
    hackathons = yaml.safe_load(_dated("hackathons.yaml", start, now))
    calendar = _dated("meetup.ics", start, now).replace("\r\n", "\n").replace("\n", "\r\n")
    return Samples(
        hackathons=json.dumps(hackathons).encode(),
        deadlines=_dated("deadlines.yaml", start, now).encode(),
        calendar=calendar.encode(),
    )


def _dated(name: str, start: datetime, now: datetime) -> str:
    """Return a file with {+12} and {+12:%b %d} written out as the days that they are.

    `{until +3:one|other}` is the one before the third day, and the other from then on.
    """

    def day(found: re.Match[str]) -> str:
        moment = start + timedelta(days=int(found[1]))
        return moment.strftime(found[2]) if found[2] else f"{moment:%Y-%m-%d}"

    def turn(found: re.Match[str]) -> str:
        return found[3] if now.date() >= (start + timedelta(days=int(found[1]))).date() else found[2]

    return _DAY.sub(day, _UNTIL.sub(turn, (data_dir() / "events" / name).read_text(encoding="utf-8")))
