"""The weekly post of what a server discussed and saved most, where a moderator switched it on."""

import logging
from collections.abc import Callable

from bot.clock import Clock
from bot.domain.digests import LOOK_AGAIN
from bot.domain.feeds import FeedKind
from bot.domain.highlights import HighlightRenderer, Highlights, best
from bot.domain.schedule import next_slot, previous_slot
from bot.services.digests import LOOK_LATER
from bot.services.due import handle_due
from bot.storage import feeds, highlights, outbox
from bot.storage.engine import Database
from bot.storage.languages import speech

_log = logging.getLogger("cohort.highlights")


class HighlightService:
    """Turns due highlights into entries of the outbox. A week in which nothing was made of a paper is passed over."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        render: HighlightRenderer,
        *,
        absent: Callable[[int], bool] = lambda _server_id: False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._absent = absent

    async def build_due(self) -> int:
        """Handle every feed of highlights that is due; return how many posts were written."""
        now = self._clock.now()
        return await handle_due(
            self._db,
            now,
            (FeedKind.HIGHLIGHTS,),
            self._build,
            failed=lambda feed_id: _log.exception("building highlights failed", extra={"feed": feed_id}),
        )

    async def _build(self, feed_id: int) -> bool:
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.claim_one_due(tx, feed_id, now)
            if feed is None or feed.server_id is None:
                return False
            if self._absent(feed.server_id):
                await feeds.postpone(tx, feed.id, now + LOOK_LATER, since=feed.since)
                return False
            since = await outbox.withdraw(tx, feed.id, now) or feed.since
            if await outbox.has_open(tx, feed.id):
                await feeds.postpone(tx, feed.id, now + LOOK_AGAIN, since=since)
                return False
            schedule = feed.plan.schedule
            slot_at = max(feed.slot_at, previous_slot(schedule, now))  # after downtime: one catch-up
            shown = best(await highlights.between(tx, feed.server_id, since, slot_at), feed.plan.limit)
            await feeds.advance(tx, feed.id, since=slot_at, slot_at=next_slot(schedule, now), ran_at=now)
            ids = [each.paper.id for each in shown]
            fresh = await highlights.record(tx, feed, slot_at, ids, now, since=since)
            if not fresh or not shown:
                return False
            with await speech(tx, feed.server_id):
                message = self._render(Highlights(feed, slot_at, shown))
            row = outbox.new_row(
                message, feed_id=feed.id, channel_id=feed.channel_id, slot_at=slot_at, now=now
            )
            await outbox.add(tx, [row])
        _log.info("highlights built", extra={"feed": feed.id, "shown": len(shown)})
        return True
