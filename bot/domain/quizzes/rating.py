"""What a member can do and how hard a question is, estimated together: each answer is a match of the two.

The model is Bradley and Terry's over openskill; docs/decisions says why. The unit is openskill's: 5 more make
it a good deal likelier to be right. Bundled questions start where their level puts them and are held there
more firmly than members, of whom nothing is known at first.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from bot.domain.questions import Level

_BETA: Final = 25 / 6  # openskill's: how much chance there is in one answer
_LEVELS: Final = {Level.BEGINNER: 20.0, Level.INTERMEDIATE: 25.0, Level.ADVANCED: 30.0}
_START_MU: Final = 22.5  # of a member: between a beginner's question and an intermediate one
_START_SIGMA: Final = 5.0  # most people are somewhere on the three levels, or a little beyond
_QUESTION_SIGMA: Final = 3.0
_LEAST_SIGMA: Final = (
    0.8  # what an estimate never falls below, so that it can still follow somebody who learns
)
_STEP: Final = 5.0  # between two levels
_LIKELY: Final = 1.28  # sigmas within which a value is with four chances in five


@dataclass(frozen=True, slots=True)
class Rating:
    """An estimate and how sure it is: its mean and standard deviation."""

    mu: float
    sigma: float

    @property
    def level(self) -> float:
        """The same on the scale of levels: at 2.0 every second intermediate question is answered right."""
        return 1 + (self.mu - _LEVELS[Level.BEGINNER]) / _STEP

    @property
    def margin(self) -> float:
        """How far off `level` may well be, in levels: with four chances in five it is no farther."""
        return _LIKELY * self.sigma / _STEP


NEWCOMER: Final = Rating(_START_MU, _START_SIGMA)
"""A member who has answered nothing yet."""


def expected(level: Level) -> Rating:
    """Return what is thought of a question that nobody has answered."""
    return Rating(_LEVELS[level], _QUESTION_SIGMA)


def rate(member: Rating, question: Rating, score: float) -> tuple[Rating, Rating]:
    """Return both after an answer that was `score` right: 1 wins, half and more is a draw, less loses."""
    ranks = [1.0, 2.0] if score >= 1 else [1.0, 1.0] if score >= 0.5 else [2.0, 1.0]
    model = _model()
    pair = [[model.rating(mu=each.mu, sigma=each.sigma)] for each in (member, question)]
    (first,), (second,) = model.rate(pair, ranks=ranks)
    return _of(first), _of(second)


def chance(member: Rating, question: Rating) -> float:
    """Return how likely a right answer is, 0 to 1."""
    spread = math.sqrt(2 * _BETA**2 + member.sigma**2 + question.sigma**2)
    return 0.5 * math.erfc(-(member.mu - question.mu) / spread / math.sqrt(2))


def nearest(rating: Rating) -> Level:
    """Return the level whose questions say most about a member."""
    return min(Level, key=lambda level: abs(_LEVELS[level] - rating.mu))


def _of(found: Any) -> Rating:
    return Rating(float(found.mu), max(float(found.sigma), _LEAST_SIGMA))


@cache
def _model() -> Any:
    from openskill.models import BradleyTerryFull  # imported where it is used: it costs time and memory

    return BradleyTerryFull(tau=0.0)
