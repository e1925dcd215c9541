"""SQLite's driver, with one visit to the connection's thread for a statement instead of four.

aiosqlite keeps a thread for each connection, and SQLAlchemy's adapter goes there to make a cursor, to execute, to
fetch and to close it. Each way there and back costs more than most of our statements. Here a statement makes the way
once, rows included, and a connection that is in no transaction is not rolled back when it goes back to the pool.

It builds on `sqlalchemy.dialects.sqlite.aiosqlite`, and so on the two libraries' versions that pyproject.toml pins.
"""

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

import aiosqlite
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
)
from sqlalchemy.util import EMPTY_DICT
from sqlalchemy.util.concurrency import await_


class _Outcome(NamedTuple):
    """What a cursor tells once its statement is done; closing it is no work any more."""

    description: Any = None
    rowcount: int = -1
    lastrowid: int | None = None
    arraysize: int = 1

    def close(self) -> None:
        """Do nothing: the real cursor is closed."""


def _execute(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]
) -> tuple[_Outcome, list[Any]]:
    cursor = connection.execute(statement, parameters)
    rows = cursor.fetchall() if cursor.description else []
    outcome = _Outcome(cursor.description, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return outcome, rows


def _execute_many(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]
) -> tuple[_Outcome, list[Any]]:
    cursor = connection.executemany(statement, parameters)
    outcome = _Outcome(None, cursor.rowcount, cursor.lastrowid)
    cursor.close()
    return outcome, []


_Work = Callable[[sqlite3.Connection, str, Any], tuple[_Outcome, list[Any]]]


def _within(
    connection: sqlite3.Connection, begin: str, work: _Work, statement: str, parameters: Any
) -> tuple[_Outcome, list[Any]]:
    if begin:
        connection.execute(begin)
    return work(connection, statement, parameters)


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ()

    _awaitable_cursor_close = False
    _adapt_connection: "_Connection"
    _cursor: Any

    def __init__(self, adapt_connection: "_Connection") -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection  # noqa: SLF001 - as the class it extends does
        self._cursor = _Outcome()
        self._soft_closed_memoized = EMPTY_DICT
        self._rows = deque()

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        """Execute a statement and fetch all of its rows."""
        self._do(_execute, operation, parameters if parameters is not None else ())

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        """Execute a statement once for each set of parameters."""
        self._do(_execute_many, operation, seq_of_parameters)

    def _do(self, work: _Work, operation: Any, parameters: Any) -> None:
        self._cursor, rows = self._adapt_connection.visit(work, operation, parameters)
        self._rows = deque(rows)


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ("_begin", "_ended", "_in_doubt", "_reads")

    _cursor_cls: Any = _Cursor

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self._begin = ""  # what the first statement of a transaction takes along
        self._reads = False
        self._ended = False  # the end stands in line, and nobody has asked for anything since
        self._in_doubt = False  # somebody gave up waiting, so what the thread is doing is not known

    def begin(self, *, write: bool) -> None:
        """Begin a transaction with the next statement: until then there is nothing to protect."""
        self._begin, self._reads = ("BEGIN IMMEDIATE" if write else "BEGIN"), not write

    def visit(self, work: _Work, statement: str, parameters: Any) -> tuple[_Outcome, list[Any]]:
        """Do something in the connection's thread."""
        driver: Any = self._connection
        begin, self._begin = self._begin, ""
        self._ended = False
        try:
            return await_(driver._execute(_within, driver._conn, begin, work, statement, parameters))  # type: ignore[no-any-return]  # noqa: SLF001 - as SQLAlchemy does
        except asyncio.CancelledError:
            self._in_doubt = True
            raise
        except Exception as error:  # noqa: BLE001 - handed on as the adapter does
            self._handle_exception(error)

    def commit(self) -> None:
        """Commit what was begun."""
        self._end(super().commit, "commit")

    def rollback(self) -> None:
        """Roll back what was begun, if anything: the pool asks for it each time a connection comes back."""
        self._end(super().rollback, "rollback")

    def _end(self, end: Callable[[], None], name: str) -> None:
        driver: Any = self._connection
        self._begin = ""
        connection: sqlite3.Connection | None = driver._connection  # noqa: SLF001 - as above
        if connection is None or self._ended or not (self._in_doubt or connection.in_transaction):
            return
        if self._reads and not self._in_doubt:
            # Nothing can go wrong with that, so nobody waits for it; whatever comes next stands in line behind it.
            driver._tx.put_nowait((None, getattr(connection, name)))  # noqa: SLF001 - as above
            self._ended = True
            return
        try:
            end()
        except asyncio.CancelledError:
            self._in_doubt = True
            raise
        self._in_doubt = False


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arguments: Any, **options: Any) -> _Connection:
        adapted: Any = super().connect(*arguments, **options)
        return _Connection(self, adapted._connection)  # noqa: SLF001 - as above


DRIVER: Final[Any] = _Driver(aiosqlite, sqlite3)
"""For `create_async_engine(…, module=DRIVER)`."""
