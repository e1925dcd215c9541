"""What is due for review."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import review_cards

MOST = 500
"""Cards looked at: more than anybody reviews in a day."""


async def due(tx: AsyncConnection, member_id: int, now: datetime) -> list[str]:
    """Return the questions that are due, those in relearning or never known first, then the longest waiting."""
    rows = await tx.execute(
        select(review_cards.c.question_id)
        .where(review_cards.c.member_id == member_id, review_cards.c.due_at <= now)
        .order_by((review_cards.c.state == 2).asc(), review_cards.c.due_at, review_cards.c.question_id)
        .limit(MOST)
    )
    return [row.question_id for row in rows]


async def outlook(tx: AsyncConnection, member_id: int, now: datetime) -> tuple[datetime | None, int]:
    """Return when the next card that is not due yet will be, and how many cards a member has."""
    cards = await tx.scalar(
        select(func.count()).select_from(review_cards).where(review_cards.c.member_id == member_id)
    )
    next_due: datetime | None = await tx.scalar(
        select(func.min(review_cards.c.due_at)).where(
            review_cards.c.member_id == member_id, review_cards.c.due_at > now
        )
    )
    return next_due, cards or 0
