"""Fifty requests a second: never more, and hardly fewer, whatever the network does."""

import asyncio
import contextlib
import random
from datetime import datetime, timedelta
from itertools import pairwise

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select, update

from bot.delivery.pace import CEILING, Pace
from bot.storage import posters
from bot.storage.engine import Database
from bot.storage.tables import paces
from tests.support.clock import START, FakeClock

SECOND = timedelta(seconds=1)


def busiest(moments: list[datetime]) -> int:
    """The most of them in any one second."""
    moments = sorted(moments)
    return max(sum(first <= moment < first + SECOND for moment in moments) for first in moments)


@pytest.mark.parametrize("limit", [50, 12, 1])
async def test_no_second_of_discords_has_more_than_are_allowed(clock: FakeClock, limit: int) -> None:
    pace = Pace(clock)
    pace.limit = limit
    chance = random.Random(limit)
    handled: list[datetime] = []

    async def request() -> None:
        await pace.take()
        clock.advance(seconds=chance.choice((0, 0, 0.001, 0.02, 0.3)))  # on the way there
        handled.append(clock.now())
        await asyncio.sleep(0)
        clock.advance(seconds=chance.choice((0, 0, 0.001, 0.02, 0.3)))  # and back
        pace.give_back()

    async def one_after_the_other() -> None:
        for _ in range(8 * limit // 4):
            await request()

    await asyncio.gather(*(one_after_the_other() for _ in range(4)))
    assert len(handled) == 4 * (8 * limit // 4)
    assert busiest(handled) <= limit


async def test_what_is_allowed_is_used(clock: FakeClock) -> None:
    pace = Pace(clock)
    for _ in range(500):
        await pace.take()
        pace.give_back()
    # The first fifty go out at once, and then fifty in each second.
    assert clock.now() - START == timedelta(seconds=9)


async def test_requests_without_an_answer_count_until_they_have_one(clock: FakeClock) -> None:
    pace = Pace(clock)
    for _ in range(CEILING):
        await pace.take()
    waiting = asyncio.create_task(pace.take())
    await asyncio.sleep(0)
    clock.advance(minutes=1)
    assert not waiting.done()
    pace.give_back()
    await waiting
    assert clock.now() - START == timedelta(minutes=1, seconds=1)


async def test_whoever_gives_up_waiting_takes_nothing(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.limit = 1
    await pace.take()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0):
            await pace.take()
    pace.give_back()
    await pace.take()


async def test_a_clock_that_is_set_back_silences_nobody(clock: FakeClock) -> None:
    pace = Pace(clock)
    for _ in range(CEILING):
        await pace.take()
        pace.give_back()
    clock.advance(days=-1)
    await pace.take()
    assert clock.now() - START == timedelta(days=-1, seconds=1)


async def test_a_process_that_joins_lets_a_second_pass(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.share(4, is_new=True)
    assert pace.limit == 12
    await pace.take()
    assert clock.now() - START == SECOND
    pace.share(1)
    assert pace.limit == CEILING


async def test_a_process_alone_waits_for_nobody(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.share(1, is_new=True)
    await pace.take()
    assert clock.now() == START


async def test_requests_that_fail_are_given_back_and_interactions_are_exempt(clock: FakeClock) -> None:
    pace = Pace(clock)
    pace.limit = 2
    trace = aiohttp.TraceConfig()
    pace.attach(trace)

    async def answer(request: web.Request) -> web.Response:
        if request.path == "/broken":
            assert request.transport is not None
            request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    moments = []
    async with aiohttp.ClientSession(trace_configs=[trace]) as session:
        for _ in range(10):
            await session.get(f"{origin}/interactions/1/token/callback")
            await session.get(f"{origin}/webhooks/1/token")
        assert clock.now() == START
        for path in ("fine", "broken", "fine", "broken", "fine", "fine"):
            with contextlib.suppress(aiohttp.ClientError):
                await session.get(f"{origin}/{path}")
            moments.append(clock.now())
    await runner.cleanup()
    assert [(later - earlier) for earlier, later in pairwise(moments)] == [
        timedelta(),
        SECOND,
        timedelta(),
        SECOND,
        timedelta(),
    ]


# --- Several processes --------------------------------------------------------------------------------


async def test_processes_count_each_other(db: Database, clock: FakeClock) -> None:
    async def count() -> int:
        async with db.read() as tx:
            return await posters.count(tx, clock.now())

    for owner in ("one", "two", "three"):
        async with db.write() as tx:
            await posters.report(tx, owner, clock.now())
    assert await count() == 3
    async with db.write() as tx:
        await posters.leave(tx, "two")
    assert await count() == 2
    clock.advance(seconds=50)
    async with db.write() as tx:
        await posters.report(tx, "one", clock.now())
    clock.advance(seconds=10)
    assert await count() == 1  # the third is not heard of any more
    clock.advance(hours=2)
    async with db.write() as tx:
        await posters.report(tx, "four", clock.now())
        assert len((await tx.execute(paces.select())).all()) == 1


async def test_a_host_is_no_process(db: Database, clock: FakeClock) -> None:
    async with db.write() as tx:
        await tx.execute(paces.insert().values(host="poster.example", free_at=clock.now()))
        assert await posters.count(tx, clock.now()) == 0


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_who_comes_back_after_long_does_not_wait_for_another_who_does(
    db: Database, clock: FakeClock
) -> None:
    owners = ("one", "two")
    async with db.write() as tx:
        for owner in (*owners, "gone"):
            await posters.report(tx, owner, clock.now())
    clock.advance(hours=2)
    async with db.write() as first, db.write() as second:
        # Each has its own row, the other's looks forgotten, and neither has ended yet.
        for tx, owner in zip((first, second), owners, strict=True):
            await tx.execute(
                update(paces).where(paces.c.host == f"poster/{owner}").values(free_at=clock.now())
            )
        async with asyncio.timeout(30):
            await posters.report(first, "one", clock.now())
            await posters.report(second, "two", clock.now())
    async with db.read() as tx:
        assert await posters.count(tx, clock.now()) == 2
        assert set(await tx.scalars(select(paces.c.host))) == {f"poster/{owner}" for owner in owners}
