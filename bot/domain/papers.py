"""Papers and their announcements, as arXiv means them."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

# https://info.arxiv.org/help/arxiv_identifier.html: YYMM.NNNN (0704-1412), YYMM.NNNNN (1501 on),
# and archive[.XX]/YYMMNNN (9107-0703) before that; each may carry a version.
_NEW_STYLE = re.compile(
    r"(?P<base>(?:0[7-9]|[1-9]\d)(?:0[1-9]|1[0-2])\.\d{4,5})(?:v(?P<version>[1-9]\d{0,3}))?", re.ASCII
)
_OLD_STYLE = re.compile(
    r"(?P<archive>[a-z]+(?:-[a-z]+)?)(?:\.[A-Z]{2})?/"
    r"(?P<number>(?:9[1-9]|0[0-7])(?:0[1-9]|1[0-2])\d{3})(?:v(?P<version>[1-9]\d{0,3}))?",
    re.ASCII,
)
_WRAPPING = re.compile(
    r"^(?:https?://)?(?:(?:www|export)\.)?arxiv\.org/(?:abs|pdf|html|format|src|e-print)/|^(?:oai:)?arxiv(?:\.org)?:\s*|"
    r"^https?://(?:dx\.)?doi\.org/10\.48550/arxiv\.|^10\.48550/arxiv\.|"
    r"^(?:https?://)?(?:www\.)?(?:huggingface\.co/papers|alphaxiv\.org/abs)/",
    re.IGNORECASE,
)
# As arXiv itself cites: "arXiv:1706.03762v7 [cs.CL]".
_CITED_CATEGORY = re.compile(r"\s+\[[A-Za-z.\-]+\]$")


THANKS: Final = "Thank you to arXiv for use of its open access interoperability."
"""What arXiv asks to be shown: https://info.arxiv.org/help/api/tou.html."""


class AnnounceType(StrEnum):
    """How arXiv announced a paper in one category's daily list."""

    NEW = "new"
    CROSS = "cross"
    REPLACE = "replace"
    REPLACE_CROSS = "replace-cross"


@dataclass(frozen=True, slots=True)
class PaperId:
    """One identity per paper: the base id; the version stands beside it."""

    base: str
    version: int | None = None

    def __str__(self) -> str:
        return self.base if self.version is None else f"{self.base}v{self.version}"


@dataclass(frozen=True, slots=True)
class Author:
    """One author as the paper names them, in readable text."""

    name: str
    affiliation: str | None = None


@dataclass(frozen=True, slots=True)
class Paper:
    """What Cohort keeps of a paper: metadata (CC0) in readable text, never its PDF."""

    id: str  # base id, such as "1706.03762" or "quant-ph/0201082"
    version: int
    title: str
    abstract: str
    authors: tuple[Author, ...]
    categories: tuple[str, ...]  # one name each (`unaliased`); the primary one first, as arXiv lists them
    primary_category: str
    doi: str | None = None
    journal_ref: str | None = None
    license: str | None = None
    withdrawn: bool = False

    @property
    def abs_url(self) -> str:
        """The abstract page, which is where arXiv asks to be linked."""
        return f"https://arxiv.org/abs/{self.id}"

    @property
    def pdf_url(self) -> str:
        """The PDF at arXiv."""
        return f"https://arxiv.org/pdf/{self.id}"

    @property
    def html_url(self) -> str:
        """The HTML rendering at arXiv; it does not exist for every paper."""
        return f"https://arxiv.org/html/{self.id}"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A paper in one category's list of one day."""

    paper: Paper
    category: str
    type: AnnounceType
    announced_at: datetime | None = None  # arXiv's own date of the batch, when the feed gave one


@dataclass(frozen=True, slots=True)
class Batch:
    """What one fetch of one category's feed said."""

    category: str
    announcements: tuple[Announcement, ...]
    built_at: datetime | None = None  # the feed's own time stamp: untrustworthy as a sign of news
    skipped: tuple[str, ...] = field(default=())  # entries that could not be read, each with the reason


def parse_id(text: str) -> PaperId | None:
    """Read an arXiv id in any of its forms: bare, versioned, old style, `arXiv:…`, a URL, a DOI.

    Source: https://info.arxiv.org/help/arxiv_identifier.html
    """
    bare = _WRAPPING.sub("", text.strip(), count=1)
    bare = _CITED_CATEGORY.sub("", bare).split("?", 1)[0].split("#", 1)[0].rstrip("/").removesuffix(".pdf")
    if match := _NEW_STYLE.fullmatch(bare):
        base, version = match["base"], match["version"]
        # Four digits until December 2014, five from January 2015 on; the first were those of April 2007.
        if base < "0704" or (len(base) == 9) != (base[:4] < "1501"):
            return None
    elif match := _OLD_STYLE.fullmatch(bare):
        # A subject class is no part of the identity: math.GT/0309136 is math/0309136.
        base, version = f"{match['archive']}/{match['number']}", match["version"]
    else:
        return None
    return PaperId(base, int(version) if version else None)
