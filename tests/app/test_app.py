"""The contract of `create_app`: what other things rely on."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest
import simcord
from discord.ext import commands

from bot.app import create_app
from bot.clock import SystemClock
from bot.settings import Settings
from tests.cogs.world import said, texts

_watching: list[str] | None = None


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching is not None and (event in {"sqlite3.connect", "os.mkdir"} or event.startswith("socket.")):
        _watching.append(event)


sys.addaudithook(_audit)


def settings(folder: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{folder}/cohort.sqlite3",
        arxiv_rss_url="http://127.0.0.1:1/rss",
        arxiv_api_url="http://127.0.0.1:1/query",
        hf_papers_url="http://127.0.0.1:1/daily",
    )


def test_making_it_needs_no_loop_and_does_no_io(tmp_path: Path) -> None:
    global _watching  # noqa: PLW0603 - an audit hook cannot be taken away again
    host = socket.gethostname()  # asked for its name only
    seen: list[str] = []
    _watching = seen
    try:
        app = create_app(settings(tmp_path))
    finally:
        _watching = None
    assert host
    assert set(seen) <= {"socket.gethostname"}
    assert list(tmp_path.iterdir()) == []
    assert isinstance(app.bot, commands.Bot)
    assert isinstance(app.clock, SystemClock)
    assert app.services.feeds is not None
    assert app.bot.user is None


def test_making_it_for_a_server_that_is_not_there(tmp_path: Path) -> None:
    create_app(Settings(database_url="postgresql://nobody:nothing@127.0.0.1:1/none"))


async def test_simcord_alone_is_enough(tmp_path: Path) -> None:
    """Nobody entered it, nobody gave a clock."""
    app = create_app(settings(tmp_path))
    async with simcord.run(app.bot) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("papers")
        owner = simcord.MemberActor(env, guild, guild.owner)
        result = await owner.slash(channel, "feed list")
        assert "No feeds yet" in said(result)
        assert "feed papers" in owner.available_commands(channel)
        await app.run_due()
        assert await app.next_due() is None
    await app.bot.close()
    with pytest.raises(RuntimeError, match="not open"):
        _ = app.db.engine


async def test_closing_the_bot_twice_is_harmless(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    async with simcord.run(app.bot):
        pass
    await app.bot.close()
    await app.bot.close()
    await app.__aexit__()


async def test_what_somebody_else_opened_the_bot_does_not_close(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    async with app:
        async with simcord.run(app.bot):
            pass
        await app.bot.close()
        assert await app.next_due() is None
    with pytest.raises(RuntimeError, match="not open"):
        _ = app.db.engine


async def test_entering_twice_is_harmless(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    assert await app.__aenter__() is app
    engine = app.db.engine
    assert await app.__aenter__() is app
    assert app.db.engine is engine
    await app.__aexit__()
    await app.__aexit__()


async def test_it_can_be_entered_again_after_closing(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    for _ in range(2):
        async with app:
            assert await app.next_due() is None


async def test_the_client_is_lean(tmp_path: Path) -> None:
    bot = create_app(settings(tmp_path)).bot
    assert [name for name, wanted in bot.intents if wanted] == ["guilds"]
    assert bot.allowed_mentions is not None
    assert dict(bot.allowed_mentions.to_dict()) == {"parse": []}
    assert bot._connection.max_messages is None
    assert not any(wanted for _, wanted in bot._connection.member_cache_flags)
    assert bot.help_command is None


async def test_messages_are_not_read(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path))
    async with simcord.run(app.bot) as env:
        guild = env.create_guild()
        channel = guild.create_text_channel("lounge")
        somebody = guild.add_member(env.create_user("ben"))
        await somebody.send(channel, "!help")
        assert [texts(message) for message in channel.history()] == [["!help"]]
    await app.bot.close()
