"""arXiv's query API: answers written here, real ones where they are at hand, and what can go wrong."""

import re
import tracemalloc
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.domain.community import Details, FoundPaper, SearchResults
from bot.domain.papers import Author, Paper
from bot.sources.arxiv_api import MAX_IDS, Sort, fetch_by_ids, parse_results, search
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable, SourceError
from bot.sources.http import Fetcher
from bot.sources.worker import Worker

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "arxiv_api"
captured = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")
PAGE = (Path(__file__).parent / "fixtures" / "api_search.xml").read_bytes()
HEAD = PAGE[: PAGE.index(b"<entry>")]

ERROR = (
    HEAD.replace(b"1234", b"1")
    + b"""<entry>
    <id>https://arxiv.org/api/errors#incorrect_id_format_for_tables</id>
    <title>Error</title>
    <updated>2026-03-04T09:00:00Z</updated>
    <summary>incorrect id format for tables</summary>
    <author><name>arXiv api core</name></author>
  </entry></feed>"""
)
NONE = HEAD.replace(b"1234", b"0").replace(b">20<", b">0<") + b"</feed>"


def capture(name: str) -> SearchResults:
    return parse_results((CAPTURES / name).read_bytes())


def test_every_field_is_read() -> None:
    results = parse_results(PAGE)
    assert (results.total, results.start) == (1234, 20)
    assert results.found[0] == FoundPaper(
        Paper(
            id="2603.01001",
            version=2,
            title="Learning 𝒪(n²) Tables: A Gödel & Turing Story",
            abstract="We keep a<b and x < y apart, at 50% of the cost ($5 instead of $7).",
            authors=(
                Author("Zoë Example", "Institute of Tables, Basel; Lab B"),
                Author("Wei Sample"),
                Author("Marko Ružička", "Lab A"),
            ),
            categories=("cs.IT", "cs.LG"),
            primary_category="cs.IT",
            doi="10.5555/made.up.1",
            journal_ref="Journal of Made-Up Résults 7 (2026) 1–12",
        ),
        Details(
            comment="12 pages, 3 figures; code at https://github.com/example/tables",
            submitted_at=datetime(2026, 2, 28, 4, 59, 59, tzinfo=UTC),
            updated_at=datetime(2026, 3, 4, 5, 0, 7, tzinfo=UTC),
        ),
    )


def test_a_withdrawn_paper_says_so() -> None:
    old = parse_results(PAGE).found[1]
    assert (old.paper.id, old.paper.version, old.paper.primary_category) == ("math/0309136", 1, "math.GT")
    assert old.details.withdrawn


def test_bad_entries_are_skipped_and_said() -> None:
    results = parse_results(PAGE)
    assert results.skipped == (
        "http://arxiv.org/abs/2603.09999v1: no title",
        "http://arxiv.org/abs/2603.09998v1: no category",
        "urn:something-else: no arXiv id",
    )
    last = results.found[-1]
    assert len(results.found) == 3
    assert (last.paper.id, last.paper.version, last.paper.abstract, last.paper.authors) == (
        "2603.09997",
        1,
        "",
        (),
    )
    assert last.details == Details()


def test_two_versions_are_two_and_the_same_twice_is_one() -> None:
    entry = PAGE[len(HEAD) : PAGE.index(b"</entry>") + 8]
    results = parse_results(HEAD + entry + entry + entry.replace(b"01001v2", b"01001v1") + b"</feed>")
    assert [found.paper.version for found in results.found] == [2, 1]


def test_the_error_entry_is_no_paper() -> None:
    with pytest.raises(FeedErrorReported) as reported:
        parse_results(ERROR)
    assert reported.value.message == "incorrect id format for tables"
    assert reported.value.reason == "arXiv refused the request: incorrect id format for tables."


def test_nothing_found() -> None:
    assert parse_results(NONE) == SearchResults((), 0, 0)


def test_past_the_end_there_is_nothing() -> None:
    assert parse_results(NONE.replace(b">0<", b">30<")) == SearchResults((), 30, 30)


def test_a_page_that_lost_its_results_is_not_believed() -> None:
    with pytest.raises(FeedUnreadable, match="counted results and sent none"):
        parse_results(HEAD + b"</feed>")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Rate exceeded.",
        b"<html><head><title>Sign in</title></head></html>",
        b"<rss version='2.0'><channel/></rss>",
        b"<feed/>",
        PAGE[: len(PAGE) // 2],
        PAGE[:-4],
        b"\xff\xfe\x00",
        b"<?xml version='1.0' encoding='no-such'?><feed/>",
        b"<!DOCTYPE x [<!ENTITY a 'aa'>]>" + PAGE.split(b"?>", 1)[1],
        PAGE.decode().replace("UTF-8", "cp037").encode("cp037", "replace"),
        b"<a>" * 50_000,
    ],
)
def test_what_is_no_feed_is_refused(body: bytes) -> None:
    with pytest.raises(FeedUnreadable):
        parse_results(body)


def test_a_control_character_does_not_spoil_the_page() -> None:
    assert parse_results(PAGE.replace(b"Wei Sample", b"Wei\x0b \x00Sample")) == parse_results(PAGE)


def test_megabytes_of_control_characters_cost_no_more_than_their_size() -> None:
    body = PAGE.replace(b"Wei Sample", b"Wei " + b"\x00a" * 2**20 + b" Sample")
    tracemalloc.start()
    results = parse_results(body)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert results.found[0].paper.authors[1].name.startswith("Wei aaaa")
    assert peak < 20 * 2**20  # one object for each of them would take a hundred


@pytest.mark.parametrize("count", [b"many", b"-4", b"", b"9" * 30, "٣".encode()])
def test_a_count_that_is_none_is_what_is_there(count: bytes) -> None:
    assert parse_results(PAGE.replace(b">1234<", b">" + count + b"<")).total == 6


class Arxiv:
    """The API, on this machine."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status, self.body = 200, PAGE

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(dict(request.query))
        return web.Response(status=self.status, body=self.body, content_type="application/atom+xml")


@pytest_asyncio.fixture
async def api() -> AsyncIterator[tuple[Arxiv, str]]:
    arxiv = Arxiv()
    app = web.Application()
    app.router.add_get("/api/query", arxiv.serve)
    async with TestServer(app) as server:
        yield arxiv, str(server.make_url("/api/query"))


async def test_papers_are_looked_up_by_id(api: tuple[Arxiv, str]) -> None:
    arxiv, url = api
    ids = [
        "2603.01001v2",
        "https://arxiv.org/abs/math.GT/0309136",
        "tables",
        "2603.01001v2",
        "arXiv:2603.09997",
    ]
    async with Fetcher() as fetcher, Worker() as worker:
        results = await fetch_by_ids(fetcher, url, ids, worker=worker)
    assert arxiv.asked == [{"id_list": "2603.01001v2,math/0309136,2603.09997", "max_results": "3"}]
    assert results.found == parse_results(PAGE).found
    assert results.skipped == ("tables: no arXiv id", *parse_results(PAGE).skipped)


async def test_nothing_to_look_up_is_not_asked_for(api: tuple[Arxiv, str]) -> None:
    arxiv, url = api
    async with Fetcher() as fetcher:
        assert await fetch_by_ids(fetcher, url, []) == SearchResults((), 0, 0)
        assert await fetch_by_ids(fetcher, url, ["x"]) == SearchResults((), 0, 0, ("x: no arXiv id",))
    assert arxiv.asked == []


async def test_no_more_ids_at_once_than_fit(api: tuple[Arxiv, str]) -> None:
    arxiv, url = api
    async with Fetcher() as fetcher:
        results = await fetch_by_ids(fetcher, url, [f"2603.{number:05}" for number in range(1, MAX_IDS + 3)])
    assert arxiv.asked[0]["max_results"] == str(MAX_IDS)
    assert results.skipped[:2] == ("2603.00101: more than 100 at once", "2603.00102: more than 100 at once")


async def test_a_search_is_asked_as_it_is_written(api: tuple[Arxiv, str]) -> None:
    arxiv, url = api
    query = 'ti:"graph + neural" ANDNOT (cat:cs.LG OR au:Müller) & 50%'
    async with Fetcher() as fetcher, Worker() as worker:
        results = await search(
            fetcher, url, query, start=20, max_results=5, sort=Sort.SUBMITTED, worker=worker
        )
        await search(fetcher, url, "x", start=-5, max_results=10**6)
    assert results == parse_results(PAGE)
    assert arxiv.asked == [
        {"search_query": query, "start": "20", "max_results": "5", "sortBy": "submittedDate", "sortOrder": "descending"},
        {"search_query": "x", "start": "0", "max_results": "200", "sortBy": "relevance", "sortOrder": "descending"},
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("status", "body", "kind", "reason"),
    [
        (400, ERROR, FeedErrorReported, "arXiv refused the request: incorrect id format for tables."),
        (200, ERROR, FeedErrorReported, "arXiv refused the request: incorrect id format for tables."),
        (429, b"Rate exceeded.", Busy, "arXiv is busy and asks to wait."),
        (200, b"Rate exceeded.\n", Busy, "arXiv is busy and asks to wait."),
        (503, b"", Busy, "arXiv is busy and asks to wait."),
        (500, PAGE, BadStatus, "arXiv answered with an error (HTTP 500)."),
        (404, b"<html></html>", BadStatus, "arXiv answered with an error (HTTP 404)."),
        (200, b"<html></html>", FeedUnreadable, "arXiv's answer was not a feed that can be read."),
    ],
)
async def test_what_goes_wrong_is_named(
    api: tuple[Arxiv, str], status: int, body: bytes, kind: type[SourceError], reason: str
) -> None:
    arxiv, url = api
    arxiv.status, arxiv.body = status, body
    async with Fetcher() as fetcher, Worker() as worker:
        with pytest.raises(kind) as wrong:
            await search(fetcher, url, "x", worker=worker)
    assert (type(wrong.value), wrong.value.reason) == (kind, reason)


@captured
def test_real_papers() -> None:
    (one,) = capture("api_200_single_1605.08386.xml").found
    assert (one.paper.id, one.paper.version) == ("1605.08386", 1)
    assert one.paper.title == "Heat-bath random walks with Markov bases"
    assert one.paper.authors == (Author("Caprice Stanley"), Author("Tobias Windisch"))
    assert one.paper.categories == ("math.CO", "math.ST")
    moment = datetime(2016, 5, 26, 17, 59, 46, tzinfo=UTC)
    assert one.details == Details("20 pages, 3 figures", moment, moment)

    (many,) = capture("api_200_37authors_unicode_1707.08567.xml").found
    assert len(many.paper.authors) == 34
    assert many.paper.authors[-2].name == "Dirk Wübben"
    assert many.paper.primary_category == "cs.IT"

    (old,) = capture("api_200_oldstyle_quant-ph_0201082v1.xml").found
    assert (old.paper.id, old.paper.version, old.paper.categories) == (
        "quant-ph/0201082",
        1,
        ("quant-ph", "cs.PL"),
    )
    assert old.paper.abstract.startswith("We show a representation of Quantum Computers")


@captured
def test_a_real_id_that_is_unknown_is_dropped() -> None:
    results = capture("api_200_two_ids_one_missing.xml")
    assert [found.paper.id for found in results.found] == ["1707.08567"]
    assert capture("api_200_no_results_id_0000.0000.xml") == SearchResults((), 0, 0)


@captured
def test_real_pages_of_a_search() -> None:
    first = capture("api_200_search_15results_page0.xml")
    assert (first.total, first.start, len(first.found), first.skipped) == (214881, 0, 15, ())
    top = first.found[0]
    assert (top.paper.id, top.paper.doi) == ("2202.12139", "10.1109/ICSTW55395.2022.00035")
    assert top.paper.journal_ref is not None
    assert top.paper.journal_ref.startswith("Artificial Intelligence in Software Testing @ 2022 IEEE")
    assert first.found[1].paper.authors[0].name == "Aurora Ramírez"
    assert not any(found.details.withdrawn for found in first.found)
    assert [f.paper.version for f in first.found if f.paper.id == "2005.14124"] == [2]
    second = capture("api_200_search_page_start10.xml")
    assert (second.total, second.start) == (214881, 10)
    assert second.found[0].paper.id == first.found[10].paper.id == "2403.16981"
    revised = second.found[0].details
    assert revised.submitted_at is not None
    assert revised.updated_at == datetime(2025, 5, 24, 5, 50, 33, tzinfo=UTC) > revised.submitted_at


@captured
def test_a_real_error_and_a_real_refusal() -> None:
    with pytest.raises(FeedErrorReported, match="incorrect id format for abc"):
        capture("api_400_error_bad_id.xml")
    with pytest.raises(FeedUnreadable):
        capture("api_429_body.txt")


@captured
def test_no_capture_is_left_unread() -> None:
    read = set(re.findall(r"api_[\w.\-]+\.(?:xml|txt)", Path(__file__).read_text()))
    assert {path.name for path in CAPTURES.iterdir()} <= read
