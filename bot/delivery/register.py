"""Asks Discord who is in a server: Cohort keeps no members."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import aiohttp
import discord

from bot.domain.meetings.values import Presence

_log = logging.getLogger("cohort.buddies")

_AT_ONCE: Final = 5
_GONE: Final = frozenset({10007, 10013})  # unknown member, unknown user


class DiscordRegister:
    """One request for each member, a few at a time: Discord tells a bot without the members intent in no other way.

    What is not answered is unknown, and nobody is matched on a guess.
    """

    def __init__(self, client: Callable[[], discord.Client]) -> None:
        self._client = client

    async def look(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> Mapping[int, Presence]:
        """Say of each member whether they are in the server, and have the role where one is needed."""
        turn = asyncio.Semaphore(_AT_ONCE)

        async def ask(member_id: int) -> Presence:
            async with turn:
                return await self._ask(server_id, member_id, role_id)

        found = await asyncio.gather(*(ask(member_id) for member_id in member_ids))
        return dict(zip(member_ids, found, strict=True))

    async def _ask(self, server_id: int, member_id: int, role_id: int | None) -> Presence:
        try:
            member = await self._client().http.get_member(server_id, member_id)
        except discord.HTTPException as error:
            if error.code in _GONE:
                return Presence.GONE
            _log.warning(
                "a member could not be looked up", extra={"status": error.status, "code": error.code}
            )
            return Presence.UNKNOWN
        except (TimeoutError, aiohttp.ClientError, OSError, discord.RateLimited) as error:
            _log.warning("a member could not be looked up", extra={"fault": type(error).__name__})
            return Presence.UNKNOWN
        has_role = role_id is None or str(role_id) in map(str, member["roles"])
        return Presence.HERE if has_role else Presence.WITHOUT_ROLE
