"""Reading servers' own questions, and what they switched off."""

from collections.abc import Collection

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.questions import Bank, Question
from bot.domain.quizzes.own import own_question, parse_own_id
from bot.domain.quizzes.pool import QuestionPool, switched_off
from bot.domain.server_settings import Module
from bot.storage import server_settings
from bot.storage.tables import server_questions


async def of_server(tx: AsyncConnection, server_id: int) -> list[Question]:
    """Return a server's own questions that are not removed, oldest first."""
    rows = await tx.execute(
        select(server_questions)
        .where(server_questions.c.server_id == server_id, server_questions.c.removed_at.is_(None))
        .order_by(server_questions.c.number)
    )
    return [own_question(row.server_id, row.number, row.definition) for row in rows]


async def by_ids(
    tx: AsyncConnection, bank: Bank, ids: Collection[str], *, removed: bool = True
) -> dict[str, Question]:
    """Return questions by their ids, bundled or own, with `removed` those that were; unknown ones are left out.

    For what was asked already. What may be asked is in the pool.
    """
    found = {id_: bank.by_id[id_] for id_ in ids if id_ in bank.by_id}
    own = [parsed for id_ in ids if (parsed := parse_own_id(id_)) is not None]
    if own:
        key = tuple_(server_questions.c.server_id, server_questions.c.number)
        statement = select(server_questions).where(key.in_(own))
        if not removed:
            statement = statement.where(server_questions.c.removed_at.is_(None))
        rows = await tx.execute(statement)
        for row in rows:
            question = own_question(row.server_id, row.number, row.definition)
            found[question.id] = question
    return found


async def pool(tx: AsyncConnection, bank: Bank, server_id: int | None) -> QuestionPool:
    """Return what may be asked in a server, or in direct messages where it is None."""
    if server_id is None:
        return QuestionPool.of(bank)
    off = switched_off(await server_settings.read(tx, server_id, Module.QUIZ))
    return QuestionPool.of(bank, await of_server(tx, server_id), off)
