"""A long run: everything in it, and what goes on side by side until all that was due has arrived."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final, TextIO

import aiohttp
import asyncpg
from sqlalchemy import func, select, update
from sqlalchemy.exc import SQLAlchemyError

from bench.processes import Child
from bot.domain.event_sources import site_key
from bot.domain.hackathons import Source
from bot.domain.meetings.settings import BuddySettings
from bot.domain.server_settings import Module
from bot.domain.sources import arxiv_key
from bot.storage import feeds, server_settings
from bot.storage.buddies import rounds
from bot.storage.engine import Database
from bot.storage.tables import feeds as feed_rows
from bot.storage.tables import outbox, sources
from tests.steady import log_lines, samples
from tests.steady.people import Ledger, People
from tests.steady.press import CATEGORIES, EVERY, Press
from tests.steady.town import Town
from tests.steady.troubles import Log, Postgres, Sqlite, Troubles
from tests.support.loopback.server import LoopbackDiscord

SAMPLE_S: Final = 30.0
ARCHIVE_S: Final = 30.0

ARCHIVE_MINUTE_S: Final = 0.25
"""Threads are opened here as often in minutes as elsewhere in days: a day without a message takes six minutes as well.
Otherwise each run would end with more threads than it began with, and with the memory that they take."""

QUIET_S: Final = 60.0
"""At the end no more faults, and then no more people: what is under way comes to its end."""

DRAIN_S: Final = 15 * 60.0
"""How long at most what is due may take to arrive after that: a source that failed is asked again after minutes."""


@dataclass
class Run:
    """Everything of a run."""

    minutes: float
    began: datetime
    db: Database
    database: Postgres | Sqlite
    discord: LoopbackDiscord
    press: Press
    town: Town
    bot: Child
    port: int
    out: TextIO
    log: Log
    ledger: Ledger
    taken: list[samples.Sample]
    quiet: asyncio.Event  # no more faults
    closed: asyncio.Event  # no more people
    over: asyncio.Event

    @property
    def pace(self) -> float:
        """How much closer together things are than in two hours."""
        return min(1.0, self.minutes / 30)


async def carry_out(run: Run) -> None:
    """Do it all, until everything that was due has arrived."""
    troubles = Troubles(run.discord, run.database, run.press, run.log, run.pace, run.quiet)
    people = People(run.discord, run.town, run.ledger, run.closed, seed=1)
    async with asyncio.TaskGroup() as group:
        group.create_task(troubles.run())
        group.create_task(people.run(live_s=90 * max(run.pace, 0.3)))
        group.create_task(_hurry(run))
        group.create_task(_rounds(run))
        group.create_task(_archive(run))
        group.create_task(_look(run))
        group.create_task(_strain(run))
        seconds = run.minutes * 60
        quiet = min(QUIET_S, seconds / 8)
        await _wait(run, seconds - 2 * quiet)
        run.quiet.set()
        await _wait(run, seconds - quiet)
        run.closed.set()
        await _wait(run, seconds)
        await _drained(run)
        run.over.set()


async def _wait(run: Run, seconds: float) -> None:
    left = (run.began + timedelta(seconds=seconds) - datetime.now(UTC)).total_seconds()
    await asyncio.sleep(max(0.0, left))


async def _drained(run: Run) -> None:
    """Wait until no feed is due and no message on its way."""
    last = max(each.due_at for each in run.town.feeds)
    for look in range(round(DRAIN_S / 5)):
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            async with run.db.read() as tx:
                waiting = await tx.scalar(select(func.count()).where(outbox.c.state != "sent"))
                due = await tx.scalar(
                    select(func.count()).where(
                        feed_rows.c.id.in_([each.feed_id for each in run.town.feeds]),
                        feed_rows.c.slot_at <= datetime.now(UTC),
                    )
                )
            if not waiting and not due and datetime.now(UTC) > last + timedelta(seconds=15):
                return
            if look % 12 == 11:
                say(f"still waiting for {waiting} messages on their way and {due} feeds that are due")
        await asyncio.sleep(5)


async def _hurry(run: Run) -> None:
    """Let one list after the other be read soon: the bot asks each but once an hour."""
    keys = [*map(arxiv_key, CATEGORIES), site_key(Source.HACK_CLUB)]
    turn = 0
    every = EVERY.total_seconds() * run.pace / 4
    while not await _over(run.closed, every):
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            async with run.db.write() as tx:
                await tx.execute(
                    update(sources)
                    .where(sources.c.key == keys[turn % len(keys)], sources.c.lease_owner.is_(None))
                    .values(next_check_at=datetime.now(UTC))
                )
            turn += 1


async def _rounds(run: Run) -> None:
    """Let a round of study buddies begin in one club after the other, a while after members could join."""
    clubs = run.town.clubs
    every = run.minutes * 60 * 0.8 / max(1, len(clubs))
    # The first within the warm-up: what it imports is not growth.
    if await _over(run.closed, run.minutes * 60 * 0.1):
        return
    for club in clubs:
        with suppress(SQLAlchemyError, OSError, asyncpg.PostgresError):
            await begin_round(run.db, club.id)
        if await _over(run.closed, every):
            return


async def begin_round(db: Database, server_id: int) -> None:
    """Move a server's rounds to the minute that comes next, as if that had been their time all along."""
    now = datetime.now(UTC)
    slot_at = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    async with db.write() as tx:
        feed = await rounds.feed_of(tx, server_id)
        found = await server_settings.read(tx, server_id, Module.BUDDIES)
        if feed is None or found is None:
            return
        settings = replace(
            BuddySettings.from_json(found), weekday=slot_at.weekday(), time=slot_at.time(), zone="UTC"
        )
        await server_settings.write(tx, server_id, Module.BUDDIES, settings.to_json(), by=1, now=now)
        await feeds.reschedule(tx, feed.id, since=now - timedelta(days=7), slot_at=slot_at)


async def _archive(run: Run) -> None:
    """Let Discord archive threads that are quiet, as it does of its own accord."""
    world = run.discord.world
    while not await _over(run.over, ARCHIVE_S):
        for guild_id in list(world.guilds):
            world.active_threads(guild_id)


async def _over(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True


async def _strain(run: Run) -> None:
    """Note the breaks in which this process, and so the bot, was not given the machine."""
    strain = samples.Strain()
    while not await _over(run.over, 0.25):
        if late := strain.beat(0.25):
            now = datetime.now(UTC)
            run.log.windows.append(log_lines.Window("machine", now - timedelta(seconds=late), now))
            run.log.counts["machine was busy"] += 1


async def _look(run: Run) -> None:
    """Take a sample every half minute, and print a line every minute."""
    timeout = aiohttp.ClientTimeout(total=10)
    every = max(3.0, SAMPLE_S * run.pace)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        number = 0
        while True:
            health, metrics = await samples.pages(session, run.port)
            if run.bot.process.returncode is not None:
                raise RuntimeError("the bot is gone; it said:\n" + "\n".join(run.bot.lines[-30:]))
            sample = samples.Sample(
                at_s=round((datetime.now(UTC) - run.began).total_seconds(), 1),
                **samples.look(run.bot.pid),
                health=health,
                posts=_posts(run.discord),
                answers=run.ledger.answers,
                unanswered=len(run.ledger.missed),
                faults=dict(run.log.counts),
                metrics=metrics,
            )
            run.taken.append(sample)
            run.out.write(sample.json() + "\n")
            run.out.flush()
            if number % 2 == 0:
                say(_in_short(sample, run))
            number += 1
            if await _over(run.over, every):
                return


def _posts(discord: LoopbackDiscord) -> int:
    bot = discord.world.bot.id
    return sum(
        message.author_id == bot and message.seen_by is None for message in discord.world.messages.all()
    )


def _in_short(sample: samples.Sample, run: Run) -> str:
    troubles = [line for line in map(log_lines.read, run.bot.lines) if line is not None]
    unexplained = len(log_lines.sort(troubles, run.log.now()).unexplained)
    return (
        f"{sample.at_s / 60:6.1f} min  memory {sample.held:6.1f} (RSS {sample.rss:6.1f}) + {sample.workers} × worker {sample.workers_rss:5.1f} MiB  "
        f"files {sample.files:3} threads {sample.threads:3}  cpu {sample.cpu_s:6.1f} s  posts {sample.posts:5}  "
        f"answers {sample.answers:5}  interactions {sum(run.ledger.done.values()):5} ({sample.unanswered} unanswered)  "
        f"faults {sum(sample.faults.values()):4}  log {len(troubles):4} ({unexplained} unexplained)  {sample.health}"
    )


def say(text: str) -> None:
    print(text, flush=True)
