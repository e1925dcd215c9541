"""Rows of study buddies."""
