"""Resident memory of the running bot with few servers and with many, against the bare bot.

Each server has 20 channels and 50 roles; no members are cached. The database exists and is up to date.
"""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.processes import BARE, COHORT, Memory, child, environment, settled
from bench.rows import Row, Size, Target
from tests.support import databases
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World

NAME = "memory"

CHANNELS: Final = 20
ROLES: Final = 50
TARGETS: Final = {1: Target("≤", 1.6), 2500: Target("≤", 1.3)}


def run(size: Size) -> list[Row]:
    """Start both with each number of servers."""
    return [asyncio.run(rss_with(count)) for count in size.pick((1, 1000, 2500), (1, 20))]


async def rss_with(count: int) -> Row:
    """Start both with so many servers."""
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        folder = Path(name)
        await databases.migrate(f"sqlite+aiosqlite:///{folder / 'cohort.sqlite3'}")
        async with LoopbackDiscord(world_of(count), schema=None, keep_requests=False) as discord:
            discord.gateway.replay_size = 1
            bare, _ = await _resident(discord, BARE, folder)
            ours, troubles = await _resident(discord, COHORT, folder)
    peaks = f"at the most {ours.peak:.0f} MiB, bare {bare.peak:.0f} MiB" if ours.peak and bare.peak else ""
    said = f"{len(troubles)} warnings or errors logged, such as: {troubles[0][:200]}" if troubles else ""
    return Row(
        f"RSS with {count:,} server{'s' if count > 1 else ''}",
        ours.now,
        bare.now,
        "MiB",
        TARGETS.get(count),
        note=peaks,
        fault=said,
    )


def world_of(count: int) -> World:
    """Return a world with so many servers."""
    world = World()
    for number in range(count):
        guild = world.add_guild(f"Club {number}", owner=world.owner_id)
        for role in range(ROLES - 2):  # with @everyone and the bot's own
            world.add_role(guild.id, f"role {role}")
        for channel in range(CHANNELS):
            world.add_channel(guild.id, f"channel-{channel}")
    return world


async def _resident(
    discord: LoopbackDiscord, program: tuple[str, ...], folder: Path
) -> tuple[Memory, list[str]]:
    variables = environment(discord, folder / "cohort.sqlite3", COHORT_LOG_LEVEL="INFO")
    async with child(program, variables, folder) as bot:
        await bot.line("ready")
        resident = await settled(bot.pid)
        # That no source can be reached from here is as it should be.
        odd = [line for line in bot.lines if " WARNING " in line or " ERROR " in line]
        return resident, [line for line in odd if "cannot be reached" not in line]
