"""arXiv's daily lists, RSS 2.0 or Atom, one category at a time.

Format: https://info.arxiv.org/help/rss.html, and the serialiser itself, github.com/arXiv/arxiv-feed.
"""

import re
from calendar import timegm
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from bot.domain.categories import unaliased
from bot.domain.community import is_withdrawn
from bot.domain.papers import Announcement, AnnounceType, Author, Batch, Paper
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
from bot.sources.worker import Worker, in_parts, joined, off_the_loop

if TYPE_CHECKING:
    from bot.sources.http import Fetches  # not aiohttp in the worker's processes, for 12 MB each

_NAME: Final = "arXiv"
_LONGEST_WORD: Final = 10_000
"""Bytes between two spaces. feedparser looks for an e-mail address in each author's name, in time that grows with
the square of its longest word: three seconds for 20,000 letters."""

_ERROR_TITLE: Final = "feed error for query"
_UNREADABLE: Final = "arXiv's answer was not a feed that can be read."
_PREFIX = re.compile(
    r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE
)
# "Wei (William) Zhang" has no affiliation; "A. Author (U) (V)" has two.
_AFFILIATED = re.compile(r"(.+?)(?:\s*\((.*)\))?")

PARSE_LIMIT_S: Final = 60.0
"""Of the longest list, 2,000 entries, on a slow machine; 1,500 take five seconds, nine tenths of it TeX."""

PARSE_MEMORY_MB: Final = 512


@dataclass(frozen=True, slots=True)
class Fetched:
    """One look at a category: a batch, or None when nothing changed, and what to send the next time."""

    batch: Batch | None
    etag: str | None
    last_modified: str | None

    @property
    def not_modified(self) -> bool:
        """Whether arXiv said that nothing changed. It rarely does: the feed holds the time it was built."""
        return self.batch is None


def feed_url(base_url: str, category: str) -> str:
    """Return the address of a category's feed: `https://rss.arxiv.org/rss` and `cs.LG` make `…/rss/cs.LG`."""
    return f"{base_url.rstrip('/')}/{quote(category, safe='+.-')}"


async def fetch_category(
    fetcher: "Fetches",
    base_url: str,
    category: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
    worker: Worker | None = None,
) -> Fetched:
    """Fetch and read one category's list, in a process of `worker`; every failure is a `SourceError`.

    Two requests to arXiv have to be three seconds apart, over all processes: the caller sees to that.
    """
    answer = await fetcher.get(
        feed_url(base_url, category), etag=etag, last_modified=last_modified, name=_NAME
    )
    if answer.not_modified:
        return Fetched(None, answer.etag, answer.last_modified)
    if answer.status in {429, 503}:
        raise Busy("arXiv is busy and asks to wait.", answer.status, answer.retry_after)
    refused = BadStatus(f"arXiv answered with an error (HTTP {answer.status}).", answer.status)
    try:
        # A bad query is answered 400 with a feed that says why, so the feed is asked first.
        head, parts = await off_the_loop(
            worker,
            _parsed_in_parts,
            answer.body,
            category,
            limit_s=PARSE_LIMIT_S,
            memory_mb=PARSE_MEMORY_MB,
        )
    except FeedUnreadable:
        if answer.status == 200:
            raise
        raise refused from None
    if answer.status != 200:
        raise refused
    batch = replace(head, announcements=tuple(await joined(parts)))
    return Fetched(batch, answer.etag, answer.last_modified)


def _parsed_in_parts(body: bytes, category: str) -> tuple[Batch, list[bytes]]:
    batch = parse_feed(body, category)
    return replace(batch, announcements=()), in_parts(batch.announcements)


def parse_feed(body: bytes, category: str) -> Batch:
    """Read the feed of `category`: no entries is a quiet day; an entry that cannot be read is skipped.

    Raises FeedUnreadable for anything that is no feed, FeedErrorReported for a feed about an error.
    """
    channel, entries = _parsed(body)
    if str(channel.get("title", "")).strip().lower().startswith(_ERROR_TITLE):
        message = plain(channel.get("subtitle")) or "no reason given"
        raise FeedErrorReported(message, f"arXiv refused the request: {sentence(message)}")
    category = unaliased(category)
    announced_at = _moment(channel.get("published_parsed"))
    announcements: list[Announcement] = []
    skipped: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            announcements.append(_announcement(entry, category, announced_at))
        except MemoryError:  # an entry that did not fit is no bad entry: the list would look complete
            raise
        except Exception as error:  # noqa: BLE001 - feedparser gives no promise on what an entry holds
            name = plain(entry.get("id"), 100) or f"entry {number}"
            why = str(error) if isinstance(error, BadEntryError) else type(error).__name__
            skipped.append(f"{name}: {why}")
    return Batch(category, tuple(announcements), _moment(channel.get("updated_parsed")), tuple(skipped))


def _parsed(body: bytes) -> tuple[dict[str, Any], list[Any]]:
    import feedparser

    if not is_plain_xml(body) or max(map(len, body.split()), default=0) > _LONGEST_WORD:
        raise FeedUnreadable(_UNREADABLE)
    try:
        # Bytes alone would be opened as a file or fetched as a URL if they look like one. The default
        # sanitiser takes `$a<b$ and $x<y` for a tag and drops it.
        feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        version, malformed, entries = feed.version, feed.bozo, list(feed.entries)
        # A plain copy: feedparser's own mapping answers `updated` with `published` where there is none.
        channel = dict(feed.feed)
    except MemoryError:
        raise
    except Exception as error:
        raise FeedUnreadable(_UNREADABLE) from error
    if not version:
        raise FeedUnreadable(_UNREADABLE)
    # A list cut short looks like a short list: what is missing would never be asked for again.
    if malformed and not re.search(rb"</(?:\w+:)?(?:rss|feed|RDF)\s*>\s*\Z", body):
        raise FeedUnreadable("arXiv's answer broke off in the middle.")
    return channel, entries


def _announcement(entry: Any, category: str, announced_at: datetime | None) -> Announcement:
    summary = entry.get("summary", "")
    prefix = _PREFIX.match(summary)
    # The guid has the version; else the description, else the link.
    paper_id = first_id((entry.get("id"), prefix and f"arXiv:{prefix['id']}", entry.get("link")))
    announced_as = str(entry.get("arxiv_announce_type") or (prefix and prefix["type"]) or "").strip().lower()
    if announced_as not in set(AnnounceType):
        raise BadEntryError(f"announce type {plain(announced_as, 40)!r} is unknown")
    type_ = AnnounceType(announced_as)
    title = text_of(entry.get("title"))
    if not title:
        raise BadEntryError("no title")
    categories = categories_of(tag.get("term") for tag in entry.get("tags", ())) or (category,)
    abstract = text_of(summary[prefix.end() if prefix else 0 :], MAX_TEXT)
    paper = Paper(
        id=paper_id.base,
        version=paper_id.version or 1,
        title=title,
        abstract=abstract,
        authors=tuple(_authors(entry)),
        categories=categories,
        primary_category=_primary(categories, category, type_),
        doi=line_of(entry.get("arxiv_doi")),
        journal_ref=text_of(entry.get("arxiv_journal_reference") or entry.get("arxiv_journal_ref")) or None,
        license=line_of(entry.get("rights")),
        withdrawn=is_withdrawn(None, abstract),
    )
    return Announcement(paper, category, type_, _moment(entry.get("published_parsed")) or announced_at)


def _primary(categories: tuple[str, ...], category: str, type_: AnnounceType) -> str:
    """Say which category is the primary one, which the feed does not mark.

    arXiv calls a paper `new` or `replace` in a category's feed exactly when that category is its primary one
    (`is_primary` in arxiv-feed's feed/database.py). For the other two types, the first: arXiv stores the
    primary category first, and in a day of cs.AI all 41 new and 45 cross-listed papers bore that out.
    """
    if type_ in {AnnounceType.NEW, AnnounceType.REPLACE} and category in categories:
        return category
    return categories[0]


def _authors(entry: Any) -> Iterator[Author]:
    listed = [str(author.get("name") or "") for author in entry.get("authors", ())]
    # The single dc:creator is read as it was written: feedparser cuts e-mail addresses out of its name.
    names = listed if len(listed) > 1 else split_names(str(entry.get("author") or ""))
    # feedparser keeps one affiliation an entry: only a single author can be the one it belongs to.
    affiliation = text_of(entry.get("arxiv_affiliation")) if len(listed) == 1 else ""
    for written in names:
        match = _AFFILIATED.fullmatch(" ".join(written.split()))
        name, inside = match.groups("") if match else (written, "")
        if name := text_of(name):
            where = text_of(re.sub(r"\)\s*\(", "; ", inside))
            yield Author(name, where or affiliation or None)


def split_names(text: str) -> list[str]:
    """Split `A (U, City), B` at the commas outside parentheses: affiliations hold commas of their own."""
    parts, depth, begun = [], 0, 0
    for at, character in enumerate(text):
        if character == "," and depth == 0:
            parts.append(text[begun:at])
            begun = at + 1
        depth += (character == "(") - (character == ")" and depth > 0)
    parts.append(text[begun:])
    if depth:  # an unclosed parenthesis must not swallow every author after it
        parts = text.split(",")
    return [name for part in parts if (name := " ".join(part.split()))]


def _moment(parsed: Any) -> datetime | None:
    """Turn feedparser's struct_time, which is UTC, into an instant; None for dates that do not exist."""
    with suppress(TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(timegm(parsed), UTC)
    return None
