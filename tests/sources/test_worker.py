"""Processes that are bounded in time and memory, with jobs of the standard library's."""

import asyncio
import contextlib
import gc
import importlib.util
import json
import os
import pickle
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path

import pytest
import pytest_asyncio

from bot.sources.errors import Busy, FeedErrorReported, FeedUnreadable, SourceError
from bot.sources.hf_papers import parse_daily
from bot.sources.worker import OverLimit, ReadFailed, Worker, WorkerDied, in_parts, joined, off_the_loop

ROOT = Path(__file__).parents[2]
MIB = 2**20
PATIENT = 60.0
"""Seconds, for jobs that have to end by themselves on a machine with a lot to do."""

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and fifos")


@pytest_asyncio.fixture
async def worker() -> AsyncIterator[Worker]:
    async with Worker(size=1) as one:
        yield one


async def test_a_result_comes_back(worker: Worker) -> None:
    assert await worker.run(divmod, 7, 2) == (3, 1)
    assert await worker.run(str.upper, "ü" * MIB) == "Ü" * MIB


async def test_it_is_another_process_and_the_same_one_again(worker: Worker) -> None:
    first, second = await worker.run(os.getpid), await worker.run(os.getpid)
    assert first == second != os.getpid()


async def test_it_knows_neither_the_token_nor_the_bot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "a.b.c")
    monkeypatch.setenv("LANG", "C.UTF-8")
    async with Worker() as fresh:
        with pytest.raises(FeedUnreadable):
            await fresh.run(parse_daily, b"no", limit_s=PATIENT)
        assert await fresh.run(os.getenv, "DISCORD_TOKEN") is None
        assert await fresh.run(os.getenv, "LANG") == "C.UTF-8"
        loaded = set(await fresh.run(eval, "list(__import__('sys').modules)"))
    assert "bot.sources.hf_papers" in loaded
    assert not {"discord", "aiohttp", "sqlalchemy", "pydantic", "bot.app", "feedparser"} & loaded


@pytest.mark.parametrize(
    "error",
    [
        FeedUnreadable("It is no feed."),
        Busy("Wait.", 429, 12.5),
        FeedErrorReported("Bad archive", "arXiv refused the request: Bad archive."),
    ],
)
async def test_source_errors_come_back_as_they_are(worker: Worker, error: SourceError) -> None:
    await worker.run(int)
    with pytest.raises(type(error)) as raised:
        await worker.run(exec, f"raise __import__('pickle').loads({_recipe(error)!r})()", limit_s=PATIENT)
    assert (raised.value.args, vars(raised.value)) == (error.args, vars(error))


def _recipe(error: SourceError) -> bytes:
    """Return a pickled function that makes the error: its own pickle would lose its arguments."""
    import functools

    parts = list(vars(error).values())
    if isinstance(error, FeedErrorReported):
        parts = [error.message, error.reason]
    return pickle.dumps(functools.partial(type(error), *parts))


@pytest.mark.parametrize(
    ("job", "name"),
    [
        ((int, "x"), "ValueError"),
        ((exec, "def f(): f()\nf()", {}), "RecursionError"),
        ((exec, "raise SystemError('odd')"), "SystemError"),
        ((eval, "(x for x in ())"), "TypeError"),  # a result that cannot be sent
    ],
)
async def test_any_other_error_is_named(worker: Worker, job: tuple[object, ...], name: str) -> None:
    with pytest.raises(ReadFailed) as failed:
        await worker.run(*job, limit_s=PATIENT)  # type: ignore[arg-type]
    assert failed.value.reason == f"Reading it failed ({name})."
    assert await worker.run(abs, -4) == 4


async def test_what_a_job_prints_is_no_answer(worker: Worker) -> None:
    assert await worker.run(eval, "print('x' * 100, flush=True)") is None
    assert await worker.run(os.write, 1, b"\x80\x05K\x07.") == 5
    assert await worker.run(abs, -4) == 4


@posix
async def test_a_job_without_end_is_stopped(worker: Worker) -> None:
    before = await worker.run(os.getpid)
    with pytest.raises(OverLimit) as over:
        await worker.run(signal.pause, limit_s=0.1)
    assert over.value.reason == "Reading it took longer than 0.1 s, so it was stopped."
    assert await worker.run(os.getpid) != before


@posix
async def test_c_code_is_stopped_too(worker: Worker) -> None:
    """A regular expression that never gives the interpreter back."""
    with pytest.raises(OverLimit):
        await worker.run(eval, "__import__('re').match(r'(a*)*b', 'a' * 60)", limit_s=0.2)
    assert await worker.run(abs, -4) == 4


@pytest.mark.skipif(sys.platform != "linux", reason="memory is bounded on Linux alone")
async def test_memory_is_bounded_for_each_job(worker: Worker) -> None:
    with pytest.raises(OverLimit) as over:
        await worker.run(bytearray, 200 * MIB, memory_mb=128)
    assert over.value.reason == "Reading it took more than 128 MB of memory, so it was stopped."
    assert await worker.run(eval, "len(bytearray(200 * 2**20))", memory_mb=400, limit_s=PATIENT) == 200 * MIB
    with pytest.raises(OverLimit):
        await worker.run(eval, "[0] * (40 * 2**20)", memory_mb=128)


@posix
@pytest.mark.parametrize("job", [(os._exit, 0), (os.abort,), (signal.raise_signal, signal.SIGKILL)])
async def test_a_process_that_dies_is_replaced(worker: Worker, job: tuple[object, ...]) -> None:
    with pytest.raises(WorkerDied) as died:
        await worker.run(*job)  # type: ignore[arg-type]
    assert died.value.reason == "The process that read it ended unexpectedly."
    assert await worker.run(abs, -4) == 4


@posix
async def test_one_that_died_between_two_jobs_is_not_noticed(worker: Worker) -> None:
    pid = await worker.run(os.getpid)
    os.kill(pid, signal.SIGKILL)
    await asyncio.to_thread(os.waitid, os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert await worker.run(os.getpid) != pid


@posix
async def test_a_cancelled_job_is_killed(worker: Worker, tmp_path: Path) -> None:
    alive = await _held(worker, tmp_path / "alive")
    job = asyncio.create_task(worker.run(signal.pause, limit_s=PATIENT))
    await _until_busy(worker)
    job.cancel()
    with pytest.raises(asyncio.CancelledError):
        await job
    await _end_of(alive)
    assert await worker.run(abs, -4) == 4


@posix
async def test_closing_ends_what_is_under_way_and_what_waits(tmp_path: Path) -> None:
    worker = Worker(size=1)
    alive = await _held(worker, tmp_path / "alive")
    jobs = [asyncio.create_task(worker.run(signal.pause, limit_s=PATIENT)) for _ in range(3)]
    await _until_busy(worker)
    await worker.close()
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes] == [WorkerDied] * 3
    await _end_of(alive)
    # A program that is entered again goes on with it.
    assert await worker.run(abs, -4) == 4
    await worker.close()
    await worker.close()


@posix
async def test_an_idle_process_is_let_go(tmp_path: Path) -> None:
    async with Worker(idle_s=0) as worker:
        alive = await _held(worker, tmp_path / "alive")
        await _end_of(alive)
        assert await worker.run(abs, -4) == 4


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_to_the_whole_group_is_left_to_the_parent(worker: Worker, number: int) -> None:
    pid = await worker.run(os.getpid)
    await worker.run(signal.raise_signal, number)
    assert await worker.run(os.getpid) == pid


async def test_as_many_at_once_as_there_are_processes() -> None:
    async with Worker(size=2) as worker:
        pids = await asyncio.gather(*(worker.run(os.getpid, limit_s=PATIENT) for _ in range(8)))
    assert len(set(pids)) == 2


async def test_the_loop_runs_on_meanwhile(worker: Worker) -> None:
    turns = 0
    job = asyncio.create_task(worker.run(sum, range(3_000_000), limit_s=PATIENT))
    while not job.done():
        turns += 1
        await asyncio.sleep(0)
    assert await job == 4_499_998_500_000
    assert turns > 100


async def test_a_function_that_cannot_be_found_there(worker: Worker) -> None:
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("not_there", None))  # type: ignore[arg-type]
    exec("def gone(): return 1", vars(module))  # noqa: S102
    sys.modules["not_there"] = module
    try:
        with pytest.raises(ReadFailed, match="ModuleNotFoundError"):
            await worker.run(module.gone, limit_s=PATIENT)
    finally:
        del sys.modules["not_there"]
    assert await worker.run(abs, -4) == 4


async def test_a_job_that_cannot_be_sent_is_our_own_mistake(worker: Worker) -> None:
    with pytest.raises((pickle.PicklingError, AttributeError)):
        await worker.run(lambda: 1)
    assert await worker.run(abs, -4) == 4


async def test_without_a_worker_it_is_a_thread() -> None:
    name = await off_the_loop(None, threading.current_thread, limit_s=1, memory_mb=1)
    assert name is not threading.current_thread()


async def test_a_worker_of_no_use_leaves_nothing() -> None:
    worker = Worker()
    await worker.close()
    del worker
    gc.collect()


async def test_long_results_are_unpacked_bit_by_bit() -> None:
    items = [Decimal(number) for number in range(101)]
    parts = in_parts(iter(items), 20)
    assert len(parts) == 6
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    counting = asyncio.create_task(count())
    assert await joined(parts) == items
    counting.cancel()
    assert turns >= 5
    assert await joined(in_parts([])) == []


PARENT = """
import asyncio, json, os, signal, sys
from bot.sources.worker import Worker

async def main():
    worker = Worker(size=1)
    await worker.run(os.open, sys.argv[1], os.O_WRONLY)
    print("ready", flush=True)
    if sys.argv[2] == "busy":
        await worker.run(signal.pause, limit_s=1)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@posix
@pytest.mark.parametrize("state", ["idle", "busy"])
async def test_no_orphan_outlives_a_killed_parent(state: str, tmp_path: Path) -> None:
    fifo = tmp_path / "alive"
    os.mkfifo(fifo)
    held = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    script = tmp_path / "parent.py"  # with a main module that must not be run twice
    script.write_text(PARENT)
    parent = subprocess.Popen(  # noqa: ASYNC220, S603
        [sys.executable, str(script), str(fifo), state],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert parent.stdout is not None
    assert await asyncio.to_thread(parent.stdout.readline) == b"ready\n"
    parent.kill()
    parent.wait()
    parent.stdout.close()
    await _end_of(held)


@posix
@pytest.mark.parametrize("start", ["module", "script"])
async def test_it_starts_under_any_main_program(start: str, tmp_path: Path) -> None:
    """The main module is not imported again, however the program was started."""
    (tmp_path / "program.py").write_text(
        "import asyncio, json, os\nprint('once')\n"
        "from bot.sources.worker import Worker\n"
        "async def main():\n"
        "    async with Worker() as worker:\n"
        "        print(await worker.run(json.dumps, [1, 2]))\n"
        "asyncio.run(main())\n"  # unguarded on purpose
    )
    arguments = ["-m", "program"] if start == "module" else [str(tmp_path / "program.py")]
    run = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, *arguments],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.stdout, run.stderr, run.returncode) == (f"once\n{json.dumps([1, 2])}\n", "", 0)


async def _held(worker: Worker, fifo: Path) -> int:
    """Have the process open a fifo, and return its other end: it ends when the process does."""
    os.mkfifo(fifo)
    reading = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    await worker.run(os.open, str(fifo), os.O_WRONLY)
    return reading


async def _until_busy(worker: Worker) -> None:
    while not worker._busy:  # noqa: ASYNC110 - a turn or two
        await asyncio.sleep(0)


async def _end_of(reading: int) -> None:
    os.set_blocking(reading, True)
    try:
        async with asyncio.timeout(PATIENT):
            assert await asyncio.to_thread(os.read, reading, 1) == b""
    finally:
        with contextlib.suppress(OSError):
            os.close(reading)
