"""Whose turn it is: what is due is claimed, and given back by a process that stops."""

from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedState
from bot.domain.outbox import Action, Entry, State
from bot.storage import sql
from bot.storage.outbox.rows import OPEN, anchors_of, entry_of
from bot.storage.tables import feeds, outbox
from bot.storage.types import UTCDateTime

# Parts of what is asked every second. To build one takes longer than to run it: each stands here once.
_earlier = outbox.alias("earlier")
_anchor = outbox.alias("anchor")
_FIRST_IN_LINE = ~exists().where(
    _earlier.c.feed_id == outbox.c.feed_id,
    _earlier.c.stream == outbox.c.stream,
    or_(
        _earlier.c.slot_at < outbox.c.slot_at,
        and_(_earlier.c.slot_at == outbox.c.slot_at, _earlier.c.part < outbox.c.part),
    ),
    _earlier.c.state.in_(OPEN),
)
_ANCHORED = or_(
    outbox.c.anchor_id.is_(None),
    exists().where(_anchor.c.id == outbox.c.anchor_id, _anchor.c.state == State.SENT),
)
"""What an entry depends on must stand in the channel first."""
_MAY_GO_OUT = or_(
    outbox.c.feed_id.in_(select(feeds.c.id).where(feeds.c.state == FeedState.ACTIVE)),
    and_(outbox.c.action == Action.NATIVE, outbox.c.anchor_id.is_not(None)),
)
"""A feed that was paused or removed in the meantime posts nothing more; the Discord events that it left can still be
called off."""


async def claim_due(
    tx: AsyncConnection, now: datetime, *, owner: str, lease: timedelta, limit: int
) -> list[Entry]:
    """Take up to `limit` entries that are due, at most one of each digest and in the order of its parts.

    They are recorded as `sending` before anything goes out. What is returned is the entry as it was
    before, so that `first_attempt_at` still tells whether an earlier attempt is in doubt.
    """
    rows = (
        await tx.execute(
            sql.claimable(
                select(outbox)
                .where(
                    outbox.c.state.in_(OPEN),
                    outbox.c.next_attempt_at <= now,
                    or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
                    _MAY_GO_OUT,
                    _FIRST_IN_LINE,
                    _ANCHORED,
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
                first_attempt_at=func.coalesce(outbox.c.first_attempt_at, literal(now, UTCDateTime())),
                lease_owner=owner,
                lease_until=now + lease,
            )
        )
    anchors = await anchors_of(tx, [row.anchor_id for row in rows if row.anchor_id is not None])
    return [entry_of(row, anchors.get(row.anchor_id)) for row in rows]


async def next_attempt(tx: AsyncConnection) -> datetime | None:
    """Return when the next entry is due, None where nothing waits."""
    moment: datetime | None = await tx.scalar(
        select(func.min(outbox.c.next_attempt_at)).where(
            outbox.c.state.in_((State.PENDING, State.SENDING)), _ANCHORED
        )
    )
    return moment


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
