"""The buttons and menus that most features use: their ids say what to do, so they work after any restart.

A feature gives them a prefix of their ids and its `Actions`, in a module `items` of its own; what each does is
registered by the module that draws its card: `@pressed("next")`, `@chosen("several")`.
"""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import discord
from discord import ui

from bot.domain.budgets import PRESSES
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.actions import (
    LONGEST_CHOICE,
    MOST_CHOICES,
    Actions,
    Interaction,
    quoted_id,
    shortened,
    unquoted,
)
from cogs.ui.text import shorten


class ActionButton(GuardedButton, template=r"(?!)"):
    """One thing to do."""

    prefix: ClassVar[str]
    actions: ClassVar[Actions]

    def __init__(
        self,
        action: str,
        *words: object,
        label: str | None = "·",
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        emoji: str | None = None,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            ui.Button(
                label=shortened(label),
                style=style,
                custom_id=quoted_id(self.prefix, action, words),
                emoji=emoji,
                disabled=disabled,
            )
        )
        self.action = action
        self.words = [str(word) for word in words]
        self.cost = PRESSES.get(f"{self.prefix} {action}")

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *unquoted(match["rest"]))

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await self.actions.press(interaction, self.action, self.words)


class ActionMenu(GuardedSelect, template=r"(?!)"):
    """A choice, from any kind of menu."""

    actions: ClassVar[Actions]

    def __init__(self, item: Any, action: str, words: Sequence[str]) -> None:
        super().__init__(item)
        self.action = action
        self.words = words

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the menu as Discord sent it."""
        return cls(item, match["action"], unquoted(match["rest"]))

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await self.actions.choose(interaction, self.action, self.words, list(self.item.values))


class OptionMenu(ActionMenu, template=r"(?!)"):
    """A choice of words."""

    prefix: ClassVar[str]

    def __init__(
        self,
        action: str,
        *words: object,
        options: Sequence[discord.SelectOption] = (),
        placeholder: str | None = None,
        least: int = 1,
        most: int = 1,
    ) -> None:
        select = ui.Select[Any](
            custom_id=quoted_id(self.prefix, action, words),
            options=list(options[:MOST_CHOICES]),
            placeholder=placeholder,
            min_values=least,
            max_values=max(1, min(most, len(options), MOST_CHOICES)),
        )
        super().__init__(select, action, [str(word) for word in words])

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the menu again from what Discord sent."""
        return cls(match["action"], *unquoted(match["rest"]))


def option(label: str, value: str, description: str = "", *, default: bool = False) -> discord.SelectOption:
    """Return a choice of a menu, its texts cut to what Discord takes."""
    return discord.SelectOption(
        label=shorten(label, LONGEST_CHOICE),
        value=value,
        description=shorten(description, LONGEST_CHOICE) or None,
        default=default,
    )
