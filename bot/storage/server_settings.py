"""What servers set for each module, and the log of every change.

Whatever a moderator can set is written together with its entry in the log, in one transaction.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.server_settings import Area, Module
from bot.storage import sql
from bot.storage.tables import server_modules, servers, setting_changes


async def read(tx: AsyncConnection, server_id: int, module: Module) -> dict[str, Any] | None:
    """Return what a server set for a module, None where it never did."""
    found: dict[str, Any] | None = await tx.scalar(
        select(server_modules.c.settings).where(
            server_modules.c.server_id == server_id, server_modules.c.module == module
        )
    )
    return found


async def write(
    tx: AsyncConnection,
    server_id: int,
    module: Module,
    settings: Mapping[str, Any],
    *,
    by: int | None,
    now: datetime,
) -> None:
    """Set a module's settings as a whole and log it; what is as it was is neither written nor logged."""
    await ensure(tx, server_id)
    await lock(tx, server_id)
    before = await read(tx, server_id, module)
    after = dict(settings)
    if before == after:
        return
    row = {"server_id": server_id, "module": module, "settings": after, "updated_at": now}
    await sql.upsert(tx, server_modules, row, ["settings", "updated_at"])
    await record(tx, server_id, Area(module), before=before, after=after, by=by, now=now)


async def ensure(tx: AsyncConnection, server_id: int) -> None:
    """Make sure that there is a row of the server to be locked."""
    await sql.insert_new(tx, servers, [{"id": server_id}])


async def lock(tx: AsyncConnection, server_id: int) -> None:
    """Let what two moderators of a server do at once happen one after the other."""
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())


async def record(
    tx: AsyncConnection,
    server_id: int,
    area: Area,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    by: int | None,
    now: datetime,
    target: str = "",
    undoes: int | None = None,
) -> None:
    """Add a change to the log; the server's row has to be there."""
    await tx.execute(
        setting_changes.insert().values(
            server_id=server_id,
            at=now,
            by=by,
            area=area,
            target=target,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
            undoes=undoes,
        )
    )
