"""Opens and closes meetings: what is kept and what is said of it are written together, by whoever decides it."""

import asyncio
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.buddies.rounds import window_of
from bot.domain.buddies.score import Window
from bot.domain.digests import Rendered
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.stages import SEEK_AT_LEAST, moments
from bot.domain.meetings.texts import Introduction, MeetingTexts
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, SeatState, Stage
from bot.domain.outbox import Action
from bot.domain.server_settings import Module
from bot.services.buddies.introducing import Company, Introducer, seed_of
from bot.storage import outbox, server_settings
from bot.storage.buddies import meetings, profiles
from bot.storage.engine import Database
from bot.storage.languages import speech

_log = logging.getLogger("cohort.buddies")

AT_ONCE: Final = 10
"""Meetings that are opened in one transaction: some hundred statements, so that nobody else waits long to write."""

REMEMBER: Final = timedelta(days=400)
"""How far back somebody has met somebody."""

_SHUT: Final = Rendered({"archived": True}, "", action=Action.SHUT)


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and for how long they are put together."""

    server_id: int
    feed_id: int
    channel_id: int
    kind: MeetingKind
    opened_at: datetime
    ends_at: datetime
    round_id: int | None = None


async def add_meetings(
    tx: AsyncConnection, occasion: Occasion, groups: Sequence[tuple[tuple[int, ...], int]]
) -> None:
    """Store meetings of some groups, each with its weight. Their threads are opened by `BuddyOpening`, soon after.

    A round of thousands would otherwise keep everybody else from writing for as long as it takes to introduce them.
    """
    await meetings.add_all(
        tx,
        groups,
        server_id=occasion.server_id,
        feed_id=occasion.feed_id,
        round_id=occasion.round_id,
        kind=occasion.kind,
        channel_id=occasion.channel_id,
        opened_at=occasion.opened_at,
        ends_at=occasion.ends_at,
        next_at=moments(occasion.opened_at, occasion.ends_at)[Stage.KICKOFF],
    )


class BuddyOpening:
    """Opens the threads of new meetings, a few in each transaction; what a process leaves, the next one does."""

    def __init__(self, db: Database, clock: Clock, texts: MeetingTexts, introducer: Introducer) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts
        self._introducer = introducer

    async def open_due(self) -> int:
        """Open what has no thread on its way; return how many."""
        opened = last = 0
        while True:
            async with self._db.read() as tx:
                found = await meetings.unopened(tx, AT_ONCE, after=last)
            if not found:
                return opened
            last = found[-1].id
            await self._introducer.load()
            for server_id in sorted({meeting.server_id for meeting in found}):
                some = [meeting for meeting in found if meeting.server_id == server_id]
                try:
                    opened += await self._open(server_id, some)
                except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                    _log.exception("meetings could not be opened", extra={"server": server_id})

    async def _open(self, server_id: int, found: Sequence[Meeting]) -> int:
        ids = sorted({id_ for meeting in found for id_ in meeting.member_ids})
        first = min(meeting.opened_at for meeting in found)
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            known = {id_: each.profile for id_, each in (await profiles.some(tx, server_id, ids)).items()}
            history = await meetings.history(tx, server_id, first - REMEMBER, before=first, members=ids)
            begun = await meetings.begun_with(tx, server_id, first - REMEMBER, ids)
            language = await speech(tx, server_id)

        def introduce(meeting: Meeting) -> Company:
            of_round = meeting.kind is MeetingKind.ROUND
            start = meeting.opened_at
            window = window_of(settings.plan, start) if of_round else Window(start)
            mine = set(meeting.member_ids)
            used = {id_ for people, openers in begun if len(mine & people) > 1 for id_ in openers}
            return self._introducer.introduce(
                meeting.member_ids, known, history, window, seed_of(server_id, start), used=used
            )

        whole = [meeting for meeting in found if all(id_ in known for id_ in meeting.member_ids)]
        with language:
            companies = await asyncio.to_thread(lambda: {each.id: introduce(each) for each in whole})
        now = self._clock.now()
        async with self._db.write() as tx:
            for before in found:
                meeting = await meetings.get(tx, before.id, lock=True)
                if meeting is None or not meeting.is_open or meeting.room_id is not None:
                    continue
                if meeting.member_ids != before.member_ids:
                    continue  # somebody has just left: the next look introduces the others
                if (company := companies.get(before.id)) is None:
                    gone = [id_ for id_ in meeting.member_ids if id_ not in known]
                    await drop_out(tx, self._texts, meeting, gone, SeatState.LEFT, now)
                    continue
                await self._introduce(tx, meeting, company, private=settings.private, now=now)
        return len(found)

    async def _introduce(
        self, tx: AsyncConnection, meeting: Meeting, company: Company, *, private: bool, now: datetime
    ) -> None:
        meeting = replace(meeting, times=tuple(company.times))
        times = [moment.isoformat() for moment in company.times]
        await meetings.change(tx, meeting.id, times=times, openers=list(company.openers))
        introduction = Introduction(
            meeting, company.profiles, company.reasons, company.icebreakers, company.session, private
        )
        with await speech(tx, meeting.server_id):
            first = (self._texts.introduction(introduction), self._texts.poll(meeting))
            room = self._texts.room(meeting, private=private)
        await _open_room(tx, meeting, room, first, channel_id=meeting.channel_id, now=now)


async def reopen(
    tx: AsyncConnection, texts: MeetingTexts, meeting: Meeting, channel_id: int, now: datetime
) -> None:
    """Open the thread of a meeting in another channel: the one it was meant for is gone."""
    known = await outbox.by_ids(tx, [id_ for id_ in (meeting.room_id, meeting.intro_id) if id_ is not None])
    room, intro = known.get(meeting.room_id or 0), known.get(meeting.intro_id or 0)
    if room is None or intro is None:
        return
    again = Rendered(json.loads(room.payload), room.marker, action=Action.ROOM)
    with await speech(tx, meeting.server_id):
        first = (Rendered(json.loads(intro.payload), intro.marker), texts.poll(meeting))
    await _open_room(tx, meeting, again, first, channel_id=channel_id, now=now)


async def _open_room(
    tx: AsyncConnection,
    meeting: Meeting,
    room: Rendered,
    first: Sequence[Rendered],
    *,
    channel_id: int,
    now: datetime,
) -> None:
    assert meeting.feed_id is not None

    async def put(message: Rendered, stream: str, anchor_id: int | None, part: int = 1) -> int | None:
        assert meeting.feed_id is not None
        row = outbox.new_row(
            message,
            feed_id=meeting.feed_id,
            channel_id=channel_id,
            slot_at=now,
            now=now,
            stream=stream,
            part=part,
            parts=part,
            anchor_id=anchor_id,
        )
        return await outbox.add_once(tx, row)

    room_id = await put(room, f"{outbox.BUDDY_ROOM}{meeting.id}", None)
    for member_id in meeting.member_ids:
        seat = Rendered({"user_id": str(member_id)}, "", action=Action.SEAT)
        await put(seat, _seat_stream(meeting, member_id), room_id)
    said = [
        await put(message, f"buddy:intro:{meeting.id}", room_id, part)
        for part, message in enumerate(first, start=1)
    ]
    await meetings.change(tx, meeting.id, room_id=room_id, intro_id=said[0], channel_id=channel_id)


async def say(tx: AsyncConnection, meeting: Meeting, what: str, message: Rendered, now: datetime) -> None:
    """Say something in a meeting's thread once it stands; each `what` is said once in a meeting."""
    if meeting.feed_id is None or meeting.room_id is None:
        return
    if not await outbox.by_ids(tx, [meeting.room_id]):
        return
    row = outbox.new_row(
        message,
        feed_id=meeting.feed_id,
        channel_id=meeting.channel_id,
        slot_at=meeting.opened_at,
        now=now,
        stream=f"buddy:{what}:{meeting.id}",
        anchor_id=meeting.room_id,
    )
    await outbox.add_once(tx, row)


async def end_meeting(
    tx: AsyncConnection, meeting: Meeting, by: Ended, goodbye: Rendered, now: datetime
) -> None:
    """Let a meeting be over: a last word, and the thread goes into the archive.

    A thread that provably was not begun is not opened any more.
    """
    await meetings.end(tx, meeting.id, by, now)
    if meeting.feed_id is None or meeting.room_id is None:
        return
    if await outbox.drop_untouched(tx, [meeting.room_id], now):
        return
    if not await outbox.by_ids(tx, [meeting.room_id]):
        return
    for part, message in enumerate((goodbye, _SHUT), start=1):
        row = outbox.new_row(
            message,
            feed_id=meeting.feed_id,
            channel_id=meeting.channel_id,
            slot_at=meeting.opened_at,
            now=now,
            stream=f"buddy:end:{meeting.id}",
            part=part,
            parts=2,
            anchor_id=meeting.room_id,
        )
        await outbox.add_once(tx, row)


async def drop_out(
    tx: AsyncConnection,
    texts: MeetingTexts,
    meeting: Meeting,
    gone: Sequence[int],
    state: SeatState,
    now: datetime,
) -> None:
    """Take some out of an open meeting. The others are told once that they are fewer, and never why."""
    for member_id in gone:
        await meetings.change_seat(tx, meeting.id, member_id, state=state, poke_until=None)
    after = await meetings.get(tx, meeting.id)
    assert after is not None
    others = after.member_ids
    for member_id in gone:
        await _unseat(tx, after, member_id, now)
    if len(others) > 1:  # so one is gone: there are three at most
        with await speech(tx, after.server_id):
            fewer = texts.fewer(after)
        await say(tx, after, f"fewer:{gone[0]}", fewer, now)
        return
    until = after.ends_at - SEEK_AT_LEAST
    seeking = until > now and bool(others)
    if seeking:
        await profiles.set_seeking(tx, after.server_id, others, until)
    by = Ended.GONE if state is SeatState.GONE else Ended.LEFT
    with await speech(tx, after.server_id):
        alone = texts.alone(after, seeking=seeking)
    await end_meeting(tx, after, by, alone, now)


async def _unseat(tx: AsyncConnection, meeting: Meeting, member_id: int, now: datetime) -> None:
    """Take somebody out of a thread; who provably was not let in is not let in any more.

    In the stream of their seat: a seat that is in doubt comes first, or it might undo this.
    """
    if meeting.feed_id is None or meeting.room_id is None:
        return
    if not await outbox.by_ids(tx, [meeting.room_id]):
        return
    stream = _seat_stream(meeting, member_id)
    waiting = await outbox.open_in(tx, meeting.feed_id, stream)
    if waiting and len(await outbox.drop_untouched(tx, waiting, now)) == len(waiting):
        return
    row = outbox.new_row(
        Rendered({"user_id": str(member_id)}, "", action=Action.UNSEAT),
        feed_id=meeting.feed_id,
        channel_id=meeting.channel_id,
        slot_at=now,
        now=now,
        stream=stream,
        part=2,  # whoever leaves in the moment in which the thread was opened
        anchor_id=meeting.room_id,
    )
    await outbox.add_once(tx, row)


def _seat_stream(meeting: Meeting, member_id: int) -> str:
    return f"buddy:seat:{meeting.id}:{member_id}"
