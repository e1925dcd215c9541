"""What importing the whole bot costs, against importing discord.py alone."""

import statistics
import subprocess
import sys
from tempfile import TemporaryDirectory
from typing import Final

from bench.processes import environment, memory
from bench.rows import Row, Size

NAME = "imports"

_PROGRAM: Final = """
import sys, time
begun = time.perf_counter()
import {module}
print(time.perf_counter() - begun, flush=True)
sys.stdin.read()
"""


def run(size: Size) -> list[Row]:
    """Import each in fresh processes, one after the other in turn, and take the medians."""
    times = size.pick(5, 1)
    if size is Size.FULL:
        for module in ("bot.app", "discord"):
            _import(module)  # compiled and in the page cache from here on
    ours, bare = [], []
    for _ in range(times):
        ours.append(_import("bot.app"))
        bare.append(_import("discord"))
    of = f"median of {times}"
    return [
        Row("import bot.app: time", _median(ours, 0), _median(bare, 0), "s", note=of),
        Row("import bot.app: memory", _median(ours, 1), _median(bare, 1), "MiB", note=f"RSS, {of}"),
    ]


def _median(figures: list[tuple[float, float]], index: int) -> float:
    return statistics.median(figure[index] for figure in figures)


def _import(module: str) -> tuple[float, float]:
    with TemporaryDirectory() as folder:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [sys.executable, "-c", _PROGRAM.format(module=module)],
            cwd=folder,
            env=environment(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with process:
            assert process.stdout is not None
            said = process.stdout.readline()
            if not said:
                raise RuntimeError(f"{module} cannot be imported")
            return float(said), memory(process.pid).now
