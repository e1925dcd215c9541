"""Looking papers up: what is stored, what arXiv says, and what is said while arXiv is busy."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.cache import Cache
from bot.clock import Clock
from bot.domain.citations import Format
from bot.domain.community import DailyPaper
from bot.domain.papers import AnnounceType, Author, Paper
from bot.errors import UserError
from bot.services.papers import ArxivLookup, PaperService, RecentPapers, Unavailable
from bot.services.papers.lookup import KEY, MAX_WAITING
from bot.services.reading_lists import MAX_SAVED, ReadingListService
from bot.sources.errors import Timeout, Unreachable
from bot.sources.http import MAX_BYTES, Response
from bot.storage import feeds, papers, signals, sources
from bot.storage.engine import Database
from bot.storage.saved import Counts
from bot.storage.tables import feed_items
from tests.support.clock import START, FakeClock
from tests.support.fakes import add_feed, batch, paper, plan

ATOM = (
    "<?xml version='1.0' encoding='UTF-8'?>"
    '<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" '
    'xmlns:arxiv="http://arxiv.org/schemas/atom" xmlns="http://www.w3.org/2005/Atom">'
    "<opensearch:totalResults>{total}</opensearch:totalResults>"
    "<opensearch:startIndex>{start}</opensearch:startIndex>{entries}</feed>"
)
ENTRY = (
    "<entry><id>http://arxiv.org/abs/{id}v{version}</id><title>{title}</title><summary>{abstract}</summary>"
    "<published>2026-01-01T00:00:00Z</published><updated>2026-01-02T00:00:00Z</updated>"
    "<author><name>Ana Example</name></author><arxiv:comment>{comment}</arxiv:comment>"
    '<arxiv:primary_category term="cs.LG"/><category term="cs.LG"/></entry>'
)


@dataclass
class Known:
    """A paper that arXiv has."""

    id: str
    title: str = ""
    version: int = 1
    abstract: str = "We show that it works."
    comment: str = "7 pages"


@dataclass
class FakeApi:
    """arXiv's query API: finds every known paper, or fails, and remembers what it was asked and when."""

    clock: Clock
    known: list[Known] = field(default_factory=list)
    fault: Exception | int | None = None
    words: bytes = b"Rate exceeded."
    retry_after: float | None = None
    asked: list[dict[str, str]] = field(default_factory=list)
    at: list[float] = field(default_factory=list)
    now_open: int = 0
    most_open: int = 0
    gate: asyncio.Event | None = None  # answers wait for it

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        query = {key: values[0] for key, values in parse_qs(urlsplit(url).query).items()}
        self.asked.append(query)
        self.at.append((self.clock.now() - START).total_seconds())
        self.now_open += 1
        self.most_open = max(self.most_open, self.now_open)
        await (self.gate.wait() if self.gate else asyncio.sleep(0))
        self.now_open -= 1
        if isinstance(self.fault, Exception):
            raise self.fault
        if self.fault is not None:
            return Response(self.fault, self.words, "", None, None, url, self.retry_after)
        wanted = self.known
        if "id_list" in query:
            wanted = [each for each in self.known if each.id in query["id_list"].split(",")]
        start, most = int(query.get("start", 0)), int(query["max_results"])
        entries = "".join(
            ENTRY.format(**(vars(each) | {"title": each.title or f"Paper {each.id}"}))
            for each in wanted[start : start + most]
        )
        body = ATOM.format(total=len(wanted), start=start, entries=entries)
        return Response(200, body.encode(), "application/atom+xml", None, None, url)


@dataclass
class Reader:
    """The services of a member who reads, over one database and one arXiv."""

    db: Database
    clock: FakeClock
    api: FakeApi
    lookup: ArxivLookup = field(init=False)
    papers: PaperService = field(init=False)
    lists: ReadingListService = field(init=False)

    def __post_init__(self) -> None:
        self.lookup = ArxivLookup(
            self.db,
            self.clock,
            self.api,
            base_url="https://export/api/query",
            pace_url="https://rss/rss",
            interval_s=3,
        )
        recent = RecentPapers(self.db, self.clock)
        self.papers = PaperService(self.db, self.clock, self.lookup, recent)
        self.lists = ReadingListService(self.db, self.clock, self.papers)

    async def announce(
        self, *announced: Paper, category: str = "cs.LG", kind: AnnounceType = AnnounceType.NEW
    ) -> None:
        async with self.db.write() as tx:
            await papers.store(tx, batch(category, *announced, kind=kind), self.clock.now())

    async def stored(self, *ids: str) -> dict[str, Paper]:
        async with self.db.read() as tx:
            return await papers.by_ids(tx, ids)


@pytest.fixture
def reader(db: Database, clock: FakeClock) -> Reader:
    return Reader(db, clock, FakeApi(clock))


def about(id_: str, title: str, abstract: str = "") -> Paper:
    return Paper(id_, 1, title, abstract or title, (Author("Ana Example"),), ("cs.LG",), "cs.LG")


# --- One paper --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "2601.00001",
        "arXiv:2601.00001v2",
        "https://arxiv.org/pdf/2601.00001v1.pdf",
        "https://arxiv.org/abs/2601.00001",
    ],
)
async def test_what_is_stored_is_not_asked_for(reader: Reader, written: str) -> None:
    await reader.announce(paper("2601.00001"))
    found = await reader.papers.find(written)
    assert found.paper == paper("2601.00001")
    assert reader.api.asked == []


async def test_what_is_not_stored_is_asked_for_and_kept(reader: Reader) -> None:
    reader.api.known = [Known("2601.00001", "A Title", version=3)]
    found = await reader.papers.find("https://arxiv.org/abs/2601.00001v2")
    assert found.paper is not None
    assert (found.paper.title, found.paper.version, found.asked_version) == ("A Title", 3, 2)
    view = await reader.papers.view(found.paper, server_id=None, member_id=10)
    assert view.details is not None
    assert (view.details.comment, view.announced) == ("7 pages", ())
    # Another process finds it in the database.
    reader.api.fault = 503
    again = Reader(reader.db, reader.clock, reader.api)
    assert (await again.papers.get("2601.00001")).title == "A Title"


async def test_a_paper_that_a_list_announced_stays_as_the_list_said(reader: Reader) -> None:
    await reader.announce(paper("2601.00001"))
    reader.api.known = [Known("2601.00001", "New Title", version=2), Known("2601.00002", "Other", version=2)]
    await reader.papers.search("title")
    stored = await reader.stored("2601.00001", "2601.00002")
    assert [each.version for each in stored.values()] == [1, 2]
    reader.api.known[1].version = 3
    reader.clock.advance(hours=2)
    await reader.papers.search("title")
    assert (await reader.stored("2601.00002"))["2601.00002"].version == 3


async def test_a_withdrawn_paper_is_known_as_such_for_good(reader: Reader) -> None:
    reader.api.known = [Known("2601.00001", comment="This paper has been withdrawn by the author")]
    await reader.papers.get("2601.00001")
    stored = (await reader.stored("2601.00001"))["2601.00001"]
    reader.clock.advance(days=3)
    assert (await reader.papers.view(stored, server_id=None, member_id=1)).is_withdrawn


async def test_an_unknown_paper_and_no_paper_at_all(reader: Reader) -> None:
    with pytest.raises(UserError, match=r"arXiv has no paper 2601\.99999"):
        await reader.papers.find("2601.99999")
    with pytest.raises(UserError, match=r"Give an arXiv id such as"):
        await reader.papers.find(" … ")


async def test_an_unknown_paper_while_arxiv_is_busy(reader: Reader) -> None:
    reader.api.fault = 429
    with pytest.raises(UserError) as caught:
        await reader.papers.get("2601.00001")
    until = int(START.timestamp()) + 15 * 60
    assert f"try again <t:{until}:R>" in caught.value.message
    assert "https://arxiv.org/abs/2601.00001" in caught.value.message


async def test_a_title_is_found_at_arxiv(reader: Reader) -> None:
    reader.api.known = [
        Known("2601.00001", "Attention, in General"),
        Known("2601.00002", "Attention: In Part"),
    ]
    found = await reader.papers.find("attention in general")
    assert found.paper is not None
    assert found.paper.id == "2601.00001"
    assert reader.api.asked[0]["search_query"] == 'ti:"attention in general"'
    vague = await reader.papers.find("attention")
    assert vague.paper is None
    assert [each.id for each in vague.nearest] == ["2601.00001", "2601.00002"]


async def test_a_title_is_found_among_what_is_stored_while_arxiv_is_busy(reader: Reader) -> None:
    await reader.announce(about("2601.00001", "Graphs of Kernels"), about("2601.00002", "Robots that walk"))
    reader.api.fault = Timeout("late")
    exact = await reader.papers.find("robots that walk!")
    assert exact.paper is not None
    assert exact.paper.id == "2601.00002"
    near = await reader.papers.find("walking with robots")
    assert [each.id for each in near.nearest] == ["2601.00002"]
    assert near.busy is not None
    assert near.busy.until == START + timedelta(minutes=15)


async def test_a_view_has_what_is_known_and_nothing_of_another_server(reader: Reader) -> None:
    await reader.announce(paper("2601.00001"))
    await reader.announce(paper("2601.00001"), category="cs.AI", kind=AnnounceType.CROSS)
    async with reader.db.write() as tx:
        daily = DailyPaper("2601.00001", 12, 3, github_repo="https://github.com/x/y", github_stars=5)
        await signals.record(tx, [daily], START)
    for member, server in ((10, 1), (11, 1), (12, 2)):
        await reader.lists.save(member, "2601.00001", server)
    await reader.papers.toggle_vote("2601.00001", server_id=1, member_id=11)
    known = paper("2601.00001")
    view = await reader.papers.view(known, server_id=1, member_id=10)
    assert (view.counts, view.is_saved, view.has_voted) == (Counts(2, 1), True, False)
    assert [(each.category, each.type) for each in view.announced] == [("cs.AI", "cross"), ("cs.LG", "new")]
    assert view.signals is not None
    assert (view.signals.upvotes, view.signals.code_url) == (12, "https://github.com/x/y")
    alone = await reader.papers.view(known, server_id=None, member_id=11)
    assert (alone.counts, alone.is_saved, alone.has_voted, alone.posted) == (Counts(), True, False, ())
    assert (await reader.papers.view(known, server_id=3, member_id=9)).counts == Counts()
    assert await reader.papers.counts_for(1, ["2601.00001"]) == {"2601.00001": Counts(2, 1)}


async def test_titles_are_offered_saved_ones_first(reader: Reader) -> None:
    await reader.announce(about("2601.00001", "Graphs of Kernels"))
    reader.clock.advance(minutes=1)
    await reader.announce(about("2601.00002", "Robots that walk"), about("2601.00003", "Walking graphs"))
    await reader.lists.save(10, "2601.00001", 1)

    async def offered(typed: str, member: int = 10) -> list[str]:
        return [id_ for id_, _ in await reader.papers.offered(member, typed)]

    assert await offered("") == ["2601.00001", "2601.00003", "2601.00002"]
    assert await offered("", member=11) == ["2601.00003", "2601.00002", "2601.00001"]
    assert await offered("graph") == ["2601.00001", "2601.00003"]
    assert await offered("Robts that wlk") == ["2601.00002"]
    assert await reader.papers.offered(10, "arXiv:2601.00002v4") == [("2601.00002v4", "Robots that walk")]
    assert await reader.papers.offered(10, "1706.03762") == [("1706.03762", "arXiv paper")]


# --- Searching --------------------------------------------------------------------------------------


async def test_pages_of_a_search_share_one_request(reader: Reader) -> None:
    reader.api.known = [Known(f"2601.{number:05d}") for number in range(1, 31)]
    pages = [await reader.papers.search("heat", page) for page in range(6)]
    assert [[int(each.id[-2:]) for each in page.papers] for page in pages] == [
        list(range(first, first + 5)) for first in range(1, 31, 5)
    ]
    assert {page.total for page in pages} == {30}
    assert [query["start"] for query in reader.api.asked] == ["0", "25"]
    assert len(await reader.stored(*(each.id for page in pages for each in page.papers))) == 30


async def test_the_same_search_is_asked_once_an_hour(reader: Reader) -> None:
    await reader.papers.search("heat AND flow")
    await reader.papers.search(" heat  flow ")
    assert len(reader.api.asked) == 1
    reader.clock.advance(minutes=61)
    await reader.papers.search("heat flow")
    assert len(reader.api.asked) == 2


async def test_one_at_a_time_and_three_seconds_apart_over_all_processes(reader: Reader) -> None:
    other = Reader(reader.db, reader.clock, reader.api)
    words = [f"word{number}" for number in range(4)]
    await asyncio.gather(*(reader.papers.search(word) for word in words))
    await other.papers.search("else")
    assert reader.api.most_open == 1
    assert reader.api.at == [0, 3, 6, 9, 12]


async def test_the_pace_is_shared_with_the_daily_lists(reader: Reader) -> None:
    async with reader.db.write() as tx:
        await sources.reserve(tx, "rss", START, timedelta(seconds=3), at_most=timedelta(minutes=1))
    await reader.papers.search("heat")
    assert reader.api.at == [3]


async def test_those_who_ask_the_same_at_once_share_the_answer(reader: Reader) -> None:
    pages = await asyncio.gather(*(reader.papers.search("heat") for _ in range(5)))
    assert len(reader.api.asked) == 1
    assert len({page.total for page in pages}) == 1


async def test_not_everybody_waits(reader: Reader) -> None:
    reader.api.gate = asyncio.Event()
    asking = [
        asyncio.ensure_future(reader.lookup.search(f"ti:w{number}", 0)) for number in range(MAX_WAITING + 2)
    ]
    done, waiting = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
    while len(done) < 2:
        more, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        done |= more
    reader.api.gate.set()
    for refused in done:
        with pytest.raises(Unavailable, match="Many people are looking things up right now"):
            refused.result()
    assert len(await asyncio.gather(*waiting)) == MAX_WAITING


@pytest.mark.parametrize("fault", [429, 503, 500, Timeout("late"), Unreachable("gone")])
async def test_trouble_opens_the_breaker_for_longer_and_longer(
    reader: Reader, fault: Exception | int
) -> None:
    reader.api.fault = fault
    for minutes in (15, 30, 60, 120, 120):
        began = reader.clock.now()
        page = await reader.papers.search("heat")
        assert page.busy is not None
        assert page.busy.until == began + timedelta(minutes=minutes)
        asked = len(reader.api.asked)
        reader.clock.advance(minutes=minutes - 1)
        # Another process leaves it alone as well.
        other = await Reader(reader.db, reader.clock, reader.api).papers.search("cold")
        assert other.busy is not None
        assert other.busy.until == page.busy.until
        assert len(reader.api.asked) == asked
        reader.clock.set(page.busy.until)
    reader.api.fault = None
    reader.api.known = [Known("2601.00001")]
    assert (await reader.papers.search("heat")).busy is None
    async with reader.db.read() as tx:
        state = (await sources.get(tx, [KEY]))[KEY]
    assert (state.failures, state.error, state.failing_since) == (0, None, None)


async def test_a_pause_that_is_asked_for_is_kept(reader: Reader) -> None:
    reader.api.fault, reader.api.retry_after = 503, 4 * 3600.0
    page = await reader.papers.search("heat")
    assert page.busy is not None
    assert page.busy.until == START + timedelta(hours=4)


async def test_one_answer_that_cannot_be_read_closes_nothing(reader: Reader) -> None:
    reader.api.fault, reader.api.words = 404, b"Not here."
    page = await reader.papers.search("heat")
    assert page.busy is not None
    assert page.busy.reason == "arXiv answered with an error (HTTP 404)."
    reader.api.fault = None
    assert (await reader.papers.search("heat")).busy is None


async def test_while_arxiv_is_busy_what_is_stored_is_searched(reader: Reader) -> None:
    await reader.announce(
        *(about(f"2601.{number:05d}", f"Heat number {number}") for number in range(1, 8)),
        about("2601.00009", "Cold"),
    )
    reader.api.fault = 429
    first, second = await reader.papers.search("heat"), await reader.papers.search("heat", 1)
    assert (first.total, second.total) == (7, 7)
    assert [each.id[-1] for each in (*first.papers, *second.papers)] == list("7654321")
    assert (await reader.papers.search("warmth")).papers == ()
    assert len(reader.api.asked) == 1


async def test_a_wrong_query_is_not_asked(reader: Reader) -> None:
    with pytest.raises(UserError, match="```"):
        await reader.papers.search("heat AND")
    assert reader.api.asked == []


def test_a_cache_is_bounded_in_size_and_age() -> None:
    cache: Cache[str, int] = Cache(2, timedelta(minutes=1))
    for value, key in enumerate("abc"):
        cache.put(key, value, START)
        cache.get("b", START)
    assert [cache.get(key, START) for key in "abc"] == [None, 1, 2]
    cache.get("b", START)
    cache.put("d", 3, START)
    assert [cache.get(key, START) for key in "bcd"] == [1, None, 3]
    assert cache.get("b", START + timedelta(minutes=1)) is None
    cache.drop("d")
    cache.drop("never there")
    assert cache.get("d", START) is None


# --- Latest, counted, similar -----------------------------------------------------------------------


async def test_the_latest_come_in_pages(reader: Reader) -> None:
    await reader.announce(*(paper(f"2601.{number:05d}") for number in range(1, 8)))
    reader.clock.advance(hours=1)
    await reader.announce(paper("2601.00001"), paper("2601.00009"), category="cs.AI")
    await reader.announce(paper("2512.00001"), category="cs.AI", kind=AnnounceType.REPLACE)
    page = await reader.papers.latest(["cs.LG", "cs.AI"])
    assert [each.paper.id[-1] for each in page.candidates] == list("91765")
    assert page.total == 8
    last = await reader.papers.latest(["cs.LG", "cs.AI"], 7)
    assert (last.page, [each.paper.id[-1] for each in last.candidates]) == (1, list("432"))
    assert (await reader.papers.latest(["cs.CV"], 3)).total == 0


@pytest.mark.parametrize(
    ("owner", "allowed", "refused"),
    [
        ({"server_id": 1}, {"server_id": 1, "member_id": 9}, {"server_id": None, "member_id": 1}),
        (
            {"server_id": None, "member_id": 9},
            {"server_id": None, "member_id": 9},
            {"server_id": None, "member_id": 8},
        ),
    ],
)
async def test_what_was_counted_is_shown_to_those_it_was_for(
    reader: Reader, owner: dict[str, Any], allowed: dict[str, Any], refused: dict[str, Any]
) -> None:
    ids = [f"2601.0000{number}" for number in (3, 1, 2, 7, 5, 4, 6)]
    await reader.announce(*(paper(id_) for id_ in sorted(ids)))
    chosen = plan(**owner)
    async with reader.db.write() as tx:
        number = await feeds.take_number(tx, chosen.server_id, chosen.member_id)
        feed_id = await feeds.add(
            tx, chosen, number=number, created_by=9, now=START, since=START, slot_at=START
        )
        rows = [
            {"feed_id": feed_id, "item": id_, "slot_at": START, "shown": position == 0, "position": position}
            for position, id_ in enumerate(ids)
        ]
        await tx.execute(feed_items.insert(), rows)
    first = await reader.papers.counted(feed_id, START, 0, **allowed)
    last = await reader.papers.counted(feed_id, START, 8, **allowed)
    shown = [candidate.paper.id for page in (first, last) for candidate in page.candidates]
    assert shown == ids[1:]
    assert (first.total, last.page) == (6, 1)
    with pytest.raises(UserError, match="no longer have the list"):
        await reader.papers.counted(feed_id, START, 0, **refused)


async def test_the_categories_of_a_server_are_those_of_its_feeds(reader: Reader) -> None:
    assert await reader.papers.categories_of(1) == ("cs.LG",)
    await add_feed(reader.db, plan(categories=("cs.CV", "cs.AI")), START)
    await add_feed(reader.db, plan(categories=("cs.AI",), channel_id=101), START)
    await add_feed(reader.db, plan(categories=("math.CO",), server_id=2), START)
    assert await reader.papers.categories_of(1) == ("cs.AI", "cs.CV")
    assert await reader.papers.categories_of(None) == ("cs.LG",)


async def test_what_is_like_a_paper(reader: Reader) -> None:
    await reader.announce(
        about("2601.00001", "Kernels on graphs and their spectra"),
        about("2601.00002", "Spectra of graphs"),
        about("2601.00003", "Robots that walk"),
    )
    asked = (await reader.stored("2601.00001"))["2601.00001"]
    assert [each.id for each in await reader.papers.similar(asked)] == ["2601.00002"]
    # The index is used for a while and made anew when papers came.
    await reader.announce(about("2601.00004", "Graphs, kernels, spectra"))
    assert [each.id for each in await reader.papers.similar(asked)] == ["2601.00002"]
    reader.clock.advance(minutes=5)
    assert {each.id for each in await reader.papers.similar(asked)} == {"2601.00002", "2601.00004"}
    # A paper that is not in the index has its like as well; months later nothing is.
    assert await reader.papers.similar(about("2601.00008", "Walking robots"))
    reader.clock.advance(days=70)
    await reader.announce(about("2603.00001", "Something else"))
    assert await reader.papers.similar(asked) == []
    await reader.papers.close()
    assert await reader.papers.similar(asked) == []
    await reader.papers.close()


# --- Reading lists ----------------------------------------------------------------------------------


async def test_saving_is_taken_back_by_saving_again(reader: Reader) -> None:
    reader.api.known = [Known("2601.00001")]
    assert await reader.lists.toggle(10, "2601.00001", 1)
    page = await reader.lists.page(10)
    assert [(each.paper.id, each.saved_at) for each in page.papers] == [("2601.00001", START)]
    assert not await reader.lists.toggle(10, "2601.00001", 1)
    assert (await reader.lists.page(10)).total == 0


async def test_what_is_gone_from_arxiv_is_taken_off_all_the_same(reader: Reader) -> None:
    await reader.announce(paper("2601.00001"))
    await reader.lists.save(10, "2601.00001", None)
    reader.api.fault = 503
    assert not await reader.lists.toggle(10, "2601.00001", None)


async def test_a_full_list_says_so(reader: Reader) -> None:
    many = [paper(f"2601.{number:05d}") for number in range(MAX_SAVED + 1)]
    await reader.announce(*many)
    for each in many[:-1]:
        await reader.lists.save(10, each.id, 1)
    with pytest.raises(UserError, match="room for 500 papers"):
        await reader.lists.save(10, many[-1].id, 1)
    page = await reader.lists.page(10, 5_000)
    assert (page.total, page.page, len(page.papers)) == (500, 99, 5)


@pytest.mark.parametrize("style", list(Format))
async def test_a_list_is_exported(reader: Reader, style: Format) -> None:
    await reader.announce(about("2601.00001", "Zoë’s Kernels"), about("2601.00002", "Robots"))
    await reader.lists.save(10, "2601.00001", 1)
    await reader.lists.save(10, "2601.00002", 1)
    await reader.lists.save(11, "2601.00002", 1)
    content, papers_in_it = await reader.lists.export(10, style)
    text = content.decode(style.encoding)
    assert papers_in_it == 2
    assert "2601.00001" in text
    assert "Robots" in text
    with pytest.raises(UserError, match="is empty"):
        await reader.lists.export(12, style)
