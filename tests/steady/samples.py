"""Looks at the running process, and what a long row of them says about its memory."""

import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp

from bench.processes import memory

WARM_UP_S: Final = 20 * 60
MOST_GROWTH: Final = 0.03
"""Of the median of the last third against that of the first, and of the slope over an hour."""


@dataclass(frozen=True)
class Sample:
    """One look: seconds since the beginning, memory in MiB, and counts."""

    at_s: float
    rss: float
    held: float  # its own, resident or swapped out: without the files that it has in common with the disk
    peak: float
    workers_rss: float  # of its processes
    workers: int
    files: int
    threads: int
    cpu_s: float
    health: str
    posts: int
    answers: int
    unanswered: int
    faults: dict[str, int] = field(default_factory=dict)
    metrics: dict[str, float] = field(default_factory=dict)

    def json(self) -> str:
        """Return it as one line."""
        return json.dumps(asdict(self))


@dataclass(frozen=True)
class Trend:
    """What memory did: medians in MiB of the first and the last third, and the slope in MiB an hour."""

    first: float
    middle: float
    last: float
    slope: float

    @property
    def growth(self) -> float:
        """Of the last median against the first."""
        return self.last / self.first - 1

    @property
    def is_flat(self) -> bool:
        """Whether there is no growth to speak of, by either measure."""
        return self.growth <= MOST_GROWTH and self.slope <= MOST_GROWTH * self.first


def trend(points: Sequence[tuple[float, float]], warm_up_s: float) -> Trend | None:
    """Return the trend of (seconds, MiB) after the warm-up; None where fewer than six are left."""
    left = [(at, size) for at, size in points if at >= warm_up_s]
    if len(left) < 6:
        return None
    third = len(left) // 3
    sizes = [size for _, size in left]
    slope, _ = statistics.linear_regression([at / 3600 for at, _ in left], sizes)
    return Trend(
        statistics.median(sizes[:third]),
        statistics.median(sizes[third:-third]),
        statistics.median(sizes[-third:]),
        slope,
    )


def look(pid: int) -> dict[str, Any]:
    """Return what the system says of a process and of those it started. Linux alone tells all of it."""
    found = memory(pid)
    folder = Path(f"/proc/{pid}")
    status = dict(
        line.split(":", 1)
        for line in (folder / "status").read_text(encoding="utf-8").splitlines()
        if ":" in line
    )
    fields = (folder / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    children = _children(pid)
    return {
        "rss": round(found.now, 1),
        "held": round(sum(int(status[name].split()[0]) for name in ("RssAnon", "VmSwap")) / 1024, 1),
        "peak": round(found.peak or 0.0, 1),
        "workers_rss": round(sum(children), 1),
        "workers": len(children),
        "files": len(list((folder / "fd").iterdir())),
        "threads": int(status["Threads"]),
        "cpu_s": (int(fields[11]) + int(fields[12])) / 100,
    }


def _children(pid: int) -> list[float]:
    ids = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    sizes = []
    for id_ in ids:
        try:
            sizes += [memory(int(id_)).now, *_children(int(id_))]
        except (OSError, KeyError):  # it has just ended
            continue
    return sizes


_WANTED: Final = (
    "cohort_outbox_entries",
    "cohort_feeds_due",
    "cohort_outbox_oldest_due",
    "cohort_gateway_sessions",
)


async def pages(session: aiohttp.ClientSession, port: int) -> tuple[str, dict[str, float]]:
    """Return what `/healthz` says, and of `/metrics` what is worth keeping; "silent" where nobody answers."""
    origin = f"http://127.0.0.1:{port}"
    try:
        async with session.get(f"{origin}/healthz") as answer:
            said = await answer.json()
        health = str(said["status"]) + "".join(f" · {fault}" for fault in said["faults"])
        async with session.get(f"{origin}/metrics") as answer:
            text = await answer.text() if answer.status == 200 else ""
    except (aiohttp.ClientError, TimeoutError, ValueError):
        return "silent", {}
    kept = [line.rsplit(" ", 1) for line in text.splitlines() if line.startswith(_WANTED)]
    return health, {name: float(value) for name, value in kept}


class Strain:
    """Notices when this process was not given the machine: then the bot was not, either."""

    def __init__(self, most_s: float = 1.5) -> None:
        self._most = most_s
        self._last = time.monotonic()

    def beat(self, pause_s: float) -> float:
        """Call every `pause_s`; return for how long there was a break, 0 where there was none."""
        now = time.monotonic()
        late = now - self._last - pause_s
        self._last = now
        return late if late > self._most else 0.0
