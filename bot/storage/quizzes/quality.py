"""What is known of questions: their statistics and the reports of members."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.items import ItemStats
from bot.storage import sql
from bot.storage.quizzes.recording import read_stats
from bot.storage.tables import members, question_reports, question_stats


@dataclass(frozen=True, slots=True)
class Reported:
    """What members say is wrong with a question, nobody by name."""

    count: int
    newest: tuple[str, ...]  # the newest first


async def report(
    tx: AsyncConnection, member_id: int, server_id: int | None, question_id: str, reason: str, now: datetime
) -> bool:
    """Write a report down; False where that member has reported that question before."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    row = {
        "question_id": question_id,
        "member_id": member_id,
        "server_id": server_id,
        "reason": reason,
        "created_at": now,
    }
    return await sql.insert_if_absent(tx, question_reports, row)


async def has_reported(tx: AsyncConnection, member_id: int, question_id: str) -> bool:
    """Whether a member has reported a question."""
    mine = (question_reports.c.member_id == member_id) & (question_reports.c.question_id == question_id)
    return await tx.scalar(select(question_reports.c.question_id).where(mine)) is not None


async def report_counts(tx: AsyncConnection) -> dict[str, int]:
    """Return how many members reported each question."""
    rows = await tx.execute(
        select(question_reports.c.question_id, func.count().label("many")).group_by(
            question_reports.c.question_id
        )
    )
    return {row.question_id: row.many for row in rows}


async def reported(tx: AsyncConnection, prefix: str, *, at_most: int) -> dict[str, Reported]:
    """Return what members say of each reported question whose id begins with `prefix`, in one query."""
    question = question_reports.c.question_id
    newest_first = (question_reports.c.created_at.desc(), question_reports.c.member_id)
    ranked = (
        select(
            question_reports.c.question_id,
            question_reports.c.reason,
            func.count().over(partition_by=question).label("many"),
            func.row_number().over(partition_by=question, order_by=newest_first).label("place"),
        )
        .where(question_reports.c.question_id.startswith(prefix, autoescape=True))
        .subquery()
    )
    rows = await tx.execute(
        select(ranked).where(ranked.c.place <= at_most).order_by(ranked.c.question_id, ranked.c.place)
    )
    found: dict[str, Reported] = {}
    for row in rows:
        before = found.get(row.question_id)
        found[row.question_id] = Reported(row.many, (*(before.newest if before else ()), row.reason))
    return found


async def stats_of(tx: AsyncConnection, ids: Collection[str]) -> dict[str, ItemStats]:
    """Return the statistics of questions; those that nobody has answered are left out."""
    wanted = sorted(ids)
    found: dict[str, ItemStats] = {}
    for start in range(0, len(wanted), sql.CHUNK):
        rows = await tx.execute(
            select(question_stats).where(question_stats.c.question_id.in_(wanted[start : start + sql.CHUNK]))
        )
        found |= {row.question_id: read_stats(row) for row in rows}
    return found
