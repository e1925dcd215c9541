"""Digest posts per second through the outbox: against Discord's 50 a second, and against a bare loop of sends."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from bench.processes import BARE, PATIENCE_S, child, environment
from bench.rows import Row, Size, Target
from bot.clock import SystemClock
from bot.domain.feeds import Style
from bot.storage.engine import Database
from tests.support import community, databases
from tests.support.loopback.limits import Limits
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World

NAME = "posts"

OURS: Final = ("-m", "bench.children.outbox")
CEILING: Final = 50.0
"""Requests a second that Discord allows a bot: https://discord.com/developers/docs/topics/rate-limits"""

SERVERS: Final = 10


def run(size: Size) -> list[Row]:
    """Deliver the same kind of digests twice, with the pace and without, and let the bare bot send as many."""
    return asyncio.run(_measure(size.pick(600, 60)))


async def _measure(count: int) -> list[Row]:
    paced, refusals = await _ours(count, wait=True)
    hasty, _ = await _ours(count, wait=False)
    bare = await _bare(count)
    said = f"{count} posts, {refusals} answers of 429; without the first fifty, which may go out at once"
    fault = f"{refusals} answers of 429" if refusals else ""
    return [
        Row(
            "posts, with pace, against 50 a second",
            _rate(paced, at_once=min(int(CEILING), count // 2)),
            CEILING,
            "posts/s",
            Target("≥", 0.95),
            note=said,
            fault=fault,
        ),
        Row("posts, with pace, against a bare loop", _rate(paced), _rate(bare), "posts/s"),
        Row(
            "posts, without pace, against a bare loop",
            _rate(hasty),
            _rate(bare),
            "posts/s",
            note=f"SQLite; building the {count} digests before took {hasty['building']:.1f} s",
        ),
    ]


def _rate(said: dict[str, Any], *, at_once: int = 0) -> float:
    """Return the posts of a second; the first fifty, which may go out at once, are no measure of the others."""
    return float((said["sent"] - at_once) / said["seconds"])


async def _ours(count: int, *, wait: bool) -> tuple[dict[str, Any], int]:
    world = World()
    now = SystemClock().now()
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        database = Path(name) / "cohort.sqlite3"
        url = f"sqlite+aiosqlite:///{database}"
        await databases.migrate(url)
        db = Database(url)
        await db.open()
        try:
            await community.found(
                world,
                db,
                servers=SERVERS,
                feeds_each=count // SERVERS,
                now=now,
                limit=3,
                styles=(Style.DIGEST,),
            )
            await community.announce(db, community.batch(3), now)
        finally:
            await db.close()
        limits = Limits(enabled=wait)
        async with LoopbackDiscord(world, limits=limits, schema=None, keep_requests=False) as discord:
            variables = environment(discord, database, BENCH_WAIT=str(int(wait)))
            async with child(OURS, variables, Path(name)) as bot:
                said = json.loads((await bot.line("sent ", PATIENCE_S)).removeprefix("sent "))
            arrived = len(world.messages.all())
            if said["sent"] != count or arrived != count:
                heard = "\n".join(bot.lines[-20:])
                raise RuntimeError(f"{count} posts were due, {arrived} arrived; the bot said:\n{heard}")
            return said, discord.invalid_requests()


async def _bare(count: int) -> dict[str, Any]:
    world = World()
    for number in range(SERVERS):
        guild = world.add_guild(f"Club {number}")
        for channel in range(count // SERVERS):
            world.add_channel(guild.id, f"papers-{channel}")
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
            variables = environment(discord, BENCH_SEND=str(count))
            async with child(BARE, variables, Path(name)) as bot:
                said: dict[str, Any] = json.loads((await bot.line("sent ")).removeprefix("sent "))
                return said
