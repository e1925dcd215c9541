"""What feeds know of events, which messages show them, and Discord's own events."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import Known, PostKind
from bot.domain.events import Event
from bot.domain.feeds import EVENT_KINDS, Feed, FeedState, Moment
from bot.domain.native import Standing
from bot.domain.outbox import State
from bot.storage import feeds as feed_rows
from bot.storage import sql
from bot.storage.event_json import from_event, to_event
from bot.storage.tables import event_posts, feed_events, feed_sources, feeds, native_events, outbox, servers


@dataclass(frozen=True, slots=True)
class Told:
    """What a feed knows of an event, and which revision of it its messages show."""

    known: Known
    revision: int


async def told(tx: AsyncConnection, feed_id: int) -> dict[int, Told]:
    """Return what a feed knows, by event."""
    rows = await tx.execute(select(feed_events).where(feed_events.c.feed_id == feed_id))
    return {
        row.event_id: Told(
            Known(
                row.event_id,
                row.floor_at,
                bool(row.announced),
                to_event(row.told) if row.told is not None else None,
            ),
            row.told_revision,
        )
        for row in rows
    }


async def remember(tx: AsyncConnection, feed_id: int, known: Mapping[int, Told]) -> None:
    """Write what a feed knows of some events."""
    for event_id, each in known.items():
        row = {
            "feed_id": feed_id,
            "event_id": event_id,
            "floor_at": each.known.floor_at,
            "announced": each.known.announced,
            "told": from_event(each.known.told) if each.known.told is not None else None,
            "told_revision": each.revision,
        }
        await sql.upsert(tx, feed_events, row, ["floor_at", "announced", "told", "told_revision"])


async def move_on(
    tx: AsyncConnection,
    feed: Feed,
    *,
    since: datetime,
    slot_at: datetime,
    next_run_at: datetime,
    ran_at: datetime | None,
) -> None:
    """Remember up to when a feed of events has done its work, and when to look again.

    `ran_at` stays None until the feed has introduced itself.
    """
    await tx.execute(
        update(feeds)
        .where(feeds.c.id == feed.id)
        .values(since=since, slot_at=slot_at, next_run_at=next_run_at, last_run_at=ran_at)
    )


# --- Messages ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A message about events, and each event as it was when the message was first posted."""

    entry_id: int
    kind: PostKind
    moment: Moment | None
    overflow: int
    shown: tuple[tuple[int, Event], ...]


async def add_post(tx: AsyncConnection, feed_id: int, post: StoredPost) -> None:
    """Remember what a message shows."""
    await tx.execute(
        event_posts.insert().values(
            entry_id=post.entry_id,
            feed_id=feed_id,
            kind=post.kind,
            moment=post.moment,
            overflow=post.overflow,
            shown=[[event_id, from_event(event)] for event_id, event in post.shown],
        )
    )


async def posts(tx: AsyncConnection, feed_id: int) -> list[StoredPost]:
    """Return a feed's messages about events that are still known, oldest first."""
    rows = await tx.execute(
        select(event_posts).where(event_posts.c.feed_id == feed_id).order_by(event_posts.c.entry_id)
    )
    return [
        StoredPost(
            row.entry_id,
            PostKind(row.kind),
            Moment(row.moment) if row.moment else None,
            row.overflow,
            tuple((event_id, to_event(body)) for event_id, body in row.shown),
        )
        for row in rows
    ]


async def last_posts(tx: AsyncConnection, feed_ids: Sequence[int]) -> dict[int, tuple[datetime, int, int]]:
    """Return slot, events shown and events only counted of what each feed posted last, all of one slot together."""
    arrived = (
        select(
            event_posts.c.feed_id, outbox.c.slot_at, outbox.c["items"].label("shown"), event_posts.c.overflow
        )
        .join(outbox, outbox.c.id == event_posts.c.entry_id)
        .where(event_posts.c.feed_id.in_(feed_ids), outbox.c.state == State.SENT)
        .subquery()
    )
    latest = (
        select(arrived.c.feed_id, func.max(arrived.c.slot_at).label("slot_at"))
        .group_by(arrived.c.feed_id)
        .subquery()
    )
    rows = await tx.execute(
        select(arrived).join(
            latest, (latest.c.feed_id == arrived.c.feed_id) & (latest.c.slot_at == arrived.c.slot_at)
        )
    )
    found: dict[int, tuple[datetime, int, int]] = {}
    for row in rows:
        _, shown, overflow = found.get(row.feed_id, (row.slot_at, 0, 0))
        found[row.feed_id] = (row.slot_at, shown + len(row.shown), overflow + row.overflow)
    return found


async def stuck(tx: AsyncConnection, feed_id: int) -> list[int]:
    """Return the entries of a feed's messages that Discord refuses at the moment."""
    rows = await tx.scalars(
        select(outbox.c.id)
        .join(event_posts, event_posts.c.entry_id == outbox.c.id)
        .where(event_posts.c.feed_id == feed_id, outbox.c.state == State.HELD)
    )
    return list(rows)


# --- Discord's own events ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Native:
    """A Discord event that Cohort keeps, and the entry that makes it."""

    standing: Standing
    feed_id: int
    entry_id: int
    state: State


async def natives(tx: AsyncConnection, server_id: int) -> dict[int, Native]:
    """Return a server's Discord events, by event; nobody else changes them until this transaction ends."""
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())
    rows = await tx.execute(
        select(native_events, outbox.c.state)
        .join(outbox, outbox.c.id == native_events.c.entry_id)
        .where(native_events.c.server_id == server_id)
    )
    return {
        row.event_id: Native(
            Standing(row.event_id, row.body, row.ends_at, bool(row.called_off)),
            row.feed_id,
            row.entry_id,
            State(row.state),
        )
        for row in rows
    }


async def set_native(
    tx: AsyncConnection,
    server_id: int,
    feed_id: int,
    entry_id: int,
    standing: Standing,
) -> None:
    """Write what a Discord event was asked to be."""
    row = {
        "server_id": server_id,
        "event_id": standing.event_id,
        "feed_id": feed_id,
        "entry_id": entry_id,
        "body": dict(standing.body),
        "ends_at": standing.ends_at,
        "called_off": standing.called_off,
    }
    await sql.upsert(tx, native_events, row, ["feed_id", "entry_id", "body", "ends_at", "called_off"])


async def adopt_native(tx: AsyncConnection, native: Native, feed_id: int) -> None:
    """Let another feed look after a Discord event: the one that made it does not post any more."""
    event_id = native.standing.event_id
    await tx.execute(
        update(native_events)
        .where(native_events.c.entry_id == native.entry_id, native_events.c.event_id == event_id)
        .values(feed_id=feed_id)
    )
    await tx.execute(update(outbox).where(outbox.c.id == native.entry_id).values(feed_id=feed_id))


async def native_count(tx: AsyncConnection, feed_ids: Sequence[int], now: datetime) -> dict[int, int]:
    """Return how many Discord events each feed keeps at the moment."""
    rows = await tx.execute(
        select(native_events.c.feed_id)
        .join(outbox, outbox.c.id == native_events.c.entry_id)
        .where(
            native_events.c.feed_id.in_(feed_ids),
            ~native_events.c.called_off,
            native_events.c.ends_at > now,
            outbox.c.state == State.SENT,
            outbox.c.message_id.is_not(None),
        )
    )
    counts: dict[int, int] = dict.fromkeys(feed_ids, 0)
    for row in rows:
        counts[row.feed_id] += 1
    return counts


async def reading(tx: AsyncConnection, keys: Sequence[str]) -> list[Feed]:
    """Return the active feeds of events that read one of these sources, the oldest first."""
    ids = select(feed_sources.c.feed_id).where(feed_sources.c.source.in_(keys))
    rows = await tx.scalars(
        select(feeds.c.id)
        .where(feeds.c.id.in_(ids), feeds.c.state == FeedState.ACTIVE, feeds.c.kind.in_(EVENT_KINDS))
        .order_by(feeds.c.id)
    )
    found = [await feed_rows.by_id(tx, feed_id) for feed_id in rows.all()]
    return [feed for feed in found if feed is not None]


async def look_now(tx: AsyncConnection, feed_id: int, now: datetime) -> None:
    """Let a feed be looked at at once."""
    await tx.execute(update(feeds).where(feeds.c.id == feed_id).values(next_run_at=now))
