"""An index over some papers in memory: which of them a query finds and why, and which are alike.

SQLite's FTS5 is what matches. It is given text that `bot.domain.queries.fold` made, cut at the spaces, so
that papers and queries agree on what a word is (C++, ø, full-width letters) whatever SQLite was built with.
"""

import math
import sqlite3
import threading
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

from bot.domain.papers import Paper
from bot.domain.queries import COLUMNS, Query, Term, archives, fold

K = TypeVar("K", bound=Hashable)

# Beyond ASCII every character belongs to a word here, and folded text holds nothing but words. The signs
# stand in C++ and C#, in category codes, and between the names of two authors.
_SCHEMA: Final = """
CREATE VIRTUAL TABLE papers USING fts5(
    title, abstract, authors, categories, content='', tokenize="ascii tokenchars '+#.-|'"
);
CREATE VIRTUAL TABLE words USING fts5vocab(papers, row);
"""
_TELLING_WORDS = 20  # of a paper, to find others like it
_REPEATS = 6  # how much more the most telling of them may weigh than the least
_TITLE_WEIGHT = 3  # a word of the title, in words of the abstract
_SAME_CATEGORIES = 0.2  # how much more alike two papers are whose categories are the same


@dataclass(frozen=True, slots=True)
class TermVerdict:
    """What became of one term of a query on one paper."""

    term: Term
    wanted: bool  # False for a term that must not occur
    found_in: tuple[str, ...]  # of title, abstract, authors, categories


class PaperIndex:
    """Papers to be searched; built once, then read from any thread, until closed.

    Of a paper that is given twice, the latest version counts. All methods block: call them in a thread.
    """

    def __init__(self, papers: Iterable[Paper]) -> None:
        latest: dict[str, Paper] = {}
        for paper in papers:
            if paper.id not in latest or paper.version >= latest[paper.id].version:
                latest[paper.id] = paper
        self._ids = list(latest)
        self._rows = {id_: row for row, id_ in enumerate(self._ids)}
        self._categories = [frozenset(paper.categories) for paper in latest.values()]
        self._papers_with: dict[str, int] | None = None  # how many papers have a word; counted when needed
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(":memory:", check_same_thread=False, isolation_level=None)
        self._connection.executescript(_SCHEMA)
        self._connection.execute("BEGIN")
        self._connection.executemany(
            "INSERT INTO papers (rowid, title, abstract, authors, categories) VALUES (?, ?, ?, ?, ?)",
            ((self._rows[id_], *_columns(paper)) for id_, paper in latest.items()),
        )
        self._connection.execute("COMMIT")
        self._connection.execute("INSERT INTO papers (papers) VALUES ('optimize')")

    def __len__(self) -> int:
        return len(self._ids)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back; the index cannot be used any more."""
        with self._lock:
            self._connection.close()
        self._ids, self._rows, self._categories, self._papers_with = [], {}, [], None

    def matching(self, query: Query) -> set[str]:
        """Return the ids of the papers that a query finds."""
        return self._matching(query.fts())

    def matching_many(self, queries: Mapping[K, Query]) -> dict[K, set[str]]:
        """Return for each key the ids its query finds; equal queries are run once."""
        keys: dict[str, list[K]] = {}
        for key, query in queries.items():
            keys.setdefault(query.fts(), []).append(key)
        found: dict[K, set[str]] = {}
        for expression, sharing in keys.items():
            ids = self._matching(expression)
            found.update((key, set(ids)) for key in sharing)
        return found

    def explain(self, query: Query, paper_id: str) -> list[TermVerdict]:
        """Return for each term of a query where it stands in one paper; KeyError for a paper not in the index."""
        row = self._rows[paper_id]
        return [
            TermVerdict(
                leaf.term,
                leaf.wanted,
                tuple(
                    column for column in COLUMNS[leaf.term.field] if self._stands_in(leaf.term, column, row)
                ),
            )
            for leaf in query.terms()
        ]

    def similar(self, paper_or_text: Paper | str, limit: int) -> list[tuple[str, float]]:
        """Return the papers most like a paper or a text, the best first; a higher score is more alike."""
        return _best(self._scores(paper_or_text), limit)

    def for_tastes(
        self, saved: Sequence[Paper], limit: int, exclude: Collection[str] = ()
    ) -> list[tuple[str, float]]:
        """Return the papers most like those a person saved, without these and those to `exclude`.

        The score is the mean of the likeness to each saved paper, so that several interests all count.
        """
        liked = {paper.id: paper for paper in saved}
        total: Counter[str] = Counter()
        for paper in liked.values():
            total.update(self._scores(paper))
        unseen = total.keys() - liked.keys() - set(exclude)
        return _best({id_: total[id_] / len(liked) for id_ in unseen}, limit)

    def _matching(self, expression: str) -> set[str]:
        found = self._select("SELECT rowid FROM papers WHERE papers MATCH ?", expression)
        return {self._ids[row] for (row,) in found}

    def _stands_in(self, term: Term, column: str, row: int) -> bool:
        match = "SELECT 1 FROM papers WHERE papers MATCH ? AND rowid = ?"
        return bool(self._select(match, term.fts([column]), row))

    def _scores(self, like: Paper | str) -> dict[str, float]:
        """Score all papers that share a telling word: BM25, and a little for categories in common."""
        title, abstract = (like.title, like.abstract) if isinstance(like, Paper) else (like, "")
        own = self._rows.get(like.id) if isinstance(like, Paper) else None
        words = self._telling(fold(title), fold(abstract), known=own is not None)
        if not words:
            return {}
        # A word holds no quotation mark: `fold` keeps letters, digits, + and #.
        expression = "{title abstract} : (" + " OR ".join(f'"{word}"' for word in words) + ")"
        scored = self._select(
            f"SELECT rowid, -bm25(papers, {_TITLE_WEIGHT}, 1.0, 0.0, 0.0) FROM papers WHERE papers MATCH ?",  # noqa: S608
            expression,
        )
        categories = frozenset(like.categories) if isinstance(like, Paper) else frozenset()
        return {
            self._ids[row]: score * (1 + _SAME_CATEGORIES * _overlap(categories, self._categories[row]))
            for row, score in scored
            if row != own
        }

    def _telling(self, title: str, abstract: str, *, known: bool) -> list[str]:
        """Return the words that say most about a text: often in it, and in few other papers.

        bm25 knows no weights for what is looked for, so a word is given as often as it weighs.
        """
        often = Counter(abstract.split())
        for word in title.split():
            often[word] += _TITLE_WEIGHT
        if self._papers_with is None:
            self._papers_with = dict(self._select("SELECT term, doc FROM words"))
        weights: dict[str, float] = {}
        for word, times in often.items():
            papers = self._papers_with.get(word, 0)
            if papers > known:  # a word of this paper alone leads nowhere
                weights[word] = times * math.log(1 + (len(self._ids) - papers + 0.5) / (papers + 0.5))
        most = sorted(weights, key=lambda word: (-weights[word], word))[:_TELLING_WORDS]
        return [word for word in most for _ in range(min(_REPEATS, round(weights[word] / weights[most[-1]])))]

    def _select(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            return self._connection.execute(statement, values).fetchall()


def _columns(paper: Paper) -> tuple[str, str, str, str]:
    """Return a paper's text as the index holds it."""
    codes = {code.lower() for name in paper.categories for code in (name, *archives(name))}
    # The bar keeps a phrase from running from one name into the next.
    names = " | ".join(fold(author.name) for author in paper.authors)
    return fold(paper.title), fold(paper.abstract), names, " ".join(sorted(codes))


def _overlap(some: frozenset[str], others: frozenset[str]) -> float:
    return len(some & others) / len(some | others) if some and others else 0.0


def _best(scores: Mapping[str, float], limit: int) -> list[tuple[str, float]]:
    """Return the highest scores; of equal ones the lower id comes first."""
    return sorted(scores.items(), key=lambda item: (-item[1], item[0]))[: max(0, limit)]
