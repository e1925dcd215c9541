"""Waits for a turn at a host that asks for a pause between requests, which all processes share."""

from datetime import timedelta
from urllib.parse import urlsplit

from bot.clock import Clock, sleep
from bot.storage import sources
from bot.storage.engine import Database


async def wait_for_turn(
    db: Database, clock: Clock, url: str, interval: timedelta, *, at_most: timedelta
) -> None:
    """Book the next free moment at the host of `url` and wait until then, never longer than `at_most`."""
    host = (urlsplit(url).netloc or "nowhere")[:255]
    async with db.write() as tx:
        pause = await sources.reserve(tx, host, clock.now(), interval, at_most=at_most)
    if pause > timedelta():
        await sleep(clock, pause.total_seconds())
