"""The engine: transactions that mean what they say on both databases.

On SQLite the driver's own transaction handling is off and a write starts with `BEGIN IMMEDIATE`:
SQLAlchemy's default lets two transactions read the same row and both write it (40 concurrent creates
stored 39 rows against a limit of 25; with this, exactly 25). `synchronous=FULL`, because `NORMAL`
with WAL may lose a commit on power loss, and a lost commit here is a post that is sent twice.
"""

import asyncio
import functools
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from time import monotonic
from typing import Any, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, ExceptionContext, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

_log = logging.getLogger("cohort.storage")

_WRITE = "cohort_write"
_SQLITE_BUSY_MS = 10_000

CLOSE_WITHIN_S: Final = 5.0
"""How long closing waits for transactions that are under way."""

TRUSTED_FOR_S: Final = 30.0
"""How long after its last use a connection to PostgreSQL is taken without asking whether it still works."""
_USED_AT: Final = "cohort_used_at"

_VALUES: Final = re.compile(
    r"(DETAIL:|invalid input for query argument \$\d+:|invalid input (?:syntax|value) for [\w ]+:|out of range:|\bvalue(?= \")).*",
    re.DOTALL,
)
"""Where values begin in what PostgreSQL and asyncpg say; they go on to the end of it."""

_GAVE_WAY: Final = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock. https://www.postgresql.org/docs/current/errcodes-appendix.html"""

_TRIES: Final = 3
"""The one it gave way to may still be under way when it is done again, and go first once more."""

AskedP = ParamSpec("AskedP")
GivenT = TypeVar("GivenT")


def gave_way(error: BaseException) -> bool:
    """Whether PostgreSQL ended a transaction for no other reason than to let another one go on.

    SQLite has one writer, for whom all others wait.
    """
    return isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _GAVE_WAY


def retried(method: Callable[AskedP, Awaitable[GivenT]]) -> Callable[AskedP, Awaitable[GivenT]]:
    """Do again, twice at most, what is one transaction and nothing else, where it had to give way.

    Transactions lock in one order (docs/architecture.md), so that this is rare; whoever pressed hears nothing of it.
    """

    @functools.wraps(method)
    async def again(*args: AskedP.args, **kwargs: AskedP.kwargs) -> GivenT:
        for _ in range(_TRIES - 1):
            try:
                return await method(*args, **kwargs)
            except DBAPIError as error:
                if not gave_way(error):
                    raise
                _log.warning(
                    "a transaction gave way and is done again", extra={"method": method.__qualname__}
                )
        return await method(*args, **kwargs)

    return again


class Database:
    """One database: `async with db.write() as tx` and `async with db.read() as tx`.

    Each block is one transaction, committed at its end and rolled back on any exception. Never hold
    one across a Discord or HTTP call.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = url.startswith("sqlite")
        self._engine: AsyncEngine | None = None
        # SQLite has one writer; queueing here is fair and wakes at once, its own busy handler polls.
        self._writer: asyncio.Lock | None = None
        self._under_way = 0  # transactions
        self._idle = asyncio.Event()

    @property
    def engine(self) -> AsyncEngine:
        """The engine of an open database."""
        if self._engine is None:
            msg = "the database is not open"
            raise RuntimeError(msg)
        return self._engine

    async def open(self) -> None:
        """Create the engine; the schema is `bot.storage.schema.upgrade`'s business."""
        # Statement parameters hold members' data: they stay out of error messages and logs.
        shared = {"hide_parameters": True}
        if self.is_sqlite:
            from bot.storage.sqlite_driver import DRIVER

            engine = create_async_engine(self.url, module=DRIVER, **shared)
            event.listen(engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(engine.sync_engine, "begin", _begin_sqlite)
            self._writer = asyncio.Lock()
        else:
            # Last in, first out: one connection after the other would have to prepare each statement, and keep it.
            engine = create_async_engine(self.url, pool_size=5, max_overflow=10, pool_use_lifo=True, **shared)
            event.listen(engine.sync_engine, "connect", _note_use)
            event.listen(engine.sync_engine, "checkin", _note_use)
            event.listen(engine.sync_engine, "checkout", _look_after)
        event.listen(engine.sync_engine, "handle_error", _forget_values)
        self._engine = engine

    async def close(self) -> None:
        """Let no transaction begin, wait for those under way, and dispose of the engine.

        Without the last the interpreter may hang at exit; a connection that is in use would be left open by it.
        """
        engine, self._engine = self._engine, None
        if engine is None:
            return
        await self.let_finish()
        await engine.dispose()

    async def let_finish(self) -> None:
        """Wait for the transactions that are under way, `CLOSE_WITHIN_S` at most."""
        if self._under_way:
            self._idle.clear()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._idle.wait(), CLOSE_WITHIN_S)

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way:
                self._idle.set()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that may write."""
        with self._counted():
            if self._writer is None:
                async with self.engine.begin() as connection:
                    yield connection
                return
            async with self._writer, self.engine.connect() as connection:
                await connection.execution_options(**{_WRITE: True})
                async with connection.begin():
                    yield connection

    async def checkpoint(self) -> bool:
        """Empty SQLite's write-ahead log, in which deleted rows still stand; False where a reader was in the way.

        PostgreSQL does this by itself (checkpoints, VACUUM); there it does nothing.
        """
        if self._writer is None:
            return True
        async with self._writer:
            return await _checkpoint(self.engine)

    async def compact(self) -> None:
        """Rewrite the whole database, so that no byte of what was deleted is left; nobody can use it meanwhile.

        PostgreSQL keeps frequent values in its statistics as well: they are taken anew first.
        """
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                raw = await connection.get_raw_connection()
                driver: Any = raw.driver_connection
                await driver.execute("VACUUM")
            else:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                for statement in ("ANALYZE", "VACUUM FULL", "CHECKPOINT"):
                    await connection.exec_driver_sql(statement)
        await self.checkpoint()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads: one consistent view, and no writer waits for it."""
        with self._counted():
            async with self.engine.connect() as connection, connection.begin():
                yield connection


async def _checkpoint(engine: AsyncEngine) -> bool:
    async with engine.connect() as connection:
        raw = await connection.get_raw_connection()
        driver: Any = raw.driver_connection
        cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        row = await cursor.fetchone()
        await cursor.close()
    return not row[0]


def _forget_values(context: ExceptionContext) -> None:
    """Take the values out of a refusal: PostgreSQL and its driver quote keys, whole rows and arguments.

    Here and not in the log: an error also goes to other places, and a value may look like anything.
    """
    waiting: list[BaseException | None] = [context.original_exception, context.sqlalchemy_exception]
    seen: set[int] = set()
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        seen.add(id(error))
        error.args = tuple(
            _VALUES.sub(r"\1 [hidden]", each) if isinstance(each, str) else each for each in error.args
        )
        if getattr(error, "detail", None):
            error.detail = None  # type: ignore[attr-defined]  # asyncpg's, which adds it to its words
        waiting += [error.__cause__, error.__context__, getattr(error, "orig", None)]


def _prepare_sqlite(connection: Any, _entry: ConnectionPoolEntry) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    try:
        for pragma in (
            f"busy_timeout = {_SQLITE_BUSY_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            # What somebody wants gone is overwritten with zeros, not only marked as free.
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
    finally:
        cursor.close()


def _note_use(connection: Any, entry: ConnectionPoolEntry) -> None:
    if connection is not None:  # else it was closed meanwhile
        entry.info[_USED_AT] = monotonic()


def _look_after(connection: Any, entry: ConnectionPoolEntry, _proxy: Any) -> None:
    """Take another connection where this one is no longer good.

    What the server closed is known here. What was lost without a word only asking shows, which costs three round
    trips (`pool_pre_ping` asks before each transaction, of which most take five), so that only rest makes ask.
    """
    if connection.driver_connection.is_closed():
        raise InvalidatePoolError
    if monotonic() - entry.info[_USED_AT] > TRUSTED_FOR_S:
        try:
            connection.ping()
        except Exception as error:
            raise InvalidatePoolError from error


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(_WRITE, False)
    driver: Any = connection.connection.dbapi_connection
    driver.begin(write=write)
