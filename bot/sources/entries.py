"""What the entries of every source of papers have in common: how their words and names are read."""

import re
from collections.abc import Iterable
from typing import Final

from bot.domain.categories import unaliased
from bot.domain.papers import PaperId, parse_id
from bot.sources.latex import readable

# PostgreSQL stores no NUL, UTF-8 no half of a surrogate pair, and nobody can read the others. XML forbids
# them; feedparser's tolerant mode and JSON do not.
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_CATEGORY = re.compile(r"[a-z]+(?:-[a-z]+)?(?:\.[A-Za-z]+(?:-[A-Za-z]+)?)?")
_BEFORE_XML: Final = b"\xef\xbb\xbf\xff\xfe \t\r\n"  # byte order marks and space
_MAX_NAME: Final = 32
"""Ids and categories are keys, this wide in the database; the longest real ones have 18."""

MAX_LINE: Final = 1_000
"""Characters of a title, a name or a reference; arXiv's own longest titles have some 300."""

MAX_TEXT: Final = 10_000
"""Characters of an abstract; arXiv allows 1,920."""


class BadEntryError(Exception):
    """An entry lacks what identifies it or makes it of use; the message says what."""


def text_of(value: object, at_most: int = MAX_LINE) -> str:
    """Return what a source wrote as one line of readable text: TeX converted, at most about `at_most` long."""
    return readable(plain(value, at_most))


def line_of(value: object) -> str | None:
    """Return something that is no prose, such as a DOI, on one line; None when there is none."""
    return plain(value) or None


def plain(value: object, at_most: int = MAX_LINE) -> str:
    """Return a string on one line without characters that cannot be stored; "" for anything else."""
    if not isinstance(value, str):
        return ""
    # Cut before anything else looks at it: megabytes of title are not worth the time.
    line = " ".join(_UNPRINTABLE.sub("", value[: 4 * at_most]).split())
    return line if len(line) <= at_most else line[: at_most - 1].rstrip() + "…"


def is_plain_xml(body: bytes) -> bool:
    """Whether a document begins as XML does and declares no entities of its own, for which no feed has a use.

    Those that do want them expanded a billion times, which takes feedparser three seconds before expat stops it.
    """
    legible = body.replace(b"\x00", b"")  # so UTF-16 reads the same; EBCDIC does not, and is not XML here
    return legible.lstrip(_BEFORE_XML).startswith(b"<") and b"<!ENTITY" not in legible


def first_id(texts: Iterable[object]) -> PaperId:
    """Return the first arXiv id among `texts`; raises BadEntryError when none is one."""
    for text in texts:
        if text and (paper_id := parse_id(str(text)[:200])) and len(paper_id.base) <= _MAX_NAME:
            return paper_id
    raise BadEntryError("no arXiv id")


def categories_of(terms: Iterable[object]) -> tuple[str, ...]:
    """Return the category names among `terms`: two names of one (cs.IT and math.IT) are one category."""
    names = (str(term or "").strip() for term in terms)
    return tuple(
        dict.fromkeys(
            unaliased(name) for name in names if len(name) <= _MAX_NAME and _CATEGORY.fullmatch(name)
        )
    )


def sentence(message: str) -> str:
    """Return what a source said as a sentence of at most 300 characters."""
    message = plain(message, 300)
    return message if message.endswith((".", "!", "?", "…")) else message + "."
