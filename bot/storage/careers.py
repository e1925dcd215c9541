"""Rows of what servers and members add to the careers: Discord roles, own roles, links, kept skills."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.server_careers import RoleLink
from bot.storage import members, sql
from bot.storage.tables import member_skills, role_links, server_careers, servers
from bot.storage.tables import members as people


@dataclass(frozen=True, slots=True)
class Addition:
    """Something a server has added; `kind` is role or link."""

    id: int
    kind: str
    definition: Mapping[str, Any]


async def lock_server(tx: AsyncConnection, server_id: int) -> None:
    """Make sure of a server's row, and let what is done for it at once happen one after the other."""
    await sql.insert_new(tx, servers, [{"id": server_id}])
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())


async def links(tx: AsyncConnection, server_id: int) -> list[RoleLink]:
    """Return a server's Discord roles, in the order in which they were added."""
    rows = await tx.execute(
        select(role_links)
        .where(role_links.c.server_id == server_id)
        .order_by(role_links.c.created_at, role_links.c.discord_role_id)
    )
    return [RoleLink(row.discord_role_id, row.kind, row.target) for row in rows]


async def add_link(tx: AsyncConnection, server_id: int, link: RoleLink, *, by: int, now: datetime) -> None:
    """Add a Discord role; both it and what it stands for must be new to the server."""
    await tx.execute(
        insert(role_links).values(
            server_id=server_id,
            discord_role_id=link.discord_role_id,
            kind=link.kind,
            target=link.target,
            created_by=by,
            created_at=now,
        )
    )


async def remove_link(tx: AsyncConnection, server_id: int, discord_role_id: int) -> bool:
    """Remove a Discord role; False where there was none."""
    result = await tx.execute(
        delete(role_links).where(
            role_links.c.server_id == server_id, role_links.c.discord_role_id == discord_role_id
        )
    )
    return result.rowcount > 0


async def additions(tx: AsyncConnection, server_id: int) -> list[Addition]:
    """Return what a server has added, the oldest first."""
    rows = await tx.execute(
        select(server_careers).where(server_careers.c.server_id == server_id).order_by(server_careers.c.id)
    )
    return [Addition(row.id, row.kind, row.definition) for row in rows]


async def additions_of(tx: AsyncConnection, server_ids: Collection[int]) -> dict[int, list[Addition]]:
    """Return what each of these servers has added, the oldest first."""
    rows = await tx.execute(
        select(server_careers).where(server_careers.c.server_id.in_(server_ids)).order_by(server_careers.c.id)
    )
    found: dict[int, list[Addition]] = {server_id: [] for server_id in server_ids}
    for row in rows:
        found[row.server_id].append(Addition(row.id, row.kind, row.definition))
    return found


async def add(
    tx: AsyncConnection, server_id: int, kind: str, definition: Mapping[str, Any], *, by: int, now: datetime
) -> int:
    """Add something and return its id."""
    result = await tx.execute(
        insert(server_careers)
        .values(server_id=server_id, kind=kind, definition=dict(definition), created_by=by, created_at=now)
        .returning(server_careers.c.id)
    )
    return int(result.scalar_one())


async def remove(tx: AsyncConnection, server_id: int, addition_id: int) -> bool:
    """Remove something a server has added; False where there was nothing."""
    result = await tx.execute(
        delete(server_careers).where(
            server_careers.c.server_id == server_id, server_careers.c.id == addition_id
        )
    )
    return result.rowcount > 0


async def kept(tx: AsyncConnection, member_id: int) -> dict[str, int]:
    """Return the skills a member keeps, with how well they know each."""
    rows = await tx.execute(
        select(member_skills.c.skill, member_skills.c.grasp).where(member_skills.c.member_id == member_id)
    )
    return {row.skill: row.grasp for row in rows}


async def keep(tx: AsyncConnection, member_id: int, grasps: Mapping[str, int], now: datetime) -> None:
    """Keep these skills and no others."""
    await sql.insert_new(tx, people, [{"id": member_id}])
    await members.lock(tx, member_id)
    await forget(tx, member_id)
    rows = [
        {"member_id": member_id, "skill": skill, "grasp": int(grasp), "kept_at": now}
        for skill, grasp in sorted(grasps.items())
    ]
    if rows:
        await tx.execute(insert(member_skills), rows)


async def forget(tx: AsyncConnection, member_id: int) -> int:
    """Delete the skills a member keeps; returns how many there were."""
    count = await tx.scalar(
        select(func.count()).select_from(member_skills).where(member_skills.c.member_id == member_id)
    )
    await tx.execute(delete(member_skills).where(member_skills.c.member_id == member_id))
    return count or 0
