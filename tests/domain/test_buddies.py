"""Profiles, points, reasons, times and rounds of study buddies; the rounds themselves: test_buddies_matching."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, permutations
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.buddies import score as points
from bot.domain.buddies.finding import candidates
from bot.domain.buddies.neighbours import _Columns
from bot.domain.buddies.reasons import explain, say_spans, sentence
from bot.domain.buddies.rounds import begins, next_round, previous_round, window_of
from bot.domain.buddies.score import MOST_POINTS, Pool, Window, free_slots, spans
from bot.domain.buddies.times import MEETING, NOTICE, common_times
from bot.domain.buddies.values import (
    Availability,
    Blocks,
    Cadence,
    DayPart,
    Goal,
    GoalKind,
    GroupWish,
    History,
    Medium,
    Pace,
    Profile,
    Reason,
    ReasonKind,
    RoundPlan,
    Shown,
    Span,
    pair,
)
from bot.domain.questions import Level
from tests.domain.buddy_communities import Community, communities

START = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
ALWAYS = frozenset(range(168))
ADA, BEN, CY = 1, 2, 3
NAMES = {ADA: "Ada", BEN: "Ben", CY: "Cy"}
SKILLS = {"sql": "SQL", "python": "Python", "nlp": "NLP", "git": "Git"}
ROLES = {"data-scientist": "Data Scientist"}


def someone(member: int = ADA, hours: frozenset[int] = ALWAYS, zone: str = "UTC", **more: Any) -> Profile:
    return Profile(1, member, Availability(zone, hours), **more)


def pool(
    *people: Profile,
    history: History | None = None,
    blocks: Blocks | None = None,
    window: Window | None = None,
) -> Pool:
    return Pool(people, blocks or Blocks(), history or History(), window or Window(START))


def said(
    reasons: Sequence[Reason], viewer: int, zone: str = "UTC", members: Sequence[int] = (ADA, BEN)
) -> list[str]:
    names = {member: NAMES[member] for member in members}
    return [
        sentence(reason, viewer, zone=zone, names=names, skills=SKILLS, roles=ROLES) for reason in reasons
    ]


# --- Values -------------------------------------------------------------------------------------------------


def test_two_selects_make_hours_and_hours_fill_two_selects() -> None:
    chosen = Availability.of_parts("Europe/Paris", [DayPart.EVENING, DayPart.NIGHT], [DayPart.MORNING])
    assert chosen.weekdays == (DayPart.EVENING, DayPart.NIGHT)
    assert chosen.weekend == (DayPart.MORNING,)
    assert {17, 22, 23, 24, 25} & chosen.hours == {17, 22, 23, 24, 25}  # a night goes on into the next day
    assert Availability.from_text("Europe/Paris", chosen.to_text()) == chosen


def test_the_night_of_sunday_goes_on_on_monday() -> None:
    assert {166, 167, 0, 1} < Availability.of_parts("UTC", [], [DayPart.NIGHT]).hours


@given(st.frozensets(st.integers(0, 167)))
def test_hours_are_stored_and_read_again(hours: frozenset[int]) -> None:
    kept = Availability("UTC", hours)
    assert len(kept.to_text()) <= 42
    assert Availability.from_text("UTC", kept.to_text()) == kept


@pytest.mark.parametrize("hours", [{168}, {-1}])
def test_hours_outside_the_week_are_refused(hours: set[int]) -> None:
    with pytest.raises(ValueError, match="hours of the week"):
        Availability("UTC", frozenset(hours))


def test_a_block_counts_in_both_directions() -> None:
    blocks = Blocks.of([(BEN, ADA), (CY, CY)])
    assert blocks.between(ADA, BEN)
    assert blocks.between(BEN, ADA)
    assert not blocks.between(ADA, CY)
    with pytest.raises(ValueError, match="themselves"):
        pair(ADA, ADA)


def test_history_keeps_the_last_time_of_each_pair() -> None:
    history = History.of([((CY, ADA, BEN), date(2026, 1, 1)), ((BEN, ADA), date(2025, 1, 1))])
    assert history.met == {
        (ADA, BEN): date(2026, 1, 1),
        (ADA, CY): date(2026, 1, 1),
        (BEN, CY): date(2026, 1, 1),
    }


# --- Who may meet -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "blocks"),
    [
        ({}, {"server_id": 2}, []),
        ({}, {}, [(ADA, BEN)]),
        ({}, {}, [(BEN, ADA)]),
        ({"languages": frozenset({"fr"})}, {"languages": frozenset({"de", "en"})}, []),
        ({"medium": Medium.TEXT}, {"medium": Medium.VOICE}, []),
        (
            {"availability": Availability("UTC", frozenset({9}))},
            {"availability": Availability("UTC", frozenset({10}))},
            [],
        ),
        ({"availability": Availability("UTC", frozenset())}, {}, []),
    ],
)
def test_these_two_never_meet(
    one: dict[str, Any], other: dict[str, Any], blocks: list[tuple[int, int]]
) -> None:
    people = (replace(someone(ADA), **one), replace(someone(BEN), **other))
    found = pool(*people, blocks=Blocks.of(blocks))
    assert not found.compatible(0, 1)
    assert not found.compatible(1, 0)
    assert not found.may_group((0, 1))
    assert not candidates(
        people[0], [people[1]], blocks=Blocks.of(blocks), history=History(), window=Window(START)
    )


def test_nobody_is_compatible_with_themselves_and_nobody_is_there_twice() -> None:
    assert not pool(someone()).compatible(0, 0)
    with pytest.raises(ValueError, match="one profile"):
        pool(someone(), someone())


@pytest.mark.parametrize("wishes", [*permutations((GroupWish.PAIR, GroupWish.EITHER)), *permutations((GroupWish.TRIO, GroupWish.EITHER)), (GroupWish.PAIR, GroupWish.TRIO)])  # fmt: skip
def test_the_wish_of_size_is_a_condition(wishes: tuple[GroupWish, GroupWish]) -> None:
    people = [someone(ADA, group=wishes[0]), someone(BEN, group=wishes[1]), someone(CY)]
    assert pool(*people).may_group((0, 1)) == (GroupWish.TRIO not in wishes)
    assert pool(*people).may_group((0, 1, 2)) == (GroupWish.PAIR not in wishes)


def test_three_need_an_hour_and_a_language_common_to_all() -> None:
    hours = [someone(ADA, frozenset({1, 2})), someone(BEN, frozenset({2, 3})), someone(CY, frozenset({1, 3}))]
    languages = [
        replace(someone(member), languages=frozenset(spoken))
        for member, spoken in ((ADA, ("en", "fr")), (BEN, ("fr", "de")), (CY, ("de", "en")))
    ]
    for people in (hours, languages):
        found = pool(*people)
        assert all(found.compatible(*two) for two in ((0, 1), (1, 2), (0, 2)))
        assert not found.may_group((0, 1, 2))


# --- Hours --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "hours"),
    [
        (datetime(2026, 3, 2, tzinfo=UTC), 1),  # winter on both sides: six hours apart
        (datetime(2026, 3, 9, tzinfo=UTC), 2),  # New York went forward on 8 March, Berlin on the 29th
        (datetime(2026, 3, 30, tzinfo=UTC), 1),
        (datetime(2026, 10, 26, tzinfo=UTC), 2),  # Berlin back on 25 October, New York on 1 November
    ],
)
def test_clocks_that_change_in_one_place_first_are_right(start: datetime, hours: int) -> None:
    evening = Availability("Europe/Berlin", frozenset({18, 19, 20}))  # on Monday
    noon = Availability("America/New_York", frozenset({14, 15, 16}))
    early = someone(ADA, frozenset(evening.hours), "Europe/Berlin")
    late = someone(BEN, frozenset(noon.hours), "America/New_York")
    assert pool(early, late, window=Window(start)).overlap_hours((0, 1)) == hours


@given(st.sampled_from(["UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "Europe/Paris", "Pacific/Chatham"]), st.frozensets(st.integers(0, 167), max_size=30), st.integers(0, 525_600), st.integers(1, 4))  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_free_slots_are_what_the_wall_clock_says(
    zone: str, hours: frozenset[int], minutes: int, weeks: int
) -> None:
    window = Window(datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), weeks)
    bits = free_slots(Availability(zone, hours), window)
    assert window.start <= window.at(0) < window.start + timedelta(minutes=15)
    for slot in range(window.slots):
        wall = window.at(slot).astimezone(ZoneInfo(zone))
        assert bool(bits >> slot & 1) == (wall.weekday() * 24 + wall.hour in hours)
    assert sum(span.length * 4 for span in spans(bits, window)) == bits.bit_count()


def test_a_nepali_evening_overlaps_to_the_quarter() -> None:
    found = pool(someone(ADA, frozenset({20}), "Asia/Kathmandu"), someone(BEN, frozenset({14, 15})))
    assert [
        (span.start.minute, span.end.minute) for span in spans(found.common_slots((0, 1)), found.window)
    ] == [(15, 15)]


# --- Points -------------------------------------------------------------------------------------------------


def test_points_of_a_pair_that_fits_are_those_of_the_docs() -> None:
    ada = someone(ADA, learning=frozenset({"sql"}), offers=frozenset({"python", "git"}), level=Level.BEGINNER, goal=Goal(GoalKind.COURSE, "CS 229"), languages=frozenset({"en", "fr"}))  # fmt: skip
    ben = someone(BEN, learning=frozenset({"sql", "python"}), offers=frozenset({"sql"}), level=Level.INTERMEDIATE, goal=Goal(GoalKind.COURSE, " cs  229"), languages=frozenset({"en", "fr"}), pace=Pace.GENTLE, weekly_hours=5)  # fmt: skip
    score = pool(ada, ben).score(0, 1)
    assert score == points.Score(
        overlap=300, help=70 + 70 + 80, both_learn=50, goal=130, level=50, pace=30, weekly_hours=24, language=10, medium=20, again=0
    )  # fmt: skip
    assert score.total == 834


@given(communities(most=6, servers=1))
@settings(max_examples=100, deadline=None)
def test_points_do_not_depend_on_who_comes_first_and_have_a_limit(community: Community) -> None:
    found = Pool(community.profiles, community.blocks, community.history, community.window)
    for one, other in permutations(range(len(found)), 2):
        assert found.score(one, other) == found.score(other, one)
        assert found.compatible(one, other) == found.compatible(other, one)
        assert 0 <= found.score(one, other).total <= MOST_POINTS


@given(communities(most=8))
@settings(max_examples=200, deadline=None)
def test_the_estimate_on_matrices_is_the_score_itself(community: Community) -> None:
    found = Pool(community.profiles, Blocks(), History(), community.window)
    if len(found) < 2:
        return
    estimate = _Columns(found, range(len(found))).estimate(0, len(found))
    for one, other in permutations(range(len(found)), 2):
        wishes = {found.wish(one), found.wish(other)}
        if found.compatible(one, other) and wishes != {GroupWish.PAIR, GroupWish.TRIO}:
            assert estimate[one, other] == pytest.approx(
                found.score(one, other).total, abs=1
            )  # it does not round
        else:
            assert estimate[one, other] < 0


@pytest.mark.parametrize(("weeks_ago", "steps"), [(1, 6), (2, 5), (6, 1), (7, 0), (50, 0)])
def test_a_repeat_is_the_staler_the_more_lately_it_was(weeks_ago: int, steps: int) -> None:
    history = History.of([((ADA, BEN), START.date() - timedelta(weeks=weeks_ago))])
    found = pool(someone(ADA), someone(BEN), history=history)
    assert found.staleness((0, 1)) == steps
    assert found.repeats((0, 1)) == (steps > 0)


def test_rounds_are_counted_by_how_long_they_last_and_a_wish_to_meet_again_is_no_repeat() -> None:
    history = History.of([((ADA, BEN), START.date() - timedelta(weeks=4))], again=[(BEN, ADA)])
    monthly = pool(
        someone(ADA), someone(BEN), history=replace(history, again=frozenset()), window=Window(START, 4)
    )
    assert monthly.staleness((0, 1)) == 6
    asked = pool(someone(ADA), someone(BEN), history=history, window=Window(START, 4))
    assert asked.staleness((0, 1)) == asked.repeats((0, 1)) == 0
    assert asked.score(0, 1).again > 0


# --- Reasons ------------------------------------------------------------------------------------------------


def test_reasons_are_said_to_each_in_their_own_time() -> None:
    tuesday = frozenset(range(24 + 18, 24 + 20))
    ada = someone(
        ADA, tuesday, learning=frozenset({"sql", "nlp"}), goal=Goal(GoalKind.ROLE, "data-scientist")
    )
    ben = someone(
        BEN,
        offers=frozenset({"sql"}),
        learning=frozenset({"nlp"}),
        goal=Goal(GoalKind.ROLE, "data-scientist"),
    )
    reasons = explain(pool(ada, ben), (0, 1))
    assert said(reasons, ADA)[:4] == [
        "Ben can help you with SQL.",
        "You both learn NLP.",
        "You both work towards the same role: Data Scientist.",
        "You overlap Tue 18–20, your time.",
    ]
    assert said(reasons, BEN, "Asia/Kolkata")[::3] == [
        "You can help Ada with SQL.",
        "You overlap Tue 23:30–1:30, your time.",
    ]
    assert said(reasons, CY)[0] == "Ben can help Ada with SQL."


def test_three_are_told_who_is_meant() -> None:
    ada = someone(ADA, learning=frozenset({"sql", "git"}))
    ben = someone(BEN, learning=frozenset({"sql", "git"}))
    cy = someone(CY, learning=frozenset({"git"}))
    reasons = [
        reason for reason in explain(pool(ada, ben, cy), (0, 1, 2)) if reason.kind is ReasonKind.BOTH_LEARN
    ]
    assert said(reasons, ADA, members=(ADA, BEN, CY)) == ["You and Ben learn SQL.", "All of you learn Git."]
    assert said(reasons, CY, members=(ADA, BEN, CY)) == ["Ada and Ben learn SQL.", "All of you learn Git."]


SHOWN_BY = {
    ReasonKind.BOTH_LEARN: {Shown.LEARNING},
    ReasonKind.GOAL: {Shown.GOAL},
    ReasonKind.OVERLAP: {Shown.HOURS},
    ReasonKind.LEVEL: {Shown.LEVEL},
    ReasonKind.PACE: {Shown.PACE},
    ReasonKind.LANGUAGE: {Shown.LANGUAGES},
    ReasonKind.AGAIN: set[Shown](),
}


@given(communities(most=4, servers=1))
@settings(max_examples=300, deadline=None)
def test_nothing_is_said_that_somebody_does_not_show(community: Community) -> None:
    found = Pool(community.profiles, community.blocks, community.history, community.window)
    people = {each.member_id: each for each in community.profiles}
    for size in (2, 3):
        if len(found) < size:
            continue
        for reason in explain(found, range(size)):
            if reason.kind is ReasonKind.HELP:
                assert reason.helper is not None
                assert reason.helped is not None
                assert people[reason.helper].shows_all(Shown.OFFERS)
                assert people[reason.helped].shows_all(Shown.LEARNING)
                continue
            for member in reason.members:
                assert people[member].shows_all(*SHOWN_BY[reason.kind])


def test_long_lists_are_cut_and_the_other_sentences_are_whole() -> None:
    hours = (
        Span(START, START + timedelta(minutes=90)),
        Span(START + timedelta(days=1), START + timedelta(days=1, hours=2)),
    )
    assert say_spans(hours, "UTC") == "Mon 9–10:30 and Tue 9–11"
    four = Reason(ReasonKind.BOTH_LEARN, (ADA, BEN), ("git", "nlp", "python", "sql"))
    rest = [
        four,
        Reason(ReasonKind.GOAL, (ADA, BEN), goal=Goal(GoalKind.COURSE, "CS 229")),
        Reason(ReasonKind.LEVEL, (ADA, BEN), level=Level.BEGINNER),
        Reason(ReasonKind.PACE, (ADA, BEN), pace=Pace.STEADY),
        Reason(ReasonKind.LANGUAGE, (ADA, BEN), ("de", "fr")),
        Reason(ReasonKind.AGAIN, (ADA, BEN), on=START.date()),
    ]
    assert said(rest, BEN) == [
        "You both learn Git, NLP and 2 more.",
        "You both take CS 229.",
        "You are at the same level: beginner.",
        "You both like a steady pace.",
        "You both speak German and French.",
        "You have met before.",
    ]


def test_a_goal_that_somebody_typed_can_be_escaped_whatever_its_kind() -> None:
    typed = "[free](https://example.org)"
    for kind in GoalKind:
        reason = Reason(ReasonKind.GOAL, (ADA, BEN), goal=Goal(kind, typed))
        words = sentence(
            reason, ADA, zone="UTC", names={ADA: "Ada", BEN: "Ben"}, skills={}, roles={typed: "escaped"}
        )
        assert "escaped" in words
        assert "example" not in words


# --- Times --------------------------------------------------------------------------------------------------


@given(communities(most=3, servers=1))
@settings(max_examples=200, deadline=None)
def test_proposed_times_suit_everybody(community: Community) -> None:
    found = Pool(community.profiles, community.blocks, community.history, community.window)
    if not len(found):
        return
    places = range(len(found))
    times = common_times(found, places)
    assert len(times) <= 3
    assert list(times) == sorted(times)
    for at in times:
        for quarter in range(4):
            for profile in community.profiles:
                wall = (at + timedelta(minutes=15) * quarter).astimezone(ZoneInfo(profile.availability.zone))
                assert wall.weekday() * 24 + wall.hour in profile.availability.hours
        assert community.window.start <= at < community.window.start + timedelta(weeks=1)
    assert all(later - earlier >= MEETING for earlier, later in pairwise(times))
    if any(
        span.length >= 1 for span in spans(found.common_slots(places), replace(community.window, weeks=1))
    ):
        assert times or community.window.weeks > 1


def test_three_days_at_full_hours_and_not_at_once() -> None:
    evenings = Availability.of_parts("Europe/Paris", [DayPart.EVENING], [])
    found = pool(someone(ADA, evenings.hours, "Europe/Paris"), someone(BEN))
    times = common_times(found, (0, 1))
    assert [f"{at.astimezone(ZoneInfo('Europe/Paris')):%a %H:%M}" for at in times] == [
        "Tue 17:00",
        "Wed 17:00",
        "Thu 17:00",
    ]
    assert times[0] >= START + NOTICE


def test_where_only_one_hour_is_common_it_is_proposed_alone() -> None:
    found = pool(someone(ADA, frozenset({10})), someone(BEN))
    assert common_times(found, (0, 1)) == (START + timedelta(hours=1),)


# --- Rounds -------------------------------------------------------------------------------------------------


def plan(cadence: Cadence, **more: Any) -> RoundPlan:
    values: dict[str, Any] = {
        "weekday": 0,
        "time": time(18),
        "zone": "Europe/Berlin",
        "anchor": date(2026, 1, 7),
    } | more
    return RoundPlan(cadence, **values)


@pytest.mark.parametrize(
    ("cadence", "expected"),
    [
        (Cadence.WEEKLY, ["2026-01-05", "2026-01-12", "2026-01-19"]),
        (Cadence.BIWEEKLY, ["2026-01-05", "2026-01-19", "2026-02-02"]),
        (Cadence.MONTHLY, ["2026-01-05", "2026-02-02", "2026-03-02"]),
    ],
)
def test_rounds_begin_when_the_plan_says(cadence: Cadence, expected: list[str]) -> None:
    after = datetime(2026, 1, 1, tzinfo=UTC)
    found = []
    for _ in expected:
        after = next_round(plan(cadence), after)
        assert previous_round(plan(cadence), after) == after
        assert previous_round(plan(cadence), after + timedelta(days=5)) == after
        found.append(after.astimezone(ZoneInfo("Europe/Berlin")))
    assert [f"{at:%Y-%m-%d}" for at in found] == expected
    assert {at.hour for at in found} == {18}


@given(st.sampled_from(Cadence), st.integers(0, 6), st.integers(0, 4 * 366 * 24 * 60))
@settings(max_examples=200, deadline=None)
def test_the_round_before_the_next_is_the_one_that_goes_on(
    cadence: Cadence, weekday: int, minutes: int
) -> None:
    of, at = plan(cadence, weekday=weekday), START + timedelta(minutes=minutes)
    before, after = previous_round(of, at), next_round(of, at)
    assert before <= at < after
    assert next_round(of, before) == after
    assert begins(of, before)
    assert window_of(of, before).weeks <= -(-(after - before).days // 7)


def test_who_is_paused_is_until_the_moment_itself() -> None:
    away = someone(paused_until=START)
    assert away.is_paused(START - timedelta(seconds=1))
    assert not away.is_paused(START)
    assert not someone().is_paused(START)


# --- Between rounds -----------------------------------------------------------------------------------------


def test_candidates_are_the_best_first_and_those_met_lately_last() -> None:
    me = someone(ADA, learning=frozenset({"sql"}))
    others = [someone(id_, offers=frozenset({"sql"} if id_ in {12, 14} else ())) for id_ in range(10, 16)]
    history = History.of([((ADA, 12), START.date() - timedelta(weeks=1))])
    found = candidates(
        me, others, blocks=Blocks.of([(13, ADA)]), history=history, window=Window(START), without={15}
    )
    assert [each.member_id for each in found] == [14, 10, 11, 12]
    assert found[0].reasons[0].kind is ReasonKind.HELP
    assert found == candidates(me, others[::-1], blocks=Blocks.of([(13, ADA)]), history=history, window=Window(START), without={15})  # fmt: skip
    assert not candidates(
        replace(me, group=GroupWish.TRIO), others, blocks=Blocks(), history=history, window=Window(START)
    )
