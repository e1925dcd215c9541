"""Reads the arXiv categories that feeds want, politely, and remembers how each is doing."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.clock import Clock
from bot.domain.sources import (
    CHECK_EVERY,
    SourceOutcome,
    SourceState,
    arxiv_key,
    batch_hash,
)
from bot.services.changes import ChangeService
from bot.services.pacing import wait_for_turn
from bot.sources.arxiv import Fetched, fetch_category
from bot.sources.errors import SourceError
from bot.sources.http import Fetches
from bot.sources.worker import Worker
from bot.storage import feeds, papers, sources
from bot.storage.engine import Database

_log = logging.getLogger("cohort.arxiv")

LEASE: Final = timedelta(minutes=5)
"""A check takes at most a minute; a process that dies in one blocks its category no longer than this."""


LONGEST_PAUSE: Final = timedelta(seconds=30)
"""Ten processes waiting for their turn at once; more would be a clock that was set back."""


class ArxivService:
    """Polls categories: at most one request at a time and `interval` apart, over all processes."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        fetcher: Fetches,
        *,
        base_url: str,
        interval_s: float,
        owner: str,
        changes: ChangeService | None = None,
        worker: Worker | None = None,
    ) -> None:
        self._changes = changes or ChangeService(None)
        self._worker = worker
        self._db = db
        self._clock = clock
        self._fetcher = fetcher
        self._base_url = base_url
        self._interval = timedelta(seconds=interval_s)
        self._owner = owner
        self._asking = asyncio.Lock()
        self._stopping = False

    def stop(self) -> None:
        """Begin no further check; the one under way is finished."""
        self._stopping = True

    async def poll_due(self) -> int:
        """Read every wanted category that is due; return how many new announcements were stored."""
        async with self._db.read() as tx:
            categories = await feeds.wanted_categories(tx)
        return await self._poll(categories)

    async def read_now(self, categories: Sequence[str]) -> None:
        """Read those of `categories` that were never read, because somebody is waiting for them."""
        async with self._db.read() as tx:
            known = await sources.get(tx, [arxiv_key(category) for category in categories])
        await self._poll([c for c in categories if not _was_read(known.get(arxiv_key(c)))])

    async def states(self, categories: Sequence[str]) -> dict[str, SourceState | None]:
        """Return what is known of each category's feed."""
        async with self._db.read() as tx:
            known = await sources.get(tx, [arxiv_key(category) for category in categories])
        return {category: known.get(arxiv_key(category)) for category in categories}

    async def _poll(self, categories: Sequence[str]) -> int:
        if not categories:
            return 0
        keys = {arxiv_key(category): category for category in categories}
        async with self._db.write() as tx:
            await sources.ensure(tx, keys, self._clock.now())
        stored = 0
        while not self._stopping and (state := await self._claim(list(keys))) is not None:
            stored += await self._check(state, keys[state.key])
        return stored

    async def _claim(self, keys: Sequence[str]) -> SourceState | None:
        async with self._db.write() as tx:
            return await sources.claim_due(tx, keys, self._clock.now(), self._owner, LEASE)

    async def _check(self, state: SourceState, category: str) -> int:
        try:
            async with self._asking:  # one connection: a preview and the poll take turns
                await wait_for_turn(
                    self._db, self._clock, self._base_url, self._interval, at_most=LONGEST_PAUSE
                )
                fetched = await fetch_category(
                    self._fetcher,
                    self._base_url,
                    category,
                    etag=state.etag,
                    last_modified=state.last_modified,
                    worker=self._worker,
                )
            return await self._store(state, category, fetched)
        except SourceError as error:
            await self._record_failure(state, error)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one category must not stop the others
            _log.exception("reading a category failed", extra={"category": category})
            await self._record_failure(state, SourceError(f"Reading it failed ({type(error).__name__})."))
        return 0

    async def _store(self, state: SourceState, category: str, fetched: Fetched) -> int:
        now = self._clock.now()
        fine = state.well(now, now + CHECK_EVERY)
        async with self._db.write() as tx:
            if fetched.batch is None:
                # The list of a quiet day, unchanged, is still that of a quiet day and no old one.
                quiet = state.outcome is SourceOutcome.QUIET
                outcome, new = SourceOutcome.QUIET if quiet else SourceOutcome.SAME, 0
            else:
                changed = await papers.changed(tx, fetched.batch)
                new = await papers.store(tx, fetched.batch, now)
                await self._changes.enqueue(tx, changed, now)
                # An empty day says nothing of what comes after it: the list before it is still the last one.
                listed = batch_hash(fetched.batch) if fetched.batch.announcements else state.batch_hash
                outcome = _outcome(
                    len(fetched.batch.announcements), fresh=listed != state.batch_hash, new=new
                )
                fine = replace(
                    fine, etag=fetched.etag, last_modified=fetched.last_modified, batch_hash=listed
                )
            if outcome is SourceOutcome.NEWS:
                fine = replace(fine, last_news_at=now)
            await sources.record(tx, replace(fine, outcome=outcome))
        skipped = len(fetched.batch.skipped) if fetched.batch else 0
        _log.info(
            "category read", extra={"category": category, "outcome": outcome, "new": new, "skipped": skipped}
        )
        return new

    async def _record_failure(self, state: SourceState, error: SourceError) -> None:
        now = self._clock.now()
        failed = state.failed(error.reason, now, pause=error.pause)
        async with self._db.write() as tx:
            await sources.record(tx, failed)
        _log.warning(
            "category failed", extra={"source": state.key, "reason": error.reason, "row": failed.failures}
        )


def _was_read(state: SourceState | None) -> bool:
    return state is not None and state.last_checked_at is not None


def _outcome(listed: int, *, fresh: bool, new: int) -> SourceOutcome:
    if not listed:
        return SourceOutcome.QUIET
    return SourceOutcome.NEWS if fresh or new else SourceOutcome.SAME
