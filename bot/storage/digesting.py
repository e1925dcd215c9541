"""What building digests for many feeds at once asks of the database: a few statements, however many feeds there are."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Column, Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.digests import Selection
from bot.domain.feeds import Candidate, Feed, FeedPlan
from bot.domain.papers import AnnounceType, Paper
from bot.storage import papers as papers_rows
from bot.storage import sql
from bot.storage.tables import announcements, channel_items, digests, feed_items, feeds, papers


class TakenMeanwhile(Exception):
    """Another feed of the same channel showed one of the papers while a digest was built."""


# --- What there is to choose from ---------------------------------------------------------------------


class Lists:
    """What some categories announced since a moment, each paper kept once whatever announced it."""

    def __init__(self, announced: Mapping[str, Sequence[Candidate]]) -> None:
        self._announced = announced
        self._merged: dict[tuple[object, ...], list[Candidate]] = {}

    @property
    def items(self) -> set[str]:
        """Every paper in them."""
        return {each.paper.id for listed in self._announced.values() for each in listed}

    def candidates(self, plan: FeedPlan, since: datetime, without: Collection[str]) -> list[Candidate]:
        """Return what a feed may choose among, in the order in which it was first seen."""
        key = (plan.categories, plan.options.types, since)
        if key not in self._merged:  # feeds that are due together mostly want the same
            found = [
                candidate
                for category in plan.categories
                for candidate in self._announced.get(category, ())
                if candidate.first_seen_at > since and candidate.type in plan.options.types
            ]
            self._merged[key] = sorted(found, key=lambda each: (each.first_seen_at, each.paper.id))
        merged = self._merged[key]
        return [each for each in merged if each.paper.id not in without] if without else merged


async def newest(tx: AsyncConnection, categories: Collection[str], since: datetime) -> dict[str, datetime]:
    """Return when each of some categories last announced anything, those left out that did not after `since`."""
    rows = await tx.execute(
        select(announcements.c.category, func.max(announcements.c.first_seen_at))
        .where(announcements.c.category.in_(categories), announcements.c.first_seen_at > since)
        .group_by(announcements.c.category)
    )
    return {row[0]: row[1] for row in rows}


async def read_lists(tx: AsyncConnection, categories: Collection[str], since: datetime) -> Lists:
    """Read what some categories announced after `since`."""
    announced: dict[str, list[Candidate]] = {}
    known: dict[str, Paper] = {}
    if categories:
        rows = await tx.execute(
            select(
                papers,
                announcements.c.category,
                announcements.c.type,
                announcements.c.first_seen_at.label("seen_at"),
            )
            .join(announcements, announcements.c.paper_id == papers.c.id)
            .where(announcements.c.category.in_(categories), announcements.c.first_seen_at > since)
        )
        for row in rows:
            if row.id not in known:
                known[row.id] = papers_rows.read(row)
            candidate = Candidate(known[row.id], AnnounceType(row.type), row.seen_at)
            announced.setdefault(row.category, []).append(candidate)
    return Lists(announced)


async def dealt_with(
    tx: AsyncConnection, feed_ids: Sequence[int], items: Collection[str]
) -> dict[int, set[str]]:
    """Return those of some items that each feed has dealt with."""
    return await _items_of(tx, feed_items, feed_items.c.feed_id, feed_ids, items)


async def in_channels(
    tx: AsyncConnection, channel_ids: Sequence[int], items: Collection[str]
) -> dict[int, set[str]]:
    """Return those of some items that each channel shows."""
    return await _items_of(tx, channel_items, channel_items.c.channel_id, channel_ids, items)


async def _items_of(
    tx: AsyncConnection, table: Table, owner: Column[int], owners: Sequence[int], items: Collection[str]
) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {each: set() for each in owners}
    wanted = sorted(items)
    for start in range(0, len(wanted), sql.CHUNK):
        chunk = wanted[start : start + sql.CHUNK]
        rows = await tx.execute(
            select(owner, table.c.item).where(owner.in_(list(found)), table.c.item.in_(chunk))
        )
        for each, item in rows:
            found[each].add(item)
    return found


# --- What came of it --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Built:
    """What a slot of a feed dealt with. `since` is where it began, should it have to be built again."""

    feed: Feed
    slot_at: datetime
    since: datetime
    selection: Selection


async def record(tx: AsyncConnection, built: Sequence[Built], now: datetime) -> list[Built]:
    """Write down what slots dealt with; return those that were not written already.

    Raises TakenMeanwhile where another feed of a channel has just shown one of the papers: the whole is
    then to be done again.
    """
    written = await _written(tx, built)
    fresh = [each for each in built if (each.feed.id, each.slot_at) not in written]
    if fresh:
        await tx.execute(
            digests.insert(),
            [
                {
                    "feed_id": each.feed.id,
                    "slot_at": each.slot_at,
                    "built_at": now,
                    "since": each.since,
                    "shown": len(each.selection.shown),
                    "overflow": len(each.selection.overflow),
                }
                for each in fresh
            ],
        )
    items = [row for each in fresh for row in _item_rows(each)]
    if items:
        await tx.execute(feed_items.insert(), items)
    await _take(tx, [each for each in fresh if each.selection.shown])
    return fresh


async def _written(tx: AsyncConnection, built: Sequence[Built]) -> set[tuple[int, datetime]]:
    written: set[tuple[int, datetime]] = set()
    by_slot: dict[datetime, list[int]] = {}
    for each in built:
        by_slot.setdefault(each.slot_at, []).append(each.feed.id)
    for slot_at, feed_ids in by_slot.items():
        found = await tx.scalars(
            select(digests.c.feed_id).where(digests.c.feed_id.in_(feed_ids), digests.c.slot_at == slot_at)
        )
        written |= {(feed_id, slot_at) for feed_id in found}
    return written


def _item_rows(built: Built) -> Iterable[dict[str, object]]:
    selection = built.selection
    whole = [(each, True) for each in selection.shown] + [(each, False) for each in selection.overflow]
    for position, (each, shown) in enumerate(whole):
        yield {
            "feed_id": built.feed.id,
            "item": each.paper.id,
            "slot_at": built.slot_at,
            "shown": shown,
            "position": position,
        }


async def _take(tx: AsyncConnection, built: Sequence[Built]) -> None:
    """Let the channels show the papers."""
    rows = [
        {
            "channel_id": each.feed.channel_id,
            "item": shown.paper.id,
            "feed_id": each.feed.id,
            "slot_at": each.slot_at,
        }
        for each in built
        for shown in each.selection.shown
    ]
    # In one order for everybody: two processes must not wait for each other.
    await sql.insert_new(tx, channel_items, sorted(rows, key=lambda row: (row["channel_id"], row["item"])))
    wanted = {(each.feed.id, each.slot_at): len(each.selection.shown) for each in built}
    if not wanted:
        return
    counted = await tx.execute(
        select(channel_items.c.feed_id, channel_items.c.slot_at, func.count())
        .where(channel_items.c.feed_id.in_([each.feed.id for each in built]))
        .where(channel_items.c.slot_at.in_({each.slot_at for each in built}))
        .group_by(channel_items.c.feed_id, channel_items.c.slot_at)
    )
    ours = {(feed_id, slot_at): count for feed_id, slot_at, count in counted}
    if any(ours.get(key) != count for key, count in wanted.items()):
        raise TakenMeanwhile


# --- When feeds are looked at next --------------------------------------------------------------------


async def move_on(
    tx: AsyncConnection, moves: Mapping[int, tuple[datetime, datetime]], ran_at: datetime
) -> None:
    """Move feeds on: for each the moment from which its next slot counts, and that slot."""
    for (since, slot_at), feed_ids in _together(moves).items():
        for start in range(0, len(feed_ids), sql.CHUNK):
            await tx.execute(
                update(feeds)
                .where(feeds.c.id.in_(feed_ids[start : start + sql.CHUNK]))
                .values(since=since, slot_at=slot_at, next_run_at=slot_at, last_run_at=ran_at)
            )


async def put_off(tx: AsyncConnection, moves: Mapping[int, tuple[datetime, datetime]]) -> None:
    """Look at slots again: for each feed the moment from which it counts, and when."""
    for (since, until), feed_ids in _together(moves).items():
        for start in range(0, len(feed_ids), sql.CHUNK):
            await tx.execute(
                update(feeds)
                .where(feeds.c.id.in_(feed_ids[start : start + sql.CHUNK]))
                .values(since=since, next_run_at=until)
            )


def _together(moves: Mapping[int, tuple[datetime, datetime]]) -> dict[tuple[datetime, datetime], list[int]]:
    """Gather the feeds that get the same: most of those that are due at once."""
    groups: dict[tuple[datetime, datetime], list[int]] = {}
    for feed_id, move in moves.items():
        groups.setdefault(move, []).append(feed_id)
    return groups
