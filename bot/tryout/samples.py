"""Well-known papers for the try-out, read from `data/papers/samples.yaml`, and the days they appear on."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Final

from bot.content import load_yaml
from bot.domain.papers import AnnounceType

FIRST_DAY: Final = date(2026, 1, 5)
"""The Monday on which the first papers are announced: the day after the try-out's clock starts."""

SHARES: Final[Mapping[str, int]] = {"cs.LG": 3, "cs.CL": 3, "cs.CV": 2}
"""New papers a weekday in a category; one in any other. The file then lasts for about two weeks."""

_REVISED_AFTER: Final = 3  # weekdays until a paper comes back as version 2


@dataclass(frozen=True, slots=True)
class Sample:
    """One paper, with a summary in our own words in place of its abstract."""

    id: str
    title: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]  # the primary one first
    year: int
    summary: str

    @property
    def primary(self) -> str:
        """The category it was submitted to."""
        return self.categories[0]

    @property
    def submitted_at(self) -> datetime:
        """About when: an id tells the month, and of that the first day is taken."""
        return datetime(self.year, int(self.id.rpartition("/")[2][2:4]), 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """A paper as one category's list of one day shows it."""

    paper: Sample
    version: int
    type: AnnounceType


@cache
def load_samples() -> tuple[Sample, ...]:
    """Read the file."""
    return tuple(
        Sample(
            id=item["id"],
            title=item["title"],
            authors=tuple(item["authors"]),
            categories=tuple(item["categories"]),
            year=item["year"],
            summary=item["summary"],
        )
        for item in load_yaml("papers/samples.yaml")["papers"]
    )


def announced(category: str, day: date, papers: Sequence[Sample] | None = None) -> list[Listed]:
    """Return what arXiv lists in `category` on `day`: the same every time, and nothing at weekends."""
    papers = load_samples() if papers is None else papers
    listed = [
        Listed(paper, 1, AnnounceType.NEW if paper.primary == category else AnnounceType.CROSS)
        for paper in first_announced(day, papers)
        if category in paper.categories
    ]
    revised = [
        Listed(paper, 2, AnnounceType.REPLACE)
        for paper in first_announced(_weekdays_before(day, _REVISED_AFTER), papers)
        if paper.primary == category and day.weekday() < 5
    ]
    return sorted(listed, key=lambda item: item.type is AnnounceType.CROSS) + revised


def version_on(paper: Sample, day: date, papers: Sequence[Sample] | None = None) -> int:
    """Return the latest version of a paper on `day`."""
    papers = load_samples() if papers is None else papers
    place = [each for each in papers if each.primary == paper.primary].index(paper)
    weeks, weekday = divmod(place // SHARES.get(paper.primary, 1), 5)
    first = FIRST_DAY + timedelta(weeks=weeks, days=weekday)
    return 2 if first <= _weekdays_before(day, _REVISED_AFTER) else 1


def first_announced(day: date, papers: Sequence[Sample] | None = None) -> list[Sample]:
    """Return the papers that appear on `day`, each once, whatever its categories."""
    papers = load_samples() if papers is None else papers
    if day.weekday() >= 5 or day < FIRST_DAY:
        return []
    weeks, weekday = divmod((day - FIRST_DAY).days, 7)
    number = weeks * 5 + weekday
    by_primary: dict[str, list[Sample]] = defaultdict(list)
    for paper in papers:
        by_primary[paper.primary].append(paper)
    chosen: list[Sample] = []
    for primary, theirs in by_primary.items():
        share = SHARES.get(primary, 1)
        chosen += theirs[number * share : (number + 1) * share]
    return chosen


def _weekdays_before(day: date, count: int) -> date:
    while count:
        day -= timedelta(days=1)
        count -= day.weekday() < 5
    return day
