"""Commands per second and how long people wait, with 8 and with 64 of them asking at once.

To measure another command, add a `Case`: `begin` makes what has to be there and returns the action, a slash command
or a press on a button.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, Self

from bench.processes import BARE, COHORT, child, environment
from bench.rows import Row, Size, Target
from tests.support.loopback.interactions import Interaction
from tests.support.loopback.seed import Club, add_club
from tests.support.loopback.server import LoopbackDiscord

NAME = "interactions"

AT_ONCE: Final = (8, 64)
WAIT_S: Final = 15.0
"""An answer that takes longer counts as failed. Discord itself takes none after three seconds."""

Action = Callable[[], Awaitable[Interaction]]


@dataclass(frozen=True)
class Case:
    """A command to measure. The action is sent, not waited for (`wait="sent"`)."""

    name: str
    begin: Callable[[LoopbackDiscord, Club], Awaitable[Action]]
    target: Target | None = None  # of the answers a second, against the bare bot's
    p99_ms: float | None = None  # the longest that the hundredth may wait, with 64 at once


async def _feed_list(discord: LoopbackDiscord, club: Club) -> Action:
    for categories in ("cs.LG", "cs.CL, cs.AI", "stat.ML"):
        made = await discord.slash(
            club.moderator,
            club.general,
            "feed papers",
            channel=club.papers,
            categories=categories,
            patience=WAIT_S,
        )
        assert "stat.ML" not in categories or made.reply.text
    return lambda: discord.slash(club.moderator, club.general, "feed list", wait="sent")


async def _role_info(discord: LoopbackDiscord, club: Club) -> Action:
    # As most people ask: with an entry of the list that is offered while they type.
    return lambda: discord.slash(club.ada, club.general, "role info", name="role:ml-engineer", wait="sent")


async def _ping(discord: LoopbackDiscord, club: Club) -> Action:
    return lambda: discord.slash(club.ada, club.general, "ping", wait="sent")


CASES: Final = (
    Case("/feed list", _feed_list),
    Case("/role info", _role_info, Target("≥", 0.6), p99_ms=100),
)


@dataclass(frozen=True)
class Load:
    """What came of asking `count` times: answers a second, and seconds waited."""

    rate: float
    p50: float
    p99: float
    failed: int


def run(size: Size) -> list[Row]:
    """Ask both bots in the same way."""
    return asyncio.run(_measure(size.pick(1000, 64)))


async def _measure(count: int) -> list[Row]:
    bare = await _loads(BARE, Case("/ping", _ping), count)
    rows = []
    for case in CASES:
        ours = await _loads(COHORT, case, count)
        for at_once in AT_ONCE:
            rows += _rows(case, at_once, ours[at_once], bare[at_once])
    return rows


def _rows(case: Case, at_once: int, ours: Load, bare: Load) -> list[Row]:
    who = f"{case.name}, {at_once} at once"
    p99 = Target("≤", case.p99_ms, of="ours") if case.p99_ms is not None and at_once == max(AT_ONCE) else None
    fault = f"{ours.failed} not answered, bare {bare.failed}" if ours.failed or bare.failed else ""
    return [
        Row(f"{who}: answers", ours.rate, bare.rate, "1/s", case.target, fault=fault),
        Row(f"{who}: p50", ours.p50 * 1000, bare.p50 * 1000, "ms"),
        Row(f"{who}: p99", ours.p99 * 1000, bare.p99 * 1000, "ms", p99),
    ]


async def _loads(program: tuple[str, ...], case: Case, count: int) -> dict[int, Load]:
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        folder = Path(name)
        async with LoopbackDiscord(schema=None, keep_requests=False) as discord:
            club = add_club(discord.world)
            async with child(program, environment(discord, folder / "cohort.sqlite3"), folder) as bot:
                await bot.line("ready")
                action = await case.begin(discord, club)
                await load(discord, action, at_once=8, count=min(count, 100))  # warm
                return {
                    at_once: await load(discord, action, at_once=at_once, count=count) for at_once in AT_ONCE
                }


async def load(discord: LoopbackDiscord, action: Action, *, at_once: int, count: int) -> Load:
    """Let `at_once` people ask again and again, each when the answer before has come, `count` times in all."""
    waits: list[float] = []
    failed = 0
    left = iter(range(count))
    watch = Watch(discord)

    async def person() -> None:
        nonlocal failed
        for _ in left:
            begun = time.perf_counter()
            try:
                await watch.answered(await action())
            except TimeoutError:
                failed += 1
            else:
                waits.append(time.perf_counter() - begun)

    begun = time.perf_counter()
    async with watch:
        await asyncio.gather(*(person() for _ in range(at_once)))
    seconds = time.perf_counter() - begun
    if len(waits) < 2:
        raise RuntimeError(f"{failed} of {count} were not answered")
    marks = statistics.quantiles(waits, n=100, method="inclusive")
    return Load(len(waits) / seconds, marks[49], marks[98], failed)


class Watch:
    """Looks at all running interactions at once: one waiter each would cost the loopback more than the bot."""

    def __init__(self, discord: LoopbackDiscord) -> None:
        self._discord = discord
        self._running: dict[int, tuple[Interaction, asyncio.Future[None]]] = {}
        self._over = False
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._discord.wait_for(self._look, 3600, "the end"))
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over = True
        assert self._task is not None
        await self._task

    async def answered(self, interaction: Interaction) -> None:
        """Wait until there is something to read; TimeoutError after `WAIT_S`."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._running[interaction.id] = (interaction, future)
        try:
            async with asyncio.timeout(WAIT_S):
                await future
        finally:
            del self._running[interaction.id]

    def _look(self) -> bool:
        for interaction, future in self._running.values():
            if interaction.answered and not future.done():
                future.set_result(None)
        return self._over
