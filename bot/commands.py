"""Keeps Discord's copy of the commands equal to ours, without syncing at every start."""

import hashlib
import json
import logging
from typing import Any

import aiohttp
import discord
from discord import app_commands

from bot.clock import Clock
from bot.storage import facts, sql
from bot.storage.engine import Database

_log = logging.getLogger("cohort.commands")

_FACT = "commands"


def payload(tree: "app_commands.CommandTree[Any]") -> list[dict[str, Any]]:
    """Return what would be sent to Discord, in a stable order."""
    return sorted((command.to_dict(tree) for command in tree.get_commands()), key=lambda c: str(c["name"]))


def fingerprint(tree: "app_commands.CommandTree[Any]") -> str:
    """Return a hash of the payload."""
    text = json.dumps(payload(tree), sort_keys=True, ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


async def sync_if_changed(tree: "app_commands.CommandTree[Any]", db: Database, clock: Clock) -> bool:
    """Sync when the payload differs from the one last synced, or Discord's list is not ours.

    The second question costs one request and covers a token that was used by another program since.
    Of several processes that start together one syncs, and the others wait for it. A failure is logged
    and not raised: the old commands still work.
    """
    # The one transaction that is open during a request: it holds no row, only a lock that nobody else waits for,
    # and a process that dies gives it back.
    async with db.read() as tx:
        await sql.lock(tx, _FACT)
        return await _sync(tree, db, clock, last=await facts.get(tx, _FACT))


async def _sync(
    tree: "app_commands.CommandTree[Any]", db: Database, clock: Clock, *, last: str | None
) -> bool:
    ours = f"{tree.client.application_id}:{fingerprint(tree)}"
    try:
        if last == ours:
            present = {command.name for command in await tree.fetch_commands()}
            if present == {command.name for command in tree.get_commands()}:
                return False
        await tree.sync()
    except discord.HTTPException as error:
        _log.error("commands could not be synced", extra={"status": error.status, "code": error.code})
        return False
    except (aiohttp.ClientError, OSError) as error:  # discord.py lets these through; a time-out is an OSError
        _log.error("commands could not be synced", extra={"reason": type(error).__name__})
        return False
    async with db.write() as tx:
        await facts.put(tx, _FACT, ours, clock.now())
    _log.info("commands synced")
    return True
