"""The buttons and menus on the cards of quizzes. Their ids say what to do, so they work after any restart.

What each does is registered by the module that draws its card: `@pressed("next")`, `@chosen("several")`.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import quote, unquote

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
Chosen = Callable[[Interaction, Sequence[str], Sequence[str]], Awaitable[None]]

LONGEST_LABEL: Final = 80
LONGEST_CHOICE: Final = 100

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


class QuizButton(GuardedButton, template=r"quiz:(?P<action>[a-z]+)(?P<rest>(?::[^:]*)*)"):
    """One thing to do in a quiz."""

    def __init__(
        self,
        action: str,
        *words: object,
        label: str | None = None,
        style: discord.ButtonStyle = discord.ButtonStyle.secondary,
        disabled: bool = False,
    ) -> None:
        text = label and (label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…")
        super().__init__(
            ui.Button(label=text, style=style, custom_id=item_id("quiz", action, words), disabled=disabled)
        )
        self.action = action
        self.words = [str(word) for word in words]
        self.cost = PRESSES.get(f"quiz {action}")

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], *_words(match["rest"]), label="·")

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        handler = _pressed.get(self.action)
        if handler is None:
            raise UserError(_OLD)
        await handler(interaction, self.words)


class QuizMenu(GuardedSelect, template=r"quizzes:(?P<action>[a-z]+)(?P<rest>(?::[^:]*)*)"):
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
                custom_id=item_id("quizzes", action, words),
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
        return cls(match["action"], *_words(match["rest"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        handler = _chosen.get(self.action)
        if handler is None:
            raise UserError(_OLD)
        await handler(interaction, self.words, self.item.values)


def option(label: str, value: str, description: str = "") -> discord.SelectOption:
    """Return a choice of a menu, its texts cut to what Discord takes."""
    return discord.SelectOption(
        label=label if len(label) <= LONGEST_CHOICE else f"{label[: LONGEST_CHOICE - 1]}…",
        value=value,
        description=description[:LONGEST_CHOICE] or None,
    )


def item_id(prefix: str, action: str, words: Sequence[object]) -> str:
    """Return the custom id of an action and what it is about."""
    return ":".join([prefix, action, *(quote(str(word), safe=" ~") for word in words)])


def _words(rest: str) -> list[str]:
    return [unquote(word) for word in rest.split(":")[1:]]
