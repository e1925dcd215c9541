"""What members do with the digests they get as direct messages."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.feeds import Feed, FeedKind, FeedState
from bot.domain.queries import parse_query
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.subscriptions import (
    Draft,
    Wish,
    ZoneOf,
    check_room,
    check_twin,
    choose_schedule,
    choose_zone,
    no_such,
)
from bot.services.arxiv import ArxivService
from bot.services.feeds.previewing import Preview, Previewer
from bot.services.feeds.states import enter
from bot.storage import feeds, members, papers
from bot.storage.engine import Database, retried


@dataclass(frozen=True, slots=True)
class Subscription:
    """A member's own feed, and what it brought last."""

    feed: Feed
    last: tuple[datetime, int, int] | None = None  # slot, shown, overflow


class SubscriptionService:
    """Makes, lists, previews and changes subscriptions; each method is told who asks."""

    def __init__(self, db: Database, clock: Clock, arxiv: ArxivService) -> None:
        self._db = db
        self._clock = clock
        self._previewer = Previewer(db, clock, arxiv)

    async def draft(self, member_id: int, wish: Wish, *, server_id: int | None) -> Draft:
        """Work out what would be made, and refuse what cannot be; nothing is stored."""
        parse_query(wish.query)
        async with self._db.read() as tx:
            existing = await feeds.by_member(tx, member_id)
            number = await members.last_feed_number(tx, member_id) + 1
            theirs = await members.zone(tx, member_id)
            servers = await feeds.server_zone(tx, server_id) if server_id is not None else None
        check_room(existing)
        check_twin(wish.query, wish.categories, existing)
        zone, zone_of = choose_zone(wish.zone, theirs, servers)
        return Draft(member_id, number, wish, choose_schedule(wish, zone, self._clock.now()), zone_of)

    @retried
    async def save(self, draft: Draft, channel_id: int) -> Feed:
        """Store what was drafted; it starts from now, like a server's feed."""
        plan, now = draft.plan(channel_id), self._clock.now()
        async with self._db.write() as tx:
            # Taking the number locks the member's row: two commands at once come one after the other.
            number = await feeds.take_number(tx, member_id=draft.member_id)
            await members.check_dms(tx, draft.member_id)
            existing = await feeds.by_member(tx, draft.member_id)
            check_room(existing)
            check_twin(plan.query, plan.categories, existing)
            if draft.zone_of is ZoneOf.CHOSEN:
                await members.set_zone(tx, draft.member_id, plan.schedule.zone)
            await feeds.add(
                tx,
                plan,
                number=number,
                created_by=draft.member_id,
                now=now,
                since=previous_slot(plan.schedule, now),
                slot_at=next_slot(plan.schedule, now),
            )
            return await _find(tx, draft.member_id, number)

    async def overview(self, member_id: int) -> list[Subscription]:
        """Return a member's subscriptions, by number."""
        async with self._db.read() as tx:
            found = await feeds.by_member(tx, member_id)
            return [Subscription(feed, await papers.last_digest(tx, feed.id)) for feed in found]

    async def pause(self, member_id: int, number: int) -> Feed:
        """Stop the digests until they are resumed."""
        return await self._change(member_id, number, FeedState.PAUSED)

    async def resume(self, member_id: int, number: int) -> Feed:
        """Let the digests go on from now, whatever stopped them."""
        return await self._change(member_id, number, FeedState.ACTIVE)

    async def stop(self, member_id: int, number: int) -> Feed:
        """End a subscription, once or again. It can be brought back for a while."""
        return await self._change(member_id, number, FeedState.REMOVED)

    async def restore(self, member_id: int, number: int) -> Feed:
        """Bring an ended subscription back; it starts again from now."""
        return await self._change(member_id, number, FeedState.ACTIVE, also_removed=True)

    async def preview(self, member_id: int, number: int) -> Preview:
        """Work out what a subscription would bring now; nothing is used up."""
        async with self._db.read() as tx:
            feed = await _find(tx, member_id, number)
        if feed.state is FeedState.REMOVED:
            raise no_such(number)
        return await self._previewer.preview(feed)

    async def _change(
        self, member_id: int, number: int, state: FeedState, *, also_removed: bool = False
    ) -> Feed:
        now = self._clock.now()
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            if state is FeedState.ACTIVE:
                await members.check_dms(tx, member_id)
            feed = await _find(tx, member_id, number)
            gone = feed.state is FeedState.REMOVED
            if gone and not also_removed and state is not FeedState.REMOVED:
                raise no_such(number)
            if gone and state is FeedState.ACTIVE:
                existing = await feeds.by_member(tx, member_id)
                check_room(existing)
                check_twin(feed.plan.query, feed.plan.categories, existing)
            await enter(tx, feed, state, now)
            return await _find(tx, member_id, number)


async def _find(tx: AsyncConnection, member_id: int, number: int) -> Feed:
    """Return a subscription, a stopped one too; what else the member gets by message has a number but is none."""
    feed = await feeds.by_number(tx, None, number, member_id=member_id)
    if feed is None or feed.plan.kind is not FeedKind.PAPERS:
        raise no_such(number)
    return feed
