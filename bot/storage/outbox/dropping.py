"""What is taken back because it provably has not begun, and what is forgotten after it arrived."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.outbox import State
from bot.storage import sql
from bot.storage.outbox.rows import NOTICE, POST, not_begun
from bot.storage.tables import channel_items, digests, feed_items, native_events, outbox


async def drop_untouched(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> set[int]:
    """Take back those of some entries that provably have not begun; return which."""
    rows = await tx.execute(sql.claimable(select(outbox.c.id).where(outbox.c.id.in_(ids), not_begun(now))))
    found = {row.id for row in rows}
    if found:
        await tx.execute(outbox.delete().where(outbox.c.id.in_(found)))
    return found


async def drop_notices(tx: AsyncConnection, feed_id: int) -> None:
    """Forget what moderators were to be told of a feed whose trouble is over, if they provably were not."""
    await tx.execute(
        outbox.delete().where(
            outbox.c.feed_id == feed_id,
            outbox.c.stream == NOTICE,
            outbox.c.state.in_((State.PENDING, State.HELD)),
            outbox.c.first_attempt_at.is_(None),
        )
    )


async def withdraw(tx: AsyncConnection, feed_id: int, now: datetime) -> datetime | None:
    """Take back a digest of which nothing can be in the channel, so that it is built anew.

    Returns the moment from which its items count, None where nothing was taken back. Items and digest
    go with the messages, so nothing of it is lost.
    """
    posts = (outbox.c.feed_id == feed_id, outbox.c.stream == POST)
    slot_at = await tx.scalar(select(func.max(outbox.c.slot_at)).where(*posts))
    if slot_at is None:
        return None
    # Locked, or another process could claim and post what is being taken back; what it is claiming at
    # this moment is passed over and so found missing.
    parts = (await tx.execute(sql.claimable(select(outbox).where(*posts, outbox.c.slot_at == slot_at)))).all()
    untouched = bool(parts) and len(parts) == parts[0].parts
    untouched = untouched and all(
        row.state in {State.PENDING, State.HELD}
        and row.first_attempt_at is None
        and (row.lease_until is None or row.lease_until <= now)
        for row in parts
    )
    if not untouched:
        return None
    since: datetime | None = await tx.scalar(
        select(digests.c.since).where(digests.c.feed_id == feed_id, digests.c.slot_at == slot_at)
    )
    # A notice about it stays: moderators have been told.
    await tx.execute(outbox.delete().where(*posts, outbox.c.slot_at == slot_at))
    for table in (feed_items, channel_items, digests):
        await tx.execute(table.delete().where(table.c.feed_id == feed_id, table.c.slot_at == slot_at))
    return since


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Forget the messages that arrived before `before`; return how many."""
    # What made a Discord event is kept as long as the event: changes of it refer to that.
    kept = exists().where(native_events.c.entry_id == outbox.c.id)
    result = await tx.execute(
        outbox.delete().where(outbox.c.state == State.SENT, outbox.c.sent_at < before, ~kept)
    )
    return result.rowcount
