"""What holds for a whole server: its zone, where notices go, and who may moderate what."""

from typing import Any

from bot.clock import Clock
from bot.domain.server_settings import (
    Area,
    Module,
    ServerSettings,
    check_server_settings,
    read_server_settings,
)
from bot.storage import server_settings
from bot.storage.engine import Database, retried


class ServerSettingsService:
    """Reads and changes the settings of one server at a time."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def read(self, server_id: int) -> ServerSettings:
        """Return the settings; nothing in them where they were never set."""
        async with self._db.read() as tx:
            return read_server_settings(await server_settings.read(tx, server_id, Module.SERVER))

    @retried
    async def change(self, server_id: int, *, by: int, **changed: Any) -> ServerSettings:
        """Change what is named and nothing else; None takes a setting away. Raises UserError for what cannot be."""
        async with self._db.write() as tx:
            await server_settings.lock(tx, server_id)
            before = read_server_settings(await server_settings.read(tx, server_id, Module.SERVER))
            after = check_server_settings(before.with_(**changed).document())
            await server_settings.write(tx, server_id, Module.SERVER, after, by=by, now=self._clock.now())
        return read_server_settings(after)

    async def delegated(self, server_id: int, role_ids: frozenset[int]) -> frozenset[Area]:
        """Return what somebody with these roles may moderate without managing the server."""
        return (await self.read(server_id)).delegated(role_ids)
