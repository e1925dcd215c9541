"""`/feed`: what moderators let arrive in their channels."""

from datetime import datetime
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands
from rapidfuzz import fuzz, process

from bot.clock import Clock
from bot.content import load_taxonomy
from bot.domain.feeds import DEFAULT_CATEGORIES, DEFAULT_LIMIT, MAX_LIMIT, FeedPlan, FeedState, Style
from bot.domain.schedule import Schedule, parse_days, parse_time, suggest_days, suggest_times
from bot.domain.zones import parse_zone, search_zones
from bot.errors import UserError
from bot.services.feeds import FeedService
from bot.tree import answered
from cogs.ui.access import helpful_in, may_manage, missing_in
from cogs.ui.cards import show
from cogs.ui.feeds import changed_card, created_card, feed_list, preview_card, removed_card
from cogs.ui.text import listing, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list


_LONGEST_CHOICE: Final = 100

FeedName = app_commands.Range[str, 1, 100]


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Feeds(commands.GroupCog, group_name="feed", group_description="Papers that arrive in a channel"):
    """Set up, list, preview, pause and remove feeds; needs Manage Server."""

    def __init__(self, feeds: FeedService, clock: Clock) -> None:
        self._feeds = feeds
        self._clock = clock

    @app_commands.command()
    @app_commands.describe(
        channel="Where the papers arrive",
        categories="arXiv categories, such as cs.LG, cs.CL (cs.AI and cs.LG if you leave it out)",
        query='Only papers with these words; OR between alternatives, "…" around phrases',
        time="Time of day, such as 09:00",
        zone="Time zone, such as Europe/Paris",
        days="Days of the week, such as weekdays or Mon, Wed",
        style="One post for the day, or a post for each paper",
        limit=f"Most papers a day, up to {MAX_LIMIT}; the rest is counted",
    )
    @app_commands.choices(
        style=[
            app_commands.Choice(name="One post for the day", value=Style.DIGEST.value),
            app_commands.Choice(name="A post for each paper", value=Style.EACH.value),
        ]
    )
    async def papers(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        categories: app_commands.Range[str, 1, 300] | None = None,
        query: app_commands.Range[str, 1, 300] | None = None,
        time: app_commands.Range[str, 1, 20] = "09:00",
        zone: app_commands.Range[str, 1, 60] | None = None,
        days: app_commands.Range[str, 1, 80] = "weekdays",
        style: str = Style.DIGEST.value,
        limit: app_commands.Range[int, 1, MAX_LIMIT] = DEFAULT_LIMIT,
    ) -> None:
        """Post new arXiv papers to a channel, each once."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        if missing := missing_in(channel):
            raise UserError(
                f"I cannot post in {channel.mention} yet: I lack {listing(missing)} there. Open Edit Channel → "
                "Permissions, allow it for my role, and try again."
            )
        plan = FeedPlan(
            server_id=server_id,
            channel_id=channel.id,
            categories=load_taxonomy().parse_list(categories) if categories else DEFAULT_CATEGORIES,
            query=" ".join((query or "").split()),
            style=Style(style),
            limit=limit,
            schedule=Schedule(
                parse_time(time),
                parse_zone(zone) if zone else await self._feeds.default_zone(server_id),
                parse_days(days),
            ),
        )
        status = await self._feeds.create(plan, created_by=interaction.user.id)
        chosen = zone is not None or plan.schedule.zone != "UTC"
        await show(interaction, created_card(status, helpful_in(channel), zone_chosen=chosen))

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """Show every feed of this server and how it is doing."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(
            interaction, feed_list(await self._feeds.overview(server_id), interaction.guild, self._now())
        )

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def remove(self, interaction: Interaction, feed: FeedName) -> None:
        """Remove a feed; you can bring it back."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, removed_card(await self._feeds.remove(server_id, number)))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def preview(self, interaction: Interaction, feed: FeedName) -> None:
        """Show what a feed would post now, and how much the last days had."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, preview_card(await self._feeds.preview(server_id, number), self._now()))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def pause(self, interaction: Interaction, feed: FeedName) -> None:
        """Stop a feed until you resume it."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, changed_card(await self._feeds.pause(server_id, number)))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def resume(self, interaction: Interaction, feed: FeedName) -> None:
        """Let a paused feed go on from now."""
        server_id = may_manage(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, changed_card(await self._feeds.resume(server_id, number)))

    @papers.autocomplete("categories")
    @answered
    async def _categories(self, interaction: Interaction, current: str) -> Choices:
        """Complete the last category of a list; those before it stay and are not offered again."""
        taxonomy = load_taxonomy()
        done, comma, last = current.rpartition(",")
        before = f"{done.strip()}, " if comma else ""
        chosen = {taxonomy.canonical(part) for part in done.split(",")}
        return [
            app_commands.Choice(name=_ending(before, item.label), value=f"{before}{item.code}")
            for item in taxonomy.search(last.strip(), limit=len(taxonomy))
            if item.code not in chosen and len(before) + len(item.code) <= _LONGEST_CHOICE
        ]

    @papers.autocomplete("time")
    @answered
    async def _time(self, interaction: Interaction, current: str) -> Choices:
        return [app_commands.Choice(name=text, value=text) for text in suggest_times(current)]

    @papers.autocomplete("zone")
    @answered
    async def _zone(self, interaction: Interaction, current: str) -> Choices:
        found = search_zones(current, self._now())
        return [app_commands.Choice(name=choice.label, value=choice.name) for choice in found]

    @papers.autocomplete("days")
    @answered
    async def _days(self, interaction: Interaction, current: str) -> Choices:
        return [app_commands.Choice(name=text, value=text) for text in suggest_days(current)]

    @remove.autocomplete("feed")
    @preview.autocomplete("feed")
    @pause.autocomplete("feed")
    @resume.autocomplete("feed")
    @answered
    async def _feed(self, interaction: Interaction, current: str) -> Choices:
        """Offer the server's feeds by number, channel, category and keywords, as they are typed or nearly so."""
        server_id = may_manage(interaction)
        names: dict[int, str] = {}
        for status in await self._feeds.overview(server_id):
            feed = status.feed
            channel = interaction.guild.get_channel(feed.channel_id) if interaction.guild else None
            facts = [
                f"#{channel.name if channel else 'gone'}",
                ", ".join(feed.plan.categories),
                feed.plan.query,
            ]
            if feed.state is FeedState.PAUSED:
                facts.insert(0, "paused")
            names[feed.number] = " · ".join(fact for fact in (str(feed.number), *facts) if fact)
        return [
            app_commands.Choice(name=shorten(names[number], _LONGEST_CHOICE), value=str(number))
            for number in _matching(names, current)
        ]

    def _now(self) -> datetime:
        return self._clock.now()


def _matching(names: dict[int, str], typed: str) -> list[int]:
    """Return the numbers whose name holds what was typed; where none does, those that resemble it."""
    wanted = typed.strip().lower().removeprefix("feed ").strip()
    number = wanted.removeprefix("#")
    if number.isdecimal():
        return [found for found in names if str(found).startswith(number)]
    holding = [found for found, name in names.items() if wanted in name.lower()]
    if holding:
        return holding
    near = process.extract(
        wanted, names, scorer=fuzz.partial_ratio, processor=str.lower, score_cutoff=70, limit=25
    )
    return [found for _, _, found in near]


def _ending(before: str, last: str) -> str:
    """Return both in a choice's length: what is being added now must be seen."""
    name = before + last
    return name if len(name) <= _LONGEST_CHOICE else f"…{name[1 - _LONGEST_CHOICE :]}"
