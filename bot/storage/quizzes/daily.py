"""Questions of the day, and what members chose."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.daily import Daily
from bot.storage import sql
from bot.storage.tables import daily_answers, daily_questions, feeds, members


async def add(tx: AsyncConnection, feed_id: int, question_id: str, slot_at: datetime) -> Daily | None:
    """Store a question of the day; None where that slot has one."""
    row = {"feed_id": feed_id, "question_id": question_id, "slot_at": slot_at}
    daily_id = await sql.insert_numbered(tx, daily_questions, row)
    return Daily(daily_id, feed_id, question_id, slot_at, None, None) if daily_id is not None else None


async def posted(tx: AsyncConnection, daily_id: int, entry_id: int) -> None:
    """Remember in which entry of the outbox a question is."""
    await tx.execute(
        update(daily_questions).where(daily_questions.c.id == daily_id).values(entry_id=entry_id)
    )


async def drop(tx: AsyncConnection, daily_id: int) -> None:
    """Forget a question that was never posted."""
    await tx.execute(delete(daily_questions).where(daily_questions.c.id == daily_id))


async def unanswered(tx: AsyncConnection, daily_id: int) -> bool:
    """Whether nobody has answered a question."""
    found = await tx.scalar(
        select(daily_answers.c.member_id).where(daily_answers.c.daily_id == daily_id).limit(1)
    )
    return found is None


async def close(tx: AsyncConnection, daily_id: int, now: datetime) -> None:
    """Take no more answers."""
    await tx.execute(update(daily_questions).where(daily_questions.c.id == daily_id).values(closed_at=now))


async def open_of(tx: AsyncConnection, feed_id: int) -> list[Daily]:
    """Return the questions of a feed whose results are not out, locked, oldest first."""
    rows = await tx.execute(
        select(daily_questions)
        .where(daily_questions.c.feed_id == feed_id, daily_questions.c.closed_at.is_(None))
        .order_by(daily_questions.c.slot_at)
        .with_for_update()
    )
    return [_daily(row) for row in rows]


async def by_ids(
    tx: AsyncConnection, ids: Collection[int], *, lock: bool = False
) -> dict[int, tuple[Daily, int | None]]:
    """Return questions of the day with the server of each; locked, they are closed by nobody meanwhile."""
    statement = (
        select(daily_questions, feeds.c.server_id)
        .join(feeds, feeds.c.id == daily_questions.c.feed_id)
        .where(daily_questions.c.id.in_(sorted(ids)))
        .order_by(daily_questions.c.id)
    )
    if lock:
        # Shared: answers do not wait for each other, only for the one who closes it.
        statement = statement.with_for_update(of=daily_questions, read=True)
    rows = await tx.execute(statement)
    return {row.id: (_daily(row), row.server_id) for row in rows}


async def asked_in(tx: AsyncConnection, server_id: int) -> dict[str, datetime]:
    """Return when each question was last asked in a server, by any of its feeds."""
    rows = await tx.execute(
        select(daily_questions.c.question_id, func.max(daily_questions.c.slot_at).label("last"))
        .join(feeds, feeds.c.id == daily_questions.c.feed_id)
        .where(feeds.c.server_id == server_id)
        .group_by(daily_questions.c.question_id)
    )
    return {row.question_id: row.last for row in rows}


async def put_answers(tx: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Store answers in place of earlier ones of the same members."""
    await sql.insert_new(tx, members, [{"id": id_} for id_ in sorted({row["member_id"] for row in rows})])
    await sql.upsert_all(tx, daily_answers, rows, ["answer", "answered_at"])


async def answers(tx: AsyncConnection, daily_id: int) -> list[tuple[int, Any, datetime]]:
    """Return (member, answer as it is stored, when), the earliest first."""
    rows = await tx.execute(
        select(daily_answers)
        .where(daily_answers.c.daily_id == daily_id)
        .order_by(daily_answers.c.answered_at, daily_answers.c.member_id)
    )
    return [(row.member_id, row.answer, row.answered_at) for row in rows]


async def answer_of(tx: AsyncConnection, daily_id: int, member_id: int) -> Any | None:
    """Return what a member answered, as it is stored; None where they did not."""
    row = (
        await tx.execute(
            select(daily_answers.c.answer).where(
                daily_answers.c.daily_id == daily_id, daily_answers.c.member_id == member_id
            )
        )
    ).first()
    return row.answer if row is not None else None


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete who chose what in questions closed before `before`; return how many choices."""
    old = select(daily_questions.c.id).where(daily_questions.c.closed_at < before)
    result = await tx.execute(delete(daily_answers).where(daily_answers.c.daily_id.in_(old)))
    return result.rowcount


def _daily(row: Row[Any]) -> Daily:
    return Daily(row.id, row.feed_id, row.question_id, row.slot_at, row.entry_id, row.closed_at)
