"""Quizzes: what is asked next, what an answer says about member and question, and when to ask again."""

from bot.domain.quizzes.answers import Answered, Mode, graded
from bot.domain.quizzes.keeping import ANSWERS_KEPT, SESSIONS_KEPT
from bot.domain.quizzes.pool import QuestionPool

__all__ = ["ANSWERS_KEPT", "SESSIONS_KEPT", "Answered", "Mode", "QuestionPool", "graded"]
