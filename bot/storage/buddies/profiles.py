"""Who takes part in the study buddies of a server, and what they look for."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.buddies.values import (
    Availability,
    Goal,
    GoalKind,
    GroupWish,
    Medium,
    Pace,
    Profile,
    Shown,
)
from bot.domain.meetings.values import Membership, Standing
from bot.domain.questions import Level
from bot.storage import sql
from bot.storage.tables import buddy_profiles, members, servers

_table = buddy_profiles.c


async def get(
    tx: AsyncConnection, server_id: int, member_id: int, *, lock: bool = False
) -> Membership | None:
    """Return somebody's profile in a server, None where they have none; with `lock`, to be stored as a whole."""
    statement = select(buddy_profiles).where(_table.server_id == server_id, _table.member_id == member_id)
    row = (await tx.execute(statement.with_for_update() if lock else statement)).first()
    return _membership(row) if row is not None else None


async def some(tx: AsyncConnection, server_id: int, member_ids: Sequence[int]) -> dict[int, Membership]:
    """Return those profiles of some members that there are."""
    found: dict[int, Membership] = {}
    for start in range(0, len(member_ids), sql.CHUNK):
        rows = await tx.execute(
            select(buddy_profiles).where(
                _table.server_id == server_id, _table.member_id.in_(member_ids[start : start + sql.CHUNK])
            )
        )
        found |= {row.member_id: _membership(row) for row in rows}
    return found


async def taking_part(tx: AsyncConnection, server_id: int, now: datetime) -> list[Membership]:
    """Return everybody who is in and not paused, by id."""
    rows = await tx.execute(
        select(buddy_profiles)
        .where(
            _table.server_id == server_id,
            _table.state == Standing.IN,
            _table.paused_until.is_(None) | (_table.paused_until <= now),
        )
        .order_by(_table.member_id)
    )
    return [_membership(row) for row in rows]


async def count(tx: AsyncConnection, server_id: int) -> dict[Standing, int]:
    """Return how many profiles of each standing a server has."""
    rows = await tx.execute(
        select(_table.state, func.count()).where(_table.server_id == server_id).group_by(_table.state)
    )
    return {Standing(state): number for state, number in rows}


async def put(tx: AsyncConnection, membership: Membership, now: datetime) -> None:
    """Store a profile as a whole."""
    profile = membership.profile
    await sql.insert_new(tx, servers, [{"id": profile.server_id}])
    await sql.insert_new(tx, members, [{"id": profile.member_id}])
    values = _values(membership)
    row = {
        "server_id": profile.server_id,
        "member_id": profile.member_id,
        **values,
        "joined_at": now,
        "updated_at": now,
    }
    await sql.upsert(tx, buddy_profiles, row, [*values, "updated_at"])


async def remove(tx: AsyncConnection, server_id: int, member_id: int) -> bool:
    """Delete somebody's profile; False where there was none."""
    gone = await tx.execute(
        delete(buddy_profiles).where(_table.server_id == server_id, _table.member_id == member_id)
    )
    return gone.rowcount > 0


async def shared_servers(tx: AsyncConnection, one: int, other: int) -> list[int]:
    """Return the servers in which two have a profile, in order."""
    theirs = select(_table.server_id).where(_table.member_id == other)
    rows = await tx.scalars(
        select(_table.server_id)
        .where(_table.member_id == one, _table.server_id.in_(theirs))
        .order_by(_table.server_id)
    )
    return list(rows)


async def set_waited(
    tx: AsyncConnection, server_id: int, matched: Sequence[int], waiting: Sequence[int]
) -> None:
    """Count a round for those who got nobody, and let those who were matched begin anew."""
    for ids, value in ((matched, 0), (waiting, _table.waited + 1)):
        for start in range(0, len(ids), sql.CHUNK):
            chunk = ids[start : start + sql.CHUNK]
            await tx.execute(
                update(buddy_profiles)
                .where(_table.server_id == server_id, _table.member_id.in_(chunk))
                .values(waited=value)
            )


async def set_standing(tx: AsyncConnection, server_id: int, member_id: int, standing: Standing) -> None:
    """Let a profile count, or not, where there is one."""
    await tx.execute(
        update(buddy_profiles)
        .where(_table.server_id == server_id, _table.member_id == member_id, _table.state != Standing.DRAFT)
        .values(state=standing)
    )


async def set_seeking(
    tx: AsyncConnection, server_id: int, member_ids: Sequence[int], until: datetime | None
) -> None:
    """Let some look for another buddy until a moment, or look no more."""
    await tx.execute(
        update(buddy_profiles)
        .where(_table.server_id == server_id, _table.member_id.in_(member_ids))
        .values(seeking_until=until)
    )


async def seekers(tx: AsyncConnection, now: datetime) -> dict[int, list[Membership]]:
    """Return by server who looks for another buddy, and who waits because the last round had nobody for them.

    Only servers in which somebody looks are there; those who wait are asked for nothing by themselves.
    """
    seeking = select(_table.server_id).where(_table.seeking_until > now).distinct()
    rows = await tx.execute(
        select(buddy_profiles)
        .where(
            _table.server_id.in_(seeking),
            _table.state == Standing.IN,
            (_table.seeking_until > now) | (_table.waited > 0),
            _table.paused_until.is_(None) | (_table.paused_until <= now),
        )
        .order_by(_table.server_id, _table.member_id)
    )
    found: dict[int, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.server_id, []).append(_membership(row))
    return found


def _values(membership: Membership) -> dict[str, Any]:
    profile = membership.profile
    goal = profile.goal
    return {
        "state": membership.standing,
        "zone": profile.availability.zone,
        "hours": profile.availability.to_text(),
        "body": {
            "learning": sorted(profile.learning),
            "offers": sorted(profile.offers),
            "level": profile.level,
            "goal": [goal.kind, goal.about] if goal else None,
            "weekly_hours": profile.weekly_hours,
            "languages": sorted(profile.languages),
            "pace": profile.pace,
            "group": profile.group,
            "medium": profile.medium,
            "shows": sorted(profile.shows),
        },
        "paused_until": profile.paused_until,
        "findable": membership.findable,
        "dm_channel_id": membership.dm_channel_id,
        "waited": membership.waited,
        "seeking_until": membership.seeking_until,
    }


def _membership(row: Row[Any]) -> Membership:
    body = row.body
    goal, level = body.get("goal"), body.get("level")
    default = Profile(row.server_id, row.member_id, Availability.from_text(row.zone, row.hours))
    profile = replace(
        default,
        learning=frozenset(body.get("learning", ())),
        offers=frozenset(body.get("offers", ())),
        level=Level(level) if level is not None else None,
        goal=Goal(GoalKind(goal[0]), goal[1]) if goal else None,
        weekly_hours=body.get("weekly_hours", default.weekly_hours),
        languages=frozenset(body.get("languages", default.languages)),
        pace=Pace(body.get("pace", default.pace)),
        group=GroupWish(body.get("group", default.group)),
        medium=Medium(body.get("medium", default.medium)),
        shows=frozenset(Shown(each) for each in body.get("shows", default.shows)),
        paused_until=row.paused_until,
    )
    return Membership(
        profile,
        Standing(row.state),
        findable=bool(row.findable),
        dm_channel_id=row.dm_channel_id,
        waited=row.waited,
        seeking_until=row.seeking_until,
    )
