"""arXiv's daily lists, RSS 2.0 or Atom, one category at a time.

Format: https://info.arxiv.org/help/rss.html, and the serialiser itself, github.com/arXiv/arxiv-feed.
"""

import asyncio
import re
from calendar import timegm
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any, Final
from urllib.parse import quote

from bot.domain.categories import unaliased
from bot.domain.papers import Announcement, AnnounceType, Author, Batch, Paper, PaperId, parse_id
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FeedUnreadable
from bot.sources.http import Fetches, Response
from bot.sources.latex import readable

_NAME: Final = "arXiv"
_ERROR_TITLE: Final = "feed error for query"
_UNREADABLE: Final = "arXiv's answer was not a feed that can be read."
_PREFIX = re.compile(
    r"\s*arXiv:(?P<id>\S+)\s+Announce Type:\s*(?P<type>[\w-]+)\s*(?:Abstract:\s*)?", re.IGNORECASE
)
# "Wei (William) Zhang" has no affiliation; "A. Author (U) (V)" has two.
_AFFILIATED = re.compile(r"(.+?)(?:\s*\((.*)\))?")
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)?(?:\.[A-Za-z]+(?:-[A-Za-z]+)?)?")


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
    fetcher: Fetches,
    base_url: str,
    category: str,
    *,
    etag: str | None = None,
    last_modified: str | None = None,
) -> Fetched:
    """Fetch and read one category's list; every failure is a `SourceError`.

    Two requests to arXiv have to be three seconds apart, over all processes: the caller sees to that.
    """
    answer = await fetcher.get(
        feed_url(base_url, category), etag=etag, last_modified=last_modified, name=_NAME
    )
    if answer.not_modified:
        return Fetched(None, answer.etag, answer.last_modified)
    # 2,000 entries take a second or so: not on the event loop.
    batch = await asyncio.to_thread(_batch, answer, category)
    return Fetched(batch, answer.etag, answer.last_modified)


def _batch(answer: Response, category: str) -> Batch:
    """Read an answer; a bad query is answered 400 with a feed that says why, so the feed is asked first."""
    if answer.status in {429, 503}:
        raise Busy("arXiv is busy and asks to wait.", answer.status, answer.retry_after)
    try:
        batch = parse_feed(answer.body, category)
    except FeedUnreadable:
        if answer.status == 200:
            raise
        batch = None
    if batch is None or answer.status != 200:
        raise BadStatus(f"arXiv answered with an error (HTTP {answer.status}).", answer.status)
    return batch


def parse_feed(body: bytes, category: str) -> Batch:
    """Read the feed of `category`: no entries is a quiet day; an entry that cannot be read is skipped.

    Raises FeedUnreadable for anything that is no feed, FeedErrorReported for a feed about an error.
    """
    channel, entries = _parsed(body)
    if str(channel.get("title", "")).strip().lower().startswith(_ERROR_TITLE):
        message = " ".join(str(channel.get("subtitle", "")).split()) or "no reason given"
        raise FeedErrorReported(message, f"arXiv refused the request: {_sentence(message)}")
    category = unaliased(category)
    announced_at = _moment(channel.get("published_parsed"))
    announcements: list[Announcement] = []
    skipped: list[str] = []
    for number, entry in enumerate(entries, start=1):
        try:
            announcements.append(_announcement(entry, category, announced_at))
        except Exception as error:  # noqa: BLE001 - feedparser gives no promise on what an entry holds
            name = str(entry.get("id") or f"entry {number}")[:100]
            skipped.append(f"{name}: {error}" if isinstance(error, _BadEntryError) else f"{name}: {error!r}")
    return Batch(category, tuple(announcements), _moment(channel.get("updated_parsed")), tuple(skipped))


class _BadEntryError(Exception):
    """An entry lacks what identifies an announcement."""


def _parsed(body: bytes) -> tuple[dict[str, Any], list[Any]]:
    import feedparser

    try:
        # Bytes alone would be opened as a file or fetched as a URL if they look like one. The default
        # sanitiser takes `$a<b$ and $x<y` for a tag and drops it.
        feed = feedparser.parse(BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
        version, malformed, entries = feed.version, feed.bozo, list(feed.entries)
        # A plain copy: feedparser's own mapping answers `updated` with `published` where there is none.
        channel = dict(feed.feed)
    except Exception as error:
        raise FeedUnreadable(_UNREADABLE) from error
    if not version:
        raise FeedUnreadable(_UNREADABLE)
    # A list cut short looks like a short list: what is missing would never be asked for again.
    if malformed and not re.search(rb"</(?:\w+:)?(?:rss|feed|RDF)\s*>\s*\Z", body):
        raise FeedUnreadable("arXiv's answer broke off in the middle.")
    return channel, entries


def _announcement(entry: Any, category: str, announced_at: datetime | None) -> Announcement:
    prefix = _PREFIX.match(entry.get("summary", ""))
    paper_id = _identity(entry, prefix)
    announced_as = str(entry.get("arxiv_announce_type") or (prefix and prefix["type"]) or "").strip().lower()
    if announced_as not in set(AnnounceType):
        raise _BadEntryError(f"announce type {announced_as!r} is unknown")
    type_ = AnnounceType(announced_as)
    title = readable(entry.get("title", ""))
    if not title:
        raise _BadEntryError("no title")
    categories = _categories(entry) or (category,)
    paper = Paper(
        id=paper_id.base,
        version=paper_id.version or 1,
        title=title,
        abstract=readable(entry.get("summary", "")[prefix.end() if prefix else 0 :]),
        authors=tuple(_authors(entry)),
        categories=categories,
        primary_category=_primary(categories, category, type_),
        doi=_line(entry.get("arxiv_doi")),
        journal_ref=readable(entry.get("arxiv_journal_reference") or entry.get("arxiv_journal_ref") or "")
        or None,
        license=_line(entry.get("rights")),
    )
    return Announcement(paper, category, type_, _moment(entry.get("published_parsed")) or announced_at)


def _identity(entry: Any, prefix: re.Match[str] | None) -> PaperId:
    """Take the id from the guid, which has the version; else from the description or the link."""
    for text in (entry.get("id"), prefix and f"arXiv:{prefix['id']}", entry.get("link")):
        if text and (paper_id := parse_id(str(text))):
            return paper_id
    raise _BadEntryError("no arXiv id")


def _categories(entry: Any) -> tuple[str, ...]:
    terms = (str(tag.get("term") or "").strip() for tag in entry.get("tags", ()))
    # Two names of one category (cs.IT and math.IT) are one category.
    return tuple(dict.fromkeys(unaliased(term) for term in terms if _CATEGORY.fullmatch(term)))


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
    affiliation = readable(str(entry.get("arxiv_affiliation") or "")) if len(listed) == 1 else ""
    for written in names:
        match = _AFFILIATED.fullmatch(" ".join(written.split()))
        name, inside = match.groups("") if match else (written, "")
        if name := readable(name):
            where = readable(re.sub(r"\)\s*\(", "; ", inside))
            yield Author(name, where or affiliation or None)


def split_names(text: str) -> list[str]:
    """Split `A (U, City), B` at the commas outside parentheses: affiliations hold commas of their own."""
    parts, depth = [""], 0
    for character in text:
        if character == "," and depth == 0:
            parts.append("")
            continue
        depth += (character == "(") - (character == ")" and depth > 0)
        parts[-1] += character
    if depth:  # an unclosed parenthesis must not swallow every author after it
        parts = text.split(",")
    return [name for part in parts if (name := " ".join(part.split()))]


def _moment(parsed: Any) -> datetime | None:
    """Turn feedparser's struct_time, which is UTC, into an instant; None for dates that do not exist."""
    with suppress(TypeError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(timegm(parsed), UTC)
    return None


def _line(value: Any) -> str | None:
    return " ".join(str(value or "").split()) or None


def _sentence(message: str) -> str:
    message = message if len(message) <= 300 else message[:299].rstrip() + "…"
    return message if message.endswith((".", "!", "?", "…")) else message + "."
