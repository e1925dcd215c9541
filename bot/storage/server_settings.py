"""What servers set for each module, and the log of every change.

Whatever a moderator can set is written together with its entry in the log, in one transaction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.server_settings import Area, Module, SettingChange, read_server_settings
from bot.storage import sql
from bot.storage.tables import server_modules, servers, setting_changes


async def read(tx: AsyncConnection, server_id: int, module: Module) -> dict[str, Any] | None:
    """Return what a server set for a module, None where it never did."""
    found: dict[str, Any] | None = await tx.scalar(
        select(server_modules.c.settings).where(
            server_modules.c.server_id == server_id, server_modules.c.module == module
        )
    )
    return found


async def write(
    tx: AsyncConnection,
    server_id: int,
    module: Module,
    settings: Mapping[str, Any] | None,
    *,
    by: int | None,
    now: datetime,
    undoes: int | None = None,
) -> None:
    """Set a module's settings as a whole, None to forget them, and log it.

    What is as it was is neither written nor logged.
    """
    await ensure(tx, server_id)
    await lock(tx, server_id)
    before = await read(tx, server_id, module)
    after = None if settings is None else dict(settings)
    if before == after:
        return
    if after is None:
        await tx.execute(
            server_modules.delete().where(
                server_modules.c.server_id == server_id, server_modules.c.module == module
            )
        )
    else:
        row = {"server_id": server_id, "module": module, "settings": after, "updated_at": now}
        await sql.upsert(tx, server_modules, row, ["settings", "updated_at"])
    await record(tx, server_id, Area(module), before=before, after=after, by=by, now=now, undoes=undoes)


async def notices_channel(tx: AsyncConnection, server_id: int) -> int | None:
    """Return the channel that moderators chose for what Cohort has to tell them."""
    return read_server_settings(await read(tx, server_id, Module.SERVER)).notices_channel_id


async def ensure(tx: AsyncConnection, server_id: int) -> None:
    """Make sure that there is a row of the server to be locked."""
    await sql.insert_new(tx, servers, [{"id": server_id}])


async def lock(tx: AsyncConnection, server_id: int) -> None:
    """Let what two moderators of a server do at once happen one after the other."""
    await tx.execute(select(servers.c.id).where(servers.c.id == server_id).with_for_update())


async def record(
    tx: AsyncConnection,
    server_id: int,
    area: Area,
    *,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
    by: int | None,
    now: datetime,
    target: str = "",
    undoes: int | None = None,
) -> None:
    """Add a change to the log; the server's row has to be there."""
    await tx.execute(
        setting_changes.insert().values(
            server_id=server_id,
            at=now,
            by=by,
            area=area,
            target=target,
            before=None if before is None else dict(before),
            after=None if after is None else dict(after),
            undoes=undoes,
        )
    )


async def change(tx: AsyncConnection, server_id: int, change_id: int) -> SettingChange | None:
    """Return one entry of a server's log."""
    rows = await tx.execute(
        select(setting_changes).where(
            setting_changes.c.server_id == server_id, setting_changes.c.id == change_id
        )
    )
    row = rows.first()
    return _change(row) if row is not None else None


async def log(
    tx: AsyncConnection,
    server_id: int,
    *,
    area: Area | None = None,
    by: int | None = None,
    start: int = 0,
    limit: int = 50,
) -> list[SettingChange]:
    """Return entries of a server's log, the newest first."""
    rows = await tx.execute(
        select(setting_changes)
        .where(*_wanted(server_id, area, by))
        .order_by(setting_changes.c.id.desc())
        .offset(start)
        .limit(limit)
    )
    return [_change(row) for row in rows]


async def count(
    tx: AsyncConnection, server_id: int, *, area: Area | None = None, by: int | None = None
) -> int:
    """Return how many entries of a server's log there are."""
    found = await tx.scalar(
        select(func.count()).select_from(setting_changes).where(*_wanted(server_id, area, by))
    )
    return found or 0


async def undone(tx: AsyncConnection, change_ids: Sequence[int]) -> set[int]:
    """Return those of some changes that another one undid."""
    rows = await tx.scalars(select(setting_changes.c.undoes).where(setting_changes.c.undoes.in_(change_ids)))
    return {each for each in rows if each is not None}


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Delete entries of the log that were made before `before`; return how many."""
    result = await tx.execute(setting_changes.delete().where(setting_changes.c.at < before))
    return result.rowcount


def _wanted(server_id: int, area: Area | None, by: int | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [setting_changes.c.server_id == server_id]
    if area is not None:
        wanted.append(setting_changes.c.area == area)
    if by is not None:
        wanted.append(setting_changes.c.by == by)
    return wanted


def _change(row: Row[Any]) -> SettingChange:
    return SettingChange(
        id=row.id,
        server_id=row.server_id,
        at=row.at,
        by=row.by,
        area=Area(row.area),
        target=row.target,
        before=row.before,
        after=row.after,
        undoes=row.undoes,
    )
