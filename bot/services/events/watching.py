"""Looks after what nobody asks for: tells moderators of sources in trouble, forgets what is long over."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from bot.clock import Clock
from bot.domain.agenda import EventRenderer
from bot.domain.event_sources import read_sources, source_names
from bot.domain.feeds import Feed
from bot.domain.sources import SourceState
from bot.services.watch import STREAM, TELL_AFTER
from bot.storage import outbox, server_settings
from bot.storage.engine import Database
from bot.storage.events import listings, telling
from bot.storage.languages import speech

_log = logging.getLogger("cohort.events")


class EventWatch:
    """Runs now and then; everything it does may be done twice without harm."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        render: EventRenderer,
        *,
        notice_channel: Callable[[int, int | None], int | None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._notice_channel = notice_channel

    async def run_due(self) -> None:
        """Tell moderators of sources that have failed for a day, and forget what is long over."""
        now = self._clock.now()
        async with self._db.read() as tx:
            troubled = await listings.failing_sources(tx, now - TELL_AFTER)
            readers = await telling.reading(tx, list(troubled)) if troubled else []
        told: set[tuple[int, str]] = set()
        for feed in readers:
            try:
                await self._tell_of(feed, troubled, told, now)
            except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others are told
                _log.exception("moderators could not be told", extra={"feed": feed.id})
        async with self._db.write() as tx:
            forgotten = await listings.purge(tx, now - listings.LONG_OVER)
        if forgotten:
            _log.info("events forgotten", extra={"row": forgotten})

    async def _tell_of(
        self,
        feed: Feed,
        troubled: Mapping[str, SourceState],
        told: set[tuple[int, str]],
        now: datetime,
    ) -> None:
        """Tell a feed's server of what it reads; of a server's feeds that read the same one says so."""
        server_id = feed.server_id
        if server_id is None:
            return
        async with self._db.read() as tx:
            chosen = await server_settings.notices_channel(tx, server_id)
        channel_id = self._notice_channel(server_id, chosen)
        if channel_id is None:
            return
        theirs = {
            key: troubled[key]
            for key in read_sources(feed.plan)
            if key in troubled and (server_id, key) not in told
        }
        told |= {(server_id, key) for key in theirs}
        if theirs:
            await self._tell(feed, channel_id, theirs, now)

    async def _tell(
        self, feed: Feed, channel_id: int, troubled: Mapping[str, SourceState], now: datetime
    ) -> None:
        names = source_names(feed.plan)
        began = min(state.failing_since for state in troubled.values() if state.failing_since is not None)
        named = {names[key]: state for key, state in troubled.items()}
        async with self._db.write() as tx:
            with await speech(tx, feed.server_id):
                message = self._render.trouble(feed, named, now)
            row = outbox.new_row(
                message, feed_id=feed.id, channel_id=channel_id, stream=STREAM, slot_at=began, now=now
            )
            await outbox.add_once(tx, row)
