"""Reads Hugging Face's daily papers: what many people found worth a look."""

import asyncio
import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.domain.sources import SourceOutcome
from bot.sources.errors import SourceError
from bot.sources.hf_papers import fetch_daily
from bot.sources.http import Fetches
from bot.sources.worker import Worker
from bot.storage import signals, sources
from bot.storage.engine import Database

_log = logging.getLogger("cohort.signals")

KEY: Final = "hf:daily"

CHECK_EVERY: Final = timedelta(hours=2)
"""Votes come in over days; twelve looks of three requests a day are enough."""

DAYS: Final = 3
"""How many days' lists are read again: a vote for yesterday's paper still counts."""

LEASE: Final = timedelta(minutes=5)


class SignalService:
    """Keeps votes and links of papers; one process reads at a time, over all processes."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        fetcher: Fetches,
        *,
        url: str,
        owner: str,
        worker: Worker | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._fetcher = fetcher
        self._url = url
        self._owner = owner
        self._worker = worker
        self._reading = asyncio.Lock()

    async def poll_due(self) -> int:
        """Read the last days' lists if it is time; return how many papers were told of."""
        async with self._reading:
            now = self._clock.now()
            async with self._db.write() as tx:
                await sources.ensure(tx, [KEY], now)
                state = await sources.claim_due(tx, [KEY], now, self._owner, LEASE)
            if state is None:
                return 0
            try:
                told = await self._read(now)
            except Exception as fault:  # noqa: BLE001 - a fault here must not keep digests from being built
                error = fault if isinstance(fault, SourceError) else SourceError(type(fault).__name__)
                if error is not fault:
                    _log.exception("reading Hugging Face failed")
                failed = state.failed(error.reason, now, pause=error.pause)
                async with self._db.write() as tx:
                    await sources.record(tx, failed)
                _log.warning("Hugging Face failed", extra={"reason": error.reason, "row": failed.failures})
                return 0
            outcome = SourceOutcome.NEWS if told else SourceOutcome.QUIET
            async with self._db.write() as tx:
                await sources.record(tx, replace(state.well(now, now + CHECK_EVERY), outcome=outcome))
            _log.info("Hugging Face read", extra={"papers": told})
            return told

    async def _read(self, now: datetime) -> int:
        told = 0
        for back in range(DAYS):
            day = (now - timedelta(days=back)).date()
            daily = await fetch_daily(self._fetcher, self._url, day, worker=self._worker)
            async with self._db.write() as tx:
                await signals.record(tx, daily.papers, now)
            told += len(daily.papers)
        return told
