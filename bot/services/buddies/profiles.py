"""What members say about themselves, when they pause, and how they leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.buddies.values import Availability, Profile
from bot.domain.feeds import FeedState
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import Membership, SeatState, Standing
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.opening import drop_out
from bot.storage import members, server_settings
from bot.storage.buddies import meetings, profiles, requests, rounds
from bot.storage.engine import Database, retried

LONGEST_PAUSE: Final = timedelta(days=365)

NOT_ON: Final = (
    "Study buddies are not switched on in this server. A moderator can do it with `/setup buddies`."
)
NO_PROFILE: Final = "You are not in. `/buddy join` takes two minutes, and you can leave at any time."

Change = Callable[[Membership], Membership]


@dataclass(frozen=True, slots=True)
class Overview:
    """How things stand for somebody in a server: what it decided, their profile if any, and the next round."""

    settings: BuddySettings
    membership: Membership | None
    next_round: datetime | None
    zone: str | None = None  # the zone they chose elsewhere


class BuddyProfiles:
    """Each method is told who asks; nobody can ask about anybody else."""

    def __init__(self, db: Database, clock: Clock, texts: MeetingTexts) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts

    async def overview(self, server_id: int, member_id: int) -> Overview:
        """Return how things stand for somebody."""
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            membership = await profiles.get(tx, server_id, member_id)
            feed = await rounds.feed_of(tx, server_id) if settings.on else None
            zone = await members.zone(tx, member_id)
        active = feed is not None and feed.state is FeedState.ACTIVE
        return Overview(settings, membership, feed.slot_at if feed is not None and active else None, zone)

    @retried
    async def begin(self, server_id: int, member_id: int, availability: Availability) -> Membership:
        """Begin a profile, or give the one that is there other hours; a new one counts once it is finished."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await self._check_on(tx, server_id)
            known = await profiles.get(tx, server_id, member_id, lock=True)
            if known is None:
                known = Membership(Profile(server_id, member_id, availability), Standing.DRAFT)
            membership = replace(known, profile=replace(known.profile, availability=availability))
            await profiles.put(tx, membership, now)
            await members.set_zone(tx, member_id, availability.zone)
        return membership

    @retried
    async def change(self, server_id: int, member_id: int, change: Change) -> Membership:
        """Change a profile; it counts again from the next round on."""
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            known = await self._known(tx, server_id, member_id)
            membership = change(known)
            check_profile(membership)
            await profiles.put(tx, membership, self._clock.now())
        return membership

    @retried
    async def enter(self, server_id: int, member_id: int) -> Membership:
        """Be in from the next round on: finished, back from a pause, or back after not answering."""
        async with self._db.write() as tx:
            await self._check_on(tx, server_id)
            await members.lock(tx, member_id)
            known = await self._known(tx, server_id, member_id)
            profile = known.profile
            if not profile.learning and not profile.offers:
                raise UserError("Choose at least one skill that you want to learn or can help with.")
            if not profile.availability.hours:
                raise UserError("Say when you usually have time: press **Zone and hours**.")
            membership = replace(known, standing=Standing.IN, profile=replace(profile, paused_until=None))
            await profiles.put(tx, membership, self._clock.now())
        return membership

    @retried
    async def pause(self, server_id: int, member_id: int, until: datetime) -> Membership:
        """Take part in no round before `until`; a meeting that is under way goes on."""
        now = self._clock.now()
        if not timedelta() < until - now <= LONGEST_PAUSE:
            raise UserError("Pick a day between tomorrow and a year from now.")
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            known = await self._known(tx, server_id, member_id)
            membership = replace(
                known, profile=replace(known.profile, paused_until=until), seeking_until=None
            )
            await profiles.put(tx, membership, now)
            await requests.withdraw_of(tx, server_id, member_id)
        return membership

    @retried
    async def leave(self, server_id: int, member_id: int) -> bool:
        """Delete somebody's profile at once and take them out of their meetings; blocks stay, for their safety."""
        now = self._clock.now()
        async with self._db.write() as tx:
            if (feed := await rounds.feed_of(tx, server_id)) is not None:
                await rounds.lock_feed(tx, feed.id)
            # The meetings before the profiles: their company may be leaving at this very moment.
            sat_in = await meetings.open_of(tx, server_id, [member_id], lock=True)
            there = await profiles.remove(tx, server_id, member_id)
            await requests.withdraw_of(tx, server_id, member_id)
            for meeting in sat_in:
                await drop_out(tx, self._texts, meeting, [member_id], SeatState.LEFT, now)
        return there

    async def leave_everywhere(self, tx: AsyncConnection, member_id: int) -> None:
        """Take somebody whose data is about to be deleted out of their meetings: the others are not left waiting."""
        for meeting in await meetings.open_with(tx, member_id):
            await drop_out(tx, self._texts, meeting, [member_id], SeatState.LEFT, self._clock.now())

    async def _known(self, tx: AsyncConnection, server_id: int, member_id: int) -> Membership:
        membership = await profiles.get(
            tx, server_id, member_id, lock=True
        )  # a round may be counting for them
        if membership is None:
            raise UserError(NO_PROFILE)
        return membership

    async def _check_on(self, tx: AsyncConnection, server_id: int) -> None:
        settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
        if not settings.on:
            raise UserError(NOT_ON)


def check_profile(membership: Membership) -> None:
    """Refuse what nobody can be matched with."""
    profile = membership.profile
    if membership.standing is Standing.DRAFT:
        return
    if not profile.learning and not profile.offers:
        raise UserError("Keep at least one skill that you want to learn or can help with.")
    if not profile.languages:
        raise UserError("Keep at least one language.")
    if not profile.availability.hours:
        raise UserError("Keep at least one part of the week.")
