"""What others say of a paper: a community's votes on it, and what its page at arXiv adds to its list entry."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from bot.domain.papers import Paper

MAX_URL: Final = 512
"""Characters; Discord takes no more in a link button."""

# Signs that no browser writes into an address, and that could end a link early where one is shown.
_UNSAFE_IN_URL = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff<>\"`\\^{}|]")
_WITHDRAWN = re.compile(
    r"\b(?:paper|article|submission|manuscript|preprint|work|version|e-?print|report|note|thesis|chapter|draft)\s+"
    r"(?:has\s+been|have\s+been|had\s+been|is(?:\s+being|\s+now)?|was)\s+(?:temporarily\s+)?withdrawn\b(?!\s+from\b)"
    r"|^\W*withdrawn\b(?!\s+from\b)|\bwithdrawn\s+by\s+(?:the\s+)?(?:\w+\s+)?(?:authors?|arxiv)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class DailyPaper:
    """A paper that a member of Hugging Face put up for a day, and how it was received."""

    paper_id: str  # base id
    upvotes: int
    comments: int
    submitted_on_daily_at: datetime | None = None
    github_repo: str | None = None  # an address at github.com
    github_stars: int | None = None
    project_page: str | None = None
    organisation: str | None = None  # whose paper it is, as the submitter said
    paper: Paper | None = None
    """Title, abstract and authors where all are there. No categories and always version 1: Hugging Face
    names neither. To be shown where arXiv's own entry is not at hand, never to be stored in its place."""


@dataclass(frozen=True, slots=True)
class DailyPapers:
    """What one look at a day's papers said, in Hugging Face's order."""

    papers: tuple[DailyPaper, ...]
    skipped: tuple[str, ...] = field(default=())  # entries that could not be read, each with the reason


@dataclass(frozen=True, slots=True)
class Details:
    """What arXiv says of a paper beside its list entry."""

    comment: str | None = None
    submitted_at: datetime | None = None  # of version 1; not when it was announced
    updated_at: datetime | None = None  # of this version
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class FoundPaper:
    """A paper as arXiv's search shows it."""

    paper: Paper
    details: Details


@dataclass(frozen=True, slots=True)
class SearchResults:
    """One page of a search at arXiv."""

    found: tuple[FoundPaper, ...]
    total: int  # how many there are in all
    start: int  # the place of the first one here
    skipped: tuple[str, ...] = field(default=())  # entries that could not be read, each with the reason


def is_withdrawn(comment: str | None, abstract: str) -> bool:
    """Tell from its words whether a paper was withdrawn: arXiv marks it in no other way.

    The comment may say so anywhere, an abstract only at its beginning: later on it may be about others.
    """
    return bool(_WITHDRAWN.search(comment or "") or _WITHDRAWN.search(abstract[:60]))


def web_url(text: object, *, hosts: frozenset[str] | None = None) -> str | None:
    """Return `text` when it is an address that may be shown as a link, else None.

    That is http or https with a plain host (one of `hosts` if given), no user name, at most MAX_URL long.
    """
    if (
        not isinstance(text, str)
        or not 0 < len(text := text.strip()) <= MAX_URL
        or _UNSAFE_IN_URL.search(text)
    ):
        return None
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or not host or "@" in parts.netloc:
        return None
    return text if hosts is None or host in hosts else None
