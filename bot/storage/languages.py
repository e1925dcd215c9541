"""In which language a server is spoken to."""

from collections.abc import Iterable
from contextlib import AbstractContextManager

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.languages import Language
from bot.domain.server_settings import Module, read_server_settings
from bot.storage.tables import server_modules
from bot.words import speaking


async def languages_of(tx: AsyncConnection, server_ids: Iterable[int | None]) -> dict[int | None, Language]:
    """Return the language of each server; English for what no server has, such as a member's own feed."""
    found = dict.fromkeys(server_ids, Language.ENGLISH)
    wanted = [id_ for id_ in found if id_ is not None]
    if wanted:
        rows = await tx.execute(
            select(server_modules.c.server_id, server_modules.c.settings).where(
                server_modules.c.server_id.in_(wanted), server_modules.c.module == Module.SERVER
            )
        )
        for server_id, settings in rows:
            found[server_id] = read_server_settings(settings).spoken
    return found


async def speech(tx: AsyncConnection, server_id: int | None) -> AbstractContextManager[None]:
    """Return the context in which a server is spoken to: `with await speech(tx, server_id): …`."""
    return speaking((await languages_of(tx, [server_id]))[server_id])
