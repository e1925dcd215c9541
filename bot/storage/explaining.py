"""What is known of one paper and one feed, and of papers that were read lately."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import State
from bot.domain.papers import AnnounceType
from bot.domain.why import Delivery, Elsewhere, Placing, Seen
from bot.storage.outbox import POST
from bot.storage.tables import (
    announcements,
    channel_items,
    digests,
    feed_items,
    feeds,
    outbox,
    papers,
    servers,
)


async def seen(tx: AsyncConnection, paper_id: str) -> tuple[Seen, ...]:
    """Return the lists on which a paper stood, the earliest first."""
    rows = await tx.execute(
        select(announcements)
        .where(announcements.c.paper_id == paper_id)
        .order_by(announcements.c.first_seen_at, announcements.c.category)
    )
    return tuple(Seen(row.category, AnnounceType(row.type), row.first_seen_at) for row in rows)


async def read_since(tx: AsyncConnection, categories: Sequence[str]) -> datetime | None:
    """Return when the first paper of these categories that is still known was read."""
    moment: datetime | None = await tx.scalar(
        select(func.min(announcements.c.first_seen_at)).where(announcements.c.category.in_(categories))
    )
    return moment


async def dealt(tx: AsyncConnection, feed_id: int, paper_id: str) -> Placing | None:
    """Return what a feed did with a paper, None where it has not dealt with it."""
    row = (
        await tx.execute(
            select(feed_items, (digests.c.shown + digests.c.overflow).label("total"))
            .outerjoin(
                digests,
                (digests.c.feed_id == feed_items.c.feed_id) & (digests.c.slot_at == feed_items.c.slot_at),
            )
            .where(feed_items.c.feed_id == feed_id, feed_items.c.item == paper_id)
        )
    ).first()
    if row is None:
        return None
    place = row.position + 1
    return Placing(row.slot_at, place, max(place, row.total or 0), shown=row.shown)


async def elsewhere(tx: AsyncConnection, channel_id: int, feed_id: int, paper_id: str) -> Elsewhere | None:
    """Return which other feed shows a paper in a channel."""
    row = (
        await tx.execute(
            select(feeds.c.number, channel_items.c.slot_at)
            .join(feeds, feeds.c.id == channel_items.c.feed_id)
            .where(
                channel_items.c.channel_id == channel_id,
                channel_items.c.item == paper_id,
                channel_items.c.feed_id != feed_id,
            )
        )
    ).first()
    return Elsewhere(row.number, row.slot_at) if row else None


async def delivery(tx: AsyncConnection, feed_id: int, slot_at: datetime, paper_id: str) -> Delivery | None:
    """Return the message of a post that shows a paper; where none does, the last one, which counts it."""
    rows = (
        await tx.execute(
            select(outbox)
            .where(outbox.c.feed_id == feed_id, outbox.c.stream == POST, outbox.c.slot_at == slot_at)
            .order_by(outbox.c.part)
        )
    ).all()
    if not rows:
        return None
    row = next((row for row in rows if paper_id in row.items), rows[-1])
    return Delivery(
        State(row.state), row.reason, row.place_id, row.message_id, row.sent_at, row.next_attempt_at
    )


async def shown_in(tx: AsyncConnection, server_id: int, place_id: int, paper_id: str) -> int | None:
    """Return the number of the feed that shows a paper in a channel, or in the thread `place_id`."""
    number: int | None = await tx.scalar(
        select(feeds.c.number)
        .join(channel_items, channel_items.c.feed_id == feeds.c.id)
        .where(
            feeds.c.server_id == server_id,
            channel_items.c.channel_id == place_id,
            channel_items.c.item == paper_id,
        )
    )
    if number is not None:
        return number
    # A thread has the id of the message it was opened from, and so has a forum post.
    rows = await tx.execute(
        select(feeds.c.number)
        .join(outbox, outbox.c.feed_id == feeds.c.id)
        .join(
            channel_items,
            (channel_items.c.feed_id == outbox.c.feed_id) & (channel_items.c.slot_at == outbox.c.slot_at),
        )
        .where(
            feeds.c.server_id == server_id,
            channel_items.c.item == paper_id,
            or_(outbox.c.place_id == place_id, outbox.c.message_id == place_id),
        )
        .order_by(outbox.c.id)
        .limit(1)
    )
    return rows.scalar()


async def titles(
    tx: AsyncConnection, categories: Sequence[str], words: Sequence[str], since: datetime, limit: int
) -> list[tuple[str, str]]:
    """Return id and title of the papers last read whose id begins with the words or whose title has them all."""
    last = func.max(announcements.c.first_seen_at)
    wanted = []
    if words:
        title = func.lower(papers.c.title)
        in_title = and_(*(title.contains(word.lower(), autoescape=True) for word in words))
        wanted.append(or_(papers.c.id.startswith(" ".join(words), autoescape=True), in_title))
    rows = await tx.execute(
        select(papers.c.id, papers.c.title)
        .join(announcements, announcements.c.paper_id == papers.c.id)
        .where(
            announcements.c.category.in_(categories),
            announcements.c.first_seen_at > since,
            *wanted,
        )
        .group_by(papers.c.id, papers.c.title)
        .order_by(last.desc(), papers.c.id.desc())
        .limit(limit)
    )
    return [(row.id, row.title) for row in rows]


async def lock(tx: AsyncConnection, server_id: int, number: int) -> None:
    """Let nobody else change a server's feeds, nor a slot of this one be built, until the transaction ends.

    SQLite drops this silently: there a write transaction is alone anyway.
    """
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())
    await tx.execute(
        select(feeds.c.id).where(feeds.c.server_id == server_id, feeds.c.number == number).with_for_update()
    )
