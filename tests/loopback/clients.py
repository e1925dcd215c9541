"""The plainest of discord.py bots, and a client that is no bot at all."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import aiohttp
import discord
from discord import app_commands

from tests.support.loopback import LoopbackDiscord


class PlainBot(discord.Client):
    """An unmodified client with lean settings. It syncs its tree when it logs in."""

    def __init__(self, **options: object) -> None:
        settings = {
            "intents": discord.Intents(guilds=True),
            "max_messages": None,
            "member_cache_flags": discord.MemberCacheFlags.none(),
            "chunk_guilds_at_startup": False,
            "guild_ready_timeout": 0.05,
            "allowed_mentions": discord.AllowedMentions.none(),
        }
        super().__init__(**{**settings, **options})  # type: ignore[arg-type]  # checked by discord.py itself
        self.tree = app_commands.CommandTree(self)
        self.resumed = 0

    async def setup_hook(self) -> None:
        if self.tree.get_commands():
            await self.tree.sync()

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """Do not wait 5 s between two IDENTIFYs, as discord.py otherwise does."""

    async def on_resumed(self) -> None:
        self.resumed += 1


class Running:
    """A bot that is connected, until it is closed."""

    def __init__(self, bot: PlainBot, server: LoopbackDiscord) -> None:
        self.bot = bot
        self._server = server
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> PlainBot:
        self._task = asyncio.create_task(self.bot.start(self._server.world.token))
        # Whichever comes first: the bot is ready, or it has given up and says why.
        await self._server.wait_for(lambda: self.bot.is_ready() or self._ended(), what="the bot to be ready")
        if self._ended():
            await self._task
        return self.bot

    def _ended(self) -> bool:
        return self._task is not None and self._task.done()

    async def __aexit__(self, *_: object) -> None:
        await self.bot.close()
        assert self._task is not None
        await asyncio.wait({self._task}, timeout=5)


class Raw:
    """Requests by hand, for what discord.py would not send or would hide."""

    def __init__(self, server: LoopbackDiscord, session: aiohttp.ClientSession) -> None:
        self._server = server
        self._session = session

    async def __call__(
        self, method: str, path: str, body: Any = None, *, token: str | None = None
    ) -> tuple[int, Any, Mapping[str, str]]:
        """Return status, body and headers."""
        headers = {"Authorization": f"Bot {token or self._server.world.token}"}
        url = self._server.base_url + path
        async with self._session.request(method, url, json=body, headers=headers) as response:
            is_json = response.headers.get("Content-Type") == "application/json"
            return response.status, json.loads(await response.read()) if is_json else None, response.headers

    async def post(self, channel_id: int, **body: Any) -> tuple[int, Any]:
        """Post a message; return status and body."""
        status, answer, _ = await self("POST", f"/channels/{channel_id}/messages", body)
        return status, answer
