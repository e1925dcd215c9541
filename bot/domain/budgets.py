"""How often somebody may ask for what costs much, so that one noisy member does not slow the others.

Token buckets: `burst` at once, then one every `every`. A member's own bucket fills much more slowly than that of
their server, so that no one can empty the server's alone.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final


class Cost(StrEnum):
    """What makes a request dear."""

    LOOKUP = "lookup"  # asks arXiv, which answers once in three seconds for all of us
    READING = "reading"  # reads a calendar or a list from somewhere else
    PICTURE = "picture"  # draws
    FILE = "file"  # writes a file of everything
    LIVE = "live"  # keeps a channel busy for minutes
    REPORT = "report"  # is read by moderators, and may bear no name
    MATCH = "match"  # compares everybody with everybody


@dataclass(frozen=True, slots=True)
class Rate:
    """`burst` at once, then one every `every`."""

    burst: int
    every: timedelta


@dataclass(frozen=True, slots=True)
class Budget:
    """What one member may ask for, and all members of a server together."""

    member: Rate
    server: Rate


def _budget(burst: int, every_s: float, server_burst: int, server_every_s: float) -> Budget:
    return Budget(
        Rate(burst, timedelta(seconds=every_s)), Rate(server_burst, timedelta(seconds=server_every_s))
    )


BUDGETS: Final = {
    Cost.LOOKUP: _budget(8, 10, 40, 2),
    Cost.READING: _budget(8, 15, 40, 3),
    Cost.PICTURE: _budget(12, 5, 60, 1),
    Cost.FILE: _budget(5, 30, 25, 5),
    Cost.LIVE: _budget(4, 60, 16, 12),
    Cost.REPORT: _budget(3, 3600, 20, 300),
    Cost.MATCH: _budget(6, 20, 30, 4),
}

COMMANDS: Final = {
    "papers search": Cost.LOOKUP,
    "papers show": Cost.LOOKUP,
    "feed preview": Cost.READING,
    "feed meetups": Cost.READING,
    "role path": Cost.PICTURE,
    "role skill": Cost.PICTURE,
    "events calendar": Cost.FILE,
    "me export": Cost.FILE,
    "setup export": Cost.FILE,
    "quiz stats": Cost.PICTURE,
    "buddy find": Cost.MATCH,
}
"""What each dear command costs; the others cost nothing worth counting. `/setup quiz` costs where it brings a file."""

PRESSES: Final = {
    "quiz livestart": Cost.LIVE,  # `/quiz live` itself shows a card that nobody else sees
    "quiz stats": Cost.PICTURE,
    "quiz ownexport": Cost.FILE,
    "buddy find": Cost.MATCH,
    "buddy dry": Cost.MATCH,
    "buddy runnow": Cost.MATCH,
}
"""What each dear button costs, of those that are known by what they do."""

IMPORT: Final = Cost.READING
"""What a file of questions costs, however it was sent."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many tokens were left at a moment."""

    tokens: float
    at: datetime


def filled(bucket: Bucket | None, rate: Rate, now: datetime) -> Bucket:
    """Return a bucket as it is now; one that was never used is full."""
    if bucket is None:
        return Bucket(rate.burst, now)
    gained = max((now - bucket.at) / rate.every, 0.0)
    return Bucket(min(rate.burst, bucket.tokens + gained), max(now, bucket.at))


def wait_for(bucket: Bucket, rate: Rate) -> timedelta:
    """Return how long it takes until a token is there; nothing where one is."""
    return timedelta(0) if bucket.tokens >= 1 else rate.every * (1 - bucket.tokens)


def taken(bucket: Bucket) -> Bucket:
    """Return the bucket with one token fewer."""
    return Bucket(bucket.tokens - 1, bucket.at)
