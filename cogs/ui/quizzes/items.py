"""The buttons and menus on the cards of quizzes. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("next")`, `@chosen("several")`.
"""

import re
from collections.abc import Sequence
from typing import Any, Final, Self

import discord
from discord import ui

from bot.domain.budgets import PRESSES
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.actions import (
    ID,
    LONGEST_CHOICE,
    Actions,
    Interaction,
    quoted_id,
    shortened,
    unquoted,
)

ACTIONS: Final = Actions()
pressed, chosen = ACTIONS.pressed, ACTIONS.chosen


class QuizButton(GuardedButton, template=rf"quiz:{ID}"):
    """One thing to do in a quiz."""

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
                custom_id=quoted_id("quiz", action, words),
                disabled=disabled,
            )
        )
        self.action = action
        self.words = [str(word) for word in words]
        self.cost = PRESSES.get(f"quiz {action}")

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *unquoted(match["rest"]), label="·")

    async def act(self, interaction: Interaction) -> None:
        """Do it."""
        await ACTIONS.press(interaction, self.action, self.words)


class QuizMenu(GuardedSelect, template=rf"quizzes:{ID}"):
    """A choice in a quiz: options of a question, or the step that comes next."""

    def __init__(
        self,
        action: str,
        *words: object,
        options: Sequence[discord.SelectOption] = (),
        placeholder: str | None = None,
        most: int = 1,
    ) -> None:
        super().__init__(
            ui.Select(
                custom_id=quoted_id("quizzes", action, words),
                options=list(options),
                placeholder=placeholder,
                max_values=max(1, min(most, len(options))),
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


def option(label: str, value: str, description: str = "") -> discord.SelectOption:
    """Return a choice of a menu, its texts cut to what Discord takes."""
    return discord.SelectOption(
        label=label if len(label) <= LONGEST_CHOICE else f"{label[: LONGEST_CHOICE - 1]}…",
        value=value,
        description=description[:LONGEST_CHOICE] or None,
    )
