"""Rows of quizzes."""
