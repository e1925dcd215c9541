"""Messages on their way, and those that arrived."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, exists, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digests import Rendered
from bot.domain.feeds import FeedState
from bot.domain.outbox import Action, Anchor, Entry, Settlement, State, nonce
from bot.storage import sql
from bot.storage.tables import channel_items, digests, feed_items, feeds, native_events, outbox
from bot.storage.types import UTCDateTime

POST = "post"
NOTICE = "notice"
NATIVE_NOTICE = "notice:native"
EVENT = "event:"
"""What the streams of posts about events begin with."""
BUDDY_ROOM = "buddy:room:"
"""What the streams of the threads in which study buddies meet begin with."""

_OPEN = (State.PENDING, State.SENDING, State.HELD)

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
    _earlier.c.state.in_(_OPEN),
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


def is_post(stream: str) -> bool:
    """Whether entries of a stream are what a feed was set up for, and no notice, edit or answer."""
    return stream == POST or stream.startswith((EVENT, BUDDY_ROOM))


def _is_post() -> ColumnElement[bool]:
    return or_(
        outbox.c.stream == POST, outbox.c.stream.startswith(EVENT), outbox.c.stream.startswith(BUDDY_ROOM)
    )


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
    anchors = await _anchors(tx, [row.anchor_id for row in found if row.anchor_id is not None])
    return [_entry(row, anchors.get(row.anchor_id)) for row in found]


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
            outbox.c.state.in_((State.PENDING, State.HELD)),
            outbox.c.first_attempt_at.is_(None),
            or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
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


async def add_once(tx: AsyncConnection, row: dict[str, Any]) -> int | None:
    """Store one entry and return its id; None where that very thing was said before."""
    return await sql.insert_numbered(tx, outbox, row)


async def by_ids(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, Entry]:
    """Return entries by their ids."""
    rows = (await tx.execute(select(outbox).where(outbox.c.id.in_(ids)))).all()
    anchors = await _anchors(tx, [row.anchor_id for row in rows if row.anchor_id is not None])
    return {row.id: _entry(row, anchors.get(row.anchor_id)) for row in rows}


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
    return _entry(row) if row is not None else None


async def unseats(tx: AsyncConnection, member_id: int) -> list[int]:
    """Return the threads that stand in Discord and that somebody has not been taken out of yet."""
    anchor = outbox.alias("anchor")
    rows = await tx.execute(
        select(outbox.c.payload, anchor.c.message_id)
        .join(anchor, anchor.c.id == outbox.c.anchor_id)
        .where(
            outbox.c.action == Action.UNSEAT,
            outbox.c.state.in_(_OPEN),
            outbox.c.payload.contains(str(member_id)),
            anchor.c.state == State.SENT,
            anchor.c.message_id.is_not(None),
        )
        .order_by(outbox.c.id)
    )
    return [row.message_id for row in rows if json.loads(row.payload)["user_id"] == str(member_id)]


async def open_below(tx: AsyncConnection, entry_id: int) -> list[int]:
    """Return the entries that depend on one and have not arrived."""
    rows = await tx.scalars(
        select(outbox.c.id).where(outbox.c.anchor_id == entry_id, outbox.c.state.in_(_OPEN))
    )
    return list(rows)


async def drop_untouched(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> set[int]:
    """Take back those of some entries that provably have not begun; return which."""
    rows = await tx.execute(
        sql.claimable(
            select(outbox.c.id).where(
                outbox.c.id.in_(ids),
                outbox.c.state.in_((State.PENDING, State.HELD)),
                outbox.c.first_attempt_at.is_(None),
                or_(outbox.c.lease_until.is_(None), outbox.c.lease_until <= now),
            )
        )
    )
    found = {row.id for row in rows}
    if found:
        await tx.execute(outbox.delete().where(outbox.c.id.in_(found)))
    return found


async def drop_notices(tx: AsyncConnection, feed_id: int) -> None:
    """Forget what moderators were to be told of a feed whose trouble is over, if they provably were not."""
    await tx.execute(
        outbox.delete().where(
            outbox.c.feed_id == feed_id,
            outbox.c.stream == NOTICE,
            outbox.c.state.in_((State.PENDING, State.HELD)),
            outbox.c.first_attempt_at.is_(None),
        )
    )


async def was_told(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether moderators have been told of this feed since its last post arrived."""
    told: datetime | None = await tx.scalar(
        select(func.max(outbox.c.created_at)).where(outbox.c.feed_id == feed_id, outbox.c.stream == NOTICE)
    )
    arrived: datetime | None = await tx.scalar(
        select(func.max(outbox.c.sent_at)).where(outbox.c.feed_id == feed_id, _is_post())
    )
    return told is not None and (arrived is None or told > arrived)


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
                    outbox.c.state.in_(_OPEN),
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
    anchors = await _anchors(tx, [row.anchor_id for row in rows if row.anchor_id is not None])
    return [_entry(row, anchors.get(row.anchor_id)) for row in rows]


async def _anchors(tx: AsyncConnection, ids: Sequence[int]) -> dict[int, Anchor]:
    if not ids:
        return {}
    rows = await tx.execute(
        select(outbox.c.id, outbox.c.place_id, outbox.c.message_id).where(outbox.c.id.in_(ids))
    )
    return {row.id: Anchor(row.id, row.place_id, row.message_id) for row in rows}


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
        select(func.min(outbox.c.next_attempt_at)).where(
            outbox.c.state.in_((State.PENDING, State.SENDING)), _ANCHORED
        )
    )
    return moment


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Forget the messages that arrived before `before`; return how many."""
    # What made a Discord event is kept as long as the event: changes of it refer to that.
    kept = exists().where(native_events.c.entry_id == outbox.c.id)
    result = await tx.execute(
        outbox.delete().where(outbox.c.state == State.SENT, outbox.c.sent_at < before, ~kept)
    )
    return result.rowcount


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


async def withdraw(tx: AsyncConnection, feed_id: int, now: datetime) -> datetime | None:
    """Take back a digest of which nothing can be in the channel, so that it is built anew.

    Returns the moment from which its items count, None where nothing was taken back. Items and digest
    go with the messages, so nothing of it is lost.
    """
    posts = (outbox.c.feed_id == feed_id, outbox.c.stream == POST)
    slot_at = await tx.scalar(select(func.max(outbox.c.slot_at)).where(*posts))
    if slot_at is None:
        return None
    # Locked, or another process could claim and post what is being taken back; what it is claiming at
    # this moment is passed over and so found missing.
    parts = (await tx.execute(sql.claimable(select(outbox).where(*posts, outbox.c.slot_at == slot_at)))).all()
    untouched = bool(parts) and len(parts) == parts[0].parts
    untouched = untouched and all(
        row.state in {State.PENDING, State.HELD}
        and row.first_attempt_at is None
        and (row.lease_until is None or row.lease_until <= now)
        for row in parts
    )
    if not untouched:
        return None
    since: datetime | None = await tx.scalar(
        select(digests.c.since).where(digests.c.feed_id == feed_id, digests.c.slot_at == slot_at)
    )
    # A notice about it stays: moderators have been told.
    await tx.execute(outbox.delete().where(*posts, outbox.c.slot_at == slot_at))
    for table in (feed_items, channel_items, digests):
        await tx.execute(table.delete().where(table.c.feed_id == feed_id, table.c.slot_at == slot_at))
    return since


async def has_open(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether a post of the feed has not arrived yet."""
    found = await tx.scalar(
        select(outbox.c.id)
        .where(outbox.c.feed_id == feed_id, outbox.c.stream == POST, outbox.c.state.in_(_OPEN))
        .limit(1)
    )
    return found is not None


async def with_open(tx: AsyncConnection, feed_ids: Sequence[int]) -> set[int]:
    """Return those of some feeds of which a post has not arrived yet."""
    found = await tx.scalars(
        select(outbox.c.feed_id)
        .where(outbox.c.feed_id.in_(feed_ids), outbox.c.stream == POST, outbox.c.state.in_(_OPEN))
        .distinct()
    )
    return set(found)


async def open_in(tx: AsyncConnection, feed_id: int, stream: str) -> list[int]:
    """Return the entries of one stream of a feed that have not arrived."""
    rows = await tx.scalars(
        select(outbox.c.id).where(
            outbox.c.feed_id == feed_id, outbox.c.stream == stream, outbox.c.state.in_(_OPEN)
        )
    )
    return list(rows)


async def has_any_open(tx: AsyncConnection, feed_id: int) -> bool:
    """Whether anything of the feed has not arrived yet, whatever it is."""
    found = await tx.scalar(
        select(outbox.c.id).where(outbox.c.feed_id == feed_id, outbox.c.state.in_(_OPEN)).limit(1)
    )
    return found is not None


async def open_by_feed(tx: AsyncConnection, feed_ids: Sequence[int]) -> dict[int, list[Entry]]:
    """Return the entries of each feed that have not arrived, oldest first."""
    rows = await tx.execute(
        select(outbox)
        .where(outbox.c.feed_id.in_(feed_ids), _is_post(), outbox.c.state.in_(_OPEN))
        .order_by(outbox.c.slot_at, outbox.c.part)
    )
    entries: dict[int, list[Entry]] = {feed_id: [] for feed_id in feed_ids}
    for row in rows:
        entries[row.feed_id].append(_entry(row))
    return entries


def _held_in(server_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.state == State.HELD,
        outbox.c.next_attempt_at > now,
        outbox.c.feed_id.in_(select(feeds.c.id).where(feeds.c.server_id == server_id)),
    )


def _entry(row: Row[Any], anchor: Anchor | None = None) -> Entry:
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
