"""Quiz questions: what they are made of, and grading an answer. No I/O, no chance."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from functools import cached_property
from itertools import combinations
from typing import Final, TypeAlias

from bot.errors import UserError

Answer: TypeAlias = bool | int | float | frozenset[int] | tuple[int, ...]
"""What a member answers, by kind: `one`, `code`, `formula`: a position in `options`; `several`: a set of
positions; `boolean`: True or False; `numeric`: a number; `order`: all positions of `steps`, first to last.
"""

_SLACK: Final = 1e-9  # relative: so that 0.3 ± 0.1 takes 0.4, which binary floats would put outside
_THOUSANDS: Final = re.compile(r"[-+]?\d{1,3}(,\d{3})+(\.\d+)?")
_NUMBER: Final = re.compile(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?", re.IGNORECASE)


class Kind(StrEnum):
    """How a question is asked and answered."""

    ONE = "one"
    SEVERAL = "several"
    BOOLEAN = "boolean"
    NUMERIC = "numeric"
    ORDER = "order"
    CODE = "code"  # as ONE, about a piece of code
    FORMULA = "formula"  # as ONE, about a formula


class Level(IntEnum):
    """How much a question asks of a learner."""

    BEGINNER = 1
    INTERMEDIATE = 2
    ADVANCED = 3


@dataclass(frozen=True, slots=True)
class Option:
    """One choice; `why` says what is wrong with it and is empty for a correct one."""

    text: str
    correct: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Where to read on."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question. Fields that its kind has no use for are empty."""

    id: str
    topic: str
    kind: Kind
    level: Level
    skills: tuple[str, ...]  # the one it examines first
    prompt: str
    explanation: str
    reference: Reference
    formula: str = ""
    code: str = ""
    language: str = ""  # of `code`
    options: tuple[Option, ...] = ()
    steps: tuple[str, ...] = ()  # in the right order: shuffle before showing
    answer: bool | None = None
    value: float | None = None
    tolerance: float = 0.0  # absolute
    unit: str = ""

    @property
    def correct(self) -> frozenset[int]:
        """The positions of the correct options."""
        return frozenset(i for i, option in enumerate(self.options) if option.correct)

    @property
    def solution(self) -> Answer:
        """The right answer."""
        match self.kind:
            case Kind.SEVERAL:
                return self.correct
            case Kind.BOOLEAN:
                assert self.answer is not None
                return self.answer
            case Kind.NUMERIC:
                assert self.value is not None
                return self.value
            case Kind.ORDER:
                return tuple(range(len(self.steps)))
            case Kind.ONE | Kind.CODE | Kind.FORMULA:
                (position,) = self.correct
                return position


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of the bank."""

    id: str
    name: str


@dataclass(frozen=True)
class Bank:
    """All questions, in the order of the files."""

    topics: tuple[Topic, ...]
    questions: tuple[Question, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by their id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def skills(self) -> tuple[str, ...]:
        """Every skill that some question is about, sorted."""
        return tuple(sorted({skill for question in self.questions for skill in question.skills}))

    def select(
        self, *, topic: str | None = None, skill: str | None = None, level: Level | None = None
    ) -> tuple[Question, ...]:
        """Return the questions that fit everything asked for; those that examine `skill` first lead."""
        found = [
            question
            for question in self.questions
            if topic in (None, question.topic)
            and (skill is None or skill in question.skills)
            and level in (None, question.level)
        ]
        return tuple(sorted(found, key=lambda question: skill is not None and question.skills[0] != skill))


def is_correct(question: Question, answer: Answer) -> bool:
    """Whether `answer` is right: exactly, or for a number within its tolerance.

    Raises TypeError when `answer` is not of the form that the question's kind takes (see `Answer`).
    """
    _check_form(question, answer)
    if question.kind is not Kind.NUMERIC:
        return answer == question.solution
    value = question.value
    assert value is not None
    assert isinstance(answer, int | float)
    return abs(answer - value) <= question.tolerance + _SLACK * max(1.0, abs(value))


def score(question: Question, answer: Answer) -> float:
    """Return how right `answer` is, 0 to 1; 1 exactly when `is_correct`, and guessing earns little.

    `several`: correct picks less wrong picks, over the number of correct options. `order`: pairs in the
    right order less pairs in the wrong one, over all pairs (Kendall's tau). Neither falls below 0.
    Raises TypeError as `is_correct` does.
    """
    right = is_correct(question, answer)
    if right:
        return 1.0
    if isinstance(answer, frozenset):
        correct = question.correct
        return max(0.0, (len(answer & correct) - len(answer - correct)) / len(correct))
    if isinstance(answer, tuple):
        pairs = [1 if first < second else -1 for first, second in combinations(answer, 2)]
        return max(0.0, sum(pairs) / len(pairs))
    return 0.0


def parse_number(text: str, unit: str = "") -> float:
    """Read a number as people type it: `0.5`, `0,5`, `1,000`, `1/2`, `50%`, `1e-3`, with or without `unit`.

    A percent sign divides by 100 unless the unit is percent. Raises UserError for anything else.
    """
    typed = text.strip().replace("−", "-").replace(" ", "").replace("\u00a0", "")
    plain_unit = unit.replace(" ", "")
    if plain_unit and typed.casefold().endswith(plain_unit.casefold()):
        typed = typed[: -len(plain_unit)]
    divisor = 1.0
    if typed.endswith("%"):
        typed, divisor = typed[:-1], 100.0
    if _THOUSANDS.fullmatch(typed):
        typed = typed.replace(",", "")
    parts = typed.replace(",", ".").split("/")
    if len(parts) <= 2 and all(_NUMBER.fullmatch(part) for part in parts):
        numbers = [float(part) for part in parts]
        if len(numbers) == 1:
            numbers.append(1.0)
        if numbers[1] != 0 and math.isfinite(result := numbers[0] / numbers[1] / divisor):
            return result
    raise UserError("Type one number, such as 12, 0.5 or 3/8.")


def _check_form(question: Question, answer: Answer) -> None:
    match question.kind:
        case Kind.BOOLEAN:
            fits = isinstance(answer, bool)
        case Kind.NUMERIC:
            fits = isinstance(answer, int | float) and not isinstance(answer, bool)
        case Kind.SEVERAL:
            fits = isinstance(answer, frozenset) and answer <= frozenset(range(len(question.options)))
        case Kind.ORDER:
            fits = isinstance(answer, tuple) and sorted(answer) == list(range(len(question.steps)))
        case Kind.ONE | Kind.CODE | Kind.FORMULA:
            fits = type(answer) is int and 0 <= answer < len(question.options)
    if not fits:
        raise TypeError(f"{answer!r} is no answer to {question.id}, a question of kind {question.kind}")
