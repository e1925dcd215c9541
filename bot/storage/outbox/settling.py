"""What an attempt came to, and what is held until something has changed in its server."""

from datetime import datetime

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import Settlement, State
from bot.storage.tables import feeds, outbox


async def settle(
    tx: AsyncConnection,
    entry_id: int,
    settlement: Settlement,
    *,
    owner: str,
    now: datetime,
    place_id: int | None = None,
) -> bool:
    """Write what an attempt came to; False where the lease had passed to another process.

    `place_id` is the channel or thread in which a message that arrived stands.
    """
    result = await tx.execute(
        update(outbox)
        .where(outbox.c.id == entry_id, outbox.c.lease_owner == owner)
        .values(
            state=settlement.state,
            first_attempt_at=settlement.first_attempt_at,
            next_attempt_at=settlement.next_attempt_at,
            message_id=settlement.message_id,
            place_id=place_id,
            reason=settlement.reason,
            sent_at=now if settlement.state is State.SENT else None,
            lease_owner=None,
            lease_until=None,
        )
    )
    return result.rowcount == 1


async def wake(tx: AsyncConnection, server_id: int, now: datetime) -> None:
    """Let everything that is held for a server be tried again at once: something has changed there."""
    await tx.execute(update(outbox).where(*_held_in(server_id, now)).values(next_attempt_at=now))


async def has_held(tx: AsyncConnection, server_id: int, now: datetime) -> bool:
    """Whether `wake` would change anything."""
    return await tx.scalar(select(outbox.c.id).where(*_held_in(server_id, now)).limit(1)) is not None


async def held_servers(tx: AsyncConnection, now: datetime) -> set[int]:
    """Return the servers for which `wake` would change anything."""
    rows = await tx.scalars(
        select(feeds.c.server_id)
        .join(outbox, outbox.c.feed_id == feeds.c.id)
        .where(outbox.c.state == State.HELD, outbox.c.next_attempt_at > now, feeds.c.server_id.is_not(None))
        .distinct()
    )
    return set(rows)


def _held_in(server_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.state == State.HELD,
        outbox.c.next_attempt_at > now,
        outbox.c.feed_id.in_(select(feeds.c.id).where(feeds.c.server_id == server_id)),
    )
