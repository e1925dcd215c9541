"""Asks arXiv's query API for what members look up.

Answers are kept for an hour, one question is asked at a time, and none while arXiv asks to be left alone.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.cache import Cache
from bot.clock import Clock
from bot.domain.community import Details, FoundPaper, SearchResults
from bot.domain.sources import SourceOutcome, SourceState
from bot.services.pacing import wait_for_turn
from bot.sources.arxiv_api import fetch_by_ids, search
from bot.sources.errors import BadStatus, Busy, FeedErrorReported, FetchError, SourceError
from bot.sources.http import Fetches
from bot.sources.worker import Worker
from bot.storage import sources
from bot.storage.engine import Database

_log = logging.getLogger("cohort.arxiv")

KEY: Final = "arxiv-api"
"""Its row among the sources, in which all processes see whether it may be asked."""

AT_ONCE: Final = 25
"""Results in one request: five pages of a search."""

KEEP: Final = timedelta(hours=1)
"""How long an answer is given again; arXiv's own results change once a day."""

LONGEST_PAUSE: Final = timedelta(seconds=30)

MAX_WAITING: Final = 10
"""Members who wait for their turn in one process; one more is told to come back."""

_SOON: Final = timedelta(minutes=1)
_PAUSES: Final = tuple(timedelta(minutes=minutes) for minutes in (15, 30, 60, 120))
_ANSWERS_KEPT: Final = 100
_DETAILS_KEPT: Final = 2_000


class Unavailable(Exception):
    """arXiv cannot be asked now: `reason` is one plain sentence, `until` when to try again."""

    def __init__(self, reason: str, until: datetime) -> None:
        super().__init__(reason)
        self.reason = reason
        self.until = until


class ArxivLookup:
    """The one way to arXiv's query API.

    `pace_url` names the host whose pauses count: arXiv's limit is one for all its interfaces together
    (https://info.arxiv.org/help/api/tou.html), so this takes turns with the daily lists.
    """

    def __init__(
        self,
        db: Database,
        clock: Clock,
        fetcher: Fetches,
        *,
        base_url: str,
        pace_url: str,
        interval_s: float,
        worker: Worker | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._fetcher = fetcher
        self._base_url = base_url
        self._pace_url = pace_url
        self._interval = timedelta(seconds=interval_s)
        self._worker = worker
        self._asking = asyncio.Lock()
        self._waiting = 0
        self._answers: Cache[tuple[str, int], SearchResults] = Cache(_ANSWERS_KEPT, KEEP)
        self._details: Cache[str, Details] = Cache(_DETAILS_KEPT, timedelta(days=1))

    async def search(self, search_query: str, start: int) -> SearchResults:
        """Return AT_ONCE results from `start` (a multiple of it) on; raises Unavailable."""
        return await self._ask(
            (search_query, start),
            lambda: search(
                self._fetcher,
                self._base_url,
                search_query,
                start=start,
                max_results=AT_ONCE,
                worker=self._worker,
            ),
        )

    async def paper(self, paper_id: str) -> FoundPaper | None:
        """Return a paper by its base id, None where arXiv knows none; raises Unavailable."""
        results = await self._ask(
            (f"id:{paper_id}", 0),
            lambda: fetch_by_ids(self._fetcher, self._base_url, [paper_id], worker=self._worker),
        )
        return next((found for found in results.found if found.paper.id == paper_id), None)

    def details(self, paper_id: str) -> Details | None:
        """Return what arXiv said of a paper beside its list entry, where that was heard lately."""
        return self._details.get(paper_id, self._clock.now())

    async def _ask(
        self, key: tuple[str, int], request: Callable[[], Awaitable[SearchResults]]
    ) -> SearchResults:
        if (known := self._answers.get(key, self._clock.now())) is not None:
            return known
        await self._state()
        if self._waiting >= MAX_WAITING:
            raise Unavailable("Many people are looking things up right now.", self._clock.now() + _SOON)
        self._waiting += 1
        try:
            async with self._asking:
                # Somebody may have asked the same, or been refused, while this one waited.
                if (known := self._answers.get(key, self._clock.now())) is not None:
                    return known
                state = await self._state()
                await wait_for_turn(
                    self._db, self._clock, self._pace_url, self._interval, at_most=LONGEST_PAUSE
                )
                return await self._answer(key, request, state)
        finally:
            self._waiting -= 1

    async def _answer(
        self, key: tuple[str, int], request: Callable[[], Awaitable[SearchResults]], state: SourceState
    ) -> SearchResults:
        try:
            results = await request()
        except FeedErrorReported:
            # How it answers to an id that cannot be, or to words it cannot search for; not worth keeping.
            return SearchResults((), 0, 0)
        except SourceError as error:
            raise await self._failed(state, error) from error
        now = self._clock.now()
        if state.failures or state.last_checked_at is None:
            await self._record(replace(state.well(now, now), outcome=SourceOutcome.NEWS))
        self._answers.put(key, results, now)
        for found in results.found:
            self._details.put(found.paper.id, found.details, now)
        return results

    async def _state(self) -> SourceState:
        """Return what is remembered of the API; raises Unavailable while it is to be left alone."""
        now = self._clock.now()
        async with self._db.read() as tx:
            state = (await sources.get(tx, [KEY])).get(KEY) or SourceState(KEY, now)
        if state.outcome is SourceOutcome.ERROR and state.next_check_at > now:
            raise Unavailable("arXiv is busy.", state.next_check_at)
        return state

    async def _failed(self, state: SourceState, error: SourceError) -> Unavailable:
        now = self._clock.now()
        if not _is_trouble(error):
            _log.warning("a look-up failed", extra={"reason": error.reason})
            return Unavailable(error.reason, now + _SOON)
        pause = max(_PAUSES[min(state.failures, len(_PAUSES) - 1)], error.pause or timedelta())
        failed = state.failed(error.reason, now, next_check_at=now + pause)
        await self._record(failed)
        _log.warning(
            "arXiv is left alone for a while",
            extra={"reason": error.reason, "pause_s": pause.total_seconds()},
        )
        return Unavailable("arXiv is busy.", failed.next_check_at)

    async def _record(self, state: SourceState) -> None:
        async with self._db.write() as tx:
            await sources.ensure(tx, [KEY], self._clock.now())
            await sources.record(tx, state)


def _is_trouble(error: SourceError) -> bool:
    """Whether the whole API is in trouble, rather than this one answer."""
    return isinstance(error, Busy | FetchError) or (isinstance(error, BadStatus) and error.status >= 500)
