"""Bring a database to the schema this version needs, and say which schema it has."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, text

from bot.storage.engine import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0009"
"""The newest revision; a test holds it equal to the scripts. Knowing it saves importing Alembic at start."""

# Any number that nothing else in the same PostgreSQL database uses as an advisory lock.
_MIGRATION_LOCK = 0x636F686F7274


class SchemaTooNew(Exception):
    """The database was written by a newer version of Cohort."""


def alembic_config() -> "Config":
    """Return Alembic's configuration for the scripts beside this module."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")).replace("%", "%%"))
    return config


async def current_revision(db: Database) -> str | None:
    """Return the revision the database is at, None where it is empty."""
    async with db.read() as tx:
        return await tx.run_sync(_revision)


async def upgrade(db: Database, revision: str = HEAD) -> None:
    """Run the migrations up to `revision`; several processes may call this at once."""
    if revision == HEAD and await current_revision(db) == HEAD:
        return
    await _migrate(db, "upgrade", revision)


async def downgrade(db: Database, revision: str) -> None:
    """Run the migrations down to `revision` (`base` empties the database)."""
    await _migrate(db, "downgrade", revision)


def is_known(revision: str) -> bool:
    """Whether this version has the script of a revision."""
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory.from_config(alembic_config()).walk_revisions()
    return revision in {script.revision for script in scripts}


def too_new(revision: str) -> str:
    """Say that a database is of a newer version, and what to do."""
    return (
        f"The database is at revision {revision}, which this version does not know. "
        "Install the version of Cohort that wrote it, or restore a backup."
    )


def _revision(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


async def _migrate(db: Database, direction: str, revision: str) -> None:
    from alembic import command

    def run(connection: Connection) -> None:
        config = alembic_config()
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
        present = _revision(connection)
        if present is not None and not is_known(present):
            raise SchemaTooNew(too_new(present))
        config.attributes["connection"] = connection
        step: Any = getattr(command, direction)
        step(config, revision)

    if not db.is_sqlite:
        async with db.write() as tx:
            await tx.run_sync(run)
        return
    # Alembic rebuilds tables on SQLite to alter them; with foreign keys on, dropping the old table
    # would delete every row that refers to it. The pragma is a no-op inside a transaction.
    async with db.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        await driver.execute("PRAGMA foreign_keys = OFF")
        try:
            await connection.execution_options(cohort_write=True)
            async with connection.begin():
                await connection.run_sync(run)
        finally:
            await driver.execute("PRAGMA foreign_keys = ON")
