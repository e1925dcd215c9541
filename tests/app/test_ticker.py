"""The supervised clock: a job that fails is logged, counted and tried again, and delays no other."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

import pytest

from bot.clock import SystemClock
from bot.ticker import Job, Ticker
from tests.support.clock import FakeClock


async def test_a_failing_job_is_logged_counted_and_tried_again(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    faults = [ValueError("one"), OSError("two"), TimeoutError()]

    async def fails() -> None:
        if faults:
            raise faults.pop(0)

    ticker = Ticker({"fails": Job(1, fails)}, clock)
    counted = []
    for _ in range(4):
        await ticker.run("fails")
        counted.append(ticker.failures["fails"])
    assert counted == [1, 2, 3, 0]
    assert [vars(record)["job"] for record in caplog.records if record.levelno == logging.ERROR] == [
        "fails"
    ] * 3


async def test_the_same_failure_again_and_again_does_not_fill_the_log(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    faults: list[Exception] = [*(OSError(str(n)) for n in range(100)), ValueError("another"), OSError("back")]

    async def fails() -> None:
        if faults:
            raise faults.pop(0)

    ticker = Ticker({"fails": Job(1, fails)}, clock)
    with caplog.at_level(logging.INFO, "cohort.ticker"):
        for _ in range(104):
            await ticker.run("fails")
    logged = [(record.levelname, vars(record)["row"]) for record in caplog.records]
    assert [row for level, row in logged if level == "ERROR"] == [1, 2, 4, 8, 16, 32, 64, 101, 102]
    assert [row for level, row in logged if level == "INFO"] == [102]
    assert ticker.failures["fails"] == 0


async def test_a_job_that_fails_or_hangs_delays_no_other() -> None:
    hung, done = asyncio.Event(), asyncio.Event()
    ran = 0

    async def fails() -> None:
        raise RuntimeError

    async def hangs() -> None:
        await hung.wait()

    async def works() -> None:
        nonlocal ran
        ran += 1
        if ran == 3:
            done.set()

    ticker = Ticker(
        {"fails": Job(0.01, fails), "hangs": Job(0.01, hangs), "works": Job(0.01, works)}, SystemClock()
    )
    ticker.start()
    async with asyncio.timeout(10):
        await done.wait()
    assert ticker.failures["fails"] >= 1
    ticker.stop()
    hung.set()
    await ticker.drain(5)


async def test_a_job_is_never_run_twice_at_once() -> None:
    at_once = most = rounds = 0
    enough = asyncio.Event()

    async def slow() -> None:
        nonlocal at_once, most, rounds
        at_once += 1
        most = max(most, at_once)
        for _ in range(200):  # longer than its interval
            await asyncio.sleep(0.0001)
        at_once -= 1
        rounds += 1
        if rounds == 3:
            enough.set()

    ticker = Ticker({"slow": Job(0.005, slow)}, SystemClock())
    ticker.start()
    async with asyncio.timeout(10):
        await enough.wait()
    ticker.stop()
    await ticker.drain(5)
    assert most == 1


async def test_stopping_begins_nothing_and_waits_for_what_is_under_way() -> None:
    began, go_on = asyncio.Event(), asyncio.Event()
    finished: list[str] = []

    def job(name: str) -> Callable[[], Awaitable[None]]:
        async def run() -> None:
            began.set()
            await go_on.wait()
            finished.append(name)

        return run

    ticker = Ticker({"first": Job(0.01, job("first"))}, SystemClock())
    ticker.start()
    await began.wait()
    ticker.stop()
    draining = asyncio.create_task(ticker.drain(5))
    await asyncio.sleep(0)
    assert finished == []
    go_on.set()
    await draining
    assert finished == ["first"]


async def test_draining_ends_although_a_job_does_not() -> None:
    began, never = asyncio.Event(), asyncio.Event()

    async def hangs() -> None:
        began.set()
        await never.wait()

    ticker = Ticker({"hangs": Job(0.01, hangs)}, SystemClock())
    ticker.start()
    await began.wait()
    ticker.stop()
    async with asyncio.timeout(5):
        await ticker.drain(0.01)
    never.set()
