"""People who asked for something that must be kept."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import members


async def lock(tx: AsyncConnection, member_id: int) -> None:
    """Let what two presses of one member do at once happen one after the other."""
    await tx.execute(select(members.c.id).where(members.c.id == member_id).with_for_update())


async def zone(tx: AsyncConnection, member_id: int) -> str | None:
    """Return the zone the member last chose."""
    found: str | None = await tx.scalar(select(members.c.zone).where(members.c.id == member_id))
    return found


async def set_zone(tx: AsyncConnection, member_id: int, name: str) -> None:
    """Remember a member's zone."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    await tx.execute(update(members).where(members.c.id == member_id).values(zone=name))


async def last_feed_number(tx: AsyncConnection, member_id: int) -> int:
    """Return the number of the member's latest feed, 0 where they never had one."""
    number: int | None = await tx.scalar(select(members.c.last_feed_number).where(members.c.id == member_id))
    return number or 0
