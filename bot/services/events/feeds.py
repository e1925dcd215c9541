"""What moderators do with feeds of events: look what they would read, set them up, change them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.clock import Clock
from bot.domain.agenda import EventPost, Listed, PostKind, Shown, is_over
from bot.domain.conferences import Catalogue
from bot.domain.event_sources import DEADLINES, event_source, read_sources, source_names
from bot.domain.events import Event
from bot.domain.feeds import EVENT_KINDS, MAX_LIMIT, Feed, FeedKind, FeedPlan, FeedState
from bot.domain.schedule import next_slot
from bot.domain.sources import SourceState
from bot.errors import UserError
from bot.services.events.coming import coming_of, ordered
from bot.services.events.polling import EventPolls
from bot.services.events.status import EventFeedStatus, statuses_of
from bot.services.feeds.changing import log, replan
from bot.services.feeds.checks import no_such_feed
from bot.services.feeds.states import establish
from bot.sources.calendars import Calendar
from bot.sources.errors import SourceError, Timeout, Unreachable
from bot.sources.http import ForbiddenAddress
from bot.storage import explaining, feeds
from bot.storage.engine import Database
from bot.storage.events import listings, telling

_CHECK: Final = "Check the address, or try again later."


@dataclass(frozen=True, slots=True)
class CalendarPreview:
    """What reading a calendar gave."""

    url: str  # the calendar's own address: what `EventOptions.url` is to be
    name: str | None
    events: tuple[Event, ...]  # the next ones, at most `limit`
    total: int  # of those still to come
    skipped: tuple[str, ...]  # events that could not be read, each with the reason


class EventFeeds:
    """The use cases of `/feed` for events; who polls, posts and delivers is `bot.app`'s business."""

    def __init__(self, db: Database, clock: Clock, polls: EventPolls) -> None:
        self._db = db
        self._clock = clock
        self._polls = polls

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

    async def preview_feed(self, server_id: int, number: int) -> EventPost:
        """Return what a saved feed's agenda would show now."""
        return await self._agenda(await self._feed(server_id, number))

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
        (status,) = await statuses_of(
            self._db, self._polls, [await self._feed(server_id, number)], self._clock.now()
        )
        return status

    async def _feed(self, server_id: int, number: int) -> Feed:
        async with self._db.read() as tx:
            feed = await feeds.by_number(tx, server_id, number)
        if feed is None or feed.state is FeedState.REMOVED or feed.plan.events is None:
            raise no_such_feed(number)
        return feed

    async def _read(self, url: str, zone: str) -> tuple[str, Calendar]:
        try:
            fetched = await self._polls.read_calendar(url, zone)
        except SourceError as error:
            # What forbids an address says by itself what to do instead.
            unsaid = isinstance(error, Timeout | Unreachable) and not isinstance(error, ForbiddenAddress)
            raise UserError(f"{error.reason} {_CHECK}" if unsaid else error.reason) from error
        assert fetched.calendar is not None  # nothing conditional was asked
        return fetched.url, fetched.calendar

    async def _agenda(self, feed: Feed) -> EventPost:
        await self._polls.read_now(read_sources(feed.plan))
        now = self._clock.now()
        async with self._db.read() as tx:
            coming = await coming_of(tx, [feed], now)
        return _first_post(feed, coming, now)


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
    coming = [each for each in ordered(listed) if not each.is_off and not is_over(each.event, now)]
    shown, rest = coming[: feed.plan.limit], coming[feed.plan.limit :]
    return EventPost(feed, PostKind.FIRST, None, now, tuple(Shown(each) for each in shown), len(rest))
