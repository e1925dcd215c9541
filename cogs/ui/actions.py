"""What the buttons and menus of a feature do: registered by the modules that draw its cards, found by their ids.

A custom id is `prefix:action:word:word…`; it says everything, so that a card of any age works after any restart.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import quote, unquote

import discord

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

Pressed = Callable[[Interaction, Sequence[str]], Awaitable[None]]
Chosen = Callable[[Interaction, Sequence[str], Sequence[Any]], Awaitable[None]]

Handler = TypeVar("Handler")

ID: Final = r"(?P<action>[a-z]+)(?P<rest>(?::[^:]*)*)"
"""What stands behind the prefix in the template of a button or menu."""

MOST_CHOICES: Final = 25
LONGEST_LABEL: Final = 80
LONGEST_CHOICE: Final = 100

_OLD: Final = "That is from an older version of me. Run the command again, please."


class Actions:
    """The handlers of one feature, by action."""

    def __init__(self) -> None:
        self.on_press: dict[str, Pressed] = {}
        self.on_choice: dict[str, Chosen] = {}

    def pressed(self, action: str) -> Callable[[Pressed], Pressed]:
        """Let a function answer a button; it gets what stands behind the action in the id."""

        def register(handler: Pressed) -> Pressed:
            self.on_press[action] = handler
            return handler

        return register

    def chosen(self, action: str) -> Callable[[Chosen], Chosen]:
        """Let a function answer a menu; it gets what stands behind the action in the id, and what was chosen."""

        def register(handler: Chosen) -> Chosen:
            self.on_choice[action] = handler
            return handler

        return register

    async def press(self, interaction: Interaction, action: str, words: Sequence[str]) -> None:
        """Do what a button is for; raises UserError where nobody knows it any more."""
        await _known(self.on_press, action)(interaction, words)

    async def choose(
        self, interaction: Interaction, action: str, words: Sequence[str], values: Sequence[Any]
    ) -> None:
        """Do what a menu is for with what was chosen; raises UserError where nobody knows it any more."""
        await _known(self.on_choice, action)(interaction, words, values)


def _known(handlers: Mapping[str, Handler], action: str) -> Handler:
    handler = handlers.get(action)
    if handler is None:
        raise UserError(_OLD)
    return handler


def quoted_id(prefix: str, action: str, words: Sequence[object]) -> str:
    """Return the custom id of an action and what it is about, whatever letters that has."""
    return ":".join([prefix, action, *(_quoted(str(word)) for word in words)])


@lru_cache(maxsize=4096)  # the same few hundred words stand on every card
def _quoted(word: str) -> str:
    return quote(word, safe=" ~")


def unquoted(rest: str) -> list[str]:
    """Return the words of an id that `quoted_id` made."""
    return [unquote(word) for word in rest.split(":")[1:]]


def shortened(label: str | None) -> str | None:
    """Return a label of at most 80 letters."""
    return label if not label or len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"
