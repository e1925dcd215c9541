"""Servers with feeds that are due, for the fault tests: built through the real services."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import func, select

from bot.domain.feeds import FeedPlan, PaperOptions, Style
from bot.domain.papers import Announcement, AnnounceType, Author, Batch, Paper
from bot.domain.schedule import Schedule
from bot.domain.sources import SourceOutcome, SourceState, arxiv_key
from bot.storage import feeds, papers, sources
from bot.storage.engine import Database
from bot.storage.tables import feed_items, outbox
from tests.support.loopback.model import FORUM, TEXT
from tests.support.loopback.world import World

CATEGORY = "cs.LG"

EVERY_STYLE = (Style.EACH, Style.DIGEST, Style.THREAD, None)


@dataclass(frozen=True)
class Community:
    """Ids of what was made."""

    servers: tuple[int, ...]
    channels: tuple[int, ...]


def batch(count: int, *, day: int = 0, category: str = CATEGORY) -> Batch:
    """Return `count` new papers of one day; no two days share one."""
    made = []
    for number in range(1, count + 1):
        paper = Paper(
            id=f"26{1 + day // 28:02d}.{(day % 28) * 1000 + number:05d}",
            version=1,
            title=f"Result {number} of day {day}",
            abstract=f"Paper {number} says something new. It goes on.",
            authors=(Author("Ada Lovelace"),),
            categories=(category,),
            primary_category=category,
        )
        made.append(Announcement(paper, category, AnnounceType.NEW))
    return Batch(category, tuple(made))


async def found(
    world: World,
    db: Database,
    *,
    servers: int,
    feeds_each: int,
    now: datetime,
    limit: int = 2,
    styles: Sequence[Style | None] = (Style.EACH,),
) -> Community:
    """Make servers whose feeds were set up yesterday and are due at `now`, each in a channel of its own.

    Their styles take turns; None stands for a day's post in a forum.
    """
    yesterday = now - timedelta(days=1)
    slot = now.astimezone(UTC)
    schedule = Schedule(time(slot.hour, slot.minute), "UTC", frozenset(range(7)))
    server_ids, channel_ids = [], []
    async with db.write() as tx:
        for number in range(servers):
            guild = world.add_guild(f"Club {number}")
            server_ids.append(guild.id)
            for feed in range(feeds_each):
                style = styles[feed % len(styles)]
                channel = world.add_channel(guild.id, f"papers-{feed}", FORUM if style is None else TEXT)
                channel_ids.append(channel.id)
                options = PaperOptions(forum=style is None)
                looks = style or Style.DIGEST
                plan = FeedPlan(guild.id, channel.id, (CATEGORY,), "", looks, limit, schedule, options)
                await feeds.add(
                    tx,
                    plan,
                    number=await feeds.take_number(tx, guild.id),
                    created_by=guild.owner_id,
                    now=yesterday,
                    since=yesterday,
                    slot_at=now,
                )
        await sources.ensure(tx, [arxiv_key(CATEGORY)], now)
    return Community(tuple(server_ids), tuple(channel_ids))


async def announce(db: Database, papers_of_day: Batch, now: datetime) -> None:
    """Store a day's papers as if the source had just been read, and keep the source fresh."""
    key = arxiv_key(papers_of_day.category)
    async with db.write() as tx:
        await papers.store(tx, papers_of_day, now)
        state = (await sources.get(tx, [key])).get(key) or SourceState(key, now)
        fresh = replace(
            state,
            outcome=SourceOutcome.NEWS,
            last_checked_at=now,
            last_ok_at=now,
            last_news_at=now,
            next_check_at=now + timedelta(days=36_500),
        )
        await sources.record(tx, fresh)


async def undelivered(db: Database) -> int:
    """Return how many messages have not arrived."""
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).where(outbox.c.state != "sent")) or 0


async def expected(db: Database) -> Counter[tuple[int, str]]:
    """Return every (channel, marker) that the outbox ever held for posts."""
    async with db.read() as tx:
        messages = (outbox.c.stream == "post") & (outbox.c.action != "thread")
        rows = await tx.execute(select(outbox.c.channel_id, outbox.c.marker).where(messages))
        return Counter((row.channel_id, row.marker) for row in rows)


class Promises:
    """What the outbox ever held, gathered over a story so long that it forgets what arrived months ago."""

    def __init__(self) -> None:
        self.all: Counter[tuple[int, str]] = Counter()

    async def note(self, db: Database) -> None:
        """Add what it holds now."""
        self.all |= await expected(db)


async def dealt_with(db: Database) -> int:
    """Return how many (feed, paper) pairs are accounted for."""
    async with db.read() as tx:
        return await tx.scalar(select(func.count()).select_from(feed_items)) or 0


def posted(world: World, channels: Iterable[int]) -> Counter[tuple[int, str]]:
    """Return every (channel, marker) that stands in the channels or their threads, as often as it stands there."""
    below: dict[int, list[int]] = {}
    for place in world.channels.values():
        if place.thread is not None and place.parent_id is not None:
            below.setdefault(place.parent_id, []).append(place.id)
    return Counter(
        (channel, line)
        for channel in channels
        for place_id in (channel, *below.get(channel, ()))
        for message in world.messages.in_channel(place_id)
        for line in message.text.splitlines()
        if line.startswith("-# Feed ")
    )


@dataclass(frozen=True)
class Tally:
    """What a run came to."""

    messages: int
    lost: int
    repeated: int


def tally(wanted: Counter[tuple[int, str]], there: Counter[tuple[int, str]]) -> Tally:
    """Compare what was promised with what stands in the channels."""
    return Tally(
        messages=sum(wanted.values()),
        lost=sum((wanted - there).values()),
        repeated=sum((there - wanted).values()),
    )
