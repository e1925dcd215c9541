"""When a meeting is asked what. Everything follows from when it began and when it ends."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.domain.meetings.values import Meeting, Stage

POKE_FOR: Final = timedelta(hours=24)
"""How long somebody has to say that they are there, before the others are given somebody else."""

REMIND_BEFORE: Final = timedelta(hours=1)

FIND_FOR: Final = timedelta(days=14)
"""How long a meeting lasts that two arranged by themselves."""

ASK_FOR: Final = timedelta(days=3)
"""How long a question whether somebody wants to meet stays open."""

ASKS_A_DAY: Final = 3

SEEK_AT_LEAST: Final = timedelta(days=2)
"""With less time than that before the next round begins, nobody is matched anew."""

_KICKOFF: Final = timedelta(days=2)
_LAST: Final = timedelta(days=1)


def moments(opened_at: datetime, ends_at: datetime) -> Mapping[Stage, datetime]:
    """Return when each stage is due; in a short meeting they move together, in the same order."""
    length = ends_at - opened_at
    return {
        Stage.KICKOFF: opened_at + min(_KICKOFF, length / 4),
        Stage.MIDWAY: opened_at + length / 2,
        Stage.LAST: ends_at - min(_LAST, length / 4),
        Stage.CLOSE: ends_at,
    }


def due(meeting: Meeting, now: datetime) -> tuple[Stage, Stage | None]:
    """Return the stage to act on and the one after it: after downtime the latest, and no earlier one.

    Call it for a meeting whose `next_at` has come.
    """
    stages, when = tuple(Stage), moments(meeting.opened_at, meeting.ends_at)
    place = stages.index(meeting.stage)
    while place + 1 < len(stages) and when[stages[place + 1]] <= now:
        place += 1
    return stages[place], stages[place + 1] if place + 1 < len(stages) else None
