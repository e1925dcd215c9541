"""Messages on their way, and those that arrived."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, and_, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import Entry, Settlement, State
from bot.storage import sql
from bot.storage.tables import outbox

_OPEN = (State.PENDING, State.SENDING, State.HELD)


async def add(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Store new entries; the unique key (feed, slot, part) makes a repetition impossible."""
    await tx.execute(outbox.insert(), list(rows))


async def claim_due(
    tx: AsyncConnection, now: datetime, *, owner: str, lease: timedelta, limit: int
) -> list[Entry]:
    """Take up to `limit` entries that are due, at most one of each digest and in the order of its parts.

    They are recorded as `sending` before anything goes out. What is returned is the entry as it was
    before, so that `first_attempt_at` still tells whether an earlier attempt is in doubt.
    """
    earlier = outbox.alias("earlier")
    first_in_line = ~exists().where(
        earlier.c.feed_id == outbox.c.feed_id,
        or_(
            earlier.c.slot_at < outbox.c.slot_at,
            and_(earlier.c.slot_at == outbox.c.slot_at, earlier.c.part < outbox.c.part),
        ),
        earlier.c.state.in_(_OPEN),
    )
    rows = (
        await tx.execute(
            sql.claimable(
                select(outbox)
                .where(
                    outbox.c.state.in_(_OPEN),
                    outbox.c.next_attempt_at <= now,
                    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
                    first_in_line,
                )
                .order_by(outbox.c.next_attempt_at, outbox.c.id)
                .limit(limit)
            )
        )
    ).all()
    if rows:
        await tx.execute(
            update(outbox)
            .where(outbox.c.id.in_([row.id for row in rows]))
            .values(
                state=State.SENDING,
                attempts=outbox.c.attempts + 1,
                first_attempt_at=func.coalesce(outbox.c.first_attempt_at, now),
                lease_owner=owner,
                lease_until=now + lease,
            )
        )
    return [_entry(row) for row in rows]


async def settle(
    tx: AsyncConnection, entry_id: int, settlement: Settlement, *, owner: str, now: datetime
) -> bool:
    """Write what an attempt came to; False where the lease had passed to another process."""
    result = await tx.execute(
        update(outbox)
        .where(outbox.c.id == entry_id, outbox.c.lease_owner == owner)
        .values(
            state=settlement.state,
            first_attempt_at=settlement.first_attempt_at,
            next_attempt_at=settlement.next_attempt_at,
            message_id=settlement.message_id,
            reason=settlement.reason,
            sent_at=now if settlement.state is State.SENT else None,
            lease_owner=None,
            lease_until=None,
        )
    )
    return result.rowcount == 1


async def release(tx: AsyncConnection, owner: str) -> None:
    """Give back what this process had claimed, when it stops in good order."""
    await tx.execute(
        update(outbox).where(outbox.c.lease_owner == owner).values(lease_owner=None, lease_until=None)
    )


async def release_all(tx: AsyncConnection) -> None:
    """Give back whatever is claimed; only for a database that no other process uses."""
    await tx.execute(
        update(outbox).where(outbox.c.lease_owner.is_not(None)).values(lease_owner=None, lease_until=None)
    )


async def next_attempt(tx: AsyncConnection) -> datetime | None:
    """Return when the next entry is due, None where nothing waits."""
    moment: datetime | None = await tx.scalar(
        select(func.min(outbox.c.next_attempt_at)).where(outbox.c.state.in_((State.PENDING, State.SENDING)))
    )
    return moment


async def open_by_feed(tx: AsyncConnection, feed_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """Return the entries of each feed that have not arrived, oldest first."""
    rows = await tx.execute(
        select(outbox)
        .where(outbox.c.feed_id.in_(feed_ids), outbox.c.state.in_(_OPEN))
        .order_by(outbox.c.slot_at, outbox.c.part)
    )
    entries: dict[int, list[Entry]] = {feed_id: [] for feed_id in feed_ids}
    for row in rows:
        entries[row.feed_id].append(_entry(row))
    return entries


def _entry(row: Row[Any]) -> Entry:
    return Entry(
        id=row.id,
        feed_id=row.feed_id,
        slot_at=row.slot_at,
        part=row.part,
        parts=row.parts,
        channel_id=row.channel_id,
        nonce=row.nonce,
        marker=row.marker,
        payload=row.payload,
        state=State(row.state),
        attempts=row.attempts,
        first_attempt_at=row.first_attempt_at,
        created_at=row.created_at,
        message_id=row.message_id,
        reason=row.reason,
    )
