"""Reads calendars, hackathon sites and the list of deadlines, politely, once for all servers and processes."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final, TypeVar
from urllib.parse import urlsplit

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock, sleep
from bot.domain.agenda import deadline_facts, hackathon_facts
from bot.domain.conferences import Catalogue
from bot.domain.event_sources import (
    CALENDARS_EVERY,
    DEADLINES,
    HACKATHONS,
    LISTS_EVERY,
    READ_WHOLE_EVERY,
    site_key,
)
from bot.domain.events import Window
from bot.domain.hackathon_copies import merge
from bot.domain.hackathons import Source
from bot.domain.sources import SourceOutcome, SourceState
from bot.services.events.sites import Addresses, read_site
from bot.services.pacing import wait_for_turn
from bot.sources import deadlines as deadline_lists
from bot.sources.calendars import FetchedCalendar, fetch_calendar
from bot.sources.errors import SourceError
from bot.sources.hackathons.listing import CLOSED
from bot.sources.http import MAX_BYTES, Fetches, Response
from bot.sources.worker import Worker
from bot.storage import sources
from bot.storage.engine import Database
from bot.storage.events import listings, reminders

_log = logging.getLogger("cohort.events")

T = TypeVar("T")

LEASE: Final = timedelta(minutes=10)
"""A site of five pages, and a wait for its host, take at most half of that."""

PAUSE: Final = timedelta(seconds=2)
"""Between two requests to one host, over all processes."""

LONGEST_PAUSE: Final = timedelta(seconds=60)

AT_ONCE: Final = 4
"""Sources that are read together: a slow one holds up no other."""

_PARSE_LIMIT_S: Final = 30.0
_PARSE_MEMORY_MB: Final = 512
_RECENT: Final = timedelta(days=2)


class EventPolls:
    """Polls what active feeds read: each source is claimed by one process, each host asked at a measured pace."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        fetcher: Fetches,
        *,
        owner: str,
        addresses: Addresses,
        people: Fetches | None = None,
        worker: Worker | None = None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._owner = owner
        self._addresses = addresses
        self._worker = worker
        self._fetcher = _Paced(fetcher, db, clock)
        # What people name is fetched by one that guards its sockets.
        self._people = _Paced(people or fetcher, db, clock)
        self._stopping = False

    def stop(self) -> None:
        """Begin no further reading; those under way are finished."""
        self._stopping = True

    async def poll_due(self) -> int:
        """Read every wanted source that is due; return how many events are new or changed."""
        async with self._db.read() as tx:
            keys = await listings.wanted_sources(tx)
        return await self._poll(keys - {HACKATHONS})

    async def read_now(self, keys: Collection[str]) -> None:
        """Read those of `keys` that were never read, because somebody waits for them."""
        async with self._db.read() as tx:
            known = await sources.get(tx, list(keys))
        await self._poll({k for k in keys if k not in known or known[k].last_checked_at is None})

    async def states(self, keys: Sequence[str]) -> dict[str, SourceState]:
        """Return what is known of some sources."""
        async with self._db.read() as tx:
            return await sources.get(tx, keys)

    async def read_calendar(self, url: str, zone: str) -> FetchedCalendar:
        """Read a calendar for somebody who looks at it; raises SourceError."""
        return await fetch_calendar(
            self._people, url, run=self._run, default_zone=zone, now=self._clock.now()
        )

    async def _poll(self, keys: Collection[str]) -> int:
        if not keys:
            return 0
        async with self._db.write() as tx:
            await sources.ensure(tx, sorted(keys), self._clock.now())
        counts = await asyncio.gather(*(self._work(sorted(keys)) for _ in range(min(AT_ONCE, len(keys)))))
        return sum(counts)

    async def _work(self, keys: Sequence[str]) -> int:
        touched = 0
        while not self._stopping and (state := await self._claim(keys)) is not None:
            touched += await self._check(state)
        return touched

    async def _claim(self, keys: Sequence[str]) -> SourceState | None:
        async with self._db.write() as tx:
            return await sources.claim_due(tx, keys, self._clock.now(), self._owner, LEASE)

    async def _check(self, state: SourceState) -> int:
        try:
            if state.key.startswith("calendar:"):
                return await self._read_calendar(state)
            if state.key == DEADLINES:
                return await self._read_deadlines(state)
            return await self._read_site(state)
        except SourceError as error:
            await self._record_failure(state, error)
        except Exception as error:  # noqa: BLE001 - a fault of ours in one source must not stop the others
            _log.exception("reading a source of events failed", extra={"source": state.key})
            await self._record_failure(state, SourceError(f"Reading it failed ({type(error).__name__})."))
        return 0

    # --- One source ---------------------------------------------------------------------------------

    async def _read_calendar(self, state: SourceState) -> int:
        asked_at = self._clock.now()
        async with self._db.read() as tx:
            row = await listings.calendar(tx, state.key)
            missing = await listings.any_missing(tx, state.key, asked_at)
        if row is None:  # its last feed was removed meanwhile
            return 0
        old = row.read_at is None or asked_at - row.read_at >= READ_WHOLE_EVERY
        whole = missing or old
        fetched = await fetch_calendar(
            self._people,
            row.url,
            run=self._run,
            default_zone=row.zone,
            now=asked_at,
            etag=None if whole else state.etag,
            last_modified=None if whole else state.last_modified,
        )
        now = self._clock.now()
        fine = state.well(now, now + CALENDARS_EVERY)
        calendar = fetched.calendar
        async with self._db.write() as tx:
            if calendar is None:
                await sources.record(tx, replace(fine, outcome=state.outcome or SourceOutcome.SAME))
                return 0
            reading = listings.Reading([(event, {}) for event in calendar.events], calendar.covers)
            touched = await self._keep(tx, state.key, reading, now)
            await listings.calendar_was_read(tx, state.key, calendar.name, now)
            # What the answer said of itself belongs to the address it came from.
            own = fetched.url == row.url
            fine = replace(
                fine,
                etag=fetched.etag if own else None,
                last_modified=fetched.last_modified if own else None,
            )
            await self._record(tx, fine, listed=len(calendar.events), touched=len(touched))
        return len(touched)

    async def _read_site(self, state: SourceState) -> int:
        site = next(each for each in Source if site_key(each) == state.key)
        today = self._clock.now().date()
        listing = await read_site(site, self._fetcher, self._addresses, run=self._run, today=today)
        now = self._clock.now()
        async with self._db.write() as tx:
            await listings.lock_hackathons(tx)
            # An entry that cannot be read may be any; what is only by invitation was never listed.
            unread = [reason for reason in listing.skipped if not reason.endswith(CLOSED)]
            await listings.store_site(
                tx, site, listing.hackathons, complete=listing.complete and not unread, now=now
            )
            entries, identities = await listings.site_entries(tx, now - _RECENT)
            merged = merge(entries, identities)
            await listings.set_identities(tx, {alias: each.key for each in merged for alias in each.aliases})
            reading = listings.Reading(
                [(each.event(), hackathon_facts(each)) for each in merged],
                # What a site lacks was looked at site by site: what is left over has been missed often enough.
                Window(now, datetime.max.replace(tzinfo=now.tzinfo)),
                {alias: each.key for each in merged for alias in each.aliases},
                patient=False,
            )
            touched = await self._keep(tx, HACKATHONS, reading, now)
            await self._record(
                tx, state.well(now, now + LISTS_EVERY), listed=len(listing.hackathons), touched=len(touched)
            )
        return len(touched)

    async def _read_deadlines(self, state: SourceState) -> int:
        asked_at = self._clock.now()
        async with self._db.read() as tx:
            missing = await listings.any_missing(tx, DEADLINES, asked_at)
        fetched = await deadline_lists.fetch(
            self._fetcher,
            self._addresses.deadlines,
            etag=None if missing else state.etag,
            last_modified=None if missing else state.last_modified,
            run=self._parse_deadlines,
        )
        now = self._clock.now()
        fine = state.well(now, now + LISTS_EVERY)
        catalogue = fetched.catalogue
        async with self._db.write() as tx:
            if catalogue is None:
                await sources.record(tx, replace(fine, outcome=state.outcome or SourceOutcome.SAME))
                return 0
            await listings.store_editions(tx, catalogue.editions)
            coming = [each for each in catalogue.deadlines if each.due_at > now - _RECENT]
            reading = listings.Reading(
                [(each.event(), deadline_facts(each)) for each in coming],
                Window(now, datetime.max.replace(tzinfo=now.tzinfo)) if catalogue.complete else None,
            )
            touched = await self._keep(tx, DEADLINES, reading, now)
            fine = replace(fine, etag=fetched.etag, last_modified=fetched.last_modified)
            await self._record(tx, fine, listed=len(coming), touched=len(touched))
        return len(touched)

    # --- What all have in common --------------------------------------------------------------------

    async def _keep(
        self, tx: AsyncConnection, source: str, reading: listings.Reading, now: datetime
    ) -> set[int]:
        """Store what was listed and let those who show it know, all in one transaction."""
        touched = await listings.store(tx, source, reading, now)
        if touched:
            await reminders.follow(tx, touched, now)
            await listings.wake_readers(tx, source, now)
        return touched

    async def _record(self, tx: AsyncConnection, fine: SourceState, *, listed: int, touched: int) -> None:
        outcome = SourceOutcome.NEWS if touched else SourceOutcome.SAME if listed else SourceOutcome.QUIET
        if outcome is SourceOutcome.NEWS:
            fine = replace(fine, last_news_at=fine.last_checked_at)
        await sources.record(tx, replace(fine, outcome=outcome))
        _log.info("events read", extra={"source": fine.key, "outcome": outcome, "new": touched})

    async def _record_failure(self, state: SourceState, error: SourceError) -> None:
        now = self._clock.now()
        async with self._db.write() as tx:
            await sources.record(tx, state.failed(error.reason, now, pause=error.pause))
        _log.warning("events failed", extra={"source": state.key, "reason": error.reason})

    async def _run(self, func: Callable[..., T], /, *args: object, limit_s: float, memory_mb: int) -> T:
        if self._worker is None:
            return await asyncio.to_thread(func, *args)
        return await self._worker.run(func, *args, limit_s=limit_s, memory_mb=memory_mb)

    async def _parse_deadlines(self, parse: Callable[[bytes], Catalogue], body: bytes) -> Catalogue:
        return await self._run(parse, body, limit_s=_PARSE_LIMIT_S, memory_mb=_PARSE_MEMORY_MB)


@dataclass
class _Host:
    """When this process asked a host last, and who wants to be next."""

    in_line: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: datetime | None = None


class _Paced:
    """A fetcher that waits for its turn at each host, which all processes share."""

    def __init__(self, fetcher: Fetches, db: Database, clock: Clock) -> None:
        self._fetcher = fetcher
        self._db = db
        self._clock = clock
        self._hosts: dict[str, _Host] = {}  # as many as servers named in their feeds

    async def get(
        self,
        url: str,
        *,
        etag: str | None = None,
        last_modified: str | None = None,
        max_bytes: int = MAX_BYTES,
        timeout_s: float = 60,
        name: str | None = None,
    ) -> Response:
        """Wait for the turn, then fetch."""
        host = self._hosts.setdefault(urlsplit(url).netloc, _Host())
        async with host.in_line:
            await wait_for_turn(self._db, self._clock, url, PAUSE, at_most=LONGEST_PAUSE)
            # Between a booking and its request lies a commit: two that are late by different amounts would come
            # too close to each other.
            since = self._clock.now() - host.asked_at if host.asked_at is not None else PAUSE
            if timedelta() <= since < PAUSE:
                await sleep(self._clock, (PAUSE - since).total_seconds())
            host.asked_at = self._clock.now()
        return await self._fetcher.get(
            url,
            etag=etag,
            last_modified=last_modified,
            max_bytes=max_bytes,
            timeout_s=timeout_s,
            name=name,
        )
