"""`cohort export` and `cohort import`: a server's settings from one database to another."""

import asyncio
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.services.feeds.states import establish
from bot.storage.engine import Database
from tests.support.clock import START
from tests.support.fakes import plan

CLUB = 771000


def run(path: Path, *arguments: str, monkeypatch: pytest.MonkeyPatch) -> Result:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{path}")
    with ThreadPoolExecutor(1) as thread:  # the command line has a loop of its own
        return thread.submit(CliRunner().invoke, app, arguments).result()


def filled(path: Path) -> None:
    async def fill() -> None:
        db = Database(f"sqlite+aiosqlite:///{path}")
        await db.open()
        async with db.write() as tx:
            chosen = plan(server_id=CLUB, channel_id=771_100_000_000_000_000, query="gan")
            await establish(tx, chosen, created_by=771007, now=START, since=START)
        await db.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, fill()).result()


def test_from_one_database_to_another(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other, file = tmp_path / "one.sqlite3", tmp_path / "other.sqlite3", tmp_path / "club.yaml"
    shutil.copy(sqlite_template, one)
    shutil.copy(sqlite_template, other)
    filled(one)
    done = run(one, "export", str(CLUB), "--out", str(file), monkeypatch=monkeypatch)
    assert done.exit_code == 0, done.output
    assert "<#771100000000000000>" in file.read_text()
    assert "771007" not in file.read_text()
    assert "go by their ids" in file.read_text()
    assert "/setup import" not in file.read_text()
    looked = run(other, "import", str(CLUB), str(file), monkeypatch=monkeypatch)
    assert "1 change: nothing is changed yet" in looked.output, looked.output
    assert "feed : new" in looked.output or "feed: new" in looked.output
    assert "feeds" not in run(other, "export", str(CLUB), monkeypatch=monkeypatch).output.split("cohort:")[1]
    assert "done" in run(other, "import", str(CLUB), str(file), "--yes", monkeypatch=monkeypatch).output
    assert run(other, "export", str(CLUB), monkeypatch=monkeypatch).output == file.read_text()
    again = run(other, "import", str(CLUB), str(file), "--yes", monkeypatch=monkeypatch)
    assert again.output == "Nothing to change.\n"


def test_refusals(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, file = tmp_path / "one.sqlite3", tmp_path / "club.yaml"
    shutil.copy(sqlite_template, path)
    file.write_text("cohort: 1\nbuddies: {channel: '#papers'}\n")
    done = run(path, "import", str(CLUB), str(file), monkeypatch=monkeypatch)
    assert done.exit_code == 1
    assert "only Discord knows" in done.output
    file.write_text("cohort: 1\nbuddies: {channel: '<#5>'}\n")
    assert run(path, "import", str(CLUB), str(file), "--yes", monkeypatch=monkeypatch).exit_code == 0
