"""The buttons and menus of `/setup`. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("log")`, `@chosen("bind")`. Every one of
them passes `may_manage` by itself.
"""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from cogs.ui.actions import ID, Actions, quoted_id
from cogs.ui.items import ActionButton, ActionMenu

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class SetupButton(ActionButton, template=rf"setup:{ID}"):
    """One thing that a moderator does."""

    prefix = "setup"
    actions = ACTIONS


class SetupMenu(ActionMenu, template=rf"setups:{ID}"):
    """A choice of a moderator's: of words, channels, roles or people."""

    actions = ACTIONS


def menu_id(action: str, *words: object) -> str:
    """Return the custom id of a menu."""
    return quoted_id("setups", action, words)


def menu(item: Any) -> SetupMenu:
    """Return a menu that was made with `menu_id`."""
    _, action, *words = item.custom_id.split(":")
    return SetupMenu(item, action, words)


def word_menu(
    custom_id: str,
    offered: Sequence[discord.SelectOption],
    placeholder: str,
    *,
    several: bool = False,
) -> SetupMenu:
    """Return a menu of words, at most 25."""
    options = list(offered[:25])
    return menu(
        ui.Select(
            custom_id=custom_id,
            options=options,
            placeholder=placeholder,
            min_values=0 if several else 1,
            max_values=len(options) if several else 1,
        )
    )
