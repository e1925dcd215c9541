"""Servers that Cohort is in, was in, and has said hello to."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import departures, discussions, servers


async def known(tx: AsyncConnection) -> dict[int, datetime | None]:
    """Return every server of which something is kept, and since when Cohort is not in it."""
    rows = await tx.execute(select(servers.c.id, servers.c.left_at))
    return {row.id: row.left_at for row in rows}


async def mark_left(tx: AsyncConnection, server_ids: Collection[int], now: datetime) -> None:
    """Remember since when Cohort is not in some servers any more; what was noticed before stays."""
    await tx.execute(
        update(servers).where(servers.c.id.in_(server_ids), servers.c.left_at.is_(None)).values(left_at=now)
    )


async def mark_back(tx: AsyncConnection, server_ids: Collection[int]) -> None:
    """Forget that Cohort was away from some servers."""
    await tx.execute(
        update(servers)
        .where(servers.c.id.in_(server_ids), servers.c.left_at.is_not(None))
        .values(left_at=None)
    )


async def left_before(tx: AsyncConnection, before: datetime) -> list[int]:
    """Return the servers that Cohort left before `before`."""
    return list(await tx.scalars(select(servers.c.id).where(servers.c.left_at < before)))


async def remove(tx: AsyncConnection, server_id: int) -> None:
    """Delete a server and all that depends on it: feeds, what was posted, settings, the log."""
    await tx.execute(delete(discussions).where(discussions.c.server_id == server_id))
    await tx.execute(delete(servers).where(servers.c.id == server_id))


async def greet(tx: AsyncConnection, server_id: int, now: datetime) -> bool:
    """Note that Cohort says hello to a server; False where it did so before."""
    await sql.insert_new(tx, servers, [{"id": server_id}])
    result = await tx.execute(
        update(servers)
        .where(servers.c.id == server_id, servers.c.greeted_at.is_(None))
        .values(greeted_at=now)
    )
    return result.rowcount > 0


# --- Members who left a server -------------------------------------------------------------------------


async def note_member(
    tx: AsyncConnection, server_id: int, member_id: int, *, is_there: bool, now: datetime
) -> None:
    """Remember that somebody was found to be gone from a server, or there again."""
    if is_there:
        await tx.execute(
            delete(departures).where(departures.c.server_id == server_id, departures.c.member_id == member_id)
        )
        return
    row = {"server_id": server_id, "member_id": member_id, "left_at": now}
    await sql.insert_new(tx, departures, [row])


async def departed_before(tx: AsyncConnection, before: datetime) -> list[tuple[int, int]]:
    """Return (server, member) of those who are gone from a server since before `before`."""
    rows = await tx.execute(
        select(departures.c.server_id, departures.c.member_id).where(departures.c.left_at < before)
    )
    return [(row.server_id, row.member_id) for row in rows]
