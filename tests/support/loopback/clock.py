"""The loopback's clock: the real one, plus whatever a test has added."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

DISCORD_EPOCH_MS = 1_420_070_400_000


class LoopbackClock:
    """Seconds since the epoch. `advance` jumps, so 3 seconds or 15 minutes cost a test nothing.

    By default it follows the real clock, because discord.py compares interaction ids with its own.
    """

    def __init__(self, base: Callable[[], float] = time.time) -> None:
        self._base = base
        self._offset = 0.0

    def now(self) -> float:
        """Return the current time in seconds since the epoch."""
        return self._base() + self._offset

    def advance(self, seconds: float) -> None:
        """Jump forward by `seconds`."""
        self._offset += seconds

    def follow(self, base: Callable[[], float]) -> None:
        """Take the time from elsewhere, in seconds since the epoch; `advance` still adds to it."""
        self._base, self._offset = base, 0.0

    def freeze(self, at: float | None = None) -> None:
        """Stop at `at` (seconds since the epoch; now by default); only `advance` moves it from then on."""
        moment = self.now() if at is None else at
        self.follow(lambda: moment)


class Snowflakes:
    """Ids that carry their time and never repeat nor go back, even when the clock does."""

    def __init__(self, clock: LoopbackClock) -> None:
        self._clock = clock
        self.last = 0

    def new(self) -> int:
        """Return the next id."""
        self.last = max(snowflake_at(self._clock.now()), self.last + 1)
        return self.last


def snowflake_at(seconds: float) -> int:
    """Return the lowest snowflake of a moment (seconds since the epoch)."""
    return (int(seconds * 1000) - DISCORD_EPOCH_MS) << 22


def moment_of(snowflake: int) -> float:
    """Return when a snowflake was made, in seconds since the epoch."""
    return ((snowflake >> 22) + DISCORD_EPOCH_MS) / 1000


def iso(seconds: float) -> str:
    """Write a moment the way Discord does."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()
