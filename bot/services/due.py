"""Walks the feeds that are due, page by page, whatever they are of."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final

from bot.domain.feeds import FeedKind
from bot.storage import feeds
from bot.storage.engine import Database

AT_ONCE: Final = 50


async def due_pages(
    db: Database, now: datetime, kinds: Sequence[FeedKind], *, at_once: int = AT_ONCE
) -> AsyncIterator[list[int]]:
    """Yield the ids of the feeds of some kinds that are due, the longest waiting first.

    Page by page, each once: another process may hold one, and one that fails stays due.
    """
    last: tuple[datetime, int] | None = None
    while True:
        async with db.read() as tx:
            due = await feeds.due(tx, now, at_once, kinds=kinds, after=last)
        if not due:
            return
        last = due[-1]
        yield [feed_id for _, feed_id in due]
