"""`/papers`: what members do with papers, in a server or in direct messages."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.content import load_taxonomy
from bot.domain.queries import parse_query, suggest
from bot.domain.schedule import parse_time, say_days
from bot.domain.subscriptions import Every, Wish, choose_categories
from bot.domain.zones import parse_zone
from bot.services.papers import PaperService
from bot.services.reading_lists import ReadingListService
from bot.services.subscriptions import SubscriptionService
from bot.tree import answered
from cogs.ui.cards import show
from cogs.ui.categories import complete_categories, complete_category
from cogs.ui.paper_actions import show_paper
from cogs.ui.paper_cards import nearest_card
from cogs.ui.paper_pages import search_card, show_latest
from cogs.ui.reading_list import list_card
from cogs.ui.subscriptions import show_subscriptions, subscribe_by_message
from cogs.ui.text import shorten
from cogs.ui.times import complete_time, complete_zone

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list


_OFTEN = [app_commands.Choice(name=f"Every {each}", value=each.value) for each in Every]
_DAYS = [app_commands.Choice(name=say_days(frozenset({day})), value=day) for day in range(7)]


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Papers(commands.GroupCog, group_name="papers", group_description="Papers to look up, search and save"):
    """Look up, search, browse and save papers; every answer is seen by the one who asked alone."""

    reads_content = False

    def __init__(
        self, papers: PaperService, reading_lists: ReadingListService, subscriptions: SubscriptionService
    ) -> None:
        self._papers = papers
        self._reading_lists = reading_lists
        self._subscriptions = subscriptions

    @app_commands.command()
    @app_commands.describe(paper="An arXiv id such as 1706.03762, a link, or words of the title")
    async def show(self, interaction: Interaction, paper: app_commands.Range[str, 1, 300]) -> None:
        """Show a paper: what it says, where it was announced, and what to do with it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        found = await self._papers.find(paper)
        if found.paper is not None:
            await show_paper(interaction, found.paper, asked_version=found.asked_version)
        else:
            await show(interaction, nearest_card(found, paper))

    @app_commands.command()
    @app_commands.describe(
        query='Words that must all occur; OR, NOT, "a phrase", trans*, ti: abs: au: cat: for where'
    )
    async def search(self, interaction: Interaction, query: app_commands.Range[str, 1, 300]) -> None:
        """Search all of arXiv."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(interaction, search_card(await self._papers.search(query)))

    @app_commands.command()
    @app_commands.describe(category="An arXiv category; what this server's feeds read if you leave it out")
    @app_commands.autocomplete(category=complete_category)
    async def latest(
        self, interaction: Interaction, category: app_commands.Range[str, 1, 60] | None = None
    ) -> None:
        """Show the papers that were announced last."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        chosen = load_taxonomy().parse_list(category)[0] if category else ""
        await show_latest(interaction, chosen)

    @app_commands.command()
    async def saved(self, interaction: Interaction) -> None:
        """Show your reading list; export it as BibTeX, RIS, CSV or Markdown."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show(interaction, list_card(await self._reading_lists.page(interaction.user.id)))

    @app_commands.command()
    @app_commands.describe(
        query='Words that must all occur; OR, NOT, "a phrase", trans*, ti: abs: au: cat: for where',
        time="Time of day, such as 08:00",
        zone="Time zone, such as Europe/Paris; I remember it for you",
        every="How often; nothing comes on days without such papers",
        day="On which day of the week, once a week",
        categories="Where to look, such as cs.LG, cs.CL; the AI categories if you leave it out",
    )
    @app_commands.choices(every=_OFTEN)
    @app_commands.choices(day=_DAYS)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, categories=complete_categories)
    async def subscribe(
        self,
        interaction: Interaction,
        query: app_commands.Range[str, 1, 300],
        time: app_commands.Range[str, 1, 20] = "08:00",
        zone: app_commands.Range[str, 1, 60] | None = None,
        every: str | None = None,
        day: int | None = None,
        categories: app_commands.Range[str, 1, 300] | None = None,
    ) -> None:
        """Get new papers about something as direct messages."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        taxonomy = load_taxonomy()
        chosen = taxonomy.parse_list(categories) if categories else ()
        wish = Wish(
            query=" ".join(query.split()),
            categories=choose_categories(parse_query(query), chosen, taxonomy),
            time=parse_time(time),
            zone=parse_zone(zone) if zone else None,
            every=Every(every) if every else None,
            day=day,
        )
        await subscribe_by_message(interaction, self._subscriptions, wish)

    @app_commands.command()
    async def subscriptions(self, interaction: Interaction) -> None:
        """Show what I send you as direct messages; pause, resume or stop it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_subscriptions(interaction, self._subscriptions)

    @show.autocomplete("paper")
    @answered
    async def _paper(self, interaction: Interaction, current: str) -> Choices:
        offered = await self._papers.offered(interaction.user.id, current)
        return [
            app_commands.Choice(name=shorten(f"{title} · {id_}", 100), value=id_) for id_, title in offered
        ]

    @search.autocomplete("query")
    @subscribe.autocomplete("query")
    @answered
    async def _query(self, interaction: Interaction, current: str) -> Choices:
        return [app_commands.Choice(name=label, value=value) for value, label in suggest(current)]
