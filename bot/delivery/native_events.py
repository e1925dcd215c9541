"""Discord's own events: created unless they stand there, and changed."""

import json
from typing import Any, Final

import discord
from discord.http import Route

from bot.delivery.answers import FAULTS, came_to
from bot.delivery.permissions import NO_EVENTS, Permissions
from bot.domain.native import FULL
from bot.domain.outbox import Busy, Refused, Sent, Unknown

REFUSALS: Final = {
    10004: "I am no longer in this server.",
    50001: NO_EVENTS,
    50013: NO_EVENTS,
    30038: FULL,
}
_UNKNOWN: Final = 10070
_STANDING: Final = frozenset({1, 2})  # scheduled, active
_FINISHED: Final = 180000  # "Cannot update a finished event"
_PAST: Final = "GUILD_SCHEDULED_EVENT_SCHEDULE_PAST"
_BAD_STATUS: Final = "GUILD_SCHEDULED_EVENT_INVALID_STATUS"


class NativeEvents:
    """The scheduled events of servers."""

    def __init__(self, client: discord.Client, permissions: Permissions) -> None:
        self._client = client
        self._permissions = permissions

    async def create(self, server_id: int, payload: str, marker: str) -> Sent | Refused | Busy | Unknown:
        """Create a scheduled event, unless an own one with the line `marker` stands: then that gets the payload."""
        if foreseen := self._permissions.native_refusal_foreseen(server_id):
            return Refused(foreseen)
        route = Route("GET", "/guilds/{guild_id}/scheduled-events", guild_id=server_id)
        listed = await self._ask(route, None)
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
                return await self.change(server_id, int(event["id"]), payload)
        route = Route("POST", "/guilds/{guild_id}/scheduled-events", guild_id=server_id)
        made = await self._ask(route, json.loads(payload))
        return Sent(int(made["id"])) if isinstance(made, dict) else made

    async def change(self, server_id: int, native_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Change a scheduled event; what is over, or cannot be changed any more because it has begun, stays."""
        route = Route(
            "PATCH", "/guilds/{guild_id}/scheduled-events/{event_id}", guild_id=server_id, event_id=native_id
        )
        made = await self._ask(route, json.loads(payload), native_id)
        return Sent(int(made["id"])) if isinstance(made, dict) else made

    async def _ask(
        self, route: Route, body: dict[str, Any] | None, known: int | None = None
    ) -> Any | Sent | Refused | Busy | Unknown:
        """Ask about scheduled events; return Discord's answer, or what it came to instead."""
        try:
            if body is None:
                return await self._client.http.request(route)
            return await self._client.http.request(route, json=body)
        except FAULTS as error:
            if isinstance(error, discord.HTTPException):
                if error.code == _UNKNOWN:
                    return Sent(None)
                if error.code == _FINISHED or _BAD_STATUS in error.text or _PAST in error.text:
                    return Sent(known)
                if error.code in REFUSALS:
                    return Refused(REFUSALS[error.code])
            return came_to(error)
