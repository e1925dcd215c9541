"""When a question is asked again: FSRS, by the library of that name. A miss makes a card, answers move it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from functools import cache
from typing import Any, Final

from bot.domain.schedule import Schedule

RELEARN_AFTER: Final = timedelta(minutes=10)
"""How long after a miss a question comes again: once the answer was read, and not from the same breath."""

RETENTION: Final = 0.9
"""How likely a member should still know the answer when a question comes again."""


class Grade(IntEnum):
    """How an answer went, with the numbers of fsrs.Rating."""

    AGAIN = 1
    HARD = 2
    GOOD = 3
    EASY = 4


@dataclass(frozen=True, slots=True)
class Card:
    """What the scheduler knows of one member and one question; it starts empty."""

    due_at: datetime
    state: int = 1  # fsrs.State: learning, review, relearning
    step: int | None = 0
    stability: float | None = None  # days after which the chance of a right answer is RETENTION
    difficulty: float | None = None  # 1 to 10
    reviewed_at: datetime | None = None
    lapses: int = 0  # how often it was missed


@dataclass(frozen=True, slots=True)
class ReviewReminder:
    """A member's wish to be told what is due; `feed_id` is the feed with whose messages that goes out."""

    member_id: int
    schedule: Schedule
    remind_at: datetime
    feed_id: int | None


def reviewed(card: Card, grade: Grade, at: datetime) -> Card:
    """Return the card after an answer; `at` is aware and in UTC."""
    from fsrs import Card as LibraryCard
    from fsrs import Rating, State

    # Without an id the library makes one of the time, and sleeps a millisecond for it.
    before = LibraryCard(
        card_id=0,
        state=State(card.state),
        step=card.step,
        stability=card.stability,
        difficulty=card.difficulty,
        due=card.due_at,
        last_review=card.reviewed_at,
    )
    after, _ = _scheduler().review_card(before, Rating(grade), at)
    return Card(
        due_at=after.due,
        state=int(after.state),
        step=after.step,
        stability=after.stability,
        difficulty=after.difficulty,
        reviewed_at=at,
        lapses=card.lapses + (grade is Grade.AGAIN),
    )


def as_json(card: Card) -> dict[str, Any]:
    """Return a card as it is kept beside its successor."""
    return {
        "due_at": card.due_at.isoformat(),
        "state": card.state,
        "step": card.step,
        "stability": card.stability,
        "difficulty": card.difficulty,
        "reviewed_at": card.reviewed_at.isoformat() if card.reviewed_at else None,
        "lapses": card.lapses,
    }


def from_json(found: dict[str, Any]) -> Card:
    """Read what `as_json` wrote."""
    reviewed_at = found["reviewed_at"]
    return Card(
        due_at=datetime.fromisoformat(found["due_at"]),
        state=found["state"],
        step=found["step"],
        stability=found["stability"],
        difficulty=found["difficulty"],
        reviewed_at=datetime.fromisoformat(reviewed_at) if reviewed_at else None,
        lapses=found["lapses"],
    )


@cache
def _scheduler() -> Any:
    from fsrs import Scheduler

    # No fuzz: it spreads decks of thousands over days; here it would only make a due date unexplainable.
    return Scheduler(
        desired_retention=RETENTION,
        learning_steps=(RELEARN_AFTER,),
        relearning_steps=(RELEARN_AFTER,),
        enable_fuzzing=False,
    )
