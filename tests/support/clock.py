"""A clock that moves only when it is told to; waiting moves it and takes no time."""

from datetime import UTC, datetime, timedelta

START = datetime(2026, 1, 1, tzinfo=UTC)  # a Thursday, and where SimCord's clock starts


class FakeClock:
    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self.waited: list[float] = []

    def now(self) -> datetime:
        return self._now

    def advance(self, **delta: float) -> datetime:
        self._now += timedelta(**delta)
        return self._now

    def set(self, moment: datetime) -> None:
        self._now = moment

    async def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)
        self._now += timedelta(seconds=seconds)
