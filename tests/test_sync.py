"""Commands are synced when they changed, not at every start (200 creates a day is the limit)."""

import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
import simcord
from discord import app_commands
from discord.ext import commands
from sqlalchemy import text

from bot.app import App, create_app
from bot.commands import fingerprint, sync_if_changed
from bot.settings import Settings
from tests.cogs.world import World, open_world, said


class Extra(commands.Cog):
    @app_commands.command()
    async def extra(self, interaction: object) -> None:
        """Be one command more."""


@pytest_asyncio.fixture
async def world(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, template=sqlite_template) as world:
        yield world


def syncs(world: World) -> int:
    return len([r for r in world.env.http_requests if r.method == "PUT" and r.path.endswith("/commands")])


async def restart_with(world: World, *cogs: Callable[[App], commands.Cog]) -> None:
    old = world.app
    world.app = create_app(world.settings, clock=world.clock, extra_cogs=cogs)
    await world.env.restart_bot(world.app.bot)
    await old.bot.close()


async def test_the_first_start_syncs_and_the_next_ones_do_not(world: World) -> None:
    assert syncs(world) == 1
    for _ in range(3):
        await world.restart()
    assert syncs(world) == 1
    assert "No feeds yet" in said(await world.feed("list"))


async def test_a_changed_command_is_synced(world: World) -> None:
    before = fingerprint(world.app.bot.tree)
    await restart_with(world, lambda _: Extra())
    assert fingerprint(world.app.bot.tree) != before
    assert syncs(world) == 2
    assert "extra" in world.mod.available_commands(world.lounge)
    await restart_with(world, lambda _: Extra())
    assert syncs(world) == 2
    await restart_with(world)
    assert syncs(world) == 3
    assert "extra" not in world.mod.available_commands(world.lounge)


async def test_commands_that_discord_lost_are_synced_again(world: World) -> None:
    """Another program used the same token."""
    world.env.backend.commands[None].clear()
    await world.restart()
    assert syncs(world) == 2
    assert "feed list" in world.mod.available_commands(world.lounge)


async def test_commands_that_are_not_ours_are_taken_away(world: World) -> None:
    stray = {"name": "stray", "description": "Not ours", "type": 1}
    ours = list(world.env.backend.commands[None].values())
    kept = [{k: v for k, v in c.items() if k not in {"id", "application_id"}} for c in ours]
    world.env.backend.register_commands(None, [*kept, stray])
    await world.restart()
    assert "stray" not in world.mod.available_commands(world.lounge)


async def test_a_failing_sync_does_not_stop_the_start(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(Settings(database_url=f"sqlite:///{tmp_path}/cohort.sqlite3"))
    env = simcord.Env(app.bot, strict_sync=False)
    env.inject_error("PUT", "/applications/*/commands", status=403, code=50001)
    await env.start()
    try:
        assert app.bot.is_ready()
        [record] = [r for r in caplog.records if r.levelno >= logging.WARNING]
        assert record.getMessage() == "commands could not be synced"
        assert vars(record)["code"] == 50001
        # It is tried again: nothing was written down.
        assert await sync_if_changed(app.bot.tree, app.db, app.clock)
        assert not await sync_if_changed(app.bot.tree, app.db, app.clock)
    finally:
        await env.shutdown()
        await app.bot.close()


@pytest.mark.parametrize(
    "error", [aiohttp.ClientConnectionError("gone"), ConnectionResetError(), TimeoutError()]
)
async def test_a_connection_that_breaks_does_not_stop_the_start(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    """discord.py does not retry these and lets them through."""

    async def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(world.app.bot.http, "bulk_upsert_global_commands", broken)
    async with world.app.db.write() as tx:
        await tx.execute(text("DELETE FROM facts"))
    assert not await sync_if_changed(world.app.bot.tree, world.app.db, world.clock)
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == [
        "commands could not be synced"
    ]
