"""The question of the day: which one it is, and what came of it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Protocol

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed, QuizOptions
from bot.domain.questions import Answer, Kind, Question
from bot.domain.quizzes.answers import restored
from bot.domain.quizzes.choosing import option_order
from bot.domain.quizzes.pool import QuestionPool

REPEAT_AFTER: Final = timedelta(days=365)
"""No question is asked again in a server before; where none is left, level and topics are widened first."""

UNFIT: Final = frozenset({Kind.ORDER})
"""Kinds that take several presses, and so a card of one's own."""


@dataclass(frozen=True, slots=True)
class Daily:
    """A question of the day that was asked."""

    id: int
    feed_id: int
    question_id: str
    slot_at: datetime
    entry_id: int | None
    closed_at: datetime | None

    def order(self, question: Question) -> list[int]:
        """The positions of its options in the order in which everybody sees them."""
        return option_order(question, f"daily {self.id}")


@dataclass(frozen=True, slots=True)
class Results:
    """How many gave each answer; `link` leads to the message, where it stands."""

    daily: Daily
    question: Question
    counts: tuple[tuple[Answer, int], ...]  # the most frequent first
    right: int
    link: str = ""

    @property
    def total(self) -> int:
        """How many answered."""
        return sum(count for _, count in self.counts)


class DailyRenderer(Protocol):
    """Turns questions of the day and their results into messages."""

    def ask(self, feed: Feed, daily: Daily, question: Question, before: Results | None) -> Rendered:
        """Return a new question, with a line about the one `before`."""
        ...

    def results(self, feed: Feed, results: Results) -> Rendered:
        """Return what the message of a question becomes."""
        ...


def todays(
    pool: QuestionPool, options: QuizOptions, asked: Mapping[str, datetime], now: datetime, seed: str
) -> Question | None:
    """Return the question to ask, None where there is none at all; `asked` says when each last was, here."""
    recent = {question_id for question_id, at in asked.items() if now - at < REPEAT_AFTER}
    wider: Sequence[Sequence[Question]] = (
        pool.select(areas=options.areas, level=options.level),
        pool.select(areas=options.areas),
        pool.questions,
    )
    for questions in wider:
        if fresh := _fit(questions, recent):
            return Random(seed).choice(fresh)  # noqa: S311 - the same at every attempt, and no secret
    left = [question for question in _fit(pool.questions, ()) if question.id in asked]
    return min(left, key=lambda question: asked[question.id]) if left else None


def tally(daily: Daily, question: Question, given: Collection[Any], right: int, link: str = "") -> Results:
    """Count the answers, which are as they are stored."""
    counts = Counter(restored(question, each) for each in given)
    ordered = sorted(counts.items(), key=lambda each: (-each[1], str(each[0])))
    return Results(daily, question, tuple(ordered), right, link)


def _fit(questions: Sequence[Question], besides: Collection[str]) -> list[Question]:
    return [each for each in questions if each.kind not in UNFIT and each.id not in besides]
