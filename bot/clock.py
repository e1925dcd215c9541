"""The only place that knows what time it is.

Everything else takes `now` as an argument or asks the clock it was given, so ten years of
schedules can be tested in a second and the browser try-out can jump to tomorrow.
"""

import asyncio
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What the program needs of a clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present instant, aware and in UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait `seconds` on the event loop."""
        await asyncio.sleep(seconds)


async def sleep(clock: Clock, seconds: float) -> None:
    """Wait `seconds` by `clock`: a clock with a `sleep` of its own (tests, the try-out) need not wait at all."""
    own = getattr(clock, "sleep", None)
    if own is not None:
        await own(seconds)
    else:
        await asyncio.sleep(seconds)
