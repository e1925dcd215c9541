"""Builds the digests whose local time has come: items and outbox entries in one transaction."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import LOOK_AGAIN, Digest, Rendered, Renderer, Selection, wait_for_sources
from bot.domain.feeds import Feed, FeedKind
from bot.domain.languages import Language
from bot.domain.schedule import Schedule, next_slot, previous_slot
from bot.domain.sources import SourceState, arxiv_key, is_failing, is_late
from bot.services.choosing import Chooser
from bot.services.due import due_pages
from bot.storage import choosing, digesting, feeds, outbox, papers, sources
from bot.storage.digesting import Built, TakenMeanwhile
from bot.storage.engine import Database
from bot.storage.languages import languages_of
from bot.words import speaking

_log = logging.getLogger("cohort.digests")

OVERLAP: Final = timedelta(hours=1)
"""How far back of the last digest candidates are looked for, so that a batch another process was
storing at that moment is not passed over; what was dealt with is known by its id."""

LOOK_LATER: Final = timedelta(hours=1)
"""How long until a feed of a server that the bot is not in is looked at again; an invitation wakes it."""

PAGE: Final = 500
"""Feeds that are looked at together for whether there is anything to post."""

AT_ONCE: Final = 20
"""Digests that are written together: a commit costs more than what is in it, and drawing one takes milliseconds
in which, on SQLite, nobody else writes."""

_NOTHING: Final = Selection((), ())


@dataclass
class _Moves:
    """When the feeds of a transaction are looked at next: for each the moment from which it counts, and that moment."""

    on: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)  # to the next slot
    off: dict[int, tuple[datetime, datetime]] = field(default_factory=dict)  # the same slot again

    async def write(self, tx: AsyncConnection, now: datetime) -> None:
        await digesting.move_on(tx, self.on, now)
        await digesting.put_off(tx, self.off)


class _Slots:
    """The slots around a moment, each schedule worked out once: most feeds of a server share one."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._known: dict[Schedule, tuple[datetime, datetime]] = {}

    def around(self, schedule: Schedule) -> tuple[datetime, datetime]:
        """Return the last slot and the next one."""
        if schedule not in self._known:
            self._known[schedule] = (previous_slot(schedule, self._now), next_slot(schedule, self._now))
        return self._known[schedule]


class DigestService:
    """Turns due feeds into entries of the outbox."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        render: Renderer,
        *,
        absent: Callable[[int], bool] = lambda _server_id: False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._absent = absent
        self._stopping = asyncio.Event()
        self._began: datetime | None = None  # the first look of this process

    def stop(self) -> None:
        """Begin no further digest; those that are being built are finished."""
        self._stopping.set()

    async def build_due(self) -> int:
        """Handle every feed that is due; return how many digests were written.

        Many feeds share a transaction. Where one of them fails each gets its own, so that it holds up no other.
        """
        with Chooser(self._db) as chooser:
            return await self._build_all(chooser)

    async def _build_all(self, chooser: Chooser) -> int:
        built = 0
        now = self._clock.now()
        self._began = self._began or now
        async for page in due_pages(self._db, now, (FeedKind.PAPERS,), at_once=PAGE):
            if self._stopping.is_set():
                return built
            left = await self._pass_over(page)
            picky: set[int] = set()
            if left:
                async with self._db.read() as tx:
                    picky = await choosing.picky(tx, left)
            for start in range(0, len(left), AT_ONCE):
                if self._stopping.is_set():
                    return built
                built += await self._build(left[start : start + AT_ONCE], picky, chooser)
        return built

    # --- Feeds without news -------------------------------------------------------------------------

    async def _pass_over(self, page: Sequence[int]) -> list[int]:
        """Move on the feeds for which nothing was announced, all in one transaction; return the others."""
        try:
            async with self._db.write() as tx:
                return await self._move_quiet_on(tx, page)
        except Exception:  # noqa: BLE001 - logged; they are then looked at in smaller company
            _log.exception("looking at the feeds that are due failed", extra={"row": len(page)})
            return list(page)

    async def _move_quiet_on(self, tx: AsyncConnection, page: Sequence[int]) -> list[int]:
        now = self._clock.now()
        claimed = await feeds.claim_due(tx, page, now)
        if not claimed:
            return []
        stuck = await outbox.with_open(tx, page)
        read = await self._read_states(tx, claimed)
        since = min(feed.since for feed in claimed)
        newest = await digesting.newest(tx, _categories(claimed), since)
        slots, moves, left, quiet = _Slots(now), _Moves(), [], []
        for feed in claimed:
            if self._is_away(feed):
                # Every post would be refused, and refusals are counted: wait until the bot is back.
                moves.off[feed.id] = (feed.since, now + LOOK_LATER)
            elif feed.id in stuck or any(
                newest.get(category, feed.since) > feed.since for category in feed.plan.categories
            ):
                left.append(feed.id)
            else:
                quiet.append(self._decide(feed, feed.since, _NOTHING, read, slots, moves, now))
        await digesting.record(tx, [each for each in quiet if each is not None], now)
        await moves.write(tx, now)
        return left

    # --- Feeds with news ----------------------------------------------------------------------------

    async def _build(self, feed_ids: Sequence[int], picky: Collection[int], chooser: Chooser) -> int:
        """Build the digests of a few feeds together; each alone where that fails."""
        try:
            weights = {id_: await self._weigh(chooser, id_) for id_ in feed_ids if id_ in picky}
            async with self._db.write() as tx:
                digests = await self._build_in(tx, feed_ids, chooser, weights)
        except TakenMeanwhile:
            if len(feed_ids) == 1:
                # It is still due: the next look leaves out what the channel has by then.
                _log.info("a paper was shown by another feed meanwhile", extra={"feed": feed_ids[0]})
                return 0
        except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
            if len(feed_ids) == 1:
                _log.exception("building a digest failed", extra={"feed": feed_ids[0]})
                return 0
        else:
            for digest in digests:
                shown, overflow = len(digest.selection.shown), len(digest.selection.overflow)
                extra = {"feed": digest.feed.id, "shown": shown, "overflow": overflow}
                _log.info("digest built", extra=extra)
            return len(digests)
        return sum([await self._build([feed_id], picky, chooser) for feed_id in feed_ids])

    async def _weigh(self, chooser: Chooser, feed_id: int) -> Mapping[str, float]:
        """Do the slow part of the choice before the transaction in which it is used."""
        async with self._db.read() as tx:
            feed = await feeds.by_id(tx, feed_id)
            if feed is None or chooser.is_ready(feed.plan, feed.since):
                return {}
            found = await papers.candidates(tx, feed_id, feed.plan, feed.since)
        return await chooser.weigh(feed.plan, found)

    async def _build_in(
        self,
        tx: AsyncConnection,
        feed_ids: Sequence[int],
        chooser: Chooser,
        weights: Mapping[int, Mapping[str, float]],
    ) -> list[Built]:
        now = self._clock.now()
        moves, slots = _Moves(), _Slots(now)
        since: dict[int, datetime] = {}
        claimed = []
        for feed in await feeds.claim_due(tx, feed_ids, now):  # another process may have been quicker
            if self._is_away(feed):
                moves.off[feed.id] = (feed.since, now + LOOK_LATER)
            else:
                claimed.append(feed)
                since[feed.id] = feed.since
        await self._take_back(tx, claimed, since, moves, now)
        claimed = [feed for feed in claimed if feed.id not in moves.off]
        # Where the sources stand is read before what they announced: what is announced in between is then no
        # news that was passed over for being late, but news.
        read = await self._read_states(tx, claimed)
        built = []
        async for feed, selection in self._choose(tx, claimed, since, chooser, weights):
            each = self._decide(feed, since[feed.id], selection, read, slots, moves, now)
            if each is not None:
                built.append(each)
        shown = [each for each in built if each.selection.total]
        spoken = await languages_of(tx, [each.feed.server_id for each in shown])
        drawn = {each.feed.id: await self._draw(each, spoken[each.feed.server_id]) for each in shown}
        failed = {feed_id for feed_id, messages in drawn.items() if messages is None}
        for feed_id in failed:
            del moves.on[feed_id]
        fresh = await digesting.record(tx, [each for each in built if each.feed.id not in failed], now)
        await moves.write(tx, now)
        digests = [each for each in fresh if each.selection.total]
        rows: list[dict[str, Any]] = []
        for each in digests:
            messages = drawn[each.feed.id] or []
            more = [
                _row(each, message, part=part, parts=len(messages), now=now)
                for part, message in enumerate(messages, start=1)
            ]
            if any(row["below"] for row in more):  # its parts refer to each other
                await outbox.add(tx, more)
            else:
                rows += more
        if rows:
            await outbox.add(tx, rows)
        return digests

    async def _take_back(
        self,
        tx: AsyncConnection,
        claimed: Sequence[Feed],
        since: dict[int, datetime],
        moves: _Moves,
        now: datetime,
    ) -> None:
        """Let what is stuck and provably not in the channel become part of the next digest.

        After days without a permission the channel gets one post, not one for each day. What may be in the channel
        is waited for.
        """
        stuck = await outbox.with_open(tx, [feed.id for feed in claimed])
        for feed in claimed:
            if feed.id in stuck:
                since[feed.id] = await outbox.withdraw(tx, feed.id, now) or feed.since
                if await outbox.has_open(tx, feed.id):
                    moves.off[feed.id] = (since[feed.id], now + LOOK_AGAIN)

    async def _choose(
        self,
        tx: AsyncConnection,
        claimed: Sequence[Feed],
        since: Mapping[int, datetime],
        chooser: Chooser,
        weights: Mapping[int, Mapping[str, float]],
    ) -> AsyncIterator[tuple[Feed, Selection]]:
        """Yield the feeds with what each shows; what one shows the next one of its channel does not."""
        if not claimed:
            return
        lists = await digesting.read_lists(tx, _categories(claimed), min(since[feed.id] for feed in claimed))
        dealt = await digesting.dealt_with(tx, [feed.id for feed in claimed], lists.items)
        shown = await digesting.in_channels(tx, [feed.channel_id for feed in claimed], lists.items)
        for feed in claimed:
            taken = shown[feed.channel_id]
            found = lists.candidates(feed.plan, since[feed.id], dealt[feed.id] | taken)
            selection = await chooser.select(feed.plan, found, weights.get(feed.id, {}))
            taken |= {each.paper.id for each in selection.shown}
            yield feed, selection

    async def _draw(self, built: Built, language: Language) -> list[Rendered] | None:
        """Return a digest's messages, None where that fails: it is still due, and tried again at the next look."""
        await asyncio.sleep(0)  # others may have something to do between two of them
        try:
            with speaking(language):
                return self._render(Digest(built.feed, built.slot_at, built.selection))
        except Exception:  # noqa: BLE001 - the others go on
            _log.exception("building a digest failed", extra={"feed": built.feed.id})
            return None

    # --- Both ---------------------------------------------------------------------------------------

    def _decide(
        self,
        feed: Feed,
        since: datetime,
        selection: Selection,
        read: Mapping[str, SourceState],
        slots: _Slots,
        moves: _Moves,
        now: datetime,
    ) -> Built | None:
        """Let a feed's slot pass with what was found for it, or wait for its sources."""
        last, following = slots.around(feed.plan.schedule)
        slot_at = max(feed.slot_at, last)  # after downtime: one catch-up
        states = [read.get(arxiv_key(category)) for category in feed.plan.categories]
        pause = wait_for_sources(
            found=selection.total,
            late=any(is_late(state, now) for state in states),
            failing=any(is_failing(state) for state in states),
            slot_at=slot_at,
            waiting_since=max(slot_at, self._began or now),
            now=now,
        )
        if pause is not None:
            moves.off[feed.id] = (since, now + pause)
            return None
        moves.on[feed.id] = (max(feed.since, now - OVERLAP), following)
        return Built(feed, slot_at, since, selection)

    def _is_away(self, feed: Feed) -> bool:
        return feed.server_id is not None and self._absent(feed.server_id)

    async def _read_states(self, tx: AsyncConnection, claimed: Sequence[Feed]) -> dict[str, SourceState]:
        return await sources.get(tx, [arxiv_key(category) for category in _categories(claimed)])


def _categories(claimed: Sequence[Feed]) -> list[str]:
    return sorted({category for feed in claimed for category in feed.plan.categories})


def _row(built: Built, message: Rendered, *, part: int, parts: int, now: datetime) -> dict[str, Any]:
    feed = built.feed
    row = outbox.new_row(
        message,
        feed_id=feed.id,
        channel_id=feed.channel_id,
        slot_at=built.slot_at,
        part=part,
        parts=parts,
        now=now,
    )
    return row | {"below": message.below}
