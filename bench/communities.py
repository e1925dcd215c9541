"""Made-up communities of study buddies, the same on every run: zones, skills and wishes as uneven as in life."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import accumulate
from typing import Final, TypeVar

from bot.content.careers import load_careers
from bot.domain.buddies.score import Window
from bot.domain.buddies.values import (
    Availability,
    Blocks,
    DayPart,
    Goal,
    GoalKind,
    GroupWish,
    History,
    Medium,
    Pace,
    Profile,
)
from bot.domain.questions import Level

T = TypeVar("T")

SERVER: Final = 1
START: Final = datetime(2026, 10, 19, 16, tzinfo=UTC)  # clocks change in Europe in the week after
WINDOW: Final = Window(START, weeks=2)
_ON: Final = START.date()

_ZONES: Final = {
    "America/Los_Angeles": 12,
    "America/New_York": 18,
    "America/Sao_Paulo": 5,
    "Europe/London": 10,
    "Europe/Berlin": 14,
    "Africa/Lagos": 4,
    "Europe/Istanbul": 3,
    "Asia/Kolkata": 20,
    "Asia/Kathmandu": 1,
    "Asia/Shanghai": 5,
    "Asia/Tokyo": 4,
    "Australia/Adelaide": 2,
    "Pacific/Auckland": 2,
}
_LANGUAGES: Final = {"es": 10, "de": 8, "fr": 7, "hi": 14, "pt": 5, "zh": 6, "ja": 4, "tr": 3}
_PARTS: Final = {DayPart.MORNING: 3, DayPart.AFTERNOON: 4, DayPart.EVENING: 10, DayPart.NIGHT: 3}


def profiles(count: int, seed: int = 1, *, first: int = 1, exact: bool = False) -> list[Profile]:
    """Return so many profiles; with `exact` none of them takes a trio, so that an optimum can be computed."""
    chance = random.Random(seed)  # noqa: S311 - made to be the same each time
    skills = sorted(load_careers().skills)
    chance.shuffle(skills)
    common = list(accumulate(1 / (rank + 4) for rank in range(len(skills))))
    roles = sorted(load_careers().roles)

    def some(most: int) -> frozenset[str]:
        return frozenset(chance.choices(skills, cum_weights=common, k=chance.randint(1, most)))

    def one(member: int) -> Profile:
        learning = some(4)
        languages = {"en"} if chance.random() < 0.96 else set()
        if chance.random() < 0.35 or not languages:
            languages.add(_pick(chance, _LANGUAGES))
        return Profile(
            server_id=SERVER,
            member_id=member,
            availability=_availability(chance),
            learning=learning,
            offers=some(4) - learning if chance.random() < 0.75 else frozenset(),
            level=chance.choices([*Level, None], weights=[5, 4, 2, 2])[0],
            goal=_goal(chance, roles),
            weekly_hours=chance.choice((1, 2, 3, 3, 4, 5, 6, 8, 10)),
            languages=frozenset(languages),
            pace=chance.choices(list(Pace), weights=[3, 5, 2])[0],
            group=GroupWish.PAIR if exact else chance.choices(list(GroupWish), weights=[4, 2, 6])[0],
            medium=chance.choices(list(Medium), weights=[3, 2, 6])[0],
        )

    return [one(member) for member in range(first, first + count)]


def past(
    members: Sequence[Profile], seed: int = 2, *, rounds: int = 4, on: date = _ON
) -> tuple[Blocks, History]:
    """Return some blocks, and a history in which everybody met somebody in each round and a few waited."""
    chance = random.Random(seed)  # noqa: S311 - as above
    ids = [profile.member_id for profile in members]
    blocks = Blocks.of(tuple(chance.sample(ids, 2)) for _ in range(len(ids) // 20))  # type: ignore[misc]
    groups = [
        (group, on - timedelta(weeks=2 * back))
        for back in range(1, rounds + 1)
        for group in _pairs(ids, chance)
    ]
    waited = dict.fromkeys(chance.sample(ids, len(ids) // 50), 1)
    return blocks, History.of(groups, waited=waited)


def _pairs(ids: Sequence[int], chance: random.Random) -> Iterator[tuple[int, int]]:
    order = list(ids)
    chance.shuffle(order)
    return zip(order[::2], order[1::2], strict=False)


def _availability(chance: random.Random) -> Availability:
    weekdays = {_pick(chance, _PARTS) for _ in range(chance.choice((1, 1, 2)))}
    weekend = {_pick(chance, _PARTS) for _ in range(chance.choice((0, 1, 2, 3)))}
    return Availability.of_parts(_pick(chance, _ZONES), weekdays, weekend)


def _goal(chance: random.Random, roles: Sequence[str]) -> Goal | None:
    kind = chance.choice((*GoalKind, None))
    if kind is None:
        return None
    if kind is GoalKind.ROLE:
        return Goal(kind, chance.choice(roles))
    return Goal(kind, f"{kind} {chance.randint(1, 12)}")


def _pick(chance: random.Random, weights: dict[T, int]) -> T:
    return chance.choices(list(weights), weights=list(weights.values()))[0]
