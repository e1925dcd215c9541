"""Where one feature leads to another: a card of a role to a quiz, a miss to somebody who helps with it.

The features know only the places where others may join them; here they are introduced to one another.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.domain.quizzes.sessions import Wanted
from bot.services.bundle import Services
from cogs.ui.buddies.offering import show_offers, tell_offers
from cogs.ui.quizzes.leads import lead
from cogs.ui.quizzes.rounds import put_turn
from cogs.ui.roles.joins import Place, join

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_MOST_SKILLS = 6
"""Skills that one round asks about: the most important of a role."""


def join_all(services: Services) -> None:
    """Introduce the features to one another; may be called again."""
    join(Place.QUIZ, press=_start_quiz)
    join(Place.PEOPLE, press=show_offers, tell=tell_offers)
    lead("buddy", "Who helps with {}")(_ask_about)
    services.careers.joined_by(services.quizzes.standing.grasps)


async def _start_quiz(interaction: Interaction, skills: Sequence[str]) -> None:
    """Begin a round, shown to the one who pressed alone."""
    await interaction.response.defer(ephemeral=True, thinking=True)
    services = interaction.client.services
    wanted = tuple(skills[:_MOST_SKILLS])
    known = services.careers.careers.skills
    title = known[wanted[0]].name if len(wanted) == 1 else "what it asks for"
    turn = await services.quizzes.play.start(
        interaction.user.id, interaction.guild_id, Wanted(areas=wanted, title=title)
    )
    await put_turn(interaction, turn)


async def _ask_about(interaction: Interaction, skill: str) -> None:
    await show_offers(interaction, [skill])
