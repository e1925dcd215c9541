"""What members of a server did with papers in a stretch of time."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import Feed
from bot.domain.highlights import Highlight
from bot.storage import papers
from bot.storage.tables import digests, discussions, feed_items, paper_votes, saved_papers


async def between(tx: AsyncConnection, server_id: int, after: datetime, until: datetime) -> list[Highlight]:
    """Return the papers that members saved, voted for or discussed after `after` and up to `until`."""
    saves = await tx.execute(
        select(saved_papers.c.paper_id, func.count().label("many"))
        .where(
            saved_papers.c.server_id == server_id,
            saved_papers.c.saved_at > after,
            saved_papers.c.saved_at <= until,
        )
        .group_by(saved_papers.c.paper_id)
    )
    saved = {row.paper_id: row.many for row in saves}
    votes = await tx.execute(
        select(paper_votes.c.paper_id, func.count().label("many"))
        .where(
            paper_votes.c.server_id == server_id,
            paper_votes.c.voted_at > after,
            paper_votes.c.voted_at <= until,
        )
        .group_by(paper_votes.c.paper_id)
    )
    voted = {row.paper_id: row.many for row in votes}
    opened = await tx.execute(
        select(discussions.c.paper_id, discussions.c.thread_id)
        .where(
            discussions.c.server_id == server_id,
            discussions.c.opened_at > after,
            discussions.c.opened_at <= until,
            discussions.c.thread_id.is_not(None),
        )
        .order_by(discussions.c.thread_id)
    )
    threads: dict[str, list[int]] = {}
    for row in opened:
        threads.setdefault(row.paper_id, []).append(row.thread_id)
    known = await papers.by_ids(tx, sorted({*saved, *voted, *threads}))
    return [
        Highlight(paper, saved.get(id_, 0), voted.get(id_, 0), tuple(threads.get(id_, ())))
        for id_, paper in known.items()
    ]


async def record(
    tx: AsyncConnection, feed: Feed, slot_at: datetime, shown: list[str], now: datetime, *, since: datetime
) -> bool:
    """Write down what a slot showed; False where that slot was written already."""
    before = await tx.scalar(
        select(digests.c.shown).where(digests.c.feed_id == feed.id, digests.c.slot_at == slot_at)
    )
    if before is not None:
        return False
    await tx.execute(
        digests.insert().values(
            feed_id=feed.id, slot_at=slot_at, built_at=now, since=since, shown=len(shown), overflow=0
        )
    )
    # A paper may be a highlight of two weeks; what is kept of each is the last.
    await tx.execute(feed_items.delete().where(feed_items.c.feed_id == feed.id, feed_items.c.item.in_(shown)))
    rows = [
        {"feed_id": feed.id, "item": item, "slot_at": slot_at, "shown": True, "position": position}
        for position, item in enumerate(shown)
    ]
    if rows:
        await tx.execute(feed_items.insert(), rows)
    return True
