"""Walks what is due, feeds and rows of other kinds, so that one that fails holds up no other."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedKind
from bot.storage import feeds
from bot.storage.engine import Database

AT_ONCE: Final = 50

Place = tuple[datetime, int]
"""When a row is due, and its id: the order in which rows are looked at."""


async def due_pages(
    db: Database, now: datetime, kinds: Sequence[FeedKind], *, at_once: int = AT_ONCE
) -> AsyncIterator[list[int]]:
    """Yield the ids of the feeds of some kinds that are due, the longest waiting first.

    Page by page, each once: another process may hold one, and one that fails stays due.
    """
    last: Place | None = None
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


async def handle_rows(
    db: Database,
    due: Callable[[AsyncConnection, Place | None], Awaitable[Sequence[Place]]],
    handle: Callable[[AsyncConnection, Sequence[int]], Awaitable[int]],
    *,
    failed: Callable[[int], None],
    stopping: Callable[[], bool] = lambda: False,
) -> int:
    """Give the rows that are due to `handle`, and return the sum of what that returns.

    `due` returns the next few after a place; `handle` claims those of them that are still due and nobody else has. A
    few share a transaction, since a commit costs more than what is in it. Where that fails each gets one of its own;
    one that fails alone is told to `failed`, inside the handler of its exception, and tried again at the next look.
    """
    total, last = 0, None
    while not stopping():
        async with db.read() as tx:
            places = await due(tx, last)
        if not places:
            break
        last = places[-1]
        ids = [id_ for _, id_ in places]
        try:
            async with db.write() as tx:
                total += await handle(tx, ids)
        except Exception:  # noqa: BLE001 - whoever it is about fails once more, alone
            total += await _one_by_one(db, ids, handle, failed)
    return total


async def _one_by_one(
    db: Database,
    ids: Sequence[int],
    handle: Callable[[AsyncConnection, Sequence[int]], Awaitable[int]],
    failed: Callable[[int], None],
) -> int:
    total = 0
    for id_ in ids:
        try:
            async with db.write() as tx:
                total += await handle(tx, [id_])
        except Exception:  # noqa: BLE001 - told, and tried again at the next look
            failed(id_)
    return total
