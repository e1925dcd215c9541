"""The buttons and menus of study buddies. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("vote")`, `@chosen("level")`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.domain.budgets import PRESSES
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.actions import MOST_CHOICES, Actions, Interaction, plain_id

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class BuddyButton(GuardedButton, template=r"buddy:(?P<action>[a-z]+)(?P<rest>(?::[a-z0-9-]*)*)"):
    """One thing to do about study buddies; words behind the action are ids and numbers."""

    def __init__(
        self,
        action: str,
        *words: object,
        label: str = "·",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        emoji: str | None = None,
        disabled: bool = False,
    ) -> None:
        custom_id = plain_id("buddy", action, words)
        super().__init__(
            ui.Button(label=label[:80], style=style, custom_id=custom_id, emoji=emoji, disabled=disabled)
        )
        self.action = action
        self.words = [str(word) for word in words]
        self.cost = PRESSES.get(f"buddy {action}")

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *match["rest"].split(":")[1:])

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.press(interaction, self.action, self.words)


class BuddyMenu(GuardedSelect, template=r"buddies:(?P<action>[a-z]+)(?P<rest>(?::[a-z0-9-]*)*)"):
    """One choice about study buddies, from any kind of menu."""

    def __init__(self, item: Any, action: str, words: Sequence[str]) -> None:
        super().__init__(item)
        self.action = action
        self.words = words

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the menu as Discord sent it."""
        return cls(item, match["action"], match["rest"].split(":")[1:])

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.choose(interaction, self.action, self.words, list(self.item.values))


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
    return plain_id("buddies", action, words)


def option(label: str, value: str, *, default: bool = False, description: str = "") -> discord.SelectOption:
    """Return a choice of a menu, cut to what Discord takes."""
    return discord.SelectOption(
        label=label[:100], value=value, default=default, description=description[:100] or None
    )
