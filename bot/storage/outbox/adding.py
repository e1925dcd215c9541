"""New messages, and other bodies for those that are there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digests import Rendered
from bot.domain.outbox import Action, Entry, State, nonce
from bot.storage import sql
from bot.storage.outbox.rows import POST, not_begun
from bot.storage.tables import outbox


def new_row(
    message: Rendered,
    *,
    feed_id: int,
    channel_id: int,
    slot_at: datetime,
    now: datetime,
    stream: str = POST,
    part: int = 1,
    parts: int | None = None,
    anchor_id: int | None = None,
) -> dict[str, Any]:
    """Return the row of a message that is due at once; alone in its stream unless it is one of `parts`."""
    return {
        "feed_id": feed_id,
        "stream": stream,
        "slot_at": slot_at,
        "part": part,
        "parts": part if parts is None else parts,
        "channel_id": channel_id,
        "nonce": nonce(channel_id, feed_id, slot_at, part, stream),
        "marker": message.marker,
        "payload": message.body(),
        "items": list(message.items),
        "action": message.action,
        "anchor_id": anchor_id,
        "state": State.PENDING,
        "next_attempt_at": now,
        "created_at": now,
    }


async def add(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Store new entries; the unique key (feed, stream, slot, part) makes a repetition impossible.

    `below`, where a row has it, is the part of the same rows that it depends on.
    """
    if not any(row.get("below") for row in rows):
        await tx.execute(outbox.insert(), [_without_below(row) for row in rows])
        return
    ids: dict[int, int] = {}
    for row in rows:
        below = row.get("below")
        values = _without_below(row) | {"anchor_id": ids[below] if below else None}
        added = await tx.scalar(outbox.insert().values(**values).returning(outbox.c.id))
        assert isinstance(added, int)
        ids[row["part"]] = added


def _without_below(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "below"}


async def add_once(tx: AsyncConnection, row: dict[str, Any]) -> int | None:
    """Store one entry and return its id; None where that very thing was said before."""
    return await sql.insert_numbered(tx, outbox, row)


async def add_edit(
    tx: AsyncConnection, entry: Entry, payload: str, now: datetime, *, action: Action = Action.EDIT
) -> None:
    """Let a message get another body, after it arrived and after the edits that wait before this one.

    With `Action.NATIVE` the same for a Discord event. An edit that provably has not begun is replaced: only the last state of a message is of interest.
    """
    stream = f"edit:{entry.id}"
    replaced = await tx.execute(
        update(outbox)
        .where(
            outbox.c.feed_id == entry.feed_id,
            outbox.c.stream == stream,
            not_begun(now),
        )
        .values(payload=payload)
    )
    if replaced.rowcount:
        return
    last: int | None = await tx.scalar(
        select(func.max(outbox.c.part)).where(outbox.c.feed_id == entry.feed_id, outbox.c.stream == stream)
    )
    await tx.execute(
        outbox.insert().values(
            feed_id=entry.feed_id,
            stream=stream,
            action=action,
            anchor_id=entry.id,
            slot_at=entry.slot_at,
            part=(last or 0) + 1,
            parts=(last or 0) + 1,
            channel_id=entry.channel_id,
            nonce=nonce(entry.channel_id, entry.feed_id, entry.slot_at, (last or 0) + 1, stream),
            marker=entry.marker,
            payload=payload,
            state=State.PENDING,
            next_attempt_at=now,
            created_at=now,
            items=list(entry.items),
        )
    )
