"""Members' reminders of events."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import Listed, MemberReminder, is_over, remind_at
from bot.domain.feeds import FeedKind, FeedPlan, FeedState, Style
from bot.domain.outbox import State
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.storage import feeds, sql
from bot.storage.events import listings
from bot.storage.members import lock
from bot.storage.tables import event_posts, event_reminders, members, outbox
from bot.storage.tables import feeds as feed_table


@dataclass(frozen=True, slots=True)
class StoredReminder:
    """A reminder, and the feed with whose messages it goes out."""

    reminder: MemberReminder
    feed_id: int


async def own_feed(tx: AsyncConnection, member_id: int, channel_id: int, now: datetime) -> int:
    """Return the feed of a member's direct reminders, made or put right where it has to be.

    No list shows it, and its number is 0: the numbers are those of the member's subscriptions.
    """
    feed_id = await _feed(tx, member_id)
    if feed_id is None:
        await sql.insert_new(tx, members, [{"id": member_id}])
        await lock(tx, member_id)
        feed_id = await _feed(tx, member_id)  # another reminder may have been set while we waited
    if feed_id is not None:
        await tx.execute(
            update(feed_table)
            .where(feed_table.c.id == feed_id)
            .values(channel_id=channel_id, state=FeedState.ACTIVE, pause_reason=None)
        )
        return feed_id
    plan = FeedPlan(
        None, channel_id, (), "", Style.EACH, 1, Schedule(time(), "UTC", EVERY_DAY),
        member_id=member_id, kind=FeedKind.REMINDERS,
    )  # fmt: skip
    return await feeds.add(tx, plan, number=0, created_by=member_id, now=now, since=now, slot_at=now)


async def _feed(tx: AsyncConnection, member_id: int) -> int | None:
    found: int | None = await tx.scalar(
        select(feed_table.c.id).where(
            feed_table.c.member_id == member_id, feed_table.c.kind == FeedKind.REMINDERS
        )
    )
    return found


async def put(
    tx: AsyncConnection,
    *,
    member_id: int,
    server_id: int,
    event_id: int,
    feed_id: int,
    lead: timedelta,
    by_dm: bool,
    due_at: datetime,
    now: datetime,
) -> None:
    """Store a reminder in place of the member's earlier one of that event."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    await tx.execute(
        delete(event_reminders).where(
            event_reminders.c.member_id == member_id, event_reminders.c.event_id == event_id
        )
    )
    await tx.execute(
        event_reminders.insert().values(
            member_id=member_id,
            server_id=server_id,
            event_id=event_id,
            feed_id=feed_id,
            lead_s=int(lead.total_seconds()),
            by_dm=by_dm,
            due_at=due_at,
            created_at=now,
        )
    )


async def of_member(tx: AsyncConnection, member_id: int) -> list[MemberReminder]:
    """Return a member's reminders that wait, soonest first."""
    rows = await tx.execute(
        select(event_reminders)
        .where(event_reminders.c.member_id == member_id, ~event_reminders.c.is_done)
        .order_by(event_reminders.c.due_at, event_reminders.c.id)
    )
    return [stored.reminder for stored in await _read(tx, rows.all())]


async def followed(tx: AsyncConnection, member_id: int) -> list[Listed]:
    """Return the events that a member asked to be reminded of, whether or not that was done."""
    ids = await tx.scalars(select(event_reminders.c.event_id).where(event_reminders.c.member_id == member_id))
    return list((await listings.by_ids(tx, ids.all())).values())


async def count_waiting(tx: AsyncConnection, member_id: int, *, besides: int) -> int:
    """Return how many reminders of a member wait, that of the event `besides` not counted."""
    return (
        await tx.scalar(
            select(func.count())
            .select_from(event_reminders)
            .where(
                event_reminders.c.member_id == member_id,
                ~event_reminders.c.is_done,
                event_reminders.c.event_id != besides,
            )
        )
        or 0
    )


async def of_event(tx: AsyncConnection, member_id: int, event_id: int) -> MemberReminder | None:
    """Return a member's reminder of an event."""
    rows = await tx.execute(
        select(event_reminders).where(
            event_reminders.c.member_id == member_id, event_reminders.c.event_id == event_id
        )
    )
    found = await _read(tx, rows.all())
    return found[0].reminder if found else None


async def forget(tx: AsyncConnection, member_id: int, event_id: int) -> bool:
    """Delete a reminder; False where there is none."""
    result = await tx.execute(
        delete(event_reminders).where(
            event_reminders.c.member_id == member_id, event_reminders.c.event_id == event_id
        )
    )
    return result.rowcount > 0


async def due(
    tx: AsyncConnection, now: datetime, limit: int, *, after: tuple[datetime, int] | None = None
) -> list[tuple[datetime, int]]:
    """Return the reminders that are due, each with its moment, the longest waiting first, from `after` on."""
    at, id_ = event_reminders.c.due_at, event_reminders.c.id
    rows = await tx.execute(
        select(at, id_)
        .where(~event_reminders.c.is_done, at <= now, *sql.after((at, id_), after))
        .order_by(at, id_)
        .limit(limit)
    )
    return [(row.due_at, row.id) for row in rows]


async def claim_due(tx: AsyncConnection, ids: Sequence[int], now: datetime) -> list[StoredReminder]:
    """Take those of some reminders that are due; they are this transaction's."""
    rows = await tx.execute(
        sql.claimable(
            select(event_reminders)
            .where(event_reminders.c.id.in_(ids), ~event_reminders.c.is_done, event_reminders.c.due_at <= now)
            .order_by(event_reminders.c.due_at, event_reminders.c.id)
        )
    )
    return await _read(tx, rows.all())


async def done(tx: AsyncConnection, reminder_id: int) -> None:
    """Remember that nothing is left to be said for now."""
    await tx.execute(update(event_reminders).where(event_reminders.c.id == reminder_id).values(is_done=True))


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete reminders that were given before `before`; return how many."""
    result = await tx.execute(
        delete(event_reminders).where(event_reminders.c.is_done, event_reminders.c.due_at < before)
    )
    return result.rowcount


async def follow(tx: AsyncConnection, event_ids: Collection[int], now: datetime) -> None:
    """Move reminders with their events; what is off is to be said at once, and only once.

    An event that turned out to be another takes its reminders there.
    """
    joined = [each for each in (await listings.by_ids(tx, event_ids)).values() if each.same_as is not None]
    for each in joined:
        await _move(tx, each.id, each.same_as or 0)
    event_ids = {*event_ids, *(each.same_as or 0 for each in joined)}
    rows = (await tx.execute(select(event_reminders).where(event_reminders.c.event_id.in_(event_ids)))).all()
    for stored in await _read(tx, rows):
        reminder = stored.reminder
        event = reminder.listed.event
        if is_over(event, now):
            continue
        if reminder.listed.is_off:
            due_at, is_done = now, False
        else:
            due_at = remind_at(event, reminder.lead)
            # What was said in time for the earlier date is said again for the later one.
            is_done = reminder.is_done and due_at <= now
        if (due_at, is_done) != (reminder.due_at, reminder.is_done):
            await tx.execute(
                update(event_reminders)
                .where(event_reminders.c.id == reminder.id)
                .values(due_at=due_at, is_done=is_done)
            )


async def _move(tx: AsyncConnection, event_id: int, into: int) -> None:
    """Let the reminders of an event be those of another; who has one of both keeps that of the other."""
    there = select(event_reminders.c.member_id).where(event_reminders.c.event_id == into)
    own = event_reminders.c.event_id == event_id
    await tx.execute(delete(event_reminders).where(own, event_reminders.c.member_id.in_(there)))
    await tx.execute(update(event_reminders).where(own).values(event_id=into))


async def next_due(tx: AsyncConnection) -> datetime | None:
    """Return when the next reminder is due, None where none waits."""
    moment: datetime | None = await tx.scalar(
        select(func.min(event_reminders.c.due_at)).where(~event_reminders.c.is_done)
    )
    return moment


async def latest_post(tx: AsyncConnection, server_id: int, event_id: int) -> tuple[int, int] | None:
    """Return feed and entry of the newest message in a server that shows an event and was not deleted."""
    rows = await tx.execute(
        select(event_posts.c.feed_id, event_posts.c.entry_id, event_posts.c.shown)
        .join(feed_table, feed_table.c.id == event_posts.c.feed_id)
        .join(outbox, outbox.c.id == event_posts.c.entry_id)
        .where(
            feed_table.c.server_id == server_id,
            feed_table.c.state == FeedState.ACTIVE,
            (outbox.c.state != State.SENT) | outbox.c.message_id.is_not(None),
        )
        .order_by(event_posts.c.entry_id.desc())
    )
    for row in rows:
        if any(shown[0] == event_id for shown in row.shown):
            return row.feed_id, row.entry_id
    return None


async def _read(tx: AsyncConnection, rows: Sequence[Row[Any]]) -> list[StoredReminder]:
    found = await listings.by_ids(tx, {row.event_id for row in rows})
    return [
        StoredReminder(
            MemberReminder(
                id=row.id,
                member_id=row.member_id,
                server_id=row.server_id,
                listed=found[row.event_id],
                lead=timedelta(seconds=row.lead_s),
                by_dm=bool(row.by_dm),
                due_at=row.due_at,
                is_done=bool(row.is_done),
            ),
            row.feed_id,
        )
        for row in rows
    ]
