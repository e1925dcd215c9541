"""Where a feed may post, what it needs there, and which role it may mention."""

from typing import Any, Final

import discord
from discord import app_commands

from bot.domain.feed_edits import Place
from bot.domain.feeds import Style
from bot.errors import UserError
from cogs.ui.text import listing, plain

Postable = discord.TextChannel | discord.ForumChannel
"""A text, announcement or forum channel."""

KINDS: Final = [discord.ChannelType.text, discord.ChannelType.news, discord.ChannelType.forum]
"""The same for Discord, which then offers no others; discord.py by itself would add media channels."""

KINDS_OF_TEXT: Final = [discord.ChannelType.text, discord.ChannelType.news]
"""Where what has no form for a forum may go."""

_TO_POST: Final = {"view_channel": "View Channel", "send_messages": "Send Messages"}
_IN_THREADS: Final = {"send_messages_in_threads": "Send Messages in Threads"}
_TO_OPEN: Final = {"create_public_threads": "Create Public Threads"}

_TAGS: Final = ("paper", "arxiv", "research")


class PostableChannel(app_commands.Transformer):
    """The option that takes a channel in which a feed can post."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A channel."""
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        """Only such channels are offered."""
        return KINDS

    async def transform(self, interaction: "discord.Interaction[Any]", value: Any, /) -> Postable:
        """Return the channel as it is known here, refusing one that is hidden from us."""
        channel = value.resolve()
        if not isinstance(channel, Postable):
            raise app_commands.TransformerError(value, self.type, self)
        return channel


def place_of(channel: Postable) -> Place:
    """Return where a feed posts, with a tag where the forum asks for one."""
    if isinstance(channel, discord.TextChannel):
        return Place(channel.id)
    tag = _tag(channel) if channel.flags.require_tag else None
    return Place(channel.id, forum=True, forum_tag_id=tag.id if tag else None)


def tag_words(channel: "Postable | None", tag_id: int | None) -> str:
    """Name the tag that a feed's forum posts carry, as the end of a sentence; nothing where they carry none."""
    if tag_id is None or not isinstance(channel, discord.ForumChannel):
        return ""
    tag = channel.get_tag(tag_id)
    return f", tagged {plain(tag.name)}" if tag else ""


def missing_for(channel: "discord.abc.GuildChannel | discord.Thread", style: Style) -> list[str]:
    """Return the names of the permissions that a feed of this style lacks in a channel.

    Discord lets whoever may send messages in a forum create posts there; no other permission opens a post:
    https://discord.com/developers/docs/resources/channel#start-thread-in-forum-or-media-channel.
    """
    needed = dict(_TO_POST)
    if isinstance(channel, discord.Thread):
        needed = {"view_channel": "View Channel", **_IN_THREADS}
    elif isinstance(channel, discord.ForumChannel):
        needed |= _IN_THREADS
    elif style is Style.THREAD:
        needed |= _TO_OPEN | _IN_THREADS
    granted = channel.permissions_for(channel.guild.me)
    return [words for name, words in needed.items() if not getattr(granted, name)]


def check_postable(channel: Postable, style: Style) -> None:
    """Refuse a channel in which a feed of this style could not post, and say what to allow."""
    if missing := missing_for(channel, style):
        raise UserError(
            f"I cannot post in {channel.mention} yet: I lack {listing(missing)} there. Open Edit Channel → "
            "Permissions, allow it for my role, and try again."
        )


def check_mention(role: discord.Role, channel: "discord.abc.GuildChannel | None") -> None:
    """Refuse a role that a post could not mention."""
    if role.is_default():
        raise UserError("A feed cannot mention @everyone. Choose a role that people take by themselves.")
    may = channel is not None and channel.permissions_for(role.guild.me).mention_everyone
    if not role.mentionable and not may:
        raise UserError(
            f"I may not mention {role.mention}. Open Server Settings → Roles and allow anyone to @mention this "
            "role, or give me Mention Everyone in the channel."
        )


def _tag(forum: discord.ForumChannel) -> discord.ForumTag | None:
    """Return the tag that says papers; where none does, the first that everybody may use."""
    tags = [tag for tag in forum.available_tags if not tag.moderated] or forum.available_tags
    named = [tag for word in _TAGS for tag in tags if word in tag.name.lower()]
    return next(iter([*named, *tags]), None)
