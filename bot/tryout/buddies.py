"""People of the try-out who would like to study with somebody, so that a round has whom to bring together."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.domain.buddies.values import Availability, DayPart, Goal, GoalKind, Medium, Pace, Profile
from bot.domain.meetings.values import Membership, Standing
from bot.domain.questions import Level
from bot.storage.buddies import profiles
from bot.storage.engine import Database

_EVENINGS: Final = (DayPart.EVENING,)


def _wishes(server_id: int) -> dict[str, Profile]:
    """Return what each of them wants, by name."""

    def profile(zone: str, parts: tuple[DayPart, ...], **more: object) -> Profile:
        return Profile(server_id, 0, Availability.of_parts(zone, parts, ()), **more)  # type: ignore[arg-type]

    return {
        "Mira": profile(
            "Europe/Berlin",
            _EVENINGS,
            learning=frozenset({"mlops", "docker"}),
            offers=frozenset({"pandas", "sql"}),
            level=Level.ADVANCED,
            goal=Goal(GoalKind.PROJECT, "a model that serves the club"),
            pace=Pace.STEADY,
        ),
        "Ada": profile(
            "Europe/London",
            _EVENINGS,
            learning=frozenset({"pandas", "statistics", "probability"}),
            offers=frozenset({"python", "debugging"}),
            level=Level.BEGINNER,
            goal=Goal(GoalKind.ROLE, "data-scientist"),
            languages=frozenset({"en", "de"}),
            pace=Pace.GENTLE,
        ),
        "Ben": profile(
            "America/New_York",
            (DayPart.AFTERNOON,),
            learning=frozenset({"pandas", "debugging"}),
            offers=frozenset({"statistics", "probability"}),
            level=Level.BEGINNER,
            goal=Goal(GoalKind.ROLE, "data-scientist"),
            pace=Pace.GENTLE,
        ),
        "Chidi": profile(
            "Africa/Lagos",
            _EVENINGS,
            learning=frozenset({"sql", "mlops"}),
            offers=frozenset({"docker", "linux"}),
            level=Level.INTERMEDIATE,
            goal=Goal(GoalKind.PROJECT, "a model that serves the club"),
            medium=Medium.TEXT,
            pace=Pace.STEADY,
        ),
    }


async def join(db: Database, server_id: int, people: Mapping[str, int], now: datetime) -> None:
    """Let them be in as soon as a moderator switches study buddies on; all but one may be found."""
    async with db.write() as tx:
        for name, wish in _wishes(server_id).items():
            profile = replace(wish, member_id=people[name])
            await profiles.put(tx, Membership(profile, Standing.IN, findable=name != "Mira"), now)
