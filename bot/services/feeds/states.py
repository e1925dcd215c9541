"""What becomes of a feed that is paused, resumed, removed or brought back, whoever it belongs to."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import Feed, FeedState
from bot.domain.schedule import next_slot, previous_slot
from bot.storage import feeds, outbox


async def enter(tx: AsyncConnection, feed: Feed, state: FeedState, now: datetime) -> None:
    """Give a feed another state; one that posts again goes on from now."""
    if feed.state is state:
        return
    await feeds.set_state(tx, feed.id, state, now=now)
    if state is FeedState.ACTIVE:
        schedule = feed.plan.schedule
        await outbox.withdraw(tx, feed.id, now)  # a digest of long ago is no news any more
        since = max(feed.since, previous_slot(schedule, now))
        await feeds.reschedule(tx, feed.id, since=since, slot_at=next_slot(schedule, now))
