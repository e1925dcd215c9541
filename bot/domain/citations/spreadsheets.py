"""CSV after RFC 4180, safe to open in a spreadsheet.

A cell that begins with = + - @, a tab or a carriage return is a formula to Excel and its kin, whatever the
quotation marks. https://owasp.org/www-community/attacks/CSV_Injection
"""

import csv
import io
from collections.abc import Sequence
from datetime import UTC
from typing import Final

from bot.domain.citations.works import Work, one_line

COLUMNS: Final = (
    "title",
    "authors",
    "year",
    "month",
    "arxiv_id",
    "version",
    "primary_category",
    "categories",
    "url",
    "doi",
    "journal_ref",
    "saved_at",
    "tags",
    "note",
)

# The full-width forms count as well where the spreadsheet's language is an East Asian one.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def to_csv(works: Sequence[Work]) -> str:
    """Write a heading and a row for each work; several values in a cell have `; ` between them."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for work in works:
        writer.writerow([guarded(cell) for cell in _cells(work)])
    return out.getvalue()


def guarded(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _cells(work: Work) -> tuple[str, ...]:
    paper, when = work.paper, work.issued
    return (
        work.title,
        "; ".join(work.authors),
        str(when.year) if when else "",
        str(when.month) if when else "",
        work.id,
        str(paper.version),
        work.category,
        "; ".join(one_line(category) for category in paper.categories),
        work.url,
        work.doi,
        work.journal,
        work.saved_at.astimezone(UTC).isoformat(timespec="seconds") if work.saved_at else "",
        "; ".join(work.tags),
        work.note,
    )
