"""Builds the digests whose local time has come: items and outbox entries in one transaction."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from bot.clock import Clock
from bot.domain.digests import LOOK_AGAIN, Digest, Rendered, Renderer, wait_for_sources
from bot.domain.feeds import FeedKind
from bot.domain.schedule import next_slot, previous_slot
from bot.domain.sources import arxiv_key, is_failing, is_late
from bot.services.choosing import Chooser
from bot.services.due import due_pages
from bot.storage import choosing, feeds, outbox, papers, sources
from bot.storage.engine import Database

_log = logging.getLogger("cohort.digests")

OVERLAP: Final = timedelta(hours=1)
"""How far back of the last digest candidates are looked for, so that a batch another process was
storing at that moment is not passed over; what was dealt with is known by its id."""

LOOK_LATER: Final = timedelta(hours=1)
"""How long until a feed of a server that the bot is not in is looked at again; an invitation wakes it."""


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
        self._stopping = False
        self._began: datetime | None = None  # the first look of this process

    def stop(self) -> None:
        """Begin no further digest; the one that is being built is finished."""
        self._stopping = True

    async def build_due(self) -> int:
        """Handle every feed that is due; return how many digests were written.

        Each feed has a transaction of its own, so that one that fails holds up no other.
        """
        with Chooser(self._db) as chooser:
            return await self._build_all(chooser)

    async def _build_all(self, chooser: Chooser) -> int:
        built = 0
        now = self._clock.now()
        self._began = self._began or now
        async for page in due_pages(self._db, now, (FeedKind.PAPERS,)):
            async with self._db.read() as tx:
                picky = await choosing.picky(tx, page)
            for feed_id in page:
                if self._stopping:
                    return built
                try:
                    weights = await self._weigh(chooser, feed_id) if feed_id in picky else {}
                    built += await self._build(feed_id, chooser, weights)
                except papers.TakenMeanwhile:
                    # It is still due: the next look leaves out what the channel has by then.
                    _log.info("a paper was shown by another feed meanwhile", extra={"feed": feed_id})
                except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                    _log.exception("building a digest failed", extra={"feed": feed_id})
        return built

    async def _weigh(self, chooser: Chooser, feed_id: int) -> Mapping[str, float]:
        """Do the slow part of the choice before the transaction in which it is used."""
        async with self._db.read() as tx:
            feed = await feeds.by_id(tx, feed_id)
            if feed is None or chooser.is_ready(feed.plan, feed.since):
                return {}
            found = await papers.candidates(tx, feed_id, feed.plan, feed.since)
        return await chooser.weigh(feed.plan, found)

    async def _build(self, feed_id: int, chooser: Chooser, weights: Mapping[str, float]) -> bool:
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.claim_one_due(tx, feed_id, now)
            if feed is None:  # another process was quicker
                return False
            if feed.server_id is not None and self._absent(feed.server_id):
                # Every post would be refused, and refusals are counted: wait until the bot is back.
                await feeds.postpone(tx, feed.id, now + LOOK_LATER, since=feed.since)
                return False
            plan = feed.plan
            # What is stuck and provably not in the channel becomes part of this digest: after days
            # without a permission the channel gets one post, not one for each day.
            since = await outbox.withdraw(tx, feed.id, now) or feed.since
            if await outbox.has_open(tx, feed.id):
                await feeds.postpone(tx, feed.id, now + LOOK_AGAIN, since=since)
                return False
            slot_at = max(feed.slot_at, previous_slot(plan.schedule, now))  # after downtime: one catch-up
            found = await papers.candidates(tx, feed.id, plan, since)
            selection = await chooser.select(plan, found, weights)
            states = await sources.get(tx, [arxiv_key(category) for category in plan.categories])
            read = [states.get(arxiv_key(category)) for category in plan.categories]
            pause = wait_for_sources(
                found=selection.total,
                late=any(is_late(state, now) for state in read),
                failing=any(is_failing(state) for state in read),
                slot_at=slot_at,
                waiting_since=max(slot_at, self._began or now),
                now=now,
            )
            if pause is not None:
                await feeds.postpone(tx, feed.id, now + pause, since=since)
                return False
            await feeds.advance(
                tx,
                feed.id,
                since=max(feed.since, now - OVERLAP),
                slot_at=next_slot(plan.schedule, now),
                ran_at=now,
            )
            fresh = await papers.record_digest(tx, feed, slot_at, selection, now, since=since)
            if not fresh or not selection.total:
                return False
            digest = Digest(feed, slot_at, selection)
            messages = self._render(digest)
            await outbox.add(
                tx,
                [
                    _row(digest, message, part=part, parts=len(messages), now=now)
                    for part, message in enumerate(messages, start=1)
                ],
            )
        _log.info(
            "digest built",
            extra={"feed": feed.id, "shown": len(selection.shown), "overflow": len(selection.overflow)},
        )
        return True


def _row(digest: Digest, message: Rendered, *, part: int, parts: int, now: datetime) -> dict[str, Any]:
    feed = digest.feed
    row = outbox.new_row(
        message,
        feed_id=feed.id,
        channel_id=feed.channel_id,
        slot_at=digest.slot_at,
        part=part,
        parts=parts,
        now=now,
    )
    return row | {"below": message.below}
