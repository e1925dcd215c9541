"""What answers in a live round are worth, who stands where, and who may do what."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content.questions import load_questions
from bot.domain.questions import Kind, Level, Option, Question, Reference
from bot.domain.quizzes.live import (
    GAIN,
    GRACE,
    KINDS,
    LEAST_GAIN,
    Player,
    Round,
    Settings,
    State,
    StoredAnswer,
    check_leads,
    check_open,
    check_settings,
    deputy,
    gain,
    given_by,
    picks_of,
    places,
    progress_from,
    settings_from,
    share,
    suits,
    taken_at,
    to_json,
    worth,
)
from bot.errors import UserError

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIME = timedelta(seconds=20)


def question(kind: Kind = Kind.ONE, right: frozenset[int] = frozenset({0}), count: int = 4) -> Question:
    options = tuple(Option(f"option {place}", place in right) for place in range(count))
    return Question(
        "q", "sql", kind, Level.BEGINNER, ("sql",), "Which?", "Because.", Reference("", ""),
        options=options if kind in {Kind.ONE, Kind.SEVERAL, Kind.CODE, Kind.FORMULA} else (),
        answer=True if kind is Kind.BOOLEAN else None,
        value=2.5 if kind is Kind.NUMERIC else None,
        tolerance=0.1 if kind is Kind.NUMERIC else 0.0,
    )  # fmt: skip


def round_(**changes: object) -> Round:
    made = Round(
        7, 1, 2, 3, Settings(), ("a", "b", "c"), 0, State.ASKING, NOW, NOW + TIME, NOW,
        deadline=NOW + TIME,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


def player(member_id: int, points: int = 0, joined: int = 0) -> Player:
    return Player(member_id, points, 0, NOW + timedelta(seconds=joined))


def test_a_quick_right_answer_earns_most_and_a_slow_one_still_much() -> None:
    assert gain(timedelta(), TIME) == GAIN
    assert gain(TIME / 2, TIME) == (GAIN + LEAST_GAIN) / 2
    assert gain(TIME, TIME) == gain(TIME * 3, TIME) == LEAST_GAIN
    assert gain(-TIME, TIME) == GAIN
    assert gain(TIME, timedelta()) == LEAST_GAIN


def test_a_right_answer_always_beats_a_wrong_one_however_slow() -> None:
    one = question()
    assert worth(one, 0, TIME, TIME, penalty=True) == LEAST_GAIN
    assert worth(one, 1, timedelta(), TIME, penalty=True) == -334
    assert worth(one, 1, timedelta(), TIME, penalty=False) == 0
    assert worth(question(Kind.BOOLEAN), False, timedelta(), TIME, penalty=True) == -GAIN
    assert worth(question(Kind.NUMERIC), 2.55, timedelta(), TIME, penalty=True) == GAIN
    assert worth(question(Kind.NUMERIC), 3.0, timedelta(), TIME, penalty=True) == 0


def keys(count: int, right: int) -> Iterator[frozenset[int]]:
    return (frozenset(each) for each in combinations(range(count), right))


@pytest.mark.parametrize(("count", "right"), [(n, k) for n in range(2, 7) for k in range(1, n)])
def test_blind_guessing_is_worth_nothing_on_average(count: int, right: int) -> None:
    """Over every key that could be: for each set of options that somebody may pick without knowing anything."""
    kind = Kind.ONE if right == 1 else Kind.SEVERAL
    for size in range(1, count + 1 if right > 1 else 2):
        for picked in keys(count, size):
            answer = picked if right > 1 else min(picked)
            shares = [
                Fraction(share(question(kind, key, count), answer)).limit_denominator(1000)
                for key in keys(count, right)
            ]
            assert sum(shares) == 0
            for taken in (timedelta(), TIME / 3, TIME):
                points = [
                    worth(question(kind, key, count), answer, taken, TIME, penalty=True)
                    for key in keys(count, right)
                ]
                assert sum(points) <= 0


@pytest.mark.parametrize("taken", [timedelta(), TIME / 7, TIME])
def test_nor_is_it_for_true_and_false(taken: timedelta) -> None:
    asked = question(Kind.BOOLEAN)
    assert sum(worth(asked, guess, taken, TIME, penalty=True) for guess in (True, False)) <= 0


@given(st.data())
def test_knowing_more_never_earns_less(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 5))
    right = frozenset(data.draw(st.sets(st.integers(0, count - 1), min_size=1, max_size=count - 1)))
    asked = question(Kind.SEVERAL, right, count)
    picked = frozenset(data.draw(st.sets(st.integers(0, count - 1), min_size=1)))
    for option in range(count):
        if option in right:
            assert share(asked, picked | {option}) >= share(asked, picked)
        else:
            assert share(asked, picked | {option}) <= share(asked, picked)
    assert -1 <= share(asked, picked) <= share(asked, right) == 1


def test_every_bundled_question_of_a_live_kind_can_be_graded() -> None:
    asked = [each for each in load_questions().questions if suits(each)]
    assert len(asked) > 400
    for each in asked:
        assert worth(each, each.solution, timedelta(), TIME, penalty=True) == GAIN
    assert {each.kind for each in load_questions().questions if not suits(each)} == set(Kind) - KINDS


def test_those_with_as_many_points_share_a_place() -> None:
    ranked = places([player(1, 500, 5), player(2, 900), player(3, 500, 1), player(4, -20)])
    assert [(each.place, each.player.member_id) for each in ranked] == [(1, 2), (2, 3), (2, 1), (4, 4)]
    assert places([]) == []


def test_picks_are_counted_by_option() -> None:
    assert picks_of(question(), [0, 1, 1]) == {0: 1, 1: 2, 2: 0, 3: 0}
    several = question(Kind.SEVERAL, frozenset({0, 1}))
    assert picks_of(several, [frozenset({0, 1}), frozenset({1, 3})]) == {0: 1, 1: 2, 2: 0, 3: 1}
    assert picks_of(question(Kind.BOOLEAN), [True, False, True]) == {1: 2, 0: 1}
    assert picks_of(question(Kind.NUMERIC), [2.5, 2.6, 9.0]) == {1: 2, 0: 1}


def test_answers_that_fit_the_question_no_more_are_left_out() -> None:
    rows = [
        StoredAnswer(1, 0, 2, NOW, None),
        StoredAnswer(2, 0, [0, 1], NOW, None),
        StoredAnswer(3, 0, 9, NOW, None),
    ]
    assert [each.member_id for each in given_by(question(), rows)] == [1]


def test_an_answer_counts_from_when_discord_had_it() -> None:
    begun = round_(asked_at=NOW)
    assert taken_at(begun, NOW + timedelta(seconds=3), NOW + timedelta(seconds=9)) == NOW + timedelta(
        seconds=3
    )
    # Discord's clock may be off: not before the question was there, and not in the future.
    assert taken_at(begun, NOW - timedelta(seconds=3), NOW + timedelta(seconds=1)) == NOW
    assert taken_at(begun, NOW + timedelta(minutes=1), NOW + timedelta(seconds=1)) == NOW + timedelta(
        seconds=1
    )


@pytest.mark.parametrize("state", [State.DRAFT, State.OPENING, State.SHOWING, State.DONE, State.STOPPED])
def test_only_an_open_question_takes_answers(state: State) -> None:
    with pytest.raises(UserError, match="Time is up"):
        check_open(round_(state=state), 0, NOW)
    with pytest.raises(UserError, match="Time is up"):
        check_open(round_(), 1, NOW)
    with pytest.raises(UserError, match="Time is up"):
        check_open(None, 0, NOW)
    assert check_open(round_(state=State.POSTING), 0, NOW).id == 7
    assert check_open(round_(), 0, NOW + TIME + GRACE / 2).id == 7
    with pytest.raises(UserError, match="too late"):
        check_open(round_(), 0, NOW + TIME + GRACE)


def test_who_may_move_a_round_on() -> None:
    players = [player(5, joined=2), player(4, joined=1), player(3)]
    check_leads(round_(), 3, players, moderator=False)
    check_leads(round_(), 9, players, moderator=True)
    with pytest.raises(UserError, match="<@3>, who hosts this round"):
        check_leads(round_(), 4, players, moderator=False)


def test_the_first_who_joined_stands_in_for_a_host_that_has_gone() -> None:
    players = [player(5, joined=2), player(4, joined=1), player(3)]
    gone = round_(position=2, host_seen=0)
    assert deputy(players, round_(position=1)) is None
    assert deputy(players, gone) == 4
    assert deputy([player(3)], gone) is None
    check_leads(gone, 4, players, moderator=False)
    with pytest.raises(UserError):
        check_leads(gone, 5, players, moderator=False)


@pytest.mark.parametrize(
    ("settings", "words"),
    [(Settings(count=0), "1 to 20 questions"), (Settings(count=21), "1 to 20"), (Settings(seconds=7), "10, 20, 30")],
)  # fmt: skip
def test_rounds_that_cannot_be(settings: Settings, words: str) -> None:
    with pytest.raises(UserError, match=words):
        check_settings(settings)
    check_settings(Settings())


def test_a_round_is_stored_and_read() -> None:
    made = round_(
        settings=Settings("sql", Level.ADVANCED, 10, 30, penalty=False),
        entries={"opening": 4},
        told=3,
        quiet=1,
        host_seen=2,
        reason="so",
    )
    found = to_json(made)
    assert settings_from(found) == made.settings
    assert replace(round_(settings=made.settings), **progress_from(found)) == made
