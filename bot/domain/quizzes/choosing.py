"""Which questions a round has."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from bot.domain.questions import Question
from bot.domain.quizzes.rating import NEWCOMER, Rating, expected

REST: Final = timedelta(days=14)
"""A question that was answered less long ago comes only when there is no other."""

_NEAR: Final = 4
"""Among how many of the best fitting questions chance decides, so that no two rounds are alike."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a member, and of how hard questions turned out to be."""

    answered: Mapping[str, datetime] = field(default_factory=dict)  # question to when it last was
    ratings: Mapping[str, Rating] = field(default_factory=dict)  # topic to ability
    difficulty: Mapping[str, Rating] = field(default_factory=dict)  # question to rating


def choose(
    questions: Sequence[Question], count: int, known: Known, now: datetime, chance: Random
) -> list[Question]:
    """Return up to `count` questions in random order: new ones first, then those answered longest ago.

    Topics take turns, so that a mixed round is one.
    """
    shuffled = list(questions)
    chance.shuffle(shuffled)
    shuffled.sort(key=lambda question: _staleness(question, known, now))
    chosen: list[Question] = []
    turns: dict[str, int] = {}
    ranked = []
    for place, question in enumerate(shuffled):
        turn = turns[question.topic] = turns.get(question.topic, 0) + 1
        ranked.append((_staleness(question, known, now), turn, place, question))
    ranked.sort(key=lambda each: each[:3])
    chosen = [question for *_, question in ranked[:count]]
    chance.shuffle(chosen)
    return chosen


def choose_next(
    questions: Sequence[Question], asked: Collection[str], known: Known, now: datetime, chance: Random
) -> Question | None:
    """Return the question that says most about the member now; None where all were asked.

    An answer says most where right and wrong are equally likely.
    """
    left = [question for question in questions if question.id not in asked]
    if not left:
        return None
    least = min(_staleness(question, known, now) for question in left)
    left = [question for question in left if _staleness(question, known, now) == least]
    chance.shuffle(left)
    left.sort(key=lambda question: _distance(question, known))
    return chance.choice(left[:_NEAR])


def option_order(question: Question, seed: str) -> list[int]:
    """Return the positions of options, or of steps, in the order in which they are shown: the same for a seed."""
    order = list(range(len(question.options) or len(question.steps)))
    chance = Random(f"{seed}:{question.id}")  # noqa: S311 - nothing secret
    chance.shuffle(order)
    if question.steps and order == sorted(order):  # it would give the answer away
        order.reverse()
    return order


def _distance(question: Question, known: Known) -> float:
    ability = known.ratings.get(question.topic, NEWCOMER)
    difficulty = known.difficulty.get(question.id, expected(question.level))
    return abs(ability.mu - difficulty.mu)


def _staleness(question: Question, known: Known, now: datetime) -> int:
    """0 for new questions, then weeks: the longer ago it was answered, the smaller."""
    last = known.answered.get(question.id)
    if last is None:
        return 0
    age = now - last
    return 1 if age >= REST else 2 + max(0, (REST - age).days)
