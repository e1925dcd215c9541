"""The whole program, connected to a loopback Discord, in the test's own process."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import discord

from bot.app import App, create_app
from bot.clock import Clock
from bot.settings import Settings
from tests.support.clock import FakeClock
from tests.support.community import undelivered
from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World


def world_on(clock: FakeClock) -> World:
    """Return an empty world whose time is the test's."""
    return World(LoopbackClock(lambda: clock.now().timestamp()))


def settings_for(database_url: str, loopback: LoopbackDiscord, **more: Any) -> Settings:
    """Return settings that point at the loopback and at no arXiv."""
    return Settings.load(
        _env_file=None,
        database_url=database_url,
        discord_token=loopback.world.token,
        discord_api_url=loopback.base_url,
        discord_gateway_url=loopback.gateway_url,
        arxiv_rss_url="http://127.0.0.1:9/rss",
        arxiv_api_url="http://127.0.0.1:9/query",
        hf_papers_url="http://127.0.0.1:9/daily",
        **more,
    )


_SOON = timedelta(hours=12)


@asynccontextmanager
async def serving(
    database_url: str, loopback: LoopbackDiscord, clock: Clock, **more: Any
) -> AsyncIterator[App]:
    """Yield an app whose client has its servers."""
    with loopback.pointed():
        app = create_app(settings_for(database_url, loopback, **more), clock=clock)
        app.bot._connection.guild_ready_timeout = 0.05
        app.bot.before_identify_hook = _at_once  # type: ignore[assignment]  # else 5 s before each shard
        async with app, app.bot:
            gateway = asyncio.create_task(app.bot.start(loopback.world.token))
            ready = asyncio.create_task(app.bot.wait_until_ready())
            await asyncio.wait({gateway, ready}, return_when=asyncio.FIRST_COMPLETED)
            if gateway.done():
                gateway.result()
            try:
                yield app
            finally:
                await app.bot.close()
                with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
                    await gateway


async def _at_once(_shard: int | None, *, initial: bool = False) -> None:
    del initial


async def deliver(app: App, clock: FakeClock, *, rounds: int = 40, step_s: float = 31) -> None:
    """Build and deliver, and let time pass, until nothing waits; at most `rounds` times."""
    for _ in range(rounds):
        await app.services.digests.build_due()
        await app.outbox.deliver_due()
        moment = await app.next_due()
        if not await undelivered(app.db) and (moment is None or moment > clock.now() + _SOON):
            return
        clock.advance(seconds=step_s)
