"""The lines of `/setup status` about what a server sets up as a whole."""

from typing import TYPE_CHECKING

import discord

from bot.domain.feeds import FeedState
from bot.domain.meetings.values import Standing
from bot.domain.sources import stamp
from cogs.ui.text import plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


async def quizzes(interaction: Interaction) -> str:
    """Say how the question of the day and a server's own questions stand."""
    guild = interaction.guild
    assert guild is not None
    services = interaction.client.services.quizzes
    feed = await services.daily.current(guild.id)
    state = await services.own.state(guild.id)
    if feed is None:
        facts = ["on, no question of the day"]
    elif feed.state is FeedState.PAUSED:
        facts = [f"⏸️ question of the day in <#{feed.channel_id}> paused"]
    else:
        facts = [f"question of the day in <#{feed.channel_id}>", f"next {stamp(feed.slot_at)}"]
        if feed.last_run_at is not None:
            facts.append(f"last {stamp(feed.last_run_at)}")
    if state.off:
        facts.append(f"{plural(len(state.off), 'topic')} off")
    if state.own:
        facts.append(plural(state.own, "own question"))
    return f"**Quizzes** {' · '.join(facts)}"


async def study_buddies(interaction: Interaction) -> str:
    """Say how study buddies stand, in numbers."""
    guild = interaction.guild
    assert guild is not None
    status = await interaction.client.services.buddies.setup.status(guild.id)
    settings = status.settings
    if not settings.on:
        words = "off" if settings.channel_id is None else f"off, prepared in <#{settings.channel_id}>"
        return f"**Study buddies** {words}; `/setup buddies` switches them on"
    if status.is_paused:
        facts = [f"⏸️ paused in <#{settings.channel_id}>"]
    else:
        facts = [f"in <#{settings.channel_id}>"]
        if status.feed is not None:
            facts.append(f"next round {stamp(status.feed.slot_at)}")
    if status.last is not None:
        facts.append(f"last {stamp(status.last.slot_at)}")
    facts += [
        f"{plural(status.members.get(Standing.IN, 0), 'member')} in",
        f"{plural(status.meetings, 'meeting')} under way",
    ]
    return f"**Study buddies** {' · '.join(facts)}"
