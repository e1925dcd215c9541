"""The composition root: makes everything, opens it in order, closes it in reverse.

Only this module and the entry points see the whole.
"""

import asyncio
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from types import TracebackType
from typing import Final, Self

from discord.ext import commands

from bot.client import CohortBot, ShardedCohortBot
from bot.clock import Clock, SystemClock
from bot.commands import sync_if_changed
from bot.delivery.breaker import Breaker
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.outbox import Outbox
from bot.delivery.register import DiscordRegister
from bot.services.arxiv import ArxivService
from bot.services.buddies.bundle import Buddies
from bot.services.buddies.finding import BuddyFinding
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.matching import RoundMatcher
from bot.services.buddies.meetings import BuddyMeetings
from bot.services.buddies.opening import BuddyOpening
from bot.services.buddies.profiles import BuddyProfiles
from bot.services.buddies.rematching import BuddyRematching
from bot.services.buddies.rounds import BuddyRounds
from bot.services.buddies.safety import BuddySafety
from bot.services.buddies.setup import BuddySetup
from bot.services.bundle import Services
from bot.services.careers import CareerService
from bot.services.changes import ChangeService
from bot.services.digests import DigestService
from bot.services.discussions import DiscussionService
from bot.services.events import (
    Addresses,
    EventPolls,
    EventPosts,
    EventReminders,
    EventService,
    EventWatch,
)
from bot.services.feeds import FeedService
from bot.services.highlights import HighlightService
from bot.services.papers import ArxivLookup, PaperService, RecentPapers
from bot.services.reading_lists import ReadingListService
from bot.services.signals import SignalService
from bot.services.subscriptions import SubscriptionService
from bot.services.watch import WatchService
from bot.settings import Settings
from bot.sources.http import Fetcher
from bot.sources.worker import Worker
from bot.storage import feeds, outbox, schema
from bot.storage.buddies import meetings as buddy_meetings
from bot.storage.engine import Database
from bot.storage.events import reminders
from bot.storage.lock import sole_user
from bot.ticker import Job, Ticker
from cogs import BUTTONS, all_cogs
from cogs.ui.buddies.posts import MeetingPosts
from cogs.ui.buddies.words import skill_names
from cogs.ui.changes import ChangeCards
from cogs.ui.events import EventCards
from cogs.ui.highlights import render_highlights
from cogs.ui.notices import render_notice, render_trouble
from cogs.ui.papers import render_digest

STOP_WITHIN_S: Final = 8.0
"""How long a stopping process waits for what is under way; orchestrators kill after ten seconds."""

CogFactory = Callable[["App"], commands.Cog]


class App:
    """The whole bot. Making it does no I/O; entering it opens and migrates the database."""

    def __init__(self, settings: Settings, clock: Clock, extra_cogs: Sequence[CogFactory] = ()) -> None:
        self.settings = settings
        self.clock = clock
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"[-64:]
        self.db = Database(settings.database_url)
        self._fetcher = Fetcher()
        self._people_fetcher = Fetcher(allow=settings.fetch_allow)
        self._worker = Worker()
        self._rounds_worker = Worker(size=1)  # rounds take seconds, and nothing else should wait for one
        arxiv = ArxivService(
            self.db,
            clock,
            self._fetcher,
            base_url=settings.arxiv_rss_url,
            interval_s=settings.arxiv_interval_s,
            owner=self.owner,
            changes=ChangeService(ChangeCards()),
            worker=self._worker,
        )
        lookup = ArxivLookup(
            self.db,
            clock,
            self._fetcher,
            base_url=settings.arxiv_api_url,
            pace_url=settings.arxiv_rss_url,
            interval_s=settings.arxiv_interval_s,
            worker=self._worker,
        )
        recent = RecentPapers(self.db, clock)
        papers = PaperService(self.db, clock, lookup, recent)
        event_cards = EventCards()
        event_polls = EventPolls(
            self.db,
            clock,
            self._fetcher,
            owner=self.owner,
            addresses=Addresses(
                devpost=settings.devpost_url,
                mlh=settings.mlh_url,
                zindi=settings.zindi_url,
                hackclub=settings.hackclub_url,
                deadlines=settings.deadlines_url,
            ),
            people=self._people_fetcher,
            worker=self._worker,
        )
        careers = CareerService(self.db, clock, recent)
        self.services = Services(
            clock=clock,
            buddies=self._buddies(careers),
            event_polls=event_polls,
            event_posts=EventPosts(self.db, clock, event_cards, absent=self._is_absent),
            event_watch=EventWatch(self.db, clock, event_cards, notice_channel=self._notice_channel),
            event_reminders=EventReminders(self.db, clock, event_cards),
            events=EventService(self.db, clock, event_polls),
            careers=careers,
            discussions=DiscussionService(self.db, clock),
            papers=papers,
            reading_lists=ReadingListService(self.db, clock, papers),
            highlights=HighlightService(self.db, clock, render_highlights, absent=self._is_absent),
            signals=SignalService(
                self.db,
                clock,
                self._fetcher,
                url=settings.hf_papers_url,
                owner=self.owner,
                worker=self._worker,
            ),
            watch=WatchService(self.db, clock, render_trouble, notice_channel=self._notice_channel),
            arxiv=arxiv,
            digests=DigestService(self.db, clock, render_digest, absent=self._is_absent),
            feeds=FeedService(self.db, clock, arxiv),
            subscriptions=SubscriptionService(self.db, clock, arxiv),
        )
        self.breaker = Breaker(clock)
        client = CohortBot if settings.shard_count is None else ShardedCohortBot
        self.bot = client(
            settings,
            self.services,
            on_setup=self._set_up_bot,
            on_closed=self._bot_closed,
            on_server_changed=self._server_changed,
            on_servers_known=self._servers_known,
            http_trace=self.breaker.trace(),
        )
        self._sender = DiscordSender(self.bot, self.breaker)
        self.outbox = Outbox(
            self.db,
            clock,
            self._sender,
            owner=self.owner,
            render_notice=render_notice,
        )
        self._extra_cogs = tuple(extra_cogs)
        self._stack: AsyncExitStack | None = None
        self._opened_by_bot = False
        self._ticker: Ticker | None = None
        self._working = asyncio.Lock()

    def _buddies(self, careers: CareerService) -> Buddies:
        db, clock = self.db, self.clock
        texts = MeetingPosts(lambda: careers.careers)
        introducer = Introducer(lambda: skill_names(careers.careers), load=careers.load)
        register, matcher = DiscordRegister(lambda: self.bot), RoundMatcher(self._rounds_worker)
        meetings = BuddyMeetings(db, clock, texts)
        return Buddies(
            finding=BuddyFinding(db, clock, texts, register=register, introducer=introducer),
            meetings=meetings,
            opening=BuddyOpening(db, clock, texts, introducer),
            profiles=BuddyProfiles(db, clock, texts),
            rematching=BuddyRematching(
                db, clock, texts, register=register, matcher=matcher, introducer=introducer
            ),
            rounds=BuddyRounds(
                db,
                clock,
                texts,
                register=register,
                matcher=matcher,
                introducer=introducer,
                absent=self._is_absent,
            ),
            safety=BuddySafety(db, clock, texts, notice_channel=self._notice_channel),
            setup=BuddySetup(db, clock, introducer, meetings),
        )

    async def __aenter__(self) -> Self:
        """Open the database and the HTTP session."""
        if self._stack is not None:
            return self
        async with AsyncExitStack() as stack:
            if self.settings.sqlite_path is not None:
                stack.enter_context(sole_user(self.settings.sqlite_path))
            await self.db.open()
            stack.push_async_callback(self.db.close)
            await schema.upgrade(self.db)
            if self.db.is_sqlite:
                # One process owns the file, so whatever is claimed was claimed by one that died.
                async with self.db.write() as tx:
                    await outbox.release_all(tx)
            stack.push_async_callback(self.services.papers.close)
            await stack.enter_async_context(self._worker)
            await stack.enter_async_context(self._rounds_worker)
            await stack.enter_async_context(self._fetcher)
            await stack.enter_async_context(self._people_fetcher)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        trace: TracebackType | None = None,
    ) -> None:
        """Close what was opened, last first."""
        if self._stack is not None:
            stack, self._stack = self._stack, None
            await stack.aclose()

    async def run_due(self) -> None:
        """Do all that is due now: read sources, build posts, deliver the outbox."""
        async with self._working:
            for job in self._jobs().values():
                await job.run()

    async def next_due(self) -> datetime | None:
        """Return when the next scheduled post is due, None where nothing is scheduled."""
        async with self.db.read() as tx:
            moments = (
                await feeds.next_run(tx),
                await outbox.next_attempt(tx),
                await reminders.next_due(tx),
                await buddy_meetings.next_due(tx),
            )
        return min((moment for moment in moments if moment is not None), default=None)

    def ticker(self) -> Ticker:
        """Return the clock of a serving process: a slow source holds up no post that is ready."""
        return Ticker(self._jobs(), self.clock)

    def _jobs(self) -> dict[str, Job]:
        """Return all there is to do again and again, in the order in which one thing feeds the next."""
        services = self.services
        return {
            "sources": Job(30, services.arxiv.poll_due),
            "signals": Job(300, services.signals.poll_due),
            "event sources": Job(60, services.event_polls.poll_due),
            "digests": Job(10, services.digests.build_due),
            "highlights": Job(60, services.highlights.build_due),
            "events": Job(5, services.event_posts.build_due),
            "reminders": Job(5, services.event_reminders.remind_due),
            "buddies": Job(30, services.buddies.rounds.run_due),
            "meetings": Job(10, services.buddies.tend_due),
            "watch": Job(900, services.watch.run_due),
            "event watch": Job(900, services.event_watch.run_due),
            "past meetings": Job(3600, services.buddies.meetings.tidy),
            "outbox": Job(1, self.outbox.deliver_due),
        }

    async def serve(self, token: str) -> None:
        """Run until the bot is closed."""
        async with self, self.bot:
            self._ticker = self.ticker()
            self._ticker.start()
            try:
                await self.bot.start(token)
            finally:
                self._ticker.stop()
                await self._ticker.drain(STOP_WITHIN_S)
                await self.outbox.release()

    async def stop(self) -> None:
        """End `serve` in good order: begin nothing more, finish what is under way, leave the gateway."""
        self.services.arxiv.stop()
        self.services.digests.stop()
        self.services.event_polls.stop()
        self.services.event_posts.stop()
        self.services.event_reminders.stop()
        self.services.buddies.rounds.stop()
        self.outbox.stop()
        if self._ticker is not None:
            self._ticker.stop()
            await self._ticker.drain(STOP_WITHIN_S)
        await self.bot.close()

    async def _set_up_bot(self) -> None:
        if self._stack is None:
            await self.__aenter__()
            self._opened_by_bot = True
        cogs = [*all_cogs(self.services), *(factory(self) for factory in self._extra_cogs)]
        for cog in cogs:
            await self.bot.add_cog(cog, override=True)
        self.bot.add_dynamic_items(*BUTTONS)
        shards = self.settings.shard_ids
        if shards is None or 0 in shards:  # of many processes one syncs
            await sync_if_changed(self.bot.tree, self.db, self.clock)

    def _notice_channel(self, server_id: int) -> int | None:
        return self._sender.notice_channel(server_id)

    def _is_absent(self, server_id: int) -> bool:
        """Whether the bot is certainly not in a server: only the process that keeps its shard knows."""
        settings, bot = self.settings, self.bot
        count, ours = settings.shard_count, settings.shard_ids
        if count is not None and ours is not None and (server_id >> 22) % count not in ours:
            return False
        return bot.is_ready() and bot.get_guild(server_id) is None

    async def _server_changed(self, server_id: int) -> None:
        """Try at once what waits for a server: a channel, a permission or the bot itself may be back."""
        if self._stack is None:
            return
        now = self.clock.now()
        async with self.db.read() as tx:
            waiting = await outbox.has_held(tx, server_id, now) or await feeds.has_put_off(tx, server_id, now)
        if waiting:
            async with self.db.write() as tx:
                await outbox.wake(tx, server_id, now)
                await feeds.wake(tx, server_id, now)

    async def _servers_known(self) -> None:
        """Do the same for every server that this process sees, once after it has connected."""
        if self._stack is None:
            return
        now = self.clock.now()
        async with self.db.read() as tx:
            waiting = await outbox.held_servers(tx, now) | await feeds.put_off_servers(tx, now)
        for server_id in sorted(waiting):
            if self.bot.get_guild(server_id) is not None:
                await self._server_changed(server_id)

    async def _bot_closed(self) -> None:
        if self._opened_by_bot:
            self._opened_by_bot = False
            await self.__aexit__()


def create_app(
    settings: Settings, *, clock: Clock | None = None, extra_cogs: Sequence[CogFactory] = ()
) -> App:
    """Make the whole bot from its settings; no I/O, no running loop needed."""
    return App(settings, clock or SystemClock(), extra_cogs)
