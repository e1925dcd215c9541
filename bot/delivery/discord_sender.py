"""The sender that talks to Discord, through discord.py's HTTP client."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import aiohttp
import discord
from discord.http import Route

from bot.delivery.breaker import Breaker
from bot.domain.native import FULL
from bot.domain.outbox import Absent, Busy, Refused, Sent, Unknown, Unreadable

_log = logging.getLogger("cohort.delivery")

_PAGE: Final = 100
_PAGES: Final = 20  # 2,000 messages since the attempt; a channel busier than that is left to a person

# https://discord.com/developers/docs/topics/opcodes-and-status-codes#json
_REFUSALS: Final = {
    10003: "The channel is gone.",
    10004: "I am no longer in this server.",
    50001: "I cannot see the channel. Give my role View Channel there.",
    50008: "That kind of channel takes no messages.",
    50013: "I may not post in the channel. Give my role Send Messages there.",
    50007: "You do not take direct messages from me.",
    50083: "The thread is archived.",
    50278: "We share no server any more, so I cannot write to you.",
    30033: "The thread is full.",
    160006: "This server has no room for another active thread.",
}

_NATIVE_REFUSALS: Final = {
    10004: "I am no longer in this server.",
    50001: "I may not create events here. Give my role Create Events.",
    50013: "I may not create events here. Give my role Create Events.",
    30038: FULL,
}

_UNKNOWN_NATIVE: Final = 10070
_STANDING: Final = frozenset({1, 2})  # scheduled, active
_FINISHED: Final = 180000  # "Cannot update a finished event"
_PAST: Final = "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST"
_BAD_STATUS: Final = "GUILD_SCHEDULED_EVENT_INVALID_STATUS"

_UNKNOWN_MESSAGE: Final = 10008
# Unknown channel, member and user: a thread that was deleted, a person who left the server or Discord. And a thread
# that is archived, by ourselves in an attempt whose answer was lost, or by its members.
_SETTLED: Final = frozenset({10003, 10007, 10013, 50083})
_THREAD_EXISTS: Final = 160004
_GONE: Final = frozenset({10003, 10004})
# "Cannot send messages to this user", and the same where no server is shared any more.
_CLOSED: Final = frozenset({50007, 50278})

_CONNECTION_FAULTS: Final = (aiohttp.ClientError, OSError, asyncio.TimeoutError, discord.DiscordServerError)


class DiscordSender:
    """Posts stored payloads as they are and reads the history where an answer was lost."""

    def __init__(self, client: discord.Client, breaker: Breaker) -> None:
        self._client = client
        self._breaker = breaker

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
        if foreseen := self._refusal_foreseen(channel_id):
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
        if foreseen := self._refusal_foreseen(channel_id, "create_public_threads"):
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
        if foreseen := self._refusal_foreseen(channel_id):
            return Refused(foreseen)
        route = Route("POST", "/channels/{channel_id}/threads", channel_id=channel_id)
        return await self._request(route, json.loads(payload))

    async def open_room(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Open a thread that no message begins."""
        body = json.loads(payload)
        private = body.get("type") == discord.ChannelType.private_thread.value
        if foreseen := self._room_refusal_foreseen(channel_id, private=private):
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
        except discord.HTTPException as error:
            if error.code in _SETTLED:
                return Sent(None)
            return self._judge(error)
        except discord.RateLimited as error:
            return Busy(timedelta(seconds=error.retry_after))
        except _CONNECTION_FAULTS as error:
            return Unknown(f"No answer from Discord ({type(error).__name__}).")
        return Sent(thread_id)

    async def create_native(
        self, server_id: int, payload: str, marker: str
    ) -> Sent | Refused | Busy | Unknown:
        """Create a scheduled event, unless an own one with the line `marker` stands: then that gets the payload."""
        if foreseen := self._native_refusal_foreseen(server_id):
            return Refused(foreseen)
        route = Route("GET", "/guilds/{guild_id}/scheduled-events", guild_id=server_id)
        listed = await self._ask_native(route, None)
        if not isinstance(listed, list):
            return listed
        for event in listed:
            own = self._client.user is not None and int(event.get("creator_id") or 0) == self._client.user.id
            # One that was called off cannot be brought back; nothing says that the list is without those.
            if (
                own
                and event.get("status") in _STANDING
                and marker in (event.get("description") or "").splitlines()
            ):
                return await self.change_native(server_id, int(event["id"]), payload)
        route = Route("POST", "/guilds/{guild_id}/scheduled-events", guild_id=server_id)
        made = await self._ask_native(route, json.loads(payload))
        return Sent(int(made["id"])) if isinstance(made, dict) else made

    async def change_native(
        self, server_id: int, native_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        """Change a scheduled event; what is over, or cannot be changed any more because it has begun, stays."""
        route = Route(
            "PATCH", "/guilds/{guild_id}/scheduled-events/{event_id}", guild_id=server_id, event_id=native_id
        )
        made = await self._ask_native(route, json.loads(payload), native_id)
        return Sent(int(made["id"])) if isinstance(made, dict) else made

    async def _ask_native(
        self, route: Route, body: dict[str, Any] | None, known: int | None = None
    ) -> Any | Sent | Refused | Busy | Unknown:
        """Ask about scheduled events; return Discord's answer, or what it came to instead."""
        try:
            if body is None:
                return await self._client.http.request(route)
            return await self._client.http.request(route, json=body)
        except discord.HTTPException as error:
            if error.code == _UNKNOWN_NATIVE:
                return Sent(None)
            if error.code == _FINISHED or _BAD_STATUS in error.text or _PAST in error.text:
                return Sent(known)
            if error.code in _NATIVE_REFUSALS:
                return Refused(_NATIVE_REFUSALS[error.code])
            return self._judge(error)
        except discord.RateLimited as error:
            return Busy(timedelta(seconds=error.retry_after))
        except _CONNECTION_FAULTS as error:
            return Unknown(f"No answer from Discord ({type(error).__name__}).")

    def _native_refusal_foreseen(self, server_id: int) -> str | None:
        """Say why an event would be refused, where the cache knows the server."""
        guild = self._client.get_guild(server_id)
        me = guild.get_member(self._client.user.id) if guild is not None and self._client.user else None
        if me is None or me.guild_permissions.create_events:
            return None
        return _NATIVE_REFUSALS[50013]

    async def _request(
        self, route: Route, body: dict[str, Any], *, known: int | None = None
    ) -> Sent | Refused | Busy | Unknown:
        """Ask, and say what came of it; `known` is the id of what may already be there."""
        try:
            made = await self._client.http.request(route, json=body)
        except discord.HTTPException as error:
            if error.code == _UNKNOWN_MESSAGE:
                # A nonce that is known and whose message is gone, or a message that is gone: it arrived,
                # and somebody deleted it. https://github.com/discord/discord-api-docs/issues/6647
                return Sent(None)
            if error.code == _THREAD_EXISTS:
                return Sent(known)
            return self._judge(error)
        except discord.RateLimited as error:
            return Busy(timedelta(seconds=error.retry_after))
        except _CONNECTION_FAULTS as error:
            return Unknown(f"No answer from Discord ({type(error).__name__}).")
        return Sent(int(made["id"]))

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Read the history after `after`, page by page, for an own message with the line `marker`."""
        return await self._look(channel_id, lambda: self._search(channel_id, after, marker))

    async def find_in_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a forum's posts, open and archived, for an own one with the line `marker`."""
        return await self._look(channel_id, lambda: self._search_forum(channel_id, after, marker))

    async def find_room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a channel's threads, open and archived, for an own one with the name `marker`."""
        return await self._look(channel_id, lambda: self._search_rooms(channel_id, after, marker))

    async def _look(
        self, channel_id: int, search: Callable[[], Awaitable[Sent | Absent | Unreadable]]
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        try:
            if unreadable := await self._unreadable(channel_id):
                return Unreadable(unreadable)
            return await search()
        except (discord.Forbidden, discord.NotFound) as error:
            return Unreadable(_refusal(error), gone=error.code in _GONE)
        except discord.RateLimited as error:
            return Busy(timedelta(seconds=error.retry_after))
        except discord.HTTPException as error:
            return Unknown(f"Discord answered {error.status}.")
        except _CONNECTION_FAULTS as error:
            return Unknown(f"No answer from Discord ({type(error).__name__}).")

    async def _search(self, channel_id: int, after: datetime, marker: str) -> Sent | Absent | Unreadable:
        position = discord.utils.time_snowflake(after)
        for _ in range(_PAGES):
            page = await self._client.http.logs_from(channel_id, _PAGE, after=position)
            for message in page:
                if self._is_own(message) and marker in _lines(message):
                    return Sent(int(message["id"]))
            if len(page) < _PAGE:
                return Absent()
            position = max(int(message["id"]) for message in page)
        return Unreadable("So much was posted since that I cannot tell whether this message arrived.")

    async def _search_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable:
        http = self._client.http
        forum: Mapping[str, Any] = await http.get_channel(channel_id)
        active = await http.get_active_threads(int(forum["guild_id"]))
        archived = await http.get_public_archived_threads(channel_id, limit=_PAGE)
        oldest = discord.utils.time_snowflake(after)
        for thread in (*active["threads"], *archived["threads"]):
            thread_id = int(thread["id"])
            own = self._client.user is not None and int(thread["owner_id"]) == self._client.user.id
            if not own or thread_id <= oldest or int(thread["parent_id"] or 0) != channel_id:
                continue
            try:
                message = await http.get_message(thread_id, thread_id)
            except discord.NotFound:  # its first message was deleted, or the post just now
                continue
            if marker in _lines(message):
                return Sent(thread_id)
        return Absent()

    async def _search_rooms(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable:
        http = self._client.http
        parent: Mapping[str, Any] = await http.get_channel(channel_id)
        active = await http.get_active_threads(int(parent["guild_id"]))
        # Who opens a thread is in it, and so finds a private one without Manage Threads.
        private = await http.get_joined_private_archived_threads(channel_id, limit=_PAGE)
        public = await http.get_public_archived_threads(channel_id, limit=_PAGE)
        oldest = discord.utils.time_snowflake(after)
        for thread in (*active["threads"], *private["threads"], *public["threads"]):
            own = self._client.user is not None and int(thread["owner_id"]) == self._client.user.id
            if not own or int(thread["id"]) <= oldest or int(thread["parent_id"] or 0) != channel_id:
                continue
            if thread["name"] == marker:
                return Sent(int(thread["id"]))
        return Absent()

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        """Return the channel for moderators' news: the one they chose, else the one a community keeps for it.

        Only where Cohort may post; None where there is no such channel.
        """
        guild = self._client.get_guild(server_id)
        if guild is None:
            return None
        for channel in (guild.get_channel(chosen or 0), guild.public_updates_channel):
            if not isinstance(channel, discord.TextChannel):
                continue
            permissions = channel.permissions_for(guild.me)
            if permissions.view_channel and permissions.send_messages:
                return channel.id
        return None

    def _refusal_foreseen(self, channel_id: int, also: str | None = None) -> str | None:
        """Say why a post would be refused, where the cache already knows: no request is wasted on it.

        Ten thousand refusals in ten minutes ban the address. A channel of a server that another
        process keeps is not in the cache, and then nothing is foreseen.
        """
        channel = self._channel(channel_id)
        if channel is None:
            return None
        permissions = channel.permissions_for(channel.guild.me)
        if not permissions.view_channel:
            return _REFUSALS[50001]
        thread = isinstance(channel, discord.Thread)
        if not (permissions.send_messages_in_threads if thread else permissions.send_messages):
            return _REFUSALS[50013]
        if also is not None and not getattr(permissions, also):
            return "I may not open threads in the channel. Give my role Create Public Threads there."
        return None

    def _room_refusal_foreseen(self, channel_id: int, *, private: bool) -> str | None:
        """Say why a thread would be refused, or nothing could be said in it, where the cache knows."""
        channel = self._channel(channel_id)
        if channel is None:
            return None
        granted = channel.permissions_for(channel.guild.me)
        needed = {
            "View Channel": granted.view_channel,
            "Create Private Threads": granted.create_private_threads or not private,
            "Create Public Threads": granted.create_public_threads or private,
            "Send Messages in Threads": granted.send_messages_in_threads,
        }
        missing = [name for name, given in needed.items() if not given]
        if not missing:
            return None
        return f"I may not open threads in the channel. Give my role {' and '.join(missing)} there."

    async def _unreadable(self, channel_id: int) -> str | None:
        """Say why the history cannot be trusted: without the permission it is empty, not an error."""
        channel = self._channel(channel_id)
        if channel is None:
            permissions = await self._ask_permissions(channel_id)
        else:
            permissions = channel.permissions_for(channel.guild.me)
        if not (permissions.view_channel and permissions.read_message_history):
            return (
                "I cannot tell whether this message arrived. Give my role Read Message History there, "
                "and I look and go on by myself."
            )
        return None

    def _channel(self, channel_id: int) -> "discord.abc.GuildChannel | discord.Thread | None":
        channel = self._client.get_channel(channel_id)
        if isinstance(channel, discord.abc.GuildChannel | discord.Thread) and channel.guild.me is not None:
            return channel
        return None

    async def _ask_permissions(self, channel_id: int) -> discord.Permissions:
        """Ask Discord what the bot may do in a channel that is not in this process's cache."""
        assert self._client.user is not None
        found = await self._client.fetch_channel(channel_id)
        if isinstance(found, discord.DMChannel):
            # Whoever takes part in a direct conversation may read all of it.
            return discord.Permissions(view_channel=True, read_message_history=True)
        if not isinstance(found, discord.abc.GuildChannel | discord.Thread):
            return discord.Permissions.none()
        guild = await self._client.fetch_guild(found.guild.id)
        member = await guild.fetch_member(self._client.user.id)
        channel = await guild.fetch_channel(channel_id)
        return channel.permissions_for(member)

    def _is_own(self, message: Mapping[str, Any]) -> bool:
        return self._client.user is not None and int(message["author"]["id"]) == self._client.user.id

    def _judge(self, error: discord.HTTPException) -> Refused | Busy | Unknown:
        if isinstance(error, discord.DiscordServerError) or error.status >= 500:
            return Unknown(f"Discord answered {error.status}.")
        if error.status == 429:
            return Busy(timedelta(seconds=30))
        if error.code not in _REFUSALS:
            # Our own fault most likely; the body stays out of the log, the code names the rule.
            _log.error("Discord refused a message", extra={"status": error.status, "code": error.code})
        return Refused(_refusal(error), gone=error.code in _GONE, closed=error.code in _CLOSED)


def _refusal(error: discord.HTTPException) -> str:
    return _REFUSALS.get(
        error.code, f"Discord refused the message (status {error.status}, code {error.code})."
    )


def _lines(message: Mapping[str, Any]) -> set[str]:
    return {line for text in _texts(message) for line in text.splitlines()}


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(content := node.get("content"), str):
        yield content
    for child in node.get("components") or ():
        yield from _texts(child)
