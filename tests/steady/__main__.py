"""The long run: `make steady`, or `make steady ARGS=--small` for about a minute and a half.

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
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import socket
from tempfile import TemporaryDirectory
from typing import Any, Final, TextIO

import aiohttp
import asyncpg
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from bench.processes import COHORT, Child, child, environment
from bot.domain.event_sources import site_key
from bot.domain.hackathons import Source
from bot.domain.sources import arxiv_key
from bot.storage import feeds
from bot.storage.buddies import rounds
from bot.storage.engine import Database
from bot.storage.tables import feeds as feed_rows
from bot.storage.tables import outbox, sources
from tests.steady import log_lines, samples
from tests.steady import town as towns
from tests.steady.log_lines import Line, Sorted, in_force
from tests.steady.people import Ledger, People, open_clubs
from tests.steady.press import CATEGORIES, EVERY, Press
from tests.steady.troubles import Log, Postgres, Sqlite, Troubles
from tests.steady.verdict import Verdict, judge
from tests.support import databases
from tests.support.loopback.limits import Limits
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World

SAMPLE_S: Final = 30.0
QUIET_S: Final = 60.0
"""At the end no more faults, and then no more people: what is under way comes to its end."""

DRAIN_S: Final = 15 * 60.0
"""How long at most what is due may take to arrive after that: a source that failed is asked again after minutes."""

CLUBS: Final = 12


@dataclass
class Run:
    """Everything of a run."""

    minutes: float
    began: datetime
    db: Database
    database: Postgres | Sqlite
    discord: LoopbackDiscord
    press: Press
    town: towns.Town
    bot: Child
    port: int
    out: TextIO
    log: Log
    ledger: Ledger
    taken: list[samples.Sample]
    quiet: asyncio.Event  # no more faults
    closed: asyncio.Event  # no more people
    over: asyncio.Event

    @property
    def pace(self) -> float:
        """How much closer together things are than in two hours."""
        return min(1.0, self.minutes / 30)


async def _run(run: Run) -> None:
    """Do it all, until everything that was due has arrived."""
    troubles = Troubles(run.discord, run.database, run.press, run.log, run.pace, run.quiet)
    people = People(run.discord, run.town, run.ledger, run.closed, seed=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(troubles.run())
        group.create_task(people.run(live_s=90 * max(run.pace, 0.3)))
        group.create_task(_hurry(run))
        group.create_task(_rounds(run))
        group.create_task(_look(run))
        group.create_task(_strain(run))
        seconds = run.minutes * 60
        quiet = min(QUIET_S, seconds / 8)
        await _wait(run, seconds - 2 * quiet)
        run.quiet.set()
        await _wait(run, seconds - quiet)
        run.closed.set()
        await _wait(run, seconds)
        await _drained(run)
        run.over.set()


async def _wait(run: Run, seconds: float) -> None:
    left = (run.began + timedelta(seconds=seconds) - datetime.now(UTC)).total_seconds()
    await asyncio.sleep(max(0.0, left))


async def _drained(run: Run) -> None:
    """Wait until no feed is due and no message on its way."""
    last = max(each.due_at for each in run.town.feeds)
    for look in range(round(DRAIN_S / 5)):
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            async with run.db.read() as tx:
                waiting = await tx.scalar(select(func.count()).where(outbox.c.state != "sent"))
                due = await tx.scalar(
                    select(func.count()).where(
                        feed_rows.c.id.in_([each.feed_id for each in run.town.feeds]),
                        feed_rows.c.slot_at <= datetime.now(UTC),
                    )
                )
            if not waiting and not due and datetime.now(UTC) > last + timedelta(seconds=15):
                return
            if look % 12 == 11:
                _say(f"still waiting for {waiting} messages on their way and {due} feeds that are due")
        await asyncio.sleep(5)


async def _hurry(run: Run) -> None:
    """Let one list after the other be read soon: the bot asks each but once an hour."""
    keys = [*map(arxiv_key, CATEGORIES), site_key(Source.HACK_CLUB)]
    turn = 0
    every = EVERY.total_seconds() * run.pace / 4
    while not await _over(run.closed, every):
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            async with run.db.write() as tx:
                await tx.execute(
                    update(sources)
                    .where(sources.c.key == keys[turn % len(keys)], sources.c.lease_owner.is_(None))
                    .values(next_check_at=datetime.now(UTC))
                )
            turn += 1


async def _rounds(run: Run) -> None:
    """Let a round of study buddies begin in one club after the other, a while after members could join."""
    clubs = run.town.clubs
    every = run.minutes * 60 * 0.7 / max(1, len(clubs))
    if await _over(run.closed, run.minutes * 60 * 0.2):
        return
    for club in clubs:
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            async with run.db.write() as tx:
                feed = await rounds.feed_of(tx, club.id)
                if feed is not None:
                    now = datetime.now(UTC)
                    await feeds.reschedule(tx, feed.id, since=now - timedelta(days=7), slot_at=now)
        if await _over(run.closed, every):
            return


async def _over(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _strain(run: Run) -> None:
    """Note the breaks in which this process, and so the bot, was not given the machine."""
    strain = samples.Strain()
    while not await _over(run.over, 0.25):
        if late := strain.beat(0.25):
            now = datetime.now(UTC)
            run.log.windows.append(log_lines.Window("machine", now - timedelta(seconds=late), now))
            run.log.counts["machine was busy"] += 1


async def _look(run: Run) -> None:
    """Take a sample every half minute, and print a line every minute."""
    timeout = aiohttp.ClientTimeout(total=10)
    every = max(3.0, SAMPLE_S * run.pace)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        number = 0
        while True:
            health, metrics = await samples.pages(session, run.port)
            if run.bot.process.returncode is not None:
                raise RuntimeError("the bot is gone; it said:\n" + "\n".join(run.bot.lines[-30:]))
            sample = samples.Sample(
                at_s=round((datetime.now(UTC) - run.began).total_seconds(), 1),
                **samples.look(run.bot.pid),
                health=health,
                posts=_posts(run.discord),
                answers=run.ledger.answers,
                unanswered=len(run.ledger.missed),
                faults=dict(run.log.counts),
                metrics=metrics,
            )
            run.taken.append(sample)
            run.out.write(sample.json() + "\n")
            run.out.flush()
            if number % 2 == 0:
                _say(_in_short(sample, run))
            number += 1
            if await _over(run.over, every):
                return


def _posts(discord: LoopbackDiscord) -> int:
    bot = discord.world.bot.id
    return sum(
        message.author_id == bot and message.seen_by is None for message in discord.world.messages.all()
    )


def _in_short(sample: samples.Sample, run: Run) -> str:
    troubles = [line for line in map(log_lines.read, run.bot.lines) if line is not None]
    unexplained = len(log_lines.sort(troubles, run.log.now()).unexplained)
    return (
        f"{sample.at_s / 60:6.1f} min  RSS {sample.rss:6.1f} + {sample.workers} × worker {sample.workers_rss:5.1f} MiB  "
        f"files {sample.files:3} threads {sample.threads:3}  cpu {sample.cpu_s:6.1f} s  posts {sample.posts:5}  "
        f"answers {sample.answers:5}  interactions {sum(run.ledger.done.values()):5} ({sample.unanswered} unanswered)  "
        f"faults {sum(sample.faults.values()):4}  log {len(troubles):4} ({unexplained} unexplained)  {sample.health}"
    )


def _say(text: str) -> None:
    print(text, flush=True)


# --- The end ---------------------------------------------------------------------------------------------


def _report(run: Run, verdict: Verdict, found: Sorted) -> bool:
    """Print what came of it; return whether all held."""
    flat = _report_memory(run)
    _say(f"faults: {', '.join(f'{what} {count}' for what, count in sorted(run.log.counts.items()))}")
    done = run.ledger.done
    _say(
        f"interactions {sum(done.values())}: {', '.join(f'{what} {count}' for what, count in done.most_common())}"
    )
    _say(
        f"live rounds {run.ledger.rounds}, profiles {len(run.ledger.joined)}, members deleted {len(run.ledger.deleted)}"
    )
    for what, count in run.ledger.odd.most_common(10):
        _say(f"  {count} × Discord would not: {what}")
    windows = run.log.now()
    blameless = [each for each in run.ledger.missed if not in_force(each.at, windows, timedelta(seconds=45))]
    _say(f"unanswered {len(run.ledger.missed)}, of them with no fault in force {len(blameless)}")
    for missed in blameless[:20]:
        _say(f"  {missed.at:%H:%M:%S} {missed.what[:200]}")
    for (fault, words), count in sorted(found.explained.items(), key=lambda pair: -pair[1]):
        _say(f"  log, by {fault}: {count} × {words[:200]}")
    for line in found.unexplained[:40]:
        at = f"{line.at:%H:%M:%S} " if line.at is not None else ""
        _say(f"  log, unexplained: {at}{line.level} {line.short[:400]}")
    for name, entries in (("lost", verdict.lost), ("repeated", verdict.repeated)):
        for entry in entries[:20]:
            _say(f"  {name}: {entry}")
    _say(
        f"messages {verdict.messages}, papers due {verdict.papers_due} of which shown {verdict.papers_shown}, "
        f"answers {verdict.answers}, lost {len(verdict.lost)}, repeated {len(verdict.repeated)}, "
        f"log lines explained {sum(found.explained.values())}, unexplained {len(found.unexplained)}, "
        f"minutes {(datetime.now(UTC) - run.began).total_seconds() / 60:.1f}"
    )
    return flat and not (verdict.lost or verdict.repeated or found.unexplained or blameless)


def _report_memory(run: Run) -> bool:
    warm_up = min(samples.WARM_UP_S, run.minutes * 60 / 3)
    trend = samples.trend([(each.at_s, each.rss) for each in run.taken], warm_up)
    if trend is None:
        _say("memory: too short a run to say")
        return True
    judged = run.minutes >= 30
    word = ("flat" if trend.is_flat else "GROWS") if judged else "too short a run to judge"
    _say(
        f"memory after {warm_up / 60:.0f} min: median {trend.first:.1f} MiB in the first third, {trend.middle:.1f} in the "
        f"middle, {trend.last:.1f} in the last ({trend.growth:+.1%}), slope {trend.slope:+.2f} MiB/h: {word}"
    )
    last = run.taken[-1]
    _say(
        f"at the end: RSS {last.rss:.1f} MiB (peak {last.peak:.1f}), files {last.files}, threads {last.threads}, "
        f"cpu {last.cpu_s:.0f} s, health {last.health}"
    )
    return trend.is_flat or not judged


# --- The beginning ---------------------------------------------------------------------------------------


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
    world = World()
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
            _say(
                f"ready after {time.monotonic() - begun:.1f} s: {len(servers)} servers, {len(planned)} feeds, {database.url.partition(':')[0]}"
            )
            await open_clubs(discord, town)
            run = Run(
                options.minutes, datetime.now(UTC), db, database, discord, press, town, bot, port, out,
                Log(), Ledger(), [], asyncio.Event(), asyncio.Event(), asyncio.Event(),
            )  # fmt: skip
            await _run(run)
            verdict = await judge(db, discord.world, town, press, run.ledger)
        said: list[Line] = [line for line in map(log_lines.read, bot.lines) if line is not None]
        if options.log:
            options.log.write_text("\n".join(bot.lines), encoding="utf-8")
        return _report(run, verdict, log_lines.sort(said, run.log.now()))


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="make steady ARGS=", description="A long run under steady faults.")
    parser.add_argument("--minutes", type=float, default=120)
    parser.add_argument("--servers", type=int, default=1000)
    parser.add_argument("--database", choices=["postgresql", "sqlite"], default="postgresql")
    parser.add_argument("--small", action="store_true", help="20 servers for a minute and a half")
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
