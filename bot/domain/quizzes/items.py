"""How good a question is, judged by those who answered it."""

import math
from dataclasses import dataclass, replace
from typing import Final

from bot.domain.questions import Question
from bot.domain.quizzes.rating import Rating, expected, rate

ENOUGH_ANSWERS: Final = 30
"""First answers below which nothing is said of a question's statistics: too easily chance."""

MANY_REPORTS: Final = 3
"""Members who report a question before it is flagged by that alone."""

TOO_EASY: Final = 0.98
TOO_HARD: Final = 0.10
WEAK: Final = 0.05
"""Point-biserial correlation below which a right answer says nothing about who can do it."""


@dataclass(frozen=True, slots=True)
class ItemStats:
    """What is known of a question; the sums are over the abilities of those who answered, before they did."""

    rating: Rating
    answers: int = 0
    right: int = 0
    ability: float = 0.0
    ability_squared: float = 0.0
    ability_right: float = 0.0

    @property
    def share_right(self) -> float | None:
        """The share that was right, 0 to 1 (its classical difficulty), None where nobody answered."""
        return self.right / self.answers if self.answers else None

    @property
    def discrimination(self) -> float | None:
        """The point-biserial correlation of being right with ability, -1 to 1; None where it has none."""
        wrong = self.answers - self.right
        if not self.right or not wrong:
            return None
        mean = self.ability / self.answers
        variance = self.ability_squared / self.answers - mean**2
        if variance <= 1e-9:
            return None
        apart = self.ability_right / self.right - (self.ability - self.ability_right) / wrong
        return apart / math.sqrt(variance) * math.sqrt(self.right * wrong) / self.answers


@dataclass(frozen=True, slots=True)
class Flag:
    """A question that somebody should look at, and why, in words."""

    question: Question
    reasons: tuple[str, ...]


def unknown(question: Question) -> ItemStats:
    """Return the statistics of a question that nobody has answered."""
    return ItemStats(expected(question.level))


def after(stats: ItemStats, member: Rating, score: float) -> tuple[ItemStats, Rating]:
    """Return a question's statistics and the member's rating after a first answer that was `score` right."""
    rated, question = rate(member, stats.rating, score)
    right = score >= 1
    return (
        replace(
            stats,
            rating=question,
            answers=stats.answers + 1,
            right=stats.right + right,
            ability=stats.ability + member.mu,
            ability_squared=stats.ability_squared + member.mu**2,
            ability_right=stats.ability_right + member.mu * right,
        ),
        rated,
    )


def flag(question: Question, stats: ItemStats | None, reports: int) -> Flag | None:
    """Return what is wrong with a question by its figures; None where nothing is."""
    reasons = []
    if reports >= MANY_REPORTS:
        reasons.append(f"{reports} members reported it")
    if stats is not None and stats.answers >= ENOUGH_ANSWERS:
        share, discrimination = stats.share_right, stats.discrimination
        assert share is not None
        if share < TOO_HARD:
            reasons.append(f"only {share:.0%} of {stats.answers} first answers were right")
        elif share > TOO_EASY:
            reasons.append(
                f"{share:.0%} of {stats.answers} first answers were right, so it tells nobody apart"
            )
        elif discrimination is not None and discrimination < WEAK:
            reasons.append(
                f"those who know more are right no more often (correlation {discrimination:.2f} over "
                f"{stats.answers} first answers)"
            )
        away = abs(stats.rating.level - question.level)
        if away > 1.25 and stats.rating.margin < 0.5:
            reasons.append(
                f"answers put it at level {stats.rating.level:.1f}, its author at {int(question.level)}"
            )
    return Flag(question, tuple(reasons)) if reasons else None
