"""Which papers a feed chooses, and in which order: the slow part, kept off the loop and out of transactions."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Self

from bot.domain.digests import Selection, select
from bot.domain.feeds import Candidate, FeedPlan, Order
from bot.domain.papers import Paper
from bot.domain.queries import Query, stored_query
from bot.storage import choosing
from bot.storage.engine import Database
from bot.storage.paper_index import PaperIndex

TASTES: Final = 12
"""How many of a server's last saved papers say what it likes; each costs a search (10 ms at 1,500 papers)."""

_MOST_PAPERS: Final = 6_000  # about 50 MB of index
_MOST_PARTS: Final = 12


@dataclass(frozen=True, slots=True)
class _Part:
    """Some papers that were indexed together, and what each query found among them."""

    index: PaperIndex
    found: dict[str, set[str]] = field(default_factory=dict)

    def matching(self, query: Query) -> set[str]:
        expression = query.fts()
        if expression not in self.found:
            self.found[expression] = self.index.matching(query)
        return self.found[expression]


class Chooser:
    """Chooses for many feeds, one after the other: what was indexed for one serves those that follow.

    An index of 1,500 papers takes about half a second to build and 12 MB, so it is made outside of
    transactions (`weigh`), shared between the feeds of a look, and given back at its end (`close`).
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._parts: list[_Part] = []
        self._where: dict[tuple[str, int], _Part] = {}  # by id and version
        self._ready: dict[tuple[Any, ...], datetime] = {}  # what was indexed, and since when
        self._indexing = asyncio.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Give the memory back."""
        for part in self._parts:
            part.index.close()
        self._parts, self._where, self._ready = [], {}, {}

    def is_ready(self, plan: FeedPlan, since: datetime) -> bool:
        """Whether `select` would be quick, because another feed read the same lists; if not, say that it is now."""
        lists = (frozenset(plan.categories), plan.options.types)
        if plan.options.order is not Order.NEWEST:
            return False
        if lists in self._ready and self._ready[lists] <= since:
            return True
        self._ready[lists] = since
        return False

    async def weigh(self, plan: FeedPlan, candidates: Sequence[Candidate]) -> Mapping[str, float]:
        """Return what the feed's order gives each paper; the query is run as well, so that `select` is quick."""
        papers = [candidate.paper for candidate in candidates]
        await self._found(plan.query, papers)
        match plan.options.order:
            case Order.UPVOTES:
                async with self._db.read() as tx:
                    return await choosing.upvotes(tx, [paper.id for paper in papers])
            case Order.SERVER:
                async with self._db.read() as tx:
                    liked = await choosing.liked(tx, plan, TASTES)
                return await asyncio.to_thread(_likeness, liked, papers) if liked else {}
            case Order.NEWEST:
                return {}

    async def select(
        self, plan: FeedPlan, candidates: Sequence[Candidate], weights: Mapping[str, float]
    ) -> Selection:
        """Decide what is shown and what is only counted; quick for papers that `weigh` was given."""
        found = await self._found(plan.query, [candidate.paper for candidate in candidates])
        return select(candidates, plan.limit, found=found, weights=weights)

    async def choose(self, plan: FeedPlan, candidates: Sequence[Candidate]) -> Selection:
        """Do both; not within a transaction."""
        return await self.select(plan, candidates, await self.weigh(plan, candidates))

    async def _found(self, query: str, papers: Sequence[Paper]) -> set[str] | None:
        if not query:
            return None
        wanted = stored_query(query)
        async with self._indexing:
            return await asyncio.to_thread(self._matching, wanted, papers)

    def _matching(self, query: Query, papers: Sequence[Paper]) -> set[str]:
        unknown = {paper.id: paper for paper in papers if (paper.id, paper.version) not in self._where}
        if unknown and (len(self._parts) == _MOST_PARTS or len(self._where) + len(unknown) > _MOST_PAPERS):
            self.close()
            unknown = {paper.id: paper for paper in papers}
        if unknown:
            part = _Part(PaperIndex(unknown.values()))
            self._parts.append(part)
            self._where |= {(paper.id, paper.version): part for paper in unknown.values()}
        return {
            paper.id for paper in papers if paper.id in self._where[paper.id, paper.version].matching(query)
        }


def _likeness(liked: Sequence[Paper], papers: Sequence[Paper]) -> dict[str, float]:
    with PaperIndex(papers) as index:
        return dict(index.for_tastes(liked, len(papers)))
