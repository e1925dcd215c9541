"""`/feed meetups`, `/feed hackathons` and `/feed deadlines`: Discord in, Discord out."""

from functools import partial
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain import conferences as known
from bot.domain.feeds import MAX_LIMIT, FeedKind, Moment, Style
from bot.domain.hackathons import Source
from bot.domain.schedule import parse_days, parse_time
from bot.domain.server_settings import Area
from bot.domain.zones import parse_zone
from bot.errors import Faults, UserError
from bot.services.events import EventFeeds
from bot.services.feeds import FeedService
from bot.tree import answered
from cogs.ui.access import helpful_in, may_manage
from cogs.ui.cards import show
from cogs.ui.event_feeds.cards import created_card, sketch_card
from cogs.ui.event_feeds.editing import change, check_native, edited_card, panel_card
from cogs.ui.event_feeds.inputs import (
    MOMENTS,
    STYLES,
    THEMES,
    WHERE,
    EventEdit,
    Mentioned,
    completed,
    read_moments,
    usual,
)
from cogs.ui.event_feeds.reading import read_reading
from cogs.ui.places import check_mention, check_postable
from cogs.ui.times import complete_days, complete_time, complete_zone

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

Text = app_commands.Range[str, 1, 300]
Short = app_commands.Range[str, 1, 80]
Limit = app_commands.Range[int, 1, MAX_LIMIT]

_OPTIONS: Final = {
    "channel": "Where the events arrive",
    "time": "Time of day, such as 09:00",
    "zone": "Time zone, such as Europe/Paris",
    "days": "Days of the week, such as every day or Mon, Thu",
    "style": "A post for each event, or an agenda of the week",
    "limit": f"Most events in a post, up to {MAX_LIMIT}; the rest is counted",
    "moments": "When to speak of an event: announced, month, week, day, start",
    "native": "Make Discord events as well",
    "mention": "A role that each post mentions",
    "preview": "Only show what it would post; nothing is saved",
}
_STYLES: Final = [
    app_commands.Choice(name=f"{words[0].upper()}{words[1:]}", value=style.value)
    for style, words in STYLES.items()
]


class EventFeedCommands(commands.Cog):
    """What `/feed` has for events; `cogs.feeds.commands.Feeds` is the group."""

    _feeds: FeedService
    _events: EventFeeds
    _clock: Clock

    @app_commands.command()
    @app_commands.describe(
        url="The calendar, or the page of the group: Meetup, Luma, Google, .ics …", **_OPTIONS
    )
    @app_commands.choices(style=_STYLES)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
    async def meetups(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        url: Text,
        time: Short | None = None,
        zone: Short | None = None,
        days: Short | None = None,
        style: str | None = None,
        limit: Limit | None = None,
        moments: Short | None = None,
        native: bool | None = None,
        mention: discord.Role | None = None,
        preview: bool = False,
    ) -> None:
        """Post a group's meetups to a channel, from its calendar."""
        shared: dict[str, Any] = {"time": time, "zone": zone, "days": days, "style": style, "limit": limit}
        shared |= {"moments": moments, "native": native, "mention": mention}
        await self._create(interaction, FeedKind.MEETUPS, channel, {"url": url}, shared, preview=preview)

    @app_commands.command()
    @app_commands.describe(
        source="Devpost, MLH, Zindi, Hack Club, several with commas; all if you leave it out",
        themes="Only these themes, such as AI, Health",
        where="online, in person, or a place such as Toronto",
        **_OPTIONS,
    )
    @app_commands.choices(style=_STYLES)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
    async def hackathons(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        source: Short | None = None,
        time: Short | None = None,
        zone: Short | None = None,
        days: Short | None = None,
        style: str | None = None,
        limit: Limit | None = None,
        themes: Text | None = None,
        where: Short | None = None,
        moments: Short | None = None,
        native: bool | None = None,
        mention: discord.Role | None = None,
        preview: bool = False,
    ) -> None:
        """Post hackathons to a channel."""
        shared: dict[str, Any] = {"time": time, "zone": zone, "days": days, "style": style, "limit": limit}
        shared |= {"moments": moments, "native": native, "mention": mention}
        reading = {"source": source, "themes": themes, "where": where}
        await self._create(interaction, FeedKind.HACKATHONS, channel, reading, shared, preview=preview)

    @app_commands.command()
    @app_commands.describe(
        conferences="Conferences or areas, such as NeurIPS, NLP; all if you leave it out", **_OPTIONS
    )
    @app_commands.choices(style=_STYLES)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
    async def deadlines(
        self,
        interaction: Interaction,
        channel: discord.TextChannel,
        conferences: Text | None = None,
        time: Short | None = None,
        zone: Short | None = None,
        days: Short | None = None,
        style: str | None = None,
        limit: Limit | None = None,
        moments: Short | None = None,
        native: bool | None = None,
        mention: discord.Role | None = None,
        preview: bool = False,
    ) -> None:
        """Post conference deadlines to a channel, and remind of them."""
        shared: dict[str, Any] = {"time": time, "zone": zone, "days": days, "style": style, "limit": limit}
        shared |= {"moments": moments, "native": native, "mention": mention}
        await self._create(
            interaction, FeedKind.DEADLINES, channel, {"conferences": conferences}, shared, preview=preview
        )

    async def _create(
        self,
        interaction: Interaction,
        kind: FeedKind,
        channel: discord.TextChannel,
        reading: dict[str, str | None],
        shared: dict[str, Any],
        *,
        preview: bool,
    ) -> None:
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        faults = Faults()
        edit = read_shared(faults, **shared)
        default_zone = await self._feeds.default_zone(server_id)
        wish, calendar = await read_reading(faults, self._events, kind, edit.zone or default_zone, **reading)
        named = wish.conferences is not None and wish.conferences.text != ""
        plan = usual(kind, server_id, channel.id, default_zone, named=named)
        plan = wish.applied_to(edit.applied_to(plan))
        faults.check(lambda: check_postable(channel, plan.style))
        role = shared["mention"]
        if role is not None:
            faults.check(lambda: check_mention(role, channel))
        if edit.native and interaction.guild is not None:
            guild = interaction.guild
            faults.check(lambda: check_native(guild))
        faults.settle()
        if preview:
            sketch = await self._events.preview(plan)
            await show(interaction, sketch_card(sketch, await self._events.sources(plan), calendar))
            return
        status = await self._events.create(plan, created_by=interaction.user.id)
        access = helpful_in(channel)
        chosen = edit.zone is not None or default_zone != "UTC"
        if any(state is None or state.last_checked_at is None for state in status.sources.values()):
            await show(interaction, created_card(status, access, zone_chosen=chosen, calendar=calendar))
        number = status.feed.number
        post = await self._events.preview_feed(server_id, number)
        status = await self._events.status(server_id, number)
        view = created_card(status, access, zone_chosen=chosen, calendar=calendar, preview=post)
        await show(interaction, view)

    @meetups.autocomplete("moments")
    @hackathons.autocomplete("moments")
    @deadlines.autocomplete("moments")
    @answered
    async def _moments(self, interaction: Interaction, current: str) -> Choices:
        return _choices(completed(current, {each.value: f"{each} · {MOMENTS[each]}" for each in Moment}))

    @hackathons.autocomplete("source")
    @answered
    async def _source(self, interaction: Interaction, current: str) -> Choices:
        return _choices(completed(current, {each.value: each.label for each in Source}))

    @hackathons.autocomplete("themes")
    @answered
    async def _themes(self, interaction: Interaction, current: str) -> Choices:
        return _choices(completed(current, {theme: theme for theme in THEMES}))

    @hackathons.autocomplete("where")
    @answered
    async def _where(self, interaction: Interaction, current: str) -> Choices:
        typed = current.strip().casefold()
        return [app_commands.Choice(name=each, value=each) for each in WHERE if each.startswith(typed)]

    @deadlines.autocomplete("conferences")
    @answered
    async def _conferences(self, interaction: Interaction, current: str) -> Choices:
        offered = known.suggestions(current, await self._events.catalogue())
        return [app_commands.Choice(name=each.label, value=each.name) for each in offered]


def read_shared(
    faults: Faults,
    *,
    time: str | None = None,
    zone: str | None = None,
    days: str | None = None,
    style: str | None = None,
    limit: int | None = None,
    moments: str | None = None,
    native: bool | None = None,
    mention: discord.Role | None = None,
) -> EventEdit:
    """Read the options that the three kinds share; what is wrong is added to `faults` and left out."""
    if moments is not None and style == Style.DIGEST:
        faults.check(partial(_refuse, "Moments belong to a post for each event: leave one of the two out."))
    if style == Style.THREAD:
        faults.check(partial(_refuse, "Events come as a post for each or as an agenda, not as a thread."))
    return EventEdit(
        at=faults.read(parse_time, time),
        zone=faults.read(parse_zone, zone),
        days=faults.read(parse_days, days),
        style=Style(style) if style else None,
        limit=limit,
        moments=faults.read(read_moments, moments),
        native=native,
        mention=Mentioned(mention.id) if mention is not None else None,
    )


async def edit_events(
    interaction: Interaction, server_id: int, number: int, edit: EventEdit, unfit: list[str]
) -> None:
    """Answer `/feed edit` for a feed of events; `unfit` are options that it does not have."""
    if unfit:
        names = ", ".join(f"`{name}`" for name in unfit)
        raise UserError(
            f"Feed {number} is of events and has no {names}. Leave that out; what it reads is changed on its panel: "
            f"`/feed edit` with the feed alone."
        )
    if edit.is_empty:
        status = await interaction.client.services.event_feeds.status(server_id, number)
        await show(interaction, panel_card(status.feed))
        return
    before, status = await change(interaction, server_id, number, edit)
    left = await interaction.client.services.event_leftovers.count(server_id, number)
    await show(interaction, edited_card(before, status, left))


def _choices(found: list[tuple[str, str]]) -> Choices:
    return [app_commands.Choice(name=name[:100], value=value) for value, name in found if len(value) <= 100]


def _refuse(words: str) -> None:
    raise UserError(words)
