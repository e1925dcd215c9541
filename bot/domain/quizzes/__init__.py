"""Quizzes: what is asked next, what an answer says about member and question, and when to ask again."""

from bot.domain.quizzes.answers import Answered, Mode
from bot.domain.quizzes.keeping import ANSWERS_KEPT

__all__ = ["ANSWERS_KEPT", "Answered", "Mode"]
