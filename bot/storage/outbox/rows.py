"""What the queries share: the names of streams, which rows are open, and a row as an entry."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import Action, Anchor, Entry, State
from bot.storage.tables import outbox

POST = "post"
NOTICE = "notice"
NATIVE_NOTICE = "notice:native"
EVENT = "event:"
"""What the streams of posts about events begin with."""
BUDDY_ROOM = "buddy:room:"
"""What the streams of the threads in which study buddies meet begin with."""

OPEN = (State.PENDING, State.SENDING, State.HELD)
"""Of what has not arrived."""


def is_post(stream: str) -> bool:
    """Whether entries of a stream are what a feed was set up for, and no notice, edit or answer."""
    return stream == POST or stream.startswith((EVENT, BUDDY_ROOM))


def a_post() -> ColumnElement[bool]:
    """Return the condition that `is_post` is in a query."""
    return or_(
        outbox.c.stream == POST, outbox.c.stream.startswith(EVENT), outbox.c.stream.startswith(BUDDY_ROOM)
    )


def not_begun(now: datetime) -> ColumnElement[bool]:
    """Return the condition under which nothing of an entry can have gone out."""
    return and_(
        outbox.c.state.in_((State.PENDING, State.HELD)),
        outbox.c.first_attempt_at.is_(None),
        or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
    )


async def anchors_of(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, Anchor]:
    """Return what other entries depend on, by its id."""
    if not ids:
        return {}
    rows = await tx.execute(
        select(outbox.c.id, outbox.c.place_id, outbox.c.message_id).where(outbox.c.id.in_(ids))
    )
    return {row.id: Anchor(row.id, row.place_id, row.message_id) for row in rows}


def entry_of(row: Row[Any], anchor: Anchor | None = None) -> Entry:
    """Return a row as an entry."""
    return Entry(
        id=row.id,
        feed_id=row.feed_id,
        stream=row.stream,
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
        action=Action(row.action),
        anchor=anchor,
        items=tuple(row.items),
    )
