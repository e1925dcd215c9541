import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.questions import (
    Answer,
    Bank,
    Kind,
    Level,
    Option,
    Question,
    Reference,
    Topic,
    is_correct,
    parse_number,
    score,
)
from bot.errors import UserError

OPTIONS = (Option("a", why="No."), Option("b", correct=True), Option("c", why="No."), Option("d", why="No."))
ONE = Question(
    id="one",
    topic="mathematics",
    kind=Kind.ONE,
    level=Level.BEGINNER,
    skills=("calculus",),
    prompt="Which?",
    explanation="Because.",
    reference=Reference("A book", "https://example.org"),
    options=OPTIONS,
)
TWO_RIGHT = (*OPTIONS[:2], Option("c", correct=True), OPTIONS[3])
SEVERAL = replace(ONE, id="several", kind=Kind.SEVERAL, options=TWO_RIGHT)
BOOLEAN = replace(ONE, id="boolean", kind=Kind.BOOLEAN, options=(), answer=False)
NUMERIC = replace(ONE, id="numeric", kind=Kind.NUMERIC, options=(), value=0.3, tolerance=0.1)
ORDER = replace(ONE, id="order", kind=Kind.ORDER, options=(), steps=("w", "x", "y", "z"))
CODE = replace(ONE, id="code", kind=Kind.CODE, code="x = 1", language="python")
FORMULA = replace(ONE, id="formula", kind=Kind.FORMULA)
ALL = (ONE, SEVERAL, BOOLEAN, NUMERIC, ORDER, CODE, FORMULA)


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.id)
def test_the_solution_of_each_kind_is_correct(question: Question) -> None:
    assert is_correct(question, question.solution)
    assert score(question, question.solution) == 1.0


@pytest.mark.parametrize(
    ("question", "answer", "points"),
    [
        (ONE, 1, 1),
        (ONE, 0, 0),
        (CODE, 1, 1),
        (CODE, 3, 0),
        (FORMULA, 1, 1),
        (FORMULA, 2, 0),
        (BOOLEAN, False, 1),
        (BOOLEAN, True, 0),
        (NUMERIC, 0.3, 1),
        (NUMERIC, 0.2, 1),
        (NUMERIC, 0.4, 1),  # 0.3 + 0.1 is less than 0.4 in binary
        (NUMERIC, 0.41, 0),
        (NUMERIC, 0, 0),
        (NUMERIC, math.nan, 0),
        (NUMERIC, math.inf, 0),
        (SEVERAL, frozenset({1, 2}), 1),
        (SEVERAL, frozenset({1}), 0.5),
        (SEVERAL, frozenset({1, 2, 3}), 0.5),
        (SEVERAL, frozenset({1, 3}), 0),
        (SEVERAL, frozenset({0, 3}), 0),
        (SEVERAL, frozenset(), 0),
        (SEVERAL, frozenset({0, 1, 2, 3}), 0),
        (ORDER, (0, 1, 2, 3), 1),
        (ORDER, (1, 0, 2, 3), 2 / 3),
        (ORDER, (3, 0, 1, 2), 0),
        (ORDER, (1, 2, 0, 3), 1 / 3),
        (ORDER, (3, 2, 1, 0), 0),
    ],
)
def test_grading(question: Question, answer: Answer, points: float) -> None:
    assert score(question, answer) == pytest.approx(points)
    assert is_correct(question, answer) is (points == 1)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (ONE, 4),
        (ONE, -1),
        (ONE, True),
        (ONE, 1.0),
        (ONE, frozenset({1})),
        (SEVERAL, 1),
        (SEVERAL, frozenset({7})),
        (BOOLEAN, 0),
        (NUMERIC, True),
        (ORDER, (0, 1, 2)),
        (ORDER, (0, 1, 2, 2)),
        (ORDER, frozenset({0, 1, 2, 3})),
    ],
)
def test_an_answer_of_another_form_is_a_fault_of_the_caller(question: Question, answer: Answer) -> None:
    for grade in (is_correct, score):
        with pytest.raises(TypeError, match=question.id):
            grade(question, answer)


@given(st.frozensets(st.integers(0, 3)))
def test_the_score_of_several_is_in_bounds_and_full_only_when_correct(answer: frozenset[int]) -> None:
    assert 0 <= score(SEVERAL, answer) <= 1
    assert (score(SEVERAL, answer) == 1) is is_correct(SEVERAL, answer)


@given(st.permutations(range(4)))
def test_the_score_of_an_order_is_in_bounds_and_full_only_when_correct(answer: list[int]) -> None:
    points = score(ORDER, tuple(answer))
    assert 0 <= points <= 1
    assert (points == 1) is is_correct(ORDER, tuple(answer))
    # Reversed, every pair is the other way round: never can both earn something.
    assert points == 0 or score(ORDER, tuple(reversed(answer))) == 0


@pytest.mark.parametrize(
    ("text", "unit", "number"),
    [
        ("12", "", 12),
        (" -3.5 ", "", -3.5),
        ("−3,5", "", -3.5),
        (".5", "", 0.5),
        ("5.", "", 5),
        ("1e-3", "", 0.001),
        ("3/8", "", 0.375),
        ("0,5/2", "", 0.25),
        ("50%", "", 0.5),
        ("50 %", "%", 50),
        ("50", "%", 50),
        ("1,000", "", 1000),
        ("1,234,567.5", "", 1234567.5),
        ("79 510", "", 79510),
        ("3 bits", "bits", 3),
        ("3BITS", "bits", 3),
        ("2 km/h", "km/h", 2),
    ],
)
def test_numbers_are_read_as_people_type_them(text: str, unit: str, number: float) -> None:
    assert parse_number(text, unit) == pytest.approx(number)


@pytest.mark.parametrize(
    "text",
    ["", "three", "1/0", "1/2/3", "1..2", "nan", "inf", "1e999", "1e9999", "--1", "3 bits", "0x10", "٣x"],
)
def test_what_is_no_number_is_answered_kindly(text: str) -> None:
    with pytest.raises(UserError, match="number"):
        parse_number(text)


@given(st.text())
def test_any_text_is_a_finite_number_or_refused(text: str) -> None:
    try:
        assert math.isfinite(parse_number(text, "kg"))
    except UserError as refusal:
        assert "number" in str(refusal)  # noqa: PT017 - either outcome is right


@given(st.fractions(max_denominator=1000, min_value=-1000, max_value=1000))
def test_a_fraction_is_read_back(fraction: Fraction) -> None:
    assert parse_number(f"{fraction.numerator}/{fraction.denominator}") == pytest.approx(float(fraction))


def test_a_bank_finds_questions() -> None:
    harder = replace(ONE, id="harder", level=Level.ADVANCED, skills=("optimization", "calculus"))
    other = replace(ONE, id="other", topic="sql", skills=("sql",))
    bank = Bank((Topic("mathematics", "Mathematics"), Topic("sql", "SQL")), (harder, ONE, other))
    assert bank.by_id["other"] is other
    assert bank.skills == ("calculus", "optimization", "sql")
    assert bank.select() == (harder, ONE, other)
    assert bank.select(topic="sql") == (other,)
    assert bank.select(skill="calculus") == (ONE, harder)  # the one that examines it first leads
    assert bank.select(skill="calculus", level=Level.ADVANCED) == (harder,)
    assert bank.select(topic="sql", skill="calculus") == ()
