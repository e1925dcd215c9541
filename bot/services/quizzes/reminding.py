"""Tells members, by direct message and only where they asked for it, that questions are due for review."""

import logging
from collections.abc import Sequence
from datetime import datetime, time
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import Rendered
from bot.domain.feeds import FeedState
from bot.domain.quizzes.reviewing import ReviewReminder
from bot.domain.schedule import EVERY_DAY, Schedule, next_slot
from bot.services.due import AT_ONCE, handle_rows
from bot.storage import feeds, members, outbox
from bot.storage.engine import Database, retried
from bot.storage.events.reminders import own_feed
from bot.storage.quizzes import reminding

_log = logging.getLogger("cohort.quizzes")

STREAM: Final = "quiz-review"


class ReviewRenderer(Protocol):
    """Turns the news that questions are due into a direct message."""

    def __call__(self, due: int, at: datetime) -> Rendered:
        """Return the message; `at` is the moment it is for."""
        ...


class ReviewReminders:
    """At most one message a day to a member, and none where nothing is due."""

    def __init__(self, db: Database, clock: Clock, render: ReviewRenderer) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._stopping = False

    def stop(self) -> None:
        """Begin with no further page."""
        self._stopping = True

    @retried
    async def set(self, member_id: int, channel_id: int, at: time, zone: str) -> ReviewReminder:
        """Remind a member at a time of day, in the channel of direct messages that `channel_id` is."""
        now = self._clock.now()
        schedule = Schedule(at, zone, EVERY_DAY)
        async with self._db.write() as tx:
            await members.check_dms(tx, member_id)
            await members.set_zone(tx, member_id, zone)
            feed_id = await own_feed(tx, member_id, channel_id, now)
            reminder = ReviewReminder(member_id, schedule, next_slot(schedule, now), feed_id)
            await reminding.put(tx, reminder)
        return reminder

    @retried
    async def stop_for(self, member_id: int) -> bool:
        """Remind a member no more; False where nobody did. What is on its way to them is taken back."""
        now = self._clock.now()
        async with self._db.write() as tx:
            reminder = await reminding.of_member(tx, member_id)
            if reminder is None:
                return False
            await reminding.stop(tx, member_id)
            if reminder.feed_id is not None:
                waiting = await outbox.open_in(tx, reminder.feed_id, STREAM)
                await outbox.drop_untouched(tx, waiting, now)
        return True

    async def of(self, member_id: int) -> ReviewReminder | None:
        """Return what a member asked for."""
        async with self._db.read() as tx:
            return await reminding.of_member(tx, member_id)

    async def zone_for(self, member_id: int) -> str:
        """Return the zone a member last chose, UTC where they chose none."""
        async with self._db.read() as tx:
            return await members.zone(tx, member_id) or "UTC"

    async def remind_due(self) -> int:
        """Put every reminder whose time has come into the outbox; return how many. Who fails delays nobody else."""
        now = self._clock.now()

        async def remind(tx: AsyncConnection, member_ids: Sequence[int]) -> int:
            found = await reminding.claim_due(tx, member_ids, now)
            return sum([await self._remind(tx, reminder, now) for reminder in found])

        reminded = await handle_rows(
            self._db,
            lambda tx, after: reminding.due(tx, now, AT_ONCE, after=after),
            remind,
            # Without whose it is: no log holds a member's id.
            failed=lambda _member_id: _log.exception("a reminder of reviews failed"),
            stopping=lambda: self._stopping,
        )
        if reminded:
            _log.info("members reminded of reviews", extra={"row": reminded})
        return reminded

    async def _remind(self, tx: AsyncConnection, reminder: ReviewReminder, now: datetime) -> bool:
        # After downtime one message stands for all that were missed.
        await reminding.advance(tx, reminder.member_id, next_slot(reminder.schedule, now))
        due = await reminding.count_due(tx, reminder.member_id, now)
        feed = await feeds.by_id(tx, reminder.feed_id) if reminder.feed_id is not None else None
        if feed is None or feed.state is not FeedState.ACTIVE:
            return False  # they switched direct messages off
        # One that is stuck says the same as another would.
        if not due or await outbox.open_in(tx, feed.id, STREAM):
            return False
        row = outbox.new_row(
            self._render(due, reminder.remind_at),
            feed_id=feed.id,
            channel_id=feed.channel_id,
            stream=STREAM,
            slot_at=reminder.remind_at,
            now=now,
        )
        return await outbox.add_once(tx, row) is not None
