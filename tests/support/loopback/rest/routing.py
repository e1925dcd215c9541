"""Routes: a template such as `/channels/{channel_id}/messages`, and the function that answers it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.loopback import errors, permissions
from tests.support.loopback.model import Channel, Guild

if TYPE_CHECKING:
    from tests.support.loopback.interactions import InteractionBook
    from tests.support.loopback.world import World

Answer = tuple[int, Any]
"""A status and a JSON body; a body of None goes out as 204 without one."""

MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token")


@dataclass
class Upload:
    """A file of a multipart request."""

    field: str
    filename: str
    content: bytes


@dataclass
class Call:
    """One request, parsed. `origin` is the server's own address, for links to files."""

    world: "World"
    book: "InteractionBook"
    origin: str
    params: dict[str, str]
    query: Mapping[str, str]
    body: Any = None
    files: list[Upload] = field(default_factory=list)

    @property
    def form(self) -> dict[str, Any]:
        """The body of a request that must have an object for one."""
        if not isinstance(self.body, dict):
            fault = {"code": "DICT_TYPE_CONVERT", "message": "Only dictionaries may be used in a DictType"}
            raise errors.invalid_form({"_errors": [fault]})
        return self.body

    def id(self, name: str) -> int:
        """Return an id from the path; one that is not a number is a bad form, as at Discord."""
        return as_id(self.params[name], name)

    def bot_id(self) -> int:
        """Return whose token the request carries."""
        return self.world.bot.id

    def guild(self, *, needs: int = 0) -> Guild:
        """Return the guild in the path, or raise: 10004 unknown, 50001 not a member, 50013 not allowed."""
        guild = self.world.guilds.get(self.id("guild_id"))
        if guild is None:
            raise errors.unknown("guild")
        if not guild.has_bot:
            raise errors.missing_access()
        if guild.outage:
            raise errors.refused(0, "Internal Server Error", 503)
        if needs & ~permissions.in_guild(guild, self.bot_id()):
            raise errors.missing_permissions()
        return guild

    def channel(self, *, needs: int = 0, channel_id: int | None = None) -> Channel:
        """Return the channel in the path, or raise: 10003 unknown, 50001 not visible, 50013 not allowed."""
        wanted = channel_id or self.id("channel_id")
        # An announcement of a forum post: the thread and its first message share an id.
        channel = self.world.channels.get(wanted)
        if channel is None:
            raise errors.unknown("channel")
        if channel.guild_id is not None and not self.world.guilds[channel.guild_id].has_bot:
            raise errors.missing_access()
        granted = self.world.may(self.bot_id(), channel)
        if not granted & permissions.VIEW_CHANNEL:
            raise errors.missing_access()
        if needs & ~granted:
            raise errors.missing_permissions()
        return channel


Handler = Callable[[Call], Answer]


@dataclass(frozen=True)
class Route:
    """A method and template. `token_in_path` routes need no Authorization and are exempt from the global limit."""

    method: str
    template: str
    handler: Handler
    token_in_path: bool = False

    @property
    def key(self) -> str:
        """The name under which limits and records know it."""
        return f"{self.method} {self.template}"

    def major(self, params: Mapping[str, str]) -> str:
        """Return the parameters that have a rate limit each."""
        return "+".join(params[name] for name in MAJOR if name in params)


class Routes:
    """A table of routes, found by method and path; literal segments go before parameters."""

    def __init__(self) -> None:
        self._by_shape: dict[tuple[str, int], list[tuple[tuple[str, ...], Route]]] = {}

    def add(self, method: str, template: str, *, token_in_path: bool = False) -> Callable[[Handler], Handler]:
        """Register the decorated function."""

        def register(handler: Handler) -> Handler:
            segments = tuple(template.strip("/").split("/"))
            route = Route(method, template, handler, token_in_path)
            shape = self._by_shape.setdefault((method, len(segments)), [])
            shape.append((segments, route))
            shape.sort(key=lambda entry: [segment.startswith("{") for segment in entry[0]])
            return handler

        return register

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str]] | None:
        """Return the route of a path and its parameters."""
        parts = path.strip("/").split("/")
        for segments, route in self._by_shape.get((method, len(parts)), []):
            params: dict[str, str] = {}
            for segment, part in zip(segments, parts, strict=True):
                if segment.startswith("{"):
                    params[segment[1:-1]] = part
                elif segment != part:
                    break
            else:
                return route, params
        return None


def as_id(value: Any, name: str) -> int:
    """Return a snowflake from a form or a path."""
    if isinstance(value, bool) or not str(value).isdigit():
        fault = {"code": "NUMBER_TYPE_COERCE", "message": f'Value "{value}" is not snowflake.'}
        raise errors.invalid_form({name: {"_errors": [fault]}})
    return int(value)


routes = Routes()
