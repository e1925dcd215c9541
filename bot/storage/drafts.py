"""What a moderator has begun and not finished, so that a restart loses nothing."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import servers, setting_drafts


async def get(tx: AsyncConnection, server_id: int, kind: str, by: int) -> dict[str, Any] | None:
    """Return what somebody has begun."""
    found: dict[str, Any] | None = await tx.scalar(
        select(setting_drafts.c.data).where(
            setting_drafts.c.server_id == server_id,
            setting_drafts.c.kind == kind,
            setting_drafts.c.by == by,
        )
    )
    return found


async def put(
    tx: AsyncConnection, server_id: int, kind: str, by: int, data: Mapping[str, Any], now: datetime
) -> None:
    """Keep what somebody has begun, in place of what they had before."""
    await sql.insert_new(tx, servers, [{"id": server_id}])
    row = {"server_id": server_id, "kind": kind, "by": by, "data": dict(data), "updated_at": now}
    await sql.upsert(tx, setting_drafts, row, ["data", "updated_at"])


async def drop(tx: AsyncConnection, server_id: int, kind: str, by: int) -> None:
    """Forget it."""
    await tx.execute(
        delete(setting_drafts).where(
            setting_drafts.c.server_id == server_id,
            setting_drafts.c.kind == kind,
            setting_drafts.c.by == by,
        )
    )


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete what nobody went on with since `before`; return how many."""
    result = await tx.execute(setting_drafts.delete().where(setting_drafts.c.updated_at < before))
    return result.rowcount
