"""What SQLAlchemy made of a statement, kept for the tests after this one.

An engine compiles each statement the first time it meets it, and every test opens an engine of its own: of a
test's time on a database a fifth went there. These are the two dialects of the product, but that engines
with the same settings share what was compiled; in a process that serves, one engine does so all along.
"""

from collections.abc import MutableMapping
from typing import Any, Final

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

_COMPILED: Final[MutableMapping[Any, Any]] = {}
"""By dialect and statement: as many as the product has statements, some hundreds."""


class _Shared:
    """A dialect that is equal to every other of its kind, as a part of the key of what was compiled."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_COMPILED)


class Sqlite(_Shared, SQLiteDialect_aiosqlite):
    """SQLite through aiosqlite."""

    supports_statement_cache = True


class Postgres(_Shared, PGDialect_asyncpg):
    """PostgreSQL through asyncpg."""

    supports_statement_cache = True


def share() -> None:
    """Use them for every engine that is made from now on in this process."""
    registry.register("sqlite.aiosqlite", __name__, Sqlite.__name__)
    registry.register("postgresql.asyncpg", __name__, Postgres.__name__)
