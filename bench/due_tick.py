"""One look at 50,000 feeds of which 2,000 are due, against the same rows selected and updated by hand.

Nothing is there to be posted, so every due feed is claimed and moved on to its next slot: the least a tick does.
"""

import asyncio
import sqlite3
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from datetime import time as wall_time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import asyncpg
from sqlalchemy import func, select, update
from sqlalchemy.engine import URL, make_url

from bench.rows import Row, Size, Target
from bot.clock import SystemClock
from bot.domain.digests import Digest, Rendered
from bot.domain.schedule import Schedule, next_slot
from bot.services.digests import DigestService
from bot.storage.engine import Database
from bot.storage.tables import digests, feed_categories, feeds, servers
from tests.support import community, databases
from tests.support.clock import FakeClock

NAME = "due-tick"

TARGET: Final = Target("≤", 0.2, of="ours")
FEEDS_EACH: Final = 5
CHUNK: Final = 5_000

_SELECT: Final = "SELECT id FROM feeds WHERE state = 'active' AND next_run_at <= {} ORDER BY next_run_at, id"
_UPDATE: Final = "UPDATE feeds SET since = {}, slot_at = {}, next_run_at = {}, last_run_at = {} WHERE id = {}"


@dataclass(frozen=True)
class Bed:
    """A database with its feeds."""

    db: Database
    feeds: int
    due: int
    now: datetime
    next_at: datetime


def run(size: Size) -> list[Row]:
    """Measure on both databases."""
    count, due, times = size.pick((50_000, 2_000, 5), (500, 20, 1))
    with TemporaryDirectory(prefix="cohort-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL runs as another user where this is root
        return asyncio.run(_measure(folder, count, due, times))


async def _measure(folder: Path, count: int, due: int, times: int) -> list[Row]:
    rows = []
    rows += await ticks_on(
        "SQLite", f"sqlite+aiosqlite:///{folder / 'cohort.sqlite3'}", bare_sqlite, count, due, times
    )
    with databases.postgres_server(folder / "data") as server:
        async with _database(server) as url:
            rows += await ticks_on("PostgreSQL", url, bare_postgres, count, due, times)
    return rows


@asynccontextmanager
async def _database(server: URL) -> AsyncIterator[str]:
    name = f"bench_{uuid.uuid4().hex}"
    url = await databases.create(server, name, template="template1")
    try:
        yield url
    finally:
        await databases.drop(server, name)


async def ticks_on(
    kind: str, url: str, bare: Callable[[Bed, str], Awaitable[float]], count: int, due: int, times: int
) -> list[Row]:
    """Measure the ticks on one database, which is empty so far; `bare` does the same by hand."""
    await databases.migrate(url)
    db = Database(url)
    await db.open()
    try:
        bed = await _make(db, count, due)
        await _make_due(bed)
        await _tick(
            bed, expected=due
        )  # once before, so that statements are compiled, as they are in a running bot
        ours, by_hand, empty, select_alone = [], [], [], []
        for _ in range(times):
            await _make_due(bed)
            ours.append(await _tick(bed, expected=due))
            empty.append(await _tick(bed, expected=0))
            await _make_due(bed)
            by_hand.append(await bare(bed, url))
            select_alone.append(await bare(bed, url))
    finally:
        await db.close()
    what = f"due tick, {due:,} of {count:,}, {kind}"
    note = "fsync is off" if kind == "PostgreSQL" else "synchronous=FULL"
    seconds = statistics.median(ours)
    per_feed = seconds / due * 1000
    return [
        Row(
            what,
            seconds,
            statistics.median(by_hand),
            "s",
            TARGET,
            note=f"{note}; {per_feed:.2f} ms a feed, five hundred to a transaction",
        ),
        Row(
            f"empty tick, {count:,}, {kind}",
            statistics.median(empty) * 1000,
            statistics.median(select_alone) * 1000,
            "ms",
        ),
    ]


async def _make(db: Database, count: int, due: int) -> Bed:
    now = SystemClock().now().replace(second=0, microsecond=0)
    schedule = Schedule(wall_time(now.hour, now.minute), "UTC", frozenset(range(7)))
    later = now + timedelta(hours=3)
    values: dict[str, Any] = {
        "kind": "papers",
        "style": "digest",
        "max_items": 10,
        "time": schedule.time.strftime("%H:%M"),
        "zone": "UTC",
        "days": "0123456",
        "state": "active",
        "created_by": 1,
        "created_at": now - timedelta(days=1),
        "state_changed_at": now - timedelta(days=1),
        "since": now - timedelta(days=1),
    }
    rows = [
        values
        | {
            "id": number,
            "server_id": 1 + number // FEEDS_EACH,
            "number": 1 + number % FEEDS_EACH,
            "channel_id": number,
            "slot_at": later + timedelta(seconds=number),
            "next_run_at": later + timedelta(seconds=number),
        }
        for number in range(1, count + 1)
    ]
    async with db.write() as tx:
        for table, made in (
            (servers, [{"id": number} for number in range(1, 2 + count // FEEDS_EACH)]),
            (feeds, rows),
            (
                feed_categories,
                [{"feed_id": row["id"], "category": community.CATEGORY, "position": 0} for row in rows],
            ),
        ):
            for start in range(0, len(made), CHUNK):
                await tx.execute(table.insert(), made[start : start + CHUNK])
    await community.announce(db, community.batch(0), now)
    if not db.is_sqlite:
        async with db.engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.exec_driver_sql("ANALYZE")
    return Bed(db, count, due, now, next_slot(schedule, now))


async def _make_due(bed: Bed) -> None:
    """Make every so many a feed due, from all over the table."""
    step = bed.feeds // bed.due
    async with bed.db.write() as tx:
        await tx.execute(
            update(feeds)
            .where(feeds.c.id % step == 0, feeds.c.id <= step * bed.due)
            .values(slot_at=bed.now, next_run_at=bed.now)
        )
        await tx.execute(digests.delete())  # the slot is written down again


async def _tick(bed: Bed, *, expected: int) -> float:
    """Time Cohort's own tick and see that it moved on what it should."""
    service = DigestService(bed.db, FakeClock(bed.now), _render_nothing)
    before = await _due(bed)
    begun = time.perf_counter()
    await service.build_due()
    seconds = time.perf_counter() - begun
    after = await _due(bed)
    if (before, after) != (expected, 0):
        raise RuntimeError(f"{expected} feeds were to be due, {before} were, {after} still are")
    return seconds


async def _due(bed: Bed) -> int:
    async with bed.db.read() as tx:
        return await tx.scalar(select(func.count()).where(feeds.c.next_run_at <= bed.now)) or 0


def _render_nothing(digest: Digest) -> list[Rendered]:
    raise AssertionError(f"feed {digest.feed.id} has something to post")


async def bare_sqlite(bed: Bed, url: str) -> float:
    """Select and update the due feeds by hand; return the seconds that takes."""
    path = url.partition(":///")[2]
    now, later = (f"{moment:%Y-%m-%d %H:%M:%S}.000000" for moment in (bed.now, bed.next_at))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = FULL")
        begun = time.perf_counter()
        connection.execute("BEGIN IMMEDIATE")
        ids = [row[0] for row in connection.execute(_SELECT.format("?"), (now,))]
        connection.executemany(_UPDATE.format(*"?????"), [(now, later, later, now, number) for number in ids])
        connection.execute("COMMIT")
        return time.perf_counter() - begun


async def bare_postgres(bed: Bed, url: str) -> float:
    """As on SQLite."""
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    connection = await asyncpg.connect(address)
    try:
        begun = time.perf_counter()
        async with connection.transaction():
            found = await connection.fetch(_SELECT.format("$1") + " FOR UPDATE SKIP LOCKED", bed.now)
            await connection.executemany(
                _UPDATE.format("$1", "$2", "$3", "$4", "$5"),
                [(bed.now, bed.next_at, bed.next_at, bed.now, row["id"]) for row in found],
            )
        return time.perf_counter() - begun
    finally:
        await connection.close()
