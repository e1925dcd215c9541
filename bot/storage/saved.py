"""What members save and find useful: a reading list for each, and votes for each server."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import members, paper_votes, saved_papers


@dataclass(frozen=True, slots=True)
class Counts:
    """How many members of a server saved a paper there, and how many found it useful."""

    saves: int = 0
    votes: int = 0


@dataclass(frozen=True, slots=True)
class Saved:
    """A paper on a member's list."""

    paper_id: str
    saved_at: datetime


async def add(
    tx: AsyncConnection, member_id: int, paper_id: str, server_id: int | None, now: datetime, *, at_most: int
) -> bool:
    """Put a stored paper on a member's list; False where the list has `at_most` papers already.

    A paper that is on it stays as it is.
    """
    await sql.insert_new(tx, members, [{"id": member_id}])
    # One after the other for each member: two presses at once must not pass the limit together.
    await tx.execute(select(members.c.id).where(members.c.id == member_id).with_for_update(key_share=True))
    if await is_saved(tx, member_id, paper_id):
        return True
    if await count(tx, member_id) >= at_most:
        return False
    row = {"member_id": member_id, "paper_id": paper_id, "server_id": server_id, "saved_at": now}
    await sql.insert_new(tx, saved_papers, [row])
    return True


async def remove(tx: AsyncConnection, member_id: int, paper_id: str) -> bool:
    """Take a paper off a member's list; False where it was not on it."""
    result = await tx.execute(delete(saved_papers).where(*_is(member_id, paper_id)))
    return result.rowcount > 0


async def is_saved(tx: AsyncConnection, member_id: int, paper_id: str) -> bool:
    """Whether a paper is on a member's list."""
    return await tx.scalar(select(saved_papers.c.paper_id).where(*_is(member_id, paper_id))) is not None


async def count(tx: AsyncConnection, member_id: int) -> int:
    """Return how many papers a member's list has."""
    found = await tx.scalar(
        select(func.count()).select_from(saved_papers).where(saved_papers.c.member_id == member_id)
    )
    return found or 0


async def of_member(
    tx: AsyncConnection, member_id: int, *, start: int = 0, limit: int | None = None
) -> list[Saved]:
    """Return a member's list, newest first."""
    rows = await tx.execute(
        select(saved_papers.c.paper_id, saved_papers.c.saved_at)
        .where(saved_papers.c.member_id == member_id)
        .order_by(saved_papers.c.saved_at.desc(), saved_papers.c.paper_id)
        .offset(start)
        .limit(limit)
    )
    return [Saved(row.paper_id, row.saved_at) for row in rows]


async def toggle_vote(
    tx: AsyncConnection, server_id: int, member_id: int, paper_id: str, now: datetime
) -> bool:
    """Take a member's vote for a paper back, or give it; return whether it stands now."""
    key = {"server_id": server_id, "paper_id": paper_id, "member_id": member_id}
    result = await tx.execute(delete(paper_votes).where(*(paper_votes.c[name] == key[name] for name in key)))
    if result.rowcount:
        return False
    await sql.insert_new(tx, paper_votes, [key | {"voted_at": now}])
    return True


async def has_voted(tx: AsyncConnection, server_id: int, member_id: int, paper_id: str) -> bool:
    """Whether a member found a paper useful in a server."""
    found = await tx.scalar(
        select(paper_votes.c.paper_id).where(
            paper_votes.c.server_id == server_id,
            paper_votes.c.paper_id == paper_id,
            paper_votes.c.member_id == member_id,
        )
    )
    return found is not None


async def counts(tx: AsyncConnection, server_id: int, paper_ids: Sequence[str]) -> dict[str, Counts]:
    """Return the counts of those papers that somebody in the server saved or found useful."""
    saves: dict[str, int] = {}
    votes: dict[str, int] = {}
    for start in range(0, len(paper_ids), sql.CHUNK):
        chunk = list(paper_ids[start : start + sql.CHUNK])
        for table, found in ((saved_papers, saves), (paper_votes, votes)):
            rows = await tx.execute(
                select(table.c.paper_id, func.count().label("times"))
                .where(table.c.server_id == server_id, table.c.paper_id.in_(chunk))
                .group_by(table.c.paper_id)
            )
            found.update({row.paper_id: row.times for row in rows})
    return {id_: Counts(saves.get(id_, 0), votes.get(id_, 0)) for id_ in saves.keys() | votes.keys()}


def _is(member_id: int, paper_id: str) -> tuple[ColumnElement[bool], ...]:
    return (saved_papers.c.member_id == member_id, saved_papers.c.paper_id == paper_id)
