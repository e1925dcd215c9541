"""Keeps all requests of the bot below Discord's 50 a second, without wasting any of them.

https://discord.com/developers/docs/topics/rate-limits#global-rate-limit
Every request of the client passes by here, through aiohttp's tracing, whoever makes it: posts, edits, looks into
the history. Answers to interactions are exempt, at Discord and so here.

A request counts from the moment it is sent until a second after its answer has come. Discord counts it somewhere
in between, so whatever the network delays, no second of Discord's holds more than `limit` of them.
"""

import asyncio
from collections import deque
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

from bot.clock import Clock, sleep

if TYPE_CHECKING:
    import aiohttp

CEILING: Final = 50
"""Requests a second that Discord allows a bot, all routes and all processes together."""

_SECOND: Final = timedelta(seconds=1)


class Pace:
    """Lets at most `limit` requests be under way or answered within the last second."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way = 0
        self._answered: deque[datetime] = deque()
        self._turn = asyncio.Lock()  # one waits for room, the others in line behind it
        self._changed = asyncio.Event()
        self.limit = CEILING

    def share(self, processes: int, *, is_new: bool = False) -> None:
        """Take this process's part of what is allowed to so many; a new one lets a second pass.

        In that second the others, who look at every claim, notice that they are one more.
        """
        self.limit = max(1, CEILING // max(1, processes))
        if is_new and processes > 1:
            self._answered.extend([self._clock.now()] * (CEILING - len(self._answered)))
        self._changed.set()

    async def take(self) -> None:
        """Wait until one more request may be sent, and count it."""
        async with self._turn:
            while not self._has_room():
                if self._answered:
                    pause = self._answered[0] + _SECOND - self._clock.now()
                    await sleep(self._clock, max(0.0, pause.total_seconds()))
                else:
                    self._changed.clear()
                    await self._changed.wait()
            self._under_way += 1

    def give_back(self) -> None:
        """Say that a request was answered, or has failed."""
        self._under_way -= 1
        self._answered.append(self._clock.now())
        self._changed.set()

    def _has_room(self) -> bool:
        now = self._clock.now()
        if self._answered and self._answered[-1] > now:  # the clock was set back
            self._answered = deque(min(moment, now) for moment in self._answered)
        while self._answered and self._answered[0] <= now - _SECOND:
            self._answered.popleft()
        return self._under_way + len(self._answered) < self.limit

    def attach(self, trace: "aiohttp.TraceConfig") -> None:
        """Let an aiohttp session's requests pass by here."""
        import aiohttp

        async def on_start(
            _session: aiohttp.ClientSession, context: SimpleNamespace, start: aiohttp.TraceRequestStartParams
        ) -> None:
            if "/webhooks/" not in start.url.path and "/interactions/" not in start.url.path:
                await self.take()
                context.in_pace = True

        async def on_end(_session: aiohttp.ClientSession, context: SimpleNamespace, _end: object) -> None:
            if getattr(context, "in_pace", False):
                context.in_pace = False
                self.give_back()

        trace.on_request_start.append(on_start)
        trace.on_request_end.append(on_end)
        trace.on_request_exception.append(on_end)
