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
class Report:
    """What a member says is wrong with a question."""

    question_id: str
    reason: str
    created_at: datetime


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


async def report_counts(tx: AsyncConnection, prefix: str = "") -> dict[str, int]:
    """Return how many members reported each question whose id begins with `prefix`."""
    rows = await tx.execute(
        select(question_reports.c.question_id, func.count().label("many"))
        .where(question_reports.c.question_id.startswith(prefix, autoescape=True))
        .group_by(question_reports.c.question_id)
    )
    return {row.question_id: row.many for row in rows}


async def reports_of(tx: AsyncConnection, question_id: str) -> list[Report]:
    """Return what members said of a question, the newest first and nobody by name."""
    rows = await tx.execute(
        select(question_reports)
        .where(question_reports.c.question_id == question_id)
        .order_by(question_reports.c.created_at.desc(), question_reports.c.member_id)
    )
    return [Report(row.question_id, row.reason, row.created_at) for row in rows]


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
