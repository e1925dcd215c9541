"""What members do with events: look what comes, be reminded, take a calendar along."""

from datetime import datetime, timedelta
from enum import StrEnum

from bot.clock import Clock
from bot.domain.agenda import Listed, MemberReminder, check_reminder, is_over
from bot.domain.events import Event, EventKind
from bot.domain.feeds import EVENT_KINDS
from bot.errors import UserError
from bot.services.events.coming import active_feeds, coming_of, known_event, ordered, own_id
from bot.services.events.ics import write_calendar
from bot.services.events.polling import EventPolls
from bot.services.events.status import EventFeedStatus, statuses_of
from bot.storage import feeds, members
from bot.storage.engine import Database, retried
from bot.storage.events import reminders


class Attendance(StrEnum):
    """How one takes part."""

    ONLINE = "online"
    IN_PERSON = "in person"


class EventService:
    """The use cases of `/events`."""

    def __init__(self, db: Database, clock: Clock, polls: EventPolls) -> None:
        self._db = db
        self._clock = clock
        self._polls = polls

    async def overview(self, server_id: int) -> list[EventFeedStatus]:
        """Return every feed of events of a server with its status, by number."""
        async with self._db.read() as tx:
            found = [feed for feed in await feeds.by_server(tx, server_id) if feed.plan.kind in EVENT_KINDS]
        return await statuses_of(self._db, self._polls, found, self._clock.now())

    async def upcoming(
        self,
        server_id: int,
        *,
        kind: EventKind | None = None,
        before: datetime | None = None,
        attendance: Attendance | None = None,
        text: str = "",
        limit: int = 25,
    ) -> list[Listed]:
        """Return the next events of a server's feeds, soonest first; what is going on counts, what is off does not.

        `before` bounds the start, `text` is looked for in titles, places, hosts and tags (for completion).
        """
        now = self._clock.now()
        async with self._db.read() as tx:
            active = await active_feeds(tx, server_id, kind)
            coming = await coming_of(tx, active, now)
        words = text.casefold().split()
        found = (
            each
            for each in coming
            if not each.is_off
            and (kind is None or each.event.kind is kind)
            and (before is None or each.event.starts_at < before)
            and (attendance is None or _attended(each.event, attendance))
            and all(word in _haystack(each.event) for word in words)
        )
        return [each for each, _ in zip(found, range(limit), strict=False)]

    async def event(self, server_id: int, event_id: int) -> Listed:
        """Return one event of a server's feeds, whatever became of it; UserError where there is none."""
        async with self._db.read() as tx:
            return await known_event(tx, server_id, event_id)

    @retried
    async def remind(
        self,
        member_id: int,
        server_id: int,
        event_id: int,
        lead: timedelta,
        *,
        dm_channel_id: int | None,
    ) -> MemberReminder:
        """Remind a member `lead` before an event: `bot.domain.agenda.LEADS` are offered, 0 is at its start.

        With `dm_channel_id` it comes as a direct message there, without it in the thread of the post that
        showed the event. Asking again for the same event replaces the earlier reminder. It follows an event
        that is moved, and says once when it is off. Raises UserError where that is not possible.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            listed = await known_event(tx, server_id, event_id)
            event_id = listed.id
            if listed.is_off:
                raise UserError("That event was called off. Pick another with /events upcoming.")
            waiting = await reminders.count_waiting(tx, member_id, besides=event_id)
            due_at = check_reminder(listed.event, lead, now=now, waiting=waiting)
            if dm_channel_id is not None:
                await members.check_dms(tx, member_id)
                feed_id = await reminders.own_feed(tx, member_id, dm_channel_id, now)
            else:
                post = await reminders.latest_post(tx, server_id, event_id)
                if post is None:
                    raise UserError(
                        "No post shows this event yet, so there is no thread for it. Ask for a direct message instead."
                    )
                feed_id = post[0]
            await reminders.put(
                tx,
                member_id=member_id,
                server_id=server_id,
                event_id=event_id,
                feed_id=feed_id,
                lead=lead,
                by_dm=dm_channel_id is not None,
                due_at=due_at,
                now=now,
            )
            reminder = await reminders.of_event(tx, member_id, event_id)
        assert reminder is not None
        return reminder

    async def reminders(self, member_id: int) -> list[MemberReminder]:
        """Return a member's reminders that are still to come, soonest first."""
        async with self._db.read() as tx:
            return await reminders.of_member(tx, member_id)

    @retried
    async def forget_reminder(self, member_id: int, event_id: int) -> bool:
        """Take back a member's reminder of an event; False where there is none."""
        async with self._db.write() as tx:
            return await reminders.forget(tx, member_id, await own_id(tx, event_id))

    async def calendar(self, *, server_id: int | None = None, member_id: int | None = None) -> bytes:
        """Return an iCalendar file of the coming events of a server's feeds, or of those a member is reminded of.

        What was called off is in it as cancelled until it would have been over.
        """
        now = self._clock.now()
        async with self._db.read() as tx:
            if member_id is not None:
                found = await reminders.followed(tx, member_id)
            else:
                assert server_id is not None
                found = await coming_of(tx, await active_feeds(tx, server_id), now)
        coming = [each for each in found if not is_over(each.event, now)]
        return write_calendar("My events" if member_id is not None else "Community events", ordered(coming))


def _attended(event: Event, attendance: Attendance) -> bool:
    online = event.online_url is not None or (event.place or "").casefold() == "online"
    if attendance is Attendance.ONLINE:
        return online
    return event.place is not None and event.place.casefold() != "online"


def _haystack(event: Event) -> str:
    return " ".join(filter(None, (event.title, event.place, event.host, *event.tags))).casefold()
