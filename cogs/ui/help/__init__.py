"""What `/help` shows."""

from cogs.ui.help.cards import HelpButton

__all__ = ["HelpButton"]
