"""Cohort's own way from due feeds to posts: builds the digests, delivers them, says how long that took.

With BENCH_WAIT=0 its clock moves instead of waiting, so that the outbox runs without its pace.
"""

import asyncio
import contextlib
import json
import logging
import os
import time
from datetime import datetime, timedelta

import discord

from bot.app import create_app
from bot.clock import SystemClock
from bot.settings import Settings


class HastyClock:
    """The machine's clock, but whoever waits by it finds the time gone at once."""

    def __init__(self) -> None:
        self._real = SystemClock()
        self._ahead = timedelta()

    def now(self) -> datetime:
        return self._real.now() + self._ahead

    async def sleep(self, seconds: float) -> None:
        self._ahead += timedelta(seconds=seconds)


async def deliver() -> dict[str, float]:
    wait = os.environ.get("BENCH_WAIT", "1") != "0"
    settings = Settings.load(_env_file=None)
    assert settings.discord_token is not None
    app = create_app(settings, clock=SystemClock() if wait else HastyClock())
    app.bot._connection.guild_ready_timeout = 0.2  # noqa: SLF001 - two seconds that are not measured
    async with app, app.bot:
        gateway = asyncio.create_task(app.bot.start(settings.discord_token.get_secret_value()))
        ready = asyncio.create_task(app.bot.wait_until_ready())
        await asyncio.wait({gateway, ready}, return_when=asyncio.FIRST_COMPLETED)
        if gateway.done():
            gateway.result()
        begun = time.perf_counter()
        digests = await app.services.digests.build_due()
        built = time.perf_counter()
        sent = await app.outbox.deliver_due()
        done = time.perf_counter()
        await app.bot.close()
        with contextlib.suppress(asyncio.CancelledError, discord.DiscordException):
            await gateway
    return {"digests": digests, "building": built - begun, "sent": sent, "seconds": done - built}


def main() -> None:
    logging.disable(logging.INFO)
    print(f"sent {json.dumps(asyncio.run(deliver()))}", flush=True)


if __name__ == "__main__":
    main()
