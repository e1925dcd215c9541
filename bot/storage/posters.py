"""Which processes post to Discord at the moment: what it allows a bot is divided between them.

A row of `paces` for each, below a name of its own; `free_at` is when it last claimed something.
"""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import paces

_PREFIX: Final = "poster/"

ACTIVE_FOR: Final = timedelta(seconds=60)
"""How long a process that is no longer heard of keeps its part; longer than two clocks are apart."""

_FORGOTTEN_AFTER: Final = timedelta(hours=1)


async def report(tx: AsyncConnection, owner: str, now: datetime) -> None:
    """Say that a process posts; forget those that have not for long."""
    row = {"host": _PREFIX + owner, "free_at": now}
    await sql.upsert(tx, paces, row, ["free_at"])
    # Past those who report at this very moment: two who were away for long would wait for each other.
    silent = select(paces.c.host).where(
        paces.c.host.startswith(_PREFIX), paces.c.free_at < now - _FORGOTTEN_AFTER
    )
    if gone := list(await tx.scalars(sql.claimable(silent))):
        await tx.execute(paces.delete().where(paces.c.host.in_(gone)))


async def count(tx: AsyncConnection, now: datetime) -> int:
    """Return how many processes post."""
    active = select(func.count()).where(paces.c.host.startswith(_PREFIX), paces.c.free_at > now - ACTIVE_FOR)
    return await tx.scalar(active) or 0


async def leave(tx: AsyncConnection, owner: str) -> None:
    """Leave the others what this process had."""
    await tx.execute(paces.delete().where(paces.c.host == _PREFIX + owner))
