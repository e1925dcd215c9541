"""The buttons and menus of study buddies. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("vote")`, `@chosen("level")`.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.budgets import PRESSES
from bot.errors import UserError
from bot.tree import GuardedButton, GuardedSelect

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

Pressed = Callable[[Interaction, Sequence[str]], Awaitable[None]]
Chosen = Callable[[Interaction, Sequence[str], Sequence[Any]], Awaitable[None]]

MOST_CHOICES: Final = 25

_pressed: Final[dict[str, Pressed]] = {}
_chosen: Final[dict[str, Chosen]] = {}
_OLD: Final = "That is from an older version of me. Run the command again, please."


def pressed(action: str) -> Callable[[Pressed], Pressed]:
    """Let a function answer a button; it gets what stands behind the action in the id."""

    def register(handler: Pressed) -> Pressed:
        _pressed[action] = handler
        return handler

    return register


def chosen(action: str) -> Callable[[Chosen], Chosen]:
    """Let a function answer a menu; it gets what stands behind the action in the id, and what was chosen."""

    def register(handler: Chosen) -> Chosen:
        _chosen[action] = handler
        return handler

    return register


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
        custom_id = ":".join(["buddy", action, *map(str, words)])
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

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        handler = _pressed.get(self.action)
        if handler is None:
            raise UserError(_OLD)
        await handler(interaction, self.words)


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

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        handler = _chosen.get(self.action)
        if handler is None:
            raise UserError(_OLD)
        await handler(interaction, self.words, list(self.item.values))


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
    return ":".join(["buddies", action, *map(str, words)])


def option(label: str, value: str, *, default: bool = False, description: str = "") -> discord.SelectOption:
    """Return a choice of a menu, cut to what Discord takes."""
    return discord.SelectOption(
        label=label[:100], value=value, default=default, description=description[:100] or None
    )
