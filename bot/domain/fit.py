"""Which roles fit what a person knows, and how two roles differ.

Nothing here judges a person: it compares what they ticked with what roles usually ask for.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from bot.domain.careers import Careers, Level, Move, Role, SkillNeed
from bot.domain.paths import alike


class Grasp(IntEnum):
    """How well somebody says they know a skill."""

    KNOW = 1
    STRONG = 2

    @property
    def level(self) -> Level:
        """Return the level it stands for."""
        return Level.STRONG if self is Grasp.STRONG else Level.WORKING


Profile = Mapping[str, Grasp]
"""What a person ticked, by skill; what is not in it they do not have."""

MOST_FITS: Final = 5
LEAST_TICKS: Final = 3
"""With fewer skills than this any order of roles would be chance."""

_ESSENTIAL: Final = 3.0  # how many times as much an essential counts as a skill that helps
_PER_LEVEL: Final = 0.3  # of a skill's weight, lost for each level it falls short
_EARLIER: Final = 0.02  # per stage: of two that fit as well, the one that is nearer to entry


@dataclass(frozen=True, slots=True)
class Fit:
    """How one role goes with a profile. All skills are ids, the most important first."""

    role: str
    score: float
    """0–1, for the order only; never shown, because it would look like a grade."""
    essentials: int
    has: tuple[str, ...]
    deepen: tuple[str, ...]
    missing: tuple[str, ...]
    helps: tuple[str, ...]
    """Skills the person has that are not needed but help."""


def rank(careers: Careers, profile: Profile, *, limit: int = MOST_FITS) -> tuple[Fit, ...]:
    """Return the roles that ask for what a person knows, the closest first."""
    fits = [fit(role, profile) for role in careers.roles.values()]
    stages = {role.id: role.stage.rank for role in careers.roles.values()}
    fits.sort(key=lambda each: (_EARLIER * stages[each.role] - each.score, each.role))
    return tuple(each for each in fits if each.score > 0)[:limit]


def fit(role: Role, profile: Profile) -> Fit:
    """Compare one role with a profile."""
    has, deepen, missing = [], [], []
    reached = possible = 0.0
    for need in role.skills:
        weight = _ESSENTIAL if need.essential else 1.0
        possible += weight
        grasp = profile.get(need.skill)
        if grasp is not None:
            reached += weight * (1 - _PER_LEVEL * max(0, need.level - grasp.level))
        if not need.essential:
            continue
        if grasp is None:
            missing.append(need.skill)
        elif grasp.level < need.level - 1:
            deepen.append(need.skill)  # one level above is learned on the job; two are a gap
        else:
            has.append(need.skill)
    return Fit(
        role=role.id,
        score=reached / possible,
        essentials=len(role.essentials),
        has=tuple(has),
        deepen=tuple(deepen),
        missing=tuple(missing),
        helps=tuple(need.skill for need in role.skills if not need.essential and need.skill in profile),
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """A skill that two roles ask for, each to its own level."""

    first: SkillNeed
    second: SkillNeed


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two roles side by side."""

    first: Role
    second: Role
    shared: tuple[Shared, ...]
    only_first: tuple[SkillNeed, ...]
    only_second: tuple[SkillNeed, ...]
    differences: tuple[tuple[Role, str], ...]
    """How to tell them apart, in words, each from one role's side; empty where nobody takes one for the other."""
    moves: tuple[Move, ...]
    """Steps that people take from one to the other, in either direction."""
    likeness: float


def compare(careers: Careers, first: str, second: str) -> Comparison:
    """Compare two roles by id. Raises KeyError for an unknown one and ValueError for the same one twice."""
    if first == second:
        raise ValueError("a role is not compared with itself")
    one, other = careers.roles[first], careers.roles[second]
    shared = tuple(Shared(need, theirs) for need in one.skills if (theirs := other.need(need.skill)))
    said = tuple(
        (role, neighbour.difference)
        for role, neighbour_of in ((one, second), (other, first))
        for neighbour in role.neighbours
        if neighbour.role == neighbour_of
    )
    return Comparison(
        first=one,
        second=other,
        shared=shared,
        only_first=tuple(need for need in one.skills if not other.need(need.skill)),
        only_second=tuple(need for need in other.skills if not one.need(need.skill)),
        differences=said,
        moves=tuple(move for move in careers.moves if {move.origin, move.target} == {first, second}),
        likeness=alike(one, other),
    )


def likest(careers: Careers, role: str) -> str:
    """Return the role that is most easily taken for this one: its first neighbour, or the likest."""
    one = careers.roles[role]
    if one.neighbours:
        return one.neighbours[0].role
    return max(
        (other for other in careers.roles if other != role),
        key=lambda id_: (alike(one, careers.roles[id_]), id_),
    )


class TickSheet:
    """Writes a profile into a few letters, so that a button can carry it and nothing need be stored.

    Two bits a skill, in the order of the ids. The letters begin with a mark of that order: after the list
    of skills has changed, old letters are refused rather than read as other skills.
    """

    _MARK: Final = 4

    def __init__(self, skills: Iterable[str]) -> None:
        self._skills: Sequence[str] = sorted(skills)
        order = hashlib.sha256("\n".join(self._skills).encode()).digest()
        self._mark = base64.urlsafe_b64encode(order).decode()[: self._MARK]

    def write(self, profile: Profile) -> str:
        """Return the letters for a profile: 4, and 1 for every three skills of the list at most."""
        bits = 0
        for place, skill in enumerate(self._skills):
            bits |= int(profile.get(skill, 0)) << (2 * place)
        raw = bits.to_bytes((bits.bit_length() + 7) // 8, "little")
        return self._mark + base64.urlsafe_b64encode(raw).decode().rstrip("=")

    def read(self, letters: str) -> dict[str, Grasp] | None:
        """Return the profile, None where the letters were written for another list of skills."""
        if letters[: self._MARK] != self._mark:
            return None
        body = letters[self._MARK :]
        try:
            bits = int.from_bytes(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)), "little")
        except (binascii.Error, ValueError):
            return None
        found = {}
        for skill in self._skills:
            grasp = bits & 3
            bits >>= 2
            if grasp == 3:
                return None
            if grasp:
                found[skill] = Grasp(grasp)
        return None if bits else found
