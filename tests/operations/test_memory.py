"""What is freed goes back to the system, where the C library lets it."""

import linecache
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from bot.operations import memory

PIECES, SIZE = 20_000, 2_000  # 40 MB; pieces of this size are the C library's business


def resident() -> int:
    """Pages of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
async def test_gaps_between_what_is_still_in_use_are_given_back() -> None:
    if memory._of_glibc("malloc_trim") is None:
        pytest.skip("the C library is not glibc")
    pieces = [bytes([number % 256]) * SIZE for number in range(PIECES)]
    kept = pieces[::50]
    pieces.clear()
    before = resident()
    assert await memory.give_back()
    assert (before - resident()) * 4096 > PIECES * SIZE / 2
    assert len(kept) == PIECES / 50


async def test_the_source_of_what_stood_in_a_traceback_is_not_kept() -> None:
    assert linecache.getlines(memory.__file__)
    assert memory.__file__ in linecache.cache
    await memory.give_back()
    assert memory.__file__ not in linecache.cache


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_large_pieces_go_back_at_once_however_large_they_were() -> None:
    program = (
        "from bot.operations.memory import use_one_heap; use_one_heap()\n"
        "def resident(): return int(open('/proc/self/statm').read().split()[1]) * 4096\n"
        "bytes([1]) * 30_000_000\n"
        "pieces = [bytes([1]) * 10_000_000 for _ in range(5)]; last = bytes([1]) * 100_000\n"
        "before = resident(); pieces.clear(); print(before - resident())"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) > 40_000_000


def test_glibc_takes_it_and_threads_work() -> None:
    program = (
        "import threading; from bot.operations.memory import use_one_heap; print(use_one_heap());"
        "t = threading.Thread(target=lambda: print(len(bytearray(10**7)))); t.start(); t.join()"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    glibc = sys.platform == "linux" and platform.libc_ver()[0] == "glibc"
    assert done.stdout.split() == [str(glibc), "10000000"]
