"""What moderators do with feeds of events, and members with the events."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.agenda import (
    EventPost,
    Listed,
    MemberReminder,
    PostKind,
    Shown,
    check_reminder,
    is_over,
    wanted,
)
from bot.domain.conferences import Catalogue
from bot.domain.event_sources import DEADLINES, event_source, read_sources, source_names
from bot.domain.events import Event, EventKind
from bot.domain.feeds import EVENT_KINDS, MAX_LIMIT, Feed, FeedKind, FeedPlan, FeedState
from bot.domain.outbox import Entry
from bot.domain.schedule import next_slot
from bot.domain.sources import SourceState
from bot.errors import UserError
from bot.services.events.ics import write_calendar
from bot.services.events.polling import EventPolls
from bot.services.feeds.changing import log, replan
from bot.services.feeds.checks import no_such_feed
from bot.services.feeds.states import establish
from bot.sources.calendars import Calendar
from bot.sources.errors import SourceError
from bot.storage import explaining, feeds, members, outbox
from bot.storage.engine import Database, retried
from bot.storage.events import listings, reminders, telling

NEXT: Final = 3
"""Events that the status of a feed names."""

_FEEDS: Final = {
    EventKind.MEETUP: FeedKind.MEETUPS,
    EventKind.HACKATHON: FeedKind.HACKATHONS,
    EventKind.DEADLINE: FeedKind.DEADLINES,
}


class Attendance(StrEnum):
    """How one takes part."""

    ONLINE = "online"
    IN_PERSON = "in person"


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What reading a calendar gave."""

    url: str  # the calendar's own address: what `EventOptions.url` is to be
    name: str | None
    events: tuple[Event, ...]  # the next ones, at most `limit`
    total: int  # of those still to come
    skipped: tuple[str, ...]  # events that could not be read, each with the reason


@dataclass(frozen=True, slots=True)
class EventFeedStatus:
    """A feed of events, how its sources are doing (by the names people know), and what has not arrived."""

    feed: Feed
    sources: dict[str, SourceState | None]  # put into words by `bot.domain.event_sources.describe_reading`
    waiting: tuple[Entry, ...]
    next: tuple[Listed, ...]  # its next events, at most three
    native: int  # Discord events that it keeps at the moment


class EventService:
    """The use cases of the commands; who polls, posts and delivers is `bot.app`'s business."""

    def __init__(self, db: Database, clock: Clock, polls: EventPolls) -> None:
        self._db = db
        self._clock = clock
        self._polls = polls

    # --- Moderators ---------------------------------------------------------------------------------

    async def preview_calendar(self, url: str, *, zone: str, limit: int = 5) -> CalendarPreview:
        """Read the calendar behind a pasted address, as `/feed meetups` would, without saving anything.

        `zone` is used for times that name none. Raises UserError that says what to do.
        """
        address, calendar = await self._read(url, zone)
        now = self._clock.now()
        coming = [event for event in calendar.events if not is_over(event, now)]
        return CalendarPreview(address, calendar.name, tuple(coming[:limit]), len(coming), calendar.skipped)

    async def preview(self, plan: FeedPlan) -> EventPost:
        """Return what the first agenda of a feed with this plan would show of what is stored now.

        Sources that were never read are read first; the post's feed is a sketch with number 0. For meetups
        call `preview_calendar` first, so that `plan.events.url` is the calendar's own address.
        """
        _check(plan)
        assert plan.events is not None
        now = self._clock.now()
        sketch = Feed(0, 0, plan, FeedState.ACTIVE, None, now, now, next_slot(plan.schedule, now), now, None)
        if plan.kind is not FeedKind.MEETUPS:
            return await self._agenda(sketch)
        _, calendar = await self._read(plan.events.url, plan.schedule.zone)
        listed = [
            Listed(-number, event_source(plan), event, False, 0, now, now)
            for number, event in enumerate(calendar.events, start=1)
        ]
        return _first_post(sketch, listed, self._clock.now())

    async def sources(self, plan: FeedPlan) -> dict[str, SourceState | None]:
        """Return how what a plan reads is doing, by the names people know; None where it was never read."""
        states = await self._polls.states(read_sources(plan))
        return {name: states.get(key) for key, name in source_names(plan).items()}

    async def catalogue(self) -> Catalogue:
        """Return the conferences that are known: for `conferences.matching` and `conferences.suggestions`.

        It is empty until the list was read for the first time; `read_catalogue` reads it.
        """
        async with self._db.read() as tx:
            return await listings.catalogue(tx)

    async def read_catalogue(self) -> Catalogue:
        """Return the conferences, and read the list first if that was never done. Not for completion: it waits."""
        await self._polls.read_now([DEADLINES])
        return await self.catalogue()

    async def create(self, plan: FeedPlan, *, created_by: int) -> EventFeedStatus:
        """Save a feed of meetups, hackathons or deadlines (`plan.kind`, `plan.events`).

        Its first post, at its next slot, is an agenda of what comes next. Raises UserError for a plan that
        cannot be, a twin of a feed that is there, or one feed too many.
        """
        _check(plan)
        assert plan.server_id is not None
        now = self._clock.now()
        async with self._db.write() as tx:
            number, feed_id = await establish(tx, plan, created_by=created_by, now=now, since=now)
            await telling.look_now(tx, feed_id, now)
        return await self.status(plan.server_id, number)

    async def change(
        self, server_id: int, number: int, plan: FeedPlan, *, by: int | None = None
    ) -> EventFeedStatus:
        """Give a feed of events another plan of the same kind; what it posted stays.

        `remove`, `restore`, `pause` and `resume` are those of `FeedService`. Raises UserError as `create`.
        A feed that gets another calendar introduces itself anew.
        """
        _check(plan)
        now = self._clock.now()
        async with self._db.write() as tx:
            await explaining.lock(tx, server_id, number)
            feed = await feeds.by_number(tx, server_id, number)
            if feed is None or feed.state is FeedState.REMOVED or feed.plan.kind is not plan.kind:
                raise no_such_feed(number)
            await replan(tx, feed, plan, now=now)
            after = await feeds.by_number(tx, server_id, number)
            assert after is not None
            await log(tx, feed, after, by=by, now=now)
        return await self.status(server_id, number)

    async def status(self, server_id: int, number: int) -> EventFeedStatus:
        """Return one feed of events with its status; UserError where there is none of this number."""
        (status,) = await self._statuses([await self._feed(server_id, number)])
        return status

    async def overview(self, server_id: int) -> list[EventFeedStatus]:
        """Return every feed of events of a server with its status, by number."""
        async with self._db.read() as tx:
            found = [feed for feed in await feeds.by_server(tx, server_id) if feed.plan.kind in EVENT_KINDS]
        return await self._statuses(found)

    async def _statuses(self, found: Sequence[Feed]) -> list[EventFeedStatus]:
        now = self._clock.now()
        async with self._db.read() as tx:
            ids = [feed.id for feed in found]
            waiting = await outbox.open_by_feed(tx, ids)
            natives = await telling.native_count(tx, ids, now)
            coming = {feed.id: await self._coming(tx, [feed], now) for feed in found}
        states = await self._polls.states([key for feed in found for key in read_sources(feed.plan)])
        return [
            EventFeedStatus(
                feed,
                {name: states.get(key) for key, name in source_names(feed.plan).items()},
                tuple(waiting[feed.id]),
                tuple(each for each in coming[feed.id] if not each.is_off)[:NEXT],
                natives[feed.id],
            )
            for feed in found
        ]

    async def preview_feed(self, server_id: int, number: int) -> EventPost:
        """Return what a saved feed's agenda would show now."""
        return await self._agenda(await self._feed(server_id, number))

    async def _feed(self, server_id: int, number: int) -> Feed:
        async with self._db.read() as tx:
            feed = await feeds.by_number(tx, server_id, number)
        if feed is None or feed.state is FeedState.REMOVED or feed.plan.events is None:
            raise no_such_feed(number)
        return feed

    # --- Members ------------------------------------------------------------------------------------

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
            active = await self._feeds(tx, server_id, kind)
            coming = await self._coming(tx, active, now)
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
            return await self._event(tx, server_id, event_id)

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
            listed = await self._event(tx, server_id, event_id)
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
            return await reminders.forget(tx, member_id, await _own_id(tx, event_id))

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
                found = await self._coming(tx, await self._feeds(tx, server_id), now)
        coming = [each for each in found if not is_over(each.event, now)]
        return write_calendar("My events" if member_id is not None else "Community events", _ordered(coming))

    # --- What they share ----------------------------------------------------------------------------

    async def _read(self, url: str, zone: str) -> tuple[str, Calendar]:
        try:
            fetched = await self._polls.read_calendar(url, zone)
        except SourceError as error:
            raise UserError(error.reason) from error
        assert fetched.calendar is not None  # nothing conditional was asked
        return fetched.url, fetched.calendar

    async def _agenda(self, feed: Feed) -> EventPost:
        await self._polls.read_now(read_sources(feed.plan))
        now = self._clock.now()
        async with self._db.read() as tx:
            coming = await self._coming(tx, [feed], now)
        return _first_post(feed, coming, now)

    async def _feeds(self, tx: AsyncConnection, server_id: int, kind: EventKind | None = None) -> list[Feed]:
        """Return the active feeds of a server that may show events of a kind."""
        return [
            feed
            for feed in await feeds.by_server(tx, server_id)
            if feed.plan.kind in EVENT_KINDS
            and feed.state is FeedState.ACTIVE
            and (kind is None or feed.plan.kind is _FEEDS[kind])
        ]

    async def _coming(self, tx: AsyncConnection, shown_by: Iterable[Feed], now: datetime) -> list[Listed]:
        """Return what is not over of the events that some feeds are for, soonest first."""
        found: dict[int, Listed] = {}
        for feed in shown_by:
            listed = await listings.of_source(tx, event_source(feed.plan), now)
            found |= {each.id: each for each in wanted(feed.plan, listed)}
        return _ordered(found.values())

    async def _event(self, tx: AsyncConnection, server_id: int, event_id: int) -> Listed:
        event_id = await _own_id(tx, event_id)
        listed = (await listings.by_ids(tx, [event_id])).get(event_id)
        theirs = {
            event_source(feed.plan)
            for feed in await feeds.by_server(tx, server_id)
            if feed.plan.kind in EVENT_KINDS
        }
        if listed is None or listed.source not in theirs:
            raise UserError("I do not know that event any more. See /events upcoming for what is next.")
        return listed


async def _own_id(tx: AsyncConnection, event_id: int) -> int:
    """Return the id of the event that a button speaks of: what it was posted as may have turned out to be another."""
    listed = (await listings.by_ids(tx, [event_id])).get(event_id)
    return event_id if listed is None or listed.same_as is None else listed.same_as


def _check(plan: FeedPlan) -> None:
    if plan.events is None or plan.kind not in EVENT_KINDS:
        raise UserError("Choose meetups, hackathons or deadlines.")
    if not 1 <= plan.limit <= MAX_LIMIT:
        raise UserError(f"A post shows between 1 and {MAX_LIMIT} events.")
    if not plan.events.moments:
        raise UserError("Choose at least one moment at which I post, such as the day before.")
    if plan.kind is FeedKind.MEETUPS and not plan.events.url:
        raise UserError("Give the address of a calendar, or of a group's page.")


def _first_post(feed: Feed, listed: Sequence[Listed], now: datetime) -> EventPost:
    coming = [each for each in _ordered(listed) if not each.is_off and not is_over(each.event, now)]
    shown, rest = coming[: feed.plan.limit], coming[feed.plan.limit :]
    return EventPost(feed, PostKind.FIRST, None, now, tuple(Shown(each) for each in shown), len(rest))


def _ordered(listed: Iterable[Listed]) -> list[Listed]:
    return sorted(listed, key=lambda each: (each.event.starts_at, each.id))


def _attended(event: Event, attendance: Attendance) -> bool:
    online = event.online_url is not None or (event.place or "").casefold() == "online"
    if attendance is Attendance.ONLINE:
        return online
    return event.place is not None and event.place.casefold() != "online"


def _haystack(event: Event) -> str:
    return " ".join(filter(None, (event.title, event.place, event.host, *event.tags))).casefold()
