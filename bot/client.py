"""The discord.py client: as lean as the work allows.

It can go to Discord before the rest of the program is there (`bot.launch`), so this module imports neither the
services nor the database.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands

from bot.budgets import Budgets
from bot.clock import Clock
from bot.delivery.breaker import Breaker
from bot.delivery.pace import Pace
from bot.operations.measures import Measures
from bot.overrides import CommandOverrides
from bot.refused import Refused
from bot.settings import Settings
from bot.tree import UNREACHABLE, CohortTree, Outcome, answer_error, count, is_known, is_stale

if TYPE_CHECKING:
    from bot.services.bundle import Services

HELD_AT_MOST_S: Final = 2.0
"""How long an interaction waits for the program behind. Discord gives it up after three seconds."""


class Program(Protocol):
    """What stands behind a client: the rest of Cohort."""

    @property
    def services(self) -> "Services":
        """The use cases."""

    async def set_up(self) -> None:
        """Open what is not open yet, load the cogs, sync the commands; after the login, before the gateway opens."""

    async def bot_closed(self) -> None:
        """Close what `set_up` opened."""

    async def server_changed(self, server_id: int) -> None:
        """Look again at what was held for a server."""

    async def session_began(self) -> None:
        """Let go of the servers of the session before: those of this one come in next."""

    async def servers_known(self) -> None:
        """Look again at what was held for any server that this process sees."""

    async def server_joined(self, server_id: int) -> None:
        """Greet a server."""

    async def server_back(self, server_id: int) -> None:
        """Note that the bot is in a server, whatever was thought before."""

    async def server_left(self, server_id: int) -> None:
        """Note that the bot was removed."""


class CohortBot(commands.Bot):
    """Knows servers, channels and roles; keeps no members and no messages, and reads none.

    It does nothing before `stand_before` has told it what it belongs to. Where it goes to Discord without that,
    `hold` has to be called first: then interactions and news of servers wait until `let_in`.
    """

    services: "Services"

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.breaker = Breaker(clock)
        self.pace = Pace(clock)
        trace = aiohttp.TraceConfig()
        self.pace.attach(trace)
        self.breaker.attach(trace)
        options: dict[str, Any] = {}
        if settings.shard_count is not None:
            options = {
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
            http_trace=trace,
            **options,
        )
        self.clock = clock
        self.connected = asyncio.Event()
        """Set once Discord has sent READY, about two seconds before `wait_until_ready` lets anybody go on."""
        self.logged_in = asyncio.Event()
        """Set once Discord has taken the token: from then on requests can be made."""
        self.measures = Measures()
        self.budgets = Budgets(clock)
        self.overrides = CommandOverrides(clock)
        self.refused = Refused(clock)
        self._settings = settings
        self._program: Program | None = None
        self._goes_ahead = False
        self._waiting: dict[int, tuple[Any, asyncio.TimerHandle]] = {}  # interactions, as they came
        self._turning_away: set[asyncio.Task[None]] = set()
        self._may_go_on = asyncio.Event()
        self._may_go_on.set()
        self._arriving: set[int] = set()
        """Shards that have connected and whose servers are still coming in, one by one."""

    def stand_before(self, program: Program) -> None:
        """Say what the client belongs to."""
        self._program = program
        self.services = program.services

    def hold(self) -> None:
        """Let all that comes from Discord wait for `let_in`.

        An interaction waits for `HELD_AT_MOST_S` seconds, and is told then to come again: Discord gives it three.
        """
        # discord.py has no hook before it looks for the command or the button, and neither is there yet.
        parsers = self._connection.parsers
        self._goes_ahead, self._handle = True, parsers["INTERACTION_CREATE"]
        parsers["INTERACTION_CREATE"] = self._keep
        self._may_go_on.clear()

    def let_in(self) -> None:
        """Handle what has waited, in the order in which it came, and from now on everything at once."""
        if self._goes_ahead:
            self._connection.parsers["INTERACTION_CREATE"] = self._handle
        waiting, self._waiting = self._waiting, {}
        for data, timer in waiting.values():
            timer.cancel()
            self._handle(data)
        self._may_go_on.set()

    def _keep(self, data: Any) -> None:
        interaction = discord.Interaction(data=data, state=self._connection)
        timer = asyncio.get_running_loop().call_later(HELD_AT_MOST_S, self._turn_away, interaction)
        self._waiting[interaction.id] = data, timer

    def _turn_away(self, interaction: "discord.Interaction[Any]") -> None:
        del self._waiting[interaction.id]
        task = asyncio.create_task(_ask_to_come_again(interaction))
        self._turning_away.add(task)
        task.add_done_callback(self._turning_away.discard)

    async def _tell(self, news: Callable[[Program], Awaitable[None]]) -> None:
        await self._may_go_on.wait()
        if self._program is not None:
            await news(self._program)

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
        """Open what is not open yet, load the cogs, sync the commands; where that goes on behind, say that it may."""
        self.logged_in.set()
        if not self._goes_ahead:
            await self._tell(lambda program: program.set_up())

    async def close(self) -> None:
        """Close the gateway, then what this client opened."""
        if self.is_closed():
            return
        self._leave_resumable()
        if (beginning := self._connection._ready_task) is not None:  # noqa: SLF001 - discord.py forgets it
            beginning.cancel()  # else it tells of READY when nobody is there any more
        await super().close()
        self._may_go_on.set()  # nobody waits for a program that never came
        if self._program is not None:
            await self._program.bot_closed()

    def _leave_resumable(self) -> None:
        """Let the gateway be closed with a code that keeps the session; discord.py's own, 1000, ends it."""
        shards = getattr(self, "shards", None)
        sockets: list[Any] = [info._parent.ws for info in shards.values()] if shards else [self.ws]  # noqa: SLF001
        for socket in sockets:
            if socket is not None:
                socket.close = functools.partial(_close_resumable, socket.close)

    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Let what was held for a server go out when Cohort is back in it, and say hello where it is new."""
        # First that it is there: else what is kept of it would go after a while.
        await self._tell(lambda program: program.server_joined(guild.id))
        await self._tell(lambda program: program.server_changed(guild.id))

    async def on_guild_remove(self, guild: discord.Guild) -> None:
        """Note that Cohort was removed: what is kept of the server goes after a while."""
        self.overrides.forget(guild.id)
        await self._tell(lambda program: program.server_left(guild.id))

    async def on_guild_available(self, guild: discord.Guild) -> None:
        """As after an invitation: what happened while the server could not be seen is not known."""
        # After each new session they all come, one by one: they are asked for once, when all are there.
        if self.is_ready() and guild.shard_id not in self._arriving:
            await self._tell(lambda program: program.server_back(guild.id))
            await self._tell(lambda program: program.server_changed(guild.id))

    async def on_guild_channel_create(self, channel: discord.abc.GuildChannel) -> None:
        """Look again at what was held there."""
        await self._tell(lambda program: program.server_changed(channel.guild.id))

    async def on_guild_channel_update(
        self, _before: discord.abc.GuildChannel, after: discord.abc.GuildChannel
    ) -> None:
        """Look again at what was held there: a permission may be back."""
        await self._tell(lambda program: program.server_changed(after.guild.id))

    async def on_guild_role_update(self, _before: discord.Role, after: discord.Role) -> None:
        """As for a channel."""
        await self._tell(lambda program: program.server_changed(after.guild.id))

    async def on_member_update(self, _before: discord.Member, after: discord.Member) -> None:
        """Cohort's own roles changed; Discord tells no others without the members intent."""
        await self._tell(lambda program: program.server_changed(after.guild.id))

    async def on_raw_app_command_permissions_update(
        self, change: discord.RawAppCommandPermissionsUpdateEvent
    ) -> None:
        """A server changed who may use our commands."""
        self.overrides.forget(change.guild.id)

    async def on_connect(self) -> None:
        """Let what waited for Discord begin; the servers of the new session come in next."""
        self.connected.set()
        self._arriving.add(0)
        await self._tell(lambda program: program.session_began())

    async def on_ready(self) -> None:
        """Let go out what was held in servers that are well again."""
        self._arriving.clear()
        self.measures.identifies += 1
        await self._tell(lambda program: program.servers_known())

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


async def _ask_to_come_again(interaction: "discord.Interaction[Any]") -> None:
    try:
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            words = "I have just been restarted and am not quite there yet. Try again in a moment."
            await interaction.response.send_message(words, ephemeral=True)
    except UNREACHABLE as error:
        await answer_error(interaction, error)  # it knows what is worth a line in the log


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
        await self._tell(lambda program: program.session_began())

    async def on_shard_ready(self, shard_id: int) -> None:
        """Do for one shard what `on_ready` does for all: that comes at the start alone."""
        if shard_id in self._arriving and self.is_ready():
            self._arriving.discard(shard_id)
            await self._tell(lambda program: program.servers_known())


def client_for(settings: Settings, clock: Clock) -> CohortBot:
    """Return the client that the settings ask for; no I/O, no running loop needed."""
    return (CohortBot if settings.shard_count is None else ShardedCohortBot)(settings, clock)
