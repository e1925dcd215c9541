"""Fixtures for every test: databases of both kinds, a clock that stands still, no network."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, settings
from sqlalchemy.engine import URL

from bot.storage.engine import Database
from tests.support import databases
from tests.support.clock import FakeClock

pytest_plugins = ["tests.support.offline", "tests.support.economy"]

# A clock that is not ours says nothing on a machine that does other things as well.
settings.register_profile("cohort", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("cohort")


@pytest.fixture(scope="session")
def postgres() -> Iterator[URL]:
    """A PostgreSQL server, started when the first test asks for it."""
    # Not below pytest's own folder: as root the server runs as another user, and every pytest that
    # starts (a worker of xdist, another terminal) closes /tmp/pytest-of-root to other users again.
    with TemporaryDirectory(prefix="cohort-pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        with databases.postgres_server(Path(folder) / "data") as url:
            yield url


@pytest.fixture(scope="session")
def postgres_template(postgres: URL) -> URL:
    """The server, with a migrated template to copy."""
    _apart(databases.make_template(postgres))
    return postgres


@pytest.fixture(scope="session")
def postgres_database(postgres_template: URL) -> Iterator[databases.Emptied]:
    """A database of this session's own, that its tests use one after the other."""
    database = databases.Emptied(postgres_template)
    yield database
    _apart(database.drop())


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    _apart(databases.migrate(f"sqlite+aiosqlite:///{path}"))
    return path


def _apart(work: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine on a loop of its own: these fixtures are asked for while the tests' loop runs."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty, migrated database; each test runs once on each kind.

    What makes sense on one alone says so: `@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)`.
    """
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "cohort.sqlite3"
        shutil.copy(template, path)
        yield f"sqlite+aiosqlite:///{path}"
        return
    database: databases.Emptied = request.getfixturevalue("postgres_database")
    if request.node.get_closest_marker("changes_schema"):
        database = databases.Emptied(request.getfixturevalue("postgres_template"), uses=1)
    yield await database.take()
    await database.give_back()


@pytest_asyncio.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated, empty database."""
    database = Database(database_url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest.fixture
def clock() -> FakeClock:
    """A clock at midnight UTC on 1 January 2026."""
    return FakeClock()
