"""The papers stored lately, as an index in memory that is made when first wanted and again when they changed."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final, TypeVar

from bot.clock import Clock
from bot.domain.papers import Paper
from bot.storage import lookups, papers, sql
from bot.storage.engine import Database
from bot.storage.paper_index import PaperIndex

T = TypeVar("T")

DAYS: Final = 60

AT_MOST: Final = 5_000
"""The newest ones. Measured: 13 MiB and a second to build, in a thread; 10,000 took four."""

LOOK_AGAIN: Final = timedelta(minutes=5)
"""How long an index is used without a look whether papers have come since."""


class RecentPapers:
    """One index for the process; its users take turns, each for some milliseconds."""

    def __init__(self, db: Database, clock: Clock, *, look_again: timedelta = LOOK_AGAIN) -> None:
        self._db = db
        self._clock = clock
        self._look_again = look_again
        self._using = asyncio.Lock()
        self._index: PaperIndex | None = None
        self._made_of: tuple[int, datetime | None] | None = None
        self._looked_at: datetime | None = None

    async def ask(self, question: Callable[[PaperIndex], T]) -> T:
        """Put a question to the index in a thread and return the answer."""
        async with self._using:
            index = await self._current()
            return await asyncio.to_thread(question, index)

    async def close(self) -> None:
        """Give the memory back; the next question makes the index again."""
        async with self._using:
            if self._index is not None:
                self._index.close()
            self._index = self._made_of = self._looked_at = None

    async def _current(self) -> PaperIndex:
        now = self._clock.now()
        if (
            self._index is not None
            and self._looked_at is not None
            and now < self._looked_at + self._look_again
        ):
            return self._index
        async with self._db.read() as tx:
            stored = await lookups.stored_until_now(tx)
        if self._index is None or stored != self._made_of:
            fresh = await asyncio.to_thread(PaperIndex, await self._read(now))
            if self._index is not None:
                self._index.close()
            self._index, self._made_of = fresh, stored
        self._looked_at = now
        return self._index

    async def _read(self, now: datetime) -> list[Paper]:
        async with self._db.read() as tx:
            ids = await lookups.newest_ids(tx, now - timedelta(days=DAYS), AT_MOST)
        found: list[Paper] = []
        for start in range(0, len(ids), sql.CHUNK):
            # In pieces: reading thousands of rows at once would hold up the loop.
            async with self._db.read() as tx:
                found += (await papers.by_ids(tx, ids[start : start + sql.CHUNK])).values()
            await asyncio.sleep(0)
        return found
