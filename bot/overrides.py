"""Knows what servers set for our commands, by asking Discord and keeping the answer for a while."""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.clock import Clock
from bot.domain.permits import Override

if TYPE_CHECKING:
    from discord import app_commands

_log = logging.getLogger("cohort.overrides")

KEPT: Final = timedelta(minutes=5)
"""How long an answer is used; a change is also told over the gateway, to the process that keeps the server."""

_WAIT_S: Final = 2.0
"""An interaction has to be answered within three seconds."""

_MOST: Final = 5000
"""Answers kept; the oldest go."""


class CommandOverrides:
    """The settings of one command in one server, and of all commands there."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._ids: dict[str, int] = {}
        self._kept: dict[tuple[int, int], tuple[datetime, tuple[Override, ...]]] = {}

    async def of(
        self, tree: "app_commands.CommandTree[Any]", server_id: int, command: str
    ) -> tuple[tuple[Override, ...], tuple[Override, ...]]:
        """Return the lines for the command and those for all commands; none where Discord cannot be asked."""
        application_id = tree.client.application_id
        if application_id is None:
            return (), ()
        try:
            async with asyncio.timeout(_WAIT_S):
                if command not in self._ids:
                    self._ids = {each.name: each.id for each in await tree.fetch_commands()}
                command_id = self._ids.get(command)
                if command_id is None:
                    return (), ()
                own = await self._ask(tree, application_id, server_id, command_id)
                return own, await self._ask(tree, application_id, server_id, application_id)
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:  # a time-out is an OSError
            _log.warning(
                "command settings unknown", extra={"server": server_id, "reason": type(error).__name__}
            )
            return (), ()

    def known_id(self, command: str) -> int | None:
        """Return a command's id, where Discord was asked for it already: with it a mention can be pressed."""
        return self._ids.get(command)

    def forget(self, server_id: int) -> None:
        """Ask again the next time."""
        self._kept = {key: value for key, value in self._kept.items() if key[0] != server_id}

    async def _ask(
        self, tree: "app_commands.CommandTree[Any]", application_id: int, server_id: int, target_id: int
    ) -> tuple[Override, ...]:
        key, now = (server_id, target_id), self._clock.now()
        kept = self._kept.get(key)
        if kept is not None and now - kept[0] < KEPT:
            return kept[1]
        http = tree.client.http
        try:
            found = await http.get_application_command_permissions(application_id, server_id, target_id)
            lines = tuple(
                Override(int(each["id"]), each["type"], each["permission"]) for each in found["permissions"]
            )
        except discord.NotFound:  # as Discord made them: nobody set anything
            lines = ()
        if len(self._kept) >= _MOST:
            del self._kept[next(iter(self._kept))]
        self._kept[key] = (now, lines)
        return lines
