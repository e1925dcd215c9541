"""Saved queries against a day's papers: the index beside a scan of every paper for every query.

The papers and queries are made up, the same on every run: 1,500 papers of 180 words from a vocabulary in which
words are as unevenly common as in English, and distinct queries of eight shapes. The baseline is the plain
way in Python: `in` on each paper's folded text, the fields already apart. Above 1,000 queries it is timed on
a sample of them and scaled, as its rows say. Seconds are those of the processor.
"""

import json
import os
import random
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from itertools import accumulate
from pathlib import Path
from typing import Any

from luqum import thread  # type: ignore[import-untyped]

from bot.domain.papers import Author, Paper
from bot.domain.queries import COLUMNS, Query, fold, parse_query
from bot.domain.queries.tree import And, Node, Not, Or, Term
from bot.storage.paper_index import PaperIndex

PAPERS = 1_500
SIZES = {1_000: 0.5, 10_000: 2.5, 100_000: 20.0}  # queries: seconds they may take
MEMORY = {1_000: 40.0, 10_000: 40.0, 100_000: 256.0}  # queries: MiB that the index and their matches may take
SCANNED = 200  # queries of which the baseline is timed, where there are more than 1,000

_SYLLABLES = [a + b for a in "bdfgklmnprstv" for b in ("a", "e", "i", "o", "u", "an", "er", "in", "or")]
_CATEGORIES = ("cs.LG", "cs.CL", "cs.CV", "cs.AI", "stat.ML", "cs.RO", "eess.AS", "math.OC")


def run(size: str = "full") -> list[dict[str, Any]]:
    """Measure, and return rows of name, ours, baseline, ratio, unit, target and whether it was met.

    With the size "small" there are no more than 1,000 queries.
    """
    sizes = {number: limit for number, limit in SIZES.items() if size != "small" or number <= 1_000}
    papers, queries = make_papers(), make_queries(max(sizes))
    rows = [
        _row(
            "Reading 1,000 queries (baseline: luqum alone)",
            _timed(lambda: [parse_query(text) for text in queries[:1_000]]),
            _timed(lambda: [thread.parse(text) for text in queries[:1_000]]),
            "s",
            1.0,
        ),
        _row(
            f"Indexing {PAPERS:,} papers (baseline: folding their text)",
            _timed(lambda: PaperIndex(papers).close()),
            _timed(lambda: [_folded(paper) for paper in papers]),
            "s",
            2.0,
        ),
    ]
    parsed = [parse_query(text) for text in queries]
    texts = [_folded(paper) for paper in papers]
    with PaperIndex(papers) as index:
        for number, limit in sizes.items():
            some = dict(enumerate(parsed[:number]))
            ours = _timed(lambda some=some: index.matching_many(some))  # type: ignore[misc]
            step = 1 if number <= 1_000 and size != "small" else number // SCANNED
            sample = parsed[:number:step]
            scan = _timed(lambda sample=sample: _scan(sample, texts)) * number / len(sample)  # type: ignore[misc]
            estimated = "" if step == 1 else f" (scan estimated from {len(sample)})"
            rows.append(
                _row(f"{number:,} saved queries on {PAPERS:,} papers{estimated}", ours, scan, "s", limit)
            )
    scanned = _memory("scan", min(sizes))
    for number in sizes:
        name = f"Peak memory, {number:,} saved queries on {PAPERS:,} papers (scan: matches of {SCANNED})"
        rows.append(_row(name, _memory("index", number), scanned, "MiB", MEMORY[number]))
    return rows


def make_papers() -> list[Paper]:
    """Return the papers."""
    chance = random.Random(1)  # noqa: S311 - not for secrets
    words = _Words(chance)
    return [
        Paper(
            id=f"2601.{number:05}",
            version=1,
            title=" ".join(words.take(10)).capitalize(),
            abstract=". ".join(" ".join(words.take(18)).capitalize() for _ in range(10)),
            authors=tuple(Author(" ".join(words.take(2)).title()) for _ in range(chance.randint(1, 8))),
            categories=(category := chance.choice(_CATEGORIES),),
            primary_category=category,
        )
        for number in range(PAPERS)
    ]


def make_queries(size: int) -> list[str]:
    """Return distinct queries as members write them."""
    chance = random.Random(2)  # noqa: S311 - not for secrets
    words = _Words(chance)
    shapes = (
        '"{} {}"', "{} {}", "ti:{} OR {}", "({} OR {}) {} NOT {}", "{:.4}* {}", "au:{}  {}",
        "ti:{} cat:cs.LG {}", "{} AND abs:{} NOT cat:cs.CV", "{}, {}, {}",
    )  # fmt: skip
    found: dict[str, None] = {}
    while len(found) < size:
        found[chance.choice(shapes).format(*words.take_telling(4))] = None
    return list(found)


class _Words:
    """A vocabulary in which the n-th word is n times rarer than the first (Zipf)."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        fixed = random.Random(0)  # noqa: S311 - not for secrets
        words: dict[str, None] = {}
        while len(words) < 12_000:
            words["".join(fixed.choices(_SYLLABLES, k=fixed.randint(2, 4)))] = None
        self._words = list(words)
        self._weights = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))

    def take(self, count: int) -> list[str]:
        return self._chance.choices(self._words, cum_weights=self._weights, k=count)

    def take_telling(self, count: int) -> list[str]:
        """Return words worth looking for: each in about one paper of six to one of two hundred."""
        return self._chance.choices(self._words[100:3_000], k=count)


def _folded(paper: Paper) -> dict[str, str]:
    return {
        "title": f" {fold(paper.title)} ",
        "abstract": f" {fold(paper.abstract)} ",
        "authors": f" {fold(' | '.join(author.name for author in paper.authors))} ",
        "categories": f" {' '.join(paper.categories).lower()} ",
    }


def _scan(queries: list[Query], texts: list[dict[str, str]]) -> list[list[int]]:
    return [[row for row, text in enumerate(texts) if _holds(query.root, text)] for query in queries]


def _holds(node: Node, text: dict[str, str]) -> bool:
    match node:
        case Term():
            wanted = f" {node.words}" if node.prefix else f" {node.words} "
            return any(wanted in text[column] for column in COLUMNS[node.field])
        case Not(of):
            return not _holds(of, text)
        case And(of):
            return all(_holds(part, text) for part in of)
        case Or(of):
            return any(_holds(part, text) for part in of)


def _timed(work: Callable[[], object]) -> float:
    start = time.process_time()  # of this process: other work on the machine counts less
    work()
    return time.process_time() - start


def _memory(way: str, number: int) -> float:
    """Return the MiB a process of its own needs at its peak, beyond papers and queries, to match them `way`."""
    root = Path(__file__).parents[1]
    done = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-m", "bench.saved_queries", way, str(number)],
        cwd=root,
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(json.loads(done.stdout))


def _measure_memory(way: str, number: int) -> float:
    papers = make_papers()
    queries = [parse_query(text) for text in make_queries(number)]
    if way == "scan":  # nothing but Python objects, and too slow to be let find everything
        tracemalloc.start()
        texts = [_folded(paper) for paper in papers]
        scanned = _scan(queries[:: number // SCANNED], texts)
        assert scanned
        return tracemalloc.get_traced_memory()[1] / 2**20
    before = resident("VmRSS")
    with PaperIndex(papers) as index:
        found = index.matching_many(dict(enumerate(queries)))
        assert len(found) == number
        return resident("VmHWM") - before


def resident(field: str) -> float:
    """Return what this process holds (VmRSS), or has held at most (VmHWM), in MiB."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux ru_maxrss begins with what the parent held
        fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(fields[field].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 1024)


def _row(name: str, ours: float, baseline: float, unit: str, limit: float) -> dict[str, Any]:
    """Return a row; `ratio` is ours over the baseline, and the target is that ours is at most `limit`."""
    return {
        "name": name,
        "ours": float(f"{ours:.4g}"),
        "baseline": float(f"{baseline:.4g}"),
        "ratio": float(f"{ours / baseline:.4g}"),
        "unit": unit,
        "target": f"≤ {limit:g} {unit}",
        "met": ours <= limit,
    }


def _print(rows: list[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        yield "  ".join(f"{key}={value}" for key, value in row.items())


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(_measure_memory(sys.argv[1], int(sys.argv[2])))
    else:
        print("\n".join(_print(run())))
