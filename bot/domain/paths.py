"""The ways from one role, or from a background, to another role.

The moves of `data/careers/moves/` are the steps. Which way is best depends on what a person wants, so
up to three are offered that differ in kind: by promotion, by specialising, by switching.

Not every chain of moves is a way. Nobody is promoted in order to step back again, or changes profession
four times to stay on the same stage; `Atlas` draws only what somebody might do, and says of the rest why
it draws nothing.
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
_BACK: Final = 1.5  # of effort for each stage gone back: it is done, and seldom gladly
_SIDEWAYS: Final = 3  # moves at most, where the goal is on the stage of the start
_UPWARDS: Final = 3  # moves at most, beyond one for each stage
_TRACK: Final = 0.15  # of likeness, for the part of the goal's tracks that a stand-in for it has
_STAGE: Final = 0.08  # of likeness, for each stage that a stand-in for the goal is away from it
_OTHER_KIND: Final = 3.0  # how many times as dear a move is that is not of the wanted kind
_DETOUR: Final = 1.6  # times the effort of the shortest way; what is longer is no alternative
FIRST_THINGS: Final = 3
_COUNTED: Final = ("", "one stage", "two stages", "three stages", "four stages")


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


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Between which stages a way may run, by rank, and of how many moves it may be."""

    lowest: int
    highest: int
    moves: int

    @classmethod
    def between(cls, start: int, goal: int) -> "_Bounds":
        """Return the bounds of a way between two stages.

        It never climbs above both ends, and at most one stage below them. Back to an entry role leads one
        move or none: who wants that applies for it directly.
        """
        climb = goal - start
        if climb > 0:
            most = climb + _UPWARDS
        elif climb == 0:
            most = _SIDEWAYS
        elif goal == 0:
            most = 1 if climb == -1 else 0
        else:
            most = max(_SIDEWAYS, 1 - climb)
        return cls(min(start, goal) - 1, max(start, goal), most)


class Atlas:
    """The moves as a map; reads only, once it is made."""

    def __init__(self, careers: Careers) -> None:
        self._careers = careers
        self._from: dict[str, tuple[Move, ...]] = {role: careers.moves_from(role) for role in careers.roles}
        self._cost = {move: _cost(move, careers) for move in careers.moves}
        self._rank = {role.id: role.stage.rank for role in careers.roles.values()}

    def journey(self, start: str, goal: str) -> Journey:
        """Return the ways from a role or background to a role, by id.

        Raises KeyError for ids that name nothing and ValueError where start and goal are the same role.
        """
        careers = self._careers
        if start == goal and start in careers.roles:
            raise ValueError("the start is the goal")
        target = careers.roles[goal]
        background = None if start in careers.roles else careers.backgrounds[start]
        has = {} if background else _has(careers.roles[start])
        missing = gaps(has, target.skills)
        ways = self._ways(start, goal, background)
        back = background is None and target.stage.rank < self._rank[start]
        nearest, why = (None, "") if ways else self._instead(start, target)
        return Journey(
            start=start,
            goal=goal,
            ways=ways,
            missing=missing,
            first_things=self._first_things(background, has, () if back else ways, missing),
            nearest=nearest,
            why=why,
        )

    def goals(self, start: str) -> set[str]:
        """Return every role to which a way leads from a role or background, but for the start itself."""
        found: set[str] = set()
        for rank in set(self._rank.values()):
            origins = self._origins(start, rank)
            bounds = self._bounds(origins, rank)
            seen, edge = set(origins), set(origins)
            for _ in range(bounds.moves):
                edge = {
                    move.target
                    for role in edge
                    for move in self._from[role]
                    if bounds.lowest <= self._rank[move.target] <= bounds.highest
                } - seen
                seen |= edge
            found |= {role for role in seen if self._rank[role] == rank}
        return found - {start}

    def _origins(self, start: str, rank: int) -> tuple[str, ...]:
        """Return where ways to a stage begin; from a background in no role above it, where there is a choice."""
        if start in self._rank:
            return (start,)
        first = self._careers.backgrounds[start].first_roles
        return tuple(role for role in first if self._rank[role] <= rank) or first

    def _bounds(self, origins: tuple[str, ...], rank: int) -> _Bounds:
        return _Bounds.between(max(self._rank[origin] for origin in origins), rank)

    def _ways(self, start: str, goal: str, background: Background | None) -> tuple[Way, ...]:
        origins = self._origins(start, self._rank[goal])
        bounds = self._bounds(origins, self._rank[goal])
        found: dict[MoveKind | None, Way] = {}
        drawn: set[tuple[Move, ...]] = set()
        for wanted in (None, *MoveKind):
            moves = self._cheapest(origins, goal, wanted, bounds)
            if moves is None:
                return ()
            if moves in drawn:  # as many moves of one kind as of another
                continue
            drawn.add(moves)
            first = moves[0].origin if moves else goal
            way = self._way(start, goal, first, moves, wanted, background)
            if wanted is None or any(move.kind is wanted for move in moves):
                known = found.get(way.led_by)
                if known is None or way.effort < known.effort:
                    found[way.led_by] = way
        ways = sorted(found.values(), key=lambda way: (way.effort, len(way.steps), way.led_by or ""))
        return tuple(way for way in ways if way.effort <= _DETOUR * ways[0].effort)

    def _cheapest(
        self, origins: tuple[str, ...], goal: str, wanted: MoveKind | None, bounds: _Bounds
    ) -> tuple[Move, ...] | None:
        """Dijkstra's search; moves of the wanted kind are cheap, ties go to the id that sorts first.

        A role is looked at again where a dearer way to it has fewer moves: their number is bounded.
        """
        fewest: dict[str, int] = {}
        tie = itertools.count()  # moves have no order of their own
        waiting: list[tuple[float, str, int, tuple[Move, ...]]] = [
            (0.0, origin, next(tie), ()) for origin in origins
        ]
        heapq.heapify(waiting)
        while waiting:
            cost, role, _, moves = heapq.heappop(waiting)
            if len(moves) >= fewest.get(role, bounds.moves + 1):
                continue
            fewest[role] = len(moves)
            if role == goal:
                return moves
            if len(moves) == bounds.moves:
                continue
            for move in self._from[role]:
                within = bounds.lowest <= self._rank[move.target] <= bounds.highest
                if within and len(moves) + 1 < fewest.get(move.target, bounds.moves + 1):
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

    def _instead(self, start: str, target: Role) -> tuple[str | None, str]:
        """Return the reachable role that is likest to the goal, and why the goal is not reached."""
        roles = self._careers.roles

        def likeness(role: str) -> float:
            away = abs(self._rank[role] - target.stage.rank)
            tracks = len(set(target.tracks) & set(roles[role].tracks)) / max(1, len(target.tracks))
            return alike(roles[role], target) + _TRACK * tracks - _STAGE * away

        nearest = max(self.goals(start), key=lambda role: (likeness(role), role), default=None)
        origins = self._origins(start, target.stage.rank)
        back = min(self._rank[origin] for origin in origins) - target.stage.rank
        if not self._careers.moves_to(target.id):
            why = f"{target.title} is a beginning: people come to it from their studies and not from another job."
        elif back > 0:
            why = (
                f"{target.title} is {_COUNTED[back]} earlier. Nobody has to go back step by step: people who want "
                "it apply for it directly and say why."
            )
        else:
            why = (
                f"No short way leads from here to {target.title}. It is another profession, which people enter by "
                "study or from the roles around it."
            )
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
    back = max(0, origin.stage.rank - target.stage.rank)
    return EFFORT[move.years] + _STEP + _LEVEL * levels + _BACK * back


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
    if stages < -1:
        return f"This goes back {_COUNTED[-stages]}, from {origin.stage} to {target.stage}."
    return f"A step back, from {origin.stage} to {target.stage}." if stages < 0 else ""


def _first_notice(role: Role) -> str:
    if role.stage.rank == 0:
        return ""
    return (
        f"This begins at {role.stage} and leaves out the entry stage: your background has to make up for it."
    )
