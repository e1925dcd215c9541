"""One visit to the connection's thread for a statement, and none that leaves a transaction open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from bot.storage import facts
from bot.storage.engine import Database
from bot.storage.tables import facts as table

NOW = datetime(2026, 1, 1, 9, tzinfo=UTC)


@pytest.fixture
def file(sqlite_template: Path, tmp_path: Path) -> Path:
    path = tmp_path / "cohort.sqlite3"
    path.write_bytes(sqlite_template.read_bytes())
    return path


@pytest.fixture
async def sqlite(file: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{file}")
    await db.open()
    yield db
    await db.close()


@pytest.fixture
def visits(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return what is asked of connections' threads from now on."""
    seen: list[Any] = []
    ask: Any = aiosqlite.Connection._execute

    async def noted(self: Any, work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        seen.append(arguments)
        return await ask(self, work, *arguments, **options)

    monkeypatch.setattr(aiosqlite.Connection, "_execute", noted)
    return seen


async def test_a_statement_takes_its_begin_along_and_brings_its_rows_back(
    sqlite: Database, visits: list[Any]
) -> None:
    async with sqlite.read() as tx:
        await tx.execute(select(table))
    visits.clear()  # the connection is there, and its statement compiled
    async with sqlite.read() as tx:
        assert (await tx.execute(select(table))).all() == []
        assert (await tx.execute(select(table))).all() == []
    assert len(visits) == 2
    visits.clear()
    async with sqlite.write() as tx:
        await facts.put(tx, "one", "1", NOW)
    assert len(visits) == 2  # the statement and the commit
    visits.clear()
    async with sqlite.write() as tx:
        pass
    assert visits == []


async def test_what_is_told_of_a_statement_is_right(sqlite: Database) -> None:
    async with sqlite.write() as tx:
        rows = [{"name": f"fact {number}", "value": "x", "updated_at": NOW} for number in range(3)]
        assert (await tx.execute(insert(table), rows)).rowcount == 3
        assert (await tx.execute(update(table).values(value="y"))).rowcount == 3
        found = await tx.execute(select(table.c.name, table.c.value).order_by(table.c.name))
        assert list(found.keys()) == ["name", "value"]
        assert found.first() == ("fact 0", "y")
        first = (await tx.execute(text("SELECT 1 WHERE 0"))).first()
        assert first is None
        with pytest.raises(IntegrityError):
            await tx.execute(insert(table), rows[:1])


async def test_a_reader_sees_one_moment(sqlite: Database) -> None:
    async with sqlite.read() as reader:
        assert await facts.get(reader, "one") is None
        async with sqlite.write() as writer:
            await facts.put(writer, "one", "1", NOW)
        assert await facts.get(reader, "one") is None
    async with sqlite.read() as reader:
        assert await facts.get(reader, "one") == "1"


@pytest.mark.parametrize("turns", range(1, 12))
@pytest.mark.parametrize("kind", ["read", "write"])
async def test_who_gives_up_in_the_middle_leaves_the_connection_in_order(
    sqlite: Database, kind: str, turns: int
) -> None:
    """At whatever turn of the loop: before the statement, while it runs, at the commit."""

    async def work() -> None:
        async with sqlite.read() if kind == "read" else sqlite.write() as tx:
            await tx.execute(
                text(
                    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000) SELECT i FROM n"
                )
            )
            if kind == "write":
                await facts.put(tx, "half", "done", NOW)

    task = asyncio.create_task(work())
    for _ in range(turns):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})
    for number in range(5):  # more than one connection may be in the pool
        async with sqlite.write() as tx:
            await facts.put(tx, "whole", str(number), NOW)
        async with sqlite.read() as tx, sqlite.read() as other:
            assert await facts.get(tx, "whole") == await facts.get(other, "whole") == str(number)
            if task.cancelled():
                assert await facts.get(tx, "half") in {None, "done"}  # never a part of it
