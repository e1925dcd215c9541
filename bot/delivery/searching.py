"""Whether something stands in Discord although its answer was lost."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

import discord

from bot.delivery.answers import FAULTS, not_readable
from bot.delivery.permissions import Permissions
from bot.domain.outbox import Absent, Busy, Sent, Unknown, Unreadable

_PAGE: Final = 100
_PAGES: Final = 20  # 2,000 messages since the attempt; a channel busier than that is left to a person


class Search:
    """Reads histories and lists of threads for what this bot made."""

    def __init__(self, client: discord.Client, permissions: Permissions) -> None:
        self._client = client
        self._permissions = permissions

    async def message(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Read the history after `after`, page by page, for an own message with the line `marker`."""
        return await self._look(channel_id, lambda: self._search(channel_id, after, marker))

    async def forum_post(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a forum's posts, open and archived, for an own one with the line `marker`."""
        return await self._look(channel_id, lambda: self._search_forum(channel_id, after, marker))

    async def room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look through a channel's threads, open and archived, for an own one with the name `marker`."""
        return await self._look(channel_id, lambda: self._search_rooms(channel_id, after, marker))

    async def _look(
        self, channel_id: int, search: Callable[[], Awaitable[Sent | Absent | Unreadable]]
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        try:
            if unreadable := await self._permissions.unreadable(channel_id):
                return Unreadable(unreadable)
            return await search()
        except FAULTS as error:
            return not_readable(error)

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
            if not self._is_own_thread(thread, channel_id, oldest):
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
            if self._is_own_thread(thread, channel_id, oldest) and thread["name"] == marker:
                return Sent(int(thread["id"]))
        return Absent()

    def _is_own(self, message: Mapping[str, Any]) -> bool:
        return self._client.user is not None and int(message["author"]["id"]) == self._client.user.id

    def _is_own_thread(self, thread: Mapping[str, Any], channel_id: int, oldest: int) -> bool:
        own = self._client.user is not None and int(thread["owner_id"]) == self._client.user.id
        return own and int(thread["id"]) > oldest and int(thread["parent_id"] or 0) == channel_id


def _lines(message: Mapping[str, Any]) -> set[str]:
    return {line for text in _texts(message) for line in text.splitlines()}


def _texts(node: Mapping[str, Any]) -> Iterator[str]:
    if isinstance(content := node.get("content"), str):
        yield content
    for child in node.get("components") or ():
        yield from _texts(child)
