"""`/feed edit`: Discord in, Discord out."""

import re
from dataclasses import replace

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.feed_edits import FeedEdit, Mention
from bot.domain.server_settings import Area
from bot.errors import Faults, UserError
from bot.services.feeds import FeedService, check_is_no_round
from cogs.feeds.choices import complete_feed, complete_mention, complete_other_query
from cogs.feeds.events import edit_events, read_shared
from cogs.feeds.options import (
    CHOICES,
    TO_CHANGE,
    Categories,
    Channel,
    DaysText,
    FeedName,
    Limit,
    QueryText,
    TimeText,
    ZoneText,
)
from cogs.ui.access import may_manage
from cogs.ui.actions import Interaction
from cogs.ui.cards import show
from cogs.ui.categories import complete_categories
from cogs.ui.event_feeds.inputs import Mentioned
from cogs.ui.feeds import edited_card
from cogs.ui.feeds.editing import check_edit, panel_of
from cogs.ui.feeds.inputs import NOTHING, read_edit
from cogs.ui.feeds.listing import is_of_events
from cogs.ui.places import Postable, place_of
from cogs.ui.times import complete_days, complete_time, complete_zone


class FeedEditCommand(commands.Cog):
    """How `/feed` changes one; `cogs.feeds.commands.Feeds` is the group."""

    _feeds: FeedService

    @app_commands.command()
    @app_commands.describe(
        feed="Which feed",
        channel="Where the papers arrive",
        mention="A role that each post mentions; none for nobody",
        **TO_CHANGE,
    )
    @app_commands.choices(**CHOICES)
    @app_commands.autocomplete(
        time=complete_time,
        zone=complete_zone,
        days=complete_days,
        feed=complete_feed,
        categories=complete_categories,
        query=complete_other_query,
        mention=complete_mention,
    )
    async def edit(
        self,
        interaction: Interaction,
        feed: FeedName,
        channel: Channel | None = None,
        categories: Categories | None = None,
        query: QueryText | None = None,
        time: TimeText | None = None,
        zone: ZoneText | None = None,
        days: DaysText | None = None,
        style: str | None = None,
        limit: Limit | None = None,
        types: str | None = None,
        order: str | None = None,
        mention: app_commands.Range[str, 1, 100] | None = None,
        changes: str | None = None,
    ) -> None:
        """Change a feed: only what you name, or everything on a panel."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        before = await self._feeds.feed(server_id, number)
        check_is_no_round(before)
        faults = Faults()
        if is_of_events(before):
            named = {
                "categories": categories,
                "query": query,
                "types": types,
                "order": order,
                "changes": changes,
            }
            shared = read_shared(faults, time=time, zone=zone, days=days, style=style, limit=limit)
            role = faults.read(lambda text: _role(text, interaction.guild), mention)
            unfit = [name for name, value in named.items() if value is not None]
            faults.settle()
            where = replace(shared, channel_id=channel.id if channel else None)
            wish = replace(where, mention=Mentioned(role.role_id) if role else None)
            await edit_events(interaction, server_id, number, wish, unfit)
            return
        typed = read_edit(
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
        edit = _with(typed, channel, faults.read(lambda text: _role(text, interaction.guild), mention))
        faults.check(lambda: check_edit(interaction.guild, before.plan, edit))
        faults.settle()
        if edit.is_empty:
            await show(interaction, panel_of(before))
        else:
            edited = await self._feeds.edit(server_id, number, edit, by=interaction.user.id)
            await show(interaction, edited_card(edited))


def _with(edit: FeedEdit, channel: Postable | None, mention: Mention | None) -> FeedEdit:
    return replace(edit, place=place_of(channel) if channel is not None else None, mention=mention)


def _role(text: str, guild: discord.Guild | None) -> Mention:
    """Read a role by its mention, id or name; "none" takes the mention away."""
    typed = text.strip()
    if typed.lower() in NOTHING:
        return Mention(None)
    roles = guild.roles if guild else []
    digits = re.sub(r"^<@&(\d+)>$", r"\1", typed)
    for role in roles:
        if str(role.id) == digits or role.name.lower() == typed.removeprefix("@").lower():
            return Mention(role.id)
    raise UserError("Pick a role from the list, or write none to mention nobody.")
