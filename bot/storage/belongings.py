"""What is kept about a person: counted, handed to them, and deleted when they want it gone."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, delete, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import State
from bot.storage.personal import PERSONAL, Personal, Rule
from bot.storage.tables import (
    departures,
    feeds,
    outbox,
)


@dataclass(frozen=True, slots=True)
class Holding:
    """What is kept of one kind, and how much of it."""

    personal: Personal
    count: int


async def holdings(tx: AsyncConnection, member_id: int) -> list[Holding]:
    """Return what is kept about a person, kinds of which there is nothing left out."""
    found = []
    for each in PERSONAL:
        count = await tx.scalar(select(func.count()).select_from(each.table).where(*_rows(each, member_id)))
        if count:
            found.append(Holding(each, count))
    return found


async def rows(tx: AsyncConnection, member_id: int) -> dict[str, list[dict[str, Any]]]:
    """Return everything that is kept about a person, by what it is."""
    found: dict[str, list[dict[str, Any]]] = {}
    for each in PERSONAL:
        columns = [each.table.c[name] for name in each.exported]
        result = await tx.execute(select(*columns).where(*_rows(each, member_id)))
        if kept := [dict(row._mapping) for row in result]:  # noqa: SLF001 - SQLAlchemy's public name for it
            found[each.words] = kept
    return found


async def forget(tx: AsyncConnection, member_id: int) -> int:
    """Delete or anonymise everything that is kept about a person; return how many rows that concerned."""
    count = await _forget_mentions(tx, member_id)
    for each in PERSONAL:
        if each.rule is Rule.DELETE:
            result = await tx.execute(delete(each.table).where(each.column == member_id))
        else:
            result = await tx.execute(
                update(each.table).where(each.column == member_id).values({each.column.name: each.nobody})
            )
        count += result.rowcount
    return count


async def forget_in_server(tx: AsyncConnection, server_id: int, member_id: int | None = None) -> int:
    """Delete what is kept about a person in one server, or about everybody; return how many rows.

    A reading list stays its owner's, without where it was made. What somebody did as a moderator is the server's.
    """
    count = 0
    for each in PERSONAL:
        if each.server is None or each.rule is not Rule.DELETE:
            continue
        where = [each.server == server_id]
        if member_id is not None:
            where.append(each.column == member_id)
        if each.theirs:
            result = await tx.execute(update(each.table).where(*where).values({each.server.name: None}))
        else:
            result = await tx.execute(delete(each.table).where(*where))
        count += result.rowcount
    return count


async def people_in_servers(tx: AsyncConnection, after: tuple[int, int], limit: int) -> list[tuple[int, int]]:
    """Return (server, person) of whom something is kept that belongs to a server, in order, from `after` on."""
    # From `after` on in each of them: a table of every answer ever given is not read from its beginning each time.
    parts = [
        select(each.server.label("server"), each.column.label("person")).where(
            or_(each.server > after[0], (each.server == after[0]) & (each.column > after[1]))
        )
        for each in PERSONAL
        if each.server is not None and each.rule is Rule.DELETE and each.table is not departures
    ]
    pairs = parts[0].union(*parts[1:]).subquery()
    server, person = pairs.c.server, pairs.c.person
    result = await tx.execute(select(server, person).order_by(server, person).limit(limit))
    return [(row.server, row.person) for row in result]


async def _forget_mentions(tx: AsyncConnection, member_id: int) -> int:
    """Take a person out of messages that are kept, such as a reminder in a thread that mentions them."""
    named = outbox.c.stream.contains(str(member_id))  # what is said once to each, such as to be seated
    holds = or_(
        cast(outbox.c.payload, Text).contains(str(member_id)),
        outbox.c.marker.contains(str(member_id)),
        named,
    )
    gone = await tx.execute(delete(outbox).where(holds, outbox.c.state != State.SENT))
    blank = await tx.execute(update(outbox).where(holds).values(payload="{}", marker="", items=[]))
    nameless = literal("forgotten:") + cast(outbox.c.id, Text)
    await tx.execute(update(outbox).where(named).values(stream=nameless))
    return gone.rowcount + blank.rowcount


def _rows(each: Personal, member_id: int) -> list[ColumnElement[bool]]:
    where: list[ColumnElement[bool]] = [each.column == member_id]
    if each.column is feeds.c.created_by:
        where.append(feeds.c.member_id.is_(None))  # their own stand under their own name
    return where
