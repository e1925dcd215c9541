"""Who is never to meet whom, in any server."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.buddies.values import Blocks
from bot.storage import sql
from bot.storage.tables import buddy_blocks

_table = buddy_blocks.c


async def add(tx: AsyncConnection, member_id: int, blocked_id: int, now: datetime) -> bool:
    """Let one block another; False where they had already."""
    row = {"member_id": member_id, "blocked_id": blocked_id, "created_at": now}
    return await sql.insert_if_absent(tx, buddy_blocks, row)


async def remove(tx: AsyncConnection, member_id: int, blocked_id: int) -> bool:
    """Take back somebody's own block; the other's, if there is one, stays."""
    gone = await tx.execute(
        delete(buddy_blocks).where(_table.member_id == member_id, _table.blocked_id == blocked_id)
    )
    return gone.rowcount > 0


async def by(tx: AsyncConnection, member_id: int) -> list[int]:
    """Return whom somebody has blocked, the latest first."""
    rows = await tx.scalars(
        select(_table.blocked_id)
        .where(_table.member_id == member_id)
        .order_by(_table.created_at.desc(), _table.blocked_id)
    )
    return list(rows)


async def among(tx: AsyncConnection, member_ids: Sequence[int]) -> Blocks:
    """Return the blocks in which any of some people is the one who blocked: all there are between them."""
    found: list[tuple[int, int]] = []
    for start in range(0, len(member_ids), sql.CHUNK):
        rows = await tx.execute(
            select(_table.member_id, _table.blocked_id).where(
                _table.member_id.in_(member_ids[start : start + sql.CHUNK])
            )
        )
        found += [(row.member_id, row.blocked_id) for row in rows]
    return Blocks.of(found)


async def around(tx: AsyncConnection, member_id: int) -> Blocks:
    """Return the blocks by or of one person."""
    rows = await tx.execute(
        select(_table.member_id, _table.blocked_id).where(
            or_(_table.member_id == member_id, _table.blocked_id == member_id)
        )
    )
    return Blocks.of((row.member_id, row.blocked_id) for row in rows)
