"""Transactions, pragmas and column types: what the rest of storage takes for granted."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import facts
from bot.storage.engine import TRUSTED_FOR_S, Database
from bot.storage.tables import facts as facts_table
from bot.storage.tables import feed_categories

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)


class Abort(Exception):
    pass


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> Database:
    path = tmp_path / "cohort.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return Database(f"sqlite+aiosqlite:///{path}")


async def count(tx: AsyncConnection) -> int:
    return await tx.scalar(select(func.count()).select_from(facts_table)) or 0


async def test_sqlite_keeps_every_commit_and_every_reference(sqlite: Database) -> None:
    await sqlite.open()
    try:
        # Several connections at once: a pragma that only the first one got would be worth nothing.
        async with sqlite.write() as first, sqlite.read() as second, sqlite.read() as third:
            for tx in (first, second, third):
                values = {
                    name: (await tx.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
                assert values == {
                    "journal_mode": "wal",
                    "synchronous": 2,  # FULL
                    "foreign_keys": 1,
                    "busy_timeout": 10_000,
                }
    finally:
        await sqlite.close()


async def test_a_reference_to_nothing_is_refused(db: Database) -> None:
    with pytest.raises(IntegrityError):
        async with db.write() as tx:
            await tx.execute(feed_categories.insert().values(feed_id=404, category="cs.LG", position=0))


async def test_forty_writers_at_once_keep_a_limit(db: Database) -> None:
    limit = 25

    async def add_one(number: int) -> bool:
        async with db.write() as tx:
            if not db.is_sqlite:
                # PostgreSQL has many writers: what is counted must be locked, as take_number does.
                await tx.execute(select(facts_table).where(facts_table.c.name == "lock").with_for_update())
            if await count(tx) - 1 >= limit:
                return False
            await asyncio.sleep(0)
            await facts.put(tx, f"fact {number}", "x", NOW)
            return True

    async with db.write() as tx:
        await facts.put(tx, "lock", "", NOW)
    added = await asyncio.gather(*(add_one(number) for number in range(40)))
    assert sum(added) == limit
    async with db.read() as tx:
        assert await count(tx) == limit + 1


async def test_two_handles_on_one_file_of_sqlite_keep_it_too(sqlite: Database) -> None:
    # The lock of one process does not reach the other: BEGIN IMMEDIATE does.
    other = Database(sqlite.url)
    limit = 10

    async def add_one(db: Database, number: int) -> None:
        async with db.write() as tx:
            if await count(tx) < limit:
                await facts.put(tx, f"fact {number}", "x", NOW)

    await sqlite.open()
    await other.open()
    try:
        await asyncio.gather(*(add_one((sqlite, other)[n % 2], n) for n in range(20)))
        async with sqlite.read() as tx:
            assert await count(tx) == limit
    finally:
        await sqlite.close()
        await other.close()


async def test_an_exception_takes_everything_back(db: Database) -> None:
    async def begin_and_fail() -> None:
        async with db.write() as tx:
            await facts.put(tx, "name", "value", NOW)
            raise Abort

    with pytest.raises(Abort):
        await begin_and_fail()
    async with db.read() as tx:
        assert await facts.get(tx, "name") is None
    async with db.write() as tx:  # and the next writer is not kept waiting
        await facts.put(tx, "name", "another", NOW)
    async with db.read() as tx:
        assert await facts.get(tx, "name") == "another"


async def test_a_cancelled_writer_leaves_nothing_and_lets_the_next_one_in(db: Database) -> None:
    inside = asyncio.Event()

    async def hang() -> None:
        async with db.write() as tx:
            await facts.put(tx, "name", "value", NOW)
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with db.write() as tx:
        assert await facts.get(tx, "name") is None
        await facts.put(tx, "name", "another", NOW)


async def test_a_reader_sees_one_state_and_waits_for_no_writer(db: Database) -> None:
    async with db.write() as tx:
        await facts.put(tx, "name", "old", NOW)
    async with db.write() as writer:
        await facts.put(writer, "name", "new", NOW)
        async with db.read() as reader:
            assert await facts.get(reader, "name") == "old"
    async with db.read() as reader:
        assert await facts.get(reader, "name") == "new"


async def test_a_fact_is_one_row_however_often_it_is_set(db: Database) -> None:
    async with db.write() as tx:
        for value in ("one", "two", "three"):
            await facts.put(tx, "name", value, NOW)
        assert await facts.get(tx, "name") == "three"
        assert await count(tx) == 1


async def test_a_naive_time_is_refused(db: Database) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="naive"):
        async with db.write() as tx:
            await facts.put(tx, "name", "value", naive)
    with pytest.raises(StatementError, match="naive"):
        async with db.read() as tx:
            await tx.execute(select(facts_table).where(facts_table.c.updated_at > naive))


async def test_an_instant_comes_back_as_itself_in_utc(db: Database) -> None:
    moment = datetime(2026, 3, 29, 2, 30, 0, 123456, tzinfo=timezone(timedelta(hours=5, minutes=45)))
    async with db.write() as tx:
        await facts.put(tx, "name", "value", moment)
        stored = await tx.scalar(select(facts_table.c.updated_at))
        same = await tx.scalar(select(func.count()).where(facts_table.c.updated_at == moment))
    assert stored == moment
    assert stored.utcoffset() == timedelta()
    assert same == 1


async def test_a_database_that_is_not_open_says_so() -> None:
    with pytest.raises(RuntimeError, match="not open"):
        async with Database("sqlite+aiosqlite://").read():
            pass


async def test_values_stay_out_of_error_messages(db: Database) -> None:
    row = {"name": "name", "value": "a member's answer", "updated_at": NOW}
    with pytest.raises(IntegrityError) as raised:
        async with db.write() as tx:
            await tx.execute(facts_table.insert(), [row, row])
    assert "a member's answer" not in str(raised.value)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_connections_that_the_server_closed_are_replaced(db: Database) -> None:
    """As after a restart of PostgreSQL: whoever comes next notices nothing."""
    pids: list[int] = []
    closed: list[asyncio.Event] = []
    async with db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            driver: Any = (await connection.get_raw_connection()).driver_connection
            pids.append(driver.get_server_pid())
            closed.append(heard := asyncio.Event())
            driver.add_termination_listener(lambda _connection, heard=heard: heard.set())
    admin = Database(db.url)
    await admin.open()
    try:
        async with admin.write() as tx:
            for pid in pids:
                assert await tx.scalar(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    finally:
        await admin.close()
    await asyncio.gather(*(heard.wait() for heard in closed))
    for _ in range(3):
        async with db.read() as tx:
            assert await tx.scalar(text("SELECT pg_backend_pid()")) not in pids


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize(("rested", "asked"), [(TRUSTED_FOR_S - 10, 0), (TRUSTED_FOR_S + 10, 1)])
async def test_only_a_connection_that_rested_is_asked_whether_it_works(
    db: Database, rested: float, asked: int
) -> None:
    async with db.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        entry: Any = raw._connection_record
        driver: Any = raw.driver_connection
    entry.info["cohort_used_at"] -= rested
    queries: list[str] = []
    driver.add_query_logger(lambda record: queries.append(record.query))
    async with db.read() as tx:
        assert await tx.scalar(text("SELECT 1")) == 1
    assert queries.count(";") == asked


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_connection_that_rested_and_does_not_answer_is_replaced(db: Database) -> None:
    async with db.engine.connect() as connection:
        raw = await connection.get_raw_connection()
        entry: Any = raw._connection_record
        driver: Any = raw.driver_connection
        pid = driver.get_server_pid()
        # In a transaction that the pool knows nothing of: to be asked in a new one is an error.
        await driver.execute("BEGIN")
    entry.info["cohort_used_at"] -= TRUSTED_FOR_S + 10
    async with db.read() as tx:
        assert await tx.scalar(text("SELECT pg_backend_pid()")) != pid


async def test_closing_waits_for_what_is_under_way_and_lets_nothing_begin(db: Database) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def work() -> int | None:
        async with db.read() as tx:
            begun.set()
            await go_on.wait()
            found: int | None = await tx.scalar(text("SELECT 1"))
            return found

    working = asyncio.create_task(work())
    await begun.wait()
    closing = asyncio.create_task(db.close())
    await asyncio.sleep(0)
    with pytest.raises(RuntimeError, match="not open"):
        async with db.read():
            pass
    go_on.set()
    await closing
    assert await working == 1


async def test_on_postgresql_the_connection_that_was_used_last_is_used_next(db: Database) -> None:
    """Each connection prepares, and keeps, every statement that it is given."""
    if db.is_sqlite:
        return  # its connections prepare nothing that lasts

    async def used(tx: AsyncConnection) -> int:
        return int(await tx.scalar(select(func.pg_backend_pid())) or 0)

    async with db.read() as first, db.read() as second, db.read() as third:
        assert len({await used(first), await used(second), await used(third)}) == 3
    pids = set()
    for _ in range(6):
        async with db.read() as tx:
            pids.add(await used(tx))
    assert len(pids) == 1
