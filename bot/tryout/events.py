"""Sample events for the try-out, from `data/events`, as the answers that the real sources would give.

Their days count from the start of the try-out, so that something is always coming up.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.content import data_dir

_DAY: Final = re.compile(r"\{([+-][0-9]{1,4})(?::([^{}]*))?\}")


@dataclass(frozen=True, slots=True)
class Samples:
    """One answer of each source, to be served or read as it is."""

    hackathons: bytes  # JSON: a page of Devpost's list
    deadlines: bytes  # YAML: a file of huggingface/ai-deadlines
    calendar: bytes  # iCalendar: a group's meetups


def load_samples(now: datetime) -> Samples:
    """Return the samples of a try-out that starts at `now`; days are those of `now`'s own zone."""
    import yaml

    hackathons = yaml.safe_load(_dated("hackathons.yaml", now))
    calendar = _dated("meetup.ics", now).replace("\r\n", "\n").replace("\n", "\r\n")
    return Samples(
        hackathons=json.dumps(hackathons).encode(),
        deadlines=_dated("deadlines.yaml", now).encode(),
        calendar=calendar.encode(),
    )


def _dated(name: str, now: datetime) -> str:
    """Return a file with {+12} and {+12:%b %d} written out as the days that they are."""

    def day(found: re.Match[str]) -> str:
        moment = now + timedelta(days=int(found[1]))
        return moment.strftime(found[2]) if found[2] else f"{moment:%Y-%m-%d}"

    return _DAY.sub(day, (data_dir() / "events" / name).read_text(encoding="utf-8"))
