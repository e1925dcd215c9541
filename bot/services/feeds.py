"""What moderators do with feeds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot.clock import Clock
from bot.domain.digests import Digest, matching, select
from bot.domain.feeds import MAX_CATEGORIES, MAX_FEEDS, MAX_LIMIT, Candidate, Feed, FeedPlan, FeedState
from bot.domain.keywords import parse_keywords
from bot.domain.outbox import Entry
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.sources import SourceState
from bot.errors import UserError
from bot.services.arxiv import ArxivService
from bot.storage import feeds, outbox, papers
from bot.storage.engine import Database

PREVIEW_DAYS: Final = 7
"""How many past days a preview counts."""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """A feed, how its sources are doing, and what of it has not arrived."""

    feed: Feed
    sources: dict[str, SourceState | None]
    waiting: tuple[Entry, ...]
    last: tuple[datetime, int, int] | None  # slot, shown, overflow


@dataclass(frozen=True, slots=True)
class Preview:
    """What a feed would post now, and what it would have had on the last days."""

    digest: Digest
    days: tuple[tuple[str, int], ...]  # ISO date in the feed's zone and the number of papers, oldest first
    stored_since: datetime | None  # None where nothing is stored yet
    sources: dict[str, SourceState | None]


class FeedService:
    """Creates, lists, removes and previews the feeds of a server."""

    def __init__(self, db: Database, clock: Clock, arxiv: ArxivService) -> None:
        self._db = db
        self._clock = clock
        self._arxiv = arxiv

    async def default_zone(self, server_id: int) -> str:
        """Return the zone a moderator of this server last chose, UTC where none was."""
        async with self._db.read() as tx:
            return await feeds.server_zone(tx, server_id) or "UTC"

    async def create(self, plan: FeedPlan, *, created_by: int) -> FeedStatus:
        """Save a feed. It starts from now: its first digest holds what a running one would have held."""
        _check(plan)
        assert plan.server_id is not None
        now = self._clock.now()
        async with self._db.write() as tx:
            number = await feeds.take_number(tx, plan.server_id)
            existing = await feeds.by_server(tx, plan.server_id)
            _check_room(len(existing))
            _check_twin(plan, existing)
            await feeds.set_server_zone(tx, plan.server_id, plan.schedule.zone)
            await feeds.add(
                tx,
                plan,
                number=number,
                created_by=created_by,
                now=now,
                since=previous_slot(plan.schedule, now),
                slot_at=next_slot(plan.schedule, now),
            )
        return await self.status(plan.server_id, number)

    async def overview(self, server_id: int) -> list[FeedStatus]:
        """Return every feed of a server with its status."""
        async with self._db.read() as tx:
            found = await feeds.by_server(tx, server_id)
            waiting = await outbox.open_by_feed(tx, [feed.id for feed in found])
            last = {feed.id: await papers.last_digest(tx, feed.id) for feed in found}
        states = await self._arxiv.states(sorted({c for feed in found for c in feed.plan.categories}))
        return [
            FeedStatus(
                feed,
                {category: states[category] for category in feed.plan.categories},
                tuple(waiting[feed.id]),
                last[feed.id],
            )
            for feed in found
        ]

    async def status(self, server_id: int, number: int) -> FeedStatus:
        """Return one feed with its status; a feed that is removed is not there."""
        statuses = await self.overview(server_id)
        status = next((status for status in statuses if status.feed.number == number), None)
        if status is None:
            raise _no_such_feed(number)
        return status

    async def find(self, server_id: int, text: str) -> int:
        """Return the number of the feed that `text` names: `3`, `#3`, `Feed 3`."""
        digits = text.strip().lower().removeprefix("feed").strip().removeprefix("#")
        if not digits.isdecimal() or len(digits) > 9:
            raise UserError("Pick a feed from the list, or give its number, such as 1.")
        return (await self.status(server_id, int(digits))).feed.number

    async def remove(self, server_id: int, number: int) -> Feed:
        """Stop a feed. It can be brought back."""
        return await self._change(server_id, number, FeedState.REMOVED)

    async def restore(self, server_id: int, number: int) -> Feed:
        """Bring a removed feed back; it starts again from now."""
        return await self._change(server_id, number, FeedState.ACTIVE, also_removed=True)

    async def pause(self, server_id: int, number: int) -> Feed:
        """Stop a feed until it is resumed."""
        return await self._change(server_id, number, FeedState.PAUSED)

    async def resume(self, server_id: int, number: int) -> Feed:
        """Let a paused feed go on from now."""
        return await self._change(server_id, number, FeedState.ACTIVE)

    async def preview(self, server_id: int, number: int) -> Preview:
        """Work out what a feed would post now; categories that were never read are read first."""
        feed = (await self.status(server_id, number)).feed
        plan = feed.plan
        await self._arxiv.read_now(plan.categories)
        now = self._clock.now()
        first = now - timedelta(days=PREVIEW_DAYS)
        async with self._db.read() as tx:
            fresh = await papers.candidates(tx, feed.id, plan, feed.since)
            recent = await papers.recent(tx, plan.categories, plan.options.types, first)
        seen = [candidate.first_seen_at for candidate in recent]
        return Preview(
            digest=Digest(feed, now, select(fresh, plan.query, plan.limit)),
            days=_per_day(recent, plan, now),
            stored_since=min(seen) if seen else None,
            sources=await self._arxiv.states(plan.categories),
        )

    async def _change(
        self, server_id: int, number: int, state: FeedState, *, also_removed: bool = False
    ) -> Feed:
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.by_number(tx, server_id, number)
            if feed is None or (feed.state is FeedState.REMOVED and not also_removed):
                raise _no_such_feed(number)
            if state is FeedState.ACTIVE and feed.state is FeedState.REMOVED:
                existing = await feeds.by_server(tx, server_id)
                _check_room(len(existing))
                _check_twin(feed.plan, existing)
            if feed.state is not state:
                await feeds.set_state(tx, feed.id, state, now=now)
            if state is FeedState.ACTIVE and feed.state is not FeedState.ACTIVE:
                schedule = feed.plan.schedule
                await outbox.withdraw(tx, feed.id, now)  # a digest of long ago is no news any more
                since = max(feed.since, previous_slot(schedule, now))
                await feeds.reschedule(tx, feed.id, since=since, slot_at=next_slot(schedule, now))
            changed = await feeds.by_number(tx, server_id, number)
        assert changed is not None
        return changed


def _check(plan: FeedPlan) -> None:
    if not plan.categories:
        raise UserError("Choose at least one arXiv category, such as cs.LG.")
    if len(plan.categories) > MAX_CATEGORIES:
        raise UserError(f"A feed reads up to {MAX_CATEGORIES} categories. Make a second feed for the others.")
    if not 1 <= plan.limit <= MAX_LIMIT:
        raise UserError(f"A feed posts between 1 and {MAX_LIMIT} papers a day.")
    if plan.query:
        parse_keywords(plan.query)


def _check_room(count: int) -> None:
    if count >= MAX_FEEDS:
        raise UserError(f"This server has {MAX_FEEDS} feeds. Remove one with /feed remove first.")


def _alike(one: FeedPlan, other: FeedPlan) -> bool:
    """Whether two plans do the same; the order of categories makes no difference."""
    return replace(one, categories=tuple(sorted(one.categories))) == replace(
        other, categories=tuple(sorted(other.categories))
    )


def _check_twin(plan: FeedPlan, existing: Sequence[Feed]) -> None:
    twin = next((feed for feed in existing if _alike(feed.plan, plan)), None)
    if twin is None:
        return
    if twin.state is FeedState.PAUSED:
        raise UserError(
            f"Feed {twin.number} does exactly that and is paused. Let it go on with /feed resume."
        )
    raise UserError(f"Feed {twin.number} already does exactly that. See /feed list.")


def _no_such_feed(number: int) -> UserError:
    return UserError(f"There is no feed {number} here. See /feed list.")


def _per_day(recent: Sequence[Candidate], plan: FeedPlan, now: datetime) -> tuple[tuple[str, int], ...]:
    zone = ZoneInfo(plan.schedule.zone)
    today = now.astimezone(zone).date()
    counts = {(today - timedelta(days=back)).isoformat(): 0 for back in reversed(range(PREVIEW_DAYS))}
    for candidate in matching(recent, plan.query):
        day = candidate.first_seen_at.astimezone(zone).date().isoformat()
        if day in counts:
            counts[day] += 1
    return tuple(counts.items())
