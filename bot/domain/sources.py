"""How a source is doing: when it is asked next, and what is said of it.

Four things look alike from afar and are not: a quiet day, a batch that is served again, a source
that fails, and one that was never read.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from typing import Final, Self

from bot.domain.papers import Batch
from bot.domain.schedule import Schedule, previous_slot

CHECK_EVERY: Final = timedelta(hours=1)
"""arXiv announces once a day; an hourly look is cheap for them and soon enough for a channel."""

_BACKOFF: Final = tuple(timedelta(minutes=m) for m in (5, 10, 20, 40, 60, 120))

# Monday to Friday, built at midnight in New York: https://info.arxiv.org/help/availability.html
_ANNOUNCES: Final = Schedule(time(0, 0), "America/New_York", frozenset(range(5)))
_LATE: Final = timedelta(hours=6)


class SourceOutcome(StrEnum):
    """What the last check found."""

    NEWS = "news"
    SAME = "same"  # items, and every one of them known
    QUIET = "quiet"  # a valid answer with no items
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class SourceState:
    """What is remembered of a source."""

    key: str
    next_check_at: datetime
    etag: str | None = None
    last_modified: str | None = None
    outcome: SourceOutcome | None = None
    error: str | None = None
    failures: int = 0
    failing_since: datetime | None = None
    last_checked_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_news_at: datetime | None = None
    batch_hash: str | None = None

    def well(self, now: datetime, next_check_at: datetime) -> Self:
        """Return the state after a look that succeeded; what it found is for the caller to add."""
        return replace(
            self,
            error=None,
            failures=0,
            failing_since=None,
            last_checked_at=now,
            last_ok_at=now,
            next_check_at=next_check_at,
        )

    def failed(
        self,
        reason: str,
        now: datetime,
        *,
        pause: timedelta | None = None,
        next_check_at: datetime | None = None,
    ) -> Self:
        """Return the state after one that failed: asked again ever later, and not within a `pause` it asked for.

        `next_check_at` is for a source with a rule of its own.
        """
        return replace(
            self,
            outcome=SourceOutcome.ERROR,
            error=reason,
            failures=self.failures + 1,
            failing_since=self.failing_since or now,
            last_checked_at=now,
            next_check_at=next_check_at or after_failure(self.failures + 1, now, pause),
        )


def batch_hash(batch: Batch) -> str:
    """Return what tells one list from another: the ids and versions on it, not its time stamps or order.

    A list of nothing but new versions of known papers is a new list all the same.
    """
    listed = sorted(f"{each.paper.id}v{each.paper.version} {each.type}" for each in batch.announcements)
    return hashlib.sha256("\n".join(listed).encode()).hexdigest()


def arxiv_key(category: str) -> str:
    """Return the key of a category's feed."""
    return f"arxiv:{category}"


def after_failure(failures: int, now: datetime, retry_after: timedelta | None = None) -> datetime:
    """Return when to ask again after `failures` failures in a row, this one included."""
    pause = _BACKOFF[min(failures, len(_BACKOFF)) - 1]
    return now + max(pause, retry_after or timedelta())


def is_late(source: SourceState | None, now: datetime) -> bool:
    """Whether the source is about to be read: for the first time, or because its next check is due."""
    return source is None or source.next_check_at <= now


def is_failing(source: SourceState | None) -> bool:
    """Whether the last check came to nothing."""
    return source is not None and source.outcome is SourceOutcome.ERROR


def is_stale(source: SourceState, now: datetime) -> bool:
    """Whether the source serves an old batch again: judged by the ids, never by its time stamps.

    On 2026-08-12 cs.AI served the previous batch under a fresh date.
    """
    if source.outcome is not SourceOutcome.SAME or source.last_news_at is None:
        return False
    batch = previous_slot(_ANNOUNCES, now)
    return source.last_news_at < batch and now > batch + _LATE


def trouble_since(source: SourceState, now: datetime) -> datetime | None:
    """Return since when the source fails or serves an old list; None where it is well, or only quiet."""
    if source.outcome is SourceOutcome.ERROR:
        return source.failing_since
    return source.last_news_at if is_stale(source, now) else None


def describe(source: SourceState | None, now: datetime) -> str:
    """Say in a short sentence how the source is doing; times are Discord time stamps."""
    if source is None or source.last_checked_at is None:
        return "not read yet; it is read within a few minutes"
    if source.outcome is SourceOutcome.ERROR:
        since = f" since {stamp(source.failing_since)}" if source.failing_since else ""
        return f"failing{since}: {source.error} Next try {stamp(source.next_check_at)}."
    if is_stale(source, now):
        return f"arXiv is serving an old list again; last new papers {stamp(source.last_news_at)}"
    if source.outcome is SourceOutcome.QUIET:
        return f"quiet: arXiv lists no papers today (read {stamp(source.last_ok_at)})"
    if source.outcome is SourceOutcome.NEWS:
        return f"fine: new papers {stamp(source.last_news_at)}"
    if source.last_news_at is None:
        return f"fine: read {stamp(source.last_ok_at)}"
    return f"fine: read {stamp(source.last_ok_at)}, last new papers {stamp(source.last_news_at)}"


def stamp(moment: datetime | None, style: str = "R") -> str:
    """Return a Discord time stamp, which each reader sees in their own zone and words."""
    return "never" if moment is None else f"<t:{int(moment.astimezone(UTC).timestamp())}:{style}>"
