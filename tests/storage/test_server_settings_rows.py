"""What servers set, and the log of it."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.domain.server_settings import Area, Module
from bot.storage import server_settings
from bot.storage.engine import Database
from bot.storage.tables import setting_changes

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


async def log(db: Database) -> list[tuple[int | None, str, object, object]]:
    async with db.read() as tx:
        rows = await tx.execute(select(setting_changes).order_by(setting_changes.c.id))
        return [(row.by, row.area, row.before, row.after) for row in rows]


async def test_a_module_that_was_never_set_has_no_settings(db: Database) -> None:
    async with db.read() as tx:
        assert await server_settings.read(tx, 1, Module.QUIZ) is None


async def test_each_change_stands_in_the_log_and_what_is_the_same_does_not(db: Database) -> None:
    for by, value in ((7, 1), (8, 1), (8, 2)):
        async with db.write() as tx:
            await server_settings.write(tx, 1, Module.QUIZ, {"count": value}, by=by, now=NOW)
    async with db.read() as tx:
        assert await server_settings.read(tx, 1, Module.QUIZ) == {"count": 2}
        assert await server_settings.read(tx, 2, Module.QUIZ) is None
    assert await log(db) == [
        (7, Area.QUIZ, None, {"count": 1}),
        (8, Area.QUIZ, {"count": 1}, {"count": 2}),
    ]


async def test_changes_made_at_once_follow_one_another_in_the_log(db: Database) -> None:
    async def change(value: int) -> None:
        async with db.write() as tx:
            now = NOW + timedelta(seconds=value)
            await server_settings.write(tx, 1, Module.SERVER, {"value": value}, by=value, now=now)

    await asyncio.gather(*(change(value) for value in range(20)))
    entries = await log(db)
    assert len(entries) == 20
    assert [after for _, _, _, after in entries[:-1]] == [before for _, _, before, _ in entries[1:]]
