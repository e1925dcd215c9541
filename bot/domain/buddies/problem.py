"""A round as one sum to be made as large as can be: what comes first never gives way to what comes after.

In order: those who waited in the round before; everybody else; few repeats; the points of the fit. Each is
worth more than all that follow it together, so that one sum of whole numbers keeps the order exactly.
"""

import hashlib
from collections.abc import Iterable, Sequence
from itertools import combinations
from typing import Final, TypeAlias

from bot.domain.buddies.score import MOST_POINTS, RECENT_ROUNDS, Pool
from bot.domain.buddies.values import Profile

Places: TypeAlias = tuple[int, ...]
"""Places of a pool, sorted: a group, or somebody alone."""

_CHANCE_BITS: Final = 34
_WAITED: Final = 64  # the count of rounds breaks ties between those who waited, and no more
_MOST_WAITS: Final = 3


def in_order(profiles: Iterable[Profile], seed: int) -> list[Profile]:
    """Return the profiles in an order that only the seed decides, whatever order they came in."""
    return sorted(profiles, key=lambda profile: _digest(seed, profile.server_id, profile.member_id))


class Problem:
    """What a group of a pool is worth. Remembers what it worked out.

    `value` also holds a little chance from the seed, less than any point: it makes the best grouping one
    and only, so that the same seed finds the same round on every machine.
    """

    def __init__(self, pool: Pool, seed: int) -> None:
        self.pool = pool
        n = max(2, len(pool))
        self._seed = _digest(seed, 0, 0)
        self._fit = n << _CHANCE_BITS
        self._fresh = self._fit * MOST_POINTS * n
        self._covered = self._fresh * (RECENT_ROUNDS * n + 1)
        first = self._covered * (n + 1)
        self.worth = [
            self._covered + (first * (_WAITED + min(waits, _MOST_WAITS)) if (waits := pool.waited(at)) else 0)
            for at in range(len(pool))
        ]
        self._ties: dict[tuple[int, int], tuple[int, int] | None] = {}
        self._groups: dict[Places, int | None] = {}

    def tie(self, one: int, other: int) -> int | None:
        """Return what speaks for two being together, None where they may not; whatever their wishes of size."""
        known = self._tie((one, other) if one < other else (other, one))
        return None if known is None else self._fit * known[0] - self._fresh * known[1]

    def _tie(self, key: tuple[int, int]) -> tuple[int, int] | None:
        try:
            return self._ties[key]
        except KeyError:
            pool = self.pool
            found = (pool.score(*key).total, pool.staleness(key)) if pool.compatible(*key) else None
            self._ties[key] = found
            return found

    def value(self, places: Places) -> int | None:
        """Return what a group of two or three is worth, None where it may not be; alone is worth 0."""
        if len(places) < 2:
            return 0
        try:
            return self._groups[places]
        except KeyError:
            self._groups[places] = found = self._value(places)
            return found

    def _value(self, places: Places) -> int | None:
        if not self.pool.wished(places):
            return None
        points = stale = 0
        for pair_ in combinations(places, 2):
            tie = self._tie(pair_)
            if tie is None:
                return None
            points += tie[0]
            stale += tie[1]
        if len(places) > 2:
            if not self.pool.agree(places):
                return None
            points //= 2  # as `Pool.weight`
        covered = sum(self.worth[place] for place in places)
        return covered + self._fit * points - self._fresh * stale + self._chance(*places)

    def total(self, groups: Iterable[Places]) -> int:
        """Return what groups are worth together; each has to be one that may be."""
        return sum(self.value(group) or 0 for group in groups)

    def _chance(self, *places: int) -> int:
        mixed = self._seed
        for place in places:
            mixed = ((mixed ^ (place + 0x9E3779B97F4A7C15)) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
            mixed ^= mixed >> 29
        return mixed >> (64 - _CHANCE_BITS)


def regroup(problem: Problem, people: Sequence[int]) -> list[Places]:
    """Return the best grouping of a few people, exactly; who is in none is left out.

    Every grouping is weighed, sharing what is the same in many: ten people take milliseconds, more than a
    dozen too long.
    """
    people = sorted(people)
    options: list[list[tuple[int, int, Places]]] = []  # by the first of a group: (its bits, its worth, it)
    for first, one in enumerate(people):
        found: list[tuple[int, int, Places]] = []
        after = [at for at in range(first + 1, len(people)) if problem.tie(one, people[at]) is not None]
        for size in (1, 2):
            for rest in combinations(after, size):
                group = (one, *(people[at] for at in rest))
                value = problem.value(group)
                if value is not None:
                    found.append((sum(1 << at for at in rest) | 1 << first, value, group))
        options.append(found)
    best: dict[int, tuple[int, tuple[int, Places] | None]] = {0: (0, None)}

    def solve(left: int) -> int:
        known = best.get(left)
        if known is not None:
            return known[0]
        first = (left & -left).bit_length() - 1
        top, choice = solve(left & (left - 1)), None
        for bits, value, group in options[first]:
            if bits & left == bits and (total := value + solve(left ^ bits)) > top:
                top, choice = total, (bits, group)
        best[left] = (top, choice)
        return top

    left = (1 << len(people)) - 1
    solve(left)
    groups: list[Places] = []
    while left:
        choice = best[left][1]
        if choice is None:
            left &= left - 1
        else:
            left ^= choice[0]
            groups.append(choice[1])
    return groups


def _digest(*numbers: int) -> int:
    raw = ",".join(map(str, numbers)).encode()
    return int.from_bytes(hashlib.blake2b(raw, digest_size=8).digest(), "big")
