"""The discord.py client: as lean as the work allows."""

import asyncio
import functools
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.budgets import Budgets
from bot.operations.measures import Measures
from bot.overrides import CommandOverrides
from bot.services.bundle import Services
from bot.settings import Settings
from bot.tree import CohortTree, Outcome, answer_error, count, is_known, is_stale

if TYPE_CHECKING:
    import aiohttp

_log = logging.getLogger("cohort.client")

Hook = Callable[[], Awaitable[None]]


class CohortBot(commands.Bot):
    """Knows servers, channels and roles; keeps no members and no messages, and reads none.

    `on_setup` runs after the login and before the gateway opens, `on_closed` after it has closed.
    """

    def __init__(
        self,
        settings: Settings,
        services: Services,
        *,
        on_setup: Hook,
        on_closed: Hook,
        on_server_changed: Callable[[int], Awaitable[None]],
        on_servers_known: Hook,
        on_server_joined: Callable[[int], Awaitable[None]],
        on_server_left: Callable[[int], Awaitable[None]],
        http_trace: "aiohttp.TraceConfig | None" = None,
    ) -> None:
        options: dict[str, Any] = {"http_trace": http_trace} if http_trace is not None else {}
        if settings.shard_count is not None:
            options |= {
                "shard_count": settings.shard_count,
                "shard_ids": list(settings.shard_ids or ()) or None,
            }
        discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # there is no voice here
        super().__init__(
            command_prefix=(),  # slash commands only: message content is never read
            help_command=None,
            tree_cls=CohortTree,
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            # Discord parses every mention in a channel send unless it is told not to.
            allowed_mentions=discord.AllowedMentions.none(),
            **options,
        )
        self.services = services
        self.connected = asyncio.Event()
        """Set once Discord has sent READY, about two seconds before `wait_until_ready` lets anybody go on."""
        self.measures = Measures()
        self.budgets = Budgets(services.clock)
        self.overrides = CommandOverrides(services.clock)
        self._settings = settings
        self._on_setup = on_setup
        self._on_closed = on_closed
        self._on_server_changed = on_server_changed
        self._on_servers_known = on_servers_known
        self._on_server_joined = on_server_joined
        self._on_server_left = on_server_left
        self._arriving: set[int] = set()
        """Shards that have connected and whose servers are still coming in, one by one."""

    async def login(self, token: str) -> None:
        """Log in, at the addresses the settings name."""
        # discord.py keeps these on classes; there is no other way to point it elsewhere.
        if self._settings.discord_api_url:
            discord.http.Route.BASE = self._settings.discord_api_url
        if self._settings.discord_gateway_url:
            import yarl

            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._settings.discord_gateway_url)
        await super().login(token)

    async def setup_hook(self) -> None:
        """Open what is not open yet, load the cogs, sync the commands."""
        await self._on_setup()

    async def close(self) -> None:
        """Close the gateway, then what this client opened."""
        if self.is_closed():
            return
        self._leave_resumable()
        await super().close()
        await self._on_closed()

    def _leave_resumable(self) -> None:
        """Let the gateway be closed with a code that keeps the session; discord.py's own, 1000, ends it."""
        shards = getattr(self, "shards", None)
        sockets: list[Any] = [info._parent.ws for info in shards.values()] if shards else [self.ws]  # noqa: SLF001
        for socket in sockets:
            if socket is not None:
                socket.close = functools.partial(_close_resumable, socket.close)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Let what was held for a server go out when Cohort is back in it, and say hello where it is new."""
        await self._on_server_changed(guild.id)
        await self._on_server_joined(guild.id)

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that Cohort was removed: what is kept of the server goes after a while."""
        self.overrides.forget(guild.id)
        await self._on_server_left(guild.id)

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As after an invitation: what happened while the server could not be seen is not known."""
        # After each new session they all come, one by one: they are asked for once, when all are there.
        if self.is_ready() and guild.shard_id not in self._arriving:
            await self._on_server_changed(guild.id)

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """Look again at what was held there."""
        await self._on_server_changed(channel.guild.id)

    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Look again at what was held there: a permission may be back."""
        await self._on_server_changed(after.guild.id)

    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """As for a channel."""
        await self._on_server_changed(after.guild.id)

    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Cohort's own roles changed; Discord tells no others without the members intent."""
        await self._on_server_changed(after.guild.id)

    async def on_raw_app_command_permissions_update(
        self, change: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        """A server changed who may use our commands."""
        self.overrides.forget(change.guild.id)

    async def on_connect(self) -> None:
        """Let what waited for Discord begin; the servers of the new session come in next."""
        self.connected.set()
        self._arriving.add(0)

    async def on_ready(self) -> None:
        """Say that it works, and let go out what was held in servers that are well again."""
        _log.info("ready", extra={"servers": len(self.guilds)})
        self._arriving.clear()
        self.measures.identifies += 1
        await self._on_servers_known()

    async def on_resumed(self) -> None:
        """Count it: many of them tell of a poor connection."""
        self.measures.resumes += 1

    async def on_app_command_completion(
        self,
        interaction: "discord.Interaction[Any]",
        command: "app_commands.Command[Any, ..., Any] | app_commands.ContextMenu",
    ) -> None:
        """Count a command that did its work; those that fail are counted where they are answered."""
        count(interaction, command.qualified_name, Outcome.OK)

    async def on_interaction(self, interaction: "discord.Interaction[Any]") -> None:
        """Answer presses on components that nobody knows any more, instead of letting them fail."""
        data: Any = interaction.data or {}
        custom_id = data.get("custom_id")
        if not isinstance(custom_id, str) or is_known(custom_id) or is_stale(interaction):
            return
        if interaction.type is discord.InteractionType.modal_submit:
            words = "That form was from before I was restarted. Open it again, please."
        else:
            words = "That button is from an older version of me. Run the command again, please."
        try:
            await interaction.response.send_message(words, ephemeral=True)
        except discord.HTTPException as error:
            await answer_error(interaction, error)


async def _close_resumable(close: Callable[..., Awaitable[None]], **_code: int) -> None:
    await close(code=4000)


class ShardedCohortBot(CohortBot, commands.AutoShardedBot):
    """The same client for some of the shards, or all of them, in one process."""

    async def on_connect(self) -> None:
        """Let what waited for Discord begin; each shard says by itself that its servers come in."""
        self.connected.set()

    async def on_shard_connect(self, shard_id: int) -> None:
        """Note that the servers of a shard come in."""
        self._arriving.add(shard_id)

    async def on_shard_ready(self, shard_id: int) -> None:
        """Do for one shard what `on_ready` does for all: that comes at the start alone."""
        if shard_id in self._arriving and self.is_ready():
            self._arriving.discard(shard_id)
            await self._on_servers_known()
