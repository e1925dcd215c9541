"""Opens and closes meetings: what is kept and what is said of it are written together, by whoever decides it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.buddies.icebreakers import Session
from bot.domain.buddies.values import Profile, Reason
from bot.domain.digests import Rendered
from bot.domain.meetings.stages import SEEK_AT_LEAST, moments
from bot.domain.meetings.texts import Introduction, MeetingTexts
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, SeatState, Stage
from bot.domain.outbox import Action
from bot.storage import outbox
from bot.storage.buddies import meetings, profiles

_SHUT: Final = Rendered({"archived": True}, "", action=Action.SHUT)


@dataclass(frozen=True, slots=True)
class Company:
    """People who are to be put together, and what can be said about them."""

    members: tuple[int, ...]
    profiles: Mapping[int, Profile]
    reasons: Sequence[Reason]
    times: Sequence[datetime]
    icebreakers: Sequence[str]
    session: Session
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Occasion:
    """Where and for how long they are put together."""

    server_id: int
    feed_id: int
    channel_id: int
    private: bool
    kind: MeetingKind
    opened_at: datetime
    ends_at: datetime
    round_id: int | None = None


async def open_meeting(
    tx: AsyncConnection, texts: MeetingTexts, company: Company, occasion: Occasion, now: datetime
) -> Meeting:
    """Store a meeting, and what opens its thread, seats its members and introduces them."""
    meeting_id = await meetings.add(
        tx,
        server_id=occasion.server_id,
        feed_id=occasion.feed_id,
        round_id=occasion.round_id,
        kind=occasion.kind,
        channel_id=occasion.channel_id,
        members=company.members,
        times=company.times,
        weight=company.weight,
        opened_at=occasion.opened_at,
        ends_at=occasion.ends_at,
        next_at=moments(occasion.opened_at, occasion.ends_at)[Stage.KICKOFF],
    )
    meeting = await meetings.get(tx, meeting_id)
    assert meeting is not None
    introduction = Introduction(
        meeting, company.profiles, company.reasons, company.icebreakers, company.session, occasion.private
    )
    room = texts.room(meeting, private=occasion.private)
    first = (texts.introduction(introduction), texts.poll(meeting))
    await _open_room(tx, meeting, room, first, channel_id=occasion.channel_id, now=now)
    opened = await meetings.get(tx, meeting_id)
    assert opened is not None
    return opened


async def reopen(
    tx: AsyncConnection, texts: MeetingTexts, meeting: Meeting, channel_id: int, now: datetime
) -> None:
    """Open the thread of a meeting in another channel: the one it was meant for is gone."""
    known = await outbox.by_ids(tx, [id_ for id_ in (meeting.room_id, meeting.intro_id) if id_ is not None])
    room, intro = known.get(meeting.room_id or 0), known.get(meeting.intro_id or 0)
    if room is None or intro is None:
        return
    again = Rendered(json.loads(room.payload), room.marker, action=Action.ROOM)
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
        await put(seat, f"buddy:seat:{meeting.id}:{member_id}", room_id)
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
    member_id: int,
    state: SeatState,
    now: datetime,
) -> None:
    """Take somebody out of an open meeting. The others are told that they are fewer, and never why."""
    await meetings.change_seat(tx, meeting.id, member_id, state=state, poke_until=None)
    after = await meetings.get(tx, meeting.id)
    assert after is not None
    others = after.member_ids
    unseat = Rendered({"user_id": str(member_id)}, "", action=Action.UNSEAT)
    await say(tx, after, f"unseat:{member_id}", unseat, now)
    if len(others) > 1:
        await say(tx, after, f"fewer:{member_id}", texts.fewer(after), now)
        return
    until = after.ends_at - SEEK_AT_LEAST
    seeking = until > now and bool(others)
    if seeking:
        await profiles.set_seeking(tx, after.server_id, others, until)
    by = Ended.GONE if state is SeatState.GONE else Ended.LEFT
    await end_meeting(tx, after, by, texts.alone(after, seeking=seeking), now)
