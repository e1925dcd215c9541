"""What people press in their meetings, and what a meeting is asked when its time has come."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.buddies.values import Shown
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.stages import POKE_FOR, REMIND_BEFORE, due, moments
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import Ended, Meeting, Seat, SeatState, Stage, Standing
from bot.domain.retention import MEETINGS
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.opening import drop_out, end_meeting, reopen, say
from bot.storage import feeds, server_settings
from bot.storage.buddies import meetings, profiles, requests
from bot.storage.engine import Database, retried
from bot.storage.languages import speech

_log = logging.getLogger("cohort.buddies")

AT_ONCE: Final = 50
_NOT_YOURS: Final = "That is for the people of this meeting. `/buddy join` puts you into the next round."
_OVER: Final = "This meeting is over. `/buddy matches` shows your others."
_LEFT_OUT: Final = (
    "You did not answer in time, so you are not in this meeting any more. `/buddy profile` says whether you are in the "
    "next round."
)


class Gone(StrEnum):
    """What "my buddy is gone" came to."""

    ASKED = "asked"  # the others are asked whether they are there
    WAITING = "waiting"  # they were asked already and have time to answer
    ANSWERED = "answered"  # they were asked before and said that they are there


@dataclass(frozen=True, slots=True)
class Pressed:
    """A meeting after somebody pressed something."""

    meeting: Meeting
    changed: bool  # whether it was any news
    agreed: datetime | None = None  # what everybody has just agreed on


class BuddyMeetings:
    """Each press is one transaction; two at once come one after the other."""

    def __init__(self, db: Database, clock: Clock, texts: MeetingTexts) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts

    # --- What is pressed ----------------------------------------------------------------------------

    async def meeting(self, meeting_id: int, member_id: int) -> Meeting:
        """Return an open meeting to one of its members; everybody else is refused."""
        async with self._db.read() as tx:
            return await self._own(tx, meeting_id, member_id)

    @retried
    async def vote(self, meeting_id: int, member_id: int, place: int) -> Pressed:
        """Say that one can at a time, or take it back. Once everybody can, it is agreed, said and reminded of."""
        async with self._db.write() as tx:
            meeting = await self._own(tx, meeting_id, member_id, lock=True)
            if not 0 <= place < len(meeting.times):
                raise UserError("That time is not on offer any more.")
            now = self._clock.now()
            if meeting.times[place] <= now:
                raise UserError("That time is past. Write in the thread when you can instead.")
            seat = _seat(meeting, member_id)
            await self._press(tx, meeting, member_id, votes=sorted(seat.votes ^ {place}))
            after = await self._own(tx, meeting_id, member_id)
            agreed = after.agreed_place()
            if agreed == after.agreed:
                return Pressed(after, changed=True)
            remind_at = None
            if agreed is not None:
                before = after.times[agreed] - REMIND_BEFORE
                remind_at = before if before > now else None
            await meetings.change(tx, meeting_id, agreed=agreed, remind_at=remind_at)
            after = await self._own(tx, meeting_id, member_id)
            if agreed is None:
                return Pressed(after, changed=True)
            with await speech(tx, after.server_id):
                words = self._texts.agreed(after)
            await say(tx, after, f"agreed:{agreed}", words, now)
            return Pressed(after, changed=True, agreed=after.times[agreed])

    @retried
    async def met(self, meeting_id: int, member_id: int, *, met: bool) -> Pressed:
        """Remember whether they have met."""
        return await self._answer(meeting_id, member_id, met=met)

    @retried
    async def again(self, meeting_id: int, member_id: int, *, again: bool) -> Pressed:
        """Remember whether somebody wants the same people once more; nobody is told what the other said."""
        return await self._answer(meeting_id, member_id, again=again)

    @retried
    async def fine(self, meeting_id: int, member_id: int) -> Pressed:
        """Remember that it goes well."""
        return await self._answer(meeting_id, member_id)

    @retried
    async def gone(self, meeting_id: int, member_id: int) -> Gone:
        """Ask the others once whether they are there; who does not answer in time makes room for somebody else."""
        async with self._db.write() as tx:
            meeting = await self._own(tx, meeting_id, member_id, lock=True)
            now = self._clock.now()
            await self._press(tx, meeting, member_id)
            others = [seat for seat in meeting.present if seat.member_id != member_id]
            if any(seat.poke_until is not None for seat in others):
                return Gone.WAITING
            # In three, those who have shown themselves lately are not asked.
            silent = [seat for seat in others if not _lately(seat, now)] or others
            asked = [seat for seat in silent if not seat.poked]
            if not asked:
                return Gone.ANSWERED
            for seat in asked:
                until = now + POKE_FOR
                await meetings.change_seat(tx, meeting_id, seat.member_id, poke_until=until, poked=True)
                with await speech(tx, meeting.server_id):
                    words = self._texts.poke(meeting, seat.member_id, until)
                await say(tx, meeting, f"poke:{seat.member_id}", words, now)
            return Gone.ASKED

    @retried
    async def here(self, meeting_id: int, member_id: int) -> Pressed:
        """Answer that one is there."""
        async with self._db.write() as tx:
            meeting = await self._own(tx, meeting_id, member_id, lock=True)
            was_asked = _seat(meeting, member_id).poke_until is not None
            await self._press(tx, meeting, member_id)
            if was_asked:
                with await speech(tx, meeting.server_id):
                    words = self._texts.here(meeting, member_id)
                await say(tx, meeting, f"here:{member_id}", words, self._clock.now())
            return Pressed(await self._own(tx, meeting_id, member_id), changed=was_asked)

    async def company(self, meeting_id: int, member_id: int) -> tuple[int, ...]:
        """Return whom somebody met in a meeting of theirs, whether or not it is over."""
        async with self._db.read() as tx:
            meeting = await meetings.get(tx, meeting_id)
        if meeting is None or meeting.seat_of(member_id) is None:
            raise UserError(_NOT_YOURS)
        return tuple(seat.member_id for seat in meeting.seats if seat.member_id != member_id)

    async def topics(self, meeting_id: int, member_id: int) -> list[str]:
        """Return skills that all of a meeting learn or some can teach the others; only such as they show."""
        async with self._db.read() as tx:
            meeting = await self._own(tx, meeting_id, member_id)
            found = await profiles.some(tx, meeting.server_id, meeting.member_ids)
        learning = [each.profile.learning for each in found.values() if Shown.LEARNING in each.profile.shows]
        offers = [each.profile.offers for each in found.values() if Shown.OFFERS in each.profile.shows]
        wanted = Counter(skill for skills in learning for skill in skills)
        offered = {skill for skills in offers for skill in skills}
        return sorted(wanted, key=lambda skill: (-wanted[skill], skill not in offered, skill))

    async def of_member(self, server_id: int, member_id: int, limit: int = 10) -> Sequence[Meeting]:
        """Return somebody's meetings in a server, the newest first."""
        async with self._db.read() as tx:
            return await meetings.of_member(tx, server_id, member_id, limit)

    async def _answer(self, meeting_id: int, member_id: int, **values: Any) -> Pressed:
        async with self._db.write() as tx:
            meeting = await self._own(tx, meeting_id, member_id, lock=True)
            seat = _seat(meeting, member_id)
            changed = any(getattr(seat, name) != value for name, value in values.items())
            await self._press(tx, meeting, member_id, **values)
            return Pressed(await self._own(tx, meeting_id, member_id), changed=changed)

    async def _press(self, tx: AsyncConnection, meeting: Meeting, member_id: int, **values: Any) -> None:
        """Remember that somebody is there; whoever was asked has answered with it."""
        await meetings.change_seat(
            tx, meeting.id, member_id, pressed_at=self._clock.now(), poke_until=None, **values
        )

    async def _own(
        self, tx: AsyncConnection, meeting_id: int, member_id: int, *, lock: bool = False
    ) -> Meeting:
        meeting = await meetings.get(tx, meeting_id, lock=lock)
        seat = meeting.seat_of(member_id) if meeting is not None else None
        if meeting is None or seat is None:
            raise UserError(_NOT_YOURS)
        if seat.state is SeatState.GONE:
            raise UserError(_LEFT_OUT)
        if not meeting.is_open or seat.state is not SeatState.IN:
            raise UserError(_OVER)
        return meeting

    # --- What is due --------------------------------------------------------------------------------

    async def tend_due(self) -> int:
        """Do what is due in every meeting; return for how many something was done."""
        done = await self._learn_rooms()
        failed: set[int] = set()
        while True:
            async with self._db.read() as tx:
                ids = await meetings.due(tx, self._clock.now(), AT_ONCE, without=failed)
            before = done + len(failed)
            for meeting_id in ids:
                try:
                    done += await self._tend(meeting_id)
                except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                    failed.add(meeting_id)
                    _log.exception("a meeting could not be tended", extra={"meeting": meeting_id})
            if done + len(failed) == before or len(ids) < AT_ONCE:
                return done

    async def tidy(self) -> None:
        """Forget what is long over."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await meetings.purge(tx, now - MEETINGS)
            await requests.purge(tx, now - timedelta(days=30))

    async def _learn_rooms(self) -> int:
        """Note the threads that were opened; open those anew whose channel was deleted and replaced meanwhile."""
        async with self._db.read() as tx:
            found = await meetings.without_a_room(tx, AT_ONCE)
        learned = 0
        for meeting_id, thread_id in found:
            try:
                await self._learn_room(meeting_id, thread_id)
                learned += 1
            except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                _log.exception("a meeting's thread could not be noted", extra={"meeting": meeting_id})
        return learned

    async def _learn_room(self, meeting_id: int, thread_id: int | None) -> None:
        async with self._db.write() as tx:
            meeting = await meetings.get(tx, meeting_id, lock=True)
            if meeting is None or meeting.thread_id is not None or not meeting.is_open:
                return
            if thread_id is not None:
                await meetings.change(tx, meeting_id, thread_id=thread_id)
                return
            feed = await feeds.by_id(tx, meeting.feed_id) if meeting.feed_id is not None else None
            if feed is not None and feed.channel_id != meeting.channel_id:
                await reopen(tx, self._texts, meeting, feed.channel_id, self._clock.now())
            else:  # deleted at once: there is nowhere to meet
                await meetings.end(tx, meeting_id, Ended.LEFT, self._clock.now())

    async def _tend(self, meeting_id: int) -> bool:
        now = self._clock.now()
        async with self._db.write() as tx:
            meeting = await meetings.get(tx, meeting_id, lock=True)
            if meeting is None or not meeting.is_open:
                return False
            unanswered = [seat for seat in meeting.present if seat.poke_until and seat.poke_until <= now]
            if unanswered:
                await self._take_out(tx, meeting, unanswered, now)
                return True
            if meeting.remind_at is not None and meeting.remind_at <= now:
                await meetings.change(tx, meeting_id, remind_at=None)
                # After hours down it is no reminder any more.
                if meeting.agreed is not None and now < meeting.times[meeting.agreed]:
                    with await speech(tx, meeting.server_id):
                        words = self._texts.reminder(meeting)
                    await say(tx, meeting, f"remind:{meeting.agreed}", words, now)
                return True
            if meeting.next_at <= now:
                with await speech(tx, meeting.server_id):
                    await self._enter(tx, meeting, now)
                return True
        return False

    async def _take_out(
        self, tx: AsyncConnection, meeting: Meeting, unanswered: Sequence[Seat], now: datetime
    ) -> None:
        """Take out who was asked and did not answer, and out of the rounds until they are back."""
        gone = [seat.member_id for seat in unanswered]
        for member_id in gone:
            await profiles.set_standing(tx, meeting.server_id, member_id, Standing.AWAY)
        await drop_out(tx, self._texts, meeting, gone, SeatState.GONE, now)

    async def _enter(self, tx: AsyncConnection, meeting: Meeting, now: datetime) -> None:
        stage, following = due(meeting, now)
        if following is None:
            goodbye = self._texts.goodbye(meeting, off=False)
            await end_meeting(tx, meeting, Ended.TIME, goodbye, now)
            return
        match stage:
            case Stage.KICKOFF if meeting.is_silent:
                await say(tx, meeting, "kickoff", self._texts.kickoff(meeting), now)
            case Stage.MIDWAY:
                await say(tx, meeting, "midway", self._texts.midway(meeting), now)
            case Stage.LAST:
                await say(tx, meeting, "last", self._texts.last(meeting), now)
        when = moments(meeting.opened_at, meeting.ends_at)[following]
        await meetings.change(tx, meeting.id, stage=following, next_at=when)

    async def close_all(self, tx: AsyncConnection, server_id: int, now: datetime) -> int:
        """End every meeting of a server whose moderators switched study buddies off."""
        found = await meetings.open_of(tx, server_id)
        for meeting in found:
            with await speech(tx, server_id):
                goodbye = self._texts.goodbye(meeting, off=True)
            await end_meeting(tx, meeting, Ended.OFF, goodbye, now)
        return len(found)

    async def settings(self, server_id: int) -> BuddySettings:
        """Return what a server decided."""
        async with self._db.read() as tx:
            return BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))


def _seat(meeting: Meeting, member_id: int) -> Seat:
    seat = meeting.seat_of(member_id)
    assert seat is not None
    return seat


def _lately(seat: Seat, now: datetime) -> bool:
    return seat.pressed_at is not None and now - seat.pressed_at < POKE_FOR
