"""Looking up, searching and ranking papers, for whoever asks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from bot.cache import Cache
from bot.clock import Clock
from bot.domain.community import Details, FoundPaper, is_withdrawn
from bot.domain.feeds import Candidate
from bot.domain.papers import AnnounceType, Paper, parse_id
from bot.domain.queries import Query, fold, parse_query
from bot.errors import UserError
from bot.services.papers.lookup import AT_ONCE, ArxivLookup, Unavailable
from bot.services.papers.recent import RecentPapers
from bot.sources.arxiv_query import to_search_query
from bot.storage import lookups, papers, saved, signals
from bot.storage.engine import Database
from bot.storage.lookups import Announced, Posted
from bot.storage.saved import Counts
from bot.storage.signals import Signals

PER_PAGE: Final = 5

SIMILAR: Final = 5

DEFAULT_CATEGORY: Final = "cs.LG"
"""What `latest` shows where nothing was chosen and no feed reads anything."""

LATEST_TYPES: Final = (AnnounceType.NEW, AnnounceType.CROSS)

_TITLES_OFFERED: Final = 1_000
_TITLES_KEPT: Final = timedelta(minutes=1)
_CHOICES: Final = 25
_ALIKE_ENOUGH: Final = 70  # of 100
_LONGEST_TITLE: Final = 250


@dataclass(frozen=True, slots=True)
class PaperView:
    """All that is said of one paper, to one person in one place."""

    paper: Paper
    details: Details | None  # None where arXiv's page was not asked lately
    announced: tuple[Announced, ...]
    posted: tuple[Posted, ...]  # by this server's feeds
    signals: Signals | None
    counts: Counts  # of this server
    is_saved: bool  # by this person
    has_voted: bool

    @property
    def is_withdrawn(self) -> bool:
        """Whether the paper was taken back, as far as anything says so."""
        comment = self.details.comment if self.details else None
        return self.paper.withdrawn or is_withdrawn(comment, self.paper.abstract)


@dataclass(frozen=True, slots=True)
class Found:
    """What `show` found: the paper itself, or those whose titles are nearest."""

    paper: Paper | None
    nearest: tuple[Paper, ...] = ()
    asked_version: int | None = None
    busy: Unavailable | None = None  # arXiv itself could not be asked


@dataclass(frozen=True, slots=True)
class SearchPage:
    """One page of a search, from arXiv or, while that is busy, from what is stored."""

    query: Query
    papers: tuple[Paper, ...]
    page: int  # from 0
    total: int
    busy: Unavailable | None = None


@dataclass(frozen=True, slots=True)
class Slice:
    """One page of papers, and how many there are in all."""

    candidates: tuple[Candidate, ...]
    page: int
    total: int


class _Title(NamedTuple):
    """A title, and how it is compared: folding a thousand of them takes 20 ms, too much for every letter typed."""

    shown: str
    folded: str


class PaperService:
    """What members are told of papers. Nothing of another server or another member is ever in it."""

    def __init__(self, db: Database, clock: Clock, lookup: ArxivLookup, recent: RecentPapers) -> None:
        self._db = db
        self._clock = clock
        self._lookup = lookup
        self._recent = recent
        self._titles: Cache[str, Mapping[str, _Title]] = Cache(1, _TITLES_KEPT)

    async def close(self) -> None:
        """Give the memory of the index back."""
        await self._recent.close()

    # --- One paper ----------------------------------------------------------------------------------

    async def find(self, text: str) -> Found:
        """Read an id or an address of any kind, else look for a title."""
        wanted = parse_id(text)
        if wanted is not None:
            return Found(await self.get(wanted.base), asked_version=wanted.version)
        words = fold(text[:_LONGEST_TITLE])
        if not words.strip():
            raise UserError("Give an arXiv id such as 1706.03762, an arXiv link, or words of the title.")
        refusal = None
        try:
            results = await self._lookup.search(f'ti:"{words}"', 0)
            near = await self._keep(results.found[:PER_PAGE])
        except Unavailable as busy:
            refusal, near = busy, []
        exact = [paper for paper in near if fold(paper.title) == words]
        if len(exact) == 1:
            return Found(exact[0])
        stored = await self._recent.ask(lambda index: index.similar(words, PER_PAGE))
        near += await self._papers([id_ for id_, _ in stored if id_ not in {paper.id for paper in near}])
        exact = [paper for paper in near if fold(paper.title) == words]
        if len(exact) == 1:
            return Found(exact[0])
        return Found(None, tuple(near[:PER_PAGE]), busy=refusal)

    async def get(self, paper_id: str) -> Paper:
        """Return a paper by its base id, from what is stored or else from arXiv; UserError if neither has it."""
        stored = await self._papers([paper_id])
        if stored:
            return stored[0]
        try:
            found = await self._lookup.paper(paper_id)
        except Unavailable as busy:
            raise UserError(
                f"{busy.reason} I have not stored that paper, so try again <t:{int(busy.until.timestamp())}:R>, "
                f"or read it at https://arxiv.org/abs/{paper_id}."
            ) from busy
        if found is None:
            raise UserError(f"arXiv has no paper {paper_id}. Check the number, or search by title.")
        return (await self._keep([found]))[0]

    async def view(self, paper: Paper, *, server_id: int | None, member_id: int) -> PaperView:
        """Return all that is said of a paper; outside servers nothing of any server."""
        async with self._db.read() as tx:
            announced = await lookups.announced(tx, paper.id)
            known = await signals.get(tx, [paper.id])
            is_saved = await saved.is_saved(tx, member_id, paper.id)
            posted: Sequence[Posted] = ()
            counts, has_voted = Counts(), False
            if server_id is not None:
                posted = await lookups.posted(tx, server_id, paper.id)
                counts = (await saved.counts(tx, server_id, [paper.id])).get(paper.id, Counts())
                has_voted = await saved.has_voted(tx, server_id, member_id, paper.id)
        return PaperView(
            paper=paper,
            details=self._lookup.details(paper.id),
            announced=tuple(announced),
            posted=tuple(posted),
            signals=known.get(paper.id),
            counts=counts,
            is_saved=is_saved,
            has_voted=has_voted,
        )

    async def offered(self, member_id: int, typed: str) -> list[tuple[str, str]]:
        """Return up to 25 (id, title) for what was typed: the member's saved papers, then those stored lately."""
        now = self._clock.now()
        async with self._db.read() as tx:
            own = _folded(await lookups.saved_titles(tx, member_id))
            latest = self._titles.get("", now)
            if latest is None:
                latest = _folded(await lookups.newest_titles(tx, _TITLES_OFFERED))
                self._titles.put("", latest, now)
        titles = {**own, **latest}
        if (wanted := parse_id(typed)) is not None:
            known = titles.get(wanted.base)
            return [(str(wanted), known.shown if known else "arXiv paper")]
        return [(id_, titles[id_].shown) for id_ in _matching(titles, typed)]

    async def toggle_vote(self, paper_id: str, *, server_id: int, member_id: int) -> bool:
        """Give a member's vote in a server or take it back; return whether it stands now."""
        paper = await self.get(paper_id)
        async with self._db.write() as tx:
            return await saved.toggle_vote(tx, server_id, member_id, paper.id, self._clock.now())

    # --- Many papers --------------------------------------------------------------------------------

    async def search(self, text: str, page: int = 0) -> SearchPage:
        """Search arXiv; while it cannot be asked, what is stored. Raises QueryError for what cannot be read."""
        query = parse_query(text)
        first = page * PER_PAGE
        try:
            results = await self._lookup.search(to_search_query(query), first - first % AT_ONCE)
        except Unavailable as busy:
            return await self._search_stored(query, page, busy)
        here = first % AT_ONCE
        shown = await self._keep(results.found[here : here + PER_PAGE])
        return SearchPage(query, tuple(shown), page, results.total)

    async def _search_stored(self, query: Query, page: int, busy: Unavailable) -> SearchPage:
        matching = await self._recent.ask(lambda index: index.matching(query))
        ids = sorted(matching, reverse=True)
        shown = await self._papers(ids[page * PER_PAGE : (page + 1) * PER_PAGE])
        return SearchPage(query, tuple(shown), page, len(ids), busy)

    async def categories_of(self, server_id: int | None) -> tuple[str, ...]:
        """Return the categories that a server's feeds read, else the default one."""
        if server_id is None:
            return (DEFAULT_CATEGORY,)
        async with self._db.read() as tx:
            return tuple(await lookups.read_by(tx, server_id)) or (DEFAULT_CATEGORY,)

    async def latest(self, categories: Sequence[str], page: int = 0) -> Slice:
        """Return a page of the papers that were announced last in any of the categories."""
        async with self._db.read() as tx:
            total = await lookups.count_latest(tx, categories, LATEST_TYPES)
            page = _within(page, total)
            rows = await lookups.latest(tx, categories, LATEST_TYPES, start=page * PER_PAGE, limit=PER_PAGE)
            found = await papers.by_ids(tx, [id_ for id_, _, _ in rows])
        return Slice(
            tuple(Candidate(found[id_], AnnounceType(kind), seen_at) for id_, kind, seen_at in rows),
            page,
            total,
        )

    async def counted(
        self, feed_id: int, slot_at: datetime, page: int, *, server_id: int | None, member_id: int
    ) -> Slice:
        """Return a page of the papers that a digest only counted; only to those the feed belongs to."""
        async with self._db.read() as tx:
            owner = await lookups.owner_of(tx, feed_id)
            total = 0
            if owner is not None and owner in ((server_id, None), (None, member_id)):
                _, total = await lookups.counted(tx, feed_id, slot_at, start=0, limit=0)
            if not total:
                raise UserError("I no longer have the list of that day. See /papers latest.")
            page = _within(page, total)
            ids, _ = await lookups.counted(tx, feed_id, slot_at, start=page * PER_PAGE, limit=PER_PAGE)
            found = await papers.by_ids(tx, ids)
        shown = [Candidate(found[id_], AnnounceType.NEW, slot_at) for id_ in ids if id_ in found]
        return Slice(tuple(shown), page, total)

    async def similar(self, paper: Paper) -> list[Paper]:
        """Return the papers stored lately that are most like one, the best first."""
        found = await self._recent.ask(lambda index: index.similar(paper, SIMILAR))
        return await self._papers([id_ for id_, _ in found])

    async def counts_for(self, server_id: int, paper_ids: Sequence[str]) -> dict[str, Counts]:
        """Return the counts of those papers that members of the server saved or found useful."""
        async with self._db.read() as tx:
            return await saved.counts(tx, server_id, paper_ids)

    async def _papers(self, ids: Sequence[str]) -> list[Paper]:
        """Return those papers that are stored, in the order asked for."""
        async with self._db.read() as tx:
            found = await papers.by_ids(tx, ids)
        return [found[id_] for id_ in ids if id_ in found]

    async def _keep(self, found: Sequence[FoundPaper]) -> list[Paper]:
        """Store what arXiv told, so that the buttons below it work, and return the papers in their order.

        A paper that a list announced stays as it is: its new version is news when the list says so.
        """
        fresh = [_whole(each) for each in found]
        now = self._clock.now()
        async with self._db.write() as tx:
            announced = await lookups.is_announced(tx, [paper.id for paper in fresh])
            for paper in sorted(fresh, key=lambda paper: paper.id):
                if paper.id not in announced:
                    await papers.keep(tx, paper, now)
        return fresh


def _whole(found: FoundPaper) -> Paper:
    return replace(found.paper, withdrawn=found.paper.withdrawn or found.details.withdrawn)


def _within(page: int, total: int) -> int:
    """Return a page that exists: the list may have become shorter since the button was made."""
    return max(0, min(page, (total - 1) // PER_PAGE))


def _folded(titles: Mapping[str, str]) -> dict[str, _Title]:
    return {id_: _Title(title, fold(title)) for id_, title in titles.items()}


def _matching(titles: Mapping[str, _Title], typed: str) -> list[str]:
    """Return the ids of the titles that hold every word typed; where none does, of those that resemble it."""
    words = fold(typed).split()
    if not words:
        return list(titles)[:_CHOICES]
    holding = [
        id_ for id_, title in titles.items() if all(word in title.folded or word in id_ for word in words)
    ]
    if holding:
        return holding[:_CHOICES]
    from rapidfuzz import fuzz, process

    near = process.extract(
        " ".join(words),
        {id_: title.folded for id_, title in titles.items()},
        scorer=fuzz.partial_ratio,
        score_cutoff=_ALIKE_ENOUGH,
        limit=_CHOICES,
    )
    return [id_ for _, _, id_ in near]
