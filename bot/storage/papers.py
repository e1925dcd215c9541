"""Papers, where they were announced, and what each feed has done with them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.changes import PaperChange, changes
from bot.domain.feeds import Candidate, FeedPlan
from bot.domain.papers import AnnounceType, Author, Batch, Paper
from bot.storage import sql
from bot.storage.tables import announcements, channel_items, digests, feed_items, papers


async def store(tx: AsyncConnection, batch: Batch, now: datetime) -> int:
    """Store what a feed said and return how many of its announcements are new to us.

    One identity per paper: a later version updates the paper, it is not another one.
    """
    latest: dict[str, Paper] = {}
    for announcement in batch.announcements:
        paper = announcement.paper
        if paper.id not in latest or paper.version >= latest[paper.id].version:
            latest[paper.id] = paper
    # In one order for everybody: two processes that store the same papers must not wait for each other.
    latest = dict(sorted(latest.items()))
    known = {paper.id: paper.version for paper in (await by_ids(tx, list(latest))).values()}
    added = [
        _columns(paper, now) | {"first_seen_at": now} for id_, paper in latest.items() if id_ not in known
    ]
    await sql.insert_new(tx, papers, added)
    for id_, paper in latest.items():
        if id_ in known and paper.version > known[id_]:
            await tx.execute(update(papers).where(papers.c.id == id_).values(**_columns(paper, now)))
        elif id_ in known and paper.version == known[id_] and paper.journal_ref:
            published = {"journal_ref": paper.journal_ref, "doi": paper.doi}
            await tx.execute(update(papers).where(papers.c.id == id_).values(**published))
    announced = await _announced(tx, batch.category, list(latest))
    rows = {
        a.paper.id: {
            "paper_id": a.paper.id,
            "category": batch.category,
            "type": a.type,
            "announced_at": a.announced_at,
            "first_seen_at": now,
        }
        for a in reversed(batch.announcements)  # so that the first of two stays
        if a.paper.id not in announced
    }
    await sql.insert_new(tx, announcements, list(rows.values()))
    return len(rows)


async def by_ids(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, Paper]:
    """Return those papers that are stored, by id."""
    known: dict[str, Paper] = {}
    for chunk in _chunks(ids):
        rows = await tx.execute(select(papers).where(papers.c.id.in_(chunk)))
        known |= {row.id: read(row) for row in rows}
    return known


async def changed(tx: AsyncConnection, batch: Batch) -> list[PaperChange]:
    """Return what a feed says that is not yet stored of papers that are."""
    latest = {announcement.paper.id: announcement.paper for announcement in batch.announcements}
    known = await by_ids(tx, sorted(latest))
    return [change for id_, old in known.items() for change in changes(old, latest[id_])]


async def keep(tx: AsyncConnection, paper: Paper, now: datetime) -> None:
    """Store a paper that somebody asked for, without an announcement; a later version replaces an earlier one."""
    await sql.insert_new(tx, papers, [_columns(paper, now) | {"first_seen_at": now}])
    await tx.execute(
        update(papers)
        .where(papers.c.id == paper.id, papers.c.version < paper.version)
        .values(**_columns(paper, now))
    )


async def candidates(tx: AsyncConnection, feed_id: int, plan: FeedPlan, since: datetime) -> list[Candidate]:
    """Return the papers first seen after `since` that the feed has not dealt with.

    What another feed shows in the same channel is left out: one identity per paper per channel.
    """
    dealt_with = exists().where(feed_items.c.feed_id == feed_id, feed_items.c.item == papers.c.id)
    in_channel = exists().where(
        channel_items.c.channel_id == plan.channel_id, channel_items.c.item == papers.c.id
    )
    return await _announcements(tx, plan.categories, plan.options.types, since, ~dealt_with, ~in_channel)


async def recent(
    tx: AsyncConnection, categories: Sequence[str], types: Sequence[str], since: datetime
) -> list[Candidate]:
    """Return the papers first seen after `since`, whatever any feed did with them."""
    return await _announcements(tx, categories, types, since)


async def last_digest(tx: AsyncConnection, feed_id: int) -> tuple[datetime, int, int] | None:
    """Return slot, shown and overflow of a feed's latest digest."""
    row = (
        await tx.execute(
            select(digests.c.slot_at, digests.c.shown, digests.c.overflow)
            .where(digests.c.feed_id == feed_id)
            .order_by(digests.c.slot_at.desc())
            .limit(1)
        )
    ).first()
    return (row.slot_at, row.shown, row.overflow) if row else None


async def _announcements(
    tx: AsyncConnection, categories: Sequence[str], types: Sequence[str], since: datetime, *where: Any
) -> list[Candidate]:
    rows = await tx.execute(
        select(papers, announcements.c.type, announcements.c.first_seen_at.label("seen_at"))
        .join(announcements, announcements.c.paper_id == papers.c.id)
        .where(
            announcements.c.category.in_(categories),
            announcements.c.type.in_(types),
            announcements.c.first_seen_at > since,
            *where,
        )
        .order_by(announcements.c.first_seen_at, papers.c.id)
    )
    return [Candidate(read(row), AnnounceType(row.type), row.seen_at) for row in rows]


async def _announced(tx: AsyncConnection, category: str, ids: Sequence[str]) -> set[str]:
    known: set[str] = set()
    for chunk in _chunks(ids):
        known |= set(
            await tx.scalars(
                select(announcements.c.paper_id).where(
                    announcements.c.category == category, announcements.c.paper_id.in_(chunk)
                )
            )
        )
    return known


def _chunks(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    return (ids[start : start + sql.CHUNK] for start in range(0, len(ids), sql.CHUNK))


def _columns(paper: Paper, now: datetime) -> dict[str, Any]:
    return {
        "id": paper.id,
        "version": paper.version,
        "title": paper.title,
        "abstract": paper.abstract,
        "authors": [[author.name, author.affiliation] for author in paper.authors],
        "categories": list(paper.categories),
        "primary_category": paper.primary_category,
        "doi": paper.doi,
        "journal_ref": paper.journal_ref,
        "license": paper.license,
        "withdrawn": paper.withdrawn,
        "updated_at": now,
    }


def read(row: Row[Any]) -> Paper:
    """Return the paper of a row."""
    return Paper(
        id=row.id,
        version=row.version,
        title=row.title,
        abstract=row.abstract,
        authors=tuple(Author(name, affiliation) for name, affiliation in row.authors),
        categories=tuple(row.categories),
        primary_category=row.primary_category,
        doi=row.doi,
        journal_ref=row.journal_ref,
        license=row.license,
        withdrawn=row.withdrawn,
    )
