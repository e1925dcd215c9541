"""What happens when servers come in: once for all of them, and again where the database was away."""

import asyncio
import gc
from datetime import UTC, datetime
from typing import Any

import pytest
from discord import Guild
from sqlalchemy import event, select

from bot.app import App
from bot.storage import servers
from bot.storage.engine import Database
from bot.storage.tables import servers as server_rows
from tests.support.clock import FakeClock
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)
MANY = 40


def _statements(app: App) -> list[str]:
    """Return a list that every statement is appended to."""
    said: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(app.db.engine.sync_engine, "before_cursor_execute", note)
    return said


async def _again(app: App, discord: LoopbackDiscord) -> None:
    """Begin a new session and wait until its servers have come in and were looked at."""
    measures = app.bot.measures
    await discord.wait_for(lambda: measures.identifies == 1, 10, "the first session")
    discord.invalidate_session()
    await discord.wait_for(lambda: measures.identifies == 2, 10, "the new session")


async def test_a_new_session_asks_the_database_once_however_many_servers_it_has(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    for number in range(MANY):
        add_club(world, f"Club {number}")
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        said = _statements(app)
        await _again(app, discord)
        await app.run_due()
        assert len(app.bot.guilds) == MANY
        assert sum("feeds.server_id =" in each for each in said) < MANY


async def test_a_shard_that_begins_a_new_session_is_looked_at_as_well(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    clubs = [add_club(world, f"Club {shard}", guild_id=(1000 + shard) << 22) for shard in (0, 1)]
    async with (
        LoopbackDiscord(world) as discord,
        serving(db.url, discord, clock, shard_count=2, shard_ids="0-1") as app,
    ):
        await discord.wait_for(lambda: app.bot.is_ready() and not app.bot._arriving, 10, "both shards")
        async with app.db.write() as tx:
            for club in clubs:
                await tx.execute(server_rows.insert().values(id=club.guild))
            await servers.mark_left(tx, {club.guild for club in clubs}, clock.now())
        discord.invalidate_session()
        async with asyncio.timeout(10):
            # One shard may be done before the other connects, so it is the end that is waited for.
            while await _left(app) != [None, None]:
                await app.run_due()


async def test_servers_that_came_in_while_the_database_was_away_are_looked_at_later(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        async with app.db.write() as tx:
            await tx.execute(server_rows.insert().values(id=club.guild))
            await servers.mark_left(tx, {club.guild}, clock.now())
        away = True

        def refuse(_connection: Any) -> None:
            if away:
                raise ConnectionRefusedError

        event.listen(app.db.engine.sync_engine, "begin", refuse)
        await _again(app, discord)
        await discord.wait_for(lambda: app._to_see, 10, "the look that fails")
        away = False
        await app.run_due()
        async with app.db.read() as tx:
            assert await tx.scalar(select(server_rows.c.left_at)) is None


async def test_a_new_session_leaves_nothing_of_the_servers_before(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        gc.freeze()  # as a process does that has started: the collector passes over what is there
        try:
            await _again(app, discord)
            gc.disable()
            gc.unfreeze()
            kept = [each for each in gc.get_objects() if type(each) is Guild and each.id == club.guild]
            assert kept == [app.bot.get_guild(club.guild)]
        finally:
            gc.enable()
            gc.unfreeze()


async def test_the_servers_before_are_gone_when_those_of_a_new_session_come_in(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    counted: list[int] = []
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        begin = app.session_began

        async def begin_and_count() -> None:
            gc.disable()
            try:
                await begin()
                gc.unfreeze()
                counted.append(
                    sum(type(each) is Guild and each.id == club.guild for each in gc.get_objects())
                )
            finally:
                gc.enable()

        monkeypatch.setattr(app, "session_began", begin_and_count)
        gc.freeze()  # as a process does that has started
        try:
            await _again(app, discord)
        finally:
            gc.unfreeze()
    assert counted == [1]


@pytest.mark.parametrize("told_as", ["server_joined", "server_back"])
async def test_whoever_invites_it_again_keeps_everything(
    db: Database, monkeypatch: pytest.MonkeyPatch, told_as: str
) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with db.write() as tx:
        await servers.greet(tx, club.guild, MORNING)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await discord.wait_for(lambda: app.bot.measures.identifies == 1, 10, "the session")
        done = _done(app, monkeypatch, "server_left", told_as)
        world.set_presence(club.guild, has_bot=False)
        await discord.wait_for(lambda: done == ["server_left"], 10, "the end")
        assert await _left(app) == [clock.now()]
        if told_as == "server_joined":
            world.set_presence(club.guild, has_bot=True)
        else:  # as at the end of an outage
            world.guilds[club.guild].has_bot = True
            world.set_presence(club.guild)
        await discord.wait_for(lambda: told_as in done, 10, "the return")
        assert await _left(app) == [None]


def _done(app: App, monkeypatch: pytest.MonkeyPatch, *names: str) -> list[str]:
    """Return a list to which the names of some of the app's methods are appended when they have come to their end."""
    done: list[str] = []

    def watched(name: str, method: Any) -> Any:
        async def call(server_id: int) -> None:
            await method(server_id)
            done.append(name)

        return call

    for name in names:
        monkeypatch.setattr(app, name, watched(name, getattr(app, name)))
    return done


async def _left(app: App) -> list[datetime | None]:
    async with app.db.read() as tx:
        return list((await tx.scalars(select(server_rows.c.left_at))).all())
