"""Citations: one paper, or a reading list, as BibTeX, RIS, CSV or Markdown.

text = export(saved_papers, Format.BIBTEX)
data = text.encode(Format.BIBTEX.encoding)  # CSV needs a byte-order mark for spreadsheets
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from enum import StrEnum
from typing import Final

from bot.domain.citations.bibtex import to_bibtex
from bot.domain.citations.keys import citation_key
from bot.domain.citations.markdown import line_of, to_markdown
from bot.domain.citations.names import Name, split_name
from bot.domain.citations.ris import to_ris
from bot.domain.citations.spreadsheets import to_csv
from bot.domain.citations.works import SavedPaper, Work, work_of, works_of
from bot.domain.papers import Paper

__all__ = ["Format", "Name", "SavedPaper", "citation_key", "cite", "export", "split_name"]


class Format(StrEnum):
    """What a citation can be written as; the value is also what people type."""

    BIBTEX = "bibtex"
    RIS = "ris"
    CSV = "csv"
    MARKDOWN = "markdown"

    @property
    def suffix(self) -> str:
        """How a file of this format ends, with the dot."""
        return _SUFFIXES[self]

    @property
    def encoding(self) -> str:
        """How a file of this format is encoded: spreadsheets know UTF-8 by its byte-order mark alone."""
        return "utf-8-sig" if self is Format.CSV else "utf-8"


_SUFFIXES: Final = {Format.BIBTEX: ".bib", Format.RIS: ".ris", Format.CSV: ".csv", Format.MARKDOWN: ".md"}

_WRITERS: Final[dict[Format, Callable[[Sequence[Work]], str]]] = {
    Format.BIBTEX: to_bibtex,
    Format.RIS: to_ris,
    Format.CSV: to_csv,
    Format.MARKDOWN: to_markdown,
}


def cite(paper: Paper, style: Format, *, published: date | None = None) -> str:
    """Write one paper; where `published` is not given, year and month are those of its arXiv id."""
    work = work_of(paper, published)
    return line_of(work) + "\n" if style is Format.MARKDOWN else _WRITERS[style]([work])


def export(saved: Iterable[SavedPaper], style: Format) -> str:
    """Write a reading list in the order given; BibTeX keys are unique within it."""
    return _WRITERS[style](works_of(saved))
