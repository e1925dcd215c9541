"""What members and servers do with quizzes."""

from dataclasses import dataclass

from bot.services.quizzes.daily import DailyService
from bot.services.quizzes.library import Library
from bot.services.quizzes.live import LiveService
from bot.services.quizzes.own import OwnQuestions
from bot.services.quizzes.playing import Draft, NothingDue, PlayService, Press, Summary, Turn
from bot.services.quizzes.quality import QualityService
from bot.services.quizzes.reminding import ReviewReminders
from bot.services.quizzes.standing import StandingService

__all__ = [
    "DailyService",
    "Draft",
    "Library",
    "LiveService",
    "NothingDue",
    "OwnQuestions",
    "PlayService",
    "Press",
    "QualityService",
    "Quizzes",
    "ReviewReminders",
    "StandingService",
    "Summary",
    "Turn",
]


@dataclass(frozen=True, slots=True)
class Quizzes:
    """All of it, in one place."""

    library: Library
    play: PlayService
    daily: DailyService
    quality: QualityService
    reminders: ReviewReminders
    standing: StandingService
    live: LiveService
    own: OwnQuestions
