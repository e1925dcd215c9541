"""The world around the bot fails: days down, places lost, gateways dropped, processes killed and stopped."""

from pathlib import Path

import pytest

from bot.storage.engine import Database
from bot.storage.lock import DatabaseInUse, sole_user
from tests.faults import scenarios
from tests.support.community import Tally
from tests.support.zygote import Spec, Zygote


async def test_after_seven_days_down_each_feed_posts_once(db: Database) -> None:
    result = await scenarios.days_down(db, days=7, count=500)
    assert (result.tally.lost, result.tally.repeated) == (0, 0)
    assert result.most_posts == 1
    assert result.unaccounted == 0


async def test_lost_places_lose_no_configuration_and_no_paper(db: Database) -> None:
    result = await scenarios.places_lost(db, count=20)
    assert (result.tally.lost, result.tally.repeated) == (0, 0)
    assert result.configurations_lost == 0
    assert result.unaccounted == 0


async def test_a_dropped_gateway_is_resumed(db: Database) -> None:
    result = await scenarios.gateway_drops(db, count=20)
    assert (result.tally.lost, result.tally.repeated) == (0, 0)
    assert result.tally.messages == 200
    assert (result.identifies, result.resumes) == (1, 20)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite: see the next test
async def test_four_processes_share_the_work(db: Database, zygote: Zygote, tmp_path: Path) -> None:
    tally = await scenarios.many_processes(db, zygote, tmp_path, feeds=2000, processes=4, seed=7)
    assert tally == Tally(messages=2000, lost=0, repeated=0)


async def test_a_second_process_on_one_file_is_refused(zygote: Zygote, tmp_path: Path) -> None:
    path = tmp_path / "cohort.sqlite3"
    log = tmp_path / "child.log"
    spec = Spec(f"sqlite:///{path}", "http://127.0.0.1:9/api", "ws://127.0.0.1:9/", 0, str(log), mode="serve")
    with sole_user(path):
        assert await zygote.run(spec) == 1
        assert "Another Cohort is running on" in log.read_text()
        with sole_user(path):  # the same process may come back for it
            pass
    assert issubclass(DatabaseInUse, Exception)


async def test_sigterm_in_a_burst_loses_nothing(db: Database, zygote: Zygote, tmp_path: Path) -> None:
    result = await scenarios.sigterm(db, zygote, tmp_path, count=10)  # on each of the two databases
    assert (result.tally.lost, result.tally.repeated) == (0, 0)
    assert result.slowest_s <= 10
