"""What becomes of a feed that is set up, paused, resumed, removed or brought back."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import Feed, FeedPlan, FeedState
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.server_settings import Area
from bot.services.feeds.checks import check_room, check_twin
from bot.storage import feeds, outbox, server_settings
from bot.storage.events import telling
from bot.storage.feed_documents import document


async def establish(
    tx: AsyncConnection,
    plan: FeedPlan,
    *,
    created_by: int,
    now: datetime,
    since: datetime,
    state: FeedState = FeedState.ACTIVE,
    undoes: int | None = None,
) -> tuple[int, int]:
    """Store and log a server's new feed, if it has room and no twin of it; return its number and its id."""
    assert plan.server_id is not None
    # Taking the number locks the server's row: two commands at once come one after the other.
    number = await feeds.take_number(tx, plan.server_id)
    existing = await feeds.by_server(tx, plan.server_id)
    check_room(len(existing))
    check_twin(plan, existing)
    await feeds.set_server_zone(tx, plan.server_id, plan.schedule.zone)
    feed_id = await feeds.add(
        tx,
        plan,
        number=number,
        created_by=created_by,
        now=now,
        since=since,
        slot_at=next_slot(plan.schedule, now),
    )
    if state is not FeedState.ACTIVE:
        await feeds.set_state(tx, feed_id, state, now=now)
    feed = await feeds.by_id(tx, feed_id)
    assert feed is not None
    await server_settings.record(
        tx,
        plan.server_id,
        Area.FEED,
        before=None,
        after=document(feed),
        by=created_by or None,
        now=now,
        target=str(number),
        undoes=undoes,
    )
    return number, feed_id


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
        if feed.plan.events is not None:
            await telling.look_now(
                tx, feed.id, now
            )  # what it told is put right at once, not at its next post
