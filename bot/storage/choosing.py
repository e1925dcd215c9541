"""What a feed's choice among papers needs beside the papers themselves."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedPlan, Order
from bot.domain.papers import Paper
from bot.storage import papers, signals
from bot.storage.tables import feeds, paper_votes, saved_papers


async def picky(tx: AsyncConnection, feed_ids: Sequence[int]) -> set[int]:
    """Return those feeds that take more than the newest papers of their categories."""
    rows = await tx.execute(
        select(feeds.c.id, feeds.c.query, feeds.c.options).where(feeds.c.id.in_(feed_ids))
    )
    return {row.id for row in rows if row.query or row.options.get("order", Order.NEWEST) != Order.NEWEST}


async def upvotes(tx: AsyncConnection, paper_ids: Sequence[str]) -> dict[str, float]:
    """Return the upvotes at Hugging Face of those papers that have any."""
    known = await signals.get(tx, paper_ids)
    return {id_: float(signal.upvotes) for id_, signal in known.items() if signal.upvotes}


async def liked(tx: AsyncConnection, plan: FeedPlan, limit: int) -> list[Paper]:
    """Return what the feed's server, or the member whose feed it is, saved and voted for last."""
    saved, votes = saved_papers.c, paper_votes.c
    owners = (saved.server_id, votes.server_id, plan.server_id)
    if plan.server_id is None:
        owners = (saved.member_id, votes.member_id, plan.member_id)
    mine, theirs, owner = owners
    found: dict[str, float] = {}
    for paper_id, moment, wanted in (
        (saved.paper_id, saved.saved_at, mine == owner),
        (votes.paper_id, votes.voted_at, theirs == owner),
    ):
        last = func.max(moment)
        rows = await tx.execute(
            select(paper_id, last.label("at"))
            .where(wanted)
            .group_by(paper_id)
            .order_by(last.desc())
            .limit(limit)
        )
        for id_, at in rows:
            found[id_] = max(found.get(id_, 0.0), at.timestamp())
    latest = sorted(found, key=lambda id_: (-found[id_], id_))[:limit]
    known = await papers.by_ids(tx, latest)
    return [known[id_] for id_ in latest if id_ in known]
