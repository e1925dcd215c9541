"""What the C library keeps of the memory that Python gave back, and what Python keeps that nobody asks for again.

glibc gives each thread a heap of its own, so that threads need not wait for one another. Those of Python take turns
anyway, and what each heap keeps in reserve came to 11 MB of a fresh process. It also keeps what is freed between two
pieces that are still in use: in a process that runs for weeks such gaps add up. And once it has given back a large piece it
cuts later ones of that size out of the heap, where they leave the widest gaps.
"""

import linecache
import sys
from collections.abc import Callable
from functools import cache
from typing import Final

_M_ARENA_MAX: Final = -8
_M_MMAP_THRESHOLD: Final = -3
"""From glibc's malloc.h. https://man7.org/linux/man-pages/man3/mallopt.3.html"""

_LARGE: Final = 128 * 1024
"""Bytes from which a piece is the system's own and goes back to it at once: glibc's default, which no longer moves."""


def use_one_heap() -> bool:
    """Let all threads share one heap, without large pieces in it; returns whether the C library knows how.

    Before any thread is started.
    """
    found = _of_glibc("mallopt")
    return found is not None and all([found(_M_ARENA_MAX, 1), found(_M_MMAP_THRESHOLD, _LARGE)])


async def give_back() -> bool:
    """Give back what is free; return whether there was anything. It takes some milliseconds.

    Python keeps the source of every module that stood in a traceback: megabytes after some days of faults.
    """
    linecache.clearcache()
    found = _of_glibc("malloc_trim")
    return found is not None and bool(found(0))


@cache
def _of_glibc(name: str) -> Callable[..., int] | None:
    """Return a function of glibc's; other libraries, and other systems, have none."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    found: Callable[..., int] | None = getattr(ctypes.CDLL(None), name, None)
    return found
