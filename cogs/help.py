"""`/help`: what somebody can do here."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.tree import answered
from cogs.ui.access import moderated
from cogs.ui.help.cards import choice_words, offered, show_help

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list


class Help(commands.Cog):
    """Answers by who asks and where."""

    @app_commands.command(name="help")
    @app_commands.allowed_installs(guilds=True, users=False)
    @app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
    @app_commands.describe(command="A command, to see its options")
    async def help_(
        self, interaction: Interaction, command: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Show what you can do here, with buttons that start it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_help(interaction, command)

    @help_.autocomplete("command")
    @answered
    async def _command(self, interaction: Interaction, current: str) -> Choices:
        found = offered(interaction, await moderated(interaction), current)
        return [app_commands.Choice(name=choice_words(each), value=each.name) for each in found]
