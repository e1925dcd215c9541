"""The gateway: sessions, sequence numbers, replay, shards.

https://discord.com/developers/docs/events/gateway
"""

import json
import secrets
from collections import deque
from typing import TYPE_CHECKING, Any

from aiohttp import WSCloseCode, WSMsgType, web

from tests.support.loopback import project
from tests.support.loopback.interactions import Pulse
from tests.support.loopback.sessions import CLOSE_S, DISPATCH, Session, Socket
from tests.support.loopback.world import GUILD_MEMBERS, GUILDS, MESSAGE_CONTENT, GatewayEvent, World

if TYPE_CHECKING:
    from collections.abc import Callable

HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME, RECONNECT = 1, 2, 3, 4, 6, 7
REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 8, 9, 10, 11
UNKNOWN_OPCODE, DECODE_ERROR, NOT_AUTHENTICATED, BAD_TOKEN, ALREADY_AUTHENTICATED = (
    4001,
    4002,
    4003,
    4004,
    4005,
)
INVALID_SEQ, RATE_LIMITED, INVALID_SHARD, SHARDING_REQUIRED, DISALLOWED_INTENTS = 4007, 4008, 4010, 4011, 4014

PRIVILEGED = GUILD_MEMBERS | 1 << 8 | MESSAGE_CONTENT
MAX_GUILDS_PER_SHARD = 2500
SENDS_PER_MINUTE = 120
MOST_IDS = 100


class Gateway:
    """All sessions of the bot.

    `heartbeat_ms` goes into HELLO; `replay_size` bounds what a resume can catch up on; `resume_window` is
    how long, in seconds of the world's clock, a lost session can be resumed. `allowed_privileged` are the
    privileged intents that the developer portal has switched on: none. `shards` is what /gateway/bot
    recommends.
    """

    def __init__(self, world: World, pulse: Pulse) -> None:
        self.world = world
        self.pulse = pulse
        self.heartbeat_ms = 41_250
        self.replay_size = 1000
        self.resume_window = 120.0
        self.allowed_privileged = 0
        self.shards = 1
        self.acknowledge_heartbeats = True
        self.answer_member_requests = True
        self.member_requests: list[tuple[int, ...]] = []
        """The ids that clients asked about, request by request."""
        self.refuse_connections = False
        self.identifies: list[tuple[float, tuple[int, int]]] = []
        self.resumes: list[tuple[float, bool]] = []
        self.closes: list[int | None] = []
        """The close codes that clients sent."""
        self.sessions: dict[str, Session] = {}
        self.sockets: set[Socket] = set()
        self.url = ""
        world.listeners.append(self._on_event)

    # What a test asks of it

    @property
    def connected(self) -> list[Session]:
        """The sessions with somebody at the other end."""
        return [session for session in self.sessions.values() if session.socket is not None]

    def session_start_limit(self) -> dict[str, int]:
        """Return how many IDENTIFYs are left today."""
        day = [at for at, _ in self.identifies if self.world.clock.now() - at < 86_400]
        left = max(0, 1000 - len(day))
        return {"total": 1000, "remaining": left, "reset_after": 86_400_000, "max_concurrency": 1}

    async def drop(self, code: int | None = None, shard: int | None = None) -> None:
        """Lose connections: cut without a close frame, or closed with `code`. The sessions stay."""
        for session in self.connected:
            if shard is not None and session.shard[0] != shard:
                continue
            socket = session.socket
            assert socket is not None
            self._detach(socket)
            if code is None:
                socket.abort()
            else:
                await socket.close(code)

    def request_reconnect(self) -> None:
        """Ask every client to reconnect and resume (op 7)."""
        for session in self.connected:
            assert session.socket is not None
            session.socket.send(RECONNECT, None)

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (op 9)."""
        for session in self.connected:
            assert session.socket is not None
            session.socket.send(INVALID_SESSION, resumable)
            if not resumable:
                self.sessions.pop(session.id)
                self._detach(session.socket)

    def dispatch(self, name: str, data: dict[str, Any], guild_id: int | None = None, intent: int = 0) -> int:
        """Dispatch anything at all; return how many sessions it went to, connected or waiting for a resume."""
        event = GatewayEvent(name, data, guild_id, intent)
        takers = [session for session in self.sessions.values() if session.wants(event)]
        for session in takers:
            session.dispatch(name, data)
        self.pulse.beat()
        return len(takers)

    async def close(self) -> None:
        """Close all connections, as Discord does when it restarts."""
        for socket in list(self.sockets):
            await socket.close(WSCloseCode.GOING_AWAY)

    # The wire

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket from HELLO to its end."""
        if self.refuse_connections:
            return web.Response(status=503)
        response = web.WebSocketResponse(max_msg_size=0, timeout=CLOSE_S)
        await response.prepare(request)
        socket = Socket(response, request)
        self.sockets.add(socket)
        socket.send(HELLO, {"heartbeat_interval": self.heartbeat_ms, "_trace": ["loopback"]})
        try:
            async for frame in response:
                if frame.type is WSMsgType.TEXT:
                    await self._receive(socket, frame.data)
        finally:
            self.sockets.discard(socket)
            session = socket.session
            self._detach(socket)
            self.closes.append(response.close_code)
            # Closing with 1000 or 1001 says goodbye for good; anything else may resume.
            if session is not None and response.close_code in {1000, 1001}:
                self.sessions.pop(session.id, None)
            await socket.flush()
            self.pulse.beat()
        return response

    async def _receive(self, socket: Socket, text: str) -> None:
        try:
            frame = json.loads(text)
            op, data = int(frame["op"]), frame.get("d")
        except (ValueError, KeyError, TypeError):
            await socket.close(DECODE_ERROR)
            return
        now = self.world.clock.now()
        socket.sends.append(now)
        while socket.sends[0] < now - 60:
            socket.sends.popleft()
        if len(socket.sends) > SENDS_PER_MINUTE:
            await socket.close(RATE_LIMITED)
        elif op == HEARTBEAT:
            if socket.session is not None:
                socket.session.heartbeats.append(now)
            if self.acknowledge_heartbeats:
                socket.send(ACK, None)
        elif op == IDENTIFY:
            await self._identify(socket, data)
        elif op == RESUME:
            await self._resume(socket, data)
        elif socket.session is None:
            await socket.close(NOT_AUTHENTICATED)
        elif op == REQUEST_MEMBERS:
            await self._send_members(socket, socket.session, data)
        elif op not in {PRESENCE, VOICE}:
            await socket.close(UNKNOWN_OPCODE)
        self.pulse.beat()

    async def _identify(self, socket: Socket, data: dict[str, Any]) -> None:
        world = self.world
        index, count = data.get("shard") or (0, 1)
        intents = int(data.get("intents", 0))
        guilds = [g for g in world.guilds.values() if g.has_bot and (g.id >> 22) % max(count, 1) == index]
        refusals: list[tuple[int, Callable[[], bool]]] = [
            (ALREADY_AUTHENTICATED, lambda: socket.session is not None),
            (BAD_TOKEN, lambda: data.get("token") != world.token),
            (INVALID_SHARD, lambda: not 0 <= index < count),
            (SHARDING_REQUIRED, lambda: len(guilds) > MAX_GUILDS_PER_SHARD),
            (DISALLOWED_INTENTS, lambda: bool(intents & PRIVILEGED & ~self.allowed_privileged)),
        ]
        for code, refused in refusals:
            if refused():
                await socket.close(code)
                return
        now = world.clock.now()
        self._forget_lost(now)
        self.identifies.append((now, (index, count)))
        session = Session(
            secrets.token_hex(16),
            (index, count),
            intents,
            "shard" in data,
            now,
            replay=deque(maxlen=self.replay_size),
        )
        self.sessions[session.id] = session
        self._attach(socket, session)
        ready: dict[str, Any] = {
            "v": 10,
            "user": project.me(world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "session_type": "normal",
            "private_channels": [],
            "application": {"id": str(world.application_id), "flags": 0},
            "_trace": ["loopback"],
        }
        if session.identified:
            ready["shard"] = [index, count]
        session.dispatch("READY", ready)
        for guild in guilds:
            if not guild.outage and intents & GUILDS:
                session.dispatch("GUILD_CREATE", project.guild_create(world, guild))

    def _forget_lost(self, now: float) -> None:
        """Forget sessions that nobody can resume any more: thousands of them, each with its replay, are gigabytes."""
        lost = [
            id_
            for id_, session in self.sessions.items()
            if session.lost_at is not None and now - session.lost_at > self.resume_window
        ]
        for id_ in lost:
            del self.sessions[id_]

    async def _resume(self, socket: Socket, data: dict[str, Any]) -> None:
        now = self.world.clock.now()
        session = self.sessions.get(str(data.get("session_id")))
        seq = int(data.get("seq") or 0)
        if data.get("token") != self.world.token:
            await socket.close(BAD_TOKEN)
            return
        if session is not None and seq > session.seq:
            await socket.close(INVALID_SEQ)
            return
        too_late = session is not None and now - (session.lost_at or now) > self.resume_window
        oldest = session.replay[0][0] if session is not None and session.replay else 1
        if session is None or too_late or seq + 1 < oldest:
            self.resumes.append((now, False))
            socket.send(INVALID_SESSION, False)
            return
        self.resumes.append((now, True))
        session.resumes += 1
        if session.socket is not None:
            old = session.socket
            self._detach(old)
            old.abort()
        self._attach(socket, session)
        for number, name, payload in session.replay:
            if number > seq:
                socket.send(DISPATCH, payload, number, name)
        session.dispatch("RESUMED", {"_trace": ["loopback"]})

    def _attach(self, socket: Socket, session: Session) -> None:
        socket.session, session.socket, session.lost_at = session, socket, None

    def _detach(self, socket: Socket) -> None:
        session, socket.session = socket.session, None
        if session is not None and session.socket is socket:
            session.socket, session.lost_at = None, self.world.clock.now()

    async def _send_members(self, socket: Socket, session: Session, data: dict[str, Any]) -> None:
        """Answer op 8: by ids without a privileged intent, the whole list only with it."""
        wanted = [int(user) for user in data.get("user_ids") or []]
        everybody = data.get("query") == "" and not data.get("limit")
        self.member_requests.append(tuple(wanted))
        guild = self.world.guilds.get(int(data["guild_id"]))
        if guild is None or len(wanted) > MOST_IDS or ("query" not in data and not wanted):
            await socket.close(UNKNOWN_OPCODE)  # "an invalid payload for an opcode"
            return
        if not self.answer_member_requests or (everybody and not session.intents & GUILD_MEMBERS):
            return  # Discord is silent there
        found = [
            project.member(self.world, member)
            for member in guild.members.values()
            if member.user_id in wanted
            or (
                data.get("query") is not None
                and self.world.users[member.user_id].name.startswith(data["query"])
            )
        ]
        answer: dict[str, Any] = {
            "guild_id": str(guild.id),
            "members": found,
            "chunk_index": 0,
            "chunk_count": 1,
            "not_found": [user for user in wanted if user not in guild.members],
        }
        if data.get("nonce"):
            answer["nonce"] = data["nonce"]
        session.dispatch("GUILD_MEMBERS_CHUNK", answer)

    def _on_event(self, event: GatewayEvent) -> None:
        for session in self.sessions.values():
            if session.wants(event):
                session.dispatch(event.name, event.data)
        self.pulse.beat()
