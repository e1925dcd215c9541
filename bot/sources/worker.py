"""Reading what strangers wrote, in processes that are killed when they take too long or too much memory.

Parsers can be made to run for minutes, to eat memory and to crash, and they hold the interpreter while they work;
so none of them runs in the process that answers Discord.

The processes are plain children running `worker_process`, not `multiprocessing`: that would import the
program's main module again, and what it inherits depends on how the program was started. They are bounds and no
sandbox: a parser that a feed could take over entirely would still be one.
"""

import asyncio
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from bot.sources.errors import SourceError
from bot.sources.worker_process import BEGUN, Answer

T = TypeVar("T")

START_LIMIT_S: Final = 30.0
"""A process starts in a fifth of a second; a machine that needs this long does nothing else either."""

_BOOT: Final = "import sys; sys.path[:] = sys.argv[1:]; from bot.sources.worker_process import serve; serve()"

# The token and the database's address are no business of a process that reads strangers' files.
_ENVIRONMENT: Final = frozenset(
    {"PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SYSTEMROOT", "TZ"}
    | {"PYTHONHOME", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONTZPATH"}
)


class OverLimit(SourceError):
    """Reading took more time or memory than it was given; its process is gone."""


class WorkerDied(SourceError):
    """The process ended in the middle of its work."""


class ReadFailed(SourceError):
    """The function raised something that is no SourceError: a fault of the parser, or of ours."""


class Worker:
    """At most `size` processes, started when first needed, used again, ended after `idle_s` without work.

    Belongs to one event loop. After `close` the next call starts anew.
    """

    def __init__(self, *, size: int = 2, idle_s: float = 60) -> None:
        self._idle_s = idle_s
        self._size = size
        self._free = asyncio.Semaphore(size)
        # Pipes are waited for in threads: it works on every loop and every system, and a large answer is
        # unpacked off the loop.
        self._threads = ThreadPoolExecutor(size, thread_name_prefix="worker")
        self._idle: list[_Process] = []
        self._busy: set[_Process] = set()
        self._ending: set[Future[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._closing = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def run(self, func: Callable[..., T], *args: Any, limit_s: float = 2.0, memory_mb: int = 256) -> T:
        """Return `func(*args)`, computed in a process; function, arguments and result have to be picklable.

        `limit_s` is wall-clock time from when the function starts, `memory_mb` what the process may hold in
        all, in MiB (not enforced on Windows and macOS). Raises OverLimit, WorkerDied, ReadFailed, and any
        SourceError that `func` raises as it is. Cancelling kills the process.
        """
        async with self._free:
            if self._closing:
                raise WorkerDied("Cohort is stopping.")
            process = self._take()
            try:
                answer = await self._answer(process, (func, args, limit_s, memory_mb))
            except BaseException:
                self._end(process)
                raise
            finally:
                self._busy.discard(process)
            if answer[0] == "memory":  # what is left of it is in pieces
                self._end(process)
                raise OverLimit(f"Reading it took more than {memory_mb} MB of memory, so it was stopped.")
            self._keep(process)
        result: T = _unwrapped(answer)
        return result

    async def close(self) -> None:
        """End every process and whatever runs in them."""
        self._closing = True
        held = 0
        try:
            for process in self._busy:
                process.kill()
            while held < self._size:  # so that nobody is at work any more
                await self._free.acquire()
                held += 1
            if self._timer is not None:
                self._timer.cancel()
            self._retire()
            await asyncio.gather(*map(asyncio.wrap_future, tuple(self._ending)))
        finally:
            self._closing = False
            for _ in range(held):
                self._free.release()

    def _take(self) -> "_Process":
        process = _Process()
        while self._idle:
            kept = self._idle.pop()
            if kept.alive:
                process = kept
                break
            self._end(kept)
        self._busy.add(process)
        return process

    async def _answer(self, process: "_Process", job: tuple[Any, ...]) -> Answer:
        loop = asyncio.get_running_loop()
        limit_s: float = job[2]
        stopped = "A process to read it in did not start in time."
        try:
            async with asyncio.timeout(START_LIMIT_S):
                await loop.run_in_executor(self._threads, process.begin, job)
            stopped = f"Reading it took longer than {limit_s:g} s, so it was stopped."
            async with asyncio.timeout(limit_s):
                return await loop.run_in_executor(self._threads, process.answer)
        except TimeoutError as error:
            raise OverLimit(stopped) from error
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            raise WorkerDied("The process that read it ended unexpectedly.") from error

    def _keep(self, process: "_Process") -> None:
        self._idle.append(process)
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(self._idle_s, self._retire)

    def _retire(self) -> None:
        while self._idle:
            self._end(self._idle.pop())

    def _end(self, process: "_Process") -> None:
        process.kill()  # at once: a thread may be waiting for its answer
        ending = self._threads.submit(process.end)
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)


async def off_the_loop(
    worker: Worker | None, func: Callable[..., T], *args: Any, limit_s: float, memory_mb: int
) -> T:
    """Run `func` in `worker`; without one in a thread, unbounded, for programs that read once and end."""
    if worker is None:
        return await asyncio.to_thread(func, *args)
    return await worker.run(func, *args, limit_s=limit_s, memory_mb=memory_mb)


def in_parts(items: Iterable[Any], size: int = 20) -> list[bytes]:
    """Pack a long result in the worker so that `joined` can unpack it without holding up the loop.

    1,500 papers unpacked at once hold the interpreter for 60 ms, in a thread as well; twenty for 0.6 ms.
    """
    rest = iter(items)
    return [
        pickle.dumps(part, pickle.HIGHEST_PROTOCOL) for part in iter(lambda: list(islice(rest, size)), [])
    ]


async def joined(parts: Sequence[bytes]) -> list[Any]:
    """Unpack what `in_parts` packed, and let the loop have its turn after each part."""
    items: list[Any] = []
    for part in parts:
        items += pickle.loads(part)  # noqa: S301 - packed by our own code
        await asyncio.sleep(0)
    return items


def _unwrapped(answer: Answer) -> Any:
    kind, content = answer
    if kind == "value":
        return content
    if kind == "refused":
        class_, args, state = content
        error: SourceError = class_.__new__(class_, *args)
        vars(error).update(state)
        raise error
    raise ReadFailed(f"Reading it failed ({content}).")


class _Process:
    """One child; every method but `kill` and `alive` blocks."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._given_up = False
        self._lock = threading.Lock()  # starting it in a thread, giving it up on the loop

    @property
    def alive(self) -> bool:
        """Whether it can take a job."""
        return self._child is not None and self._child.poll() is None

    def begin(self, job: tuple[Any, ...]) -> None:
        """Hand over a job and wait until it is begun; EOFError or OSError when the child is gone."""
        packed = pickle.dumps(job, pickle.HIGHEST_PROTOCOL)
        child = self._started()
        assert child.stdin is not None
        assert child.stdout is not None
        pickle.dump(packed, child.stdin)  # packed twice: one that fails to unpack there leaves the pipe whole
        child.stdin.flush()
        if child.stdout.read(1) != BEGUN:
            raise EOFError

    def answer(self) -> Answer:
        """Wait for the answer to the job and unpack it."""
        child = self._started()
        assert child.stdout is not None
        # Straight from the pipe: it comes in pieces of 64 KiB, and between two of them the loop has its turn.
        answer: Answer = pickle.load(child.stdout)  # noqa: S301 - written by our own code, in our own process
        return answer

    def kill(self) -> None:
        """Stop it at once, from any thread, started or not."""
        with self._lock:
            self._given_up = True
            if self._child is not None:
                self._child.kill()

    def end(self) -> None:
        """Kill it, wait for that, and close the pipes."""
        self.kill()
        if self._child is not None:
            self._child.wait()
            for pipe in (self._child.stdin, self._child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except OSError:  # what was still buffered has nowhere to go
                        continue

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._given_up:
                raise EOFError
            if self._child is None:
                self._child = subprocess.Popen(  # noqa: S603 - this very interpreter
                    [sys.executable, "-c", _BOOT, *sys.path],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env={name: value for name, value in os.environ.items() if name.upper() in _ENVIRONMENT},
                )
            return self._child
