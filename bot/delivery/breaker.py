"""Stops all posting long before Discord would ban the address.

Discord bans an address for a while after 10,000 invalid answers (401, 403, 429) in ten minutes.
https://discord.com/developers/docs/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
Every answer of the client passes by here, through aiohttp's tracing, those that discord.py handles
by itself included.
"""

import logging
from collections import deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.clock import Clock

if TYPE_CHECKING:
    import aiohttp

_log = logging.getLogger("cohort.delivery")

LIMIT: Final = 500
WINDOW: Final = timedelta(minutes=10)

_INVALID: Final = frozenset({401, 403, 429})


class Breaker:
    """Counts invalid answers; open (nothing is posted) while there are too many, or the token is refused."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._invalid: deque[datetime] = deque()
        self._was_open = False
        self.unauthorised = False

    def note(self, status: int, headers: Mapping[str, str]) -> None:
        """Take an answer into account; a 429 of the `shared` scope does not count for Discord either."""
        if status not in _INVALID or (status == 429 and headers.get("X-RateLimit-Scope") == "shared"):
            return
        self._invalid.append(self._clock.now())
        if status == 401 and not self.unauthorised:
            self.unauthorised = True
            _log.critical("Discord no longer accepts the token: nothing is posted until the bot is restarted")

    def closed(self) -> bool:
        """Whether posting is allowed."""
        oldest = self._clock.now() - WINDOW
        while self._invalid and self._invalid[0] <= oldest:
            self._invalid.popleft()
        is_open = self.unauthorised or len(self._invalid) >= LIMIT
        if is_open != self._was_open:
            self._was_open = is_open
            words = "posting stopped: too many refusals" if is_open else "posting goes on"
            _log.warning(words, extra={"refusals": len(self._invalid)})
        return not is_open

    @property
    def count(self) -> int:
        """Invalid answers within the window."""
        return len(self._invalid)

    def attach(self, trace: "aiohttp.TraceConfig") -> None:
        """Let an aiohttp session report its answers here."""
        import aiohttp

        async def on_end(
            _session: aiohttp.ClientSession, _context: object, end: aiohttp.TraceRequestEndParams
        ) -> None:
            # An interaction that nobody waits for any more is answered 404; 401 here is the webhook's.
            if "/webhooks/" not in end.url.path and "/interactions/" not in end.url.path:
                self.note(end.response.status, end.response.headers)

        trace.on_request_end.append(on_end)
