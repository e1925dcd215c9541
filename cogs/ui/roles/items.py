"""The buttons and menus on the cards of `/role`. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("open")`, `@chosen("open")`.
"""

from collections.abc import Sequence
from typing import Final

import discord

from cogs.ui.actions import ID, Actions
from cogs.ui.items import ActionButton, OptionMenu

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class RoleButton(ActionButton, template=rf"role:{ID}"):
    """One thing to do about a role."""

    prefix = "role"
    actions = ACTIONS


class RoleMenu(OptionMenu, template=rf"roles:{ID}"):
    """A choice of roles, skills or other things."""

    prefix = "roles"
    actions = ACTIONS

    def __init__(
        self,
        action: str,
        *words: object,
        options: Sequence[discord.SelectOption] = (),
        placeholder: str | None = None,
        several: bool = False,
    ) -> None:
        least, most = (0, len(options)) if several else (1, 1)
        super().__init__(action, *words, options=options, placeholder=placeholder, least=least, most=most)
