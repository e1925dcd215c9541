"""Answers that are kept for a while: bounded in number and in age."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Cache(Generic[K, V]):
    """At most `size` values, none older than `keep`; the one that was wanted longest ago goes first."""

    def __init__(self, size: int, keep: timedelta) -> None:
        self._size = size
        self._keep = keep
        self._held: OrderedDict[K, tuple[datetime, V]] = OrderedDict()

    def get(self, key: K, now: datetime) -> V | None:
        """Return what is kept under `key`, None where that is nothing, or too old."""
        held = self._held.get(key)
        if held is None:
            return None
        if now - held[0] >= self._keep:
            del self._held[key]
            return None
        self._held.move_to_end(key)
        return held[1]

    def put(self, key: K, value: V, now: datetime) -> None:
        """Keep a value."""
        self._held[key] = (now, value)
        self._held.move_to_end(key)
        while len(self._held) > self._size:
            self._held.popitem(last=False)

    def drop(self, key: K) -> None:
        """Keep nothing under `key` any more."""
        self._held.pop(key, None)

    def drop_all(self, which: Callable[[K], bool]) -> None:
        """Keep nothing any more under the keys for which this holds."""
        for key in [key for key in self._held if which(key)]:
            del self._held[key]

    def tidy(self, now: datetime) -> None:
        """Let go of what is too old, whether or not anybody wants it."""
        for key in [key for key, (at, _) in self._held.items() if now - at >= self._keep]:
            del self._held[key]

    def __len__(self) -> int:
        """How many values are held."""
        return len(self._held)
