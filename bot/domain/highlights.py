"""What a server made of its papers in a week: which it discussed and saved most."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.papers import Paper

MOST_HIGHLIGHTS = 10
"""Papers in a post; it is one message."""


@dataclass(frozen=True, slots=True)
class Highlight:
    """A paper and what members did with it."""

    paper: Paper
    saves: int
    votes: int
    discussion_ids: tuple[int, ...]  # threads

    @property
    def weight(self) -> int:
        """How much was made of it: to open a discussion takes more than to press a button."""
        return self.saves + self.votes + 2 * len(self.discussion_ids)


@dataclass(frozen=True, slots=True)
class Highlights:
    """What is to be rendered."""

    feed: Feed
    slot_at: datetime
    shown: tuple[Highlight, ...]


class HighlightRenderer(Protocol):
    """Turns highlights into one message; `cogs.ui` does it for Discord."""

    def __call__(self, highlights: Highlights) -> Rendered:
        """Return the message."""
        ...


def best(found: Iterable[Highlight], limit: int) -> tuple[Highlight, ...]:
    """Return the weightiest, at most `limit`; of equals the newest id first."""
    ranked = sorted(found, key=lambda each: each.paper.id, reverse=True)
    return tuple(sorted(ranked, key=lambda each: each.weight, reverse=True)[:limit])
