"""Between rounds: who would fit, asking them, and their answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.buddies.score import Window
from bot.domain.buddies.values import Profile, Reason, Shown
from bot.domain.feeds import FeedState
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.stages import ASK_FOR, ASKS_A_DAY, FIND_FOR
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import MeetingKind, Membership, Presence, Standing
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.opening import REMEMBER, Occasion, add_meetings
from bot.services.buddies.ports import Register
from bot.services.buddies.profiles import NO_PROFILE, NOT_ON
from bot.storage import members, outbox, server_settings
from bot.storage.buddies import blocks, meetings, profiles, requests, rounds
from bot.storage.buddies.requests import Asked, Request
from bot.storage.engine import Database, retried
from bot.storage.events.reminders import own_feed

SHOWN: Final = 3
_NOT_AGAIN: Final = timedelta(days=14)
"""For how long somebody who was asked is not suggested again to the one who asked."""
_LOOKED_AT: Final = 12
_NOBODY: Final = "They cannot be asked now. See `/buddy find` for others."
_OUT: Final = {
    Standing.DRAFT: "You are not in yet. Finish your profile with `/buddy profile` and press **I'm in** there first.",
    Standing.AWAY: (
        "You did not answer your buddies the last time, so I have left you out since. Press **I'm in** on "
        "`/buddy profile` first."
    ),
    Standing.IN: "You take a break now. Press **I'm in** on `/buddy profile` first.",
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who would fit, and why; only what they show."""

    profile: Profile
    reasons: Sequence[Reason]


@dataclass(frozen=True, slots=True)
class Question:
    """What somebody was asked, with what may be said about who asks."""

    request: Request
    asker: Profile
    reasons: Sequence[Reason]


class BuddyFinding:
    """Only those are found who allowed it; who is blocked, or has blocked, never is."""

    def __init__(
        self, db: Database, clock: Clock, texts: MeetingTexts, *, register: Register, introducer: Introducer
    ) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts
        self._register = register
        self._introducer = introducer

    async def suggest(
        self, server_id: int, member_id: int, *, offering: frozenset[str] = frozenset()
    ) -> list[Suggestion]:
        """Return those who fit best, and why; with `offering` only those who help with one of these skills."""
        now = self._clock.now()
        async with self._db.read() as tx:
            settings, mine = await self._ready(tx, server_id, member_id, now)
            others = [
                each
                for each in await profiles.taking_part(tx, server_id, now)
                if each.findable and each.member_id != member_id
            ]
            between = await blocks.around(tx, member_id)
            asked = set(await requests.asked_by(tx, server_id, member_id, now - _NOT_AGAIN))
            asking = {each.asker_id for each in await requests.waiting_for(tx, server_id, member_id, now)}
            together = {
                id_ for each in await meetings.open_of(tx, server_id, [member_id]) for id_ in each.member_ids
            }
            history = await meetings.history(tx, server_id, now - REMEMBER, members=[member_id])
        others = [each for each in others if each.member_id not in asked | asking | together]
        if offering:
            others = [
                each
                for each in others
                if Shown.OFFERS in each.profile.shows and each.profile.offers & offering
            ]
        best = await self._introducer.rank(
            mine.profile,
            [each.profile for each in others],
            between,
            history,
            Window(now),
            _LOOKED_AT,
        )
        seen = await self._register.look(server_id, [each.member_id for each, _ in best], settings.role_id)
        return [
            Suggestion(each, reasons) for each, reasons in best if seen.get(each.member_id) is Presence.HERE
        ][:SHOWN]

    async def has_asked(self, server_id: int, member_id: int) -> bool:
        """Whether somebody asked others lately, with whom nothing came of it yet; those are not suggested again."""
        async with self._db.read() as tx:
            asked = await requests.asked_by(tx, server_id, member_id, self._clock.now() - _NOT_AGAIN)
            sitting = await meetings.open_of(tx, server_id, [member_id])
        return bool(set(asked).difference(*(each.member_ids for each in sitting)))

    @retried
    async def ask(self, server_id: int, member_id: int, other_id: int, *, server_name: str) -> bool:
        """Ask somebody; True where they also get a direct message, because they allowed it."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            _, mine = await self._ready(tx, server_id, member_id, now)
            if await requests.asked_since(tx, member_id, now - timedelta(days=1)) >= ASKS_A_DAY:
                raise UserError(f"You can ask {ASKS_A_DAY} people a day. Try again tomorrow.")
            other = await profiles.get(tx, server_id, other_id)
            between = await blocks.around(tx, member_id)
            if (
                other is None
                or other_id == member_id
                or not other.findable
                or not other.takes_part(now)
                or between.between(member_id, other_id)
            ):
                raise UserError(_NOBODY)  # the same words whatever the reason
            if other_id in await requests.asked_by(tx, server_id, member_id, now - ASK_FOR):
                raise UserError("You have asked them already. They answer when they like, or not at all.")
            request_id = await requests.add(tx, server_id, member_id, other_id, now=now, until=now + ASK_FOR)
            if other.dm_channel_id is None or not (await members.wishes(tx, other_id)).dms:
                return False
            history = await meetings.history(tx, server_id, now - REMEMBER, members=[member_id])
            reasons = self._introducer.reasons((other.profile, mine.profile), history, Window(now))
            message = self._texts.question(request_id, server_name, mine.profile, reasons, other.profile)
            feed_id = await own_feed(tx, other_id, other.dm_channel_id, now)
            row = outbox.new_row(
                message, feed_id=feed_id, channel_id=other.dm_channel_id, slot_at=now, now=now,
                stream=f"buddy:ask:{request_id}",
            )  # fmt: skip
            await outbox.add_once(tx, row)
        return True

    async def questions(self, server_id: int, member_id: int) -> list[Question]:
        """Return what somebody was asked and has not answered."""
        now = self._clock.now()
        async with self._db.read() as tx:
            found = await requests.waiting_for(tx, server_id, member_id, now)
            mine = await profiles.get(tx, server_id, member_id)
            askers = await profiles.some(tx, server_id, [each.asker_id for each in found])
            between = await blocks.around(tx, member_id)
            history = await meetings.history(tx, server_id, now - REMEMBER, members=[member_id])
        if mine is None:
            return []
        return [
            Question(
                each,
                askers[each.asker_id].profile,
                self._introducer.reasons((mine.profile, askers[each.asker_id].profile), history, Window(now)),
            )
            for each in found
            if each.asker_id in askers and not between.between(member_id, each.asker_id)
        ]

    @retried
    async def answer(self, request_id: int, member_id: int, *, accept: bool) -> bool:
        """Answer a question; True where a meeting comes of it. A no is told to nobody."""
        now = self._clock.now()
        async with self._db.write() as tx:
            request = await requests.get(tx, request_id, lock=True)
            if request is None or request.asked_id != member_id:
                raise UserError("That question is not for you.")
            if not request.is_open(now):
                raise UserError("That question is not open any more.")
            if not accept:
                await requests.settle(tx, request_id, Asked.DECLINED)
                return False
            server_id = request.server_id
            await self._ready(tx, server_id, member_id, now)
            other = await profiles.get(tx, server_id, request.asker_id)
            between = await blocks.around(tx, member_id)
            feed = await rounds.feed_of(tx, server_id)
            fits = (
                other is not None
                and other.takes_part(now)
                and not between.between(member_id, other.member_id)
            )
            if not fits or other is None or feed is None:
                raise UserError("They do not take part any more, so there is nothing to answer.")
            await requests.settle(tx, request_id, Asked.ACCEPTED)
            await requests.withdraw_between(tx, member_id, other.member_id)
            occasion = Occasion(server_id, feed.id, feed.channel_id, MeetingKind.FIND, now, now + FIND_FOR)
            await add_meetings(tx, occasion, [(tuple(sorted((member_id, other.member_id))), 0)])
        return True

    async def _ready(
        self, tx: AsyncConnection, server_id: int, member_id: int, now: datetime
    ) -> tuple[BuddySettings, Membership]:
        settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
        feed = await rounds.feed_of(tx, server_id)
        if not settings.on or feed is None:
            raise UserError(NOT_ON)
        if feed.state is not FeedState.ACTIVE:
            raise UserError("Study buddies are paused in this server for now.")
        mine = await profiles.get(tx, server_id, member_id)
        if mine is None:
            raise UserError(NO_PROFILE)
        if not mine.takes_part(now):
            raise UserError(_OUT[mine.standing])
        return settings, mine
