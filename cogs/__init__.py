"""Slash commands: Discord in, Discord out."""

from typing import Any, Final

import discord
from discord.ext import commands

from bot.services.bundle import Services
from cogs.buddies import BuddyCommands
from cogs.events import Events
from cogs.feeds import Feeds
from cogs.help import Help
from cogs.joining import join_all
from cogs.me import Me
from cogs.papers import Papers
from cogs.quizzes import QuizCommands
from cogs.roles import Roles
from cogs.setup import Setup
from cogs.ui.buddies import BuddyButton, BuddyMenu
from cogs.ui.event_feeds.editing import EventFeedFormButton, EventFeedSelect
from cogs.ui.events.actions import EventButton, EventPick, EventsButton, LeadButton, RemindersButton
from cogs.ui.feeds import FeedButton, FeedFormButton, FeedListButton, FeedSelect
from cogs.ui.forms import AgainButton
from cogs.ui.help import HelpButton
from cogs.ui.me import MeButton, MeMenu
from cogs.ui.paper_actions import PaperButton
from cogs.ui.paper_pages import LatestButton, OverflowButton, SearchButton
from cogs.ui.quizzes import QuizButton, QuizMenu
from cogs.ui.reading_list import ItemButton, ListButton
from cogs.ui.roles import RoleButton, RoleMenu
from cogs.ui.setup import SetupButton, SetupMenu
from cogs.ui.subscriptions import SubscriptionButton

BUTTONS: Final[tuple[type[discord.ui.DynamicItem[Any]], ...]] = (
    FeedButton,
    FeedListButton,
    FeedFormButton,
    FeedSelect,
    EventFeedFormButton,
    EventFeedSelect,
    EventButton,
    LeadButton,
    EventPick,
    EventsButton,
    RemindersButton,
    PaperButton,
    SearchButton,
    LatestButton,
    OverflowButton,
    ListButton,
    ItemButton,
    SubscriptionButton,
    RoleButton,
    RoleMenu,
    QuizButton,
    QuizMenu,
    BuddyButton,
    BuddyMenu,
    HelpButton,
    MeButton,
    MeMenu,
    SetupButton,
    SetupMenu,
    AgainButton,
)
"""Every component that is answered; they work on cards of any age, whatever restarts came between."""


def all_cogs(services: Services) -> list[commands.Cog]:
    """Return a new instance of every cog, the features introduced to one another."""
    join_all(services)
    return [
        Feeds(services.feeds, services.event_feeds, services.clock),
        Events(services.events, services.clock),
        Papers(services.papers, services.reading_lists, services.subscriptions),
        Roles(services.careers),
        BuddyCommands(services.buddies, services.clock),
        QuizCommands(services.quizzes),
        Help(),
        Me(),
        Setup(services.careers, services.moderation),
    ]
