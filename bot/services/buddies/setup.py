"""What moderators decide about study buddies, and the feed that follows from it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.feeds import Feed, FeedKind, FeedPlan, FeedState, Style
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.values import Standing
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.meetings import BuddyMeetings
from bot.storage import feeds, server_settings
from bot.storage.buddies import meetings, profiles, rounds
from bot.storage.buddies.rounds import Round
from bot.storage.engine import Database

Change = Callable[[BuddySettings], BuddySettings]


@dataclass(frozen=True, slots=True)
class Status:
    """How study buddies stand in a server: numbers, and nobody's profile."""

    settings: BuddySettings
    feed: Feed | None
    members: Mapping[Standing, int]
    meetings: int
    last: Round | None
    zone: str | None
    notices_channel_id: int | None = None  # where what moderators should know goes

    @property
    def is_paused(self) -> bool:
        """Whether they are switched on and say nothing for now."""
        return self.settings.on and self.feed is not None and self.feed.state is FeedState.PAUSED


class BuddySetup:
    """Settings are the truth, logged; the feed is brought in line with them."""

    def __init__(
        self, db: Database, clock: Clock, introducer: Introducer, buddy_meetings: BuddyMeetings
    ) -> None:
        self._db = db
        self._clock = clock
        self._introducer = introducer
        self._meetings = buddy_meetings

    async def status(self, server_id: int) -> Status:
        """Return how things stand."""
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
            last = await rounds.last(tx, server_id)
            return Status(
                settings,
                feed,
                await profiles.count(tx, server_id),
                await meetings.count_open(tx, server_id),
                last[0] if last else None,
                await feeds.server_zone(tx, server_id),
                await server_settings.notices_channel(tx, server_id),
            )

    async def change(self, server_id: int, change: Change, *, by: int) -> Status:
        """Change what a server decided. Of two moderators at once the last one wins, field by field."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await server_settings.ensure(tx, server_id)
            await server_settings.lock(tx, server_id)
            before = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            after = change(before).check()
            if after != before:
                await server_settings.write(tx, server_id, Module.BUDDIES, after.to_json(), by=by, now=now)
                await self._follow(tx, server_id, after, by, now)
        return await self.status(server_id)

    async def follow(self, tx: AsyncConnection, server_id: int, by: int | None, now: datetime) -> None:
        """Bring the feed in line with settings that somebody else wrote in this transaction, such as an undone change."""
        settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
        await self._follow(tx, server_id, settings, by or 0, now)

    async def set_paused(self, server_id: int, *, paused: bool) -> Status:
        """Say nothing until resumed; then rounds go on from the next one."""
        now = self._clock.now()
        async with self._db.write() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
            if not settings.on or feed is None:
                raise UserError("Switch study buddies on first.")
            await feeds.set_state(tx, feed.id, FeedState.PAUSED if paused else FeedState.ACTIVE, now=now)
            if not paused:
                slot_at = self._introducer.next_slot(settings.plan, now)
                await feeds.reschedule(tx, feed.id, since=now, slot_at=slot_at)
        return await self.status(server_id)

    async def _follow(
        self, tx: AsyncConnection, server_id: int, settings: BuddySettings, by: int, now: datetime
    ) -> None:
        feed = await rounds.feed_of(tx, server_id)
        if not settings.on:
            if feed is None or feed.state is FeedState.REMOVED:
                return
            await self._meetings.close_all(tx, server_id, now)
            # The last words go out first; then the round that finds it switched off lets the feed go.
            await feeds.set_state(tx, feed.id, FeedState.ACTIVE, now=now)
            await feeds.postpone(tx, feed.id, now + timedelta(minutes=1), since=now)
            return
        assert settings.channel_id is not None
        plan = _feed_plan(server_id, settings)
        slot_at = self._introducer.next_slot(settings.plan, now)
        if feed is None:
            number = await feeds.take_number(tx, server_id)
            await feeds.add(tx, plan, number=number, created_by=by, now=now, since=now, slot_at=slot_at)
            return
        was_off = feed.state is FeedState.REMOVED or feed.slot_at <= now
        if plan != feed.plan:
            await feeds.change(tx, feed.id, plan)
        if feed.state is FeedState.REMOVED:
            await feeds.set_state(tx, feed.id, FeedState.ACTIVE, now=now)
        if was_off or slot_at != feed.slot_at:
            await feeds.reschedule(tx, feed.id, since=now, slot_at=slot_at)


def anchored(settings: BuddySettings, now: datetime) -> BuddySettings:
    """Return the settings with this week as one in which a biweekly round begins."""
    return replace(settings, anchor=now.astimezone(ZoneInfo(settings.zone)).date())


def _feed_plan(server_id: int, settings: BuddySettings) -> FeedPlan:
    channel_id: Any = settings.channel_id
    return FeedPlan(
        server_id, channel_id, (), "", Style.EACH, 1, settings.plan.schedule, kind=FeedKind.BUDDIES
    )
