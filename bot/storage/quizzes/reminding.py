"""When members asked to be told that there is something to review."""

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.reviewing import ReviewReminder
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.storage import sql
from bot.storage.tables import members, quiz_members, review_cards


async def put(tx: AsyncConnection, reminder: ReviewReminder) -> None:
    """Remember a wish in place of an earlier one."""
    await sql.insert_new(tx, members, [{"id": reminder.member_id}])
    row = {
        "member_id": reminder.member_id,
        "remind_time": reminder.schedule.time.strftime("%H:%M"),
        "remind_zone": reminder.schedule.zone,
        "remind_at": reminder.remind_at,
        "feed_id": reminder.feed_id,
    }
    await sql.upsert(tx, quiz_members, row, ["remind_time", "remind_zone", "remind_at", "feed_id"])


async def stop(tx: AsyncConnection, member_id: int) -> bool:
    """Remind no more; False where nobody did."""
    result = await tx.execute(
        update(quiz_members)
        .where(quiz_members.c.member_id == member_id, quiz_members.c.remind_at.is_not(None))
        .values(remind_at=None)
    )
    return result.rowcount > 0


async def of_member(tx: AsyncConnection, member_id: int) -> ReviewReminder | None:
    """Return what a member asked for, None where they are not reminded."""
    rows = await tx.execute(
        select(quiz_members).where(
            quiz_members.c.member_id == member_id, quiz_members.c.remind_at.is_not(None)
        )
    )
    row = rows.first()
    return _read(row) if row is not None else None


async def due(
    tx: AsyncConnection, now: datetime, limit: int, *, after: tuple[datetime, int] | None = None
) -> list[tuple[datetime, int]]:
    """Return who is to be reminded, each with the moment, the longest waiting first, from `after` on."""
    at, member = quiz_members.c.remind_at, quiz_members.c.member_id
    rows = await tx.execute(
        select(at, member).where(at <= now, *sql.after((at, member), after)).order_by(at, member).limit(limit)
    )
    return [(row.remind_at, row.member_id) for row in rows]


async def claim_due(tx: AsyncConnection, member_ids: Sequence[int], now: datetime) -> list[ReviewReminder]:
    """Take those of some members' reminders whose time has come; they are this transaction's."""
    rows = await tx.execute(
        sql.claimable(
            select(quiz_members)
            .where(quiz_members.c.member_id.in_(member_ids), quiz_members.c.remind_at <= now)
            .order_by(quiz_members.c.remind_at, quiz_members.c.member_id)
        )
    )
    return [_read(row) for row in rows]


async def advance(tx: AsyncConnection, member_id: int, remind_at: datetime) -> None:
    """Look again at `remind_at`."""
    await tx.execute(
        update(quiz_members).where(quiz_members.c.member_id == member_id).values(remind_at=remind_at)
    )


async def count_due(tx: AsyncConnection, member_id: int, now: datetime) -> int:
    """Return how many bundled questions are due: a direct message is no place for a server's own."""
    return (
        await tx.scalar(
            select(func.count())
            .select_from(review_cards)
            .where(
                review_cards.c.member_id == member_id,
                review_cards.c.due_at <= now,
                ~review_cards.c.question_id.contains(":"),
            )
        )
        or 0
    )


async def next_due(tx: AsyncConnection) -> datetime | None:
    """Return when the next reminder is looked at, None where there is none."""
    moment: datetime | None = await tx.scalar(select(func.min(quiz_members.c.remind_at)))
    return moment


def _read(row: Row[Any]) -> ReviewReminder:
    return ReviewReminder(
        row.member_id,
        Schedule(time.fromisoformat(row.remind_time), row.remind_zone, EVERY_DAY),
        row.remind_at,
        row.feed_id,
    )
