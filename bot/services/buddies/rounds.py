"""Rounds: everybody who is in is put together, each group gets its meeting, and moderators can look before."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.buddies.rounds import WEEKS, window_of
from bot.domain.buddies.score import RECENT_ROUNDS, Window
from bot.domain.buddies.values import Blocks, Group, History, MatchResult, Numbers
from bot.domain.digests import LOOK_AGAIN
from bot.domain.feeds import Feed, FeedKind, FeedState
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import Meeting, MeetingKind, Membership, Presence
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.introducing import Introducer, seed_of
from bot.services.buddies.opening import Occasion, add_meetings
from bot.services.buddies.ports import Matcher, Register
from bot.services.due import handle_due
from bot.storage import feeds, outbox, server_settings
from bot.storage.buddies import blocks, meetings, profiles, rounds
from bot.storage.engine import Database

_log = logging.getLogger("cohort.buddies")

WORKING: Final = timedelta(minutes=10)
"""How long a process that makes a round keeps the others off it; whoever is slower finds it made."""

PATIENCE: Final = timedelta(hours=1)
"""How long a round waits for those of whom Discord does not say whether they are still there."""

ROUNDS_BACK: Final = RECENT_ROUNDS + 2
"""Rounds whose meetings count when somebody new is sought; what is longer ago makes no difference."""

ABSENT: Final = timedelta(hours=1)
SHORTEST: Final = timedelta(days=3)
"""An extra round with less time than that before the next one lasts until the one after."""


@dataclass(frozen=True, slots=True)
class Pool:
    """Those among whom a round is made, and what is known of them."""

    members: Mapping[int, Membership]
    gone: tuple[int, ...]  # left the server
    without_role: int
    unknown: int
    blocks: Blocks
    history: History
    window: Window
    seed: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """A round as it would go out now."""

    numbers: Numbers
    slot_at: datetime
    without_role: int
    unknown: int
    busy: int = 0


class BuddyRounds:
    """Makes the rounds that are due. Everything that is sent goes through the outbox."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        texts: MeetingTexts,
        *,
        register: Register,
        matcher: Matcher,
        introducer: Introducer,
        absent: Callable[[int], bool] = lambda _server_id: False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts
        self._register = register
        self._matcher = matcher
        self._introducer = introducer
        self._absent = absent
        self._stopping = False

    def stop(self) -> None:
        """Begin no more rounds."""
        self._stopping = True

    async def run_due(self) -> int:
        """Make every round that is due; return how many meetings came of them."""
        now = self._clock.now()
        return await handle_due(
            self._db,
            now,
            (FeedKind.BUDDIES,),
            self._round,
            failed=lambda feed_id: _log.exception("a round failed", extra={"feed": feed_id}),
            stopping=lambda: self._stopping,
        )

    async def dry_run(self, server_id: int) -> DryRun:
        """Work out what the next round would be if it were now; nothing is stored or said."""
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
        now = self._clock.now()
        slot_at = feed.slot_at if feed is not None and feed.slot_at > now else now
        pool = await self._pool(server_id, settings, slot_at, now)
        result = await self._match(pool)
        return DryRun(result.numbers, slot_at, pool.without_role, pool.unknown)

    async def run_now(self, server_id: int) -> Numbers:
        """Make an extra round at once, among those who are in no meeting; the next one comes when it was due."""
        now = self._clock.now()
        async with self._db.read() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            feed = await rounds.feed_of(tx, server_id)
            busy = await _busy(tx, server_id)
        if not settings.on or feed is None:
            raise UserError("Switch study buddies on first.")
        if feed.state is not FeedState.ACTIVE:
            raise UserError("Study buddies are paused here. Let them go on first.")
        pool = await self._pool(server_id, settings, now, now, without=busy)
        result = await self._match(pool)
        if not result.groups:
            raise UserError(
                "Nobody could be matched: it takes two people who are in, in no meeting yet, and with an hour and "
                "a language in common. The dry run says how many there are."
            )
        numbers = await self._store(feed.id, pool, result, now, extra=True)
        if numbers is None:
            raise UserError("Something changed while I was at it. Try again.")
        return numbers

    async def _round(self, feed_id: int) -> int:
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.claim_one_due(tx, feed_id, now)
            if feed is None or feed.server_id is None:
                return 0
            server_id = feed.server_id
            if self._absent(server_id):
                await feeds.postpone(tx, feed.id, now + ABSENT, since=feed.since)
                return 0
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            if not settings.on:
                await _wind_down(tx, feed, now)
                return 0
            slot_at = self._introducer.slot(settings.plan, feed.slot_at, now)
            if slot_at is None or await rounds.is_there(tx, server_id, slot_at):
                await self._advance(tx, feed, settings, now)
                return 0
            await rounds.look_at(tx, feed.id, now + WORKING)
        pool = await self._pool(server_id, settings, slot_at, now)
        if pool.unknown and self._clock.now() < slot_at + PATIENCE:
            async with self._db.write() as tx:
                await rounds.look_at(tx, feed.id, self._clock.now() + LOOK_AGAIN)
            return 0
        numbers = await self._store(feed.id, pool, await self._match(pool), slot_at)
        return numbers.pairs + numbers.trios if numbers is not None else 0

    async def _pool(
        self,
        server_id: int,
        settings: BuddySettings,
        slot_at: datetime,
        now: datetime,
        *,
        without: frozenset[int] = frozenset(),
    ) -> Pool:
        """Return who takes part; those who left the server are dropped before anybody is matched."""
        async with self._db.read() as tx:
            found = await profiles.taking_part(tx, server_id, max(now, slot_at))
            found = [each for each in found if each.member_id not in without]
            ids = [each.member_id for each in found]
            since = slot_at - ROUNDS_BACK * timedelta(weeks=WEEKS[settings.cadence])
            history = await meetings.history(tx, server_id, since)
            between = await blocks.among(tx, ids)
        seen = await self._register.look(server_id, ids, settings.role_id) if ids else {}
        standing = {id_: seen.get(id_, Presence.UNKNOWN) for id_ in ids}
        return Pool(
            {each.member_id: each for each in found if standing[each.member_id] is Presence.HERE},
            tuple(id_ for id_ in ids if standing[id_] is Presence.GONE),
            sum(each is Presence.WITHOUT_ROLE for each in standing.values()),
            sum(each is Presence.UNKNOWN for each in standing.values()),
            between,
            history,
            window_of(settings.plan, slot_at),
            seed_of(server_id, slot_at),
        )

    async def _match(self, pool: Pool) -> MatchResult:
        return await self._matcher.match(
            [each.profile for each in pool.members.values()],
            blocks=pool.blocks,
            history=pool.history,
            window=pool.window,
            seed=pool.seed,
        )

    async def _store(
        self, feed_id: int, pool: Pool, result: MatchResult, slot_at: datetime, *, extra: bool = False
    ) -> Numbers | None:
        """Write a round and its meetings in one piece; None where it is there already or is wanted no more.

        What changed since the members were read (a block, a pause, somebody who left) is looked at once more.
        """
        now = self._clock.now()
        async with self._db.write() as tx:
            await rounds.lock_feed(tx, feed_id)
            feed = await feeds.by_id(tx, feed_id)
            if feed is None or feed.server_id is None or feed.state is not FeedState.ACTIVE:
                return None
            server_id = feed.server_id
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            if not settings.on or await rounds.is_there(tx, server_id, slot_at):
                return None
            if not extra:
                await self._end_earlier(tx, server_id, now)
            standing = await _still_fit(tx, server_id, result.groups, now, busy=extra)
            kept = [group for group in result.groups if group.members in standing]
            numbers = _numbers(result, kept)
            round_id, number = await rounds.add(tx, server_id, slot_at, f"{pool.seed:x}", numbers, now)
            occasion = Occasion(
                server_id,
                feed.id,
                feed.channel_id,
                MeetingKind.ROUND,
                now,
                self._introducer.end(settings.plan, now if extra else slot_at, SHORTEST if extra else None),
                round_id,
            )
            await add_meetings(tx, occasion, [(group.members, group.weight) for group in kept])
            matched = sorted(id_ for group in kept for id_ in group.members)
            waiting = sorted(set(pool.members) - set(matched))
            await profiles.set_waited(tx, server_id, matched, waiting if not extra else ())
            await profiles.set_seeking(tx, server_id, matched, None)
            for member_id in pool.gone:  # their data goes with them; whom they blocked stays blocked
                await profiles.remove(tx, server_id, member_id)
            if not extra:
                await self._advance(tx, feed, settings, now)
        _log.info(
            "round made",
            extra={"feed": feed_id, "round": number, "groups": len(kept), "waiting": len(waiting)},
        )
        return numbers

    async def _end_earlier(self, tx: AsyncConnection, server_id: int, now: datetime) -> None:
        """Let the meetings of earlier rounds end now, one by one: of two rounds only one goes on."""
        await meetings.close_rounds(tx, server_id, now)

    async def _advance(self, tx: AsyncConnection, feed: Feed, settings: BuddySettings, now: datetime) -> None:
        slot_at = self._introducer.next_slot(settings.plan, now)
        await feeds.advance(tx, feed.id, since=now, slot_at=slot_at, ran_at=now)


async def _wind_down(tx: AsyncConnection, feed: Feed, now: datetime) -> None:
    """Switched off: the last words go out, then the feed is no more."""
    if await outbox.has_any_open(tx, feed.id) and now < feed.since + timedelta(days=1):
        await rounds.look_at(tx, feed.id, now + LOOK_AGAIN)
    else:
        await feeds.set_state(tx, feed.id, FeedState.REMOVED, now=now)


async def _busy(tx: AsyncConnection, server_id: int) -> frozenset[int]:
    """Return who sits in a meeting of a round."""
    found: list[Meeting] = await meetings.open_of(tx, server_id)
    return frozenset(
        id_ for meeting in found if meeting.kind is not MeetingKind.FIND for id_ in meeting.member_ids
    )


async def _still_fit(
    tx: AsyncConnection, server_id: int, groups: Sequence[Group], now: datetime, *, busy: bool
) -> set[tuple[int, ...]]:
    """Return those groups of whom everybody still takes part, and nobody has blocked anybody."""
    ids = sorted({id_ for group in groups for id_ in group.members})
    standing = await profiles.some(tx, server_id, ids)
    between = await blocks.among(tx, ids)
    sitting = await _busy(tx, server_id) if busy else frozenset[int]()

    def takes_part(member_id: int) -> bool:
        found = standing.get(member_id)
        return found is not None and found.takes_part(now) and member_id not in sitting

    return {
        group.members
        for group in groups
        if all(map(takes_part, group.members))
        and not any(between.between(*two) for two in combinations(group.members, 2))
    }


def _numbers(result: MatchResult, kept: Sequence[Group]) -> Numbers:
    """Return the round in figures, without the groups that changes since have broken up."""
    matched = sum(len(group.members) for group in kept)
    return replace(
        result.numbers,
        matched=matched,
        waiting=result.numbers.joined - matched,
        pairs=sum(len(group.members) == 2 for group in kept),
        trios=sum(len(group.members) == 3 for group in kept),
        repeats=sum(group.repeats for group in kept),
        mean_overlap_hours=sum(group.overlap_hours for group in kept) / len(kept) if kept else 0.0,
        weight=sum(group.weight for group in kept),
    )
