"""Something to begin with: questions to ask each other, and what a first hour together may be."""

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.buddies.values import Reason, ReasonKind


class Kind(StrEnum):
    """When an icebreaker fits: always, or with a reason of that name that concerns everybody."""

    HELLO = "hello"
    BOTH_LEARN = "both_learn"
    HELP = "help"
    GOAL = "goal"
    WORK = "work"  # how to go about it


class Suits(StrEnum):
    """What a first session fits: a reason that concerns everybody, a kind of goal that they share, or any group."""

    MUTUAL = "mutual"  # two who can help each other
    HELP = "help"
    BOTH_LEARN = "both_learn"
    PAPERS = "papers"
    PROJECT = "project"
    COURSE = "course"
    ROLE = "role"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Icebreaker:
    """A question; `{skill}` in it is the name of a skill of the reason it belongs to."""

    id: str
    kind: Kind
    text: str


@dataclass(frozen=True, slots=True)
class Session:
    """A first hour together, in steps; `{skill}` as in an icebreaker."""

    id: str
    suits: tuple[Suits, ...]
    minutes: int
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Openers:
    """All there is, in the order of the file."""

    icebreakers: tuple[Icebreaker, ...]
    sessions: tuple[Session, ...]


def choose_icebreakers(
    openers: Openers,
    reasons: Sequence[Reason],
    *,
    seed: int,
    members: Sequence[int],
    skills: Mapping[str, str],
    used: Collection[str] = (),
) -> tuple[Icebreaker, ...]:
    """Return three with their skills filled in: a hello, one that fits the reasons, one on how to work.

    The same for the same seed and members; those in `used` (ids) only where there are no others.
    """
    chance = _chance(seed, members)
    things = _things(reasons, members)
    fitting = [kind for kind in (Kind.HELP, Kind.BOTH_LEARN, Kind.GOAL) if kind in things]
    kinds = (Kind.HELLO, chance.choice(fitting) if fitting else Kind.HELLO, Kind.WORK)
    chosen: list[Icebreaker] = []
    for kind in kinds:
        of_kind = [each for each in openers.icebreakers if each.kind is kind and each not in chosen]
        fresh = [each for each in of_kind if each.id not in used] or of_kind
        chosen.append(chance.choice(fresh))
    return tuple(
        Icebreaker(each.id, each.kind, _filled(each.text, things.get(each.kind, ()), skills))
        for each in chosen
    )


def suggest_session(
    openers: Openers,
    reasons: Sequence[Reason],
    *,
    seed: int,
    members: Sequence[int],
    skills: Mapping[str, str],
    used: Collection[str] = (),
) -> Session:
    """Return a first session that fits the most telling reason, with its skill filled in.

    One of those in `used` (ids) only where no other fits that reason.
    """
    chance = _chance(seed, members)
    for suits, things in _occasions(reasons, members):
        fitting = [each for each in openers.sessions if suits in each.suits]
        needs = [each for each in fitting if things or not any("{skill}" in step for step in each.steps)]
        if needs:
            chosen = chance.choice([each for each in needs if each.id not in used] or needs)
            steps = tuple(_filled(step, things, skills) for step in chosen.steps)
            return Session(chosen.id, chosen.suits, chosen.minutes, steps)
    raise ValueError("there is no session that suits everybody")


def _occasions(reasons: Sequence[Reason], members: Sequence[int]) -> list[tuple[Suits, tuple[str, ...]]]:
    things = _things(reasons, members)
    helpers = {(reason.helper, reason.helped) for reason in reasons if reason.kind is ReasonKind.HELP}
    found: list[tuple[Suits, tuple[str, ...]]] = [
        (Suits(reason.goal.kind.value), ())
        for reason in reasons
        if reason.kind is ReasonKind.GOAL and reason.goal is not None
    ]
    if len(members) == 2 and any((helped, helper) in helpers for helper, helped in helpers):
        found.append((Suits.MUTUAL, things[Kind.HELP]))
    if Kind.HELP in things:
        found.append((Suits.HELP, things[Kind.HELP]))
    if Kind.BOTH_LEARN in things:
        found.append((Suits.BOTH_LEARN, things[Kind.BOTH_LEARN]))
    return [*found, (Suits.ANY, ())]


def _things(reasons: Sequence[Reason], members: Sequence[int]) -> dict[Kind, tuple[str, ...]]:
    """Return the skills of each kind of reason that concern everybody, the one that is said first before the others.

    In three, a skill may be one that only two share: nothing to begin with for the third.
    """
    concerned: dict[tuple[Kind, str], set[int]] = {}
    found: dict[Kind, tuple[str, ...]] = {}
    for reason in reasons:
        if reason.kind.value not in tuple(Kind):
            continue
        kind = Kind(reason.kind.value)
        if not reason.things:
            found[kind] = ()  # a goal, which all of them share
        for thing in reason.things:
            concerned.setdefault((kind, thing), set()).update(reason.members)
    for (kind, thing), whom in concerned.items():
        if whom.issuperset(members):
            found[kind] = (*found.get(kind, ()), thing)
    return found


def _filled(text: str, things: Sequence[str], skills: Mapping[str, str]) -> str:
    return text.replace("{skill}", skills.get(things[0], things[0])) if things else text


def _chance(seed: int, members: Sequence[int]) -> random.Random:
    return random.Random(f"{seed}:{','.join(map(str, sorted(members)))}")  # noqa: S311 - nothing secret in it
