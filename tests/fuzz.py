"""Mutated feeds of every source of papers through its parser, in bounded processes, until something gives.

    python -m tests.fuzz [--count 100000] [--seed 1] [--minutes 30] [--one rss:12345]

Each case is a source and a number, and comes out the same wherever it runs: `--one` repeats one of them in this
process, with its traceback. The captures of real feeds are used as well when they are there; without them the
same numbers are other cases. The last line is the figures.
"""

import argparse
import asyncio
import os
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.domain.papers import Paper, parse_id
from bot.sources.arxiv import parse_feed
from bot.sources.arxiv_api import parse_results
from bot.sources.errors import SourceError
from bot.sources.hf_papers import parse_daily
from bot.sources.worker import OverLimit, ReadFailed, Worker, WorkerDied
from tests.support.mutations import few_entries, mutated_json, mutated_xml

FIXTURES = Path(__file__).parent / "sources" / "fixtures"
CAPTURES = Path(__file__).parents[2] / "shared" / "captures"
SECONDS, MEGABYTES = 2.0, 256
"""What one feed may take: of processor time, since others use the machine as well, and of memory."""

_HANGS = 120.0  # seconds of wall-clock time, of which a busy machine may give little
_UNSTORABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
Mutate = Callable[[bytes, random.Random], bytes]


@dataclass(frozen=True)
class Source:
    """How a source's answers are read, damaged, and where undamaged ones are."""

    parse: Callable[[bytes], Any]
    mutate: Mutate
    seeds: Sequence[str]
    captures: str
    weight: int


SOURCES = {
    "rss": Source(
        lambda body: parse_feed(body, "cs.LG"), mutated_xml, ["atom_*.xml", "rss_*.xml"], "arxiv_rss/*.xml", 5
    ),
    "api": Source(parse_results, mutated_xml, ["api_*.xml"], "arxiv_api/*.xml", 3),
    "hf": Source(parse_daily, mutated_json, ["hf_*.json"], "hf_papers/*.json", 2),
}


@dataclass(frozen=True)
class Result:
    """What became of one case: seconds of processor time, and the process's largest size until then in MiB."""

    read: bool
    seconds: float
    megabytes: float


@dataclass
class Figures:
    """What a run came to."""

    seed: int
    outcomes: Counter[str] = field(default_factory=Counter)
    slowest: tuple[float, str] = (0.0, "")
    largest: tuple[float, str] = (0.0, "")
    elapsed: float = 0.0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        count = self.outcomes
        return (
            f"{count.total():,} mutated feeds in {self.elapsed:.0f} s (seed {self.seed}): {count['read']:,} read, "
            f"{count['refused']:,} refused, {count['stopped']:,} stopped at a limit, {count['escaped']:,} errors "
            f"escaped, {count['died']:,} processes died; slowest {self.slowest[0]:.2f} s ({self.slowest[1]}), "
            f"largest {self.largest[0]:.0f} MB ({self.largest[1]})"
        )


def feed_of(case: str) -> tuple[Source, bytes]:
    """Return the damaged feed of a case such as `rss:12345`."""
    name, _, number = case.partition(":")
    chance = random.Random(case)
    source = SOURCES[name]
    body = chance.choice(_seeds(name))
    if source.mutate is mutated_xml:
        body = few_entries(body, chance)
    del number
    return source, source.mutate(body, chance)


def probe(case: str) -> Result:
    """Parse a case; raises whatever the parser raises but SourceError, and AssertionError for a bad value."""
    _warm()
    source, body = feed_of(case)
    before = time.process_time()
    reason, value = "", None
    try:
        value = source.parse(body)
    except SourceError as error:
        reason = error.reason
    seconds = time.process_time() - before
    assert not reason or reason.endswith((".", "!", "?", "…")), reason
    _check(reason)
    for part in _parts(value):
        _check(part)
    return Result(not reason, seconds, _peak())


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if is_dataclass(value):
        for one in fields(value):
            yield from _parts(getattr(value, one.name))
    elif isinstance(value, tuple):
        for part in value:
            yield from _parts(part)


def _check(part: Any) -> None:
    """Whatever gets through can be stored in either database and shown."""
    if isinstance(part, str):
        assert not _UNSTORABLE.search(part), ascii(part[:200])
        assert len(part) <= 10_400, len(part)
    elif isinstance(part, datetime):
        assert part.tzinfo is not None
        part.isoformat()
    elif isinstance(part, Paper):
        identity = parse_id(part.id)
        assert identity is not None
        assert (identity.base, identity.version) == (part.id, None)
        assert part.title.strip()
        assert 1 <= part.version <= 9999
        assert all(0 < len(name) <= 32 for name in (part.id, *part.categories))
        assert part.primary_category in (part.categories or ("",))


@cache
def _seeds(name: str) -> list[bytes]:
    source = SOURCES[name]
    paths = [path for pattern in source.seeds for path in sorted(FIXTURES.glob(pattern))]
    return [path.read_bytes() for path in [*paths, *sorted(CAPTURES.glob(source.captures))]]


@cache
def _warm() -> None:
    """Import what the parsers import, so that no case is charged for it."""
    for name, source in SOURCES.items():
        source.parse(_seeds(name)[0])


def _peak() -> float:
    try:
        import resource
    except ImportError:
        return 0.0
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size / 2**20 if sys.platform == "darwin" else size / 2**10


def cases(count: int, seed: int) -> Iterator[str]:
    """Yield the cases of a run."""
    chance = random.Random(seed)
    names, weights = list(SOURCES), [source.weight for source in SOURCES.values()]
    for _ in range(count):
        yield f"{chance.choices(names, weights)[0]}:{chance.randrange(10**9)}"


async def run(count: int, seed: int, *, minutes: float = 30, processes: int | None = None) -> Figures:
    """Try `count` cases, or as many as `minutes` allow."""
    # Under its own name: a process could not find a function of `__main__`.
    from tests.fuzz import probe

    figures = Figures(seed)
    waiting = cases(count, seed)
    size = processes or os.cpu_count() or 1
    begun = time.monotonic()

    async def work(worker: Worker) -> None:
        for case in waiting:
            if time.monotonic() - begun > minutes * 60:
                return
            try:
                result = await worker.run(probe, case, limit_s=_HANGS, memory_mb=MEGABYTES)
            except (ReadFailed, WorkerDied, OverLimit) as error:
                kind = {ReadFailed: "escaped", WorkerDied: "died"}.get(type(error), "stopped")
                figures.outcomes[kind] += 1
                figures.faults.append(f"{case} {kind}: {error.reason}")
                continue
            figures.outcomes["read" if result.read else "refused"] += 1
            figures.slowest = max(figures.slowest, (result.seconds, case))
            figures.largest = max(figures.largest, (result.megabytes, case))
            if result.seconds > SECONDS:
                figures.faults.append(f"{case} took {result.seconds:.1f} s")

    async with Worker(size=size) as worker:
        await asyncio.gather(*(work(worker) for _ in range(size)))
    figures.elapsed = time.monotonic() - begun
    return figures


def main() -> int:
    """Run from the command line; return 1 when anything went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--one", metavar="CASE", help="repeat one case in this process")
    chosen = parser.parse_args()
    if chosen.one:
        print(feed_of(chosen.one)[1][:3000])
        print(probe(chosen.one))
        return 0
    figures = asyncio.run(run(chosen.count, chosen.seed, minutes=chosen.minutes))
    for fault in figures.faults[:50]:
        print(fault)
    print(figures)
    return 1 if figures.faults else 0


if __name__ == "__main__":
    sys.exit(main())
