"""Small things the process remembers."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.storage import sql
from bot.storage.tables import facts


async def get(tx: AsyncConnection, name: str) -> str | None:
    """Return the value of `name`, None where there is none."""
    value: str | None = await tx.scalar(select(facts.c.value).where(facts.c.name == name))
    return value


async def put(tx: AsyncConnection, name: str, value: str, now: datetime) -> None:
    """Set the value of `name`."""
    row = {"name": name, "value": value, "updated_at": now}
    await sql.upsert(tx, facts, row, update=("value", "updated_at"))
