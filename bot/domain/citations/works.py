"""What is cited: a paper, when it appeared, its key, and what a reader noted on it."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from urllib.parse import quote

from bot.domain.citations.keys import citation_key, unique_keys
from bot.domain.papers import Paper, parse_id

_ARXIV_DOI: Final = "10.48550/arxiv."  # every paper at arXiv has one; it does not mean a journal


@dataclass(frozen=True, slots=True)
class SavedPaper:
    """A paper on somebody's reading list; `published` where more is known than the arXiv id tells."""

    paper: Paper
    saved_at: datetime
    note: str | None = None
    tags: tuple[str, ...] = ()
    published: date | None = None


@dataclass(frozen=True, slots=True)
class Issued:
    """When a paper appeared; an arXiv id knows no day."""

    year: int
    month: int
    day: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """One entry of what is written; all text is on one line."""

    paper: Paper
    issued: Issued | None
    id: str
    url: str
    category: str
    key: str
    title: str
    authors: tuple[str, ...]
    journal: str
    doi: str
    saved_at: datetime | None = None
    note: str = ""
    tags: tuple[str, ...] = ()


def issued(paper: Paper, published: date | None = None) -> Issued | None:
    """Say when a paper appeared: on `published`, else in the month that its arXiv id names.

    https://info.arxiv.org/help/arxiv_identifier.html: YYMM.NNNNN, or archive/YYMMNNN from 1991 to March 2007.
    """
    if published is not None:
        return Issued(published.year, published.month, published.day)
    known = parse_id(paper.id)
    if known is None:
        return None
    old_style = "/" in known.base
    digits = known.base.partition("/")[2] if old_style else known.base
    year = int(digits[:2])
    return Issued(year + (1900 if old_style and year >= 91 else 2000), int(digits[2:4]))


def one_line(text: str | None) -> str:
    """Put text on one line, without control characters and halves of characters that no file can hold."""
    kept = (char for char in text or "" if char.isspace() or unicodedata.category(char) not in {"Cc", "Cs"})
    return " ".join("".join(kept).split())


def address(start: str, rest: str) -> str:
    """Return an address with everything encoded that could end it early: spaces, parentheses, quotes."""
    return start + quote(rest, safe="/.-_:;")


def doi_of(paper: Paper) -> str:
    """Return the DOI of the published version, empty where there is none; of several, the first.

    arXiv's field may hold more than one, with a space between them.
    """
    first = one_line(paper.doi).partition(" ")[0]
    lower = first.lower()
    for prefix in (
        "https://doi.org/",
        "http://doi.org/",
        "https://dx.doi.org/",
        "http://dx.doi.org/",
        "doi:",
    ):
        if lower.startswith(prefix):
            first, lower = first[len(prefix) :], lower[len(prefix) :]
    return "" if lower.startswith(_ARXIV_DOI) else first


def work_of(paper: Paper, published: date | None = None) -> Work:
    """Make the entry of one paper."""
    when = issued(paper, published)
    return _work(paper, when, _key(paper, when))


def works_of(saved: Iterable[SavedPaper]) -> list[Work]:
    """Make the entries of a reading list, in its order."""
    items = list(saved)
    dates = [issued(item.paper, item.published) for item in items]
    keys = [_key(item.paper, when) for item, when in zip(items, dates, strict=True)]
    unique = unique_keys(keys, [item.paper.id for item in items])
    return [_work(item.paper, when, key, item) for item, when, key in zip(items, dates, unique, strict=True)]


def _key(paper: Paper, when: Issued | None) -> str:
    return citation_key(paper, when.year if when else None)


def _work(paper: Paper, when: Issued | None, key: str, saved: SavedPaper | None = None) -> Work:
    return Work(
        paper=paper,
        issued=when,
        id=one_line(paper.id),
        url=address("https://arxiv.org/abs/", one_line(paper.id)),
        category=one_line(paper.primary_category),
        key=key,
        title=one_line(paper.title) or f"arXiv:{one_line(paper.id)}",
        authors=tuple(name for author in paper.authors if (name := one_line(author.name))),
        journal=one_line(paper.journal_ref),
        doi=doi_of(paper),
        saved_at=saved.saved_at if saved else None,
        note=one_line(saved.note) if saved else "",
        tags=tuple(tag for raw in saved.tags if (tag := one_line(raw))) if saved else (),
    )
