"""From starting the process to READY: `cohort run` against the bare bot.

The clock stops when the loopback accepts IDENTIFY and sends READY. discord.py's own wait for the list of servers
(two seconds, the same for both) comes after that and is left out: it would only flatter the ratio.
"""

import asyncio
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import BARE, COHORT, PATIENCE_S, child, environment
from bench.rows import Row, Size, Target
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord

NAME = "startup"

TARGET = Target("≤", 2)


def run(size: Size) -> list[Row]:
    """Start each in turn and take the medians."""
    return asyncio.run(_measure(size.pick(7, 1)))


async def _measure(times: int) -> list[Row]:
    bare, first, again = [], [], []
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        folder = Path(name)
        async with LoopbackDiscord(schema=None, keep_requests=False) as discord:
            add_club(discord.world)
            for program in (BARE, COHORT):  # compiled and in the page cache from here on
                await _start(discord, program, folder, folder / "warm.sqlite3")
            for number in range(times):
                database = folder / f"{number}.sqlite3"
                bare.append(await _start(discord, BARE, folder, database))
                first.append(await _start(discord, COHORT, folder, database))
                again.append(await _start(discord, COHORT, folder, database))
    of = f"median of {times}, one server, SQLite"
    baseline = statistics.median(bare)
    return [
        Row("start to READY", statistics.median(again), baseline, "s", TARGET, note=of),
        Row(
            "start to READY, first time",
            statistics.median(first),
            baseline,
            "s",
            TARGET,
            note=f"{of}; makes the database and syncs the commands",
        ),
    ]


async def _start(discord: LoopbackDiscord, program: tuple[str, ...], folder: Path, database: Path) -> float:
    seen = len(discord.gateway.identifies)
    variables = environment(discord, database)
    begun = time.perf_counter()
    async with child(program, variables, folder) as bot:
        identified = asyncio.create_task(
            discord.wait_for(lambda: len(discord.gateway.identifies) > seen, PATIENCE_S, "IDENTIFY")
        )
        ended = asyncio.create_task(bot.process.wait())
        await asyncio.wait({identified, ended}, return_when=asyncio.FIRST_COMPLETED)
        seconds = time.perf_counter() - begun
        ended.cancel()
        if not identified.done():
            identified.cancel()
            raise RuntimeError("the bot ended before it was READY:\n" + "\n".join(bot.lines[-30:]))
        identified.result()
    return seconds
