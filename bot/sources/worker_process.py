"""What runs inside a process of `bot.sources.worker`: take a job, do it within its bounds, answer, again.

Kept apart so that such a process imports this and what its jobs need, and nothing of the bot beside it.
"""

import contextlib
import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, Literal

from bot.sources.errors import SourceError

Kind = Literal["value", "refused", "failed", "memory"]
Job = tuple[Callable[..., Any], tuple[Any, ...], float, int]  # function, arguments, seconds, MiB
Answer = tuple[Kind, Any]

BEGUN: Final = b"."
"""Sent when a job is read and its function imported: the time limit counts from here."""

_GRACE_S: Final = 1.0
_MIB: Final = 2**20


def serve() -> None:
    """Do jobs from standard input until it ends, which is also how the end of the parent shows."""
    # Ctrl-C and a service manager's SIGTERM reach the whole group: the parent ends this process in its own order.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    jobs = sys.stdin.buffer
    answers = os.fdopen(os.dup(1), "wb")
    # What a library prints must not be taken for an answer.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    while True:
        try:
            packed: bytes = pickle.load(jobs)  # noqa: S301 - from the parent
        except EOFError:
            return
        answer, job = b"", None
        try:
            job = _unpacked(packed)
        except Exception as error:  # noqa: BLE001 - the function's module may do anything when imported
            answer = _packed(("failed", type(error).__name__))
        answers.write(BEGUN)
        answers.flush()
        answers.write(answer if job is None else _done(*job))
        answers.flush()
        del packed, answer, job  # up to megabytes, which would be held while waiting


def _unpacked(packed: bytes) -> Job:
    job: Job = pickle.loads(packed)  # noqa: S301 - from the parent
    return job


def _done(func: Callable[..., Any], args: tuple[Any, ...], limit_s: float, memory_mb: int) -> bytes:
    try:
        with _bounded(limit_s, memory_mb):
            return _packed(("value", func(*args)))
    except MemoryError:
        return _packed(("memory", None))
    except SourceError as error:
        # Not the error itself: unpickling would call its constructor with the wrong arguments.
        return _packed(("refused", (type(error), error.args, vars(error))))
    except Exception as error:  # noqa: BLE001 - whatever it was, the parent is told
        return _packed(("failed", type(error).__name__))


def _packed(answer: Answer) -> bytes:
    return pickle.dumps(answer, pickle.HIGHEST_PROTOCOL)


@contextlib.contextmanager
def _bounded(limit_s: float, memory_mb: int) -> Iterator[None]:
    """Bound memory; and time as well, in case the parent was killed and nobody else will."""
    alarm = hasattr(signal, "setitimer")
    if alarm:  # SIGALRM ends a process that does not handle it, in the middle of C code too
        signal.setitimer(signal.ITIMER_REAL, limit_s + _GRACE_S)
    try:
        with _bounded_memory(memory_mb * _MIB):
            yield
    finally:
        if alarm:
            signal.setitimer(signal.ITIMER_REAL, 0)


@contextlib.contextmanager
def _bounded_memory(size: int) -> Iterator[None]:
    """Make allocations fail past `size` bytes of data; nothing on Windows, which has no such limits."""
    try:
        import resource
    except ImportError:
        yield
        return
    # Linux counts private memory against RLIMIT_DATA. RLIMIT_AS is for kernels that do not; it counts
    # mapped files as well, so it starts from what is mapped now.
    wanted = {resource.RLIMIT_DATA: size}
    with contextlib.suppress(OSError, ValueError, IndexError):
        mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        wanted[resource.RLIMIT_AS] = mapped + size
    before = {limit: resource.getrlimit(limit) for limit in wanted}
    for limit, value in wanted.items():
        with contextlib.suppress(OSError, ValueError):  # an operator's limit is lower still
            resource.setrlimit(limit, (value, before[limit][1]))
    try:
        yield
    finally:
        for limit, earlier in before.items():
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(limit, earlier)
