"""The sender that talks to Discord, through discord.py's HTTP client."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, Final

import discord
from discord.http import Route

from bot.delivery.answers import FAULTS, came_to, code_of
from bot.delivery.breaker import Breaker
from bot.delivery.native_events import NativeEvents
from bot.delivery.permissions import Permissions
from bot.delivery.searching import Search
from bot.domain.outbox import Absent, Busy, Refused, Sent, Unknown, Unreadable

_UNKNOWN_MESSAGE: Final = 10008
# Unknown channel, member and user: a thread that was deleted, a person who left the server or Discord. And a thread
# that is archived, by ourselves in an attempt whose answer was lost, or by its members.
_SETTLED: Final = frozenset({10003, 10007, 10013, 50083})
_THREAD_EXISTS: Final = 160004


class DiscordSender:
    """Posts stored payloads as they are and reads the history where an answer was lost."""

    def __init__(self, client: discord.Client, breaker: Breaker) -> None:
        self._client = client
        self._breaker = breaker
        self._permissions = Permissions(client)
        self._events = NativeEvents(client, self._permissions)
        self._search = Search(client, self._permissions)

    def ready(self) -> bool:
        """Whether the client has its servers (permissions are read from its cache) and Discord is well."""
        client = self._client
        return (
            client.user is not None
            and client.is_ready()
            and not client.is_closed()
            and self._breaker.closed()
        )

    async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
        """Create the message; the nonce makes Discord return the first one if it already stands there."""
        if foreseen := self._permissions.refusal_foreseen(channel_id):
            return Refused(foreseen)
        body = json.loads(payload) | {"nonce": nonce, "enforce_nonce": True}
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=channel_id)
        return await self._request(route, body)

    async def edit(self, channel_id: int, message_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Give an own message the JSON body `payload`; `Sent(None)` where somebody deleted it."""
        route = Route(
            "PATCH",
            "/channels/{channel_id}/messages/{message_id}",
            channel_id=channel_id,
            message_id=message_id,
        )
        return await self._request(route, json.loads(payload))

    async def open_thread(
        self, channel_id: int, message_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        """Open the thread of a message, or find it open; it has the id of the message."""
        if foreseen := self._permissions.refusal_foreseen(channel_id, "create_public_threads"):
            return Refused(foreseen)
        route = Route(
            "POST",
            "/channels/{channel_id}/messages/{message_id}/threads",
            channel_id=channel_id,
            message_id=message_id,
        )
        return await self._request(route, json.loads(payload), known=message_id)

    async def post_in_forum(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Create a post in a forum; `Sent` carries the id of its thread, which is that of its message."""
        if foreseen := self._permissions.refusal_foreseen(channel_id):
            return Refused(foreseen)
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=channel_id)
        return await self._request(route, json.loads(payload))

    async def open_room(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Open a thread that no message begins."""
        body = json.loads(payload)
        private = body.get("type") == discord.ChannelType.private_thread.value
        if foreseen := self._permissions.room_refusal_foreseen(channel_id, private=private):
            return Refused(foreseen)
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=channel_id)
        return await self._request(route, body)

    async def seat(self, thread_id: int, payload: str, *, there: bool) -> Sent | Refused | Busy | Unknown:
        """Add somebody to a thread or take them out; who left the server is in no thread of it."""
        user_id = int(json.loads(payload)["user_id"])
        http = self._client.http
        ask = http.add_user_to_thread if there else http.remove_user_from_thread
        return await self._in_room(thread_id, lambda: ask(thread_id, user_id))

    async def change_room(self, thread_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Change a thread, such as whether it is in the archive."""
        route = Route("PATCH", "/channels/{channel_id}", channel_id=thread_id)
        body = json.loads(payload)
        return await self._in_room(thread_id, lambda: self._client.http.request(route, json=body))

    async def _in_room(
        self, thread_id: int, ask: Callable[[], Awaitable[Any]]
    ) -> Sent | Refused | Busy | Unknown:
        """Do something to a thread that may be done twice; that the thread or person is gone settles it."""
        try:
            await ask()
        except FAULTS as error:
            return Sent(None) if code_of(error) in _SETTLED else came_to(error)
        return Sent(thread_id)

    async def _request(
        self, route: Route, body: dict[str, Any], *, known: int | None = None
    ) -> Sent | Refused | Busy | Unknown:
        """Ask, and say what came of it; `known` is the id of what may already be there."""
        try:
            made = await self._client.http.request(route, json=body)
        except FAULTS as error:
            if code_of(error) == _UNKNOWN_MESSAGE:
                # A nonce that is known and whose message is gone, or a message that is gone: it arrived,
                # and somebody deleted it. https://github.com/discord/discord-api-docs/issues/6647
                return Sent(None)
            return Sent(known) if code_of(error) == _THREAD_EXISTS else came_to(error)
        return Sent(int(made["id"]))

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        """Return the channel for moderators' news: the one they chose, else the one a community keeps for it."""
        return self._permissions.notice_channel(server_id, chosen)

    async def create_native(
        self, server_id: int, payload: str, marker: str
    ) -> Sent | Refused | Busy | Unknown:
        """Create a scheduled event, unless an own one with the line `marker` stands: then that gets the payload."""
        return await self._events.create(server_id, payload, marker)

    async def change_native(
        self, server_id: int, native_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        """Change a scheduled event; what is over, or cannot be changed any more because it has begun, stays."""
        return await self._events.change(server_id, native_id, payload)

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Read the history after `after` for an own message with the line `marker`."""
        return await self._search.message(channel_id, after, marker)

    async def find_in_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a forum's posts for an own one with the line `marker`."""
        return await self._search.forum_post(channel_id, after, marker)

    async def find_room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a channel's threads for an own one with the name `marker`."""
        return await self._search.room(channel_id, after, marker)
