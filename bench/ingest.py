"""A day's papers, from arXiv's answers to stored rows: 2,000 of them in five categories, and the memory it takes.

The baseline is the plainest thing that does the same: feedparser alone, and one INSERT OR IGNORE for all papers of a
list into a table of SQLite's. It converts no TeX, checks nothing, and knows neither versions nor changes. Both run in a
process of their own, which also parses, so that the peak is that of the whole. Lists and clock are made up; nothing is
waited for. The papers are those of `bench.saved_queries`, with TeX in every third title and abstract.
"""

import asyncio
import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench.rows import Row, Size, Target
from bench.saved_queries import make_papers, resident
from bot.services.arxiv import ArxivService
from bot.sources.http import Response
from bot.storage import schema
from bot.storage.engine import Database
from tests.support.clock import FakeClock
from tests.support.fakes import FakeFetcher, Item, add_feed, plan, rss

NAME = "ingest"

PAPERS: Final = 2_000
CATEGORIES: Final = ("cs.LG", "cs.CL", "cs.CV", "cs.AI", "stat.ML")
SECONDS: Final = Target("≤", 30, of="ours")
MEMORY: Final = Target("≤", 256, of="ours")


@dataclass(frozen=True, slots=True)
class Figures:
    """What a process came to: seconds of the processor, and the most memory it held, in MiB."""

    seconds: float
    peak: float


def run(size: Size) -> list[Row]:
    """Take a day's lists in, both ways."""
    count = size.pick(PAPERS, 200)
    ours, plain = _measured("ours", count), _measured("plain", count)
    of = f"a day's {count:,} papers (baseline: feedparser and one INSERT)"
    return [
        Row(f"Ingest of {of}", ours.seconds, plain.seconds, "s", SECONDS),
        Row(f"Peak memory, ingest of {of}", ours.peak, plain.peak, "MiB", MEMORY),
    ]


def lists(count: int) -> dict[str, bytes]:
    """Return arXiv's answer for each category: so many papers in all, each on one list."""
    items: dict[str, list[Item]] = {category: [] for category in CATEGORIES}
    papers = make_papers()
    for number in range(count):
        paper = papers[number % len(papers)]
        tex = ' for $\\mathcal{O}(n^2)$ G\\"odel numbers' if number % 3 == 0 else ""
        category = CATEGORIES[number % len(CATEGORIES)]
        items[category].append(
            Item(f"2601.{number:05}", title=f"{paper.title}{tex}", summary=f"{paper.abstract}{tex}")
        )
    return {category: rss(category, listed) for category, listed in items.items()}


def _measured(way: str, count: int) -> Figures:
    root = Path(__file__).parents[1]
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-m", "bench.ingest", way, str(count)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Figures(*json.loads(done.stdout))


async def _ours(bodies: dict[str, bytes], folder: Path, count: int) -> None:
    db = Database(f"sqlite+aiosqlite:///{folder / 'cohort.sqlite3'}")
    try:
        await db.open()
        await schema.upgrade(db)
        clock = FakeClock()
        fetcher = FakeFetcher(clock)
        for category, body in bodies.items():
            fetcher.answers[category] = Response(200, body, "application/rss+xml", None, None, category)
        await add_feed(db, plan(categories=CATEGORIES), clock.now())
        service = ArxivService(db, clock, fetcher, base_url="https://arxiv/rss", interval_s=0, owner="bench")
        begun = time.process_time()
        stored = await service.poll_due()
        _report(begun)
        assert stored == count
    finally:
        await db.close()


def _plain(bodies: dict[str, bytes], folder: Path, count: int) -> None:
    import feedparser

    with sqlite3.connect(folder / "plain.sqlite3") as connection:
        connection.execute("CREATE TABLE papers (id TEXT PRIMARY KEY, title TEXT, abstract TEXT)")
        begun = time.process_time()
        for body in bodies.values():
            read = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
            rows = [(each["id"], each["title"], each["summary"]) for each in read["entries"]]
            connection.executemany("INSERT OR IGNORE INTO papers VALUES (?, ?, ?)", rows)
            connection.commit()
        _report(begun)
        assert connection.execute("SELECT count(*) FROM papers").fetchone() == (count,)


def _report(begun: float) -> None:
    print(json.dumps([time.process_time() - begun, resident("VmHWM")]), flush=True)


def main(arguments: Sequence[str]) -> None:
    """Measure one way in this process."""
    way, count = arguments[0], int(arguments[1])
    bodies = lists(count)
    with TemporaryDirectory(prefix="cohort-bench-") as name:
        if way == "ours":
            asyncio.run(_ours(bodies, Path(name), count))
        else:
            _plain(bodies, Path(name), count)


if __name__ == "__main__":
    main(sys.argv[1:])
