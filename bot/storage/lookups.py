"""What members are shown of stored papers: where one was announced and posted, the latest, the counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.papers import AnnounceType
from bot.storage.tables import announcements, feed_categories, feed_items, feeds, papers, saved_papers


@dataclass(frozen=True, slots=True)
class Announced:
    """One category's announcement of a paper."""

    category: str
    type: AnnounceType
    at: datetime  # arXiv's own date of the list where it gave one, else when it was read


@dataclass(frozen=True, slots=True)
class Posted:
    """A feed's post that shows a paper."""

    channel_id: int
    slot_at: datetime


async def announced(tx: AsyncConnection, paper_id: str) -> list[Announced]:
    """Return where a paper was announced, the first time in each category."""
    rows = await tx.execute(
        select(announcements)
        .where(announcements.c.paper_id == paper_id)
        .order_by(announcements.c.first_seen_at, announcements.c.category)
    )
    return [
        Announced(row.category, AnnounceType(row.type), row.announced_at or row.first_seen_at) for row in rows
    ]


async def posted(tx: AsyncConnection, server_id: int, paper_id: str) -> list[Posted]:
    """Return the posts of a server's feeds that show a paper, newest first."""
    rows = await tx.execute(
        select(feeds.c.channel_id, feed_items.c.slot_at)
        .join(feed_items, feed_items.c.feed_id == feeds.c.id)
        .where(feeds.c.server_id == server_id, feed_items.c.item == paper_id, feed_items.c.shown)
        .order_by(feed_items.c.slot_at.desc(), feeds.c.number)
    )
    return [Posted(row.channel_id, row.slot_at) for row in rows]


async def is_announced(tx: AsyncConnection, paper_ids: Sequence[str]) -> set[str]:
    """Return those papers that some list announced."""
    rows = await tx.scalars(
        select(announcements.c.paper_id).where(announcements.c.paper_id.in_(paper_ids)).distinct()
    )
    return set(rows)


async def latest(
    tx: AsyncConnection, categories: Sequence[str], types: Sequence[str], *, start: int, limit: int
) -> list[tuple[str, str, datetime]]:
    """Return id, type and moment of the papers announced last in any of the categories, each once."""
    seen = func.max(announcements.c.first_seen_at).label("seen_at")
    rows = await tx.execute(
        # "cross" comes before "new": a paper that is new in one of the categories is new.
        select(announcements.c.paper_id, func.max(announcements.c.type).label("type"), seen)
        .where(announcements.c.category.in_(categories), announcements.c.type.in_(types))
        .group_by(announcements.c.paper_id)
        .order_by(seen.desc(), announcements.c.paper_id.desc())
        .offset(start)
        .limit(limit)
    )
    return [(row.paper_id, row.type, row.seen_at) for row in rows]


async def count_latest(tx: AsyncConnection, categories: Sequence[str], types: Sequence[str]) -> int:
    """Return how many papers `latest` has in all."""
    found = await tx.scalar(
        select(func.count(announcements.c.paper_id.distinct())).where(
            announcements.c.category.in_(categories), announcements.c.type.in_(types)
        )
    )
    return found or 0


async def read_by(tx: AsyncConnection, server_id: int) -> list[str]:
    """Return the categories that a server's feeds read."""
    rows = await tx.scalars(
        select(feed_categories.c.category)
        .join(feeds, feeds.c.id == feed_categories.c.feed_id)
        .where(feeds.c.server_id == server_id, feeds.c.state == "active")
        .distinct()
        .order_by(feed_categories.c.category)
    )
    return list(rows)


async def owner_of(tx: AsyncConnection, feed_id: int) -> tuple[int | None, int | None] | None:
    """Return the server or the member that a feed belongs to; None where there is no such feed."""
    row = (
        await tx.execute(select(feeds.c.server_id, feeds.c.member_id).where(feeds.c.id == feed_id))
    ).first()
    return None if row is None else (row.server_id, row.member_id)


async def counted(
    tx: AsyncConnection, feed_id: int, slot_at: datetime, *, start: int, limit: int
) -> tuple[list[str], int]:
    """Return some of the papers that a digest only counted, in its order, and how many there are in all."""
    where = (feed_items.c.feed_id == feed_id, feed_items.c.slot_at == slot_at, ~feed_items.c.shown)
    total = await tx.scalar(select(func.count()).select_from(feed_items).where(*where))
    rows = await tx.scalars(
        select(feed_items.c.item)
        .where(*where)
        .order_by(feed_items.c.position, feed_items.c.item)
        .offset(start)
        .limit(limit)
    )
    return list(rows), total or 0


async def newest_ids(tx: AsyncConnection, since: datetime, limit: int) -> list[str]:
    """Return the papers stored after `since`, newest first."""
    rows = await tx.scalars(
        select(papers.c.id)
        .where(papers.c.first_seen_at > since)
        .order_by(papers.c.first_seen_at.desc(), papers.c.id.desc())
        .limit(limit)
    )
    return list(rows)


async def newest_titles(tx: AsyncConnection, limit: int) -> dict[str, str]:
    """Return id and title of the papers stored last, newest first."""
    rows = await tx.execute(
        select(papers.c.id, papers.c.title)
        .order_by(papers.c.first_seen_at.desc(), papers.c.id.desc())
        .limit(limit)
    )
    return {row.id: row.title for row in rows}


async def saved_titles(tx: AsyncConnection, member_id: int) -> dict[str, str]:
    """Return id and title of the papers on a member's list, newest first."""
    rows = await tx.execute(
        select(papers.c.id, papers.c.title)
        .join(saved_papers, saved_papers.c.paper_id == papers.c.id)
        .where(saved_papers.c.member_id == member_id)
        .order_by(saved_papers.c.saved_at.desc(), papers.c.id)
    )
    return {row.id: row.title for row in rows}


async def stored_until_now(tx: AsyncConnection) -> tuple[int, datetime | None]:
    """Return how many papers are stored and when one last changed: what an index over them depends on."""
    row = (await tx.execute(select(func.count(), func.max(papers.c.updated_at)).select_from(papers))).one()
    return row[0], row[1]
