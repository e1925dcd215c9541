"""What Cohort may do in a channel or server, so far as this process knows: no request is wasted on the rest."""

from typing import Final

import discord

from bot.delivery.answers import REFUSALS

NO_EVENTS: Final = "I may not create events here. Give my role Create Events."


class Permissions:
    """Looks into the client's cache, and asks Discord only where a history has to be trusted."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        """Return the channel for moderators' news: the one they chose, else the one a community keeps for it.

        Only where Cohort may post; None where there is no such channel.
        """
        guild = self._client.get_guild(server_id)
        if guild is None:
            return None
        for channel in (guild.get_channel(chosen or 0), guild.public_updates_channel):
            if not isinstance(channel, discord.TextChannel):
                continue
            permissions = channel.permissions_for(guild.me)
            if permissions.view_channel and permissions.send_messages:
                return channel.id
        return None

    def refusal_foreseen(self, channel_id: int, also: str | None = None) -> str | None:
        """Say why a post would be refused, where the cache already knows: no request is wasted on it.

        Ten thousand refusals in ten minutes ban the address. A channel of a server that another
        process keeps is not in the cache, and then nothing is foreseen.
        """
        channel = self._channel(channel_id)
        if channel is None:
            return None
        permissions = channel.permissions_for(channel.guild.me)
        if not permissions.view_channel:
            return REFUSALS[50001]
        thread = isinstance(channel, discord.Thread)
        if not (permissions.send_messages_in_threads if thread else permissions.send_messages):
            return REFUSALS[50013]
        if also is not None and not getattr(permissions, also):
            return "I may not open threads in the channel. Give my role Create Public Threads there."
        return None

    def room_refusal_foreseen(self, channel_id: int, *, private: bool) -> str | None:
        """Say why a thread would be refused, or nothing could be said in it, where the cache knows."""
        channel = self._channel(channel_id)
        if channel is None:
            return None
        granted = channel.permissions_for(channel.guild.me)
        needed = {
            "View Channel": granted.view_channel,
            "Create Private Threads": granted.create_private_threads or not private,
            "Create Public Threads": granted.create_public_threads or private,
            "Send Messages in Threads": granted.send_messages_in_threads,
        }
        missing = [name for name, given in needed.items() if not given]
        if not missing:
            return None
        return f"I may not open threads in the channel. Give my role {' and '.join(missing)} there."

    def native_refusal_foreseen(self, server_id: int) -> str | None:
        """Say why an event would be refused, where the cache knows the server."""
        guild = self._client.get_guild(server_id)
        me = guild.get_member(self._client.user.id) if guild is not None and self._client.user else None
        if me is None or me.guild_permissions.create_events:
            return None
        return NO_EVENTS

    async def unreadable(self, channel_id: int) -> str | None:
        """Say why the history cannot be trusted: without the permission it is empty, not an error."""
        channel = self._channel(channel_id)
        if channel is None:
            permissions = await self._ask_permissions(channel_id)
        else:
            permissions = channel.permissions_for(channel.guild.me)
        if not (permissions.view_channel and permissions.read_message_history):
            return (
                "I cannot tell whether this message arrived. Give my role Read Message History there, "
                "and I look and go on by myself."
            )
        return None

    def _channel(self, channel_id: int) -> "discord.abc.GuildChannel | discord.Thread | None":
        channel = self._client.get_channel(channel_id)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread) and channel.guild.me is not None:
            return channel
        return None

    async def _ask_permissions(self, channel_id: int) -> discord.Permissions:
        """Ask Discord what the bot may do in a channel that is not in this process's cache."""
        assert self._client.user is not None
        found = await self._client.fetch_channel(channel_id)
        if isinstance(found, discord.DMChannel):
            # Whoever takes part in a direct conversation may read all of it.
            return discord.Permissions(view_channel=True, read_message_history=True)
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return discord.Permissions.none()
        guild = await self._client.fetch_guild(found.guild.id)
        member = await guild.fetch_member(self._client.user.id)
        channel = await guild.fetch_channel(channel_id)
        return channel.permissions_for(member)
