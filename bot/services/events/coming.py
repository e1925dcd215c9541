"""Which events are to come, and which a server knows: what its feeds are for."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import Listed, wanted
from bot.domain.event_sources import event_source
from bot.domain.events import EventKind
from bot.domain.feeds import EVENT_KINDS, Feed, FeedKind, FeedState
from bot.errors import UserError
from bot.storage import feeds
from bot.storage.events import listings

_FEEDS: Final = {
    EventKind.MEETUP: FeedKind.MEETUPS,
    EventKind.HACKATHON: FeedKind.HACKATHONS,
    EventKind.DEADLINE: FeedKind.DEADLINES,
}


async def active_feeds(tx: AsyncConnection, server_id: int, kind: EventKind | None = None) -> list[Feed]:
    """Return the active feeds of a server that may show events of a kind."""
    return [
        feed
        for feed in await feeds.by_server(tx, server_id)
        if feed.plan.kind in EVENT_KINDS
        and feed.state is FeedState.ACTIVE
        and (kind is None or feed.plan.kind is _FEEDS[kind])
    ]


async def coming_of(tx: AsyncConnection, shown_by: Iterable[Feed], now: datetime) -> list[Listed]:
    """Return what is not over of the events that some feeds are for, soonest first."""
    found: dict[int, Listed] = {}
    for feed in shown_by:
        listed = await listings.of_source(tx, event_source(feed.plan), now)
        found |= {each.id: each for each in wanted(feed.plan, listed)}
    return ordered(found.values())


def ordered(listed: Iterable[Listed]) -> list[Listed]:
    """Return events, soonest first."""
    return sorted(listed, key=lambda each: (each.event.starts_at, each.id))


async def known_event(tx: AsyncConnection, server_id: int, event_id: int) -> Listed:
    """Return an event of a server's feeds, whatever became of it; UserError where there is none."""
    event_id = await own_id(tx, event_id)
    listed = (await listings.by_ids(tx, [event_id])).get(event_id)
    theirs = {
        event_source(feed.plan)
        for feed in await feeds.by_server(tx, server_id)
        if feed.plan.kind in EVENT_KINDS
    }
    if listed is None or listed.source not in theirs:
        raise UserError("I do not know that event any more. See /events upcoming for what is next.")
    return listed


async def own_id(tx: AsyncConnection, event_id: int) -> int:
    """Return the id of the event that a button speaks of: what it was posted as may have turned out to be another."""
    listed = (await listings.by_ids(tx, [event_id])).get(event_id)
    return event_id if listed is None or listed.same_as is None else listed.same_as
