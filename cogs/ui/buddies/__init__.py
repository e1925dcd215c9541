"""Study buddies as cards, posts and panels."""

from cogs.ui.buddies import finding, meeting, profile, server  # noqa: F401 - each registers its buttons
from cogs.ui.buddies.items import BuddyButton, BuddyMenu

__all__ = ["BuddyButton", "BuddyMenu"]
