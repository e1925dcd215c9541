"""`/feed papers` and `/feed highlights`: Discord in, Discord out."""

from dataclasses import replace
from datetime import time

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain.feed_edits import FeedEdit, Mention
from bot.domain.feeds import DEFAULT_CATEGORIES, DEFAULT_LIMIT, FeedKind, FeedPlan, Style
from bot.domain.highlights import MOST_HIGHLIGHTS
from bot.domain.schedule import WEEKDAYS, Schedule
from bot.domain.server_settings import Area
from bot.errors import Faults
from bot.services.feeds import FeedService
from cogs.feeds.choices import complete_query
from cogs.feeds.options import (
    CHOICES,
    DESCRIPTIONS,
    Categories,
    Channel,
    DaysText,
    Limit,
    QueryText,
    TimeText,
    ZoneText,
)
from cogs.ui.access import helpful_in, may_manage
from cogs.ui.actions import Interaction
from cogs.ui.cards import show
from cogs.ui.categories import complete_categories
from cogs.ui.feeds import created_card, highlights_card, preview_card
from cogs.ui.feeds.cards import UNSAVED
from cogs.ui.feeds.inputs import read_edit
from cogs.ui.places import check_mention, check_postable, place_of, tag_words
from cogs.ui.times import complete_days, complete_time, complete_zone


class PaperFeedCommands(commands.Cog):
    """What `/feed` has for papers; `cogs.feeds.commands.Feeds` is the group."""

    _feeds: FeedService
    _clock: Clock

    @app_commands.command()
    @app_commands.describe(
        channel="Where the papers arrive",
        mention="A role that each post mentions",
        preview="Only show what it would post; nothing is saved",
        **DESCRIPTIONS,
    )
    @app_commands.choices(**CHOICES)
    @app_commands.autocomplete(
        time=complete_time,
        zone=complete_zone,
        days=complete_days,
        categories=complete_categories,
        query=complete_query,
    )
    async def papers(
        self,
        interaction: Interaction,
        channel: Channel,
        categories: Categories | None = None,
        query: QueryText | None = None,
        time: TimeText | None = None,
        zone: ZoneText | None = None,
        days: DaysText | None = None,
        style: str | None = None,
        limit: Limit | None = None,
        types: str | None = None,
        order: str | None = None,
        mention: discord.Role | None = None,
        changes: str | None = None,
        preview: bool = False,
    ) -> None:
        """Post new arXiv papers to a channel, each once."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        faults = Faults()
        chosen = read_edit(
            faults,
            categories=categories,
            query=query,
            time=time,
            zone=zone,
            days=days,
            style=style,
            limit=limit,
            types=types,
            order=order,
            changes=changes,
        )
        plan = chosen.applied_to(_usual(server_id, channel.id, await self._feeds.default_zone(server_id)))
        faults.check(lambda: check_postable(channel, plan.style))
        if mention is not None:
            faults.check(lambda: check_mention(mention, channel))
        faults.settle()
        place = FeedEdit(place=place_of(channel), mention=Mention(mention.id) if mention else None)
        plan = place.applied_to(plan)
        if preview:
            seen = await self._feeds.preview_plan(plan)
            await show(interaction, preview_card(seen, self._clock.now(), unsaved=UNSAVED))
            return
        status = await self._feeds.create(plan, created_by=interaction.user.id)
        number = status.feed.number
        await show(
            interaction,
            created_card(
                status,
                await self._feeds.preview(server_id, number, read=False),
                helpful_in(channel),
                zone_chosen=zone is not None or plan.schedule.zone != "UTC",
                tag=tag_words(channel, status.feed.plan.options.forum_tag_id),
            ),
        )

    @app_commands.command()
    @app_commands.describe(
        channel="Where the post arrives",
        time="Time of day, such as 18:00",
        zone="Time zone, such as Europe/Paris",
        days="Day of the week, such as Friday",
        limit=f"Most papers in a post, up to {MOST_HIGHLIGHTS}",
    )
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
    async def highlights(
        self,
        interaction: Interaction,
        channel: Channel,
        time: TimeText | None = None,
        zone: ZoneText | None = None,
        days: DaysText | None = None,
        limit: app_commands.Range[int, 1, MOST_HIGHLIGHTS] = 5,
    ) -> None:
        """Post the papers this server discussed and saved most, once a week."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        faults = Faults()
        chosen = read_edit(faults, time=time, zone=zone, days=days or "Monday", limit=limit)
        usual = _usual(server_id, channel.id, await self._feeds.default_zone(server_id))
        plan = replace(chosen.applied_to(usual), kind=FeedKind.HIGHLIGHTS, categories=(), style=Style.DIGEST)
        faults.check(lambda: check_postable(channel, plan.style))
        faults.settle()
        placed = FeedEdit(place=place_of(channel)).applied_to(plan)
        status = await self._feeds.create(placed, created_by=interaction.user.id)
        await show(interaction, highlights_card(status.feed))


def _usual(server_id: int, channel_id: int, zone: str) -> FeedPlan:
    """Return what a feed is where nothing else is chosen."""
    schedule = Schedule(time(9), zone, WEEKDAYS)
    return FeedPlan(server_id, channel_id, DEFAULT_CATEGORIES, "", Style.DIGEST, DEFAULT_LIMIT, schedule)
