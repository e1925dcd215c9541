"""What has not arrived yet, of a feed or of an entry."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import Entry
from bot.storage.outbox.rows import OPEN, POST, a_post, entry_of
from bot.storage.tables import outbox


async def has_open(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether a post of the feed has not arrived yet."""
    found = await tx.scalar(
        select(outbox.c.id)
        .where(outbox.c.feed_id == feed_id, outbox.c.stream == POST, outbox.c.state.in_(OPEN))
        .limit(1)
    )
    return found is not None


async def with_open(tx: AsyncConnection, feed_ids: Sequence[int]) -> set[int]:
    """Return those of some feeds of which a post has not arrived yet."""
    found = await tx.scalars(
        select(outbox.c.feed_id)
        .where(outbox.c.feed_id.in_(feed_ids), outbox.c.stream == POST, outbox.c.state.in_(OPEN))
        .distinct()
    )
    return set(found)


async def has_any_open(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether anything of the feed has not arrived yet, whatever it is."""
    found = await tx.scalar(
        select(outbox.c.id).where(outbox.c.feed_id == feed_id, outbox.c.state.in_(OPEN)).limit(1)
    )
    return found is not None


async def open_in(tx: AsyncConnection, feed_id: int, stream: str) -> list[int]:
    """Return the entries of one stream of a feed that have not arrived."""
    rows = await tx.scalars(
        select(outbox.c.id).where(
            outbox.c.feed_id == feed_id, outbox.c.stream == stream, outbox.c.state.in_(OPEN)
        )
    )
    return list(rows)


async def open_by_feed(tx: AsyncConnection, feed_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """Return the entries of each feed that have not arrived, oldest first."""
    rows = await tx.execute(
        select(outbox)
        .where(outbox.c.feed_id.in_(feed_ids), a_post(), outbox.c.state.in_(OPEN))
        .order_by(outbox.c.slot_at, outbox.c.part)
    )
    entries: dict[int, list[Entry]] = {feed_id: [] for feed_id in feed_ids}
    for row in rows:
        entries[row.feed_id].append(entry_of(row))
    return entries


async def open_below(tx: AsyncConnection, entry_id: int) -> list[int]:
    """Return the entries that depend on one and have not arrived."""
    rows = await tx.scalars(
        select(outbox.c.id).where(outbox.c.anchor_id == entry_id, outbox.c.state.in_(OPEN))
    )
    return list(rows)
