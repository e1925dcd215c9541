"""People who asked for something that must be kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.errors import UserError
from bot.storage import sql
from bot.storage.tables import members


async def lock(tx: AsyncConnection, member_id: int) -> None:
    """Let what two presses of one member do at once happen one after the other."""
    await tx.execute(select(members.c.id).where(members.c.id == member_id).with_for_update(key_share=True))


async def zone(tx: AsyncConnection, member_id: int) -> str | None:
    """Return the zone the member last chose."""
    found: str | None = await tx.scalar(select(members.c.zone).where(members.c.id == member_id))
    return found


async def set_zone(tx: AsyncConnection, member_id: int, name: str) -> None:
    """Remember a member's zone."""
    await sql.insert_new(tx, members, [{"id": member_id}])
    await tx.execute(update(members).where(members.c.id == member_id).values(zone=name))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a member wishes of Cohort; these are the usual."""

    zone: str | None = None
    dms: bool = True  # whether it may write to them at all
    visible: bool = True  # whether others see their name in lists, such as those of a quiz


async def wishes(tx: AsyncConnection, member_id: int) -> Wishes:
    """Return what a member wishes."""
    rows = await tx.execute(
        select(members.c.zone, members.c.dms, members.c.visible).where(members.c.id == member_id)
    )
    row = rows.first()
    return Wishes(row.zone, bool(row.dms), bool(row.visible)) if row is not None else Wishes()


async def set_wishes(tx: AsyncConnection, member_id: int, wished: Wishes) -> None:
    """Keep what a member wishes."""
    row = {"id": member_id, "zone": wished.zone, "dms": wished.dms, "visible": wished.visible}
    await sql.upsert(tx, members, row, ["zone", "dms", "visible"])


async def hidden(tx: AsyncConnection, member_ids: Sequence[int]) -> set[int]:
    """Return those of some members who do not want to be seen in lists."""
    rows = await tx.scalars(
        select(members.c.id).where(members.c.id.in_(member_ids), members.c.visible.is_(False))
    )
    return set(rows)


async def check_dms(tx: AsyncConnection, member_id: int) -> None:
    """Refuse what would write to a member who wants no direct messages."""
    if not (await wishes(tx, member_id)).dms:
        raise UserError("You switched direct messages off. Switch them on in /me settings first.")


async def last_feed_number(tx: AsyncConnection, member_id: int) -> int:
    """Return the number of the member's latest feed, 0 where they never had one."""
    number: int | None = await tx.scalar(select(members.c.last_feed_number).where(members.c.id == member_id))
    return number or 0
