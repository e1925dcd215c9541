"""The buttons and menus on the cards of `/role`. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("open")`, `@chosen("open")`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.actions import (
    ID,
    LONGEST_CHOICE,
    MOST_CHOICES,
    Actions,
    Interaction,
    quoted_id,
    shortened,
    unquoted,
)

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class RoleButton(GuardedButton, template=rf"role:{ID}"):
    """One thing to do about a role."""

    def __init__(
        self,
        action: str,
        *words: object,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        super().__init__(
            ui.Button(
                label=shortened(label),
                style=style,
                custom_id=quoted_id("role", action, words),
                disabled=disabled,
            )
        )
        self.action = action
        self.words = [str(word) for word in words]

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *unquoted(match["rest"]), label="·")

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.press(interaction, self.action, self.words)


class RoleMenu(GuardedSelect, template=rf"roles:{ID}"):
    """A choice of roles, skills or other things."""

    def __init__(
        self,
        action: str,
        *words: object,
        options: Sequence[discord.SelectOption] = (),
        placeholder: str | None = None,
        several: bool = False,
    ) -> None:
        super().__init__(
            ui.Select(
                custom_id=quoted_id("roles", action, words),
                options=list(options[:MOST_CHOICES]),
                placeholder=placeholder,
                min_values=0 if several else 1,
                max_values=max(1, min(len(options), MOST_CHOICES)) if several else 1,
            )
        )
        self.action = action
        self.words = [str(word) for word in words]

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the menu again from what Discord sent."""
        return cls(match["action"], *unquoted(match["rest"]))

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.choose(interaction, self.action, self.words, list(self.item.values))


def option(label: str, value: str, description: str = "", *, default: bool = False) -> discord.SelectOption:
    """Return a choice of a menu, its texts cut to what Discord takes."""
    return discord.SelectOption(
        label=label[:LONGEST_CHOICE],
        value=value,
        description=description[:LONGEST_CHOICE] or None,
        default=default,
    )
