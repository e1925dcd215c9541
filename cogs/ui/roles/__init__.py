"""The cards of `/role`, and the buttons and menus on them."""

from cogs.ui.roles import answers, server  # registers what the buttons do
from cogs.ui.roles.items import RoleButton, RoleMenu

__all__ = ["RoleButton", "RoleMenu", "answers", "server"]
