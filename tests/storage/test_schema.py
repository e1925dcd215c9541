"""Migrations: up, down, up again, equal to the tables, on both databases."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.tables import metadata

pytestmark = pytest.mark.changes_schema


def _differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


def _tables(connection: Connection) -> set[str]:
    return set(inspect(connection).get_table_names())


def test_head_is_the_newest_script() -> None:
    assert ScriptDirectory.from_config(schema.alembic_config()).get_current_head() == schema.HEAD


async def test_the_migrations_make_exactly_the_tables(db: Database) -> None:
    async with db.read() as tx:
        assert await tx.run_sync(_differences) == []
        assert await tx.run_sync(_tables) == {*metadata.tables, "alembic_version"}


async def test_down_to_nothing_and_up_again(db: Database) -> None:
    await schema.downgrade(db, "base")
    async with db.read() as tx:
        assert await tx.run_sync(_tables) == {"alembic_version"}
    assert await schema.current_revision(db) is None
    await schema.upgrade(db)
    assert await schema.current_revision(db) == schema.HEAD
    async with db.read() as tx:
        assert await tx.run_sync(_differences) == []


async def test_a_database_of_a_newer_version_is_left_alone(db: Database) -> None:
    async with db.write() as tx:
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'future'")
    with pytest.raises(schema.SchemaTooNew, match="future"):
        await schema.upgrade(db)
    assert await schema.current_revision(db) == "future"
