"""What members and servers do with quizzes."""

from bot.services.quizzes.daily import DailyService

__all__ = ["DailyService"]
