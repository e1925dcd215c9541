"""Giving a feed another plan or another state, with its entry in the log, inside a transaction of the caller's."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.event_sources import event_source
from bot.domain.feeds import EVENT_KINDS, Feed, FeedPlan, FeedState
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.server_settings import Area
from bot.services.feeds.checks import check_is_no_round, check_room, check_twin, no_such_feed
from bot.services.feeds.states import enter
from bot.storage import feeds, outbox, papers, server_settings
from bot.storage.events import telling
from bot.storage.feed_documents import KINDS, document


async def replan(tx: AsyncConnection, before: Feed, plan: FeedPlan, *, now: datetime) -> tuple[bool, int]:
    """Give a feed another plan of its kind; the caller has checked that it can be.

    Returns whether a post for the old channel was taken back to be built anew, and how many messages may be in
    the old channel already and are settled there.
    """
    assert plan.server_id is not None
    others = [each for each in await feeds.by_server(tx, plan.server_id) if each.id != before.id]
    check_twin(plan, others)
    await feeds.change(tx, before.id, plan)
    if plan.kind in EVENT_KINDS:
        same = event_source(plan) == event_source(before.plan)
        await telling.move_on(
            tx,
            before,
            since=max(before.since, previous_slot(plan.schedule, now)),
            slot_at=next_slot(plan.schedule, now),
            next_run_at=now,
            ran_at=before.last_run_at if same else None,  # another calendar introduces itself anew
        )
        return False, 0
    if plan.schedule != before.plan.schedule:
        await feeds.reschedule(tx, before.id, since=before.since, slot_at=next_slot(plan.schedule, now))
    if plan.channel_id == before.channel_id:
        return False, 0
    withdrawn = await _build_anew(tx, before, now)
    return withdrawn, len((await outbox.open_by_feed(tx, [before.id]))[before.id])


async def change_state(
    tx: AsyncConnection,
    server_id: int,
    number: int,
    state: FeedState,
    *,
    by: int | None,
    now: datetime,
    also_removed: bool = False,
) -> Feed:
    """Pause, resume, remove or bring back a feed and log it."""
    feed = await feeds.by_number(tx, server_id, number)
    if feed is None or (feed.state is FeedState.REMOVED and not also_removed):
        raise no_such_feed(number)
    if FeedState.REMOVED in {state, feed.state}:
        check_is_no_round(feed)
    if state is not FeedState.REMOVED and feed.state is FeedState.REMOVED:
        existing = await feeds.by_server(tx, server_id)
        check_room(len(existing))
        check_twin(feed.plan, existing)
    await enter(tx, feed, state, now)
    changed = await feeds.by_number(tx, server_id, number)
    assert changed is not None
    await log(tx, feed, changed, by=by, now=now)
    return changed


async def log(
    tx: AsyncConnection,
    before: Feed | None,
    after: Feed,
    *,
    by: int | None,
    now: datetime,
    undoes: int | None = None,
) -> None:
    """Write down what became of a server's feed; a feed that is removed is none, and no change is no entry.

    Feeds that only follow other settings, such as those of study buddies, are not logged: the settings are.
    """
    assert after.server_id is not None
    if after.plan.kind not in KINDS:
        return
    old = document(before) if before is not None and before.state is not FeedState.REMOVED else None
    new = document(after) if after.state is not FeedState.REMOVED else None
    if old != new:
        await server_settings.record(
            tx,
            after.server_id,
            Area.FEED,
            before=old,
            after=new,
            by=by,
            now=now,
            target=str(after.number),
            undoes=undoes,
        )


async def _build_anew(tx: AsyncConnection, before: Feed, now: datetime) -> bool:
    """Take back the post that provably is not in the old channel, and let its slot be built again."""
    last = await papers.last_digest(tx, before.id)
    since = await outbox.withdraw(tx, before.id, now)
    if since is None or last is None:
        return False
    # The slot that was taken back: a later one would be found written when it comes.
    await feeds.reschedule(tx, before.id, since=since, slot_at=last[0])
    return True
