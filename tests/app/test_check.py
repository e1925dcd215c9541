"""`cohort check`: what is said, and whether the bot could run."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from typer.testing import CliRunner

from bot.check import Finding, run_checks
from bot.cli import app
from bot.invite import PERMISSIONS, invite_url
from bot.settings import Settings
from tests.support.clock import FakeClock
from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World

ROOT = Path(__file__).parents[2]
EMPTY = (
    b'<?xml version="1.0"?><rss version="2.0"><channel><title>cs.LG updates on arXiv.org</title>'
    b"<link>http://rss.arxiv.org/rss/cs.LG</link><description>none today</description></channel></rss>"
)
FIELDS = ("arxiv_rss", "arxiv_api", "hf_papers", "deadlines", "devpost", "mlh", "zindi", "hackclub")


TOKEN = "MTIzNDU2Nzg5MDEyMzQ1Njc4.GabcdE.abcdefghijklmnopqrstuvwxyz0123456789AB"
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def loopback() -> LoopbackDiscord:
    return LoopbackDiscord(World(LoopbackClock(NOW.timestamp), token=TOKEN))


@asynccontextmanager
async def sources() -> AsyncIterator[str]:
    """Yield where everything answers and arXiv's list is one of a quiet day."""

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(body=EMPTY, content_type="application/rss+xml")

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def settings(folder: Path, base: str, **more: Any) -> Settings:
    urls = {f"{name}_url": f"{base}/{name}" for name in FIELDS}
    return Settings.load(
        _env_file=None, **{"database_url": f"sqlite:///{folder}/cohort.sqlite3", **urls, **more}
    )


def words(findings: list[Finding], *, fine: bool = True) -> str:
    return "\n".join(finding.words for finding in findings if finding.fine == fine)


async def test_all_is_well(tmp_path: Path) -> None:
    async with sources() as base, loopback() as discord:
        found = await run_checks(
            settings(tmp_path, base, discord_token=TOKEN, discord_api_url=discord.base_url), FakeClock(NOW)
        )
    assert words(found, fine=False) == ""
    assert not any(finding.note for finding in found)
    assert invite_url(discord.world.application_id) in words(found)
    assert "clock is right" in words(found)
    assert TOKEN not in words(found)


async def test_what_is_missing_is_said_with_its_remedy(tmp_path: Path) -> None:
    found = await run_checks(
        settings(tmp_path / "nowhere", "http://127.0.0.1:9", discord_token="not-a-token"), FakeClock(NOW)
    )
    wrong = words(found, fine=False)
    assert "DISCORD_TOKEN does not look like a bot token" in wrong
    assert "does not exist. Create it." in wrong
    assert "COHORT_ARXIV_RSS_URL" in wrong
    assert "not-a-token" not in wrong + words(found)
    # The rest goes on without them.
    (note,) = [finding for finding in found if finding.note]
    assert note.fine
    assert "COHORT_HF_PAPERS_URL" in note.words
    assert "/feed deadlines" in note.words


async def test_a_token_that_discord_refuses(tmp_path: Path) -> None:
    async with sources() as base, loopback() as discord:
        other = TOKEN[:-6] + "aaaaaa"
        found = await run_checks(
            settings(tmp_path, base, discord_token=other, discord_api_url=discord.base_url), FakeClock(NOW)
        )
    assert "Discord does not accept DISCORD_TOKEN" in words(found, fine=False)


@pytest.mark.parametrize("by", [timedelta(minutes=2), timedelta(minutes=-2)])
async def test_a_clock_that_is_off(tmp_path: Path, by: timedelta) -> None:
    async with sources() as base, loopback() as discord:
        mine = settings(tmp_path, base, discord_token=TOKEN, discord_api_url=discord.base_url)
        found = await run_checks(mine, FakeClock(NOW + by))
    assert "seconds off Discord's" in words(found, fine=False)


def test_the_command_exits_with_what_it_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COHORT_LOG_LEVEL", "loud")
    result = CliRunner().invoke(app, ["check"])
    assert result.exit_code == 1
    assert "✗ COHORT_LOG_LEVEL" in result.output


def test_the_readme_names_the_permissions_that_are_asked_for() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.partition("| permission | what for |")[2].partition("\n\n")[0]
    rows = [row.split("|")[1:3] for row in table.splitlines() if row.startswith("| ")]
    named = {name.strip() for names, what in rows if "not asked for" not in what for name in names.split(",")}
    assert named == set(PERMISSIONS)
