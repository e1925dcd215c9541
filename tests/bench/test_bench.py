"""The harness: what a row says, which modules are measured, what is written. No figure is judged here."""

import importlib
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import discord
import pytest

from bench.__main__ import main, measure, measurements, sized, table
from bench.interactions import load
from bench.processes import child, environment, memory
from bench.rows import KEYS, Row, Size, Target, as_dicts
from tests.loopback.clients import PlainBot, Running
from tests.support.loopback import LoopbackDiscord, add_club


@pytest.mark.parametrize(
    ("target", "said", "met"),
    [
        (Target("≤", 2), "≤ 2 × baseline", True),
        (Target("≤", 1.4), "≤ 1.4 × baseline", False),
        (Target("≥", 1.5), "≥ 1.5 × baseline", True),
        (Target("≥", 1.6), "≥ 1.6 × baseline", False),
        (Target("≤", 3, of="ours"), "≤ 3 s", True),
        (Target("≤", 0.2, of="ours"), "≤ 0.2 s", False),
        (Target("≥", 4, of="ours"), "≥ 4 s", False),
        (None, None, None),
    ],
)
def test_a_row_knows_whether_its_target_is_met(
    target: Target | None, said: str | None, met: bool | None
) -> None:
    row = Row("start", 3, 2, "s", target).as_dict()
    assert tuple(row) == KEYS
    assert row == {
        "name": "start",
        "ours": 3.0,
        "baseline": 2.0,
        "ratio": 1.5,
        "unit": "s",
        "target": said,
        "met": met,
    }


def test_a_fault_undoes_a_target() -> None:
    row = Row("posts", 50, 50, "posts/s", Target("≥", 0.95), note="600 posts", fault="1 answer of 429")
    assert row.as_dict()["met"] is False
    assert row.remark() == "1 answer of 429; 600 posts"
    assert Row("posts", 50, 50, "posts/s", fault="1 answer of 429").as_dict()["met"] is False


def test_a_baseline_of_nothing_gives_no_ratio() -> None:
    row = Row("x", 1, 0, "s", Target("≤", 2)).as_dict()
    assert row["ratio"] is None
    assert row["met"] is False


def test_figures_are_rounded_to_what_they_are_worth() -> None:
    row = Row("x", 1234.56789, 0.000123456, "s").as_dict()
    assert (row["ours"], row["baseline"]) == (1235.0, 0.0001235)


def test_plain_mappings_are_rows_too() -> None:
    (row,) = as_dicts(
        [{"name": "queries", "ours": 3, "baseline": 2, "unit": "s", "target": "≤ 2 ×", "met": True}]
    )
    assert tuple(row) == KEYS
    assert (row["ratio"], row["target"], row["met"]) == (1.5, "≤ 2 ×", True)


def test_a_target_that_is_a_number_is_put_into_words() -> None:
    (row,) = as_dicts([{"name": "queries", "ours": 3, "unit": "s", "target": 2.5}])
    assert (row["target"], row["ratio"], row["met"]) == ("2.5 s", None, None)
    assert "2.5 s" in table({"rows": [row], "notes": {}, "failed": {}})


@pytest.mark.parametrize("row", [{"ours": 1}, {"name": ""}, {"name": "x", "mine": 1}])
def test_a_mapping_that_is_no_row_is_refused(row: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a row has a name"):
        as_dicts([row])


def test_a_measurement_may_do_without_a_size() -> None:
    def with_size(size: Size) -> list[Row]:
        return [Row(size, 1, 1, "s")]

    def without() -> list[dict[str, Any]]:
        return [{"name": "plain"}]

    results = measure({"a": sized(with_size), "b": sized(without)}, Size.SMALL)
    assert [row["name"] for row in results["rows"]] == ["small", "plain"]
    assert results["failed"] == {}


def test_one_that_fails_holds_up_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(size: Size) -> list[Row]:
        raise RuntimeError("no such thing")

    def fine(size: Size) -> list[Row]:
        return [Row("fine", 2, 1, "s", Target("≤", 1), note="twice as slow")]

    results = measure({"broken": broken, "fine": fine}, Size.FULL)
    assert results["failed"] == {"broken": "RuntimeError: no such thing"}
    assert results["notes"] == {"fine": "twice as slow"}
    shown = table(results)
    assert "! broken failed: RuntimeError: no such thing" in shown
    assert "* fine: twice as slow" in shown
    assert shown.splitlines()[1].split() == ["fine", "2", "1", "2", "s", "≤", "1", "×", "baseline", "NO"]
    assert "no such thing" in capsys.readouterr().err


def test_an_interruption_keeps_what_is_known() -> None:
    def fine(size: Size) -> list[Row]:
        return [Row("fine", 2, 1, "s")]

    def interrupted(size: Size) -> list[Row]:
        raise KeyboardInterrupt

    results = measure({"a": fine, "b": interrupted, "c": fine}, Size.FULL)
    assert [row["name"] for row in results["rows"]] == ["fine"]
    assert results["failed"] == {"b": "stopped", "c": "stopped"}


def test_every_module_with_a_run_is_measured() -> None:
    assert {"startup", "memory", "posts", "due-tick", "interactions", "imports"} <= set(measurements())


def test_a_module_that_cannot_be_imported_fails_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "bench_of_a_test"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "broken.py").write_text("import there_is_no_such_module", encoding="utf-8")
    (package / "rows.py").write_text("KEYS = ()", encoding="utf-8")
    (package / "works.py").write_text("NAME = 'fine'\ndef run():\n    return []\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    results = measure(measurements(importlib.import_module(package.name)), Size.SMALL)
    assert list(results["failed"]) == ["broken"]
    assert "there_is_no_such_module" in results["failed"]["broken"]


def test_what_is_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    output = tmp_path / "results.json"
    assert main(["--only", "imports", "--small", "--output", str(output)]) == 0
    results = json.loads(output.read_text(encoding="utf-8"))
    assert [tuple(row) for row in results["rows"]] == [KEYS, KEYS]
    assert all(row["ours"] > 0 and row["baseline"] > 0 and row["ratio"] > 0 for row in results["rows"])
    assert {row["unit"] for row in results["rows"]} == {"s", "MiB"}
    assert datetime.fromisoformat(results["taken_at"]).tzinfo is not None
    assert results["machine"]["cpus"] > 0
    assert results["size"] == "small"
    assert all(row["name"] in capsys.readouterr().out for row in results["rows"][:1])


def test_an_unknown_name_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["--only", "nonsense", "--output", str(tmp_path / "results.json")])
    assert refusal.value.code == 2
    assert "no such measurement: nonsense" in capsys.readouterr().err
    assert not (tmp_path / "results.json").exists()


async def test_a_child_is_read_measured_and_ended(tmp_path: Path) -> None:
    program = "import sys, time; print('getting ready 3'); time.sleep(60)"
    async with child(("-c", program), environment(), tmp_path) as running:
        assert await running.line("ready", 20) == "getting ready 3"
        if sys.platform == "linux":
            assert 1 < memory(running.pid).now < 500
    assert running.process.returncode == -15


async def test_a_child_that_ends_early_tells_what_it_said(tmp_path: Path) -> None:
    async with child(("-c", "print('cannot')"), environment(), tmp_path) as running:
        with pytest.raises(RuntimeError, match="cannot"):
            await running.line("ready", 20)


def test_a_child_gets_no_settings_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a secret")
    monkeypatch.setenv("COHORT_SHARD_COUNT", "4")
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere")
    made = environment()
    assert not {"DISCORD_TOKEN", "COHORT_SHARD_COUNT", "DATABASE_URL"} & set(made)
    assert made["COHORT_ARXIV_RSS_URL"] == "http://127.0.0.1:9"


async def test_a_load_counts_answers_and_waits() -> None:
    async with LoopbackDiscord() as server:
        club = add_club(server.world)
        asked = 0
        with server.pointed():
            bot = PlainBot()

            @bot.tree.command(description="Answer")
            async def ping(interaction: discord.Interaction[PlainBot]) -> None:
                nonlocal asked
                asked += 1
                await interaction.response.send_message("Pong.", ephemeral=True)

            async with Running(bot, server):
                result = await load(
                    server,
                    lambda: server.slash(club.ada, club.general, "ping", wait="sent"),
                    at_once=4,
                    count=12,
                )
    assert asked == 12
    assert result.failed == 0
    assert result.rate > 0
    assert 0 < result.p50 <= result.p99
