"""Takes messages from the outbox to the channel: nothing lost, nothing twice.

Each round claims what is due in one transaction (which records the attempts), talks to Discord with
no transaction open, and writes what came of them in another. A process that dies in between leaves
entries in `sending`; whoever comes next finds them when their lease is over and treats them as what
they are: messages that may or may not be in the channel.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.delivery.pace import Pace
from bot.delivery.sender import Sender
from bot.domain.digests import NoticeRenderer
from bot.domain.feeds import FeedState
from bot.domain.outbox import (
    CLOCK_SKEW,
    LEASE,
    Action,
    Busy,
    Entry,
    Outcome,
    Refused,
    Sent,
    Settlement,
    State,
    Step,
    Unknown,
    Unreadable,
    early,
    next_step,
    settle,
)
from bot.storage import feeds, outbox, posters, server_settings
from bot.storage.engine import Database
from bot.storage.languages import speech

_log = logging.getLogger("cohort.delivery")

AT_ONCE: Final = 16
"""Messages under way together: enough to reach 50 a second, few enough to look for after a crash."""

REPORT_EVERY: Final = timedelta(seconds=10)
"""How often a process says to the others that it posts as well."""

ATTEMPT_LIMIT: Final = timedelta(seconds=40)
"""An attempt that takes longer is given up as unknown. With it the last repetition of a nonce reaches Discord
within 100 seconds of the first, and it stays below the lease.

Longer than the 30 s for which discord.py waits at a channel whose limits it was never told, before it asks all the
same: cut short, it would never ask again."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of an entry that was claimed."""

    entry: Entry
    claimed_at: datetime
    outcome: Outcome
    ended_at: datetime


class Outbox:
    """Delivers what is due."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        sender: Sender,
        *,
        owner: str,
        pace: Pace | None = None,
        render_notice: NoticeRenderer | None = None,
        attempt_limit: timedelta = ATTEMPT_LIMIT,
    ) -> None:
        self._db = db
        self._render_notice = render_notice
        self._attempt_limit = attempt_limit
        self._clock = clock
        self._sender = sender
        self._owner = owner
        self._pace = pace or Pace(clock)
        self._reported_at: datetime | None = None
        self._stopping = False

    def stop(self) -> None:
        """Claim nothing more; what is under way is finished."""
        self._stopping = True

    async def deliver_due(self) -> int:
        """Work until nothing is due; return how many messages arrived.

        A place that becomes free is filled at once: a channel that is slow holds up no other.
        """
        arrived = 0
        running: set[asyncio.Task[Attempt]] = set()
        try:
            while True:
                running |= await self._begin(AT_ONCE - len(running))
                if not running:
                    return arrived
                done, running = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
                arrived += await self._write_down(_results(done))
        finally:
            if running:  # after a failure none of the others goes on unattended
                done, _ = await asyncio.wait(running)
                await self._write_down(_results(done))

    async def _begin(self, room: int) -> set[asyncio.Task[Attempt]]:
        """Claim up to `room` entries and begin their attempts; each request waits for its turn by itself."""
        if room <= 0 or self._stopping or not self._sender.ready():
            return set()
        now = self._clock.now()
        async with self._db.write() as tx:
            entries = await outbox.claim_due(tx, now, owner=self._owner, lease=LEASE, limit=room)
            if entries and not self._db.is_sqlite:  # that has one process alone
                await self._share(tx, now)
        return {asyncio.create_task(self._attempt(entry, now)) for entry in entries}

    async def _share(self, tx: AsyncConnection, now: datetime) -> None:
        """Divide what Discord allows between the processes that post."""
        is_new = self._reported_at is None or now - self._reported_at >= posters.ACTIVE_FOR
        if self._reported_at is None or not timedelta() <= now - self._reported_at < REPORT_EVERY:
            await posters.report(tx, self._owner, now)
            self._reported_at = now
        self._pace.share(await posters.count(tx, now), is_new=is_new)

    async def release(self) -> None:
        """Give claimed entries back when the process stops in good order."""
        async with self._db.write() as tx:
            await outbox.release(tx, self._owner)
            await posters.leave(tx, self._owner)

    async def _attempt(self, entry: Entry, claimed_at: datetime) -> Attempt:
        try:
            async with asyncio.timeout(self._attempt_limit.total_seconds()):
                outcome = await self._act(entry, claimed_at)
        except TimeoutError:
            outcome = Unknown("Discord did not answer in time.")
        except Exception as error:  # noqa: BLE001 - one entry's fault must not stop the others
            _log.exception("delivery attempt failed", extra={"entry": entry.id})
            outcome = Unknown(f"Sending failed unexpectedly ({type(error).__name__}).")
        return Attempt(entry, claimed_at, outcome, self._clock.now())

    async def _write_down(self, attempts: Sequence[Attempt]) -> int:
        """Write what attempts came to; return how many messages arrived.

        All that have ended are written together, since a commit costs more than what is in it. Where that fails
        each is written alone, so that one entry's fault stops no other; then the fault is raised.
        """
        try:
            return await self._settle(attempts)
        except Exception:
            if len(attempts) == 1:
                raise
            _log.exception("writing down deliveries failed", extra={"row": len(attempts)})
        arrived = 0
        failures = []
        for attempt in attempts:
            try:
                arrived += await self._settle([attempt])
            except Exception as error:  # noqa: BLE001 - raised below, once the others are safe
                failures.append(error)
        if failures:
            raise failures[0]
        return arrived

    async def _settle(self, attempts: Sequence[Attempt]) -> int:
        arrived = 0
        lines = []
        unwanted = []
        async with self._db.write() as tx:
            for attempt in attempts:
                entry, now = attempt.entry, attempt.ended_at
                outcome = await self._without_a_place(tx, entry, attempt.outcome)
                settlement = settle(entry, outcome, began=attempt.claimed_at, now=now)
                kept = await outbox.settle(
                    tx,
                    entry.id,
                    settlement,
                    owner=self._owner,
                    now=now,
                    place_id=_stands_in(entry, settlement),
                )
                is_there = settlement.state is State.SENT
                if kept and settlement.state is State.HELD:
                    await self._tell_owner(tx, entry, outcome, settlement.reason or "", now)
                if kept and is_there and outbox.is_post(entry.stream):
                    await outbox.drop_notices(tx, entry.feed_id)
                arrived += kept and is_there
                lines.append((entry, settlement))
                if not kept and entry.action is Action.SEAT and not await outbox.by_ids(tx, [entry.id]):
                    unwanted.append(entry)
        for entry in unwanted:
            # Whoever was let in at this moment has just had everything about them deleted.
            await self._sender.seat(entry.place_id, entry.payload, there=False)
        for entry, settlement in lines:
            level = logging.INFO if settlement.state is State.SENT else logging.WARNING
            details = {"entry": entry.id, "feed": entry.feed_id, "part": f"{entry.part}/{entry.parts}"}
            _log.log(
                level,
                "delivery %s",
                settlement.state,
                extra=details | {"reason": settlement.reason or "-"},
            )
        return arrived

    async def _without_a_place(self, tx: AsyncConnection, entry: Entry, outcome: Outcome) -> Outcome:
        """Let go of what can never arrive: its thread was deleted, or its feed has moved on from a deleted channel.

        And of taking somebody out of a public thread, which is theirs to leave where we may not manage threads.
        """
        if isinstance(outcome, Refused) and entry.action is Action.UNSEAT:
            return Sent(None)
        if not (isinstance(outcome, Refused | Unreadable) and outcome.gone) or entry.action is Action.NATIVE:
            return outcome
        if entry.anchor is not None:
            return Sent(None)
        feed = await feeds.by_id(tx, entry.feed_id)
        return Sent(None) if feed is not None and feed.channel_id != entry.channel_id else outcome

    async def _tell_owner(
        self, tx: AsyncConnection, entry: Entry, outcome: Outcome, reason: str, now: datetime
    ) -> None:
        """Say that something is held: to the moderators, or to a member when they look at their subscriptions."""
        if isinstance(outcome, Refused) and outcome.closed:
            await feeds.set_state(tx, entry.feed_id, FeedState.PAUSED, now=now, reason=reason)
            return
        await self._tell_moderators(tx, entry, reason, now)

    async def _tell_moderators(self, tx: AsyncConnection, entry: Entry, reason: str, now: datetime) -> None:
        """Put one notice about a stuck feed into the outbox, where the moderators' channel is known."""
        native = entry.action is Action.NATIVE
        if self._render_notice is None or not (native or outbox.is_post(entry.stream)):
            return
        feed = await feeds.by_id(tx, entry.feed_id)
        server_id = feed.server_id if feed else None
        channel_id = None
        if server_id is not None:
            chosen = await server_settings.notices_channel(tx, server_id)
            channel_id = self._sender.notice_channel(server_id, chosen)
        if feed is None or channel_id in {None, entry.channel_id}:
            return
        if not native and await outbox.was_told(tx, feed.id):
            return
        assert channel_id is not None
        with await speech(tx, server_id):
            message = self._render_notice(feed, reason, now)
        # Discord's events fail or not with the whole server: said once for a feed, since the posts go on.
        stream = outbox.NATIVE_NOTICE if native else outbox.NOTICE
        slot_at = feed.created_at if native else entry.slot_at
        row = outbox.new_row(
            message, feed_id=feed.id, channel_id=channel_id, stream=stream, slot_at=slot_at, now=now
        )
        await outbox.add_once(tx, row)

    async def _act(self, entry: Entry, now: datetime) -> Outcome:
        if entry.is_moot:
            return Sent(None)
        sender, anchor = self._sender, entry.anchor
        if (pause := early(entry, now)) is not None:
            return Busy(pause)
        if next_step(entry.first_attempt_at, now, entry.action) is Step.LOOK:
            assert entry.first_attempt_at is not None
            looks = {Action.FORUM: sender.find_in_forum, Action.ROOM: sender.find_room}
            look = looks.get(entry.action, sender.find)
            return await look(entry.place_id, entry.first_attempt_at - CLOCK_SKEW, entry.marker)
        match entry.action:
            case Action.POST:
                return await sender.post(entry.place_id, entry.payload, entry.nonce)
            case Action.FORUM:
                return await sender.post_in_forum(entry.place_id, entry.payload)
            case Action.NATIVE if anchor is None:
                return await sender.create_native(entry.place_id, entry.payload, entry.marker)
            case Action.NATIVE:
                assert anchor is not None
                assert anchor.message_id is not None
                return await sender.change_native(entry.place_id, anchor.message_id, entry.payload)
            case Action.ROOM:
                return await sender.open_room(entry.place_id, entry.payload)
            case Action.SEAT | Action.UNSEAT:
                return await sender.seat(entry.place_id, entry.payload, there=entry.action is Action.SEAT)
            case Action.SHUT:
                return await sender.change_room(entry.place_id, entry.payload)
            case Action.EDIT | Action.THREAD:
                assert anchor is not None
                assert anchor.message_id is not None
                ask = sender.edit if entry.action is Action.EDIT else sender.open_thread
                return await ask(entry.place_id, anchor.message_id, entry.payload)


def _stands_in(entry: Entry, settlement: Settlement) -> int | None:
    """Return where a message that arrived stands: a forum post is the first message of its own thread."""
    if settlement.state is not State.SENT:
        return None
    in_own_thread = entry.action in {Action.FORUM, Action.THREAD, Action.ROOM}
    return settlement.message_id if in_own_thread else entry.place_id


def _results(done: set[asyncio.Task[Attempt]]) -> list[Attempt]:
    """Return what the tasks came to; raise the first failure once all of them have been looked at."""
    failures = [error for task in done if (error := task.exception()) is not None]
    if failures:
        raise failures[0]
    return [task.result() for task in done]
