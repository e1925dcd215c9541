"""Discord events that no feed stands for any more: whoever removed or changed the feed decides about them.

People have said that they come, so nothing is called off unasked.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.agenda import wanted
from bot.domain.event_sources import event_source
from bot.domain.feeds import Feed
from bot.domain.native import calling_off
from bot.domain.outbox import Entry, State
from bot.services.events.native import call_off
from bot.services.feeds.checks import no_such_feed
from bot.storage import feeds, outbox
from bot.storage.engine import Database
from bot.storage.events import listings, telling
from bot.storage.events.telling import Native


class _Left(NamedTuple):
    native: Native
    entry: Entry

    @property
    def stands(self) -> bool:
        """Whether Discord has it, and nobody deleted it."""
        return self.entry.state is State.SENT and self.entry.message_id is not None


class EventLeftovers:
    """Counts and calls off what a feed left in its server's list of events."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def count(self, server_id: int, number: int) -> int:
        """Return how many Discord events stand that a feed made and that no feed wants now."""
        async with self._db.write() as tx:
            left = await self._left(tx, server_id, number, self._clock.now())
        return sum(each.stands for each in left)

    async def call_off(self, server_id: int, number: int) -> int:
        """Call those off, and return how many; one that has begun is ended."""
        now = self._clock.now()
        async with self._db.write() as tx:
            left = await self._left(tx, server_id, number, now)
            for native, entry in left:
                body = calling_off(native.standing, now)
                await call_off(tx, server_id, native, entry, body, now)
        return sum(each.stands for each in left)

    async def _left(self, tx: AsyncConnection, server_id: int, number: int, now: datetime) -> list[_Left]:
        feed = await feeds.by_number(tx, server_id, number)
        if feed is None:
            raise no_such_feed(number)
        own = [
            native
            for native in (await telling.natives(tx, server_id)).values()
            if native.feed_id == feed.id and not native.standing.called_off and native.standing.ends_at > now
        ]
        if not own:
            return []
        kept: set[int] = set()
        for each in await feeds.by_server(tx, server_id):
            kept |= await _kept_by(tx, each, now)
        entries = await outbox.by_ids(tx, [native.entry_id for native in own])
        return [
            _Left(native, entries[native.entry_id]) for native in own if native.standing.event_id not in kept
        ]


async def _kept_by(tx: AsyncConnection, feed: Feed, now: datetime) -> set[int]:
    """Return the events that a feed wants in the server's list; a paused one still wants them."""
    if feed.plan.events is None or not feed.plan.events.native:
        return set()
    listed = await listings.of_source(tx, event_source(feed.plan), now - listings.LONG_OVER)
    return {each.id for each in wanted(feed.plan, listed)}
