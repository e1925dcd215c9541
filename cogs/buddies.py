"""`/buddy`: study buddies, matched by what fits."""

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain.meetings.pauses import OFFERED, parse_until
from bot.domain.meetings.values import Standing
from bot.domain.sources import stamp
from bot.errors import UserError
from bot.services.buddies.bundle import Buddies
from bot.services.buddies.profiles import NO_PROFILE
from bot.tree import answered
from cogs.ui.access import here
from cogs.ui.buddies.finding import show_found, show_waiting
from cogs.ui.buddies.meeting import block, blocked_card, matches_card, open_report, unblock
from cogs.ui.buddies.profile import leave_card, open_join, show_profile
from cogs.ui.cards import show
from cogs.ui.dates import long_date

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list


_NOTHING_TO_PAUSE: Final = {
    Standing.DRAFT: "You are not in yet, so there is nothing to pause.",
    Standing.AWAY: "You are in no round before you say that you are back, so there is nothing to pause.",
}


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
class BuddyCommands(commands.GroupCog, group_name="buddy", group_description="Study buddies who fit you"):
    """Everything is seen by the one who asked alone; partners see what was marked for them."""

    def __init__(self, buddies: Buddies, clock: Clock) -> None:
        self._buddies = buddies
        self._clock = clock

    @app_commands.command()
    async def join(self, interaction: Interaction) -> None:
        """Be matched with people who fit what you learn and when you have time."""
        await open_join(interaction)

    @app_commands.command()
    async def profile(self, interaction: Interaction) -> None:
        """Show and change your profile, and who sees what of it."""
        here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_profile(interaction)
        await show_waiting(interaction)

    @app_commands.command()
    async def find(self, interaction: Interaction) -> None:
        """See who would fit you, between rounds, and ask them."""
        here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_found(interaction)

    @app_commands.command()
    @app_commands.describe(until="A day such as 2026-09-01, or how long, such as 2 weeks")
    async def pause(self, interaction: Interaction, until: app_commands.Range[str, 1, 40]) -> None:
        """Take a break: no rounds until a day."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        overview = await self._buddies.profiles.overview(server_id, interaction.user.id)
        if overview.membership is None:
            raise UserError(NO_PROFILE)
        if (nothing := _NOTHING_TO_PAUSE.get(overview.membership.standing)) is not None:
            await show_profile(interaction, told=nothing)
            return
        zone = overview.membership.profile.availability.zone
        moment = parse_until(until, zone, self._clock.now())
        await self._buddies.profiles.pause(server_id, interaction.user.id, moment)
        await show_profile(
            interaction,
            told=f"⏸️ You take part in no round before {stamp(moment, 'D')}. A meeting that is under way goes on.",
        )

    @app_commands.command()
    async def leave(self, interaction: Interaction) -> None:
        """Leave at once; your profile is deleted."""
        here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(interaction, leave_card())

    @app_commands.command()
    @app_commands.describe(member="Whom you never want to be matched with; they are not told")
    async def block(self, interaction: Interaction, member: discord.User) -> None:
        """Never be matched with somebody, whether or not you have met."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        if member.bot:
            raise UserError("Bots are in no round.")
        await block(interaction, member.id)

    @app_commands.command()
    @app_commands.describe(member="Whom you blocked; without it you see whom")
    async def unblock(self, interaction: Interaction, member: discord.User | None = None) -> None:
        """Take a block back, or see whom you blocked."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        if member is not None:
            await unblock(interaction, member.id)
            return
        await show(interaction, blocked_card(await self._buddies.safety.blocked(interaction.user.id)))

    @app_commands.command()
    async def matches(self, interaction: Interaction) -> None:
        """Show whom you have met, and where your meetings are."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self._buddies.meetings.of_member(server_id, interaction.user.id)
        await show(interaction, matches_card(found, interaction.user.id, self._clock.now()))
        await show_waiting(interaction)

    @app_commands.command()
    async def report(self, interaction: Interaction) -> None:
        """Tell the moderators something; you choose what they see."""
        await open_report(interaction)

    @pause.autocomplete("until")
    @answered
    async def _until(self, interaction: Interaction, current: str) -> Choices:
        overview = await self._buddies.profiles.overview(here(interaction), interaction.user.id)
        zone = overview.membership.profile.availability.zone if overview.membership else "UTC"
        found = []
        for text in dict.fromkeys((current, *OFFERED)):
            if current and current.casefold() not in text.casefold():
                continue
            try:
                moment = parse_until(text, zone, self._clock.now())
            except UserError:
                continue
            day = long_date(moment.astimezone(ZoneInfo(zone)).date())
            found.append(app_commands.Choice(name=f"{text} (until {day})", value=text))
        return found
