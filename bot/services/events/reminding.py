"""Sends members the reminders they asked for: by direct message, or in the thread of the event's post."""

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.agenda import EventRenderer, MemberReminder, is_over
from bot.domain.digests import Rendered
from bot.domain.events import shortened
from bot.domain.feeds import Feed
from bot.domain.outbox import Action, Entry
from bot.services.due import AT_ONCE, handle_rows
from bot.storage import feeds, outbox
from bot.storage.engine import Database
from bot.storage.events import reminders
from bot.storage.events.reminders import StoredReminder
from bot.storage.languages import speech

_log = logging.getLogger("cohort.events")

_THREAD_NAME: Final = 100


class EventReminders:
    """Looks for reminders that are due; a page of them has a transaction of its own."""

    def __init__(self, db: Database, clock: Clock, render: EventRenderer) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._stopping = False

    def stop(self) -> None:
        """Begin with no further page."""
        self._stopping = True

    async def remind_due(self) -> int:
        """Put every reminder that is due into the outbox; return how many. One that fails delays no other."""
        now = self._clock.now()

        async def remind(tx: AsyncConnection, ids: Sequence[int]) -> int:
            found = await reminders.claim_due(tx, ids, now)
            return sum([await self._remind(tx, stored, now) for stored in found])

        reminded = await handle_rows(
            self._db,
            lambda tx, after: reminders.due(tx, now, AT_ONCE, after=after),
            remind,
            failed=lambda id_: _log.exception("a reminder failed", extra={"row": id_}),
            stopping=lambda: self._stopping,
        )
        if reminded:
            _log.info("members reminded", extra={"row": reminded})
        return reminded

    async def _remind(self, tx: AsyncConnection, stored: StoredReminder, now: datetime) -> bool:
        reminder = stored.reminder
        await reminders.done(tx, reminder.id)
        feed = await feeds.by_id(tx, stored.feed_id)
        # What was missed while Cohort was away and is over by now is of no use any more.
        if feed is None or is_over(reminder.listed.event, now):
            return False
        # Among others it is in the language of the server; what only its member reads is in English.
        with await speech(tx, None if reminder.by_dm else reminder.server_id):
            message = self._render.remind(reminder, off=reminder.listed.is_off)
        anchor_id = None if reminder.by_dm else await self._thread(tx, feed, reminder, now)
        return await outbox.add_once(tx, _row(feed, reminder, message, anchor_id, now)) is not None

    async def _thread(
        self, tx: AsyncConnection, feed: Feed, reminder: MemberReminder, now: datetime
    ) -> int | None:
        """Return the entry that opens the thread of the event's post; None where no post stands."""
        assert reminder.server_id is not None
        found = await reminders.latest_post(tx, reminder.server_id, reminder.listed.id)
        if found is None:
            return None
        entry = (await outbox.by_ids(tx, [found[1]]))[found[1]]
        if entry.action is Action.FORUM:
            return entry.id  # it has its thread
        stream = f"thread:{entry.id}"
        there = await outbox.by_stream(tx, entry.feed_id, stream)
        if there is not None:
            return there.id
        return await outbox.add_once(tx, _thread_row(entry, reminder, stream, now))


def _row(
    feed: Feed, reminder: MemberReminder, message: Rendered, anchor_id: int | None, now: datetime
) -> dict[str, Any]:
    listed = reminder.listed
    off = listed.is_off
    stream = f"remind-off:{reminder.id}" if off else f"remind:{reminder.id}"
    return outbox.new_row(
        message,
        feed_id=feed.id,
        channel_id=feed.channel_id,
        stream=stream,
        slot_at=listed.changed_at if off else reminder.due_at,
        anchor_id=anchor_id,
        now=now,
    )


def _thread_row(entry: Entry, reminder: MemberReminder, stream: str, now: datetime) -> dict[str, Any]:
    name = shortened(reminder.listed.event.title, _THREAD_NAME) or "Event"
    return outbox.new_row(
        Rendered({"name": name}, f"{entry.marker} thread", action=Action.THREAD),
        feed_id=entry.feed_id,
        channel_id=entry.channel_id,
        stream=stream,
        slot_at=entry.slot_at,
        anchor_id=entry.id,
        now=now,
    )
