"""What stood in forms that were refused, for a while, so that nobody has to type it again.

It is in this process's memory alone: a server and its members are always with the same one, and what is gone after a
restart is only typed text.
"""

from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock

KEPT: Final = timedelta(minutes=10)
_MOST: Final = 200
"""Forms kept, of some kilobytes at most; who was refused longest ago types again."""

_Key = tuple[int, int | None, str]


class Refused:
    """The values of refused forms, by member, server and the form's custom id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[_Key, tuple[datetime, Mapping[str, str]]] = OrderedDict()

    def keep(self, member_id: int, server_id: int | None, form: str, values: Mapping[str, str]) -> None:
        """Keep what somebody typed."""
        key = (member_id, server_id, form)
        self._kept[key] = (self._clock.now(), values)
        self._kept.move_to_end(key)
        if len(self._kept) > _MOST:
            self._kept.popitem(last=False)

    def of(self, member_id: int, server_id: int | None, form: str) -> Mapping[str, str]:
        """Return what somebody typed; nothing where that was long ago, or never."""
        at, values = self._kept.get((member_id, server_id, form), (None, {}))
        return values if at is not None and at + KEPT > self._clock.now() else {}

    def drop(self, member_id: int, server_id: int | None, form: str) -> None:
        """Forget a form: it was taken."""
        self._kept.pop((member_id, server_id, form), None)

    def forget(self, member_id: int) -> None:
        """Forget everything that somebody typed."""
        for key in [key for key in self._kept if key[0] == member_id]:
            del self._kept[key]

    async def tidy(self) -> None:
        """Forget what was typed long enough ago; to be called every minute."""
        since = self._clock.now() - KEPT
        while self._kept and next(iter(self._kept.values()))[0] <= since:
            self._kept.popitem(last=False)
