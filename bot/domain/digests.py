"""What a feed posts for a slot: which papers, in which order, and what is left over."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from bot.domain.feeds import Candidate, Feed
from bot.domain.outbox import Action

PATIENCE = timedelta(hours=3)
"""How long a slot with nothing to post waits for a source that fails or was not read yet."""

A_MOMENT = timedelta(minutes=10)
"""How long a slot waits for a source that is about to be read, whatever else there is to post."""

LOOK_AGAIN = timedelta(minutes=5)
"""How long until a slot whose source fails, or whose last post is stuck, is looked at again."""

LOOK_SOON = timedelta(seconds=20)
"""The same for a source that is about to be read."""


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

    payload: dict[str, Any]  # the JSON body of the request, without its nonce
    marker: str  # a line of its visible text that no other message has
    items: tuple[str, ...] = ()  # what it shows, by identity
    action: Action = Action.POST
    below: int | None = None  # the part (from 1) whose thread it belongs in, or whose thread it opens

    def body(self) -> str:
        """Return the payload as it is stored: a retry sends the same bytes."""
        return json.dumps(self.payload, ensure_ascii=False, separators=(",", ":"))


class Renderer(Protocol):
    """Turns a digest into messages; `cogs.ui` does it for Discord."""

    def __call__(self, digest: Digest) -> list[Rendered]:
        """Return the messages in the order in which they are to be posted."""
        ...


class NoticeRenderer(Protocol):
    """Turns the news that a feed is stuck into a message for moderators."""

    def __call__(self, feed: Feed, reason: str, now: datetime) -> Rendered:
        """Return the message."""
        ...


def matching(candidates: Iterable[Candidate], found: Collection[str] | None = None) -> list[Candidate]:
    """Return each paper once, newest announcement first; with `found` only those whose id is in it."""
    seen: dict[str, Candidate] = {}
    for candidate in candidates:
        if found is None or candidate.paper.id in found:
            seen.setdefault(candidate.paper.id, candidate)
    # Ids grow with submission, so among papers of one batch the latest submitted comes first.
    return sorted(seen.values(), key=lambda c: (c.first_seen_at, c.paper.id), reverse=True)


def select(
    candidates: Iterable[Candidate],
    limit: int,
    *,
    found: Collection[str] | None = None,
    weights: Mapping[str, float] | None = None,
) -> Selection:
    """Decide what is shown and what is only counted.

    `found` are the ids that the feed's query finds, None where it has none; the paper with the highest of
    `weights` comes first (0 where it has none), among equals the newest.
    """
    wanted = matching(candidates, found)
    if weights:
        wanted.sort(key=lambda candidate: -weights.get(candidate.paper.id, 0.0))
    return Selection(tuple(wanted[:limit]), tuple(wanted[limit:]))


def wait_for_sources(
    *, found: int, late: bool, failing: bool, slot_at: datetime, waiting_since: datetime, now: datetime
) -> timedelta | None:
    """Return how long a slot should wait before it is looked at again, None where it should go ahead.

    A `late` source is due to be read and will be in a moment; going ahead would leave its papers to the
    next slot. `waiting_since` is the slot, or the start of the process where that is later: after days
    down the sources are read first. A `failing` source holds nothing up but an empty slot, which would
    otherwise pass as quiet.
    """
    if late and now < waiting_since + A_MOMENT:
        return LOOK_SOON
    if (late or failing) and found == 0 and now < slot_at + PATIENCE:
        return LOOK_AGAIN
    return None
