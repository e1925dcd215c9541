"""What members see of what is kept about them."""

from cogs.ui.me.cards import MeButton, MeMenu

__all__ = ["MeButton", "MeMenu"]
