"""What is kept about members: shown, given to them, deleted when they want it, and forgotten in time."""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.feeds import FeedState
from bot.domain.retention import DRAFTS, GIVEN_REMINDERS, LEFT_SERVERS, SETTING_CHANGES
from bot.domain.zones import parse_zone
from bot.services.feeds.states import enter
from bot.storage import belongings, drafts, facts, feeds, members, outbox, server_settings, servers
from bot.storage.engine import Database, retried
from bot.storage.events import reminders
from bot.storage.members import Wishes
from bot.storage.personal import Rule

__all__ = ["Deleted", "Held", "MemberService", "Wishes"]

_log = logging.getLogger("cohort.members")

OFF: Final = "you switched direct messages off"
"""Why a subscription is paused, in words; the same words let it go on."""

ASKED_AT_ONCE: Final = 40
"""Members looked up at Discord in one run, every quarter of an hour: some 3,800 a day."""

TAKE_OUT_WITHIN_S: Final = 5.0
"""How long a deletion waits for Discord to take somebody out of the threads of their meetings."""

_CURSOR: Final = "members asked"

Present = Callable[[int, int], Awaitable[bool | None]]
"""Whether somebody is in a server; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class Held:
    """Something that is kept about a person: what it is in words, how much, and what becomes of it."""

    words: str
    count: int
    is_servers: bool  # the server keeps it; who did it is forgotten


@dataclass(frozen=True, slots=True)
class Deleted:
    """What a deletion came to."""

    rows: int
    still_in: tuple[int, ...] = ()  # threads of meetings that Discord did not take them out of


TakeOut = Callable[[int, int], Awaitable[bool]]
"""Takes somebody (the second id) out of a thread at once; False where Discord refused or did not answer."""

Leaving = Callable[[AsyncConnection, int], Awaitable[None]]
"""What has to happen, in the same transaction, before somebody's data goes."""


async def _nothing(_tx: AsyncConnection, _member_id: int) -> None:
    return None


async def _stay(_thread_id: int, _member_id: int) -> bool:
    return False


async def _unknown(_server_id: int, _member_id: int) -> bool | None:
    return None


class MemberService:
    """One person at a time, by their id; whoever they are in whatever server."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        *,
        present: Present = _unknown,
        leaving: Leaving = _nothing,
        take_out: TakeOut = _stay,
    ) -> None:
        self._db = db
        self._clock = clock
        self._present = present
        self._leaving = leaving
        self._take_out = take_out
        self._to_empty = False  # whether deleted rows may still stand in SQLite's write-ahead log

    # --- What somebody asks for -----------------------------------------------------------------------

    async def held(self, member_id: int) -> list[Held]:
        """Return all that is kept about somebody."""
        async with self._db.read() as tx:
            found = await belongings.holdings(tx, member_id)
        return [Held(each.personal.words, each.count, each.personal.rule is Rule.ANONYMISE) for each in found]

    async def wishes(self, member_id: int) -> Wishes:
        """Return somebody's settings."""
        async with self._db.read() as tx:
            return await members.wishes(tx, member_id)

    @retried
    async def wish(
        self,
        member_id: int,
        *,
        zone: str | None = None,
        dms: bool | None = None,
        visible: bool | None = None,
    ) -> Wishes:
        """Change somebody's settings, only what is named; raises UserError for a zone that is none.

        Without direct messages everything that writes to them is paused, and goes on when they are switched on.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            before = await members.wishes(tx, member_id)
            after = replace(
                before,
                zone=before.zone if zone is None else parse_zone(zone),
                dms=before.dms if dms is None else dms,
                visible=before.visible if visible is None else visible,
            )
            await members.set_wishes(tx, member_id, after)
            if before.dms and not after.dms:
                for feed in await feeds.of_member(tx, member_id):
                    if feed.state is FeedState.ACTIVE:
                        await feeds.set_state(tx, feed.id, FeedState.PAUSED, now=now, reason=OFF)
            elif after.dms and not before.dms:
                for feed in await feeds.of_member(tx, member_id):
                    if feed.state is FeedState.PAUSED and feed.pause_reason == OFF:
                        await enter(tx, feed, FeedState.ACTIVE, now)
        return after

    async def export(self, member_id: int) -> bytes:
        """Return everything that is kept about somebody as JSON."""
        async with self._db.read() as tx:
            found = await belongings.rows(tx, member_id)
        data = {
            "member": str(member_id),
            "exported_at": self._clock.now().isoformat(timespec="seconds"),
            "kept": found,
        }
        return json.dumps(data, indent=2, ensure_ascii=False, default=_plain).encode()

    async def delete(self, member_id: int) -> Deleted:
        """Delete everything about somebody at once. It cannot be undone.

        They leave the threads of their meetings first: with the data goes the knowledge of who is in which. Where the
        process dies before the data has gone, the outbox does what is left of that.
        """
        rooms, _ = await self._leave(member_id, forget=False)
        still_in = await self._leave_rooms(member_id, rooms)
        since, count = await self._leave(member_id, forget=True)
        still_in += await self._leave_rooms(member_id, [room for room in since if room not in rooms])
        self._to_empty = True
        await self._empty_log()
        _log.info("a member's data was deleted", extra={"row": count})
        return Deleted(count, tuple(still_in))

    @retried
    async def _leave(self, member_id: int, *, forget: bool) -> tuple[list[int], int]:
        """Take somebody out of everything; return the threads they are still in, and how many rows are forgotten."""
        async with self._db.write() as tx:
            await members.lock(tx, member_id)
            await self._leaving(tx, member_id)
            rooms = await outbox.unseats(tx, member_id)
            return rooms, await belongings.forget(tx, member_id) if forget else 0

    async def _leave_rooms(self, member_id: int, rooms: Sequence[int]) -> list[int]:
        """Take somebody out of threads; return those of which Discord did not say that they are out."""
        left: set[int] = set()
        with suppress(TimeoutError):
            async with asyncio.timeout(TAKE_OUT_WITHIN_S):
                for room in rooms:
                    if await self._take_out(room, member_id):
                        left.add(room)
        return [room for room in rooms if room not in left]

    # --- What happens by itself -------------------------------------------------------------------------

    async def server_left(self, server_id: int) -> None:
        """Cohort was removed from a server: its data goes after a while."""
        async with self._db.write() as tx:
            await servers.mark_left(tx, [server_id], self._clock.now())

    async def server_back(self, server_id: int) -> None:
        """Cohort is in a server, where it may have been thought to be no more: nothing of it goes."""
        async with self._db.write() as tx:
            await servers.mark_back(tx, [server_id])

    async def server_joined(self, server_id: int) -> bool:
        """Cohort is in a server, perhaps again; return whether hello has to be said, which is once."""
        async with self._db.write() as tx:
            await servers.mark_back(tx, [server_id])
            return await servers.greet(tx, server_id, self._clock.now())

    async def servers_seen(self, is_absent: Callable[[int], bool]) -> None:
        """Compare what is kept with where Cohort is, after it was away: it may have been removed meanwhile."""
        async with self._db.read() as tx:
            known = await servers.known(tx)
        gone = {server_id for server_id, left in known.items() if left is None and is_absent(server_id)}
        back = {
            server_id for server_id, left in known.items() if left is not None and not is_absent(server_id)
        }
        if gone or back:
            async with self._db.write() as tx:
                await servers.mark_left(tx, gone, self._clock.now())
                await servers.mark_back(tx, back)

    async def run_due(self) -> None:
        """Forget what was kept long enough, and ask Discord about a few members whether they left."""
        now = self._clock.now()
        await self._ask_about_some(now)
        async with self._db.write() as tx:
            changed = await server_settings.purge(tx, now - SETTING_CHANGES)
            changed += await drafts.purge(tx, now - DRAFTS)
            changed += await reminders.purge(tx, now - GIVEN_REMINDERS)
            for server_id, member_id in await servers.departed_before(tx, now - LEFT_SERVERS):
                changed += await belongings.forget_in_server(tx, server_id, member_id)
            for server_id in await servers.left_before(tx, now - LEFT_SERVERS):
                changed += 1 + await belongings.forget_in_server(tx, server_id)
                await servers.remove(tx, server_id)
        if changed:
            self._to_empty = True
            _log.info("forgotten in time", extra={"row": changed})
        await self._empty_log()

    async def _ask_about_some(self, now: datetime) -> None:
        """Go round everybody of whom something is kept that belongs to a server.

        Without the members intent Discord does not tell who leaves; it answers when it is asked.
        """
        async with self._db.read() as tx:
            last = await facts.get(tx, _CURSOR)
            pairs = await belongings.people_in_servers(tx, _pair(last), ASKED_AT_ONCE)
        answers: dict[tuple[int, int], bool] = {}
        for server_id, member_id in pairs:
            there = await self._present(server_id, member_id)
            if there is not None:
                answers[server_id, member_id] = there
        place = pairs[-1] if len(pairs) == ASKED_AT_ONCE else (0, 0)
        if not pairs and _pair(last) == (0, 0):
            return
        async with self._db.write() as tx:
            for (server_id, member_id), there in answers.items():
                await servers.note_member(tx, server_id, member_id, is_there=there, now=now)
            await facts.put(tx, _CURSOR, f"{place[0]}:{place[1]}", now)

    async def _empty_log(self) -> None:
        if self._to_empty and await self._db.checkpoint():
            self._to_empty = False


def _pair(text: str | None) -> tuple[int, int]:
    server, _, member = (text or "0:0").partition(":")
    return int(server), int(member)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, Collection):
        return list(value)
    return str(value)
