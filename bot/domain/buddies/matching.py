"""Putting everybody who is in into groups of two and three: a maximum-weight matching, and trios beside it.

1. Parts of the pool that have nothing to do with each other and are small are solved exactly, trios and all.
2. In larger ones, who wants three is seated first, then everybody else by an exact maximum-weight matching
   (rustworkx), in parts by zone and level where there are more than `SHARD` people.
3. Who is left over is brought in: as the third of a pair, or by dissolving a group or two near them.
4. Trios and repeats are weighed up again with each group near them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.buddies.neighbours import likely_pairs, zone_and_level
from bot.domain.buddies.problem import Places, Problem, in_order, regroup
from bot.domain.buddies.score import Pool, Window
from bot.domain.buddies.values import (
    Blocks,
    Group,
    GroupWish,
    History,
    MatchResult,
    Numbers,
    Profile,
    WaitReason,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """How far the search goes. Counts, never seconds: the same input gives the same round on any machine."""

    exact: int = 14  # people up to whom a part of the pool is solved exactly: 15 ms at most
    all_pairs: int = 400  # people up to whom every pair is weighed up
    neighbours: int = 20  # others who are weighed up for each member of a larger pool
    shard: int = 5_000  # people up to whom there is one matching
    widened: int = 256  # others with whom somebody who is left over is compared
    region: int = 14  # people around somebody who is left over who are solved exactly
    around: int = 24  # groups that are looked at around somebody who is left over, and around a trio
    regroupings: int = 20_000  # in all


LIMITS: Final = Limits()


def match(
    profiles: Iterable[Profile],
    *,
    blocks: Blocks,
    history: History,
    window: Window,
    seed: int,
    limits: Limits = LIMITS,
) -> MatchResult:
    """Return the round for these members; who is paused or gone has to be left out by the caller.

    The same members, blocks, history, window and seed give the same round, in whatever order they come.
    Takes seconds for thousands of members: `bot.services.buddies.matching` runs it in a process of its own.
    """
    pool = Pool(in_order(profiles, seed), blocks, history, window)
    problem = Problem(pool, seed)
    search = _Search(problem, limits)
    search.run()
    return _result(problem, search)


@dataclass(slots=True)
class _Search:
    """A grouping on its way. `near` has for each member those they may be with, as far as it was looked at."""

    problem: Problem
    limits: Limits
    near: list[set[int]] = field(default_factory=list)
    group_of: list[Places] = field(default_factory=list)
    asked: set[frozenset[int]] = field(default_factory=set)  # people who were weighed up together, in vain
    regrouped: int = 0

    def run(self) -> None:
        everybody = range(len(self.problem.pool))
        self.near = [set() for _ in everybody]
        self.group_of = [(place,) for place in everybody]
        shards = self._shards()
        for shard in shards:
            self._look_around(shard)
        whole = len(shards) == 1
        large: list[int] = []
        for part in self._parts():
            if len(part) <= self.limits.exact and whole:
                self._settle(part, regroup(self.problem, part))
            else:
                large += part
        if large:
            self._seat_threes(large)
            chosen = set(large)
            for shard in shards:
                self._match_pairs([place for place in shard if place in chosen])
            self._widen()
            self._bring_in()
            self._improve()

    # --- Who is near whom ---------------------------------------------------------------------------

    def _shards(self) -> list[list[int]]:
        pool = self.problem.pool
        count = -(-len(pool) // self.limits.shard) or 1
        if count == 1:
            return [list(range(len(pool)))]
        order = sorted(range(len(pool)), key=lambda place: zone_and_level(pool.profiles[place], pool))
        size = -(-len(pool) // count)
        return [sorted(order[begin : begin + size]) for begin in range(0, len(pool), size)]

    def _look_around(self, shard: Sequence[int]) -> None:
        pairs: Iterable[tuple[int, int]]
        if len(shard) <= self.limits.all_pairs:
            pairs = ((one, other) for at, one in enumerate(shard) for other in shard[at + 1 :])
        else:
            pairs = sorted(likely_pairs(self.problem.pool, shard, self.limits.neighbours))
        self._add(pairs)

    def _add(self, pairs: Iterable[tuple[int, int]]) -> None:
        for one, other in pairs:
            if self.problem.tie(one, other) is not None:
                self.near[one].add(other)
                self.near[other].add(one)

    def _parts(self) -> list[list[int]]:
        """Return the parts of the pool that are connected, each sorted."""
        seen: set[int] = set()
        parts: list[list[int]] = []
        for start in range(len(self.near)):
            if start in seen:
                continue
            seen.add(start)
            part = [start]
            for place in part:  # it grows
                new = self.near[place] - seen
                seen |= new
                part += sorted(new)
            parts.append(sorted(part))
        return parts

    def _nearest(self, place: int, *, most: int) -> list[int]:
        """Return those near somebody, the best first."""
        problem = self.problem
        return sorted(self.near[place], key=lambda other: (-(problem.tie(place, other) or 0), other))[:most]

    # --- Groups ---------------------------------------------------------------------------------------

    def _settle(self, people: Iterable[int], groups: Iterable[Places]) -> None:
        for place in people:
            self.group_of[place] = (place,)
        for group in groups:
            for place in group:
                self.group_of[place] = group

    def _alone(self) -> list[int]:
        """Return those without a group, who waited first."""
        alone = [place for place, group in enumerate(self.group_of) if len(group) == 1]
        return sorted(alone, key=lambda place: (-self.problem.worth[place], len(self.near[place]), place))

    def _try(self, groups: Iterable[Places]) -> bool:
        """Weigh up the people of some groups together; take the result where it is better."""
        before = list(dict.fromkeys(groups))
        people = sorted(place for group in before for place in group)
        key = frozenset(people)
        if key in self.asked or self.regrouped >= self.limits.regroupings:
            return False
        self.regrouped += 1
        after = regroup(self.problem, people)
        if self.problem.total(after) <= self.problem.total(before):
            self.asked.add(key)
            return False
        self.asked.clear()
        self._settle(people, after)
        return True

    def _seat_threes(self, places: Iterable[int]) -> None:
        """Seat those who want three: with others who do where that fits, else with who takes either."""
        pool, value = self.problem.pool, self.problem.value
        wanting = {place for place in places if pool.wish(place) is GroupWish.TRIO}
        for one in sorted(wanting, key=lambda at: (-self.problem.worth[at], len(self.near[at]), at)):
            if len(self.group_of[one]) > 1:
                continue
            free = [
                other
                for other in self._nearest(one, most=len(self.near[one]))
                if len(self.group_of[other]) == 1 and pool.wish(other) is not GroupWish.PAIR
            ]
            half = self.limits.around // 2
            free = [
                *[each for each in free if each in wanting][:half],
                *[each for each in free if each not in wanting][:half],
            ]
            trios = [
                tuple(sorted((one, free[at], third)))
                for at in range(len(free))
                for third in free[at + 1 :]
                if third in self.near[free[at]]
            ]
            possible = [
                (-pool.staleness(trio), len(wanting & set(trio)), worth, trio)
                for trio in trios
                if (worth := value(trio))
            ]
            if possible:
                best = max(possible)[-1]
                self._settle(best, [best])

    def _match_pairs(self, places: Sequence[int]) -> None:
        """Match everybody of these who has nobody and takes a pair, by maximum weight."""
        import rustworkx as rx

        pool, value = self.problem.pool, self.problem.value
        free = [at for at in places if len(self.group_of[at]) < 3 and pool.wish(at) is not GroupWish.TRIO]
        index = {place: at for at, place in enumerate(free)}
        edges = [
            (index[one], index[other], worth)
            for one in free
            for other in sorted(self.near[one])
            if one < other and other in index and (worth := value((one, other)))
        ]
        graph = rx.PyGraph(multigraph=False)
        graph.add_nodes_from(free)
        graph.add_edges_from(edges)
        found = rx.max_weight_matching(graph, max_cardinality=False, weight_fn=int)
        pairs = [(free[min(each)], free[max(each)]) for each in found]
        self._settle(free, pairs)

    # --- Who is left over -----------------------------------------------------------------------------

    def _widen(self) -> None:
        """Compare those who are left over with everybody, and match again where that may seat them."""
        pool = self.problem.pool
        alone = self._alone()
        if len(pool) <= self.limits.all_pairs or not alone:
            return
        for one in alone:
            others = [
                (worth, other)
                for other in range(len(pool))
                if other != one
                and other not in self.near[one]
                and (worth := self.problem.tie(one, other)) is not None
            ]
            best = sorted(others, reverse=True)[: self.limits.widened]
            self._add((one, other) for _, other in best)
        if len(alone) > 1:
            self._match_pairs(alone)

    def _bring_in(self) -> None:
        """Seat who is left over by dissolving one group near them, or two, or three, or a whole region."""
        for step in (self._bring_by_one, self._bring_by_two, self._bring_by_three, self._bring_by_region):
            moved = True
            while moved:
                moved = False
                for one in self._alone():
                    if len(self.group_of[one]) == 1 and self.near[one] and step(one):
                        moved = True

    def _bring_by_one(self, one: int) -> bool:
        return any(self._try(((one,), first)) for first in self._groups_near((one,), self.limits.around))

    def _bring_by_two(self, one: int) -> bool:
        return any(
            self._try(((one,), first, second))
            for first in self._groups_near((one,), self.limits.around)
            for second in self._groups_near((*first, one), self.limits.around)
        )

    def _bring_by_three(self, one: int) -> bool:
        # Harder for those who waited: for them it is what is promised.
        around = self.limits.around // (2 if self.problem.pool.waited(one) else 4)
        return any(
            self._try(((one,), first, second, third))
            for first in self._groups_near((one,), around)
            for second in self._groups_near((*first, one), around)
            for third in self._groups_near((*second, *first), around)
        )

    def _bring_by_region(self, one: int) -> bool:
        """Weigh up everybody around, once from each group near by: what it takes is sometimes a long chain."""
        for first in self._groups_near((one,), self.limits.around):
            region: list[Places] = [(one,), first]
            while True:
                people = [place for group in region for place in group]
                more = [
                    group
                    for group in self._groups_near(people, self.limits.around)
                    if len(people) + len(group) <= self.limits.region
                ]
                if not more:
                    break
                region.append(more[0])
            if self._try(region):
                return True
        return False

    def _groups_near(self, places: Sequence[int], most: int) -> list[Places]:
        """Return groups, and people alone, near some people: those of the nearest first, in turn for each."""
        own = {self.group_of[place] for place in places} | {(place,) for place in places}
        lists = [self._nearest(place, most=most) for place in places]
        found: dict[Places, None] = {}
        for rank in range(max((len(each) for each in lists), default=0)):
            for each in lists:
                if rank < len(each) and (group := self.group_of[each[rank]]) not in own:
                    found[group] = None
        return list(found)[:most]

    # --- Better trios -----------------------------------------------------------------------------------

    def _improve(self) -> None:
        """Weigh up trios, and whatever is a repeat, again with each group near, until nothing gets better."""
        waiting = sorted(group for group in set(self.group_of) if self._may_be_better(group))
        while waiting:
            group = waiting.pop()
            if self.group_of[group[0]] != group:
                continue
            for other in self._groups_near(group, self.limits.around):
                if self._try((group, other)):
                    changed = {self.group_of[place] for place in (*group, *other)}
                    waiting += sorted(each for each in changed if self._may_be_better(each))
                    break

    def _may_be_better(self, group: Places) -> bool:
        return len(group) == 3 or (len(group) == 2 and self.problem.pool.staleness(group) > 0)


# --- What came of it -----------------------------------------------------------------------------------


def _result(problem: Problem, search: _Search) -> MatchResult:
    pool = problem.pool
    ids = [profile.member_id for profile in pool.profiles]
    seated = sorted({group for group in search.group_of if len(group) > 1})
    groups = tuple(
        sorted(
            (
                Group(
                    members=tuple(sorted(ids[place] for place in places)),
                    weight=pool.weight(places),
                    overlap_hours=pool.overlap_hours(places),
                    repeats=pool.repeats(places),
                )
                for places in seated
            ),
            key=lambda group: group.members,
        )
    )
    alone = [place for place, group in enumerate(search.group_of) if len(group) == 1]
    waiting = {ids[place]: _why(problem, search, place) for place in alone}
    again = sum(pool.waited(place) > 0 for place in alone)
    return MatchResult(groups, dict(sorted(waiting.items())), numbers_of(groups, waiting, again))


def numbers_of(groups: Sequence[Group], waiting: Mapping[int, WaitReason], waited_again: int) -> Numbers:
    """Return a round in figures."""
    matched = sum(len(group.members) for group in groups)
    return Numbers(
        joined=matched + len(waiting),
        matched=matched,
        waiting=len(waiting),
        pairs=sum(len(group.members) == 2 for group in groups),
        trios=sum(len(group.members) == 3 for group in groups),
        repeats=sum(group.repeats for group in groups),
        waited_again=waited_again,
        mean_overlap_hours=sum(group.overlap_hours for group in groups) / len(groups) if groups else 0.0,
        weight=sum(group.weight for group in groups),
    )


def _why(problem: Problem, search: _Search, place: int) -> WaitReason:
    pool = problem.pool
    partners = search.near[place] or {
        other for other in range(len(pool)) if other != place and pool.compatible(place, other)
    }
    if not partners:
        return WaitReason.NOBODY_COMPATIBLE
    if pool.wish(place) is not GroupWish.TRIO and any(pool.may_group((place, each)) for each in partners):
        return WaitReason.ODD
    willing = [each for each in sorted(partners) if pool.wish(each) is not GroupWish.PAIR]
    trio = pool.wish(place) is not GroupWish.PAIR and any(
        pool.may_group((place, one, other)) for at, one in enumerate(willing) for other in willing[at + 1 :]
    )
    return WaitReason.ODD if trio else WaitReason.GROUP_WISH
