"""Rounds of `/quiz play` and `/quiz review`, and what their choice of questions looks at."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.answers import Mode
from bot.domain.quizzes.choosing import Known
from bot.domain.quizzes.rating import Rating
from bot.domain.quizzes.sessions import (
    Session,
    Wanted,
    as_json,
    outcome_json,
    outcomes_of,
    wanted_of,
)
from bot.storage import sql
from bot.storage.tables import members, question_stats, quiz_answers, quiz_ratings, quiz_sessions


async def add(
    tx: AsyncConnection,
    *,
    member_id: int,
    server_id: int | None,
    mode: Mode,
    wanted: Wanted,
    questions: Sequence[str],
    now: datetime,
) -> Session:
    """Store a new round."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    session_id = await tx.scalar(
        quiz_sessions.insert()
        .values(
            member_id=member_id,
            server_id=server_id,
            mode=mode,
            wanted=as_json(wanted),
            questions=list(questions),
            outcomes=[],
            draft=[],
            started_at=now,
            touched_at=now,
        )
        .returning(quiz_sessions.c.id)
    )
    assert isinstance(session_id, int)
    return Session(session_id, member_id, server_id, mode, wanted, tuple(questions), (), (), now, now)


_BY_IDS: Final = (
    select(quiz_sessions)
    .where(quiz_sessions.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(quiz_sessions.c.id)
)
_LOCKED: Final = _BY_IDS.with_for_update()
_SAVE: Final = (
    update(quiz_sessions)
    .where(quiz_sessions.c.id == bindparam("session_id"))
    .values(
        questions=bindparam("new_questions"),
        outcomes=bindparam("new_outcomes"),
        draft=bindparam("new_draft"),
        touched_at=bindparam("new_touched_at"),
        finished_at=bindparam("new_finished_at"),
    )
)


async def by_ids(tx: AsyncConnection, ids: Collection[int], *, lock: bool = False) -> dict[int, Session]:
    """Return rounds by their ids; locked, in one order, where they are going to be changed."""
    rows = await tx.execute(_LOCKED if lock else _BY_IDS, {"ids": sorted(ids)})
    return {row.id: _session(row) for row in rows}


async def save(tx: AsyncConnection, sessions: Sequence[Session]) -> None:
    """Write what changes in the course of a round."""
    if not sessions:
        return
    await tx.execute(
        _SAVE,
        [
            {
                "session_id": session.id,
                "new_questions": list(session.questions),
                "new_outcomes": [outcome_json(outcome) for outcome in session.outcomes],
                "new_draft": list(session.draft),
                "new_touched_at": session.touched_at,
                "new_finished_at": session.finished_at,
            }
            for session in sessions
        ],
    )


async def unfinished(tx: AsyncConnection, member_id: int, mode: Mode, since: datetime) -> Session | None:
    """Return the round that a member touched last, if it is not over and was touched after `since`."""
    rows = await tx.execute(
        select(quiz_sessions)
        .where(
            quiz_sessions.c.member_id == member_id,
            quiz_sessions.c.mode == mode,
            quiz_sessions.c.touched_at > since,
        )
        .order_by(quiz_sessions.c.touched_at.desc(), quiz_sessions.c.id.desc())
        .limit(1)
    )
    row = rows.first()
    return _session(row) if row is not None and row.finished_at is None else None


async def known(tx: AsyncConnection, member_id: int, *, difficulty: bool = False) -> Known:
    """Return what the choice of a member's questions looks at; `difficulty` only where it is adaptive."""
    answered = await tx.execute(
        select(quiz_answers.c.question_id, func.max(quiz_answers.c.answered_at).label("last"))
        .where(quiz_answers.c.member_id == member_id)
        .group_by(quiz_answers.c.question_id)
    )
    last = {row.question_id: row.last for row in answered}
    if not difficulty:
        return Known(last)
    rated = await tx.execute(select(quiz_ratings).where(quiz_ratings.c.member_id == member_id))
    hard = await tx.execute(select(question_stats.c.question_id, question_stats.c.mu, question_stats.c.sigma))
    return Known(
        last,
        {row.topic: Rating(row.mu, row.sigma) for row in rated},
        {row.question_id: Rating(row.mu, row.sigma) for row in hard},
    )


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete the rounds that nobody has touched since `before`; return how many."""
    result = await tx.execute(delete(quiz_sessions).where(quiz_sessions.c.touched_at < before))
    return result.rowcount


def _session(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        member_id=row.member_id,
        server_id=row.server_id,
        mode=Mode(row.mode),
        wanted=wanted_of(row.wanted),
        questions=tuple(row.questions),
        outcomes=outcomes_of(row.outcomes),
        draft=tuple(row.draft),
        started_at=row.started_at,
        touched_at=row.touched_at,
        finished_at=row.finished_at,
    )
