"""Cohort: a Discord bot for AI/ML learning communities."""

__version__ = "0.1.0"
