"""How somebody leaves study buddies, asked once."""

from collections.abc import Sequence

import discord
from discord import ui

from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import BuddyButton, pressed
from cogs.ui.cards import CARE, GOOD, card, show, turn


@pressed("leave")
async def _leave(interaction: Interaction, _words: Sequence[str]) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show(interaction, leave_card())


@pressed("leaveyes")
async def _leave_yes(interaction: Interaction, _words: Sequence[str]) -> None:
    await turn(interaction)
    await leave(interaction)


def leave_card() -> ui.LayoutView:
    """Ask once whether somebody wants to leave."""
    return card(
        "## Leave study buddies?\nYour profile is deleted at once, and you are taken out of the meetings you are in. The "
        "others are told that they are fewer, and nothing else.",
        [BuddyButton("leaveyes", label="Leave and delete", style=discord.ButtonStyle.danger)],
        colour=CARE,
    )


async def leave(interaction: Interaction) -> None:
    """Delete the profile, and say what is kept."""
    there = await interaction.client.services.buddies.profiles.leave(here(interaction), interaction.user.id)
    gone = "Your profile is deleted." if there else "You were not in."
    await show(
        interaction,
        card(
            f"## You have left\n{gone} Whom you blocked stays blocked, for your safety; `/buddy unblock` takes that back. "
            "`/buddy join` brings you back.",
            colour=GOOD,
        ),
    )
