"""arXiv's query API: papers by id and by search, for look-ups that a member waits for.

Format: https://info.arxiv.org/help/api/user-manual.html. It refuses requests at random and says for how long to
no one: callers keep answers, and leave it alone for a long while after a `Busy`.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

from bot.domain.categories import unaliased
from bot.domain.community import Details, FoundPaper, SearchResults, is_withdrawn
from bot.domain.papers import Author, Paper, parse_id
from bot.sources.entries import (
    MAX_TEXT,
    BadEntryError,
    categories_of,
    first_id,
    is_plain_xml,
    line_of,
    plain,
    sentence,
    text_of,
)
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable
from bot.sources.worker import Worker, off_the_loop

if TYPE_CHECKING:
    from bot.sources.http import Fetches  # not aiohttp in the worker's processes

_NAME: Final = "arXiv"
_BUSY: Final = "arXiv is busy and asks to wait."
_UNREADABLE: Final = "arXiv's answer was not a feed that can be read."
_ATOM: Final = "{http://www.w3.org/2005/Atom}"
_ARXIV: Final = "{http://arxiv.org/schemas/atom}"
_SEARCH: Final = "{http://a9.com/-/spec/opensearch/1.1/}"
# Old abstracts may hold control characters, which would make the whole answer malformed.
_CONTROLS: Final = bytes({*range(32)} - {*b"\t\n\r"})

MAX_IDS: Final = 100
"""Ids in one request, for the sake of its address's length."""

MAX_RESULTS: Final = 200
"""In one page. The API allows 2,000, of which nobody here reads more than a few."""


class Sort(StrEnum):
    """What comes first."""

    RELEVANCE = "relevance"
    UPDATED = "lastUpdatedDate"
    SUBMITTED = "submittedDate"


async def fetch_by_ids(
    fetcher: "Fetches", base_url: str, ids: Sequence[str], *, worker: Worker | None = None
) -> SearchResults:
    """Look up papers by id, in any form `parse_id` knows; with a version, that version.

    arXiv drops ids that it does not know without a word: compare. What is no arXiv id is in `skipped` and not
    asked for, like everything past the first MAX_IDS. Every failure is a `SourceError`.
    """
    known = {text: parse_id(text) for text in ids}
    wanted = list(dict.fromkeys(str(paper_id) for paper_id in known.values() if paper_id))
    skipped = [f"{plain(text, 100)}: no arXiv id" for text, paper_id in known.items() if not paper_id]
    skipped += [f"{text}: more than {MAX_IDS} at once" for text in wanted[MAX_IDS:]]
    wanted = wanted[:MAX_IDS]
    if not wanted:
        return SearchResults((), 0, 0, tuple(skipped))
    # Without max_results there are ten.
    results = await _query(
        fetcher, base_url, {"id_list": ",".join(wanted), "max_results": len(wanted)}, worker
    )
    return SearchResults(results.found, results.total, results.start, (*skipped, *results.skipped))


async def search(
    fetcher: "Fetches",
    base_url: str,
    search_query: str,
    *,
    start: int = 0,
    max_results: int = 20,
    sort: Sort = Sort.RELEVANCE,
    worker: Worker | None = None,
) -> SearchResults:
    """Search in arXiv's syntax (`ti:"graph neural" AND cat:cs.LG`); every failure is a `SourceError`.

    `max_results` is cut to MAX_RESULTS.
    """
    query: dict[str, str | int] = {
        "search_query": search_query,
        "start": max(0, start),
        "max_results": max(1, min(max_results, MAX_RESULTS)),
        "sortBy": sort.value,
        "sortOrder": "descending",
    }
    return await _query(fetcher, base_url, query, worker)


async def _query(
    fetcher: "Fetches", base_url: str, query: dict[str, str | int], worker: Worker | None
) -> SearchResults:
    address = f"{base_url}{'&' if '?' in base_url else '?'}{urlencode(query)}"
    answer = await fetcher.get(address, name=_NAME, timeout_s=30)
    # The words come with any status, and without a Retry-After.
    if answer.status in {429, 503} or answer.body.strip()[:13].lower() == b"rate exceeded":
        raise Busy(_BUSY, answer.status, answer.retry_after)
    refused = BadStatus(f"arXiv answered with an error (HTTP {answer.status}).", answer.status)
    try:
        # An error is answered 400 with a feed that says why, so the feed is asked first.
        results = await off_the_loop(worker, parse_results, answer.body, limit_s=10, memory_mb=256)
    except FeedUnreadable:
        if answer.status == 200:
            raise
        raise refused from None
    if answer.status != 200:
        raise refused
    return results


def parse_results(body: bytes) -> SearchResults:
    """Read an answer; an entry that cannot be read is skipped.

    Raises FeedUnreadable for anything that is no whole feed, and for a page that is empty in spite of its
    count, which arXiv sends when it is overloaded; FeedErrorReported for the entry that stands for an error.
    """
    feed = _parsed(body)
    entries = feed.findall(f"{_ATOM}entry")
    for entry in entries:
        if "/api/errors" in _text(entry, f"{_ATOM}id"):
            message = plain(_text(entry, f"{_ATOM}summary"), 300) or "no reason given"
            raise FeedErrorReported(message, f"arXiv refused the request: {sentence(message)}")
    total, start = _number(feed, "totalResults", len(entries)), _number(feed, "startIndex", 0)
    if not entries and total > start:
        raise FeedUnreadable("arXiv counted results and sent none of them.")
    found: dict[str, FoundPaper] = {}
    skipped: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            one = _found(entry)
            # The same paper twice is one; two versions of it were asked for.
            found.setdefault(f"{one.paper.id}v{one.paper.version}", one)
        except BadEntryError as error:
            skipped.append(f"{plain(_text(entry, f'{_ATOM}id'), 100) or f'entry {number}'}: {error}")
    return SearchResults(tuple(found.values()), total, start, tuple(skipped))


def _parsed(body: bytes) -> ET.Element:
    if not is_plain_xml(body):
        raise FeedUnreadable(_UNREADABLE)
    try:
        feed = ET.fromstring(body.translate(None, _CONTROLS))  # noqa: S314 - no entities, in a bounded process
    except (ET.ParseError, ValueError, LookupError) as error:  # LookupError: an unknown encoding
        raise FeedUnreadable(_UNREADABLE) from error
    if feed.tag != f"{_ATOM}feed":
        raise FeedUnreadable(_UNREADABLE)
    return feed


def _found(entry: ET.Element) -> FoundPaper:
    paper_id = first_id((_text(entry, f"{_ATOM}id"),))
    title = text_of(_text(entry, f"{_ATOM}title"))
    if not title:
        raise BadEntryError("no title")
    marked = _term(entry.find(f"{_ARXIV}primary_category"))
    categories = categories_of((marked, *map(_term, entry.findall(f"{_ATOM}category"))))
    if not categories:
        raise BadEntryError("no category")
    comment = text_of(_text(entry, f"{_ARXIV}comment")) or None
    abstract = text_of(_text(entry, f"{_ATOM}summary"), MAX_TEXT)
    paper = Paper(
        id=paper_id.base,
        version=paper_id.version or 1,
        title=title,
        abstract=abstract,
        authors=tuple(_authors(entry)),
        categories=categories,
        primary_category=unaliased(marked) if unaliased(marked) in categories else categories[0],
        doi=line_of(_text(entry, f"{_ARXIV}doi")),
        journal_ref=text_of(_text(entry, f"{_ARXIV}journal_ref")) or None,
    )
    details = Details(
        comment=comment,
        submitted_at=_moment(_text(entry, f"{_ATOM}published")),
        updated_at=_moment(_text(entry, f"{_ATOM}updated")),
        withdrawn=is_withdrawn(comment, abstract),
    )
    return FoundPaper(paper, details)


def _authors(entry: ET.Element) -> Iterator[Author]:
    for author in entry.findall(f"{_ATOM}author"):
        if name := text_of(_text(author, f"{_ATOM}name")):
            places = (text_of(place.text) for place in author.findall(f"{_ARXIV}affiliation"))
            yield Author(name, "; ".join(filter(None, places)) or None)


def _text(parent: ET.Element, tag: str) -> str:
    return parent.findtext(tag) or ""


def _term(category: ET.Element | None) -> str:
    return category.get("term", "").strip() if category is not None else ""


def _number(feed: ET.Element, name: str, otherwise: int) -> int:
    text = _text(feed, f"{_SEARCH}{name}").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else otherwise


def _moment(text: str) -> datetime | None:
    with suppress(ValueError, OverflowError):
        moment = datetime.fromisoformat(text.strip())
        return moment.astimezone(UTC) if moment.tzinfo is not None else None
    return None
