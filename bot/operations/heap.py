"""How much memory the C library keeps for itself."""

import sys
from typing import Final

_M_ARENA_MAX: Final = -8
"""From glibc's malloc.h. https://man7.org/linux/man-pages/man3/mallopt.3.html"""


def use_one_heap() -> bool:
    """Let all threads share one heap; returns whether the C library knows how. Before any thread is started.

    glibc gives each thread its own, so that threads need not wait for one another. Those of Python take turns anyway,
    and what each heap keeps in reserve came to 11 MB of a fresh process.
    """
    if sys.platform != "linux":
        return False
    import ctypes

    try:
        return bool(ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1))
    except (OSError, AttributeError):  # another C library, such as musl
        return False
