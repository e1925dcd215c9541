"""What a moderator has begun: a file to be imported, a server to be set up."""

from collections.abc import Mapping
from typing import Any

from bot.clock import Clock
from bot.storage import drafts
from bot.storage.engine import Database


class Drafts:
    """One of each kind for each moderator of each server."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def get(self, server_id: int, kind: str, by: int) -> dict[str, Any] | None:
        """Return what somebody has begun, None where that is nothing."""
        async with self._db.read() as tx:
            return await drafts.get(tx, server_id, kind, by)

    async def put(self, server_id: int, kind: str, by: int, data: Mapping[str, Any]) -> None:
        """Keep what somebody has begun."""
        async with self._db.write() as tx:
            await drafts.put(tx, server_id, kind, by, data, self._clock.now())

    async def drop(self, server_id: int, kind: str, by: int) -> None:
        """Forget it."""
        async with self._db.write() as tx:
            await drafts.drop(tx, server_id, kind, by)
