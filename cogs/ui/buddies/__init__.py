"""Study buddies as cards, posts and panels."""

from cogs.ui.buddies.items import BuddyButton, BuddyMenu

__all__ = ["BuddyButton", "BuddyMenu"]
