"""The buttons and menus of `/setup`. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("log")`, `@chosen("bind")`. Every one of
them passes `may_manage` by itself.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.actions import ID, Actions, Interaction, plain_id

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class SetupButton(GuardedButton, template=rf"setup:{ID}"):
    """One thing that a moderator does."""

    def __init__(
        self,
        action: str,
        *words: object,
        label: str = "·",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        custom_id = plain_id("setup", action, words)
        super().__init__(ui.Button(label=label[:80], style=style, custom_id=custom_id, disabled=disabled))
        self.action = action
        self.words = [str(word) for word in words]

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *match["rest"].split(":")[1:])

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.press(interaction, self.action, self.words)


class SetupMenu(GuardedSelect, template=rf"setups:{ID}"):
    """A choice of a moderator's: of words, channels, roles or people."""

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


def menu_id(action: str, *words: object) -> str:
    """Return the custom id of a menu."""
    return plain_id("setups", action, words)


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
