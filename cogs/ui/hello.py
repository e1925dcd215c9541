"""What Cohort says when it is invited: once, to those who can set it up."""

import logging
from typing import Final

import discord
from discord import ui

from bot.domain.languages import Language
from bot.tree import UNREACHABLE
from bot.words import N_, _, speaking
from cogs.ui.cards import card
from cogs.ui.setup.items import SetupButton

_log = logging.getLogger("cohort.hello")

_WORDS: Final = N_(
    "## Hello, I am Cohort\nI bring new papers and events into channels that you choose, quiz you and remember what to "
    "review, bring study buddies together, and look up careers in AI and ML.\n\n**Moderators:** `/setup start` sets everything up in two minutes; nothing is "
    "posted before you have seen what it would be.\n**Everybody:** `/help` says what you can do here."
)


async def say_hello(guild: discord.Guild) -> None:
    """Say hello where that is allowed; where it is nowhere, not at all.

    Nobody has chosen a language by then, so it is the one that the server has at Discord.
    """
    channel = hello_channel(guild)
    if channel is None:
        return
    try:
        with speaking(language_of(guild)):
            view = hello_card()
        await channel.send(view=view)
    except UNREACHABLE as error:
        _log.warning("hello could not be said", extra={"server": guild.id, "reason": type(error).__name__})


def language_of(guild: discord.Guild) -> Language:
    """Return the language that a server has at Discord, English where Cohort does not speak it."""
    code = guild.preferred_locale.value.partition("-")[0]
    return Language(code) if code in tuple(Language) else Language.ENGLISH


def hello_card() -> ui.LayoutView:
    """Return the message."""
    start = SetupButton("start", label=_("Set me up"), style=discord.ButtonStyle.primary)
    below = _("Only people with Manage Server can use the button. I read no messages.")
    return card(_(_WORDS), [start], f"-# {below}")


def hello_channel(guild: discord.Guild) -> discord.TextChannel | None:
    """Return where to say it: where moderators read news, where Discord greets, else the first open channel."""
    offered = (guild.public_updates_channel, guild.system_channel, *guild.text_channels)
    for channel in offered:
        if isinstance(channel, discord.TextChannel):
            permissions = channel.permissions_for(guild.me)
            if permissions.view_channel and permissions.send_messages:
                return channel
    return None
