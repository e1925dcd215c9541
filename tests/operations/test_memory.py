"""What is freed goes back to the system, where the C library lets it."""

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
    if memory._malloc_trim() is None:
        pytest.skip("the C library is not glibc")
    pieces = [bytes([number % 256]) * SIZE for number in range(PIECES)]
    kept = pieces[::50]
    pieces.clear()
    before = resident()
    assert await memory.give_back()
    assert (before - resident()) * 4096 > PIECES * SIZE / 2
    assert len(kept) == PIECES / 50
