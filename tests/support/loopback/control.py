"""The control API: the driver and the world over HTTP, for tests whose bot is another process.

`POST /control/call` with `{"do": "slash", "args": {…}}`; the answer is `{"result": …}` or `{"error": …}`.
"""

import dataclasses
import inspect
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from tests.support.loopback import persist, project, seed
from tests.support.loopback.faults import Fault
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.model import Message

if TYPE_CHECKING:
    from tests.support.loopback.server import LoopbackDiscord


class Control:
    """What another process may ask. Every public method is one `do`; its parameters are the `args`."""

    def __init__(self, server: "LoopbackDiscord") -> None:
        self._server = server
        self.on_save: Callable[[], None] | None = None

    def add_routes(self, app: web.Application) -> None:
        """Serve it."""
        app.router.add_post("/control/call", self._call)

    async def _call(self, request: web.Request) -> web.Response:
        asked = await request.json()
        name = str(asked.get("do"))
        method = getattr(self, name, None)
        if name.startswith("_") or name in {"add_routes", "on_save"} or not callable(method):
            return _json({"error": f"no such call: {name}"}, status=404)
        try:
            result = method(**asked.get("args", {}))
            if inspect.isawaitable(result):
                result = await result
        except Exception as error:  # noqa: BLE001  # whatever it was, the caller is to hear of it
            return _json({"error": f"{type(error).__name__}: {error}"}, status=400)
        return _json({"result": _plain(result)})

    # People

    async def slash(self, user_id: int, channel_id: int, command: str, **options: Any) -> Interaction:
        return await self._server.slash(user_id, channel_id, command, **options)

    async def autocomplete(
        self, user_id: int, channel_id: int, command: str, focused: str, typed: str, **options: Any
    ) -> list[dict[str, Any]]:
        return await self._server.autocomplete(user_id, channel_id, command, focused, typed, **options)

    async def click(self, message_id: int, button: str, user_id: int, **more: Any) -> Interaction:
        return await self._server.click(message_id, button, user_id, **more)

    async def select(
        self, message_id: int, menu: str, values: list[str | int], user_id: int, **more: Any
    ) -> Interaction:
        return await self._server.select(message_id, menu, values, user_id, **more)

    async def submit_modal(self, interaction_id: int, values: dict[str, Any], **more: Any) -> Interaction:
        return await self._server.submit_modal(self._server.book.get(interaction_id), values, **more)

    def say(self, user_id: int, channel_id: int, content: str) -> Message:
        return self._server.say(user_id, channel_id, content)

    # The world

    def add_club(self, name: str = "ML Club", guild_id: int | None = None) -> seed.Club:
        return seed.add_club(self._server.world, name, guild_id)

    def add_guild(self, name: str, **more: Any) -> int:
        return self._server.world.add_guild(name, **more).id

    def add_channel(self, guild_id: int, name: str, kind: int = 0) -> int:
        return self._server.world.add_channel(guild_id, name, kind).id

    def add_member(self, guild_id: int, user: int | str) -> int:
        return self._server.world.add_member(guild_id, user).user_id

    def delete_channel(self, channel_id: int) -> None:
        self._server.delete_channel(channel_id)

    def set_permissions(self, channel_id: int, target_id: int, allow: int = 0, deny: int = 0) -> None:
        self._server.set_permissions(channel_id, target_id, allow=allow, deny=deny)

    def set_bot_permissions(self, guild_id: int, granted: int) -> None:
        self._server.set_bot_permissions(guild_id, granted)

    def remove_bot(self, guild_id: int) -> None:
        self._server.remove_bot(guild_id)

    def reinvite(self, guild_id: int) -> None:
        self._server.reinvite(guild_id)

    def channels(self, guild_id: int | None = None) -> list[dict[str, Any]]:
        world = self._server.world
        found = world.channels.values() if guild_id is None else world.channels_in(guild_id)
        return [project.channel(world, channel) for channel in found]

    def messages(self, channel_id: int) -> list[Message]:
        return self._server.messages(channel_id)

    def all_messages(self) -> list[Message]:
        return self._server.world.messages.all()

    def scheduled_events(self, guild_id: int) -> list[dict[str, Any]]:
        world = self._server.world
        return [project.scheduled_event(world, event) for event in world.events_of(guild_id)]

    def commands(self, guild_id: int | None = None) -> list[dict[str, Any]]:
        return list(self._server.world.commands.get(guild_id, {}).values())

    def interaction(self, interaction_id: int) -> Interaction:
        return self._server.book.get(interaction_id)

    def world(self) -> dict[str, Any]:
        return persist.dump(self._server.world)

    # Trouble

    def inject(self, **fault: Any) -> None:
        self._server.inject(Fault(**fault))

    def faults(self) -> list[Fault]:
        return self._server.faults.faults

    def clear_faults(self) -> None:
        self._server.faults.clear()

    def limit(self, **settings: Any) -> None:
        for name, value in settings.items():
            assert hasattr(self._server.limits, name), name
            setattr(self._server.limits, name, value)

    async def drop_gateway(self, code: int | None = None, shard: int | None = None) -> None:
        await self._server.drop_gateway(code, shard)

    def invalidate_session(self, *, resumable: bool = False) -> None:
        self._server.invalidate_session(resumable=resumable)

    def refuse_gateway(self, *, refuse: bool = True) -> None:
        self._server.gateway.refuse_connections = refuse

    def advance(self, seconds: float) -> float:
        self._server.clock.advance(seconds)
        return self._server.clock.now()

    def now(self) -> float:
        return self._server.clock.now()

    def set_nonce_window(self, seconds: float) -> None:
        self._server.world.nonce_window = seconds

    def set_shards(self, count: int) -> None:
        self._server.gateway.shards = count

    # What happened

    def requests(self, since: int = 0, route: str | None = None) -> list[Any]:
        return [r for r in self._server.requests[since:] if route in (None, r.route)]

    def report(self) -> dict[str, Any]:
        api, gateway = self._server.api, self._server.gateway
        return {
            "requests": api.count,
            "invalid": self._server.invalid_requests(),
            "unknown_routes": api.unknown_routes,
            "schema_faults": api.schema_faults,
            "identifies": len(gateway.identifies),
            "resumes": [worked for _, worked in gateway.resumes],
            "sessions": [
                {"id": s.id, "shard": s.shard, "seq": s.seq, "connected": s.socket is not None}
                for s in gateway.sessions.values()
            ],
        }

    async def wait_connected(self, sessions: int = 1, seconds: float = 10.0) -> None:
        await self._server.wait_connected(sessions, seconds)

    async def wait_messages(self, channel_id: int, count: int, seconds: float = 10.0) -> list[Message]:
        def there() -> bool:
            return len(self._server.messages(channel_id)) >= count

        await self._server.wait_for(there, seconds, f"{count} messages")
        return self._server.messages(channel_id)

    async def wait_requests(self, route: str, count: int = 1, seconds: float = 10.0) -> None:
        def there() -> bool:
            return len(self._server.requests_to(route)) >= count

        await self._server.wait_for(there, seconds, f"{count} × {route}")


def _plain(value: Any) -> Any:
    """Return JSON for what a call returns; messages and interactions with what tests look at first."""
    if isinstance(value, Message):
        return dataclasses.asdict(value) | {"text": value.text}
    if isinstance(value, Interaction):
        return {
            "id": value.id,
            "answer": value.answer,
            "answered": value.answered,
            "messages": [_plain(message) for message in value.messages],
            "modal": value.modal,
            "choices": value.choices,
            "refusals": value.refusals,
        }
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    return value


def _json(body: Any, status: int = 200) -> web.Response:
    text = json.dumps(body)
    return web.Response(status=status, text=text, content_type="application/json")
