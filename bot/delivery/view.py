"""What this process knows of servers and their members, and the few things done there at once."""

import json
from collections.abc import Sequence

import aiohttp
import discord
from discord.ext import commands

from bot.delivery.discord_sender import DiscordSender
from bot.delivery.register import DiscordRegister
from bot.domain.meetings.values import Presence
from bot.domain.outbox import Sent
from bot.settings import Settings


class DiscordView:
    """Answers for the servers of this process's shards, and says so where it cannot tell."""

    def __init__(self, bot: commands.Bot, settings: Settings, sender: DiscordSender) -> None:
        self._bot = bot
        self._settings = settings
        self._sender = sender
        self.register = DiscordRegister(bot)

    def notice_channel(self, server_id: int, chosen: int | None) -> int | None:
        """Return the channel for a server's notices, the one that was chosen where it can be used."""
        return self._sender.notice_channel(server_id, chosen)

    def is_absent(self, server_id: int) -> bool:
        """Return whether the bot is certainly not in a server: only the process that keeps its shard knows."""
        settings, bot = self._settings, self._bot
        count, ours = settings.shard_count, settings.shard_ids
        if count is not None and ours is not None and (server_id >> 22) % count not in ours:
            return False
        return bot.is_ready() and bot.get_guild(server_id) is None

    async def is_member(self, server_id: int, member_id: int) -> bool | None:
        """Ask Discord whether somebody is in a server; None where that cannot be told now."""
        guild = self._bot.get_guild(server_id)
        if guild is None or not self._bot.is_ready():
            return None
        try:
            await guild.fetch_member(member_id)
        except discord.NotFound:
            return False
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return None
        return True

    async def gone(self, server_id: int, member_ids: Sequence[int]) -> list[int]:
        """Return those of some members who are certainly not in a server."""
        found = await self.register.look(server_id, member_ids, None)
        return [id_ for id_, presence in found.items() if presence is Presence.GONE]

    async def take_out(self, thread_id: int, member_id: int) -> bool:
        """Take somebody out of a thread now; True where they are certainly not in it any more."""
        if not self._sender.ready():
            return False
        payload = json.dumps({"user_id": str(member_id)})
        return isinstance(await self._sender.seat(thread_id, payload, there=False), Sent)
