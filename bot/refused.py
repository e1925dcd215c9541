"""What stood in forms that were refused, for a while, so that nobody has to type it again.

It is in this process's memory alone: a server and its members are always with the same one, and what is gone after a
restart is only typed text.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from bot.cache import Cache
from bot.clock import Clock

KEPT: Final = timedelta(minutes=10)
_MOST: Final = 200
"""Forms kept, of some kilobytes at most; who was refused longest ago types again."""

_Key = tuple[int, int | None, str]


class Refused:
    """The values of refused forms, by member, server and the form's custom id."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: Cache[_Key, Mapping[str, str]] = Cache(_MOST, KEPT)

    def keep(self, member_id: int, server_id: int | None, form: str, values: Mapping[str, str]) -> None:
        """Keep what somebody typed."""
        self._kept.put((member_id, server_id, form), values, self._clock.now())

    def of(self, member_id: int, server_id: int | None, form: str) -> Mapping[str, str]:
        """Return what somebody typed; nothing where that was long ago, or never."""
        return self._kept.get((member_id, server_id, form), self._clock.now()) or {}

    def drop(self, member_id: int, server_id: int | None, form: str) -> None:
        """Forget a form: it was taken."""
        self._kept.drop((member_id, server_id, form))

    def forget(self, member_id: int) -> None:
        """Forget everything that somebody typed."""
        self._kept.drop_all(lambda key: key[0] == member_id)

    async def tidy(self) -> None:
        """Forget what was typed long enough ago; to be called every minute."""
        self._kept.tidy(self._clock.now())
