"""How the answers of `/role` are put together and sent."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.pictures import Picture, render
from cogs.ui.cards import ACCENT, card

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


@dataclass(frozen=True, slots=True)
class Page:
    """A card: its parts, and a picture that stands behind the first `above` of them."""

    parts: Sequence[Any]
    picture: Picture | None = None
    above: int = 1
    colour: discord.Colour = ACCENT
    _views: dict[bool, ui.LayoutView] = field(default_factory=dict, init=False, repr=False, compare=False)

    def view(self, *, pictured: bool = True) -> ui.LayoutView:
        """Return the view, with a place for the picture where it is going to be attached."""
        if pictured not in self._views:
            self._views[pictured] = self._draw(pictured=pictured)
        return self._views[pictured]

    def _draw(self, *, pictured: bool) -> ui.LayoutView:
        parts = [_literal(part) if isinstance(part, str) else part for part in self.parts]
        if pictured and self.picture is not None:
            shown = discord.MediaGalleryItem(
                f"attachment://{self.picture.name}", description=self.picture.alt
            )
            parts.insert(self.above, ui.MediaGallery(shown))
        return card(*parts, colour=self.colour)


def _literal(text: str) -> str:
    """Return text in which the star of O*NET begins no italics."""
    return text.replace("O*NET", r"O\*NET")


async def answer(interaction: Interaction, page: Page, *, private: bool = False) -> None:
    """Show a page, in answer to what was deferred or at once. Without Attach Files it goes without its picture.

    `private` counts only where it is at once.
    """
    files = []
    if page.picture is not None and interaction.app_permissions.attach_files:
        drawn = await render(page.picture)
        files = [discord.File(BytesIO(drawn), page.picture.name, description=page.picture.alt)]
    view = page.view(pictured=bool(files))
    if interaction.response.is_done():
        await interaction.edit_original_response(view=view, attachments=files)
    else:
        await interaction.response.send_message(view=view, files=files, ephemeral=private)


async def turn(interaction: Interaction) -> None:
    """Acknowledge a press. A card in a channel changes for the one who asked; others get one of their own."""
    message = interaction.message
    mine = message is not None and (
        message.flags.ephemeral
        or (
            message.interaction_metadata is not None
            and message.interaction_metadata.user.id == interaction.user.id
        )
    )
    if mine:
        await interaction.response.defer()
    else:
        await beside(interaction)


async def beside(interaction: Interaction) -> None:
    """Acknowledge a press that is answered by a new card, for the one who pressed alone."""
    await interaction.response.defer(ephemeral=True, thinking=True)
