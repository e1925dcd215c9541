"""What is offered while somebody types an option of `/feed`."""

from collections.abc import Mapping, Sequence
from typing import Final

import discord
from discord import app_commands

from bot.domain.feeds import FeedKind, FeedState
from bot.domain.queries import suggest
from bot.domain.server_settings import Area
from bot.services.feeds import FeedStatus
from bot.tree import answered
from cogs.ui.access import may_manage
from cogs.ui.actions import Interaction
from cogs.ui.feeds.words import promise
from cogs.ui.text import shorten

Choice = app_commands.Choice[str]

LONGEST: Final = 100  # characters of a choice's name and of its value
NOTHING: Final = "none"


@answered
async def complete_feed(interaction: Interaction, current: str) -> list[Choice]:
    """Complete one of the server's feeds."""
    server_id = await may_manage(interaction, Area.FEED)
    statuses = await interaction.client.services.feeds.overview(server_id)
    return feeds(statuses, interaction.guild, current)


@answered
async def complete_query(_interaction: Interaction, current: str) -> list[Choice]:
    """Complete the query of a feed that is to be."""
    return queries(current)


@answered
async def complete_other_query(_interaction: Interaction, current: str) -> list[Choice]:
    """Complete the query that a feed is to get, or none."""
    return queries(current, clearable=True)


@answered
async def complete_mention(interaction: Interaction, current: str) -> list[Choice]:
    """Complete the role that a feed is to mention, or none."""
    await may_manage(interaction, Area.FEED)
    return roles(current, interaction.guild)


def queries(current: str, *, clearable: bool = False) -> list[Choice]:
    """Complete a query, each offer with its reading; where one can be taken away, that first."""
    offers = [app_commands.Choice(name=label, value=value) for value, label in suggest(current)]
    if clearable and NOTHING.startswith(current.strip().lower()):
        offers.insert(0, app_commands.Choice(name="none · every paper", value=NOTHING))
    return offers


def roles(current: str, guild: discord.Guild | None) -> list[Choice]:
    """Complete a role by its name; "none" takes the mention away."""
    wanted = current.strip().lstrip("@").lower()
    found = [role for role in reversed(guild.roles) if not role.is_default()] if guild else []
    offers = [
        app_commands.Choice(name=shorten(f"@{role.name}", LONGEST), value=str(role.id))
        for role in found
        if wanted in role.name.lower()
    ]
    if NOTHING.startswith(wanted):
        offers.insert(0, app_commands.Choice(name="none · mention nobody", value=NOTHING))
    return offers


def feeds(statuses: Sequence[FeedStatus], guild: discord.Guild | None, current: str) -> list[Choice]:
    """Offer the server's feeds by number, channel, category and query, as they are typed or nearly so."""
    names: dict[int, str] = {}
    for status in statuses:
        feed = status.feed
        channel = guild.get_channel(feed.channel_id) if guild else None
        facts = [f"#{channel.name if channel else 'gone'}", ", ".join(feed.plan.categories), feed.plan.query]
        if feed.plan.kind is not FeedKind.PAPERS:
            facts[1:] = [promise(feed).partition("\n")[0].replace("**", "").replace("\\", "")]
        if feed.state is FeedState.PAUSED:
            facts.insert(0, "paused")
        names[feed.number] = " · ".join(fact for fact in (str(feed.number), *facts) if fact)
    return [
        app_commands.Choice(name=shorten(names[number], LONGEST), value=str(number))
        for number in _matching(names, current)
    ]


def papers(found: list[tuple[str, str]]) -> list[Choice]:
    """Offer papers by id and title."""
    return [app_commands.Choice(name=shorten(f"{id_} · {title}", LONGEST), value=id_) for id_, title in found]


def _matching(names: Mapping[int, str], typed: str) -> list[int]:
    """Return the numbers whose name holds what was typed; where none does, those that resemble it."""
    wanted = typed.strip().lower().removeprefix("feed ").strip()
    number = wanted.removeprefix("#")
    if number.isdecimal():
        return [found for found in names if str(found).startswith(number)]
    holding = [found for found, name in names.items() if wanted in name.lower()]
    if holding:
        return holding
    from rapidfuzz import fuzz, process

    near = process.extract(
        wanted, names, scorer=fuzz.partial_ratio, processor=str.lower, score_cutoff=70, limit=25
    )
    return [found for _, _, found in near]
