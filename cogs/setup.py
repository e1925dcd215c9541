"""`/setup`: what moderators decide for their server."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.lookup import Kind
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.tree import answered
from cogs.roles import choice_name
from cogs.ui.access import may_manage
from cogs.ui.roles.server import link_role, show_setup

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Setup(commands.GroupCog, group_name="setup", group_description="What Cohort does in this server"):
    """Needs Manage Server; to give Discord roles away it takes Manage Roles as well."""

    def __init__(self, careers: CareerService) -> None:
        self._careers = careers

    @app_commands.command()
    @app_commands.describe(
        career="A role or track to follow; leave both out to see and change everything",
        role="The Discord role that its followers get",
    )
    async def roles(
        self,
        interaction: Interaction,
        career: app_commands.Range[str, 1, 100] | None = None,
        role: discord.Role | None = None,
    ) -> None:
        """Offer Discord roles to those who follow a career; add roles and links of your own."""
        await may_manage(interaction, Area.ROLES)
        if (career is None) != (role is None):
            raise UserError("Give both a career and a Discord role, or neither to see what is set up.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        if career is not None and role is not None:
            await link_role(interaction, career, role)
        else:
            await show_setup(interaction)

    @roles.autocomplete("career")
    @answered
    async def _career(self, interaction: Interaction, current: str) -> Choices:
        await may_manage(interaction, Area.ROLES)
        found = await self._careers.suggest(current, frozenset({Kind.ROLE, Kind.TRACK}))
        return [
            app_commands.Choice(
                name=choice_name(option, by, several=True), value=f"{option.kind.value}:{option.id}"
            )
            for option, by in found
        ]
