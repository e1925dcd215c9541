"""Rate limits: buckets with headers, the global 50 a second, and 429s that discord.py understands.

https://discord.com/developers/docs/topics/rate-limits
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

DISCORD_LIKE: dict[str, tuple[int, float]] = {
    "POST /channels/{channel_id}/messages": (5, 5.0),
    "PATCH /channels/{channel_id}/messages/{message_id}": (5, 5.0),
    "DELETE /channels/{channel_id}/messages/{message_id}": (5, 1.0),
    "GET /channels/{channel_id}/messages": (5, 5.0),
    "POST /channels/{channel_id}/threads": (5, 5.0),
    "PUT /channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me": (1, 0.25),
    "POST /guilds/{guild_id}/scheduled-events": (5, 60.0),
    "POST /users/@me/channels": (10, 10.0),
    "POST /webhooks/{webhook_id}/{webhook_token}": (5, 2.0),
}
"""Requests and seconds as bots have observed them; Discord documents none and changes them at will."""


@dataclass
class Limits:
    """How much is let through. Off by default: tests about other things should not wait.

    `per_route` maps `"METHOD /template"` to (requests, seconds), counted per channel, guild or webhook;
    `default` is for all other routes, and None gives them no headers at all. Interaction endpoints are
    exempt from the global limit, as at Discord. `now` is real monotonic time: discord.py really sleeps.
    """

    enabled: bool = False
    per_route: dict[str, tuple[int, float]] = field(default_factory=lambda: dict(DISCORD_LIKE))
    default: tuple[int, float] | None = None
    global_per_second: int = 50
    now: Callable[[], float] = time.monotonic
    _windows: dict[tuple[str, str], tuple[float, int]] = field(default_factory=dict)
    _global: tuple[float, int] = (0.0, 0)

    def admit(self, route: str, major: str, *, exempt: bool = False) -> "Verdict":
        """Count a request to `"METHOD /template"` with its major parameter; say whether it may pass."""
        if not self.enabled:
            return Verdict()
        now = self.now()
        if not exempt and (wait := self._over_global(now)):
            return Verdict(wait, "global", {"X-RateLimit-Global": "true"})
        limit = self.per_route.get(route, self.default)
        if limit is None:
            return Verdict()
        allowed, seconds = limit
        key = (route, major)
        start, used = self._windows.get(key, (now, 0))
        if now - start >= seconds:
            start, used = now, 0
        left = seconds - (now - start)
        refused = used >= allowed
        used = used if refused else used + 1
        self._windows[key] = (start, used)
        headers = {
            "X-RateLimit-Limit": str(allowed),
            "X-RateLimit-Remaining": str(allowed - used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": hashlib.sha256(route.encode()).hexdigest()[:32],
        }
        return Verdict(left if refused else 0.0, "user" if refused else "", headers)

    def _over_global(self, now: float) -> float:
        start, used = self._global
        if now - start >= 1:
            start, used = now, 0
        self._global = (start, used + 1)
        return 1 - (now - start) if used >= self.global_per_second else 0.0


@dataclass(frozen=True)
class Verdict:
    """What a limit says: pass (`wait` 0) or come back after `wait` seconds; and the headers either way."""

    wait: float = 0.0
    scope: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def refusal(self) -> tuple[dict[str, str], dict[str, Any]]:
        """Return headers and body of the 429. Without `Via` discord.py takes it for a Cloudflare ban."""
        headers = self.headers | {
            "Via": "1.1 google",
            "Retry-After": str(max(1, round(self.wait))),
            "X-RateLimit-Scope": self.scope,
        }
        body = {
            "message": "You are being rate limited.",
            "retry_after": round(self.wait, 3),
            "global": self.scope == "global",
        }
        return headers, body
