"""What stands in a channel or is on its way there."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import Action, Entry, State
from bot.storage import sql
from bot.storage.outbox.rows import NOTICE, OPEN, POST, a_post, anchors_of, entry_of
from bot.storage.tables import channel_items, outbox


async def shows(tx: AsyncConnection, item: str) -> list[Entry]:
    """Return the posts that show an item and stand in a channel or are on their way there, oldest first."""
    place = (channel_items.c.feed_id == outbox.c.feed_id) & (channel_items.c.slot_at == outbox.c.slot_at)
    rows = await tx.execute(
        select(outbox)
        .join(channel_items, place)
        .where(
            channel_items.c.item == item,
            outbox.c.stream == POST,
            or_(outbox.c.state != State.SENT, outbox.c.message_id.is_not(None)),
        )
        .order_by(outbox.c.id)
    )
    found = [row for row in rows if item in row.items]
    anchors = await anchors_of(tx, [row.anchor_id for row in found if row.anchor_id is not None])
    return [entry_of(row, anchors.get(row.anchor_id)) for row in found]


async def shown_of(tx: AsyncConnection, items: Sequence[str]) -> set[str]:
    """Return those of some items that a channel shows."""
    shown: set[str] = set()
    for start in range(0, len(items), sql.CHUNK):
        chunk = items[start : start + sql.CHUNK]
        shown |= set(
            await tx.scalars(select(channel_items.c.item).where(channel_items.c.item.in_(chunk)).distinct())
        )
    return shown


async def latest_payload(tx: AsyncConnection, entry: Entry) -> str:
    """Return the body a message has, or will have once the edits that wait for it are made."""
    payload: str | None = await tx.scalar(
        select(outbox.c.payload)
        .where(outbox.c.anchor_id == entry.id, outbox.c.action == Action.EDIT)
        .order_by(outbox.c.id.desc())
        .limit(1)
    )
    return payload or entry.payload


async def by_ids(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, Entry]:
    """Return entries by their ids."""
    rows = (await tx.execute(select(outbox).where(outbox.c.id.in_(ids)))).all()
    anchors = await anchors_of(tx, [row.anchor_id for row in rows if row.anchor_id is not None])
    return {row.id: entry_of(row, anchors.get(row.anchor_id)) for row in rows}


async def by_stream(tx: AsyncConnection, feed_id: int, stream: str) -> Entry | None:
    """Return the first entry of a stream."""
    row = (
        await tx.execute(
            select(outbox)
            .where(outbox.c.feed_id == feed_id, outbox.c.stream == stream)
            .order_by(outbox.c.slot_at, outbox.c.part)
            .limit(1)
        )
    ).first()
    return entry_of(row) if row is not None else None


async def unseats(tx: AsyncConnection, member_id: int) -> list[int]:
    """Return the threads that stand in Discord and that somebody has not been taken out of yet."""
    anchor = outbox.alias("anchor")
    rows = await tx.execute(
        select(outbox.c.payload, anchor.c.message_id)
        .join(anchor, anchor.c.id == outbox.c.anchor_id)
        .where(
            outbox.c.action == Action.UNSEAT,
            outbox.c.state.in_(OPEN),
            outbox.c.payload.contains(str(member_id)),
            anchor.c.state == State.SENT,
            anchor.c.message_id.is_not(None),
        )
        .order_by(outbox.c.id)
    )
    return [row.message_id for row in rows if json.loads(row.payload)["user_id"] == str(member_id)]


async def was_told(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether moderators have been told of this feed since its last post arrived."""
    told: datetime | None = await tx.scalar(
        select(func.max(outbox.c.created_at)).where(outbox.c.feed_id == feed_id, outbox.c.stream == NOTICE)
    )
    arrived: datetime | None = await tx.scalar(
        select(func.max(outbox.c.sent_at)).where(outbox.c.feed_id == feed_id, a_post())
    )
    return told is not None and (arrived is None or told > arrived)
