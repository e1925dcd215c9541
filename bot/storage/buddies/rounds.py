"""Rounds: when people were put together, and what came of it in figures."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.buddies.values import Numbers
from bot.domain.feeds import Feed, FeedKind
from bot.storage import feeds as feed_rows
from bot.storage.tables import buddy_rounds, feeds

_table = buddy_rounds.c


@dataclass(frozen=True, slots=True)
class Round:
    """A round that went out."""

    id: int
    number: int
    slot_at: datetime
    seed: str
    numbers: Numbers


async def feed_of(tx: AsyncConnection, server_id: int) -> Feed | None:
    """Return the feed of a server's study buddies, in whatever state; None where there never was one."""
    feed_id = await tx.scalar(
        select(feeds.c.id)
        .where(feeds.c.server_id == server_id, feeds.c.kind == FeedKind.BUDDIES)
        .order_by(feeds.c.id.desc())
        .limit(1)
    )
    return await feed_rows.by_id(tx, feed_id) if feed_id is not None else None


async def lock_feed(tx: AsyncConnection, feed_id: int) -> None:
    """Let what changes the company of many in a server happen one after the other: rounds, blocks, who leaves.

    Whoever only puts something into the outbox, which refers to the feed, waits for nobody.
    """
    await tx.execute(select(feeds.c.id).where(feeds.c.id == feed_id).with_for_update(key_share=True))


async def look_at(
    tx: AsyncConnection, feed_id: int, moment: datetime, *, slot_at: datetime | None = None
) -> None:
    """Look at a feed at some moment, for the slot it waits for or for another one."""
    values = {"next_run_at": moment} | ({"slot_at": slot_at} if slot_at is not None else {})
    await tx.execute(update(feeds).where(feeds.c.id == feed_id).values(**values))


async def add(
    tx: AsyncConnection, server_id: int, slot_at: datetime, seed: str, numbers: Numbers, now: datetime
) -> tuple[int, int]:
    """Store a round; return its id and its number."""
    last = await tx.scalar(select(func.max(_table.number)).where(_table.server_id == server_id))
    number = (last or 0) + 1
    id_ = await tx.scalar(
        buddy_rounds.insert()
        .values(
            server_id=server_id,
            number=number,
            slot_at=slot_at,
            seed=seed,
            numbers=asdict(numbers),
            created_at=now,
        )
        .returning(_table.id)
    )
    assert isinstance(id_, int)
    return id_, number


async def is_there(tx: AsyncConnection, server_id: int, slot_at: datetime) -> bool:
    """Whether the round of a slot has been made."""
    found = await tx.scalar(select(_table.id).where(_table.server_id == server_id, _table.slot_at == slot_at))
    return found is not None


async def last(tx: AsyncConnection, server_id: int, limit: int = 1) -> Sequence[Round]:
    """Return a server's last rounds, the newest first."""
    rows = await tx.execute(
        select(buddy_rounds).where(_table.server_id == server_id).order_by(_table.number.desc()).limit(limit)
    )
    return [Round(row.id, row.number, row.slot_at, row.seed, Numbers(**row.numbers)) for row in rows]
