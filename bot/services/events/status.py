"""How feeds of events are doing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.domain.agenda import Listed
from bot.domain.event_sources import read_sources, source_names
from bot.domain.feeds import Feed
from bot.domain.outbox import Entry
from bot.domain.sources import SourceState
from bot.services.events.coming import coming_of
from bot.services.events.polling import EventPolls
from bot.storage import outbox
from bot.storage.engine import Database
from bot.storage.events import telling

NEXT: Final = 3
"""Events that the status of a feed names."""


@dataclass(frozen=True, slots=True)
class EventFeedStatus:
    """A feed of events, how its sources are doing (by the names people know), and what has not arrived."""

    feed: Feed
    sources: dict[str, SourceState | None]  # put into words by `bot.domain.event_sources.describe_reading`
    waiting: tuple[Entry, ...]
    next: tuple[Listed, ...]  # its next events, at most three
    native: int  # Discord events that it keeps at the moment
    last: tuple[datetime, int, int] | None  # slot, shown, overflow


async def statuses_of(
    db: Database, polls: EventPolls, found: Sequence[Feed], now: datetime
) -> list[EventFeedStatus]:
    """Return feeds of events with their status."""
    async with db.read() as tx:
        ids = [feed.id for feed in found]
        waiting = await outbox.open_by_feed(tx, ids)
        natives = await telling.native_count(tx, ids, now)
        last = await telling.last_posts(tx, ids)
        coming = {feed.id: await coming_of(tx, [feed], now) for feed in found}
    states = await polls.states([key for feed in found for key in read_sources(feed.plan)])
    return [
        EventFeedStatus(
            feed,
            {name: states.get(key) for key, name in source_names(feed.plan).items()},
            tuple(waiting[feed.id]),
            tuple(each for each in coming[feed.id] if not each.is_off)[:NEXT],
            natives[feed.id],
            last.get(feed.id),
        )
        for feed in found
    ]
