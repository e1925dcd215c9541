"""Hugging Face's daily papers: what people who read papers all day voted for.

`GET https://huggingface.co/api/daily_papers?date=YYYY-MM-DD&limit=N`, keyless: a JSON array whose members hold
a `paper`, with its arXiv id as `id`. The `publishedAt` beside it is New York's time marked as UTC: not read.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from bot.domain.community import DailyPaper, DailyPapers, web_url
from bot.domain.papers import Author, Paper
from bot.sources.entries import MAX_TEXT, BadEntryError, first_id, plain, sentence, text_of
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable
from bot.sources.worker import Worker, off_the_loop

if TYPE_CHECKING:
    from bot.sources.http import Fetches  # not aiohttp in the worker's processes

_NAME: Final = "Hugging Face"
_GITHUB: Final = frozenset({"github.com", "www.github.com"})
_MOST: Final = 10**9
"""More votes than people: a count past it is no count."""

MAX_PAPERS: Final = 100
"""What the API gives at most for one day; a busy day has about sixty."""


async def fetch_daily(
    fetcher: "Fetches", base_url: str, day: date, *, limit: int = MAX_PAPERS, worker: Worker | None = None
) -> DailyPapers:
    """Fetch and read the papers of `day`, at most `limit`; every failure is a `SourceError`."""
    query = urlencode({"date": day.isoformat(), "limit": max(1, min(limit, MAX_PAPERS))})
    answer = await fetcher.get(
        f"{base_url}{'&' if '?' in base_url else '?'}{query}", name=_NAME, timeout_s=15
    )
    if answer.status in {429, 503}:
        raise Busy("Hugging Face is busy and asks to wait.", answer.status, answer.retry_after)
    if answer.status != 200:
        raise BadStatus(f"Hugging Face answered with an error (HTTP {answer.status}).", answer.status)
    return await off_the_loop(worker, parse_daily, answer.body, limit_s=10, memory_mb=256)


def parse_daily(body: bytes) -> DailyPapers:
    """Read an answer: an empty list is a day without papers; an entry that cannot be read is skipped.

    Raises FeedUnreadable for anything that is no such list, FeedErrorReported when it says what was wrong.
    """
    entries = _decoded(body)
    if isinstance(entries, dict) and (message := plain(entries.get("error"), 300)):
        raise FeedErrorReported(message, f"Hugging Face refused the request: {sentence(message)}")
    if not isinstance(entries, list):
        raise FeedUnreadable("Hugging Face's answer was not a list of papers.")
    papers: dict[str, DailyPaper] = {}
    skipped: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            paper = _daily_paper(entry)
        except BadEntryError as error:
            skipped.append(f"entry {number}: {error}")
            continue
        if paper.paper_id in papers:
            skipped.append(f"entry {number}: {paper.paper_id} is listed twice")
        else:
            papers[paper.paper_id] = paper
    return DailyPapers(tuple(papers.values()), tuple(skipped))


def _decoded(body: bytes) -> Any:
    try:
        return json.loads(body)
    except MemoryError:
        raise
    # UnicodeDecodeError and JSONDecodeError are ValueErrors, a number of 5,000 digits as well.
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable("Hugging Face's answer was not JSON that can be read.") from error


def _daily_paper(entry: Any) -> DailyPaper:
    paper = entry.get("paper") if isinstance(entry, dict) else None
    if not isinstance(paper, dict):
        raise BadEntryError("no paper in it")
    written = paper.get("id")
    paper_id = first_id((written,) if isinstance(written, str) else ()).base
    return DailyPaper(
        paper_id=paper_id,
        upvotes=_count(paper.get("upvotes"), "upvotes"),
        comments=_count(entry.get("numComments"), "comments"),
        submitted_on_daily_at=_moment(paper.get("submittedOnDailyAt")),
        github_repo=web_url(paper.get("githubRepo"), hosts=_GITHUB),
        github_stars=_count(stars, "stars") if (stars := paper.get("githubStars")) is not None else None,
        project_page=web_url(paper.get("projectPage")),
        organisation=_organisation(entry) or _organisation(paper),
        paper=_paper(paper, paper_id),
    )


def _paper(paper: dict[str, Any], paper_id: str) -> Paper | None:
    title = text_of(paper.get("title"))
    abstract = text_of(paper.get("summary"), MAX_TEXT)
    authors = tuple(_authors(paper.get("authors")))
    if not (title and abstract and authors):
        return None
    return Paper(paper_id, 1, title, abstract, authors, categories=(), primary_category="")


def _authors(listed: Any) -> Iterator[Author]:
    for author in listed if isinstance(listed, list) else ():
        # `hidden`: the author asked for it.
        if (
            isinstance(author, dict)
            and author.get("hidden") is not True
            and (name := text_of(author.get("name")))
        ):
            yield Author(name)


def _organisation(holder: dict[str, Any]) -> str | None:
    organisation = holder.get("organization")
    if not isinstance(organisation, dict):
        return None
    return plain(organisation.get("fullname"), 200) or plain(organisation.get("name"), 200) or None


def _count(value: Any, name: str) -> int:
    if value is None:
        return 0
    # JSON's true is an int in Python.
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST:
        raise BadEntryError(f"the number of {name} is not a number")
    return value


def _moment(value: Any) -> datetime | None:
    with suppress(TypeError, ValueError, OverflowError):
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    return None
