"""Times of day, days and time zones, offered while somebody types."""

from datetime import datetime

from discord import app_commands

from bot.domain.schedule import suggest_days, suggest_times
from bot.domain.zones import search_zones
from bot.tree import answered
from cogs.ui.actions import Interaction


def zone_choices(typed: str, now: datetime) -> list[app_commands.Choice[str]]:
    """Return the time zones that may be meant, each with its time at `now`."""
    return [app_commands.Choice(name=choice.label, value=choice.name) for choice in search_zones(typed, now)]


@answered
async def complete_time(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the times of day that may be meant."""
    return [app_commands.Choice(name=text, value=text) for text in suggest_times(typed)]


@answered
async def complete_days(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the days of the week that may be meant."""
    return [app_commands.Choice(name=text, value=text) for text in suggest_days(typed)]


@answered
async def complete_zone(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the time zones that may be meant, each with the time it has there."""
    return zone_choices(typed, interaction.client.services.clock.now())
