"""BibTeX: `@misc` with the eprint fields for a preprint, `@article` where a journal is known.

A DOI alone makes no `@article`: BibTeX demands a journal there. https://www.ctan.org/pkg/bibtex (btxdoc)
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.domain.citations.names import split_name
from bot.domain.citations.works import Work

_MONTHS: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")

# BibTeX counts braces without looking at backslashes, so a lone \{ would swallow the rest of the file.
_LATEX: Final = str.maketrans(
    {
        "\\": r"\textbackslash{}",
        "{": r"\textbraceleft{}",
        "}": r"\textbraceright{}",
        "~": r"\textasciitilde{}",
        "^": r"\textasciicircum{}",
        **{char: f"\\{char}" for char in "%&_#$"},
    }
)
# DOI, URL and eprint are read as they stand (biblatex: verbatim fields; hyperref's \url): an escaped
# underscore would break them. Only what would break the file is written another way.
_VERBATIM: Final = str.maketrans({"\\": "%5C", "{": "%7B", "}": "%7D"})

_WORD = re.compile(r"[^\W_]+")
_AND = re.compile(r"\band\b|,", re.IGNORECASE)


def to_bibtex(works: Sequence[Work]) -> str:
    """Write the entries, with a blank line between them, in UTF-8 text."""
    return "\n".join(_entry(work) for work in works)


def latex(text: str) -> str:
    """Escape text so that LaTeX prints it and BibTeX can count its braces."""
    return text.translate(_LATEX)


def _entry(work: Work) -> str:
    kind = "article" if work.journal else "misc"
    lines = [f"  {name} = {value}" for name, value in _fields(work)]
    return f"@{kind}{{{work.key},\n" + ",\n".join(lines) + "\n}\n"


def _fields(work: Work) -> Iterator[tuple[str, str]]:
    yield "title", _braced(_title(work.title))
    if work.authors:
        yield "author", _braced(" and ".join(_author(name) for name in work.authors))
    if work.journal:
        yield "journal", _braced(latex(work.journal))
    if work.issued is not None:
        yield "year", _braced(str(work.issued.year))
        yield "month", _MONTHS[work.issued.month - 1]
    yield "eprint", _braced(_verbatim(work.id))
    yield "archivePrefix", "{arXiv}"
    yield "primaryClass", _braced(_verbatim(work.category))
    if work.doi:
        yield "doi", _braced(_verbatim(work.doi))
    yield "url", _braced(_verbatim(work.url))
    if work.tags:
        yield "keywords", _braced(", ".join(latex(tag.replace(",", " ")) for tag in work.tags))
    if work.note:
        yield "annote", _braced(latex(work.note))  # `note` would be printed in the bibliography


def _braced(value: str) -> str:
    return f"{{{value}}}"


def _verbatim(text: str) -> str:
    return "".join(text.split()).translate(_VERBATIM)


def _author(name: str) -> str:
    parts = split_name(name)
    if parts.is_whole:
        return _braced(latex(parts.family))
    return ", ".join(_name_part(part) for part in (parts.family, parts.suffix, parts.given) if part)


def _name_part(part: str) -> str:
    written = latex(part)
    return _braced(written) if _AND.search(part) else written


def _title(title: str) -> str:
    """Escape a title and hold the capitals that a style must not turn into small letters."""
    names_stand_out = _is_sentence_case(title)
    pieces, end = [], 0
    for match in _WORD.finditer(title):
        pieces.append(latex(title[end : match.start()]))
        starts = match.start() == 0 or title[: match.start()].endswith((": ", ". ", "? ", "! "))
        word, end = match.group(), match.end()
        held = _keeps_capitals(word) or (names_stand_out and not starts and word[0].isupper())
        pieces.append(_braced(latex(word)) if held else latex(word))
    return "".join(pieces) + latex(title[end:])


def _keeps_capitals(word: str) -> bool:
    """Whether a word is more than capitalised: GAN, ImageNet, L2, and single letters such as the Q of Q-learning."""
    if any(char.isupper() for char in word[1:]):
        return True
    return word[0].isupper() and (any(char.isdigit() for char in word) or (len(word) == 1 and word != "A"))


def _is_sentence_case(title: str) -> bool:
    """Whether most words begin with a small letter, so that one that does not is a name."""
    found: list[str] = _WORD.findall(title)[1:]
    words = [word for word in found if len(word) > 3 and not _keeps_capitals(word)]
    return sum(word[0].islower() for word in words) * 2 > len(words)
