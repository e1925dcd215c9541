"""From starting the process to READY: `cohort run` against the bare bot.

The clock stops when the loopback accepts IDENTIFY and sends READY. discord.py's own wait for the list of servers
(two seconds, the same for both) comes after that and is left out: it would only flatter the ratio.

From READY on Discord hands interactions over. Cohort reads most of itself only then, so a second row has a member
ask at that very moment, and stops when the answer is there.
"""

import asyncio
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.processes import BARE, COHORT, PATIENCE_S, child, environment
from bench.rows import Row, Size, Target
from tests.support.loopback.seed import Club, add_club
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
            club = add_club(discord.world)

            async def start(program: tuple[str, ...], database: Path) -> float:
                return await _start(discord, club, program, folder, database)

            for program in (BARE, COHORT):  # compiled and in the page cache from here on
                await start(program, folder / "warm.sqlite3")
            for number in range(times):
                database = folder / f"{number}.sqlite3"
                bare.append(await start(BARE, database))
                first.append(await start(COHORT, database))
                again.append(await start(COHORT, database))
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
        Row(
            "start to the first answer",
            await _answer(COHORT, "feed list", times),
            await _answer(BARE, "ping", times),
            "s",
            note=f"{of}; to somebody who asks at READY",
        ),
    ]


async def _answer(program: tuple[str, ...], command: str, times: int) -> float:
    """Return the median of the seconds until somebody who asks at READY is answered."""
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        folder = Path(name)
        database = folder / "cohort.sqlite3"
        async with LoopbackDiscord(schema=None, keep_requests=False) as discord:
            club = add_club(discord.world)
            async with child(program, environment(discord, database), folder) as bot:
                await bot.line("ready")  # the commands are known from here on
            return statistics.median(
                [await _start(discord, club, program, folder, database, command) for _ in range(times)]
            )


async def _start(
    discord: LoopbackDiscord,
    club: Club,
    program: tuple[str, ...],
    folder: Path,
    database: Path,
    command: str = "",
) -> float:
    """Return the seconds to READY, or to the answer to a command that is asked then."""
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
        while command:  # on a slow machine people are asked to come again
            answer = await discord.slash(club.moderator, club.general, command, patience=PATIENCE_S)
            seconds = time.perf_counter() - begun
            if "just been restarted" not in answer.reply.text:
                break
    return seconds
