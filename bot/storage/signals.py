"""What the wider community says of papers: Hugging Face's daily papers, joined by id."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.community import DailyPaper
from bot.storage import sql
from bot.storage.tables import paper_signals


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of one paper."""

    upvotes: int
    comments: int
    code_url: str | None
    stars: int | None
    project_url: str | None


async def record(tx: AsyncConnection, seen: Sequence[DailyPaper], now: datetime) -> None:
    """Store what one look said; a later look replaces it."""
    # In one order for everybody: two processes that store the same papers must not wait for each other.
    for paper in sorted(seen, key=lambda each: each.paper_id):
        row = {
            "paper_id": paper.paper_id,
            "upvotes": paper.upvotes,
            "comments": paper.comments,
            "code_url": paper.github_repo,
            "stars": paper.github_stars,
            "project_url": paper.project_page,
            "daily_at": paper.submitted_on_daily_at,
            "updated_at": now,
        }
        await sql.upsert(tx, paper_signals, row, [name for name in row if name != "paper_id"])


async def get(tx: AsyncConnection, paper_ids: Sequence[str]) -> dict[str, Signals]:
    """Return what is known of those papers of which something is."""
    known: dict[str, Signals] = {}
    for start in range(0, len(paper_ids), sql.CHUNK):
        rows = await tx.execute(
            select(paper_signals).where(
                paper_signals.c.paper_id.in_(list(paper_ids)[start : start + sql.CHUNK])
            )
        )
        for row in rows:
            known[row.paper_id] = Signals(row.upvotes, row.comments, row.code_url, row.stars, row.project_url)
    return known
