"""The few statements whose words differ between the two databases."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

CHUNK = 500
"""Rows or bound values in one statement: below every limit of both drivers."""


async def insert_new(tx: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert the rows whose key is not there yet; leave the others as they are."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    for start in range(0, len(rows), CHUNK):
        await tx.execute(dialect.insert(table).on_conflict_do_nothing(), rows[start : start + CHUNK])


async def insert_if_absent(tx: AsyncConnection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert one row; False where its key is there already."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(**row).on_conflict_do_nothing()
    inserted = await tx.execute(statement.returning(*table.primary_key.columns))
    return inserted.first() is not None


async def upsert(tx: AsyncConnection, table: Table, row: Mapping[str, Any], update: Sequence[str]) -> None:
    """Insert one row, or set the columns `update` of the one that is there."""
    dialect = sqlite if tx.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table).values(**row)
    await tx.execute(
        statement.on_conflict_do_update(
            index_elements=list(table.primary_key.columns),
            set_={name: statement.excluded[name] for name in update},
        )
    )


def claimable(statement: Select[Any]) -> Select[Any]:
    """Lock the rows for this transaction and pass over those another process has locked.

    SQLite has one writer and drops this silently; there `BEGIN IMMEDIATE` does the same work.
    """
    return statement.with_for_update(skip_locked=True)
