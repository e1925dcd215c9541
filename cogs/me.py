"""`/me`: what is kept about a member, theirs to see, to take along and to delete."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from cogs.ui.me.cards import send_export, show_delete, show_held, show_settings
from cogs.ui.times import complete_zone

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Me(commands.GroupCog, group_name="me", group_description="What I keep about you, and your settings"):
    """Only ever about the one who asks; every answer is seen by them alone."""

    @app_commands.command()
    async def show(self, interaction: Interaction) -> None:
        """Show everything I keep about you."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_held(interaction)

    @app_commands.command()
    @app_commands.describe(
        zone="Your time zone, such as Europe/Paris",
        messages="Whether I may send you direct messages",
        visible="Whether others see your name in lists, such as leaderboards",
    )
    @app_commands.autocomplete(zone=complete_zone)
    async def settings(
        self,
        interaction: Interaction,
        zone: app_commands.Range[str, 1, 60] | None = None,
        messages: bool | None = None,
        visible: bool | None = None,
    ) -> None:
        """Set your time zone, direct messages, and whether others see you in lists."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_settings(interaction, zone=zone, dms=messages, visible=visible)

    @app_commands.command()
    async def export(self, interaction: Interaction) -> None:
        """Take everything I keep about you as a file."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await send_export(interaction)

    @app_commands.command()
    async def delete(self, interaction: Interaction) -> None:
        """Delete everything I keep about you, after you have confirmed it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_delete(interaction)
