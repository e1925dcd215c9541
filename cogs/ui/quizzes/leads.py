"""Where a miss leads: the skill's card, papers about it, and whatever else another feature has to offer.

A feature that has something for who wants to learn a skill registers it: `@lead("buddy", "Find a buddy for {}")`.
Nothing is shown for what nobody registered.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING, Final

import discord

from bot.domain.lookup import Kind
from bot.services.careers import paper_query
from cogs.ui.cards import show
from cogs.ui.paper_pages import search_card
from cogs.ui.quizzes.items import QuizButton, pressed
from cogs.ui.roles.answers import thing_page
from cogs.ui.roles.pages import answer, beside

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

Lead = Callable[[Interaction, str], Awaitable[None]]
"""Answers a press; it gets the id of the skill. It has to acknowledge the press, and beside the card."""

_leads: Final[dict[str, tuple[str, Lead]]] = {}


def lead(name: str, label: str) -> Callable[[Lead], Lead]:
    """Offer something below what was missed; `{}` in the label is the name of the skill."""

    def register(handler: Lead) -> Lead:
        _leads[name] = (label, handler)
        return handler

    return register


def lead_buttons(interaction: Interaction, skill: str, *, only: Sequence[str] = ()) -> list[QuizButton]:
    """Return a button for everything there is about a skill; none for one without a card."""
    library = interaction.client.services.quizzes.library
    if not library.has_card(skill):
        return []
    return [
        QuizButton("lead", name, skill, label=label.format(library.skill_name(skill)))
        for name, (label, _) in _leads.items()
        if not only or name in only
    ]


@pressed("lead")
async def _follow(interaction: Interaction, words: Sequence[str]) -> None:
    name, skill = words
    _, handler = _leads[name]
    await handler(interaction, skill)


@lead("skill", "About {}")
async def _skill_card(interaction: Interaction, skill: str) -> None:
    await beside(interaction)
    await answer(interaction, await thing_page(interaction, Kind.SKILL.value, skill))


@lead("papers", "Papers on {}")
async def _papers(interaction: Interaction, skill: str) -> None:
    await beside(interaction)
    careers = interaction.client.services.careers
    query = paper_query(careers.careers.skills[skill])
    await show(interaction, search_card(await interaction.client.services.papers.search(query)))
