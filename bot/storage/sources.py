"""What is remembered of each source, and the pauses their hosts ask for."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sources import SourceOutcome, SourceState
from bot.storage import sql
from bot.storage.tables import paces, sources


async def ensure(tx: AsyncConnection, keys: Iterable[str], now: datetime) -> None:
    """Make a row for every source that has none; it is due at once."""
    await sql.insert_new(tx, sources, [{"key": key, "next_check_at": now} for key in keys])


async def get(tx: AsyncConnection, keys: Sequence[str]) -> dict[str, SourceState]:
    """Return the sources that are known."""
    rows = await tx.execute(select(sources).where(sources.c.key.in_(keys)))
    return {row.key: _state(row) for row in rows}


async def claim_due(
    tx: AsyncConnection, keys: Sequence[str], now: datetime, owner: str, lease: timedelta
) -> SourceState | None:
    """Take the source that has waited longest, if one is due; nobody else asks it while the lease lasts."""
    row = (
        await tx.execute(
            sql.claimable(
                select(sources)
                .where(
                    sources.c.key.in_(keys),
                    sources.c.next_check_at <= now,
                    or_(sources.c.lease_until.is_(None), sources.c.lease_until <= now),
                )
                .order_by(sources.c.next_check_at, sources.c.key)
                .limit(1)
            )
        )
    ).first()
    if row is None:
        return None
    await tx.execute(
        update(sources).where(sources.c.key == row.key).values(lease_owner=owner, lease_until=now + lease)
    )
    return _state(row)


async def record(tx: AsyncConnection, state: SourceState) -> None:
    """Write what a check found and give the source back."""
    await tx.execute(
        update(sources)
        .where(sources.c.key == state.key)
        .values(
            etag=state.etag,
            last_modified=state.last_modified,
            outcome=state.outcome,
            error=state.error,
            failures=state.failures,
            failing_since=state.failing_since,
            last_checked_at=state.last_checked_at,
            last_ok_at=state.last_ok_at,
            last_news_at=state.last_news_at,
            batch_hash=state.batch_hash,
            next_check_at=state.next_check_at,
            lease_owner=None,
            lease_until=None,
        )
    )


async def reserve(
    tx: AsyncConnection, host: str, now: datetime, interval: timedelta, *, at_most: timedelta
) -> timedelta:
    """Book the next free moment at a host and return how long it is until then.

    `interval` is how long the booking occupies the host. The wait is never longer than `at_most`: a
    clock that was set back must not silence a host. Whoever has booked waits once and goes ahead; it
    does not ask again, so a clock that stands still (the try-out's, a test's) cannot hold it for ever.
    """
    await sql.insert_new(tx, paces, [{"host": host, "free_at": now}])
    free_at = await tx.scalar(select(paces.c.free_at).where(paces.c.host == host).with_for_update())
    assert isinstance(free_at, datetime)
    start = min(max(free_at, now), now + at_most)
    await tx.execute(update(paces).where(paces.c.host == host).values(free_at=start + interval))
    return start - now


def _state(row: Row[Any]) -> SourceState:
    return SourceState(
        key=row.key,
        next_check_at=row.next_check_at,
        etag=row.etag,
        last_modified=row.last_modified,
        outcome=SourceOutcome(row.outcome) if row.outcome else None,
        error=row.error,
        failures=row.failures,
        failing_since=row.failing_since,
        last_checked_at=row.last_checked_at,
        last_ok_at=row.last_ok_at,
        last_news_at=row.last_news_at,
        batch_hash=row.batch_hash,
    )
