"""Feeds and the servers they belong to."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time
from typing import Any

from sqlalchemy import ColumnElement, Row, case, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.event_sources import calendar_key, event_source, read_sources
from bot.domain.feeds import EVENT_KINDS, Feed, FeedKind, FeedPlan, FeedState, Style
from bot.domain.schedule import Schedule
from bot.domain.server_settings import Module
from bot.storage import feed_options, server_settings, sql
from bot.storage.tables import calendars, feed_categories, feed_sources, feeds, members, servers
from bot.storage.types import UTCDateTime


async def take_number(tx: AsyncConnection, server_id: int | None = None, member_id: int | None = None) -> int:
    """Return the next feed number of a server or of a member; a number is never used again."""
    owners, owner_id = (servers, server_id) if server_id is not None else (members, member_id)
    await sql.insert_new(tx, owners, [{"id": owner_id}])
    number = await tx.scalar(
        update(owners)
        .where(owners.c.id == owner_id)
        .values(last_feed_number=owners.c.last_feed_number + 1)
        .returning(owners.c.last_feed_number)
    )
    assert isinstance(number, int)
    return number


async def server_zone(tx: AsyncConnection, server_id: int) -> str | None:
    """Return the zone that moderators set for the server, else the one that was last chosen for a feed."""
    settings = await server_settings.read(tx, server_id, Module.SERVER)
    if settings is not None and settings.get("zone"):
        return str(settings["zone"])
    zone: str | None = await tx.scalar(select(servers.c.zone).where(servers.c.id == server_id))
    return zone


async def set_server_zone(tx: AsyncConnection, server_id: int, zone: str) -> None:
    """Remember a server's zone."""
    await tx.execute(update(servers).where(servers.c.id == server_id).values(zone=zone))


async def add(
    tx: AsyncConnection,
    plan: FeedPlan,
    *,
    number: int,
    created_by: int,
    now: datetime,
    since: datetime,
    slot_at: datetime,
) -> int:
    """Store a new feed and return its id."""
    feed_id = await tx.scalar(
        feeds.insert()
        .values(
            **_columns(plan),
            server_id=plan.server_id,
            member_id=plan.member_id,
            number=number,
            kind=plan.kind,
            state=FeedState.ACTIVE,
            created_by=created_by,
            created_at=now,
            state_changed_at=now,
            since=since,
            slot_at=slot_at,
            next_run_at=slot_at,
        )
        .returning(feeds.c.id)
    )
    assert isinstance(feed_id, int)
    await _add_categories(tx, feed_id, plan)
    await _add_sources(tx, feed_id, plan)
    return feed_id


async def change(tx: AsyncConnection, feed_id: int, plan: FeedPlan) -> None:
    """Give a feed another plan; its owner and its number stay."""
    await tx.execute(update(feeds).where(feeds.c.id == feed_id).values(**_columns(plan)))
    for table in (feed_categories, feed_sources):
        await tx.execute(table.delete().where(table.c.feed_id == feed_id))
    await _add_categories(tx, feed_id, plan)
    await _add_sources(tx, feed_id, plan)


async def _add_categories(tx: AsyncConnection, feed_id: int, plan: FeedPlan) -> None:
    rows = [
        {"feed_id": feed_id, "category": category, "position": position}
        for position, category in enumerate(plan.categories)
    ]
    if rows:
        await tx.execute(feed_categories.insert(), rows)


async def _add_sources(tx: AsyncConnection, feed_id: int, plan: FeedPlan) -> None:
    if plan.events is None:
        return
    keys = dict.fromkeys((event_source(plan), *read_sources(plan)))
    await tx.execute(feed_sources.insert(), [{"feed_id": feed_id, "source": key} for key in keys])
    if plan.kind is FeedKind.MEETUPS:
        url = plan.events.url
        row = {"key": calendar_key(url), "url": url, "zone": plan.schedule.zone}
        await sql.insert_new(tx, calendars, [row])


async def by_server(tx: AsyncConnection, server_id: int) -> list[Feed]:
    """Return a server's feeds that are not removed, by number."""
    return await _standing(tx, feeds.c.server_id == server_id, feeds.c.kind != FeedKind.LIVE)


async def by_member(tx: AsyncConnection, member_id: int) -> list[Feed]:
    """Return a member's own feeds that are not removed, by number."""
    return await _standing(tx, feeds.c.member_id == member_id, feeds.c.kind != FeedKind.REMINDERS)


async def of_member(tx: AsyncConnection, member_id: int) -> list[Feed]:
    """Return everything that writes to a member, that of their reminders as well, by number."""
    return await _standing(tx, feeds.c.member_id == member_id)


async def _standing(tx: AsyncConnection, *where: ColumnElement[bool]) -> list[Feed]:
    rows = await tx.execute(
        select(feeds).where(*where, feeds.c.state != FeedState.REMOVED).order_by(feeds.c.number)
    )
    return await _read(tx, rows.all())


async def by_number(
    tx: AsyncConnection, server_id: int | None, number: int, *, member_id: int | None = None
) -> Feed | None:
    """Return one feed of a server or of a member, removed ones included."""
    owner = feeds.c.server_id == server_id if server_id is not None else feeds.c.member_id == member_id
    hidden = feeds.c.kind == FeedKind.LIVE
    rows = await tx.execute(select(feeds).where(owner, feeds.c.number == number, ~hidden))
    found = await _read(tx, rows.all())
    return found[0] if found else None


async def by_id(tx: AsyncConnection, feed_id: int) -> Feed | None:
    """Return one feed."""
    rows = await tx.execute(select(feeds).where(feeds.c.id == feed_id))
    found = await _read(tx, rows.all())
    return found[0] if found else None


async def due(
    tx: AsyncConnection,
    now: datetime,
    limit: int,
    *,
    kinds: Sequence[FeedKind] = (FeedKind.PAPERS,),
    after: tuple[datetime, int] | None = None,
) -> list[tuple[datetime, int]]:
    """Return when and which feeds of some kinds are due, the longest waiting first, from the one `after` on."""
    rows = await tx.execute(
        select(feeds.c.next_run_at, feeds.c.id)
        .where(
            feeds.c.state == FeedState.ACTIVE,
            feeds.c.next_run_at <= now,
            feeds.c.kind.in_(kinds),
            *sql.after((feeds.c.next_run_at, feeds.c.id), after),
        )
        .order_by(feeds.c.next_run_at, feeds.c.id)
        .limit(limit)
    )
    return [(row.next_run_at, row.id) for row in rows]


async def wake(tx: AsyncConnection, server_id: int, now: datetime) -> None:
    """Let slots of a server that were put off be looked at now: something has changed there."""
    await tx.execute(update(feeds).where(*_put_off(server_id, now)).values(next_run_at=now))


async def has_put_off(tx: AsyncConnection, server_id: int, now: datetime) -> bool:
    """Whether `wake` would change anything."""
    return await tx.scalar(select(feeds.c.id).where(*_put_off(server_id, now)).limit(1)) is not None


async def put_off_servers(tx: AsyncConnection, now: datetime) -> set[int]:
    """Return the servers for which `wake` would change anything."""
    rows = await tx.scalars(
        select(feeds.c.server_id)
        .where(
            feeds.c.server_id.is_not(None),
            feeds.c.state == FeedState.ACTIVE,
            feeds.c.slot_at <= now,
            feeds.c.next_run_at > now,
        )
        .distinct()
    )
    return set(rows)


async def claim_one_due(tx: AsyncConnection, feed_id: int, now: datetime) -> Feed | None:
    """Lock a feed if it is still due and no other process has it; else return None."""
    rows = await tx.execute(
        sql.claimable(
            select(feeds).where(
                feeds.c.id == feed_id, feeds.c.state == FeedState.ACTIVE, feeds.c.next_run_at <= now
            )
        )
    )
    found = await _read(tx, rows.all())
    return found[0] if found else None


async def claim_due(tx: AsyncConnection, feed_ids: Sequence[int], now: datetime) -> list[Feed]:
    """Lock those of some feeds that are still due and that no other process has, the longest waiting first."""
    rows = await tx.execute(
        sql.claimable(
            select(feeds)
            .where(feeds.c.id.in_(feed_ids), feeds.c.state == FeedState.ACTIVE, feeds.c.next_run_at <= now)
            .order_by(feeds.c.next_run_at, feeds.c.id)
        )
    )
    return await _read(tx, rows.all())


async def next_run(tx: AsyncConnection) -> datetime | None:
    """Return when the next feed is due, None where there is none."""
    moment: datetime | None = await tx.scalar(
        select(func.min(feeds.c.next_run_at)).where(
            feeds.c.state == FeedState.ACTIVE, feeds.c.kind.not_in((FeedKind.REMINDERS, FeedKind.LIVE))
        )
    )
    return moment


async def postpone(tx: AsyncConnection, feed_id: int, until: datetime, *, since: datetime) -> None:
    """Look at the feed's slot again at `until`, for items first seen after `since`."""
    await tx.execute(update(feeds).where(feeds.c.id == feed_id).values(next_run_at=until, since=since))


async def advance(
    tx: AsyncConnection, feed_id: int, *, since: datetime, slot_at: datetime, ran_at: datetime
) -> None:
    """Move a feed on to its next slot."""
    await tx.execute(
        update(feeds)
        .where(feeds.c.id == feed_id)
        .values(since=since, slot_at=slot_at, next_run_at=slot_at, last_run_at=ran_at)
    )


async def set_state(
    tx: AsyncConnection,
    feed_id: int,
    state: FeedState,
    *,
    now: datetime,
    reason: str | None = None,
) -> None:
    """Pause, resume, remove or restore a feed."""
    await tx.execute(
        update(feeds)
        .where(feeds.c.id == feed_id)
        .values(state=state, pause_reason=reason, state_changed_at=now)
    )


async def reschedule(tx: AsyncConnection, feed_id: int, *, since: datetime, slot_at: datetime) -> None:
    """Let a feed start again from now. One of events is looked at at once: it has more moments than its slots."""
    next_run_at = case((feeds.c.kind.in_(EVENT_KINDS), literal(since, UTCDateTime())), else_=slot_at)
    await tx.execute(
        update(feeds)
        .where(feeds.c.id == feed_id)
        .values(since=since, slot_at=slot_at, next_run_at=next_run_at)
    )


async def reading(tx: AsyncConnection, categories: Sequence[str]) -> list[Feed]:
    """Return the active feeds that read one of these categories, the oldest first."""
    ids = select(feed_categories.c.feed_id).where(feed_categories.c.category.in_(categories))
    rows = await tx.execute(
        select(feeds).where(feeds.c.id.in_(ids), feeds.c.state == FeedState.ACTIVE).order_by(feeds.c.id)
    )
    return await _read(tx, rows.all())


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete what was removed before `before` and can be brought back no more; return how many feeds."""
    result = await tx.execute(
        feeds.delete().where(feeds.c.state == FeedState.REMOVED, feeds.c.state_changed_at < before)
    )
    return result.rowcount


async def wanted_categories(tx: AsyncConnection) -> list[str]:
    """Return the categories that at least one active feed reads."""
    rows = await tx.scalars(
        select(feed_categories.c.category)
        .join(feeds, feeds.c.id == feed_categories.c.feed_id)
        .where(feeds.c.state == FeedState.ACTIVE)
        .distinct()
        .order_by(feed_categories.c.category)
    )
    return list(rows)


def _put_off(server_id: int, now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        feeds.c.server_id == server_id,
        feeds.c.state == FeedState.ACTIVE,
        feeds.c.slot_at <= now,
        feeds.c.next_run_at > now,
    )


def _columns(plan: FeedPlan) -> dict[str, Any]:
    schedule = plan.schedule
    return {
        "channel_id": plan.channel_id,
        "query": plan.query,
        "style": plan.style,
        "max_items": plan.limit,
        "time": schedule.time.strftime("%H:%M"),
        "zone": schedule.zone,
        "days": "".join(str(day) for day in sorted(schedule.days)),
        "options": feed_options.stored(plan),
    }


async def _read(tx: AsyncConnection, rows: Iterable[Row[Any]]) -> list[Feed]:
    found = list(rows)
    categories: dict[int, list[str]] = {row.id: [] for row in found}
    if found:
        pairs = await tx.execute(
            select(feed_categories.c.feed_id, feed_categories.c.category)
            .where(feed_categories.c.feed_id.in_(categories))
            .order_by(feed_categories.c.position)
        )
        for feed_id, category in pairs:
            categories[feed_id].append(category)
    return [_feed(row, tuple(categories[row.id])) for row in found]


def _feed(row: Row[Any], categories: tuple[str, ...]) -> Feed:
    kind = FeedKind(row.kind)
    plan = FeedPlan(
        server_id=row.server_id,
        channel_id=row.channel_id,
        categories=categories,
        query=row.query,
        style=Style(row.style),
        limit=row.max_items,
        schedule=Schedule(time.fromisoformat(row.time), row.zone, frozenset(map(int, row.days))),
        options=feed_options.paper_options(kind, row.options),
        member_id=row.member_id,
        kind=kind,
        events=feed_options.event_options(kind, row.options),
        quiz=feed_options.quiz_options(kind, row.options),
    )
    return Feed(
        id=row.id,
        number=row.number,
        plan=plan,
        state=FeedState(row.state),
        pause_reason=row.pause_reason,
        created_at=row.created_at,
        since=row.since,
        slot_at=row.slot_at,
        next_run_at=row.next_run_at,
        last_run_at=row.last_run_at,
    )
