"""Markdown (CommonMark, with GitHub's tables and strikethrough in mind): nothing a title holds is markup."""

from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.citations.works import Work, address

_MARKUP: Final = str.maketrans({char: f"\\{char}" for char in "\\`*_{}[]()<>#|~&$!"})


def to_markdown(works: Sequence[Work]) -> str:
    """Write a list with a heading: a bullet for each work, its tags and note below it."""
    lines = ["# Reading list", ""]
    for work in works:
        lines.append(f"- {line_of(work)}")
        if work.tags:
            lines.append("  - Tags: " + ", ".join(escaped(tag) for tag in work.tags))
        if work.note:
            lines.append(f"  - Note: {escaped(work.note)}")
    return "\n".join(lines) + "\n"


def line_of(work: Work) -> str:
    """Write one work on one line: linked title, authors, where it appeared, when, its arXiv id."""
    return " ".join(f"{part}." for part in _parts(work))


def escaped(text: str) -> str:
    """Escape whatever could be markup within a line."""
    return text.translate(_MARKUP)


def _parts(work: Work) -> Iterator[str]:
    yield f"[{escaped(work.title)}]({work.url})"
    if work.authors:
        yield escaped(", ".join(work.authors).rstrip("."))
    if work.journal:
        yield escaped(work.journal.rstrip("."))
    if work.issued is not None:
        yield str(work.issued.year)
    yield escaped(f"arXiv:{work.id}") + f" \\[{escaped(work.category)}\\]"
    if work.doi:
        yield f"[doi:{escaped(work.doi)}]({address('https://doi.org/', work.doi)})"
