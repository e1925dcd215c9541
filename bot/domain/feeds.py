"""Feeds: what a channel has been promised, and when."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.papers import AnnounceType, Paper
from bot.domain.schedule import Schedule

MAX_FEEDS = 50
"""Feeds in one server; far above what a server reads, far below what would hurt the others."""

MAX_CATEGORIES = 20
DEFAULT_CATEGORIES = ("cs.AI", "cs.LG")
DEFAULT_LIMIT = 10
MAX_LIMIT = 25


class Style(StrEnum):
    """How the day's items stand in the channel."""

    DIGEST = "digest"  # together, in as few messages as they need
    EACH = "each"  # a message for each, so that each can be answered and reacted to


class FeedState(StrEnum):
    """Whether a feed posts."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"  # kept for a while, so that a removal can be taken back


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What a moderator chose."""

    server_id: int
    channel_id: int
    categories: tuple[str, ...]
    query: str
    style: Style
    limit: int
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Feed:
    """A saved feed."""

    id: int
    number: int
    plan: FeedPlan
    state: FeedState
    pause_reason: str | None
    created_at: datetime
    since: datetime
    slot_at: datetime
    next_run_at: datetime
    last_run_at: datetime | None

    @property
    def server_id(self) -> int:
        """The Discord server it belongs to."""
        return self.plan.server_id

    @property
    def channel_id(self) -> int:
        """The channel it posts to."""
        return self.plan.channel_id


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that a feed has not dealt with yet."""

    paper: Paper
    type: AnnounceType
    first_seen_at: datetime
