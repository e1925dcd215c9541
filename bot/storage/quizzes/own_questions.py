"""Writing servers' own questions. What members answered refers to them, so a removed one stays, out of sight.

A file is stored before a moderator has agreed to it: staged rows were removed at the moment they were made, so
nobody is asked them, and agreeing is one statement for all of them.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.questions import Question
from bot.domain.quizzes.own import definition, own_question
from bot.storage import server_settings, sql
from bot.storage.tables import server_questions, servers

_own = server_questions.c


async def claim(tx: AsyncConnection, server_id: int) -> None:
    """Let moderators who change a server's questions do so one after the other."""
    await sql.insert_new(tx, servers, [{"id": server_id}])
    await server_settings.lock(tx, server_id)


async def count(tx: AsyncConnection, server_id: int) -> int:
    """Return how many questions of its own a server has."""
    found: int | None = await tx.scalar(
        select(func.count())
        .select_from(server_questions)
        .where(_own.server_id == server_id, _own.removed_at.is_(None))
    )
    return found or 0


async def page(tx: AsyncConnection, server_id: int, *, offset: int, limit: int) -> list[tuple[int, Question]]:
    """Return some of a server's questions with their numbers, oldest first."""
    rows = await tx.execute(
        select(server_questions)
        .where(_own.server_id == server_id, _own.removed_at.is_(None))
        .order_by(_own.number)
        .offset(offset)
        .limit(limit)
    )
    return [(row.number, own_question(row.server_id, row.number, row.definition)) for row in rows]


async def by_number(
    tx: AsyncConnection, server_id: int, number: int, *, removed: bool = False
) -> Question | None:
    """Return one question; a removed one only where it is asked for."""
    wanted = [_own.server_id == server_id, _own.number == number]
    if not removed:
        wanted.append(_own.removed_at.is_(None))
    row = (await tx.execute(select(server_questions).where(*wanted))).first()
    return None if row is None else own_question(row.server_id, row.number, row.definition)


async def add(
    tx: AsyncConnection,
    server_id: int,
    questions: Sequence[Question],
    *,
    by: int,
    now: datetime,
    staged: bool = False,
) -> int:
    """Store questions under the next numbers and return the first of these; the server has to be claimed."""
    last: int | None = await tx.scalar(select(func.max(_own.number)).where(_own.server_id == server_id))
    first = (last or 0) + 1
    rows = [
        {
            "server_id": server_id,
            "number": first + place,
            "definition": definition(question),
            "created_by": by,
            "created_at": now,
            "removed_at": now if staged else None,
        }
        for place, question in enumerate(questions)
    ]
    for start in range(0, len(rows), sql.CHUNK):
        await tx.execute(server_questions.insert(), rows[start : start + sql.CHUNK])
    return first


async def change(tx: AsyncConnection, server_id: int, number: int, question: Question) -> None:
    """Give a number another wording."""
    await tx.execute(
        update(server_questions)
        .where(_own.server_id == server_id, _own.number == number)
        .values(definition=definition(question))
    )


async def remove(tx: AsyncConnection, server_id: int, numbers: Sequence[int], now: datetime) -> int:
    """Ask some questions no more; return how many that changed."""
    result = await tx.execute(
        update(server_questions)
        .where(_own.server_id == server_id, _own.number.in_(numbers), _own.removed_at.is_(None))
        .values(removed_at=now)
    )
    return result.rowcount


async def restore(tx: AsyncConnection, server_id: int, first: int, last: int) -> int:
    """Ask questions that are staged or were removed; return how many that changed."""
    result = await tx.execute(
        update(server_questions)
        .where(_own.server_id == server_id, _own.number.between(first, last), _own.removed_at.is_not(None))
        .values(removed_at=None)
    )
    return result.rowcount


async def staged(tx: AsyncConnection, server_id: int, first: int, last: int) -> list[tuple[int, Question]]:
    """Return staged questions that wait for a moderator's word."""
    rows = await tx.execute(
        select(server_questions)
        .where(
            _own.server_id == server_id, _own.number.between(first, last), _own.removed_at == _own.created_at
        )
        .order_by(_own.number)
    )
    return [(row.number, own_question(row.server_id, row.number, row.definition)) for row in rows]


async def discard(tx: AsyncConnection, server_id: int, first: int, last: int) -> int:
    """Forget staged questions; return how many there were."""
    result = await tx.execute(
        delete(server_questions).where(
            _own.server_id == server_id, _own.number.between(first, last), _own.removed_at == _own.created_at
        )
    )
    return result.rowcount


async def forget_staged(tx: AsyncConnection, before: datetime) -> int:
    """Forget what was staged before `before` and never agreed to."""
    result = await tx.execute(
        delete(server_questions).where(_own.removed_at == _own.created_at, _own.created_at < before)
    )
    return result.rowcount
