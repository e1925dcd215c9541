"""What somebody ticks, and the roles that ask for it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.domain.fit import Profile, rank
from bot.errors import UserError
from cogs.ui.roles.answers.asking import careers_of
from cogs.ui.roles.items import chosen, pressed
from cogs.ui.roles.matching import (
    fits_page,
    read_ticks,
    strengthened,
    strong_page,
    tick_page,
    ticked,
)
from cogs.ui.roles.pages import Page, answer, turn

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


@pressed("ticks")
async def _ticks(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[1])
    await turn(interaction)
    await _show_ticks(interaction, profile, int(words[0]))


@chosen("tick")
async def _tick(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    menu, page, letters = words
    service = careers_of(interaction)
    profile = ticked(service.careers, read_ticks(service.sheet, letters), int(menu), values)
    await turn(interaction)
    await _show_ticks(interaction, profile, int(page))


@pressed("strong")
async def _strong(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    await turn(interaction)
    await answer(interaction, strong_page(service.careers, service.sheet, profile))


@chosen("strong")
async def _strong_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    menu, letters = words
    service = careers_of(interaction)
    profile = strengthened(service.careers, read_ticks(service.sheet, letters), int(menu), values)
    await turn(interaction)
    await answer(interaction, strong_page(service.careers, service.sheet, profile))


@pressed("fits")
async def _fits(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    page = fits_page(service.careers, service.sheet, profile, rank(service.careers, profile))
    await turn(interaction)
    await answer(interaction, page)


@pressed("keep")
async def _keep(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    await turn(interaction)
    await service.keep(interaction.user.id, profile)
    fits = rank(service.careers, profile)
    await answer(interaction, fits_page(service.careers, service.sheet, profile, fits, kept=True))


@pressed("forget")
async def _forget(interaction: Interaction, _words: Sequence[str]) -> None:
    service = careers_of(interaction)
    await turn(interaction)
    count = await service.forget(interaction.user.id)
    told = (
        "I kept nothing about what you know."
        if not count
        else "Your skills are deleted. I keep none of them."
    )
    await answer(interaction, Page([f"## Forgotten\n{told}\nTo start again, type `/role match`."]))


@pressed("quizzed")
async def _from_quizzes(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    profile = read_ticks(service.sheet, words[0])
    await turn(interaction)
    shown = await service.known_from_quiz(interaction.user.id)
    if shown is None:
        raise UserError("There are no quiz results that I may use. Tick what you know instead.")
    both = profile | {skill: max(grasp, profile.get(skill, grasp)) for skill, grasp in shown.items()}
    told = "Ticked from your quizzes as well. Untick what is not so, and add what no quiz asked about."
    await answer(interaction, tick_page(service.careers, service.sheet, both, 0, told=told))


async def show_match(interaction: Interaction) -> None:
    """Answer with the first page of ticks, on which stands what the member asked to be kept."""
    service = careers_of(interaction)
    kept = await service.kept(interaction.user.id)
    await _show_ticks(interaction, kept, 0, kept=bool(kept))


async def _show_ticks(interaction: Interaction, profile: Profile, page: int, *, kept: bool = False) -> None:
    """Answer with a page of ticks; the first one offers quiz results, where they may be used."""
    service = careers_of(interaction)
    quizzed = not page and await service.known_from_quiz(interaction.user.id) is not None
    ticks = tick_page(service.careers, service.sheet, profile, page, kept=kept, quizzed=quizzed)
    await answer(interaction, ticks)
