"""Keeps Discord's own scheduled events as their source has them, through the outbox."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import Listed
from bot.domain.feeds import Feed, FeedState
from bot.domain.native import FULL, Body, NativePlan, Standing, as_stored, marker_of, plan_native
from bot.domain.outbox import Action, Entry, State, nonce
from bot.storage import feeds, outbox
from bot.storage.events import telling
from bot.storage.events.telling import Native


@dataclass(slots=True)
class _Desk:
    """One look at one server."""

    tx: AsyncConnection
    feed: Feed
    now: datetime
    natives: dict[int, Native]
    entries: dict[int, Entry]

    @property
    def server_id(self) -> int:
        assert self.feed.server_id is not None
        return self.feed.server_id


async def sync_natives(
    tx: AsyncConnection, feed: Feed, listed: Sequence[Listed], now: datetime
) -> datetime | None:
    """Put what has to be done about a server's Discord events into the outbox.

    Returns when a place becomes free, where events wait for one.
    """
    assert feed.server_id is not None
    natives = await telling.natives(tx, feed.server_id)
    entries = await outbox.by_ids(tx, [native.entry_id for native in natives.values()])
    desk = _Desk(tx, feed, now, natives, entries)
    await _adopt(desk, listed)
    busy = await _reinstate(desk, listed)
    held = {id_: native for id_, native in natives.items() if native.state is State.HELD}
    standing = {id_: native.standing for id_, native in natives.items() if id_ not in held}
    plan = plan_native([each for each in listed if each.id not in busy], standing, now=now)
    await _create_all(desk, plan, held)
    for each, body in plan.update:
        await _change(desk, each.id, body)
    for each, body in plan.call_off:
        await _call_off(desk, each.id, body)
    return plan.free_at


async def _create_all(desk: _Desk, plan: NativePlan, held: Mapping[int, Native]) -> None:
    """Let the next events stand in line. What was refused is planned anew: by now others may be the next."""
    full = any(desk.entries[native.entry_id].reason == FULL for native in held.values())
    # Where the server itself is full only the next event stands in line, at the pace of the refusals.
    creating = plan.create[:1] if full else plan.create
    same = {
        each.id for each, body in creating if each.id in held and held[each.id].standing.body == dict(body)
    }
    stale = {native.entry_id: id_ for id_, native in held.items() if id_ not in same}
    dropped = await outbox.drop_untouched(desk.tx, list(stale), desk.now)
    stuck = {id_ for entry_id, id_ in stale.items() if entry_id not in dropped}
    for each, body in creating:
        if each.id not in same and each.id not in stuck:
            await _create(desk, each, body)


async def _create(desk: _Desk, listed: Listed, body: Body) -> None:
    feed, now = desk.feed, desk.now
    stream = f"native:{listed.id}"
    marker = marker_of(listed)
    entry_id = await outbox.add_once(
        desk.tx,
        {
            "feed_id": feed.id,
            "stream": stream,
            "action": Action.NATIVE,
            "slot_at": now,
            "part": 1,
            "parts": 1,
            "channel_id": desk.server_id,
            "nonce": nonce(desk.server_id, feed.id, now, 1, stream),
            "marker": marker,
            "payload": as_stored(body),
            "state": State.PENDING,
            "next_attempt_at": now,
            "created_at": now,
        },
    )
    if entry_id is not None:
        await _write(desk, listed.id, entry_id, body)


async def _change(desk: _Desk, event_id: int, body: Body) -> None:
    native = desk.natives[event_id]
    entry = desk.entries[native.entry_id]
    if entry.state is State.SENT and entry.message_id is None:
        return  # a moderator deleted it: it stays so
    await outbox.add_edit(desk.tx, entry, as_stored(body), desk.now, action=Action.NATIVE)
    await _write(desk, event_id, native.entry_id, body)


async def _call_off(desk: _Desk, event_id: int, body: Body) -> None:
    native = desk.natives[event_id]
    await call_off(desk.tx, desk.server_id, native, desk.entries[native.entry_id], body, desk.now)


async def call_off(
    tx: AsyncConnection, server_id: int, native: Native, entry: Entry, body: Body, now: datetime
) -> None:
    """Let a Discord event be called off with `body`; one that was never made is taken back."""
    if await outbox.drop_untouched(tx, [entry.id], now):
        return
    await outbox.add_edit(tx, entry, as_stored(body), now, action=Action.NATIVE)
    off = replace(native.standing, called_off=True)
    await telling.set_native(tx, server_id, native.feed_id, entry.id, off)


async def _reinstate(desk: _Desk, listed: Sequence[Listed]) -> set[int]:
    """Take back what has not been called off yet; return the events that have to wait for an answer.

    A new Discord event must not be made while the old one may still stand: it would be taken for it.
    """
    busy: set[int] = set()
    for each in listed:
        native = desk.natives.get(each.id)
        if native is None or not native.standing.called_off or each.is_off:
            continue
        waiting = await outbox.open_below(desk.tx, native.entry_id)
        dropped = await outbox.drop_untouched(desk.tx, waiting, desk.now)
        if len(dropped) < len(waiting):
            busy.add(each.id)
        elif dropped:
            # Never asked for: as if nothing had been. What it was to become before is asked for again.
            standing = replace(native.standing, called_off=False, body={**native.standing.body, "name": ""})
            desk.natives[each.id] = replace(native, standing=standing)
    return busy


async def _adopt(desk: _Desk, listed: Sequence[Listed]) -> None:
    """Look after what a feed left behind that posts no more."""
    for each in listed:
        native = desk.natives.get(each.id)
        if native is None or native.feed_id == desk.feed.id:
            continue
        other = await feeds.by_id(desk.tx, native.feed_id)
        if other is None or other.state is not FeedState.ACTIVE:
            await telling.adopt_native(desk.tx, native, desk.feed.id)
            entry = desk.entries[native.entry_id]
            desk.entries[entry.id] = replace(entry, feed_id=desk.feed.id)


async def _write(desk: _Desk, event_id: int, entry_id: int, body: Body, *, called_off: bool = False) -> None:
    ends_at = datetime.fromisoformat(body["scheduled_end_time"])
    standing = Standing(event_id, body, ends_at, called_off)
    await telling.set_native(desk.tx, desk.server_id, desk.feed.id, entry_id, standing)
