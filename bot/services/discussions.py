"""Who opens the thread of a paper, when many may press at once and any of them may crash."""

import asyncio
from datetime import timedelta
from typing import Final
from weakref import WeakValueDictionary

from bot.clock import Clock
from bot.storage import discussions
from bot.storage.discussions import Claim, Claimed
from bot.storage.engine import Database

__all__ = ["GIVEN_UP_AFTER", "Claim", "Claimed", "DiscussionService"]

GIVEN_UP_AFTER: Final = timedelta(minutes=1)
"""Opening takes a second or two; whoever has said nothing for so long is gone."""


class DiscussionService:
    """One thread for a paper in a channel; a row is claimed before Discord is asked for anything."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock
        self._turns: WeakValueDictionary[tuple[int, str], asyncio.Lock] = WeakValueDictionary()

    def turn(self, channel_id: int, paper_id: str) -> asyncio.Lock:
        """Return the lock of a paper in a channel: within a process the second waits and is given the link."""
        return self._turns.setdefault((channel_id, paper_id), asyncio.Lock())

    async def claim(self, channel_id: int, paper_id: str, server_id: int) -> Claimed:
        """Become the one who opens the thread of a stored paper, or learn who did."""
        async with self._db.write() as tx:
            return await discussions.claim(
                tx, channel_id, paper_id, server_id, self._clock.now(), given_up_after=GIVEN_UP_AFTER
            )

    async def opened(self, channel_id: int, paper_id: str, thread_id: int) -> None:
        """Write down the thread, once the paper stands in it."""
        async with self._db.write() as tx:
            await discussions.opened(tx, channel_id, paper_id, thread_id)

    async def give_back(self, channel_id: int, paper_id: str) -> None:
        """Let the next one try: Discord opened no thread."""
        async with self._db.write() as tx:
            await discussions.give_back(tx, channel_id, paper_id)

    async def forget(self, channel_id: int, paper_id: str, thread_id: int) -> None:
        """Forget a thread that was deleted."""
        async with self._db.write() as tx:
            await discussions.forget(tx, channel_id, paper_id, thread_id)

    async def threads_in(self, channel_id: int) -> set[int]:
        """Return the threads of a channel that belong to a paper."""
        async with self._db.read() as tx:
            return await discussions.threads_in(tx, channel_id)
