"""What every site's list has in common: a body to be read with suspicion, entries good and bad."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Any, Final

from bot.domain.events import one_line, web_link
from bot.domain.hackathons import AI_THEME, Hackathon, theme_name
from bot.sources.errors import BadStatus, Busy, FeedUnreadable, SourceError
from bot.sources.http import Fetches

MAX_BYTES: Final = 4 * 2**20
"""A page of 40 is about 50 KB; MLH's whole season about 300 KB."""

MAX_ENTRIES: Final = 500

Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a site lists. `skipped` says which entries could not be read, and why.

    `complete` is False when there is more than was asked for: what is missing then may still exist.
    """

    hackathons: tuple[Hackathon, ...]
    skipped: tuple[str, ...] = ()
    complete: bool = True
    pages: int = 1  # how many there are, as the site says


class BadEntryError(Exception):
    """An entry lacks what makes it a hackathon."""


async def fetch_page(fetcher: Fetches, url: str, site: str) -> bytes:
    """Return the body of a page; every failure is a `SourceError` that names the site."""
    answer = await fetcher.get(url, max_bytes=MAX_BYTES, name=site)
    if answer.status in {429, 503}:
        raise Busy(f"{site} is busy and asks to wait.", answer.status, answer.retry_after)
    if answer.status != 200:
        raise BadStatus(f"{site} answered with an error (HTTP {answer.status}).", answer.status)
    return answer.body


def read_json(body: bytes | str, site: str) -> Any:
    """Read JSON; raises FeedUnreadable for anything else."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise FeedUnreadable(f"{site}'s answer was not a list that can be read.") from error


def read_entries(items: Any, read: Callable[[Item], Hackathon], site: str) -> Listing:
    """Read the entries of a list one by one: a bad one is skipped and said.

    Raises FeedUnreadable when it is no list, or when there are entries and not one can be read: then the
    site has changed its ways, which is no quiet day.
    """
    if not isinstance(items, list):
        raise FeedUnreadable(f"{site}'s answer holds no list of hackathons.")
    found: dict[str, Hackathon] = {}
    skipped = []
    for number, item in enumerate(items[:MAX_ENTRIES], start=1):
        try:
            hackathon = read(item) if isinstance(item, dict) else _refuse("not an entry")
            found.setdefault(hackathon.id, hackathon)
        except (BadEntryError, SourceError) as error:
            name = text_of(item.get("title") or item.get("name")) if isinstance(item, dict) else ""
            skipped.append(f"{name or f'entry {number}'}: {error}")
    closed = sum(reason.endswith(CLOSED) for reason in skipped)
    if items and not found and closed < len(skipped):
        raise FeedUnreadable(f"Not one of the {len(items)} entries from {site} can be read.")
    return Listing(tuple(found.values()), tuple(skipped), complete=len(items) <= MAX_ENTRIES)


def joined(listings: Sequence[Listing]) -> Listing:
    """Return the pages of a list as one; an entry that moved from one page to the next meanwhile is taken once."""
    first = listings[0]
    found = {each.id: each for listing in reversed(listings) for each in reversed(listing.hackathons)}
    return Listing(
        hackathons=tuple(reversed(found.values())),
        skipped=tuple(reason for listing in listings for reason in listing.skipped),
        complete=len(listings) >= first.pages and all(listing.complete for listing in listings),
        pages=first.pages,
    )


def pages_of(meta: Any, total_name: str) -> int:
    """Return how many pages there are by what the site says of itself; 1 when it says nothing of use."""
    if not isinstance(meta, dict):
        return 1
    total, each = count_of(meta.get(total_name)), count_of(meta.get("per_page"))
    return min(ceil(total / each), 1000) if total and each else 1


CLOSED: Final = "by invitation only"
"""Why an entry is left out that is no use to a community."""


def _refuse(reason: str) -> Hackathon:
    raise BadEntryError(reason)


# --- Fields of which nobody promised anything -------------------------------------------------------


def text_of(value: Any, limit: int = 200) -> str:
    """Return a string, or a number as one, in one line; empty for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    # Slicing first: a long string is not worth cleaning, a long number not worth printing.
    return one_line(value[: 10 * limit] if isinstance(value, str) else str(value % 10**18), limit)


def need(value: Any, what: str) -> str:
    """Return the text of a field without which there is no entry; raises BadEntryError."""
    text = text_of(value)
    if not text:
        raise BadEntryError(f"no {what}")
    return text


def count_of(value: Any) -> int | None:
    """Return a count, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else None


def link_of(value: Any, *, secure: bool = False) -> str | None:
    """Return an http(s) address, with https put before `//host`; only https when `secure`."""
    if not isinstance(value, str) or len(value) > 2000 or not value.strip().isprintable():
        return None
    link = web_link(f"https:{value.strip()}" if value.strip().startswith("//") else value)
    return None if link and secure and not link.casefold().startswith("https://") else link


def themes_of(names: Iterable[Any], title: str) -> tuple[str, ...]:
    """Return themes by their names; a title that says so adds the one of machine learning."""
    found = [theme_name(name) for name in (text_of(each, 60) for each in names) if name]
    if _says_ai(title):
        found.append(AI_THEME)
    return tuple(dict.fromkeys(found))[:20]


_AI_TITLE: Final = frozenset({
    "ai", "ml", "llm", "llms", "genai", "gpt", "agent", "agents", "agentic", "gemini",
    "machinelearning", "deeplearning", "datathon",
})  # fmt: skip


def _says_ai(title: str) -> bool:
    words = "".join(c if c.isalnum() else " " for c in title.casefold()).split()
    pairs = {first + second for first, second in pairwise(words)}
    return not _AI_TITLE.isdisjoint({*words, *pairs})
