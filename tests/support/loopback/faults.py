"""Faults to inject: lost requests, lost responses, resets, 5xx, delays, storms of 429."""

import asyncio
import random
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Literal

from aiohttp import web

Kind = Literal["drop", "reset", "status", "rate_limit", "cloudflare", "delay", "hang"]
KINDS: frozenset[str] = frozenset({"drop", "reset", "status", "rate_limit", "cloudflare", "delay", "hang"})


@dataclass
class Fault:
    """One fault, for requests whose method and path match.

    - `drop` closes the connection without an answer, `reset` with RST, `hang` keeps it open in silence until the faults are
      cleared;
    - `status` answers `status` with an HTML page, as a proxy in front of Discord does;
    - `rate_limit` answers 429 (`scope` user, global or shared) with `retry_after`, `cloudflare` 429 as
      Cloudflare words it: no `Via`, no JSON;
    - `delay` waits `seconds`, then goes on.

    `when="after"` lets the request have its effect first: the bot then cannot know that it did. `path` is
    a glob over `/channels/…` without the API prefix. The first `skip` matches pass, then `times` (None: no
    end) are hit, each with `probability`.
    """

    kind: Kind
    method: str = "*"
    path: str = "*"
    when: Literal["before", "after"] = "before"
    times: int | None = 1
    skip: int = 0
    probability: float = 1.0
    status: int = 503
    retry_after: float = 0.05
    scope: Literal["user", "global", "shared"] = "user"
    seconds: float = 0.1
    hits: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such fault: {self.kind}; there are {sorted(KINDS)}")

    @property
    def spent(self) -> bool:
        """Whether it will not strike again."""
        return self.times is not None and self.hits >= self.times


@dataclass
class FaultPlan:
    """The faults in force. Chance comes from one seeded generator, so that a storm can be repeated."""

    seed: int = 0
    faults: list[Fault] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)  # repeatable, not secret

    def inject(self, *faults: Fault) -> None:
        """Put faults in force; the first that matches a request strikes."""
        self.faults.extend(faults)

    def clear(self) -> None:
        """Take all faults out of force; what hangs is cut off."""
        for fault in self.faults:
            fault.over.set()
        self.faults.clear()

    def strike(self, method: str, path: str) -> Fault | None:
        """Return the fault that hits this request, if any, and count it."""
        for fault in self.faults:
            if fault.spent or fault.method not in {"*", method} or not fnmatchcase(path, fault.path):
                continue
            if fault.skip > 0:
                fault.skip -= 1
                continue
            if fault.probability < 1 and self._random.random() >= fault.probability:
                continue
            fault.hits += 1
            return fault
        return None


def storm(probability: float, retry_after: float = 0.02, path: str = "*") -> Fault:
    """Return a lasting storm of 429s."""
    return Fault(
        "rate_limit", path=path, times=None, probability=probability, retry_after=retry_after, scope="shared"
    )


def break_connection(request: web.Request, *, reset: bool) -> None:
    """Close the client's connection now: with FIN, or with RST where `reset`."""
    transport = request.transport
    if transport is None:
        return
    if reset and (sock := transport.get_extra_info("socket")) is not None:
        # Linger of zero seconds turns the close into an RST.
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        transport.abort()
        return
    transport.close()


def names(faults: Iterable[Fault]) -> list[str]:
    """Return the faults in words, for a failing test's report."""
    return [f"{fault.kind} {fault.when} {fault.method} {fault.path} ({fault.hits} hits)" for fault in faults]
