"""The commands of `/feed`: Discord in, Discord out."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain.feed_edits import TYPES, FeedEdit, Mention
from bot.domain.feeds import DEFAULT_CATEGORIES, DEFAULT_LIMIT, MAX_LIMIT, Feed, FeedKind, FeedPlan, Style
from bot.domain.schedule import WEEKDAYS, Schedule
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.events import EventService
from bot.services.feeds import FeedService
from bot.tree import answered
from cogs.feeds import choices
from cogs.feeds.events import EventFeedCommands, edit_events, read_shared
from cogs.ui.access import helpful_in, may_manage
from cogs.ui.cards import show
from cogs.ui.categories import category_list_choices
from cogs.ui.event_feeds.editing import show_preview
from cogs.ui.event_feeds.inputs import Mentioned
from cogs.ui.feeds import (
    changed_card,
    created_card,
    edited_card,
    feed_list,
    highlights_card,
    panel_card,
    preview_card,
    removed_card,
    why_card,
)
from cogs.ui.feeds.cards import UNSAVED
from cogs.ui.feeds.editing import check_edit
from cogs.ui.feeds.inputs import NOTHING, Faults, read_edit
from cogs.ui.feeds.listing import every_feed, is_of_events
from cogs.ui.feeds.words import CHANGES, KINDS, ORDERS
from cogs.ui.forms import answer_form
from cogs.ui.places import (
    Postable,
    PostableChannel,
    check_mention,
    check_postable,
    place_of,
    tag_words,
)
from cogs.ui.times import complete_days, complete_time, complete_zone

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

FeedName = app_commands.Range[str, 1, 100]
Categories = app_commands.Range[str, 1, 300]
QueryText = app_commands.Range[str, 1, 300]
TimeText = app_commands.Range[str, 1, 20]
ZoneText = app_commands.Range[str, 1, 60]
DaysText = app_commands.Range[str, 1, 80]
Limit = app_commands.Range[int, 1, MAX_LIMIT]
Channel = app_commands.Transform[Postable, PostableChannel]

MOST_HIGHLIGHTS: Final = 10

_DESCRIPTIONS: Final = {
    "categories": "arXiv categories, such as cs.LG, cs.CL (cs.AI and cs.LG if you leave it out)",
    "query": "Only papers that this finds: words, “phrases”, AND, OR, NOT, ti:, abs:, au:, cat:",
    "time": "Time of day, such as 09:00",
    "zone": "Time zone, such as Europe/Paris",
    "days": "Days of the week, such as weekdays or Mon, Wed",
    "style": "One post for the day, a post for each paper, or a thread for the day",
    "limit": f"Most papers a day, up to {MAX_LIMIT}; the rest is counted",
    "types": "Only new papers, or cross-lists and new versions as well",
    "order": "Which papers come first, and so which are shown when there are too many",
    "changes": "What becomes of a post when a paper on it changes",
}
_TO_CHANGE: Final = {
    **_DESCRIPTIONS,
    "categories": "arXiv categories, such as cs.LG, cs.CL",
    "query": "Only papers that this finds; none for every paper",
}


def _named(words: dict[Any, str]) -> list[app_commands.Choice[str]]:
    return [
        app_commands.Choice(name=f"{text[0].upper()}{text[1:]}", value=value) for value, text in words.items()
    ]


_CHOICES: Final = {
    "style": [
        app_commands.Choice(name="One post for the day", value=Style.DIGEST.value),
        app_commands.Choice(name="A post for each paper", value=Style.EACH.value),
        app_commands.Choice(name="A thread for the day", value=Style.THREAD.value),
    ],
    "types": _named({name: KINDS[types] for name, types in TYPES.items()}),
    "order": _named({order.value: words for order, words in ORDERS.items()}),
    "changes": _named({kind.value: words for kind, words in CHANGES.items()}),
}


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Feeds(
    EventFeedCommands,
    commands.GroupCog,
    group_name="feed",
    group_description="Papers and events that arrive in a channel",
):
    """Set up, list, change, preview, explain, pause and remove feeds; needs Manage Server."""

    reads_content = False

    def __init__(self, feeds: FeedService, events: EventService, clock: Clock) -> None:
        self._feeds = feeds
        self._events = events
        self._clock = clock

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer the forms of feeds, whoever opened them and whatever restarts came between."""
        await answer_form(interaction)

    @app_commands.command()
    @app_commands.describe(
        channel="Where the papers arrive",
        mention="A role that each post mentions",
        preview="Only show what it would post; nothing is saved",
        **_DESCRIPTIONS,
    )
    @app_commands.choices(**_CHOICES)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
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
            await show(interaction, preview_card(seen, self._now(), unsaved=UNSAVED))
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

    @app_commands.command()
    @app_commands.describe(
        feed="Which feed",
        channel="Where the papers arrive",
        mention="A role that each post mentions; none for nobody",
        **_TO_CHANGE,
    )
    @app_commands.choices(**_CHOICES)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
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
        if before.plan.kind is FeedKind.BUDDIES:
            raise UserError(f"Feed {number} is the rounds of study buddies. `/setup buddies` changes them.")
        if edit.is_empty and before.plan.kind in {FeedKind.HIGHLIGHTS, FeedKind.QUIZ}:
            raise UserError(f"Name what to change, such as `/feed edit feed:{number} time:18:00`.")
        if edit.is_empty:
            await show(interaction, panel_card(before))
        else:
            edited = await self._feeds.edit(server_id, number, edit, by=interaction.user.id)
            await show(interaction, edited_card(edited))

    @app_commands.command()
    @app_commands.describe(feed="Which feed", paper="Its arXiv id or address, or words of its title")
    async def why(
        self, interaction: Interaction, feed: FeedName, paper: app_commands.Range[str, 1, 200]
    ) -> None:
        """Say why a paper is in a feed's channel, or is not."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        if is_of_events(await self._feeds.feed(server_id, number)):
            raise UserError(
                f"Feed {number} is of events. `/feed preview` shows what it reads and what comes."
            )
        await show(interaction, why_card(await self._feeds.why(server_id, number, paper), manage=True))

    @app_commands.command(name="list")
    async def list_(self, interaction: Interaction) -> None:
        """Show every feed of this server and how it is doing."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        statuses = await every_feed(interaction.client.services, server_id)
        await show(interaction, feed_list(statuses, interaction.guild, self._now()))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def remove(self, interaction: Interaction, feed: FeedName) -> None:
        """Remove a feed; you can bring it back."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await self._feeds.remove(server_id, await self._feeds.find(server_id, feed))
        left = await interaction.client.services.event_leftovers.count(server_id, removed.number)
        await show(interaction, removed_card(removed, left))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def preview(self, interaction: Interaction, feed: FeedName) -> None:
        """Show what a feed would post now, and how much the last days had."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        if is_of_events(await self._feeds.feed(server_id, number)):
            await show_preview(interaction, server_id, number)
            return
        await show(interaction, preview_card(await self._feeds.preview(server_id, number), self._now()))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def pause(self, interaction: Interaction, feed: FeedName) -> None:
        """Stop a feed until you resume it."""
        await self._change(interaction, feed, self._feeds.pause, changed_card)

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    async def resume(self, interaction: Interaction, feed: FeedName) -> None:
        """Let a paused feed go on from now."""
        await self._change(interaction, feed, self._feeds.resume, changed_card)

    async def _change(
        self,
        interaction: Interaction,
        feed: str,
        change: Callable[..., Awaitable[Feed]],
        card: Callable[[Feed], discord.ui.LayoutView],
    ) -> None:
        """Do one thing to one feed and show how it is then."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, card(await change(server_id, number, by=interaction.user.id)))

    @papers.autocomplete("categories")
    @edit.autocomplete("categories")
    @answered
    async def _categories(self, interaction: Interaction, current: str) -> Choices:
        return category_list_choices(current)

    @papers.autocomplete("query")
    @answered
    async def _query(self, interaction: Interaction, current: str) -> Choices:
        return choices.queries(current)

    @edit.autocomplete("query")
    @answered
    async def _other_query(self, interaction: Interaction, current: str) -> Choices:
        return choices.queries(current, clearable=True)

    @edit.autocomplete("mention")
    @answered
    async def _mention(self, interaction: Interaction, current: str) -> Choices:
        await may_manage(interaction, Area.FEED)
        return choices.roles(current, interaction.guild)

    @edit.autocomplete("feed")
    @remove.autocomplete("feed")
    @preview.autocomplete("feed")
    @pause.autocomplete("feed")
    @resume.autocomplete("feed")
    @why.autocomplete("feed")
    @answered
    async def _feed(self, interaction: Interaction, current: str) -> Choices:
        server_id = await may_manage(interaction, Area.FEED)
        return choices.feeds(await self._feeds.overview(server_id), interaction.guild, current)

    @why.autocomplete("paper")
    @answered
    async def _paper(self, interaction: Interaction, current: str) -> Choices:
        """Offer papers lately read in the categories of the feed that was chosen."""
        server_id = await may_manage(interaction, Area.FEED)
        number = await self._feeds.find(server_id, str(interaction.namespace.feed or ""))
        return choices.papers(await self._feeds.papers_like(server_id, number, current))

    def _now(self) -> datetime:
        return self._clock.now()


def _usual(server_id: int, channel_id: int, zone: str) -> FeedPlan:
    """Return what a feed is where nothing else is chosen."""
    schedule = Schedule(time(9), zone, WEEKDAYS)
    return FeedPlan(server_id, channel_id, DEFAULT_CATEGORIES, "", Style.DIGEST, DEFAULT_LIMIT, schedule)


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
