"""What a feed posts for a slot: which papers, in which order, and what is left over."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.feeds import Candidate, Feed
from bot.domain.keywords import parse_keywords

PATIENCE = timedelta(hours=3)
"""How long a slot with nothing to post waits for a source that is late or failing."""

LOOK_AGAIN = timedelta(minutes=5)
"""How often it looks while it waits."""

ANNOUNCED = ("new",)
"""The announce types a feed posts: a cross-list or a replacement is no new paper."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The papers of one digest: `shown` stand in it, `overflow` are counted in it."""

    shown: tuple[Candidate, ...]
    overflow: tuple[Candidate, ...]

    @property
    def total(self) -> int:
        """Every paper the digest accounts for."""
        return len(self.shown) + len(self.overflow)


@dataclass(frozen=True, slots=True)
class Digest:
    """What is to be rendered."""

    feed: Feed
    slot_at: datetime
    selection: Selection


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message, ready to be stored and sent."""

    payload: dict[str, Any]  # the JSON body of "create message", without its nonce
    marker: str  # a line of its visible text that no other message has


class Renderer(Protocol):
    """Turns a digest into messages; `cogs.ui` does it for Discord."""

    def __call__(self, digest: Digest) -> list[Rendered]:
        """Return the messages in the order in which they are to be posted."""
        ...


def matching(candidates: Iterable[Candidate], query: str) -> list[Candidate]:
    """Return each paper once that the feed's keywords want, newest announcement first."""
    wanted = parse_keywords(query) if query else None
    seen: dict[str, Candidate] = {}
    for candidate in candidates:
        paper = candidate.paper
        if paper.id not in seen and (wanted is None or wanted.matches(paper.title, paper.abstract)):
            seen[paper.id] = candidate
    # Ids grow with submission, so among papers of one batch the latest submitted comes first.
    return sorted(seen.values(), key=lambda c: (c.first_seen_at, c.paper.id), reverse=True)


def select(candidates: Sequence[Candidate], query: str, limit: int) -> Selection:
    """Decide what is shown and what is only counted."""
    wanted = matching(candidates, query)
    return Selection(tuple(wanted[:limit]), tuple(wanted[limit:]))


def worth_waiting(*, found: int, sources_ready: bool, slot_at: datetime, now: datetime) -> bool:
    """Whether a slot should be looked at again later instead of passing as a quiet day."""
    return found == 0 and not sources_ready and now < slot_at + PATIENCE
