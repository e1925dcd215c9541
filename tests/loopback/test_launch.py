"""A process goes to Discord before the rest of it is there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from filelock import FileLock

from bot.app import create_app
from bot.client import client_for
from bot.clock import SystemClock
from bot.launch import LOGIN_COSTS_S, Launch
from bot.storage.engine import Database
from bot.storage.lock import DatabaseInUse
from tests.support import databases
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, settings_for

# All on the real clock, as a process is: nothing here depends on what it shows.


@pytest.fixture
async def loopback() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as server:
        with server.pointed():
            yield server


async def test_who_comes_before_the_program_is_there_waits_for_it(
    loopback: LoopbackDiscord, db: Database
) -> None:
    club = add_club(loopback.world)
    async with serving(db.url, loopback, SystemClock()):
        pass  # Discord knows the commands from an earlier run
    settings = settings_for(db.url, loopback)
    bot = client_for(settings, SystemClock())
    bot._connection.guild_ready_timeout = 0.05
    bot.hold()
    async with bot:
        gateway = asyncio.create_task(bot.start(loopback.world.token))
        await bot.connected.wait()
        # Neither the command nor the button exists yet.
        command = asyncio.create_task(loopback.slash(club.moderator, club.general, "feed list"))
        await loopback.wait_for(lambda: len(bot._waiting) == 1, what="the command to arrive")
        assert not command.done()
        app = create_app(settings, bot=bot)
        following = asyncio.create_task(app.follow())
        answer = await command
        assert answer.reply is not None
        assert "No feeds yet" in answer.reply.text
        await following
        later = await loopback.slash(club.moderator, club.general, "feed list")
        assert later.reply is not None
        await bot.close()
        await app.leave()
        with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
            await gateway
    with pytest.raises(RuntimeError, match="not open"):
        _ = app.db.engine


async def test_who_cannot_be_let_in_in_time_hears_it(
    loopback: LoopbackDiscord, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.client.HELD_AT_MOST_S", 0.0)
    club = add_club(loopback.world)
    async with serving(db.url, loopback, SystemClock()):
        pass
    bot = client_for(settings_for(db.url, loopback), SystemClock())
    bot.hold()
    async with bot:
        gateway = asyncio.create_task(bot.start(loopback.world.token))
        await bot.connected.wait()
        answer = await loopback.slash(club.moderator, club.general, "feed list")
        assert answer.reply is not None
        assert "Try again in a moment" in answer.reply.text
        assert (
            await loopback.autocomplete(club.moderator, club.general, "feed papers", "categories", "cs") == []
        )
        bot.let_in()  # nobody is handled twice
        await bot.close()
        with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
            await gateway


async def test_it_serves_and_stops(loopback: LoopbackDiscord, db: Database) -> None:
    club = add_club(loopback.world)
    launch = Launch(settings_for(db.url, loopback))
    launch.bot._connection.guild_ready_timeout = 0.05
    running = asyncio.create_task(launch.run(loopback.world.token))
    await loopback.wait_for(lambda: bool(loopback.world.commands[None]), what="the commands to be known")
    answer = await loopback.slash(club.moderator, club.general, "feed list")
    assert answer.reply is not None
    await launch.stop()
    await running
    assert loopback.gateway.closes == [4000]  # resumable


async def test_a_program_that_cannot_be_opened_ends_the_process_when_the_login_is_paid_for(
    loopback: LoopbackDiscord, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert 86_400 / LOGIN_COSTS_S < 1000  # Discord allows so many logins a day
    add_club(loopback.world)
    path = tmp_path / "cohort.sqlite3"
    await databases.migrate(f"sqlite+aiosqlite:///{path}")
    path.write_bytes(b"no database at all" * 500)
    launch = Launch(settings_for(f"sqlite:///{path}", loopback), login_costs_s=1e9)
    running = asyncio.create_task(launch.run(loopback.world.token))
    await loopback.wait_for(lambda: "Discord counts logins" in caplog.text, what="the start to fail")
    assert not running.done()
    assert launch.bot.is_closed()
    await launch.stop()  # whoever asks need not wait
    with pytest.raises(Exception, match="not a database"):
        await running


async def test_a_file_in_use_is_refused_before_discord_is_asked(
    loopback: LoopbackDiscord, tmp_path: Path
) -> None:
    path = tmp_path / "cohort.sqlite3"
    with (
        FileLock(f"{path}.lock"),  # another one than the program's own, as another process has it
        pytest.raises(DatabaseInUse, match="Another Cohort is running"),
    ):
        await Launch(settings_for(f"sqlite:///{path}", loopback)).run(loopback.world.token)
    assert loopback.requests == []


async def test_a_refused_token_is_an_error_of_the_login(loopback: LoopbackDiscord, tmp_path: Path) -> None:
    launch = Launch(settings_for(f"sqlite:///{tmp_path}/cohort.sqlite3", loopback))
    with pytest.raises(discord.LoginFailure):
        await launch.run("not-the-token")
    assert loopback.gateway.identifies == []
