"""One long story of crashes: a process is killed at some step, time passes, another takes over, and so on."""

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.storage.engine import Database
from tests.support import community
from tests.support.community import Tally
from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World
from tests.support.zygote import Spec, Zygote

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

PAUSES = (1, 5, 30, 58, 62, 95, 130, 400, 3600)
"""Seconds between a crash and the next process: on either side of the nonce's minute, of the lease, and of
the time for which Discord remembers a nonce."""

STEPS = 60
"""A process that delivers eight messages takes about 45 steps from the claim to the last receipt."""


@dataclass
class KillRun:
    """What to do."""

    zygote: Zygote
    db: Database
    folder: Path
    kills: int
    chance: random.Random
    mutation: str = ""
    until_repeated: bool = False
    """Whether to end as soon as something stands twice: a mutation has then been noticed."""
    enough: Callable[[], bool] = lambda: False
    """Asked between two kills: whether to end before there were as many as wanted, for want of time."""
    told: Callable[[int], None] = lambda _kills: None
    """Told after each kill how many there were."""


@dataclass(frozen=True)
class KillResult:
    """What came of it."""

    kills: int
    processes: int
    tally: Tally


async def kill_again_and_again(run: KillRun) -> KillResult:
    """Kill processes until `run.kills` have died, then let one finish; count what stands in the channels."""
    clock = LoopbackClock()
    clock.freeze(START.timestamp())
    world = World(clock)
    chance = run.chance
    async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
        place = await community.found(
            world, run.db, servers=5, feeds_each=4, now=START, styles=community.EVERY_STYLE
        )
        await community.announce(run.db, community.batch(3), START)
        kills = processes = day = 0
        while kills < run.kills and not run.enough():
            if not await community.undelivered(run.db):
                day += 1
                tomorrow = START + timedelta(days=day)
                clock.freeze(max(clock.now(), tomorrow.timestamp()))
                await community.announce(run.db, community.batch(3, day=day), _now(clock))
            # Early steps are rarer in a long run, so they are chosen as often as late ones.
            status = await run.zygote.run(
                _spec(run, discord, chance.randint(1, STEPS), chance.random() < 0.8)
            )
            processes += 1
            assert status in {0, -signal.SIGKILL}, (run.folder / "child.log").read_text()
            if status == -signal.SIGKILL:
                kills += 1
                run.told(kills)
            if run.until_repeated and (found := await _tally(run, world, place)).repeated:
                return KillResult(kills, processes, found)
            clock.advance(chance.choice(PAUSES))
        for _ in range(20):
            clock.advance(100)
            assert await run.zygote.run(_spec(run, discord)) == 0, (run.folder / "child.log").read_text()
            processes += 1
            if not await community.undelivered(run.db):
                break
        left = await community.undelivered(run.db)
        assert left == 0, f"{left} messages do not arrive, after {kills} kills"
        return KillResult(kills, processes, await _tally(run, world, place))


async def _tally(run: KillRun, world: World, place: community.Community) -> Tally:
    return community.tally(await community.expected(run.db), community.posted(world, place.channels))


def _spec(run: KillRun, discord: LoopbackDiscord, kill_at: int = 0, from_delivery: bool = False) -> Spec:
    return Spec(
        database_url=run.db.url,
        api_url=discord.base_url,
        gateway_url=discord.gateway_url,
        now=discord.clock.now(),
        log=str(run.folder / "child.log"),
        kill_at=kill_at,
        from_delivery=from_delivery,
        mutation=run.mutation,
    )


def _now(clock: LoopbackClock) -> datetime:
    return datetime.fromtimestamp(clock.now(), UTC)
