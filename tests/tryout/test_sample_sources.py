"""What the try-out serves instead of arXiv's API and Hugging Face, read as the bot reads the real ones."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.domain.queries import parse_query
from bot.sources.arxiv_api import Sort, fetch_by_ids, parse_results, search
from bot.sources.arxiv_query import to_search_query
from bot.sources.errors import FeedErrorReported
from bot.sources.hf_papers import fetch_daily, parse_daily
from bot.sources.http import Fetcher
from bot.tryout import arxiv_api, hf_papers
from bot.tryout.arxiv_search import QueryFault, condition
from bot.tryout.samples import FIRST_DAY, Sample, announced, first_announced, load_samples, version_on
from bot.tryout.server import open_page
from bot.tryout.sources import SampleSources
from bot.tryout.world import FORUM, Viewer, open_world
from tests.cogs.world import texts

NOON = datetime(2026, 1, 5, 17, tzinfo=UTC)  # noon in New York on the first day of papers
CAPTURES = Path(__file__).resolve().parents[3] / "shared" / "captures"

TURING = Sample(
    "2601.00001",
    "Graph Neural Networks & <Machines>",
    ("Alan Turing", "Zoë Müller"),
    ("cs.LG", "stat.ML"),
    2026,
    "A survey of message passing.",
)
HOPPER = Sample(
    "2601.00002",
    "Compilers for Robots",
    ("Grace Hopper",),
    ("cs.RO", "cs.PL"),
    2026,
    "We pass no messages.",
)
PAIR = (TURING, HOPPER)


class StillClock:
    """A clock that stands still."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time


def found(query: str, papers: tuple[Sample, ...] = PAIR) -> list[str]:
    return [paper.id[-1] for paper in papers if condition(query)(paper)]


# -- the query API


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("ti:graph", ["1"]),
        ('ti:"graph neural"', ["1"]),
        ('ti:"neural graph"', []),
        ("ti:GRAPH AND abs:survey", ["1"]),
        ("ti:graph AND ti:compilers", []),
        ("ti:graph OR ti:compilers", ["1", "2"]),
        ("ti:graph ti:compilers", ["1", "2"]),
        ("abs:message* ANDNOT abs:survey", ["2"]),
        ("abs:messag", []),
        ("(ti:graph OR ti:compilers) ANDNOT (cat:cs.RO OR cat:math.*)", ["1"]),
        ("ti:graph OR ti:compilers ANDNOT cat:cs.RO", ["1"]),
        ("au:muller", ["1"]),
        ('au:"zoe müller"', ["1"]),
        ('au:"turing zoe"', []),
        ("au:alan_turing", ["1"]),
        ("cat:cs.*", ["1", "2"]),
        ("cat:cs", []),
        ("cat:STAT.ml", ["1"]),
        ("all:hopper", ["2"]),
        ("hopper", ["2"]),
        ("id:2601.00002", ["2"]),
        ("co:pages", []),
    ],
)
def test_what_a_search_query_finds(query: str, ids: list[str]) -> None:
    assert found(query) == ids


@pytest.mark.parametrize(
    "query", ["(ti:a", "ti:a)", "AND ti:a", "ti:a OR", "xx:a", '"open', "()", "ti:a AND AND b"]
)
def test_what_is_no_search_query_is_refused(query: str) -> None:
    with pytest.raises(QueryFault):
        condition(query)
    status, text = arxiv_api.answer({"search_query": query}, NOON)
    assert status == 400
    with pytest.raises(FeedErrorReported):
        parse_results(text.encode())


@pytest.mark.parametrize(
    "query",
    [
        "transformer* AND translat*",
        '"neural network" OR au:hinton, "residual learning"',
        "(attention OR recurrent) AND cat:cs NOT (survey OR ti:speech)",
        "cat:stat.ML NOT au:bengio",
    ],
)
def test_cohorts_own_queries_come_through_as_they_are_meant(query: str) -> None:
    """The query language and what it is in arXiv's words find the same papers."""
    from bot.domain.papers import Author, Paper
    from bot.storage.paper_index import PaperIndex

    def paper(sample: Sample) -> Paper:
        names = tuple(map(Author, sample.authors))
        return Paper(sample.id, 1, sample.title, sample.summary, names, sample.categories, sample.primary)

    parsed = parse_query(query)
    with PaperIndex(map(paper, load_samples())) as index:
        meant = index.matching(parsed)
    assert meant
    fits = condition(to_search_query(parsed))
    assert {sample.id for sample in load_samples() if fits(sample)} == meant


async def test_the_bot_searches_the_samples_page_by_page() -> None:
    async with SampleSources(StillClock(NOON)) as sources, Fetcher() as fetcher:
        url = sources.arxiv_api_url
        first = await search(fetcher, url, "cat:cs.CL", max_results=4, sort=Sort.SUBMITTED)
        second = await search(fetcher, url, "cat:cs.CL", start=4, max_results=4, sort=Sort.SUBMITTED)
        assert first.total == second.total == sum("cs.CL" in paper.categories for paper in load_samples())
        assert (first.start, second.start, len(first.found), len(second.found)) == (0, 4, 4, 4)
        ids = [each.paper.id for each in (*first.found, *second.found)]
        assert ids == sorted(ids, reverse=True)
        assert len(set(ids)) == 8
        beyond = await search(fetcher, url, "cat:cs.CL", start=500)
        assert (beyond.found, beyond.total) == ((), first.total)
        nothing = await search(fetcher, url, "ti:nonsensical")
        assert (nothing.found, nothing.total) == ((), 0)
        with pytest.raises(FeedErrorReported, match="unknown field xx"):
            await search(fetcher, url, "xx:word")


async def test_the_bot_looks_up_samples_by_id() -> None:
    async with SampleSources(StillClock(NOON)) as sources, Fetcher() as fetcher:
        url = sources.arxiv_api_url
        known = await fetch_by_ids(fetcher, url, ["1810.04805", "2511.99999", "arXiv:1706.03762v1"])
        assert [each.paper.id for each in known.found] == ["1810.04805", "1706.03762"]
        attention = known.found[1]
        assert attention.paper.title == "Attention Is All You Need"
        assert attention.paper.authors[0].name == "Ashish Vaswani"
        assert (attention.paper.categories, attention.paper.primary_category) == (("cs.CL", "cs.LG"), "cs.CL")
        assert attention.details.submitted_at == datetime(2017, 6, 1, tzinfo=UTC)
        assert (attention.paper.version, attention.details.withdrawn) == (1, False)
        assert (await fetch_by_ids(fetcher, url, ["1706.03762v9"])).found == ()


def test_an_id_and_a_search_narrow_each_other() -> None:
    asked = {"id_list": "2601.00001,2601.00002", "search_query": "ti:graph"}
    _, text = arxiv_api.answer(asked, NOON, PAIR)
    assert [each.paper.id for each in parse_results(text.encode()).found] == ["2601.00001"]


def test_signs_of_markup_survive() -> None:
    _, text = arxiv_api.answer({"search_query": "ti:graph"}, NOON, PAIR)
    (one,) = parse_results(text.encode()).found
    assert one.paper.title == "Graph Neural Networks & <Machines>"
    assert [author.name for author in one.paper.authors] == ["Alan Turing", "Zoë Müller"]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"id_list": "abc"}, "incorrect id format for abc"),
        ({"search_query": "ti:a", "start": "-1"}, "start must be non-negative"),
        ({"search_query": "ti:a", "max_results": "ten"}, "max_results must be an integer"),
        ({"search_query": "ti:a", "sortBy": "votes"}, "sortBy must be in"),
    ],
)
def test_an_error_is_the_feed_that_arxiv_sends(asked: dict[str, str], words: str) -> None:
    status, text = arxiv_api.answer(asked, NOON)
    assert status == 400
    with pytest.raises(FeedErrorReported, match=words):
        parse_results(text.encode())


def test_a_version_is_there_when_the_lists_have_it() -> None:
    for offset in range(14):
        day = FIRST_DAY + timedelta(days=offset)
        for item in announced("cs.CL", day):
            assert version_on(item.paper, day) == item.version


def _tags(text: str) -> set[str]:
    from xml.etree import ElementTree as ET

    return {element.tag for element in ET.fromstring(text).iter()}  # noqa: S314 - our own text


def test_the_shape_is_that_of_the_real_answers() -> None:
    folder = CAPTURES / "arxiv_api"
    ours = {
        "api_200_search_15results_page0.xml": arxiv_api.answer({"search_query": "all:network"}, NOON)[1],
        "api_400_error_bad_id.xml": arxiv_api.answer({"id_list": "abc"}, NOON)[1],
        "api_200_no_results_id_0000.0000.xml": arxiv_api.answer({"id_list": "0704.0001"}, NOON)[1],
    }
    for name, text in ours.items():
        tags = _tags(text)
        assert "{http://a9.com/-/spec/opensearch/1.1/}totalResults" in tags
        if (folder / name).exists():
            assert tags <= _tags((folder / name).read_text(encoding="utf-8"))


# -- Hugging Face


async def test_the_bot_reads_the_votes_of_a_day() -> None:
    async with SampleSources(StillClock(NOON)) as sources, Fetcher() as fetcher:
        day = await fetch_daily(fetcher, sources.hf_papers_url, FIRST_DAY)
        assert day.skipped == ()
        assert {paper.paper_id for paper in day.papers} < {paper.id for paper in first_announced(FIRST_DAY)}
        assert day.papers
        counted = [paper.upvotes for paper in day.papers]
        assert counted == sorted(counted, reverse=True)
        assert {(paper.github_repo, paper.project_page) for paper in day.papers} == {(None, None)}
        assert {paper.submitted_on_daily_at for paper in day.papers} == {datetime(2026, 1, 5, 6, tzinfo=UTC)}
        assert (await fetch_daily(fetcher, sources.hf_papers_url, FIRST_DAY, limit=1)).papers == day.papers[
            :1
        ]
        for empty in (date(2026, 1, 4), date(2026, 1, 6), date(2025, 1, 1)):  # Sunday, tomorrow, long ago
            assert (await fetch_daily(fetcher, sources.hf_papers_url, empty)).papers == ()
        async with aiohttp.ClientSession() as http, http.get(f"{sources.hf_papers_url}?date=soon") as answer:
            assert (answer.status, await answer.json()) == (400, {"error": "Invalid date or limit"})


def test_votes_are_few_for_most_and_many_for_some() -> None:
    counted = sorted(hf_papers.votes(paper) for paper in load_samples())
    assert counted == sorted(hf_papers.votes(paper) for paper in load_samples())
    assert 3 <= counted[0] < counted[len(counted) // 2] < 40 < counted[-1] <= 123


def test_the_day_has_the_shape_of_a_real_one() -> None:
    day = hf_papers.daily(FIRST_DAY, NOON, 50)
    assert parse_daily(json.dumps(day).encode()).papers
    entry = day[0]
    assert {"id", "title", "summary", "authors", "upvotes", "submittedOnDailyAt"} <= entry["paper"].keys()
    for path in CAPTURES.glob("hf_papers/daily_papers_*.json"):
        _same_shape(entry, json.loads(path.read_text(encoding="utf-8"))[0])


def _same_shape(ours: Any, theirs: Any) -> None:
    assert type(ours) is type(theirs)
    if isinstance(ours, dict):
        assert ours.keys() <= theirs.keys()
        for key in ours:
            _same_shape(ours[key], theirs[key])
    elif isinstance(ours, list):
        _same_shape(ours[0], theirs[0])


# -- all together


async def test_the_try_out_asks_nobody_but_itself(tmp_path: Path) -> None:
    async with open_world(f"sqlite:///{tmp_path / 'tryout.sqlite3'}", flowing=False) as world:
        settings = world.app.settings
        for url in (settings.arxiv_rss_url, settings.arxiv_api_url, settings.hf_papers_url):
            assert url.startswith("http://127.0.0.1:")


async def test_a_subscription_arrives_in_a_room_that_only_its_owner_sees(tmp_path: Path) -> None:
    async with (
        open_world(f"sqlite:///{tmp_path / 'tryout.sqlite3'}", flowing=False) as world,
        open_page(world, 0) as page,
        aiohttp.ClientSession(page.url) as http,
    ):

        async def state(viewer: Viewer, **asked: str) -> dict[str, Any]:
            body = {"viewer": str(viewer.id), **asked}
            async with http.post("/tryout/show", json=body) as answer:
                found: dict[str, Any] = await answer.json()
                return found

        mira, ada, *_ = world.viewers
        lounge = world.channel(next(room.id for room in world.rooms(ada) if room.name == "lounge"))
        made = await ada.actor.slash(lounge, "papers subscribe", query="ti:attention", zone="UTC")
        assert "Subscription 1 is set" in "\n".join(texts(made.response))
        (inbox,) = [room for room in world.rooms(ada) if room.direct]
        assert (inbox.name, inbox.unread) == ("Cohort", True)
        assert not any(room.direct for room in world.rooms(mira))

        shown = await state(ada, channel=str(inbox.id))
        assert shown["channel"] == str(inbox.id)
        assert [room["direct"] for room in shown["rooms"]].count(True) == 1
        async with http.get(shown["frame"]) as answer:
            assert answer.status == 200
        async with http.post("/tryout/next", json={}) as answer:
            assert await answer.json() == {
                "said": "Posted in your direct messages (1 new message).",
                "channel": str(inbox.id),
            }
        digest = world.channel(inbox.id).last_message
        assert "### Attention Is All You Need" in "\n".join(texts(digest))
        # Mira asks for it by its address, and gets her first channel.
        assert (await state(mira, channel=str(inbox.id)))["channel"] != str(inbox.id)
        stopped = await ada.actor.user.click(digest, label="Stop these")
        assert "Subscription 1 is stopped" in "\n".join(texts(stopped.response))


async def test_the_forum_can_be_opened(tmp_path: Path) -> None:
    async with (
        open_world(f"sqlite:///{tmp_path / 'tryout.sqlite3'}", flowing=False) as world,
        open_page(world, 0) as page,
        aiohttp.ClientSession(page.url) as http,
    ):
        forum = next(room for room in world.rooms(world.viewers[0]) if room.name == FORUM)
        async with http.post("/tryout/show", json={"channel": str(forum.id)}) as answer:
            shown = await answer.json()
        assert shown["channel"] == str(forum.id)
        async with http.get(shown["frame"]) as answer:
            assert answer.status == 200
