"""Looks after what nobody asks for: tells moderators of sources in trouble, forgets what is long over."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, Protocol

from bot.clock import Clock
from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.quizzes.keeping import ANSWERS_KEPT, SESSIONS_KEPT, STAGED_KEPT
from bot.domain.retention import REMOVED_FEEDS, SENT_MESSAGES
from bot.domain.sources import SourceState, arxiv_key, trouble_since
from bot.storage import feeds, outbox, server_settings, sources
from bot.storage.engine import Database
from bot.storage.languages import speech
from bot.storage.quizzes import daily, live, own_questions, sessions, standing

_log = logging.getLogger("cohort.watch")

TELL_AFTER: Final = timedelta(hours=24)
"""How long a source may fail, or serve an old list, before moderators hear of it."""

STREAM: Final = "source"


class TroubleRenderer(Protocol):
    """Turns sources in trouble into a message for moderators."""

    def __call__(self, troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
        """Return the message; the keys are categories."""
        ...


class WatchService:
    """Runs now and then; everything it does may be done twice without harm."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        render: TroubleRenderer,
        *,
        notice_channel: Callable[[int, int | None], int | None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._notice_channel = notice_channel

    async def run_due(self) -> None:
        """Tell of trouble, then tidy."""
        await self._tell()
        now = self._clock.now()
        async with self._db.write() as tx:
            removed = await feeds.purge(tx, now - REMOVED_FEEDS)
            sent = await outbox.purge(tx, now - SENT_MESSAGES)
            answers = await standing.purge(tx, now - ANSWERS_KEPT)
            await sessions.purge(tx, now - SESSIONS_KEPT)
            await daily.purge(tx, now - SESSIONS_KEPT)
            await live.purge(tx, now - SESSIONS_KEPT)
            await own_questions.forget_staged(tx, now - STAGED_KEPT)
        if removed or sent or answers:
            _log.info("tidied", extra={"feeds": removed, "messages": sent, "rows": answers})

    async def _tell(self) -> None:
        now = self._clock.now()
        async with self._db.read() as tx:
            categories = await feeds.wanted_categories(tx)
            states = await sources.get(tx, [arxiv_key(category) for category in categories])
            troubled = {
                category: state
                for category in categories
                if (state := states.get(arxiv_key(category))) is not None
                and (since := trouble_since(state, now)) is not None
                and now - since >= TELL_AFTER
            }
            readers = await feeds.reading(tx, list(troubled)) if troubled else []
        first: dict[int, Feed] = {}
        for feed in readers:
            if feed.server_id is not None:
                first.setdefault(feed.server_id, feed)
        for server_id, feed in first.items():
            theirs = {c for each in readers if each.server_id == server_id for c in each.plan.categories}
            try:
                await self._tell_server(
                    server_id, feed, {c: state for c, state in troubled.items() if c in theirs}, now
                )
            except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others are told
                _log.exception("moderators could not be told", extra={"server": server_id})

    async def _tell_server(
        self, server_id: int, feed: Feed, troubled: Mapping[str, SourceState], now: datetime
    ) -> None:
        async with self._db.read() as tx:
            chosen = await server_settings.notices_channel(tx, server_id)
        channel_id = self._notice_channel(server_id, chosen)
        if channel_id is None:
            return
        began = min(since for state in troubled.values() if (since := trouble_since(state, now)) is not None)
        async with self._db.write() as tx:
            with await speech(tx, feed.server_id):
                message = self._render(troubled, now)
            row = outbox.new_row(
                message,
                feed_id=feed.id,
                channel_id=channel_id,
                stream=STREAM,
                slot_at=began,  # one notice for one trouble
                now=now,
            )
            await outbox.add_once(tx, row)
