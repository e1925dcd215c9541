"""`/setup`: what moderators decide for their server."""

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.languages import LABELS
from bot.domain.lookup import Kind
from bot.domain.server_settings import Area
from bot.domain.transfer import MAX_BYTES
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.moderation import Moderation
from bot.tree import answered
from cogs.quiz_setup import QuizSetup
from cogs.roles import choice_name
from cogs.ui.access import may_manage
from cogs.ui.buddies.server import show_setup as show_buddies
from cogs.ui.roles.server import link_role, show_setup
from cogs.ui.setup.importing import send_export, take_file
from cogs.ui.setup.log import show_log, show_undo
from cogs.ui.setup.server import read_zone, show_server
from cogs.ui.setup.start import show_start
from cogs.ui.setup.status import show_status
from cogs.ui.setup.words import AREAS, entry_label
from cogs.ui.times import zone_choices

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
class Setup(
    QuizSetup, commands.GroupCog, group_name="setup", group_description="What Cohort does in this server"
):
    """Needs Manage Server; to give Discord roles away it takes Manage Roles as well."""

    def __init__(self, careers: CareerService, moderation: Moderation) -> None:
        self._careers = careers
        self._moderation = moderation

    @app_commands.command()
    async def start(self, interaction: Interaction) -> None:
        """Set this server up in two minutes: choose, look at it, done."""
        await may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_start(interaction)

    @app_commands.command()
    async def status(self, interaction: Interaction) -> None:
        """Show what I do here, what is held and why, and what to put right."""
        await may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_status(interaction)

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

    @app_commands.command()
    async def buddies(self, interaction: Interaction) -> None:
        """Bring members together who fit: when, where and for whom; with a dry run."""
        await may_manage(interaction, Area.BUDDIES)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_buddies(interaction)

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

    @app_commands.command()
    @app_commands.describe(
        zone="Time zone, such as Europe/Paris; none to take it away",
        language="Language of everything I post here; answers to commands are in English for now",
        notices="Where I say what went wrong and what is held",
        feeds="A role that may set up feeds, besides Manage Server",
        careers="A role that may set up careers",
        quizzes="A role that may set up quizzes",
        buddies="A role that may set up study buddies",
    )
    @app_commands.choices(
        language=[app_commands.Choice(name=label, value=each.value) for each, label in LABELS.items()]
    )
    async def server(
        self,
        interaction: Interaction,
        zone: app_commands.Range[str, 1, 60] | None = None,
        language: str | None = None,
        notices: discord.TextChannel | None = None,
        feeds: discord.Role | None = None,
        careers: discord.Role | None = None,
        quizzes: discord.Role | None = None,
        buddies: discord.Role | None = None,
    ) -> None:
        """Set the server's time zone and language, where notices go, and who else may moderate."""
        await may_manage(interaction)
        changed: dict[str, Any] = {}
        if zone is not None:
            changed["zone"] = read_zone(zone)
        if language is not None:
            changed["language"] = language
        if notices is not None:
            changed["notices_channel_id"] = notices.id
        roles = {"feed": feeds, "roles": careers, "quiz": quizzes, "buddies": buddies}
        changed |= {f"{area}_role_id": role.id for area, role in roles.items() if role is not None}
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_server(interaction, changed)

    @server.autocomplete("zone")
    @answered
    async def _zone(self, interaction: Interaction, current: str) -> Choices:
        return zone_choices(current, interaction.client.services.clock.now())

    @app_commands.command()
    @app_commands.describe(area="Only changes of this", member="Only changes by this person")
    @app_commands.choices(
        area=[app_commands.Choice(name=words, value=area.value) for area, words in AREAS.items()]
    )
    async def log(
        self, interaction: Interaction, area: str | None = None, member: discord.User | None = None
    ) -> None:
        """Show who changed what in this server, and when."""
        await may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_log(interaction, area=Area(area) if area else None, by=member.id if member else None)

    @app_commands.command()
    @app_commands.describe(change="Which change; leave it out to pick from a list")
    async def undo(
        self, interaction: Interaction, change: app_commands.Range[str, 1, 100] | None = None
    ) -> None:
        """Take back one of the last 50 changes, after a look at what that does."""
        await may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if change is not None and not (change.isascii() and change.isdecimal() and len(change) < 16):
            raise UserError("Pick a change from the list.")
        await show_undo(interaction, int(change) if change is not None else None)

    @undo.autocomplete("change")
    @answered
    async def _change(self, interaction: Interaction, current: str) -> Choices:
        server_id = await may_manage(interaction)
        typed = current.strip().casefold()
        found = [
            (each.change, entry_label(each.change)) for each in await self._moderation.log.latest(server_id)
        ]
        return [
            app_commands.Choice(name=f"{label} · {change.at:%d %b %H:%M} UTC"[:100], value=str(change.id))
            for change, label in found
            if typed in label.casefold()
        ]

    @app_commands.command()
    async def export(self, interaction: Interaction) -> None:
        """Take everything that is set up here as a file."""
        await may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await send_export(interaction)

    @app_commands.command(name="import")
    @app_commands.describe(
        file="What /setup export made, of this server or another one",
        replace="Also remove what is set up here and not in the file",
    )
    async def import_(
        self, interaction: Interaction, file: discord.Attachment, replace: bool = False
    ) -> None:
        """Set this server up from a file, after a look at what that changes."""
        await may_manage(interaction)
        if file.size > MAX_BYTES:
            raise UserError(f"That file is too large: at most {MAX_BYTES // 1000} kB.")
        await interaction.response.defer(ephemeral=True, thinking=True)
        await take_file(interaction, await file.read(), replace=replace)
