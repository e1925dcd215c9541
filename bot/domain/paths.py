"""The ways from one role, or from a background, to another role.

The moves of `data/careers/moves.yaml` are the steps. Which way is best depends on what a person wants, so
up to three are offered that differ in kind: by promotion, by specialising, by switching.
"""

import heapq
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.domain.careers import Background, Careers, Level, Move, MoveKind, Role, SkillNeed

EFFORT: Final[Mapping[str, float]] = {
    "months": 0.5,
    "about a year": 1.0,
    "a few years": 3.0,
    "several years": 5.0,
    "many years": 8.0,
}
"""What orders the ways against each other; never shown, since nobody has honest figures."""

_STEP: Final = 0.75  # of effort for any move at all: changing costs something by itself
_LEVEL: Final = 0.25  # of effort for each level that an essential skill has to rise
_STAGE: Final = 0.08  # of likeness, for each stage that a stand-in for the goal is away from it
_OTHER_KIND: Final = 3.0  # how many times as dear a move is that is not of the wanted kind
_DETOUR: Final = 1.6  # times the effort of the shortest way; what is longer is no alternative
FIRST_THINGS: Final = 3


@dataclass(frozen=True, slots=True)
class Gap:
    """A skill that a role asks for above the level somebody has (None: not at all)."""

    skill: str
    have: Level | None
    need: Level
    essential: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One role on a way: how one gets there and what it adds. The first role after a background has no move."""

    role: str
    move: Move | None
    adds: tuple[Gap, ...]
    stages: int
    """How many stages it goes up; negative for a step back, 0 on the same stage."""
    notice: str
    """What is unusual about the stage, in words; empty where nothing is."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to a goal. `led_by` is the kind of most of its moves, None where it has no move."""

    start: str
    goal: str
    led_by: MoveKind | None
    steps: tuple[Step, ...]
    effort: float


@dataclass(frozen=True, slots=True)
class FirstThing:
    """Something to begin with now; `skill` is None for a step of a background's own plan."""

    skill: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything there is to say about going from a start to a goal."""

    start: str
    goal: str
    ways: tuple[Way, ...]
    missing: tuple[Gap, ...]
    first_things: tuple[FirstThing, ...]
    nearest: str | None
    """Where no way leads to the goal: the role that can be reached and is likest to it, if any can."""
    why: str
    """Why no way leads there, in words; empty where one does."""


class Atlas:
    """The moves as a map; reads only, once it is made."""

    def __init__(self, careers: Careers) -> None:
        self._careers = careers
        self._from: dict[str, tuple[Move, ...]] = {role: careers.moves_from(role) for role in careers.roles}
        self._cost = {move: _cost(move, careers) for move in careers.moves}

    def journey(self, start: str, goal: str) -> Journey:
        """Return the ways from a role or background to a role, by id.

        Raises KeyError for ids that name nothing and ValueError where start and goal are the same role.
        """
        careers = self._careers
        if start == goal and start in careers.roles:
            raise ValueError("the start is the goal")
        target = careers.roles[goal]
        background = None if start in careers.roles else careers.backgrounds[start]
        origins = background.first_roles if background else (start,)
        has = {} if background else _has(careers.roles[start])
        missing = gaps(has, target.skills)
        ways = self._ways(start, origins, goal, background)
        nearest, why = (None, "") if ways else self._instead(start, origins, target)
        return Journey(
            start=start,
            goal=goal,
            ways=ways,
            missing=missing,
            first_things=self._first_things(background, has, ways, missing),
            nearest=nearest,
            why=why,
        )

    def reachable(self, origins: Iterable[str]) -> set[str]:
        """Return every role that can be reached from these, themselves among them."""
        seen = set(origins)
        waiting = list(seen)
        while waiting:
            for move in self._from[waiting.pop()]:
                if move.target not in seen:
                    seen.add(move.target)
                    waiting.append(move.target)
        return seen

    def _ways(
        self, start: str, origins: tuple[str, ...], goal: str, background: Background | None
    ) -> tuple[Way, ...]:
        found: dict[MoveKind | None, Way] = {}
        for wanted in (None, *MoveKind):
            moves = self._cheapest(origins, goal, wanted)
            if moves is None:
                return ()
            first = moves[0].origin if moves else goal
            way = self._way(start, goal, first, moves, wanted, background)
            if wanted is None or any(move.kind is wanted for move in moves):
                known = found.get(way.led_by)
                if known is None or way.effort < known.effort:
                    found[way.led_by] = way
        ways = sorted(found.values(), key=lambda way: (way.effort, len(way.steps), way.led_by or ""))
        return tuple(way for way in ways if way.effort <= _DETOUR * ways[0].effort)

    def _cheapest(
        self, origins: tuple[str, ...], goal: str, wanted: MoveKind | None
    ) -> tuple[Move, ...] | None:
        """Dijkstra's search; moves of the wanted kind are cheap, ties go to the id that sorts first."""
        best: dict[str, float] = {}
        tie = itertools.count()  # moves have no order of their own
        waiting: list[tuple[float, str, int, tuple[Move, ...]]] = [
            (0.0, origin, next(tie), ()) for origin in origins
        ]
        heapq.heapify(waiting)
        while waiting:
            cost, role, _, moves = heapq.heappop(waiting)
            if role in best:
                continue
            best[role] = cost
            if role == goal:
                return moves
            for move in self._from[role]:
                if move.target not in best:
                    factor = 1.0 if wanted in {None, move.kind} else _OTHER_KIND
                    longer = cost + self._cost[move] * factor
                    heapq.heappush(waiting, (longer, move.target, next(tie), (*moves, move)))
        return None

    def _way(
        self,
        start: str,
        goal: str,
        first: str,
        moves: tuple[Move, ...],
        wanted: MoveKind | None,
        background: Background | None,
    ) -> Way:
        roles = self._careers.roles
        steps: list[Step] = []
        has: dict[str, Level] = {}
        if background is not None:
            role = roles[first]
            steps.append(Step(first, None, gaps(has, role.essentials), 0, _first_notice(role)))
        has = _has(roles[first])
        for move in moves:
            origin, target = roles[move.origin], roles[move.target]
            stages = target.stage.rank - origin.stage.rank
            steps.append(
                Step(target.id, move, gaps(has, target.skills), stages, _stage_notice(origin, target))
            )
            for skill, level in _has(target).items():
                has[skill] = max(level, has.get(skill, level))
        return Way(start, goal, _led_by(moves, wanted), tuple(steps), sum(self._cost[move] for move in moves))

    def _instead(self, start: str, origins: tuple[str, ...], target: Role) -> tuple[str | None, str]:
        """Return the reachable role that is likest to the goal, and why the goal is not reached."""
        roles = self._careers.roles
        candidates = sorted(self.reachable(origins) - {start})

        def likeness(role: str) -> float:
            away = abs(roles[role].stage.rank - target.stage.rank)
            return alike(roles[role], target) - _STAGE * away

        nearest = max(candidates, key=lambda role: (likeness(role), role), default=None)
        here = max(roles[origin].stage.rank for origin in origins)
        if here > target.stage.rank:
            why = (
                f"{target.title} is an earlier stage. People who go back to it apply for it directly, "
                "so there is no usual way to draw."
            )
        else:
            why = f"No usual step leads to {target.title} from here. People come to it from elsewhere."
        return nearest, why

    def _first_things(
        self,
        background: Background | None,
        has: Mapping[str, Level],
        ways: tuple[Way, ...],
        missing: tuple[Gap, ...],
    ) -> tuple[FirstThing, ...]:
        if background is not None:
            return tuple(FirstThing(None, step.text) for step in background.first_month[:FIRST_THINGS])
        wanted = next((step.adds for way in ways for step in way.steps if step.adds), ()) or missing
        skills = self._careers.skills
        ordered = sorted(
            wanted,
            key=lambda gap: (
                not gap.essential,
                sum(skill not in has for skill in skills[gap.skill].prerequisites),
                gap.have is not None,
            ),
        )
        return tuple(
            FirstThing(gap.skill, skills[gap.skill].steps[-1 if gap.have else 0])
            for gap in ordered[:FIRST_THINGS]
        )


def gaps(has: Mapping[str, Level], needs: Iterable[SkillNeed]) -> tuple[Gap, ...]:
    """Return what is asked for above what somebody has, essentials first."""
    found = [
        Gap(need.skill, has.get(need.skill), need.level, need.essential)
        for need in needs
        if has.get(need.skill, 0) < need.level
    ]
    return tuple(sorted(found, key=lambda gap: not gap.essential))


def alike(one: Role, other: Role) -> float:
    """Return how much two roles ask for the same, 0–1: the shared part of all their levels."""
    first, second = _has(one), _has(other)
    skills = first.keys() | second.keys()
    shared = sum(min(first.get(skill, 0), second.get(skill, 0)) for skill in skills)
    return shared / sum(max(first.get(skill, 0), second.get(skill, 0)) for skill in skills)


def _cost(move: Move, careers: Careers) -> float:
    origin, target = careers.roles[move.origin], careers.roles[move.target]
    levels = sum(gap.need - (gap.have or 0) for gap in gaps(_has(origin), target.essentials))
    return EFFORT[move.years] + _STEP + _LEVEL * levels


def _has(role: Role) -> dict[str, Level]:
    return {need.skill: need.level for need in role.skills}


def _led_by(moves: tuple[Move, ...], wanted: MoveKind | None) -> MoveKind | None:
    """Return the kind of most moves; where two kinds have as many, the wanted one."""
    counts = Counter(move.kind for move in moves)
    if not counts:
        return None
    return max(MoveKind, key=lambda kind: (counts[kind], kind is wanted))


def _stage_notice(origin: Role, target: Role) -> str:
    stages = target.stage.rank - origin.stage.rank
    if stages > 1:
        return f"This leaves out a stage: from {origin.stage} straight to {target.stage}."
    return f"A step back, from {origin.stage} to {target.stage}." if stages < 0 else ""


def _first_notice(role: Role) -> str:
    if role.stage.rank == 0:
        return ""
    return (
        f"This begins at {role.stage} and leaves out the entry stage: your background has to make up for it."
    )
