import os
import random
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import communities as towns
from bot.domain.buddies.matching import Limits, match
from bot.domain.buddies.problem import Problem, in_order, regroup
from bot.domain.buddies.score import Pool, Window
from bot.domain.buddies.values import (
    Availability,
    Blocks,
    GroupWish,
    History,
    MatchResult,
    Medium,
    Profile,
    WaitReason,
)
from tests.domain.buddy_communities import Community, communities, community, groupings

SOAK = os.environ.get("COHORT_SOAK") == "1"
MANY = int(os.environ.get("COHORT_BUDDY_COMMUNITIES", "10000" if SOAK else "1000"))
"""Communities for each property below: `COHORT_BUDDY_COMMUNITIES=10000` for the figure in the docs."""

BY_SEARCH = Limits(exact=0)
"""Nothing is solved exactly: what a large community goes through, on one that brute force can judge."""
LIKE_A_LARGE_ONE = Limits(exact=0, all_pairs=3, neighbours=2, shard=4, widened=3)

few = settings(max_examples=MANY // 4, deadline=None, database=None)
many = settings(max_examples=MANY, deadline=None, database=None)


def matched(community: Community, limits: Limits | None = None) -> MatchResult:
    return match(
        community.profiles,
        blocks=community.blocks,
        history=community.history,
        window=community.window,
        seed=community.seed,
        limits=limits or Limits(),
    )


def check_constraints(community: Community, result: MatchResult) -> None:
    """What holds for every round, said without the code that makes them."""
    profiles = {profile.member_id: profile for profile in community.profiles}
    seen = Counter(member for group in result.groups for member in group.members)
    assert max(seen.values(), default=1) == 1
    assert seen.keys() | result.waiting.keys() == profiles.keys()
    assert not seen.keys() & result.waiting.keys()
    for group in result.groups:
        members = [profiles[member] for member in group.members]
        assert len({each.member_id for each in members}) == len(members) in {2, 3}
        assert len({each.server_id for each in members}) == 1
        assert frozenset.intersection(*(each.languages for each in members))
        assert not {Medium.TEXT, Medium.VOICE} <= {each.medium for each in members}
        unwanted = GroupWish.TRIO if len(members) == 2 else GroupWish.PAIR
        assert unwanted not in {each.group for each in members}
        for one, other in combinations(sorted(group.members), 2):
            assert (one, other) not in community.blocks.pairs
            assert (other, one) not in community.blocks.pairs
        assert hours_in_common(members, community.window) >= 1
        assert group.overlap_hours == pytest.approx(hours_in_common(members, community.window))
    numbers = result.numbers
    assert numbers.matched + numbers.waiting == numbers.joined == len(profiles)
    assert numbers.pairs + numbers.trios == len(result.groups)


@cache
def free(availability: Availability, window: Window) -> frozenset[datetime]:
    """The quarters of an hour that are free, by the member's own clock."""
    quarters = (window.start + timedelta(minutes=15) * slot for slot in range(window.weeks * 7 * 24 * 4))
    walls = ((at, at.astimezone(ZoneInfo(availability.zone))) for at in quarters)
    return frozenset(at for at, wall in walls if wall.weekday() * 24 + wall.hour in availability.hours)


def hours_in_common(members: list[Profile], window: Window) -> float:
    """Hours a week."""
    common = frozenset.intersection(*(free(each.availability, window) for each in members))
    return len(common) / 4 / window.weeks


def left_again(community: Community, result: MatchResult) -> int:
    return len(result.waiting.keys() & community.history.waited.keys())


def possible(community: Community) -> tuple[Pool, frozenset[tuple[int, ...]]]:
    pool = Pool(
        in_order(community.profiles, community.seed), community.blocks, community.history, community.window
    )
    places = range(len(pool))
    allowed = [each for size in (2, 3) for each in combinations(places, size) if pool.may_group(each)]
    return pool, frozenset(allowed)


@given(communities(most=9))
@many
def test_every_constraint_holds(community: Community) -> None:
    check_constraints(community, matched(community))


@given(communities(most=12))
@many
def test_every_constraint_holds_where_it_is_searched(community: Community) -> None:
    check_constraints(community, matched(community, LIKE_A_LARGE_ONE))


@given(communities(most=7, servers=1))
@many
def test_nobody_is_left_out_twice_running_where_it_can_be_avoided(community: Community) -> None:
    pool, allowed = possible(community)
    waited = {place for place in range(len(pool)) if pool.waited(place)}
    best = min(len(waited.difference(*each)) for each in groupings(tuple(range(len(pool))), allowed))
    assert left_again(community, matched(community)) == best
    assert left_again(community, matched(community, BY_SEARCH)) == best


@given(communities(most=7, servers=1))
@few
def test_a_small_part_is_solved_exactly_in_the_order_of_what_counts(community: Community) -> None:
    pool, allowed = possible(community)
    everybody = tuple(range(len(pool)))
    waited = {place for place in everybody if pool.waited(place)}

    def rank(groups: list[tuple[int, ...]]) -> tuple[int, ...]:
        again = waited.difference(*groups)
        return (
            -len(again),
            -sum(min(3, pool.waited(place)) for place in again),
            sum(map(len, groups)),
            -sum(map(pool.staleness, groups)),
            sum(map(pool.weight, groups)),
        )

    result = matched(community)
    place_of = {profile.member_id: place for place, profile in enumerate(pool.profiles)}
    made = [tuple(sorted(place_of[member] for member in group.members)) for group in result.groups]
    assert rank(made) == max(map(rank, groupings(everybody, allowed)))


def test_the_search_leaves_out_as_few_as_the_exact_solution_of_a_dozen() -> None:
    """The same communities each time: a search is no proof, docs/matching.md says how often it falls short."""
    for number in range(120):
        of = community(number * 7919 + 5, 12, 1)
        pool = Pool(in_order(of.profiles, of.seed), of.blocks, of.history, of.window)
        best = regroup(Problem(pool, of.seed), range(len(pool)))
        waited = {place for place in range(len(pool)) if pool.waited(place)}
        found = matched(of, BY_SEARCH)
        assert left_again(of, found) == len(waited.difference(*best))
        assert found.numbers.matched == sum(map(len, best))


@given(communities(most=12), st.randoms(use_true_random=False))
@few
def test_the_same_seed_finds_the_same_round_in_whatever_order_people_come(
    community: Community, chance: random.Random
) -> None:
    shuffled = list(community.profiles)
    chance.shuffle(shuffled)
    for limits in (Limits(), LIKE_A_LARGE_ONE):
        assert matched(replace(community, profiles=tuple(shuffled)), limits) == matched(community, limits)


# --- Larger ones ------------------------------------------------------------------------------------------


def town(count: int, seed: int = 1) -> Community:
    people = towns.profiles(count, seed)
    blocks, history = towns.past(people, seed)
    return Community(tuple(people), blocks, history, towns.WINDOW, seed)


@pytest.mark.parametrize("count", [61, 240])
def test_a_large_one_in_parts_keeps_every_constraint_and_leaves_out_nobody_who_fits(count: int) -> None:
    community = town(count)
    for limits in (Limits(), Limits(all_pairs=40, neighbours=8, shard=50)):
        result = matched(community, limits)
        check_constraints(community, result)
        assert WaitReason.ODD not in result.waiting.values()
        assert left_again(community, result) == 0


def test_the_odd_one_makes_a_trio_where_both_accept() -> None:
    people = [replace(each, group=GroupWish.EITHER) for each in towns.profiles(3)]
    alike = [replace(people[0], member_id=id_) for id_ in range(1, 4)]
    community = Community(tuple(alike), Blocks(), History(), towns.WINDOW, 1)
    assert [group.members for group in matched(community).groups] == [(1, 2, 3)]
    only_two = replace(community, profiles=(*alike[:2], replace(alike[2], group=GroupWish.PAIR)))
    for limits in (Limits(), BY_SEARCH):
        numbers = matched(only_two, limits).numbers
        assert (numbers.pairs, numbers.trios, numbers.waiting) == (1, 0, 1)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"languages": frozenset({"el"})}, WaitReason.NOBODY_COMPATIBLE),
        ({"group": GroupWish.TRIO}, WaitReason.GROUP_WISH),
        ({"group": GroupWish.PAIR}, WaitReason.ODD),
    ],
)
def test_who_waits_is_told_why(change: dict[str, Any], why: WaitReason) -> None:
    one = replace(towns.profiles(1)[0], group=GroupWish.PAIR, languages=frozenset({"en"}))
    people = [replace(one, member_id=1), replace(one, member_id=2), replace(one, member_id=3, **change)]
    history = History(waited={1: 1, 2: 1})
    for limits in (Limits(), BY_SEARCH):
        result = matched(Community(tuple(people), Blocks(), history, towns.WINDOW, 1), limits)
        assert result.waiting == {3: why}


def test_those_who_met_lately_meet_again_only_when_nothing_else_is_left() -> None:
    one = replace(towns.profiles(1)[0], group=GroupWish.PAIR)
    four = tuple(replace(one, member_id=id_) for id_ in (1, 2, 3, 4))
    before = towns.START.date() - timedelta(weeks=2)
    history = History.of([((1, 2), before), ((3, 4), before), ((1, 3), before - timedelta(weeks=2))])
    community = Community(four, Blocks(), history, towns.WINDOW, 1)
    for limits in (Limits(), BY_SEARCH):
        # 1–3 and 2–4 would repeat one, 1–2 and 3–4 two; only 1–4 and 2–3 repeat none.
        assert [group.members for group in matched(community, limits).groups] == [(1, 4), (2, 3)]
        two = replace(community, profiles=four[:2])
        assert matched(two, limits).numbers.repeats == 1


def test_an_empty_server_and_one_person() -> None:
    for people in ((), tuple(towns.profiles(1))):
        for limits in (Limits(), BY_SEARCH, LIKE_A_LARGE_ONE):
            numbers = matched(Community(people, Blocks(), History(), towns.WINDOW, 1), limits).numbers
            assert (numbers.matched, numbers.waiting, numbers.mean_overlap_hours) == (0, len(people), 0)


def test_the_same_seed_finds_the_same_round_in_another_process() -> None:
    program = (
        "import sys; from tests.domain.test_buddies_matching import town, matched, Limits;"
        "print(*(hash(matched(town(150), limits).groups) for limits in (Limits(), Limits(all_pairs=20, shard=60))))"
    )
    answers = {
        subprocess.run(  # noqa: S603 - this very interpreter
            [sys.executable, "-c", program],
            stdout=subprocess.PIPE,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": "."},
            cwd=Path(__file__).parents[2],
        ).stdout
        for seed in ("1", "2")
    }
    assert len(answers) == 1
