"""Events on cards, the messages that post them, and the buttons on both."""

from cogs.ui.events.posts import EventCards

__all__ = ["EventCards"]
