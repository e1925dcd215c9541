"""Walks the feeds that are due, whatever they are of."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
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


async def handle_due(
    db: Database,
    now: datetime,
    kinds: Sequence[FeedKind],
    handle: Callable[[int], Awaitable[int]],
    *,
    failed: Callable[[int], None],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Give each feed of some kinds that is due to `handle`, and return the sum of what that returns.

    One that fails is told to `failed`, inside the handler of its exception, and tried again at the next look; the
    others go on.
    """
    total = 0
    async for page in due_pages(db, now, kinds):
        for feed_id in page:
            if stopping():
                return total
            try:
                total += await handle(feed_id)
            except Exception:  # noqa: BLE001 - as above
                failed(feed_id)
    return total
