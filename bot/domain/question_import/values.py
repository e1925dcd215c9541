"""What reading a file of questions comes to: questions, and what is wrong with which line."""

from collections.abc import Collection, Sized
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from bot.domain.questions import Level, Question

MAX_BYTES: Final = 1_000_000
MAX_QUESTIONS: Final = 500
MAX_FIELD: Final = 10_000
"""Characters of one text before markup is taken off; what a card has room for is far below."""


class Format(StrEnum):
    """A kind of file, by the name that people know it by."""

    CSV = "CSV"
    OPENTDB = "OpenTDB JSON"
    AIKEN = "Aiken"
    GIFT = "GIFT"
    ANKI = "Anki text"
    QUIZ_APP = "quiz app JSON"
    LIST = "list with + and -"


def is_full(questions: Sized, faults: Sized) -> bool:
    """Whether a file has more questions than are taken: reading the rest would be work for nothing."""
    return len(questions) + len(faults) > MAX_QUESTIONS


class Refused(Exception):
    """One question, or a whole file, that cannot be taken; `words` say why and what to do."""

    def __init__(self, words: str, line: int = 0) -> None:
        super().__init__(words)
        self.words = words
        self.line = line


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the question that begins at a line, and what to do. Line 0 is the whole file."""

    line: int
    words: str


@dataclass(frozen=True, slots=True)
class Read:
    """A question and the line that it begins at."""

    line: int
    question: Question


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for questions that say nothing themselves, and the skills that may be named."""

    level: Level = Level.INTERMEDIATE
    skills: tuple[str, ...] = ()
    known_skills: Collection[str] | None = None  # None: any
    topic: str = "own"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a file came to. Where `format` is None nobody can tell what it is, and there is one fault."""

    format: Format | None
    questions: tuple[Read, ...] = ()
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    counted: str = "line"  # what the numbers count: lines, or questions where a file has no lines


@dataclass(slots=True)
class Choice:
    """One option as a file has it."""

    text: str
    correct: bool = False
    why: str = ""


@dataclass(slots=True)
class Draft:
    """One question as a file has it: nothing is checked, and what is empty was not said."""

    line: int
    prompt: str = ""
    options: list[Choice] = field(default_factory=list)
    kind: str = ""
    truth: bool | None = None
    value: float | None = None
    tolerance: float = 0.0
    unit: str = ""
    steps: list[str] = field(default_factory=list)
    explanation: str = ""
    title: str = ""
    url: str = ""
    level: str = ""
    skills: list[str] = field(default_factory=list)
    formula: str = ""
    code: str = ""
    language: str = ""
