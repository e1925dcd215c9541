"""How Cohort grows with servers, feeds and members, drawn: `python -m scripts.growth`.

Measures a few points of each curve with the code of `bench/` (about five minutes) and writes docs/images/growth.png.
"""

import argparse
import asyncio
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import buddies, due_tick, memory
from bot.pictures.drawing import ACCENT, MUTED, PANEL, WIDTH, box, document, text
from bot.pictures.rendering import Picture, render
from scripts.curves import draw_curve

TARGET: Final = Path("docs/images/growth.png")

SERVERS: Final = (1, 250, 1000, 2500)
DUE: Final = (250, 500, 1000, 2000, 4000)
FEEDS: Final = 50_000
MEMBERS: Final = (100, 500, 1000, 5000)

_PANEL: Final = 300  # pixels high
_LEFT, _RIGHT, _TOP, _BOTTOM = 92, 40, 76, 46


@dataclass(frozen=True)
class Curve:
    """One panel: what grows with what, and the plainest thing that does the same."""

    title: str
    across: str
    unit: str
    counts: Sequence[int]
    ours: Sequence[float]
    baseline: Sequence[float]
    beside: str


async def _servers() -> Curve:
    rows = [await memory.rss_with(count) for count in SERVERS]
    return Curve(
        "Resident memory",
        "servers of 20 channels and 50 roles",
        "MiB",
        SERVERS,
        [row.ours for row in rows],
        [row.baseline for row in rows],
        "a bare discord.py bot",
    )


async def _feeds(times: int) -> Curve:
    ours, by_hand = [], []
    for due in DUE:
        with TemporaryDirectory(prefix="cohort-growth-") as folder:
            url = f"sqlite+aiosqlite:///{folder}/cohort.sqlite3"
            row = (await due_tick.ticks_on("SQLite", url, due_tick.bare_sqlite, FEEDS, due, times))[0]
        ours.append(row.ours)
        by_hand.append(row.baseline)
    across = f"feeds due in the same minute, of {FEEDS:,}"
    return Curve("A tick of the scheduler", across, "seconds", DUE, ours, by_hand, "the same rows by hand")


def _members() -> Curve:
    rows = [buddies.round_for(count)[0] for count in MEMBERS]
    return Curve(
        "A round of study buddies",
        "members who look for one",
        "CPU seconds",
        MEMBERS,
        [row.ours for row in rows],
        [row.baseline for row in rows],
        "greedy pairing",
    )


def draw(curves: Sequence[Curve], machine: str) -> str:
    """Return the picture as SVG."""
    parts = [_panel(curve, index * (_PANEL + 16) + 16) for index, curve in enumerate(curves)]
    height = len(curves) * (_PANEL + 16) + 60
    parts.append(text(WIDTH / 2, height - 18, machine, size=18, fill=MUTED, anchor="middle"))
    return document(height, *parts)


def _panel(curve: Curve, top: float) -> str:
    left, right = _LEFT, WIDTH - _RIGHT
    upper, lower = top + _TOP, top + _PANEL - _BOTTOM
    most_across = max(curve.counts)
    most = _round_up(max(*curve.ours, *curve.baseline))

    def points(values: Sequence[float]) -> list[tuple[float, float]]:
        return [
            (left + (right - left) * count / most_across, lower - (lower - upper) * value / most)
            for count, value in zip(curve.counts, values, strict=True)
        ]

    parts = [box(16, top, WIDTH - 32, _PANEL, fill=PANEL)]
    parts.append(text(36, top + 36, f"{curve.title}, {curve.unit}", size=24, bold=True))
    parts.append(text(right, top + 30, "Cohort", size=18, fill=ACCENT, bold=True, anchor="end"))
    parts.append(text(right, top + 54, curve.beside, size=18, fill=MUTED, anchor="end"))
    for step in (0.0, 0.5, 1.0):
        y = lower - (lower - upper) * step
        parts.append(
            f'<line x1="{left}" y1="{y:g}" x2="{right}" y2="{y:g}" stroke="{MUTED}" stroke-opacity="0.25"/>'
        )
        parts.append(text(left - 10, y + 6, f"{most * step:g}", size=18, fill=MUTED, anchor="end"))
    for colour, values in ((MUTED, curve.baseline), (ACCENT, curve.ours)):
        parts.append(draw_curve(points(values), colour, dots=6))
    parts.append(text(left, lower + 30, "0", size=18, fill=MUTED))
    parts.append(text((left + right) / 2, lower + 30, curve.across, size=18, fill=MUTED, anchor="middle"))
    parts.append(text(right, lower + 30, f"{most_across:,}", size=18, fill=MUTED, anchor="end"))
    return "".join(parts)


def _round_up(value: float) -> float:
    """Return the next number that reads well on an axis: one, two or five and noughts."""
    power = 10.0 ** (len(str(int(value))) - 1) if value >= 1 else 0.01
    while True:
        for step in (1, 2, 5):
            if value <= step * power:
                return step * power
        power *= 10


def main() -> None:
    """Measure, draw, and print the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, default=TARGET)
    parser.add_argument("--times", type=int, default=5, help="ticks of which the median is taken")
    options = parser.parse_args()
    curves = [asyncio.run(_servers()), asyncio.run(_feeds(options.times)), _members()]
    for curve in curves:
        for count, ours, baseline in zip(curve.counts, curve.ours, curve.baseline, strict=True):
            print(f"{curve.title:26} {count:>6,} {ours:10.3f} {baseline:10.3f} {curve.unit}")
    machine = f"Measured on {os.cpu_count()} cores, Python {platform.python_version()}, SQLite"
    picture = Picture(draw(curves, machine), "", "growth.png")
    options.out.write_bytes(asyncio.run(render(picture)))
    sys.stdout.write(f"{options.out}\n")


if __name__ == "__main__":
    main()
