"""The group `/feed`: list, preview, explain, pause and remove; what sets a feed up or changes it is beside this."""

from collections.abc import Awaitable, Callable

from discord import app_commands
from discord.ext import commands

from bot.clock import Clock
from bot.domain.feeds import Feed
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.services.events import EventFeeds
from bot.services.feeds import FeedService
from bot.tree import answered
from cogs.feeds import choices
from cogs.feeds.choices import complete_feed
from cogs.feeds.editing import FeedEditCommand
from cogs.feeds.events import EventFeedCommands
from cogs.feeds.options import FeedName
from cogs.feeds.papers import PaperFeedCommands
from cogs.ui.access import may_manage
from cogs.ui.actions import Interaction
from cogs.ui.cards import show
from cogs.ui.event_feeds.editing import show_preview
from cogs.ui.feeds import changed_card, feed_list, preview_card, removed_card, why_card
from cogs.ui.feeds.listing import every_feed, is_of_events
from cogs.ui.forms import answer_form


@app_commands.guild_only()
@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.default_permissions(manage_guild=True)
class Feeds(
    FeedEditCommand,
    PaperFeedCommands,
    EventFeedCommands,
    commands.GroupCog,
    group_name="feed",
    group_description="Papers and events that arrive in a channel",
):
    """Set up, list, change, preview, explain, pause and remove feeds; needs Manage Server."""

    reads_content = False

    def __init__(self, feeds: FeedService, events: EventFeeds, clock: Clock) -> None:
        self._feeds = feeds
        self._events = events
        self._clock = clock

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Interaction) -> None:
        """Answer the forms of feeds, whoever opened them and whatever restarts came between."""
        await answer_form(interaction)

    @app_commands.command()
    @app_commands.describe(feed="Which feed", paper="Its arXiv id or address, or words of its title")
    @app_commands.autocomplete(feed=complete_feed)
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
        await show(interaction, feed_list(statuses, interaction.guild, self._clock.now()))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    @app_commands.autocomplete(feed=complete_feed)
    async def remove(self, interaction: Interaction, feed: FeedName) -> None:
        """Remove a feed; you can bring it back."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        removed = await self._feeds.remove(server_id, await self._feeds.find(server_id, feed))
        left = await interaction.client.services.event_leftovers.count(server_id, removed.number)
        await show(interaction, removed_card(removed, left))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    @app_commands.autocomplete(feed=complete_feed)
    async def preview(self, interaction: Interaction, feed: FeedName) -> None:
        """Show what a feed would post now, and how much the last days had."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        if is_of_events(await self._feeds.feed(server_id, number)):
            await show_preview(interaction, server_id, number)
            return
        await show(interaction, preview_card(await self._feeds.preview(server_id, number), self._clock.now()))

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    @app_commands.autocomplete(feed=complete_feed)
    async def pause(self, interaction: Interaction, feed: FeedName) -> None:
        """Stop a feed until you resume it."""
        await self._change(interaction, feed, self._feeds.pause)

    @app_commands.command()
    @app_commands.describe(feed="Which feed")
    @app_commands.autocomplete(feed=complete_feed)
    async def resume(self, interaction: Interaction, feed: FeedName) -> None:
        """Let a paused feed go on from now."""
        await self._change(interaction, feed, self._feeds.resume)

    async def _change(
        self,
        interaction: Interaction,
        feed: str,
        change: Callable[..., Awaitable[Feed]],
    ) -> None:
        """Do one thing to one feed and show how it is then."""
        server_id = await may_manage(interaction, Area.FEED)
        await interaction.response.defer(ephemeral=True, thinking=True)
        number = await self._feeds.find(server_id, feed)
        await show(interaction, changed_card(await change(server_id, number, by=interaction.user.id)))

    @why.autocomplete("paper")
    @answered
    async def _paper(self, interaction: Interaction, current: str) -> list[app_commands.Choice[str]]:
        """Offer papers lately read in the categories of the feed that was chosen."""
        server_id = await may_manage(interaction, Area.FEED)
        number = await self._feeds.find(server_id, str(interaction.namespace.feed or ""))
        return choices.papers(await self._feeds.papers_like(server_id, number, current))
