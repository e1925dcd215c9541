"""The one shape of every card: a container of texts, lines and rows of buttons (Components V2).

Limits of a message: 40 components, nested ones counted, and 4,000 characters displayed.
https://discord.com/developers/docs/components/reference
"""

from functools import cached_property
from typing import Any, Final

import discord
from discord import ui

MAX_COMPONENTS: Final = 40
MAX_CHARACTERS: Final = 4000
IS_COMPONENTS_V2: Final = 1 << 15

ACCENT: Final = discord.Colour(0x5B6CFF)
GOOD: Final = discord.Colour(0x3BA55D)
CARE: Final = discord.Colour(0xE0A100)


def container(*parts: Any, colour: discord.Colour = ACCENT) -> ui.Container[Any]:
    """Return a container: a string becomes text, a sequence of buttons a row."""
    box: ui.Container[Any] = ui.Container(accent_colour=colour)
    for part in parts:
        if isinstance(part, str):
            box.add_item(ui.TextDisplay(part))
        elif isinstance(part, ui.Item):
            box.add_item(part)
        elif part:
            box.add_item(ui.ActionRow(*part))
    return box


class _Card(ui.LayoutView):
    """A view with one container, which is sent as it is: it is put into Discord's form once, however often it is sent.

    What is pressed on it is known by its id, long after the process that drew it. So discord.py need not keep it: it
    would keep each private card, and a task, for a quarter of an hour.
    """

    def __init__(self, box: ui.Container[Any]) -> None:
        super().__init__(timeout=None)
        self.add_item(box)
        self.stop()

    def to_components(self) -> list[dict[str, Any]]:
        """Return the components as Discord takes them."""
        return self._components

    @cached_property
    def _components(self) -> list[dict[str, Any]]:
        components: list[dict[str, Any]] = super().to_components()  # type: ignore[no-untyped-call]
        return components


def card(*parts: Any, colour: discord.Colour = ACCENT) -> ui.LayoutView:
    """Return a view with these parts in one container, complete as it is."""
    return _Card(container(*parts, colour=colour))


def line() -> ui.Separator[Any]:
    """Return a thin line."""
    return ui.Separator()


async def show(
    interaction: "discord.Interaction[Any]", view: ui.LayoutView, *, ephemeral: bool = True
) -> None:
    """Answer with a card, whether or not the answer was deferred."""
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view)
    else:
        await interaction.response.send_message(view=view, ephemeral=ephemeral)


async def turn(interaction: "discord.Interaction[Any]") -> None:
    """Acknowledge a press that changes the card it is on; on what others see too, the answer is a card of its own."""
    message = interaction.message
    if message is not None and message.flags.ephemeral:
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
