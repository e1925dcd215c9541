"""What moderators see of `/setup`: log and undo, export and import, status, the first steps."""

from cogs.ui.setup.items import SetupButton, SetupMenu

__all__ = ["SetupButton", "SetupMenu"]
