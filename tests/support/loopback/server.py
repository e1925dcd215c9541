"""The loopback Discord: a real HTTP and websocket server on 127.0.0.1 for an unmodified discord.py."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any, Literal, Self

from aiohttp import web

from tests.support.loopback import schema as schemas
from tests.support.loopback.control import Control
from tests.support.loopback.driver import Driver
from tests.support.loopback.faults import Fault, FaultPlan
from tests.support.loopback.gateway import Gateway
from tests.support.loopback.interactions import Interaction, InteractionBook, Pulse
from tests.support.loopback.limits import Limits
from tests.support.loopback.model import Message
from tests.support.loopback.rest.api import Api, RequestRecord
from tests.support.loopback.schema import Schema
from tests.support.loopback.world import World

API_PREFIX = "/api/v10"


class LoopbackDiscord(Driver):
    """A Discord of one's own. Use it as an async context manager, or `start` and `stop` it.

    `limits` are off, and `schema` is checked when the file is there ("auto"), unless told otherwise.
    `seed` decides the chances of faults. `keep_requests=False` saves memory under load.
    """

    def __init__(
        self,
        world: World | None = None,
        *,
        limits: Limits | None = None,
        schema: Schema | Literal["auto"] | None = "auto",
        seed: int = 0,
        keep_requests: bool = True,
    ) -> None:
        self.world = world or World()
        self.clock = self.world.clock
        self.pulse = Pulse()
        self.book = InteractionBook(self.clock)
        self.gateway = Gateway(self.world, self.pulse)
        self.limits = limits or Limits()
        self.faults = FaultPlan(seed)
        self.api = Api(
            self.world,
            self.book,
            self.pulse,
            self.limits,
            self.faults,
            schemas.load() if schema == "auto" else schema,
            self._gateway_info,
            keep_requests,
        )
        super().__init__(self.world, self.book, self.gateway, self.pulse)
        self._runner: web.AppRunner | None = None
        self.port = 0

    # Life

    async def start(self, port: int = 0) -> Self:
        """Listen on 127.0.0.1; port 0 takes any free one."""
        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_get("/gateway/", self.gateway.handle)
        app.router.add_get("/cdn/{path:.*}", self._file)
        Control(self).add_routes(app)
        app.router.add_route("*", API_PREFIX + "/{path:.*}", self.api.handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port).start()
        self.port = self._runner.addresses[0][1]
        self.gateway.url, self.api.origin = self.gateway_url, self.origin
        self.world.cdn_url = self.cdn_url
        return self

    async def stop(self) -> None:
        """Close every connection and stop listening."""
        self.faults.clear()
        await self.gateway.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    # Where it is

    @property
    def origin(self) -> str:
        """`http://127.0.0.1:port`."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """What stands in for https://discord.com/api/v10."""
        return self.origin + API_PREFIX

    @property
    def gateway_url(self) -> str:
        """What stands in for wss://gateway.discord.gg/."""
        return f"ws://127.0.0.1:{self.port}/gateway"

    @property
    def cdn_url(self) -> str:
        """What stands in for https://cdn.discordapp.com."""
        return self.origin + "/cdn"

    def environment(self) -> dict[str, str]:
        """Return the environment variables that point Cohort, in a process of its own, at this server."""
        return {
            "DISCORD_TOKEN": self.world.token,
            "COHORT_DISCORD_API_URL": self.base_url,
            "COHORT_DISCORD_GATEWAY_URL": self.gateway_url,
        }

    @contextmanager
    def pointed(self) -> Iterator[None]:
        """Point this process's discord.py here, and back afterwards."""
        with pointed_at(self.base_url, self.gateway_url, self.cdn_url):
            yield

    # What a test sees

    @property
    def requests(self) -> list[RequestRecord]:
        """Every REST request so far, oldest first."""
        return self.api.requests

    def requests_to(self, route: str) -> list[RequestRecord]:
        """Return the requests to a route, such as `"POST /channels/{channel_id}/messages"`."""
        return [record for record in self.api.requests if record.route == route]

    def messages(self, channel_id: int) -> list[Message]:
        """Return what everybody sees in a channel, oldest first."""
        return self.world.messages.in_channel(channel_id)

    def interactions(self) -> list[Interaction]:
        """Return all interactions, oldest first."""
        return self.book.all()

    def invalid_requests(self, seconds: float = 600.0) -> int:
        """Count the 401, 403 and 429 answers of the last `seconds`: 10,000 in ten minutes get an IP banned."""
        start = self.clock.now() - seconds
        return sum(at >= start for at in self.api.invalid_at)

    def assert_clean(self) -> None:
        """Raise unless every request went to a known route with a body that fits Discord's schema."""
        assert not self.api.unknown_routes, f"routes unknown to the loopback: {self.api.unknown_routes}"
        assert not self.api.schema_faults, f"bodies Discord would refuse: {self.api.schema_faults}"

    def forgive(self) -> None:
        """Forget unknown routes and misshapen bodies: the test sent them on purpose."""
        self.api.unknown_routes.clear()
        self.api.schema_faults.clear()

    async def wait_for(self, condition: Any, seconds: float = 5.0, what: str = "a condition") -> None:
        """Wait until `condition()` is true, looked at whenever anything happens here."""
        await self.pulse.until(condition, seconds, what)

    async def wait_connected(self, sessions: int = 1, seconds: float = 5.0) -> None:
        """Wait until this many sessions have identified and are connected."""
        await self.wait_for(lambda: len(self.gateway.connected) >= sessions, seconds, "the bot to connect")

    # What a test does to it

    def inject(self, *faults: Fault) -> None:
        """Put faults in force."""
        self.faults.inject(*faults)

    async def drop_gateway(self, code: int | None = None, shard: int | None = None) -> None:
        """Lose gateway connections, without a close frame or with `code`; the sessions can be resumed."""
        await self.gateway.drop(code, shard)

    def invalidate_session(self, *, resumable: bool = False) -> None:
        """Tell clients that their session is invalid."""
        self.gateway.invalidate(resumable=resumable)

    def remove_bot(self, guild_id: int) -> None:
        """Kick the bot from a guild."""
        self.world.set_presence(guild_id, has_bot=False)

    def reinvite(self, guild_id: int) -> None:
        """Invite the bot again; its commands and everything else are as before."""
        self.world.set_presence(guild_id, has_bot=True)

    def outage(self, guild_id: int, *, over: bool = False) -> None:
        """Make a guild unavailable, or available again."""
        self.world.set_presence(guild_id, outage=not over)

    def delete_channel(self, channel_id: int) -> None:
        """Delete a channel, as a moderator would."""
        self.world.delete_channel(channel_id)

    def set_permissions(self, channel_id: int, target_id: int, *, allow: int = 0, deny: int = 0) -> None:
        """Set what a channel allows and denies a role or member. @everyone's id is the guild's."""
        self.world.set_overwrite(channel_id, target_id, allow=allow, deny=deny)

    def set_bot_permissions(self, guild_id: int, granted: int) -> None:
        """Set what the bot's own role grants it in a guild."""
        guild = self.world.guilds[guild_id]
        role = next(
            r for r in guild.roles.values() if r.managed and r.id in guild.members[self.world.bot.id].roles
        )
        self.world.update_role(guild_id, role.id, permissions=granted)

    def _gateway_info(self) -> dict[str, Any]:
        limit = self.gateway.session_start_limit()
        return {"url": self.gateway_url, "shards": self.gateway.shards, "session_start_limit": limit}

    async def _file(self, request: web.Request) -> web.Response:
        parts = PurePosixPath(request.match_info["path"]).parts
        if len(parts) >= 2 and parts[0] == "attachments" and parts[1].isdigit():
            content = self.world.messages.files.get(int(parts[1]))
            if content is not None:
                return web.Response(body=content)
        return web.Response(status=404)


@contextmanager
def pointed_at(base_url: str, gateway_url: str, cdn_url: str) -> Iterator[None]:
    """Point this process's discord.py at a server, and back afterwards. Set it before login."""
    import yarl
    from discord.asset import Asset
    from discord.gateway import DiscordWebSocket
    from discord.http import Route

    before = (Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE)
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = base_url, yarl.URL(gateway_url), cdn_url
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, Asset.BASE = before
