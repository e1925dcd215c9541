"""The buttons and menus of study buddies. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("vote")`, `@chosen("level")`.
"""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from cogs.ui.actions import MOST_CHOICES, Actions, quoted_id
from cogs.ui.items import ActionButton, ActionMenu

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen

_ID: Final = r"(?P<action>[a-z]+)(?P<rest>(?::[a-z0-9-]*)*)"
"""Words behind the action are ids and numbers."""


class BuddyButton(ActionButton, template=rf"buddy:{_ID}"):
    """One thing to do about study buddies."""

    prefix = "buddy"
    actions = ACTIONS


class BuddyMenu(ActionMenu, template=rf"buddies:{_ID}"):
    """One choice about study buddies, from any kind of menu."""

    actions = ACTIONS


def menu(
    action: str,
    *words: object,
    options: Sequence[discord.SelectOption],
    placeholder: str,
    least: int = 1,
    most: int = 1,
) -> BuddyMenu:
    """Return a menu of words to choose from."""
    select: ui.Select[Any] = ui.Select(
        custom_id=menu_id(action, *words),
        options=list(options[:MOST_CHOICES]),
        placeholder=placeholder,
        min_values=least,
        max_values=max(1, min(most, len(options))),
    )
    return BuddyMenu(select, action, [str(word) for word in words])


def menu_id(action: str, *words: object) -> str:
    """Return the custom id of a menu."""
    return quoted_id("buddies", action, words)
