"""Hugging Face's daily papers: a day written here, a real one where it is at hand, and every way to be wrong."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.community import DailyPaper, DailyPapers
from bot.domain.papers import Author, Paper
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable, SourceError
from bot.sources.hf_papers import fetch_daily, parse_daily
from bot.sources.http import Fetcher
from bot.sources.worker import Worker

CAPTURES = Path(__file__).parents[3] / "shared" / "captures" / "hf_papers"
captured = pytest.mark.skipif(not CAPTURES.is_dir(), reason="the captures are not here")
DAY = (Path(__file__).parent / "fixtures" / "hf_daily.json").read_bytes()
GONE = object()


def one(**changes: Any) -> DailyPapers:
    """Parse a day of one paper; a field is found in the paper, else beside it, and removed with GONE."""
    entry = json.loads(DAY)[0]
    for name, value in changes.items():
        holder = entry["paper"] if name in entry["paper"] else entry
        holder[name] = value
        if value is GONE:
            del holder[name]
    return parse_daily(json.dumps([entry]).encode())


def test_every_field_of_a_paper_is_read() -> None:
    first = parse_daily(DAY).papers[0]
    assert first == DailyPaper(
        paper_id="2603.01001",
        upvotes=42,
        comments=3,
        submitted_on_daily_at=datetime(2026, 3, 4, 3, 55, 12, 777000, tzinfo=UTC),
        github_repo="https://github.com/example/tables",
        github_stars=9,
        project_page="https://tables.example/",
        organisation="The Table Institute",
        paper=Paper(
            id="2603.01001",
            version=1,
            title="Learning 𝒪(n²) Tables",
            abstract="We keep a<b and x < y apart.",
            authors=(Author("Zoë Example"), Author("Marko Ružička")),
            categories=(),
            primary_category="",
        ),
    )


def test_what_is_missing_or_unsafe_is_left_out() -> None:
    assert parse_daily(DAY).papers[1] == DailyPaper("2602.00002", 0, 0, organisation="only-a-handle")
    assert parse_daily(DAY).skipped == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"id": GONE}, "no arXiv id"),
        ({"id": None}, "no arXiv id"),
        ({"id": 2603.01001}, "no arXiv id"),
        ({"id": ["2603.01001"]}, "no arXiv id"),
        ({"id": "a" * 40 + "/9901001"}, "no arXiv id"),
        ({"paper": None}, "no paper in it"),
        ({"paper": "2603.01001"}, "no paper in it"),
        ({"upvotes": "42"}, "the number of upvotes is not a number"),
        ({"upvotes": True}, "the number of upvotes is not a number"),
        ({"upvotes": -1}, "the number of upvotes is not a number"),
        ({"upvotes": 1.5}, "the number of upvotes is not a number"),
        ({"upvotes": 10**12}, "the number of upvotes is not a number"),
        ({"numComments": {}}, "the number of comments is not a number"),
        ({"githubStars": "many"}, "the number of stars is not a number"),
    ],
)
def test_an_entry_that_cannot_be_used_is_skipped_and_said(changes: dict[str, Any], reason: str) -> None:
    assert one(**changes) == DailyPapers((), (f"entry 1: {reason}",))


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"upvotes": GONE}, "upvotes", 0),
        ({"numComments": None}, "comments", 0),
        ({"githubStars": GONE}, "github_stars", None),
        ({"githubStars": 0}, "github_stars", 0),
        ({"submittedOnDailyAt": GONE}, "submitted_on_daily_at", None),
        ({"submittedOnDailyAt": 1772596512}, "submitted_on_daily_at", None),
        ({"submittedOnDailyAt": "2026-03-04T03:55:12"}, "submitted_on_daily_at", None),
        ({"submittedOnDailyAt": "0001-01-01T00:00:00+14:00"}, "submitted_on_daily_at", None),
        ({"submittedOnDailyAt": "2026-03-04T03:55+01:00"}, "submitted_on_daily_at", datetime(2026, 3, 4, 2, 55, tzinfo=UTC)),
        ({"githubRepo": ["x"]}, "github_repo", None),
        ({"githubRepo": "https://gitlab.com/a/b"}, "github_repo", None),
        ({"projectPage": ""}, "project_page", None),
        ({"projectPage": "https://x.example/" + "a" * 600}, "project_page", None),
        ({"organization": None}, "organisation", "The Table Institute"),
        ({"organization": {"fullname": 7, "name": "x\u0000\ud800y"}}, "organisation", "The Table Institute"),
        ({"title": None}, "paper", None),
        ({"summary": {"a": 1}}, "paper", None),
        ({"authors": "Zoë"}, "paper", None),
        ({"authors": [None, 7, {"name": None}, {"name": " "}]}, "paper", None),
    ],
)  # fmt: skip
def test_each_field_alone_may_be_missing_or_wrong(
    changes: dict[str, Any], field: str, expected: object
) -> None:
    read = one(**changes)
    assert read.skipped == ()
    assert getattr(read.papers[0], field) == expected
    assert read.papers[0].paper_id == "2603.01001"


def test_words_can_be_stored() -> None:
    paper = one(summary="a\u0000b \ud83d c\u0007 \ud83d\ude00", title="T" * 5000).papers[0].paper
    assert paper is not None
    assert paper.abstract == "ab c 😀"
    assert len(paper.title) == 1000
    assert paper.title.endswith("…")


def test_a_paper_listed_twice_is_one() -> None:
    entry, other = json.loads(DAY)
    read = parse_daily(json.dumps([entry, other, entry | {"numComments": 99}]).encode())
    assert [(paper.paper_id, paper.comments) for paper in read.papers] == [
        ("2603.01001", 3),
        ("2602.00002", 0),
    ]
    assert read.skipped == ("entry 3: 2603.01001 is listed twice",)


def test_a_day_without_papers() -> None:
    assert parse_daily(b"[]") == DailyPapers(())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"{}",
        b"7",
        b'"[]"',
        b"<html></html>",
        b"[",
        b"\xff\xfe[",
        b"[" * 100_000,
        b"[1" + b"0" * 5000 + b"]",
    ],
)
def test_what_is_no_list_is_refused(body: bytes) -> None:
    with pytest.raises(FeedUnreadable) as refused:
        parse_daily(body)
    assert refused.value.reason.startswith("Hugging Face's answer was not ")


def test_a_reported_error_is_passed_on() -> None:
    with pytest.raises(FeedErrorReported) as reported:
        parse_daily(b'{"error": "Invalid date"}')
    assert reported.value.reason == "Hugging Face refused the request: Invalid date."


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["paper", "id", "authors", "name", "title", "upvotes", "organization", "githubRepo"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(
    JSON
    | st.lists(
        st.fixed_dictionaries(
            {"paper": st.fixed_dictionaries({"id": st.just("2603.01001"), "upvotes": JSON, "authors": JSON})}
        )
    )
)
def test_any_json_is_read_or_refused(value: Any) -> None:
    try:
        read = parse_daily(json.dumps(value).encode())
    except SourceError as error:
        assert not isinstance(value, list)
        assert error.reason  # noqa: PT017 - either outcome is fine
    else:
        assert len(read.papers) + len(read.skipped) == len(value)


class HuggingFace:
    """The API, on this machine."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answer = web.Response()

    async def serve(self, request: web.Request) -> web.Response:
        self.asked.append(str(request.rel_url))
        return self.answer


@pytest_asyncio.fixture
async def api() -> AsyncIterator[tuple[HuggingFace, str]]:
    hub = HuggingFace()
    app = web.Application()
    app.router.add_get("/api/daily_papers", hub.serve)
    async with TestServer(app) as server:
        yield hub, str(server.make_url("/api/daily_papers"))


async def test_a_day_is_fetched(api: tuple[HuggingFace, str]) -> None:
    hub, url = api
    hub.answer = web.Response(body=DAY, content_type="application/json")
    async with Fetcher() as fetcher, Worker() as worker:
        read = await fetch_daily(fetcher, url, date(2026, 3, 4), limit=500, worker=worker)
    assert read == parse_daily(DAY)
    assert hub.asked == ["/api/daily_papers?date=2026-03-04&limit=100"]


@pytest.mark.parametrize(
    ("status", "kind", "reason"),
    [
        (429, Busy, "Hugging Face is busy and asks to wait."),
        (503, Busy, "Hugging Face is busy and asks to wait."),
        (400, BadStatus, "Hugging Face answered with an error (HTTP 400)."),
        (500, BadStatus, "Hugging Face answered with an error (HTTP 500)."),
    ],
)
async def test_another_status_is_an_error(
    api: tuple[HuggingFace, str], status: int, kind: type[BadStatus], reason: str
) -> None:
    hub, url = api
    hub.answer = web.Response(status=status, body=DAY, headers={"Retry-After": "30"})
    async with Fetcher() as fetcher:
        with pytest.raises(kind) as bad:
            await fetch_daily(fetcher, url, date(2026, 3, 4))
    assert (type(bad.value), bad.value.status, bad.value.reason) == (kind, status, reason)


@captured
def test_a_real_paper_of_the_day() -> None:
    read = parse_daily((CAPTURES / "daily_papers_2026-03-06_one_item.json").read_bytes())
    assert read.skipped == ()
    (paper,) = read.papers
    assert (paper.paper_id, paper.upvotes, paper.comments, paper.github_stars) == ("2602.23229", 10, 1, 9)
    assert paper.submitted_on_daily_at == datetime(2026, 3, 6, 3, 55, 12, 777000, tzinfo=UTC)
    assert paper.github_repo == "https://github.com/marco-garosi/CIRCLE"
    assert paper.project_page == "https://circle-lmm.github.io/"
    assert paper.organisation == "Multimedia and Human Understanding Group"
    assert paper.paper is not None
    assert paper.paper.title == "Large Multimodal Models as General In-Context Classifiers"
    assert [author.name for author in paper.paper.authors][::4] == ["Marco Garosi", "Elisa Ricci"]
    assert paper.paper.abstract.startswith("Which multimodal model should we use for classification?")


@captured
def test_no_capture_is_left_unread() -> None:
    assert {path.name for path in CAPTURES.iterdir()} == {"daily_papers_2026-03-06_one_item.json"}
