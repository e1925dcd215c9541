"""Meetings, and who sits in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.buddies.values import History
from bot.domain.feeds import FeedState
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, Seat, SeatState, Stage
from bot.domain.outbox import State
from bot.storage import sql
from bot.storage.tables import buddy_meetings, buddy_profiles, buddy_seats, feeds, outbox

_table, _seat = buddy_meetings.c, buddy_seats.c
_OPEN, _ENDED = "open", "ended"


async def add_all(
    tx: AsyncConnection,
    groups: Sequence[tuple[Sequence[int], int]],
    *,
    server_id: int,
    feed_id: int,
    round_id: int | None,
    kind: MeetingKind,
    channel_id: int,
    opened_at: datetime,
    ends_at: datetime,
    next_at: datetime,
) -> None:
    """Store meetings and the seats in them, for groups of members, each with its weight."""
    if not groups:
        return
    common: dict[str, Any] = {
        "server_id": server_id,
        "feed_id": feed_id,
        "round_id": round_id,
        "kind": kind,
        "state": _OPEN,
        "stage": Stage.KICKOFF,
        "next_at": next_at,
        "channel_id": channel_id,
        "times": [],
        "opened_at": opened_at,
        "ends_at": ends_at,
    }
    added = await tx.execute(
        buddy_meetings.insert().returning(_table.id, sort_by_parameter_order=True),
        [common | {"weight": weight} for _, weight in groups],
    )
    await tx.execute(
        buddy_seats.insert(),
        [
            {"meeting_id": row.id, "member_id": member, "state": SeatState.IN, "votes": []}
            for row, (members, _) in zip(added, groups, strict=True)
            for member in members
        ],
    )


async def unopened(tx: AsyncConnection, limit: int, *, after: int) -> list[Meeting]:
    """Return open meetings for which no thread is on its way yet, the oldest first, those `after` an id."""
    rows = await tx.execute(
        select(buddy_meetings)
        .where(
            _table.state == _OPEN,
            _table.room_id.is_(None),
            _table.feed_id.is_not(None),
            _table.id > after,
        )
        .order_by(_table.id)
        .limit(limit)
    )
    return await _read(tx, rows.all())


async def close_rounds(tx: AsyncConnection, server_id: int, now: datetime) -> None:
    """Let every meeting of a round, or of a rematch in it, be looked at now as one whose time is over.

    All open ones are locked first, in their order: what is done in any of them at this moment comes before.
    """
    open_ones = select(_table.id).where(_table.server_id == server_id, _table.state == _OPEN)
    await tx.execute(open_ones.order_by(_table.id).with_for_update())
    await tx.execute(
        update(buddy_meetings)
        .where(_table.server_id == server_id, _table.state == _OPEN, _table.kind != MeetingKind.FIND)
        .values(stage=Stage.CLOSE, next_at=now, remind_at=None)
    )


async def get(tx: AsyncConnection, meeting_id: int, *, lock: bool = False) -> Meeting | None:
    """Return a meeting; with `lock`, two presses at once come one after the other."""
    statement = select(buddy_meetings).where(_table.id == meeting_id)
    rows = (await tx.execute(statement.with_for_update() if lock else statement)).all()
    found = await _read(tx, rows)
    return found[0] if found else None


async def change(tx: AsyncConnection, meeting_id: int, **values: Any) -> None:
    """Set columns of a meeting."""
    await tx.execute(update(buddy_meetings).where(_table.id == meeting_id).values(**values))


async def change_seat(tx: AsyncConnection, meeting_id: int, member_id: int, **values: Any) -> None:
    """Set columns of somebody's seat."""
    await tx.execute(
        update(buddy_seats)
        .where(_seat.meeting_id == meeting_id, _seat.member_id == member_id)
        .values(**values)
    )


async def end(tx: AsyncConnection, meeting_id: int, by: Ended, now: datetime) -> None:
    """Remember that a meeting is over."""
    await change(tx, meeting_id, state=_ENDED, ended_at=now, ended_by=by, remind_at=None)
    await tx.execute(update(buddy_seats).where(_seat.meeting_id == meeting_id).values(poke_until=None))


async def due(tx: AsyncConnection, now: datetime, limit: int, *, without: Collection[int] = ()) -> list[int]:
    """Return the open meetings whose next moment, reminder or answer has come, of feeds that speak."""
    # A feed that is paused says nothing; its meetings are looked at when it goes on.
    speaking = select(feeds.c.id).where(feeds.c.state == FeedState.ACTIVE)
    poked = select(_seat.meeting_id).where(_seat.poke_until <= now)
    rows = await tx.scalars(
        select(_table.id)
        .where(
            _table.state == _OPEN,
            _table.feed_id.in_(speaking),
            _table.id.not_in(without),
            (_table.next_at <= now) | (_table.remind_at <= now) | _table.id.in_(poked),
        )
        .order_by(_table.next_at, _table.id)
        .limit(limit)
    )
    return list(rows)


async def next_due(tx: AsyncConnection) -> datetime | None:
    """Return when a meeting is looked at next, None where none is open."""
    speaking = select(feeds.c.id).where(feeds.c.state == FeedState.ACTIVE)
    moments: list[datetime | None] = [
        await tx.scalar(select(func.min(column)).where(_table.state == _OPEN, _table.feed_id.in_(speaking)))
        for column in (_table.next_at, _table.remind_at)
    ]
    moments.append(
        await tx.scalar(
            select(func.min(_seat.poke_until))
            .join(buddy_meetings, _table.id == _seat.meeting_id)
            .where(_table.state == _OPEN, _table.feed_id.in_(speaking))
        )
    )
    return min((moment for moment in moments if moment is not None), default=None)


async def without_a_room(tx: AsyncConnection, limit: int) -> list[tuple[int, int | None]]:
    """Return open meetings that know no thread and whose entry for it is done, with the thread's id."""
    rows = await tx.execute(
        select(_table.id, outbox.c.message_id)
        .join(outbox, outbox.c.id == _table.room_id)
        .where(_table.state == _OPEN, _table.thread_id.is_(None), outbox.c.state == State.SENT)
        .order_by(_table.id)
        .limit(limit)
    )
    return [(row.id, row.message_id) for row in rows]


async def open_of(
    tx: AsyncConnection, server_id: int, member_ids: Iterable[int] | None = None, *, lock: bool = False
) -> list[Meeting]:
    """Return a server's open meetings, all or those in which some people sit, the oldest first, perhaps locked."""
    statement = select(buddy_meetings).where(_table.server_id == server_id, _table.state == _OPEN)
    if member_ids is not None:
        seats = select(_seat.meeting_id).where(
            _seat.member_id.in_(list(member_ids)), _seat.state == SeatState.IN
        )
        statement = statement.where(_table.id.in_(seats))
    statement = statement.order_by(_table.id)
    rows = (await tx.execute(statement.with_for_update() if lock else statement)).all()
    return await _read(tx, rows)


async def open_with(tx: AsyncConnection, member_id: int) -> list[Meeting]:
    """Return the open meetings in which somebody sits, in every server, locked."""
    seats = select(_seat.meeting_id).where(_seat.member_id == member_id, _seat.state == SeatState.IN)
    rows = await tx.execute(
        select(buddy_meetings)
        .where(_table.state == _OPEN, _table.id.in_(seats))
        .order_by(_table.id)
        .with_for_update()
    )
    return await _read(tx, rows.all())


async def count_open(tx: AsyncConnection, server_id: int) -> int:
    """Return how many meetings of a server are under way."""
    found = await tx.scalar(
        select(func.count())
        .select_from(buddy_meetings)
        .where(_table.server_id == server_id, _table.state == _OPEN)
    )
    return found or 0


async def shared(tx: AsyncConnection, one: int, other: int) -> list[Meeting]:
    """Return the open meetings in which two people sit, in whatever server, locked."""
    both = (
        select(_seat.meeting_id)
        .where(_seat.member_id.in_((one, other)), _seat.state == SeatState.IN)
        .group_by(_seat.meeting_id)
        .having(func.count() == 2)
    )
    rows = await tx.execute(
        select(buddy_meetings)
        .where(_table.state == _OPEN, _table.id.in_(both))
        .order_by(_table.id)
        .with_for_update()
    )
    return await _read(tx, rows.all())


async def of_member(tx: AsyncConnection, server_id: int, member_id: int, limit: int) -> list[Meeting]:
    """Return somebody's meetings in a server, the newest first."""
    seats = select(_seat.meeting_id).where(_seat.member_id == member_id)
    rows = await tx.execute(
        select(buddy_meetings)
        .where(_table.server_id == server_id, _table.id.in_(seats))
        .order_by(_table.id.desc())
        .limit(limit)
    )
    return await _read(tx, rows.all())


async def history(
    tx: AsyncConnection,
    server_id: int,
    since: datetime,
    *,
    before: datetime | None = None,
    members: Sequence[int] | None = None,
) -> History:
    """Return who met whom in a server since a moment, who asked for it again, and who waits.

    Up to another moment where one is given, and of some members alone where they are.
    """
    statement = select(buddy_meetings).where(_table.server_id == server_id, _table.opened_at >= since)
    if before is not None:
        statement = statement.where(_table.opened_at < before)
    if members is not None:
        statement = statement.where(
            _table.id.in_(select(_seat.meeting_id).where(_seat.member_id.in_(members)))
        )
    rows = await tx.execute(statement.order_by(_table.id))
    found = await _read(tx, rows.all())
    waited = await tx.execute(
        select(buddy_profiles.c.member_id, buddy_profiles.c.waited).where(
            buddy_profiles.c.server_id == server_id, buddy_profiles.c.waited > 0
        )
    )
    groups = [([seat.member_id for seat in each.seats], each.opened_at.date()) for each in found]
    counts = {row.member_id: row.waited for row in waited}
    return History.of(groups, waited=counts, again=_again(found))


async def begun_with(
    tx: AsyncConnection, server_id: int, since: datetime, members: Sequence[int]
) -> list[tuple[frozenset[int], tuple[str, ...]]]:
    """Return what meetings in which some members sat began with, by ids, and who sat there."""
    sat = select(_seat.meeting_id).where(_seat.member_id.in_(members))
    rows = await tx.execute(
        select(_table.id, _table.openers, _seat.member_id)
        .join(buddy_seats, _seat.meeting_id == _table.id)
        .where(_table.server_id == server_id, _table.opened_at >= since, _table.id.in_(sat))
        .order_by(_table.id)
    )
    found: dict[int, tuple[set[int], tuple[str, ...]]] = {}
    for row in rows:
        found.setdefault(row.id, (set(), tuple(row.openers)))[0].add(row.member_id)
    return [(frozenset(people), openers) for people, openers in found.values() if openers]


def _again(found: Sequence[Meeting]) -> list[tuple[int, int]]:
    """Return the pairs who both asked for another round, of those whose last meeting it was."""
    last: dict[int, int] = {}
    for meeting in found:  # the oldest first
        last |= {seat.member_id: meeting.id for seat in meeting.seats}
    return [
        (one.member_id, other.member_id)
        for meeting in found
        for place, one in enumerate(meeting.present)
        for other in meeting.present[place + 1 :]
        if one.again and other.again and last[one.member_id] == last[other.member_id] == meeting.id
    ]


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Forget the meetings that ended before a moment."""
    gone = await tx.execute(delete(buddy_meetings).where(_table.state == _ENDED, _table.ended_at < before))
    return gone.rowcount


async def _read(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[Meeting]:
    seats: dict[int, list[Seat]] = {row.id: [] for row in rows}
    ids = list(seats)
    for start in range(0, len(ids), sql.CHUNK):
        found = await tx.execute(
            select(buddy_seats)
            .where(_seat.meeting_id.in_(ids[start : start + sql.CHUNK]))
            .order_by(_seat.member_id)
        )
        for seat in found:
            seats[seat.meeting_id].append(_to_seat(seat))
    return [_meeting(row, seats) for row in rows]


def _meeting(row: Row[Any], seats: Mapping[int, Sequence[Seat]]) -> Meeting:
    return Meeting(
        id=row.id,
        server_id=row.server_id,
        feed_id=row.feed_id,
        round_id=row.round_id,
        kind=MeetingKind(row.kind),
        is_open=row.state == _OPEN,
        stage=Stage(row.stage),
        next_at=row.next_at,
        channel_id=row.channel_id,
        room_id=row.room_id,
        intro_id=row.intro_id,
        thread_id=row.thread_id,
        times=tuple(datetime.fromisoformat(moment) for moment in row.times),
        agreed=row.agreed,
        remind_at=row.remind_at,
        opened_at=row.opened_at,
        ends_at=row.ends_at,
        ended_at=row.ended_at,
        ended_by=Ended(row.ended_by) if row.ended_by else None,
        seats=tuple(seats[row.id]),
    )


def _to_seat(row: Row[Any]) -> Seat:
    return Seat(
        member_id=row.member_id,
        state=SeatState(row.state),
        pressed_at=row.pressed_at,
        votes=frozenset(row.votes),
        met=row.met,
        again=row.again,
        poke_until=row.poke_until,
        poked=bool(row.poked),
    )
