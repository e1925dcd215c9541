"""Slash commands: Discord in, Discord out."""

from typing import Any, Final

import discord
from discord.ext import commands

from bot.services.bundle import Services
from cogs.feeds import Feeds
from cogs.ui.feeds import FeedButton

BUTTONS: Final[tuple[type[discord.ui.DynamicItem[Any]], ...]] = (FeedButton,)
"""Every component that is answered; they work on cards of any age, whatever restarts came between."""


def all_cogs(services: Services) -> list[commands.Cog]:
    """Return a new instance of every cog."""
    return [Feeds(services.feeds, services.clock)]
