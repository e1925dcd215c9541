"""The list of roles, as it was filtered."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.domain.careers import TrackKind
from bot.errors import UserError
from cogs.ui.roles.answers.asking import GONE, careers_of, server_of
from cogs.ui.roles.items import pressed
from cogs.ui.roles.listing import OPEN, Filter, list_page
from cogs.ui.roles.pages import answer, turn
from cogs.ui.roles.things import filter_of, track_page

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


@pressed("list")
async def _list(interaction: Interaction, words: Sequence[str]) -> None:
    page, stage, track, kind, ladder = words
    await turn(interaction)
    await show_list(interaction, Filter(stage, track.removeprefix("track."), kind, ladder), int(page))


async def show_list(interaction: Interaction, wanted: Filter, page: int = 0) -> None:
    """Answer with a page of the list. Research, applied and the ladders are tracks too, and filters by themselves."""
    service, server_id = careers_of(interaction), server_of(interaction)
    if wanted.track != OPEN:
        track = service.careers.tracks.get(wanted.track)
        if track is None:
            raise UserError(GONE)
        if track.kind is TrackKind.FOUNDATION:
            await answer(interaction, track_page(service.careers, track))
            return
        if track.kind is not TrackKind.SPECIALISATION:
            asked = zip(wanted.words, filter_of(track), strict=True)
            parts = [given if own == OPEN else own for given, own in asked]
            wanted = Filter(parts[0], OPEN, *parts[2:])
    own = (await service.added(server_id)).roles if server_id else {}
    await answer(interaction, list_page(service.careers, wanted, page, own))
