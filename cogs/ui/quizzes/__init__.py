"""Quizzes on cards. Importing this makes every button of them work."""

from cogs.ui.quizzes import boards, daily, leads, live, own, reports, reviewing, rounds, setup, stats
from cogs.ui.quizzes.items import QuizButton, QuizMenu

__all__ = [
    "QuizButton",
    "QuizMenu",
    "boards",
    "daily",
    "leads",
    "live",
    "own",
    "reports",
    "reviewing",
    "rounds",
    "setup",
    "stats",
]
