"""A gateway session and the websocket that it may have at the moment."""

import asyncio
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.support.loopback.world import GatewayEvent

DISPATCH = 0
CLOSE_S = 1.0
"""How long a client that does not read may hold up a close."""


class Socket:
    """One websocket. Frames go out in order through a queue, so that the world never waits for a client."""

    def __init__(self, response: web.WebSocketResponse, request: web.Request) -> None:
        self.response = response
        self.request = request
        self.session: Session | None = None
        self.sends: deque[float] = deque()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._pump())

    def send(self, op: int, data: Any, seq: int | None = None, name: str | None = None) -> None:
        """Queue a frame."""
        self._queue.put_nowait(json.dumps({"op": op, "d": data, "s": seq, "t": name}))

    async def _pump(self) -> None:
        while (frame := await self._queue.get()) is not None:
            try:
                await self.response.send_str(frame)
            except ConnectionError:
                return

    async def flush(self) -> None:
        """Send what is queued and stop."""
        self._queue.put_nowait(None)
        await asyncio.wait({self._task}, timeout=CLOSE_S)
        self._task.cancel()

    async def close(self, code: int) -> None:
        """Close with a code, after what is queued."""
        await self.flush()
        await self.response.close(code=code)

    def abort(self) -> None:
        """Cut the line: no close frame."""
        self._queue.put_nowait(None)
        if self.request.transport is not None:
            self.request.transport.abort()


@dataclass
class Session:
    """A session of one shard. Events go on being numbered and kept while nobody is connected."""

    id: str
    shard: tuple[int, int]
    intents: int
    identified: bool
    """Whether IDENTIFY told the shard: READY echoes it only then."""
    started_at: float
    replay: deque[tuple[int, str, dict[str, Any]]]
    seq: int = 0
    socket: Socket | None = None
    resumes: int = 0
    lost_at: float | None = None
    heartbeats: list[float] = field(default_factory=list)

    def dispatch(self, name: str, data: dict[str, Any]) -> None:
        """Number an event, keep it for replay, and send it if somebody is connected."""
        self.seq += 1
        self.replay.append((self.seq, name, data))
        if self.socket is not None:
            self.socket.send(DISPATCH, data, self.seq, name)

    def wants(self, event: GatewayEvent) -> bool:
        """Tell whether an event belongs to this shard and these intents."""
        if event.intent and not event.intent & self.intents:
            return False
        index, count = self.shard
        return index == (0 if event.guild_id is None else (event.guild_id >> 22) % count)
