"""`/feed`: what moderators let arrive in their channels."""

from cogs.feeds.commands import Feeds

__all__ = ["Feeds"]
