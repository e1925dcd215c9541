"""The long run: `make steady`, or `make steady ARGS=--small` for two minutes.

    python -m tests.steady [--minutes 120] [--servers 1000] [--database postgresql|sqlite] [--small] [--samples FILE]

It starts `cohort run` against a loopback Discord in real time. A line is printed each minute, a sample written every
half of one, and the exit status says whether memory was flat, nothing lost or repeated, and no error unexplained.
"""

import argparse
import asyncio
import gc
import logging
import os
import sys
import time
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any, Final, TextIO

from bench.processes import COHORT, child, environment
from bot.storage.engine import Database
from tests.steady import log_lines
from tests.steady import town as towns
from tests.steady.log_lines import Line
from tests.steady.people import Ledger, open_clubs
from tests.steady.press import Press
from tests.steady.report import report
from tests.steady.run import ARCHIVE_MINUTE_S, Run, carry_out, say
from tests.steady.troubles import Log, Postgres, Sqlite
from tests.steady.verdict import judge
from tests.support import databases
from tests.support.loopback.limits import Limits
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World

CLUBS: Final = 12


@asynccontextmanager
async def _database(kind: str, folder: Path) -> AsyncIterator[Postgres | Sqlite]:
    if kind == "sqlite":
        path = folder / "cohort.sqlite3"
        await databases.migrate(f"sqlite+aiosqlite:///{path}")
        yield Sqlite(path)
        return
    data = folder / "data"
    with databases.postgres_server(data) as server:
        await databases.make_template(server)
        name = f"steady_{uuid.uuid4().hex}"
        await databases.create(server, name)
        yield Postgres(server, name, None if os.environ.get("COHORT_TEST_POSTGRES") else data)
        await databases.drop(server, name)


def _free_port() -> int:
    with socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


async def _main(options: argparse.Namespace, folder: Path, out: TextIO) -> bool:
    world = World(archive_minute_s=ARCHIVE_MINUTE_S)
    clubs = min(CLUBS, max(1, options.servers // 5))
    servers = towns.build(world, options.servers, clubs)
    gc.freeze()  # of this process: the servers stay, and need no looking at
    async with (
        _database(options.database, folder) as database,
        LoopbackDiscord(
            world, schema=None, keep_requests=False, seed=2, limits=Limits(enabled=True)
        ) as discord,
    ):
        db = Database(database.url)
        await db.open()
        try:
            return await _with_bot(options, folder, out, servers, database, discord, db)
        finally:
            await db.close()


async def _with_bot(
    options: argparse.Namespace,
    folder: Path,
    out: TextIO,
    servers: Sequence[towns.Server],
    database: Postgres | Sqlite,
    discord: LoopbackDiscord,
    db: Database,
) -> bool:
    discord.gateway.replay_size = 2 * options.servers + 1000
    now = datetime.now(UTC)
    first = towns.floor(now + timedelta(seconds=100))
    last = max(first, towns.floor(now + timedelta(minutes=options.minutes - 1)))
    planned = await towns.plant(db, towns.plans(servers, first, last), now)
    town = towns.Town(tuple(servers), planned)
    port = _free_port()
    async with Press(now) as press:
        variables = environment(
            discord, COHORT_LOG_FORMAT="json", COHORT_HTTP_PORT=str(port), DATABASE_URL=database.url
        )
        variables |= press.environment()
        begun = time.monotonic()
        async with child(COHORT, variables, folder) as bot:
            await bot.line('"event": "ready"')
            say(
                f"ready after {time.monotonic() - begun:.1f} s: {len(servers)} servers, {len(planned)} feeds, {database.url.partition(':')[0]}"
            )
            await open_clubs(discord, town)
            run = Run(
                options.minutes, datetime.now(UTC), db, database, discord, press, town, bot, port, out,
                Log(), Ledger(), [], asyncio.Event(), asyncio.Event(), asyncio.Event(),
            )  # fmt: skip
            await carry_out(run)
            verdict = await judge(db, discord.world, town, press, run.ledger)
        said: list[Line] = [line for line in map(log_lines.read, bot.lines) if line is not None]
        if options.log:
            options.log.write_text("\n".join(bot.lines), encoding="utf-8")
        return report(run, verdict, log_lines.sort(said, run.log.now()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="make steady ARGS=", description="A long run under steady faults.")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--small", action="store_true", help="20 servers, about two minutes")
    parser.add_argument("--samples", type=Path, help="where the samples go, one JSON object a line")
    parser.add_argument("--log", type=Path, help="where everything that the bot logged goes")
    options: Any = parser.parse_args(arguments)
    if options.small:
        options.minutes, options.servers = 1.5, 20
    logging.disable(logging.CRITICAL)  # of this process; the bot's own log is read
    with TemporaryDirectory(prefix="cohort-steady-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        where = options.samples or Path(os.devnull)
        with where.open("w", encoding="utf-8") as out:
            return 0 if asyncio.run(_main(options, folder, out)) else 1


if __name__ == "__main__":
    sys.exit(main())
