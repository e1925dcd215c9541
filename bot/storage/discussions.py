"""The threads in which papers are discussed: one for a paper in a channel, whoever presses first."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import discussions


class Claim(StrEnum):
    """What a press found."""

    MINE = "mine"  # nobody opened a thread: the caller does
    TAKEN_OVER = "taken over"  # somebody began to and never said how it ended: the caller looks first
    OPENING = "opening"  # somebody is at it right now
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Claimed:
    """What a press found, and the thread where there is one."""

    claim: Claim
    thread_id: int | None = None


async def claim(
    tx: AsyncConnection,
    channel_id: int,
    paper_id: str,
    server_id: int,
    now: datetime,
    *,
    given_up_after: timedelta,
) -> Claimed:
    """Become the one who opens the thread of a stored paper, or learn who did."""
    here = (discussions.c.channel_id == channel_id, discussions.c.paper_id == paper_id)
    row = {"channel_id": channel_id, "paper_id": paper_id, "server_id": server_id, "opened_at": now}
    if await sql.insert_if_absent(tx, discussions, row):
        return Claimed(Claim.MINE)
    known = (await tx.execute(select(discussions).where(*here).with_for_update())).one()
    if known.thread_id is not None:
        return Claimed(Claim.OPEN, known.thread_id)
    if known.opened_at > now - given_up_after:
        return Claimed(Claim.OPENING)
    await tx.execute(update(discussions).where(*here).values(opened_at=now))
    return Claimed(Claim.TAKEN_OVER)


async def opened(tx: AsyncConnection, channel_id: int, paper_id: str, thread_id: int) -> None:
    """Write down the thread that was opened."""
    await tx.execute(
        update(discussions)
        .where(discussions.c.channel_id == channel_id, discussions.c.paper_id == paper_id)
        .values(thread_id=thread_id)
    )


async def give_back(tx: AsyncConnection, channel_id: int, paper_id: str) -> None:
    """Let the next one try: no thread was opened."""
    await tx.execute(
        delete(discussions).where(
            discussions.c.channel_id == channel_id,
            discussions.c.paper_id == paper_id,
            discussions.c.thread_id.is_(None),
        )
    )


async def forget(tx: AsyncConnection, channel_id: int, paper_id: str, thread_id: int) -> None:
    """Forget a thread that was deleted, unless another one was opened meanwhile."""
    await tx.execute(
        delete(discussions).where(
            discussions.c.channel_id == channel_id,
            discussions.c.paper_id == paper_id,
            discussions.c.thread_id == thread_id,
        )
    )


async def threads_in(tx: AsyncConnection, channel_id: int) -> set[int]:
    """Return the threads of a channel that belong to a paper."""
    rows = await tx.scalars(
        select(discussions.c.thread_id).where(
            discussions.c.channel_id == channel_id, discussions.c.thread_id.is_not(None)
        )
    )
    return {thread_id for thread_id in rows if thread_id is not None}
