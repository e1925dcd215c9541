"""Events as their sources list them: new, changed, missing, gone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import SAME_AS, Listed, over_at
from bot.domain.conferences import Catalogue
from bot.domain.deadlines import Edition
from bot.domain.event_sources import HACKATHONS
from bot.domain.events import MISSES, Event, Window, has_vanished, misses_after
from bot.domain.feeds import EVENT_KINDS, FeedState
from bot.domain.hackathons import Hackathon, Source
from bot.domain.sources import SourceOutcome, SourceState
from bot.storage import sources as source_rows
from bot.storage import sql
from bot.storage.event_json import (
    from_edition,
    from_event,
    from_hackathon,
    to_edition,
    to_event,
    to_hackathon,
)
from bot.storage.tables import (
    calendars,
    conference_editions,
    events,
    feed_sources,
    feeds,
    hackathon_entries,
    sources,
)

_UNSEEN: Final = frozenset({"registrations"})
"""Details that change all the time and are no reason to touch a message."""


LONG_OVER: Final = timedelta(days=60)
"""How long an event is remembered: the occurrences of a monthly series have to know of each other."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source listed. `covers` is where a missing event means something, None where it nowhere does."""

    found: Sequence[tuple[Event, Mapping[str, Any]]]
    covers: Window | None
    aliases: Mapping[str, str] = field(default_factory=dict)  # keys, and the event that each belongs to now
    patient: bool = True  # a missing event is gone only after the second time


async def store(tx: AsyncConnection, source: str, reading: Reading, now: datetime) -> set[int]:
    """Write what a source listed; return the events that are new, changed, gone or back."""
    known = {row.key: row for row in await tx.execute(select(events).where(events.c.source == source))}
    touched: set[int] = set()
    listed: dict[str, tuple[Event, Mapping[str, Any]]] = {}
    for event, facts in reading.found:
        listed.setdefault(event.key, (event, facts))
    seen = []
    for key, (event, facts) in listed.items():
        row = known.get(key)
        if row is None:
            touched.add(await _insert(tx, source, event, facts, now))
            continue
        seen.append(row.id)
        if await _update(tx, row, event, facts, now):
            touched.add(row.id)
    for start in range(0, len(seen), sql.CHUNK):
        ids = seen[start : start + sql.CHUNK]
        await tx.execute(update(events).where(events.c.id.in_(ids)).values(last_seen_at=now))
    for alias, key in reading.aliases.items():
        if alias != key and alias in known and alias not in listed and key in listed:
            touched |= await _join(tx, known[alias], source, key, listed[key][0], now)
    if reading.covers is not None:
        for key, row in known.items():
            if key not in listed and key not in reading.aliases and not row.gone:
                touched |= await _miss(tx, row, reading, reading.covers, now)
    return touched


async def _insert(
    tx: AsyncConnection, source: str, event: Event, facts: Mapping[str, Any], now: datetime
) -> int:
    number = await tx.scalar(
        events.insert()
        .values(
            source=source,
            key=event.key,
            **_columns(event, facts),
            first_seen_at=now,
            last_seen_at=now,
            changed_at=now,
        )
        .returning(events.c.id)
    )
    assert isinstance(number, int)
    return number


async def _update(
    tx: AsyncConnection, row: Row[Any], event: Event, facts: Mapping[str, Any], now: datetime
) -> bool:
    """Write one event that is known; return whether people would see a difference."""
    old = to_event(row.body)
    if old == event and dict(row.facts) == dict(facts) and not row.missing and not row.gone:
        return False
    news = bool(row.gone) or SAME_AS in row.facts or _seen(old) != _seen(event)
    values = {**_columns(event, facts), "missing": 0, "gone": False}
    if news:
        values |= {"revision": row.revision + 1, "changed_at": now}
    await tx.execute(update(events).where(events.c.id == row.id).values(**values))
    return news


async def _join(
    tx: AsyncConnection, row: Row[Any], source: str, key: str, event: Event, now: datetime
) -> set[int]:
    """Remember that what was taken for an event of its own is another; return it where that is news."""
    into: int | None = await tx.scalar(
        select(events.c.id).where(events.c.source == source, events.c.key == key)
    )
    assert into is not None
    same_as = {"id": into, "title": event.title}
    old = row.facts.get(SAME_AS)
    if row.gone or (old is not None and old["id"] == into):
        return set()
    facts = {**row.facts, SAME_AS: same_as}
    await tx.execute(
        update(events)
        .where(events.c.id == row.id)
        .values(facts=facts, missing=0, revision=row.revision + 1, changed_at=now)
    )
    return {row.id}


async def _miss(
    tx: AsyncConnection, row: Row[Any], reading: Reading, covers: Window, now: datetime
) -> set[int]:
    misses = misses_after(to_event(row.body), row.missing, covers=covers, now=now)
    if misses == row.missing:
        return set()
    gone = has_vanished(misses if reading.patient else misses + MISSES)
    values: dict[str, Any] = {"missing": misses, "gone": gone}
    if gone:
        values |= {"revision": row.revision + 1, "changed_at": now}
    await tx.execute(update(events).where(events.c.id == row.id).values(**values))
    return {row.id} if gone else set()


def _columns(event: Event, facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "kind": event.kind.value,
        "starts_at": event.starts_at,
        "over_at": over_at(event),
        "body": from_event(event),
        "facts": dict(facts),
    }


def _seen(event: Event) -> Event:
    return replace(event, details=tuple(pair for pair in event.details if pair[0] not in _UNSEEN))


async def any_missing(tx: AsyncConnection, source: str, now: datetime) -> bool:
    """Whether an event to come was lacking the last time: the next reading has to be a whole one."""
    found = await tx.scalar(
        select(events.c.id)
        .where(events.c.source == source, events.c.missing > 0, ~events.c.gone, events.c.starts_at > now)
        .limit(1)
    )
    return found is not None


async def of_source(tx: AsyncConnection, source: str, after: datetime) -> list[Listed]:
    """Return a source's events that are over later than `after`, soonest first."""
    rows = await tx.execute(
        select(events)
        .where(events.c.source == source, events.c.over_at > after)
        .order_by(events.c.starts_at, events.c.id)
    )
    return [listed_of(row) for row in rows]


async def by_ids(tx: AsyncConnection, ids: Iterable[int]) -> dict[int, Listed]:
    """Return events by their ids."""
    wanted = list(ids)
    found: dict[int, Listed] = {}
    for start in range(0, len(wanted), sql.CHUNK):
        rows = await tx.execute(select(events).where(events.c.id.in_(wanted[start : start + sql.CHUNK])))
        found |= {row.id: listed_of(row) for row in rows}
    return found


def listed_of(row: Row[Any]) -> Listed:
    """Read a row of `events`."""
    return Listed(
        id=row.id,
        source=row.source,
        event=to_event(row.body),
        gone=bool(row.gone),
        revision=row.revision,
        first_seen_at=row.first_seen_at,
        changed_at=row.changed_at,
        facts=row.facts,
    )


async def purge(tx: AsyncConnection, before: datetime) -> int:
    """Forget what was over before `before`; return how many events."""
    await tx.execute(delete(hackathon_entries).where(hackathon_entries.c.ends_at < before))
    result = await tx.execute(delete(events).where(events.c.over_at < before))
    # Calendars that nobody reads any more.
    read = exists().where(feed_sources.c.source == calendars.c.key)
    await tx.execute(delete(calendars).where(~read))
    return result.rowcount


# --- Sources ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """One calendar that is read."""

    key: str
    url: str
    zone: str
    name: str | None
    read_at: datetime | None


async def wanted_sources(tx: AsyncConnection) -> set[str]:
    """Return the sources that at least one active feed reads."""
    rows = await tx.scalars(
        select(feed_sources.c.source)
        .join(feeds, feeds.c.id == feed_sources.c.feed_id)
        .where(feeds.c.state == FeedState.ACTIVE)
        .distinct()
    )
    return set(rows)


async def failing_sources(tx: AsyncConnection, before: datetime) -> dict[str, SourceState]:
    """Return the sources of events that have failed since `before` or longer, by key."""
    keys = await tx.scalars(
        select(sources.c.key).where(
            sources.c.outcome == SourceOutcome.ERROR,
            sources.c.failing_since <= before,
            sources.c.key.in_(select(feed_sources.c.source)),
        )
    )
    return await source_rows.get(tx, list(keys))


async def calendar(tx: AsyncConnection, key: str) -> CalendarRow | None:
    """Return one calendar."""
    row = (await tx.execute(select(calendars).where(calendars.c.key == key))).first()
    return CalendarRow(row.key, row.url, row.zone, row.name, row.read_at) if row is not None else None


async def calendar_was_read(tx: AsyncConnection, key: str, name: str | None, now: datetime) -> None:
    """Remember that a calendar was read as a whole."""
    await tx.execute(update(calendars).where(calendars.c.key == key).values(name=name, read_at=now))


async def wake_readers(tx: AsyncConnection, source: str, now: datetime) -> None:
    """Let the feeds that show a source's events be looked at."""
    readers = select(feed_sources.c.feed_id).where(feed_sources.c.source == source)
    await tx.execute(
        update(feeds)
        .where(
            feeds.c.id.in_(readers),
            feeds.c.state == FeedState.ACTIVE,
            feeds.c.kind.in_(EVENT_KINDS),
            feeds.c.next_run_at > now,
        )
        .values(next_run_at=now)
    )


# --- Hackathons -------------------------------------------------------------------------------------


async def store_site(
    tx: AsyncConnection, site: Source, found: Iterable[Hackathon], *, complete: bool, now: datetime
) -> None:
    """Write what a site lists; what is to come and has been missing twice is dropped."""
    known = {
        row.key: row
        for row in await tx.execute(select(hackathon_entries).where(hackathon_entries.c.site == site))
    }
    listed = {each.native_key: each for each in found}
    for key, each in listed.items():
        values = {
            "body": from_hackathon(each), "ends_at": each.deadline_at, "missing": 0, "last_seen_at": now
        }  # fmt: skip
        if key in known:
            await tx.execute(update(hackathon_entries).where(hackathon_entries.c.key == key).values(**values))
        else:
            await tx.execute(hackathon_entries.insert().values(key=key, site=site, identity=key, **values))
    if not complete:
        return
    for key, row in known.items():
        if key in listed:
            continue
        window = Window(now, datetime.max.replace(tzinfo=now.tzinfo))
        misses = misses_after(to_hackathon(row.body).event(), row.missing, covers=window, now=now)
        where = hackathon_entries.c.key == key
        if has_vanished(misses):
            await tx.execute(delete(hackathon_entries).where(where))
        elif misses != row.missing:
            await tx.execute(update(hackathon_entries).where(where).values(missing=misses))


async def site_entries(tx: AsyncConnection, after: datetime) -> tuple[list[Hackathon], dict[str, str]]:
    """Return what all sites list that ends after `after`, and by which key each was known."""
    rows = (
        await tx.execute(
            select(hackathon_entries)
            .where(hackathon_entries.c.ends_at > after)
            .order_by(hackathon_entries.c.key)
        )
    ).all()
    return [to_hackathon(row.body) for row in rows], {row.key: row.identity for row in rows}


async def lock_hackathons(tx: AsyncConnection) -> None:
    """Let one process at a time make events of what the sites list."""
    await sql.lock(tx, HACKATHONS)


async def set_identities(tx: AsyncConnection, identities: Mapping[str, str]) -> None:
    """Remember as which event each site's entry is known."""
    for key, identity in identities.items():
        await tx.execute(
            update(hackathon_entries)
            .where(hackathon_entries.c.key == key, hackathon_entries.c.identity != identity)
            .values(identity=identity)
        )


# --- Conferences ------------------------------------------------------------------------------------


async def store_editions(tx: AsyncConnection, editions: Iterable[Edition]) -> None:
    """Write the conferences of a catalogue."""
    known = {(row.conference, row.year): row.body for row in await tx.execute(select(conference_editions))}
    for edition in editions:
        body = from_edition(edition)
        if known.get((edition.conference, edition.year)) != body:
            row = {"conference": edition.conference, "year": edition.year, "body": body}
            await sql.upsert(tx, conference_editions, row, ["body"])


async def catalogue(tx: AsyncConnection) -> Catalogue:
    """Return the conferences that are known, without their deadlines."""
    rows = await tx.scalars(
        select(conference_editions.c.body).order_by(
            conference_editions.c.conference, conference_editions.c.year
        )
    )
    return Catalogue(tuple(to_edition(body) for body in rows))
