"""How a member stands: streak, strengths and gaps, and places on a leaderboard."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.fit import Grasp
from bot.domain.questions import Level
from bot.domain.quizzes.rating import Rating, nearest

SHOWN: Final = 10
"""Places on a leaderboard; who is further down sees their own, and nobody else does."""

LEAST_ANSWERS: Final = 3
"""Answers about a skill below which it is neither a strength nor a gap."""

_GAP: Final = 0.6
_STRENGTH: Final = 0.8
_SURE: Final = 0.9
_MANY: Final = 8  # answers from which on more is said than "knows it"
_DAY: Final = timedelta(days=1)


class Period(StrEnum):
    """How far back a leaderboard looks."""

    WEEK = "week"
    MONTH = "month"
    ALL = "all"

    def since(self, now: datetime, zone: str) -> datetime | None:
        """Return when the period began: on Monday, or on the first, by the clocks of a zone; None for all."""
        if self is Period.ALL:
            return None
        today = now.astimezone(ZoneInfo(zone)).date()
        first = today - timedelta(days=today.weekday()) if self is Period.WEEK else today.replace(day=1)
        return datetime.combine(first, time(), ZoneInfo(zone))


@dataclass(frozen=True, slots=True)
class TopicStanding:
    """What a member can do in a topic, from the first answers to its questions."""

    topic: str
    rating: Rating
    answers: int
    right: int


@dataclass(frozen=True, slots=True)
class SkillTally:
    """Answers about one skill."""

    skill: str
    answers: int
    right: int

    @property
    def share(self) -> float:
        """The share that was right, 0 to 1."""
        return self.right / self.answers


@dataclass(frozen=True, slots=True)
class Streak:
    """Days in a row with an answer, up to today or yesterday."""

    days: int
    today: bool  # whether today is one of them
    longest: int


@dataclass(frozen=True, slots=True)
class Place:
    """One member on a leaderboard; of those with equal points all have the same place."""

    place: int
    member_id: int
    points: int
    right: int


def streak(answered: Iterable[datetime], now: datetime, zone: str) -> Streak:
    """Count the days with an answer, by the clocks of the member's zone."""
    tz = ZoneInfo(zone)
    days = sorted({moment.astimezone(tz).date() for moment in answered})
    today = now.astimezone(tz).date()
    longest = run = 0
    last: date | None = None
    for day in days:
        run = run + 1 if last is not None and day - last == _DAY else 1
        longest = max(longest, run)
        last = day
    current = run if last is not None and today - last <= _DAY else 0
    return Streak(current, last == today, longest)


def gaps(tallies: Collection[SkillTally], most: int = 5) -> list[SkillTally]:
    """Return the skills that a member misses most, the weakest first."""
    found = [each for each in tallies if each.answers >= LEAST_ANSWERS and each.share < _GAP]
    return sorted(found, key=lambda each: (each.share, -each.answers, each.skill))[:most]


def strengths(tallies: Collection[SkillTally], most: int = 5) -> list[SkillTally]:
    """Return the skills that a member is nearly always right about, the surest first."""
    found = [each for each in tallies if each.answers >= LEAST_ANSWERS and each.share >= _STRENGTH]
    return sorted(found, key=lambda each: (-each.share, -each.answers, each.skill))[:most]


def places(scores: Sequence[tuple[int, int, int]]) -> list[Place]:
    """Number (member, points, right answers), the most points first; equal points share a place."""
    ranked = sorted(scores, key=lambda each: (-each[1], each[0]))
    found: list[Place] = []
    for at, (member_id, points, right) in enumerate(ranked, start=1):
        place = found[-1].place if found and found[-1].points == points else at
        found.append(Place(place, member_id, points, right))
    return found


def grasps(tallies: Iterable[SkillTally]) -> dict[str, Grasp]:
    """Return what answers speak for, by skill: a strength is known, a strength over many answers is strong."""
    return {
        each.skill: Grasp.STRONG if each.answers >= _MANY and each.share >= _SURE else Grasp.KNOW
        for each in tallies
        if each.answers >= LEAST_ANSWERS and each.share >= _STRENGTH
    }


def overall(topics: Sequence[TopicStanding]) -> Level | None:
    """Return the level that a member's answers speak for over all topics; None with too few of them."""
    answers = sum(topic.answers for topic in topics)
    if answers < _MANY:
        return None
    mean = sum(topic.rating.mu * topic.answers for topic in topics) / answers
    return nearest(Rating(mean, 1.0))
