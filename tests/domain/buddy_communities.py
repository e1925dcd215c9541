"""Small random communities and histories for hypothesis, and every grouping of them by brute force."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

from hypothesis import strategies as st

from bot.domain.buddies.score import Window
from bot.domain.buddies.values import (
    Availability,
    Blocks,
    Goal,
    GoalKind,
    GroupWish,
    History,
    Medium,
    Pace,
    Profile,
    Shown,
)
from bot.domain.questions import Level

START = datetime(2026, 10, 19, 16, tzinfo=UTC)
ZONES = ("UTC", "Europe/Paris", "Asia/Kathmandu", "America/New_York")
GOALS = (
    None,
    Goal(GoalKind.ROLE, "data-scientist"),
    Goal(GoalKind.COURSE, "CS 229"),
    Goal(GoalKind.COURSE, "cs  229"),
)
SKILLS = ("python", "sql", "statistics", "transformers")


@dataclass(frozen=True)
class Community:
    """What `match` is given."""

    profiles: tuple[Profile, ...]
    blocks: Blocks
    history: History
    window: Window
    seed: int


HOURS: tuple[frozenset[int], ...] = (
    frozenset(range(168)),
    frozenset(range(18, 22)),
    frozenset(range(20, 40)),
    frozenset({19, 20}),
    frozenset({19}),
    frozenset(),
)
LANGUAGES = ({"en"}, {"en"}, {"en", "fr"}, {"fr"})


def communities(*, most: int = 8, servers: int = 2) -> st.SearchStrategy[Community]:
    """Communities of at most so many members, with blocks and rounds behind them.

    One drawn number makes the whole of it: drawing each field by itself is thirty times as slow.
    """
    return st.builds(community, st.integers(0, 2**48), st.just(most), st.just(servers))


def community(number: int, most: int, servers: int) -> Community:
    """The community of a number."""
    chance = random.Random(number)
    count = chance.randint(0, most)
    ids = list(range(1, count + 1))

    def pairs(most_pairs: int) -> list[tuple[int, int]]:
        return [(chance.choice(ids), chance.choice(ids)) for _ in range(chance.randint(0, most_pairs)) if ids]

    past = [
        (chance.sample(ids, min(count, chance.choice((2, 2, 3)))), chance.randint(1, 9))
        for _ in range(chance.randint(0, count))
    ]
    waited = {member: chance.randint(1, 4) for member in ids if chance.random() < 0.4}
    return Community(
        profiles=tuple(profile(chance, member, servers) for member in ids),
        blocks=Blocks.of(pairs(count)),
        history=History.of(
            ((members, START.date() - timedelta(weeks=weeks)) for members, weeks in past),
            waited=waited,
            again=(each for each in pairs(1) if each[0] != each[1]),
        ),
        window=Window(START, chance.choice((1, 2))),
        seed=chance.getrandbits(32),
    )


def profile(chance: random.Random, member_id: int, servers: int = 1) -> Profile:
    """A profile with little in it, so that conditions decide more than points."""
    return Profile(
        server_id=chance.choice((1, 1, 1, chance.randint(1, servers))),
        member_id=member_id,
        availability=Availability(
            chance.choice(ZONES), chance.choice(HOURS[:-1] if chance.random() < 0.9 else HOURS)
        ),
        learning=frozenset(chance.sample(SKILLS, chance.randint(0, 3))),
        offers=frozenset(chance.sample(SKILLS, chance.randint(0, 3))),
        level=chance.choice((None, *Level)),
        goal=chance.choice(GOALS),
        weekly_hours=chance.randint(1, 10),
        languages=frozenset(chance.choice(LANGUAGES)),
        pace=chance.choice(tuple(Pace)),
        group=chance.choice(tuple(GroupWish)),
        medium=chance.choice((Medium.EITHER, Medium.EITHER, Medium.TEXT, Medium.VOICE)),
        shows=frozenset(part for part in Shown if chance.random() < 0.7),
    )


def groupings(
    places: tuple[int, ...], allowed: frozenset[tuple[int, ...]]
) -> Iterator[list[tuple[int, ...]]]:
    """Every way to put some of these into allowed groups, the plain way."""
    if not places:
        yield []
        return
    first, rest = places[0], places[1:]
    yield from groupings(rest, allowed)
    for size in (1, 2):
        for others in combinations(rest, size):
            if (first, *others) in allowed:
                left = tuple(place for place in rest if place not in others)
                for grouping in groupings(left, allowed):
                    yield [(first, *others), *grouping]
