"""RIS, which every reference manager reads. Lines end with CR LF; a value never does.

https://en.wikipedia.org/wiki/RIS_(file_format), after the specification of Research Information Systems.
"""

from collections.abc import Iterator, Sequence

from bot.domain.citations.names import split_name
from bot.domain.citations.works import Work, one_line


def to_ris(works: Sequence[Work]) -> str:
    """Write one record for each work."""
    return "".join(f"{tag}  - {value}\r\n" for work in works for tag, value in _lines(work))


def _lines(work: Work) -> Iterator[tuple[str, str]]:
    yield "TY", "JOUR" if work.journal else "UNPB"
    yield "ID", work.key
    yield "TI", work.title
    for author in work.authors:
        yield "AU", _author(author)
    if work.journal:
        yield "T2", work.journal
    if work.issued is not None:
        day = f"{work.issued.day:02d}" if work.issued.day else ""
        yield "PY", str(work.issued.year)
        yield "DA", f"{work.issued.year}/{work.issued.month:02d}/{day}/"
    if not work.journal:
        yield "PB", "arXiv"
    yield "AN", f"arXiv:{work.id}"
    if work.doi:
        yield "DO", work.doi
    yield "UR", work.url
    if abstract := one_line(work.paper.abstract):
        yield "AB", abstract
    for tag in work.tags:
        yield "KW", tag
    if work.note:
        yield "N1", work.note
    yield "ER", ""


def _author(written: str) -> str:
    name = split_name(written)
    if name.is_whole:
        return " ".join(name.family.replace(",", " ").split()) or name.family  # a comma would part it
    return ", ".join(part for part in (name.family, name.given, name.suffix) if part)
