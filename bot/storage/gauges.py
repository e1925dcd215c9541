"""How full the tables are that tell how the work goes; a few quick statements for one look."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.feeds import FeedState
from bot.domain.outbox import State
from bot.storage.tables import feeds, outbox, sources


@dataclass(frozen=True, slots=True)
class SourceGauge:
    """One source: how long ago it was last read well, in seconds, and how often in a row it failed."""

    key: str
    age_s: float | None
    failures: int


@dataclass(frozen=True, slots=True)
class Gauges:
    """One look."""

    entries: dict[str, int]  # of the outbox, by state
    oldest_due_s: float  # how long the oldest due entry has waited, in seconds
    feeds: dict[str, int]  # active ones, by kind
    overdue_feeds: int
    sources: tuple[SourceGauge, ...]


async def look(tx: AsyncConnection, now: datetime) -> Gauges:
    """Read them all. Sources that only members' own calendars need are counted with the others."""
    states = await tx.execute(select(outbox.c.state, func.count()).group_by(outbox.c.state))
    oldest: datetime | None = await tx.scalar(
        select(func.min(outbox.c.next_attempt_at)).where(
            outbox.c.state.in_([State.PENDING, State.SENDING]), outbox.c.next_attempt_at <= now
        )
    )
    active = feeds.c.state == FeedState.ACTIVE
    kinds = await tx.execute(select(feeds.c.kind, func.count()).where(active).group_by(feeds.c.kind))
    overdue = await tx.scalar(
        select(func.count()).select_from(feeds).where(active, feeds.c.next_run_at <= now)
    )
    rows = await tx.execute(select(sources.c.key, sources.c.last_ok_at, sources.c.failures))
    return Gauges(
        entries={state.value: 0 for state in State} | {row[0]: row[1] for row in states},
        oldest_due_s=(now - oldest).total_seconds() if oldest is not None else 0.0,
        feeds={row[0]: row[1] for row in kinds},
        overdue_feeds=overdue or 0,
        sources=tuple(
            SourceGauge(
                row.key,
                (now - row.last_ok_at).total_seconds() if row.last_ok_at is not None else None,
                row.failures,
            )
            for row in rows
        ),
    )
