"""Asks Discord who is in a server: Cohort keeps no members."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Final

import aiohttp
import discord

from bot.domain.meetings.values import Presence

_log = logging.getLogger("cohort.buddies")

AT_ONCE: Final = 100
"""Ids in one request of the gateway (op 8). By ids it needs no privileged intent; only the whole list does.
https://discord.com/developers/docs/events/gateway-events#request-guild-members"""

ANSWER_WITHIN_S: Final = 5.0
"""How long the gateway has for an answer; somebody may be waiting at a command."""

_REST_AT_ONCE: Final = 5
_GONE: Final = frozenset({10007, 10013})  # unknown member, unknown user
_FAULTS: Final = (TimeoutError, aiohttp.ClientError, OSError)


class DiscordRegister:
    """A hundred members with one request of the gateway, whose answer leaves out who is not in the server.

    A lost connection leaves people out as well, so those that are missing are asked about one by one. So is everybody
    where the gateway does not answer, or another process keeps the server's shard. What is not answered is unknown,
    and nobody is matched, or forgotten, on a guess.
    """

    def __init__(self, client: discord.Client, *, answer_within_s: float = ANSWER_WITHIN_S) -> None:
        self._client = client
        self._answer_within_s = answer_within_s

    async def look(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> Mapping[int, Presence]:
        """Say of each member whether they are in the server, and have the role where one is needed."""
        found: dict[int, Presence] = {}
        for start in range(0, len(member_ids), AT_ONCE):
            some = member_ids[start : start + AT_ONCE]
            answered = await self._ask_gateway(server_id, some, role_id)
            if answered is None:
                break  # it would not answer for the others either
            found |= answered
        turn = asyncio.Semaphore(_REST_AT_ONCE)

        async def ask(member_id: int) -> Presence:
            async with turn:
                return await self._ask(server_id, member_id, role_id)

        missing = [member_id for member_id in member_ids if member_id not in found]
        found |= zip(missing, await asyncio.gather(*map(ask, missing)), strict=True)
        return {member_id: found[member_id] for member_id in member_ids}

    async def _ask_gateway(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> dict[int, Presence] | None:
        """Return what the gateway says of those who are there; None where it says nothing."""
        client = self._client
        guild = client.get_guild(server_id)
        if guild is None or not client.is_ready():
            return None
        try:
            async with asyncio.timeout(self._answer_within_s):
                members = await guild.query_members(user_ids=list(member_ids), limit=AT_ONCE, cache=False)
        except (
            *_FAULTS,
            RuntimeError,
            discord.DiscordException,
        ) as error:  # RuntimeError: there is no connection
            _log.warning("the gateway did not say who is there", extra={"fault": type(error).__name__})
            return None
        return {
            member.id: Presence.HERE
            if role_id is None or member.get_role(role_id) is not None
            else Presence.WITHOUT_ROLE
            for member in members
        }

    async def _ask(self, server_id: int, member_id: int, role_id: int | None) -> Presence:
        try:
            member = await self._client.http.get_member(server_id, member_id)
        except discord.HTTPException as error:
            if error.code in _GONE:
                return Presence.GONE
            _log.warning(
                "a member could not be looked up", extra={"status": error.status, "code": error.code}
            )
            return Presence.UNKNOWN
        except (*_FAULTS, discord.RateLimited) as error:
            _log.warning("a member could not be looked up", extra={"fault": type(error).__name__})
            return Presence.UNKNOWN
        has_role = role_id is None or str(role_id) in map(str, member["roles"])
        return Presence.HERE if has_role else Presence.WITHOUT_ROLE
