"""The few statements whose words differ between the two databases.

Those for many rows are made once and used again: to make one, and the key under which SQLAlchemy finds its text, costs
about as much as to execute it.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Table, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

CHUNK = 500
"""Rows or bound values in one statement: below every limit of both drivers."""


async def insert_new(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    statement = _insert_new(tx.dialect.name, table, ())
    for start in range(0, len(rows), CHUNK):
        await tx.execute(statement, rows[start : start + CHUNK])


async def insert_if_absent(tx: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert one row; False where its key is there already."""
    statement = _insert(tx.dialect.name, table).values(**row).on_conflict_do_nothing()
    inserted = await tx.execute(statement.returning(*table.primary_key.columns))
    return inserted.first() is not None


async def insert_numbered(tx: AsyncConnection, table: Table, row: Mapping[str, Any]) -> int | None:
    """Insert one row with a generated `id` and return that; None where one of its keys is there already."""
    statement = _insert(tx.dialect.name, table).values(**row).on_conflict_do_nothing()
    number: int | None = await tx.scalar(statement.returning(table.c.id))
    return number


async def upsert(tx: AsyncConnection, table: Table, row: Mapping[str, Any], update: Sequence[str]) -> None:
    """Insert one row, or set the columns `update` of the one that is there."""
    await tx.execute(_upsert(tx.dialect.name, table, tuple(update)).values(**row))


async def upsert_all(
    tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], update: Sequence[str]
) -> None:
    """Do the same for many rows, each with the same columns and no key twice."""
    if not rows:
        return
    statement = _upsert(tx.dialect.name, table, tuple(update))
    for start in range(0, len(rows), CHUNK):
        await tx.execute(statement, rows[start : start + CHUNK])


async def insert_many_numbered(
    tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> list[Row[Any]]:
    """Insert the rows whose key is not there yet; return `id` and some columns of those."""
    if not rows:
        return []
    statement = _insert_new(tx.dialect.name, table, ("id", *columns))
    # As many sets of parameters: SQLAlchemy makes few statements of them, whose text it has compiled before.
    return list((await tx.execute(statement, list(rows))).all())


def after(
    columns: tuple[ColumnElement[Any], ColumnElement[Any]], place: tuple[Any, Any] | None
) -> list[ColumnElement[bool]]:
    """Return the condition that rows come after a place in the order of two columns; none where there is no place."""
    if place is None:
        return []
    return [
        tuple_(*columns)
        > tuple_(*(literal(value, column.type) for column, value in zip(columns, place, strict=True)))
    ]


def claimable(statement: Select[Any]) -> Select[Any]:
    """Lock the rows for this transaction and pass over those another process has locked.

    SQLite has one writer and drops this silently; there `BEGIN IMMEDIATE` does the same work. With `key_share` rows
    that refer to these can be inserted meanwhile: nobody waits, or passes over what is due, because of them.
    """
    return statement.with_for_update(skip_locked=True, key_share=True)


def has_many_writers(tx: AsyncConnection) -> bool:
    """Whether other transactions may write at the same time; SQLite lets them in one after the other."""
    return tx.dialect.name != "sqlite"


async def lock(tx: AsyncConnection, name: str) -> None:
    """Let one transaction of all processes at a time pass for `name`; on SQLite there is only one anyway."""
    if has_many_writers(tx):
        await tx.execute(select(func.pg_advisory_xact_lock(func.hashtext(name))))


@cache
def _insert_new(dialect: str, table: Table, returned: tuple[str, ...]) -> Any:
    """Return an insert of rows whose key is not there yet."""
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement.returning(*(table.c[name] for name in returned)) if returned else statement


@cache
def _upsert(dialect: str, table: Table, update: tuple[str, ...]) -> Any:
    """Return an insert that sets some columns where the key is there."""
    statement = _insert(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key.columns),
        set_={name: statement.excluded[name] for name in update},
    )


def _insert(dialect: str, table: Table) -> Any:
    """Return the dialect's own insert. Only one of the two is imported: the other costs 0.2 s and 4 MB."""
    if dialect == "sqlite":
        from sqlalchemy.dialects import sqlite

        return sqlite.insert(table)
    from sqlalchemy.dialects import postgresql

    return postgresql.insert(table)
