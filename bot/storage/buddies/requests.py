"""Between rounds: who asked whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage.tables import buddy_requests

_table = buddy_requests.c


class Asked(StrEnum):
    """What came of a question."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Request:
    """One asked another whether they want to meet."""

    id: int
    server_id: int
    asker_id: int
    asked_id: int
    state: Asked
    created_at: datetime
    until: datetime

    def is_open(self, now: datetime) -> bool:
        """Whether it can still be answered."""
        return self.state is Asked.WAITING and now < self.until


async def add(
    tx: AsyncConnection, server_id: int, asker_id: int, asked_id: int, *, now: datetime, until: datetime
) -> int:
    """Store a question; return its id."""
    id_ = await tx.scalar(
        buddy_requests.insert()
        .values(
            server_id=server_id,
            asker_id=asker_id,
            asked_id=asked_id,
            state=Asked.WAITING,
            created_at=now,
            until=until,
        )
        .returning(_table.id)
    )
    assert isinstance(id_, int)
    return id_


async def get(tx: AsyncConnection, request_id: int, *, lock: bool = False) -> Request | None:
    """Return a question; with `lock`, two answers at once come one after the other."""
    statement = select(buddy_requests).where(_table.id == request_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).first()
    return _request(row) if row is not None else None


async def settle(tx: AsyncConnection, request_id: int, state: Asked) -> None:
    """Write what came of a question."""
    await tx.execute(update(buddy_requests).where(_table.id == request_id).values(state=state))


async def waiting_for(tx: AsyncConnection, server_id: int, member_id: int, now: datetime) -> list[Request]:
    """Return the questions that somebody can answer, the oldest first."""
    rows = await tx.execute(
        select(buddy_requests)
        .where(
            _table.asked_id == member_id,
            _table.server_id == server_id,
            _table.state == Asked.WAITING,
            _table.until > now,
        )
        .order_by(_table.id)
    )
    return [_request(row) for row in rows]


async def asked_since(tx: AsyncConnection, member_id: int, since: datetime) -> int:
    """Return how many questions somebody has asked since a moment, in every server."""
    found = await tx.scalar(
        select(func.count())
        .select_from(buddy_requests)
        .where(_table.asker_id == member_id, _table.created_at > since)
    )
    return found or 0


async def asked_by(tx: AsyncConnection, server_id: int, member_id: int, since: datetime) -> Sequence[int]:
    """Return whom somebody has asked since a moment, whatever came of it."""
    rows = await tx.scalars(
        select(_table.asked_id).where(
            _table.server_id == server_id, _table.asker_id == member_id, _table.created_at > since
        )
    )
    return list(rows)


async def withdraw_between(tx: AsyncConnection, one: int, other: int) -> None:
    """Take back what two have asked each other."""
    either = or_(
        (_table.asker_id == one) & (_table.asked_id == other),
        (_table.asker_id == other) & (_table.asked_id == one),
    )
    await tx.execute(
        update(buddy_requests).where(_table.state == Asked.WAITING, either).values(state=Asked.WITHDRAWN)
    )


async def withdraw_of(tx: AsyncConnection, server_id: int, member_id: int) -> None:
    """Take back every question by or to somebody in a server."""
    await tx.execute(
        update(buddy_requests)
        .where(
            _table.server_id == server_id,
            _table.state == Asked.WAITING,
            or_(_table.asker_id == member_id, _table.asked_id == member_id),
        )
        .values(state=Asked.WITHDRAWN)
    )


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Forget what was asked before a moment and is over."""
    return (await tx.execute(delete(buddy_requests).where(_table.until < before))).rowcount


def _request(row: Row[Any]) -> Request:
    return Request(
        row.id, row.server_id, row.asker_id, row.asked_id, Asked(row.state), row.created_at, row.until
    )
