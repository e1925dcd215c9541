"""What was answered, in which kind of quiz, and how an answer is stored."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from bot.domain.questions import Answer, Kind, Question, is_correct, score

POINTS_FOR_LEVEL: Final = 10
"""Points of a right answer on leaderboards, times the level (1 to 3) of its question."""


class Mode(StrEnum):
    """In what a question was answered."""

    PLAY = "play"
    REVIEW = "review"
    DAILY = "daily"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Answered:
    """One member's answer to one question; `origin_id` is the session, daily question or live round.

    A member answers a question once in each of those: what comes a second time does not count.
    """

    member_id: int
    question: Question
    correct: bool
    score: float  # 0 to 1
    mode: Mode
    origin_id: int
    server_id: int | None
    at: datetime


def graded(
    question: Question,
    answer: Answer,
    *,
    member_id: int,
    mode: Mode,
    origin_id: int,
    server_id: int | None,
    at: datetime,
) -> Answered:
    """Grade an answer. Raises TypeError where it is not of the form that the question takes."""
    return Answered(
        member_id=member_id,
        question=question,
        correct=is_correct(question, answer),
        score=score(question, answer),
        mode=mode,
        origin_id=origin_id,
        server_id=server_id,
        at=at,
    )


def points(question: Question, score: float) -> int:
    """Return what an answer is worth on leaderboards."""
    return round(POINTS_FOR_LEVEL * question.level * score)


def stored(answer: Answer) -> Any:
    """Return an answer as JSON."""
    if isinstance(answer, frozenset):
        return sorted(answer)
    return list(answer) if isinstance(answer, tuple) else answer


def restored(question: Question, found: Any) -> Answer:
    """Read what `stored` wrote of an answer to a question of the same kind."""
    match question.kind:
        case Kind.SEVERAL:
            return frozenset(int(each) for each in found)
        case Kind.ORDER:
            return tuple(int(each) for each in found)
        case Kind.BOOLEAN:
            return bool(found)
        case Kind.NUMERIC:
            return float(found)
        case _:
            return int(found)
