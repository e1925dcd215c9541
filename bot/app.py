"""The composition root: makes everything, opens it in order, closes it in reverse.

Only this module and the entry points see the whole.
"""

import asyncio
import gc
import logging
import os
import secrets
import socket
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import datetime
from math import isfinite
from types import TracebackType
from typing import Final, Self

import aiohttp
import discord
from discord.ext import commands
from sqlalchemy.exc import SQLAlchemyError

from bot.client import CohortBot, ShardedCohortBot
from bot.clock import Clock, SystemClock
from bot.commands import sync_if_changed
from bot.content import load_taxonomy
from bot.delivery.breaker import Breaker
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.outbox import Outbox
from bot.delivery.pace import Pace
from bot.delivery.register import DiscordRegister
from bot.operations.endpoint import Endpoint
from bot.operations.exposition import Snapshot
from bot.operations.health import Vitals, judge
from bot.operations.memory import give_back
from bot.services.arxiv import ArxivService
from bot.services.buddies.bundle import Buddies, QuizLevel
from bot.services.buddies.finding import BuddyFinding
from bot.services.buddies.introducing import Introducer
from bot.services.buddies.matching import RoundMatcher
from bot.services.buddies.meetings import BuddyMeetings
from bot.services.buddies.offering import BuddyOffers
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
    EventLeftovers,
    EventPolls,
    EventPosts,
    EventReminders,
    EventService,
    EventWatch,
)
from bot.services.feeds import FeedService
from bot.services.highlights import HighlightService
from bot.services.members import MemberService
from bot.services.moderation import Moderation, all_areas
from bot.services.papers import ArxivLookup, PaperService, RecentPapers
from bot.services.quizzes import (
    DailyService,
    Library,
    LiveService,
    OwnQuestions,
    PlayService,
    QualityService,
    Quizzes,
    ReviewReminders,
    StandingService,
)
from bot.services.reading_lists import ReadingListService
from bot.services.signals import SignalService
from bot.services.subscriptions import SubscriptionService
from bot.services.watch import WatchService
from bot.settings import Settings
from bot.sources.http import Fetcher
from bot.sources.worker import Worker
from bot.storage import feeds, gauges, outbox, schema
from bot.storage.buddies import meetings as buddy_meetings
from bot.storage.engine import Database
from bot.storage.events import reminders
from bot.storage.lock import sole_user
from bot.storage.quizzes import live, reminding
from bot.ticker import Job, Ticker
from cogs import BUTTONS, all_cogs
from cogs.ui.buddies.posts import MeetingPosts
from cogs.ui.buddies.words import skill_names
from cogs.ui.changes import ChangeCards
from cogs.ui.events import EventCards
from cogs.ui.hello import say_hello
from cogs.ui.highlights import render_highlights
from cogs.ui.notices import render_notice, render_trouble
from cogs.ui.papers import render_digest
from cogs.ui.quizzes.daily import DailyCards
from cogs.ui.quizzes.live_cards import LiveCards
from cogs.ui.quizzes.reports import render_report
from cogs.ui.quizzes.reviewing import render_review

_log = logging.getLogger("cohort.app")

STOP_WITHIN_S: Final = 8.0
"""How long a stopping process waits for what is under way; orchestrators kill after ten seconds."""

LOOK_WITHIN_S: Final = 5.0
"""How long a look at the process's health waits for the database."""

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
        careers = CareerService(self.db, clock, recent)
        library = Library(self.db, careers)
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
        standing = StandingService(self.db, clock)
        buddies = self._buddies(careers, standing.level)
        self.services = Services(
            clock=clock,
            event_leftovers=EventLeftovers(self.db, clock),
            buddies=buddies,
            event_polls=event_polls,
            event_posts=EventPosts(self.db, clock, event_cards, absent=self._is_absent),
            event_watch=EventWatch(self.db, clock, event_cards, notice_channel=self._notice_channel),
            event_reminders=EventReminders(self.db, clock, event_cards),
            events=EventService(self.db, clock, event_polls),
            careers=careers,
            quizzes=Quizzes(
                library=library,
                play=PlayService(self.db, clock, library),
                daily=DailyService(self.db, clock, library, DailyCards(), absent=self._is_absent),
                quality=QualityService(
                    self.db, clock, library, render_report, notice_channel=self._notice_channel
                ),
                reminders=ReviewReminders(self.db, clock, render_review),
                standing=standing,
                live=LiveService(self.db, clock, library, LiveCards()),
                own=OwnQuestions(self.db, clock, library, self._worker),
            ),
            discussions=DiscussionService(self.db, clock),
            papers=papers,
            reading_lists=ReadingListService(self.db, clock, papers),
            highlights=HighlightService(self.db, clock, render_highlights, absent=self._is_absent),
            members=MemberService(
                self.db, clock, present=self._is_member, leaving=buddies.profiles.leave_everywhere
            ),
            moderation=Moderation(
                self.db,
                clock,
                all_areas(
                    careers=lambda: careers.careers,
                    knows_category=lambda code: load_taxonomy().canonical(code) == code,
                    buddies=buddies.setup.follow,
                ),
            ),
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
        self.pace = Pace(clock)
        trace = aiohttp.TraceConfig()
        self.pace.attach(trace)
        self.breaker.attach(trace)
        client = CohortBot if settings.shard_count is None else ShardedCohortBot
        self.bot = client(
            settings,
            self.services,
            on_setup=self._set_up_bot,
            on_closed=self._bot_closed,
            on_server_changed=self._server_changed,
            on_servers_known=self._servers_known,
            http_trace=trace,
            on_server_joined=self._server_joined,
            on_server_left=self._server_left,
        )
        self._sender = DiscordSender(self.bot, self.breaker)
        self.outbox = Outbox(
            self.db,
            clock,
            self._sender,
            owner=self.owner,
            pace=self.pace,
            render_notice=render_notice,
        )
        self._extra_cogs = tuple(extra_cogs)
        self._stack: AsyncExitStack | None = None
        self._opened_by_bot = False
        self._ticker: Ticker | None = None
        self._began_at = clock.now()
        self._working = asyncio.Lock()
        self._closing: asyncio.Task[None] | None = None
        self._has_known = False  # whether the servers of some session have come in
        self._to_see = False  # whether the servers came in and nobody has looked at them yet

    def _buddies(self, careers: CareerService, quiz_level: QuizLevel) -> Buddies:
        db, clock = self.db, self.clock
        texts = MeetingPosts(lambda: careers.careers)
        introducer = Introducer(lambda: skill_names(careers.careers), load=careers.load)
        register, matcher = DiscordRegister(lambda: self.bot), RoundMatcher(self._rounds_worker)
        meetings = BuddyMeetings(db, clock, texts)
        finding = BuddyFinding(db, clock, texts, register=register, introducer=introducer)
        return Buddies(
            finding=finding,
            meetings=meetings,
            offers=BuddyOffers(db, clock, finding),
            quiz_level=quiz_level,
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
        await self.services.load()
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
                await reminding.next_due(tx),
                await live.next_due(tx),
                await buddy_meetings.next_due(tx),
            )
        return min((moment for moment in moments if moment is not None), default=None)

    def ticker(self) -> Ticker:
        """Return the clock of a serving process: a slow source holds up no post that is ready."""
        return Ticker(self._jobs(), self.clock, self.bot.measures)

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
            "questions": Job(5, services.quizzes.daily.build_due),
            "reviews": Job(20, services.quizzes.reminders.remind_due),
            "live": Job(1, services.quizzes.live.advance_due),
            "buddies": Job(30, services.buddies.rounds.run_due),
            "meetings": Job(10, services.buddies.tend_due),
            "watch": Job(900, services.watch.run_due),
            "event watch": Job(900, services.event_watch.run_due),
            "past meetings": Job(3600, services.buddies.meetings.tidy),
            "members": Job(900, services.members.run_due),
            "servers": Job(30, self._see_servers),
            "memory": Job(900, give_back),
            "outbox": Job(1, self.outbox.deliver_due),
        }

    async def serve(self, token: str) -> None:
        """Run until the bot is closed."""
        endpoint = Endpoint(self._look, self.settings.http_host, self.settings.http_port)
        async with self, self.bot:
            self._began_at = self.clock.now()
            self._ticker = self.ticker()
            if self.settings.http_port:
                await endpoint.start()
            beginning = asyncio.create_task(self._begin(self._ticker))
            beginning.add_done_callback(self._begun)
            try:
                await self.bot.start(token)
            finally:
                await endpoint.stop()
                beginning.cancel()
                self._ticker.stop()
                await self._ticker.drain(STOP_WITHIN_S)
                await self.outbox.release()
        with suppress(asyncio.CancelledError):
            await beginning  # where the content could not be read, the process ends with that

    async def _begin(self, ticker: Ticker) -> None:
        """Do what can wait until Discord has let the bot in: read the content, then begin what recurs."""
        await self.bot.connected.wait()
        await self.services.load()
        _settle()
        ticker.start()

    def _begun(self, beginning: "asyncio.Task[None]") -> None:
        if not beginning.cancelled() and beginning.exception() is not None:
            self._closing = asyncio.create_task(self.bot.close())  # kept, or it might be collected half done

    async def stop(self) -> None:
        """End `serve` in good order: begin nothing more, finish what is under way, leave the gateway."""
        self.services.arxiv.stop()
        self.services.digests.stop()
        self.services.event_polls.stop()
        self.services.event_posts.stop()
        self.services.event_reminders.stop()
        self.services.quizzes.daily.stop()
        self.services.quizzes.reminders.stop()
        self.services.buddies.rounds.stop()
        self.outbox.stop()
        if self._ticker is not None:
            self._ticker.stop()
            await self._ticker.drain(STOP_WITHIN_S)
        await self.bot.close()

    async def _look(self) -> Snapshot:
        """Look at this process as a whole; never raises because something is not well."""
        bot, now, loop = self.bot, self.clock.now(), asyncio.get_running_loop()
        began = loop.time()
        try:
            async with asyncio.timeout(LOOK_WITHIN_S), self.db.read() as tx:
                found = await gauges.look(tx, now)
        except (TimeoutError, OSError, RuntimeError, SQLAlchemyError):
            found = None
        vitals = Vitals(
            began_at=self._began_at,
            gateway=bot.is_ready() and not bot.is_closed(),
            database=found is not None,
            posting=self.breaker.closed(),
            jobs=self._ticker.pulse() if self._ticker is not None else {},
        )
        return Snapshot(
            measures=bot.measures,
            health=judge(vitals, now),
            gauges=found,
            gateway_latency_s=bot.latency if bot.is_ready() and isfinite(bot.latency) else None,
            servers=len(bot.guilds),
            refusals=self.breaker.count,
            database_s=loop.time() - began if found is not None else None,
        )

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

    def _notice_channel(self, server_id: int, chosen: int | None) -> int | None:
        return self._sender.notice_channel(server_id, chosen)

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
        _settle(after_another=self._has_known)
        self._has_known = self._to_see = True
        try:
            await self._see_servers()
        except (SQLAlchemyError, OSError) as error:
            _log.warning("the servers are looked at later", extra={"reason": type(error).__name__})

    async def _see_servers(self) -> None:
        """Look at the servers where that is still to be done: when they came in the database may have been away."""
        if self._stack is None or not self._to_see:
            return
        self._to_see = False
        try:
            await self._look_at_servers()
        except BaseException:
            self._to_see = True
            raise

    async def _look_at_servers(self) -> None:
        await self.services.members.servers_seen(self._is_absent)
        now = self.clock.now()
        async with self.db.read() as tx:
            waiting = await outbox.held_servers(tx, now) | await feeds.put_off_servers(tx, now)
        for server_id in sorted(waiting):
            if self.bot.get_guild(server_id) is not None:
                await self._server_changed(server_id)

    async def _server_joined(self, server_id: int) -> None:
        """Say hello, once in a server's life."""
        if self._stack is None or not await self.services.members.server_joined(server_id):
            return
        guild = self.bot.get_guild(server_id)
        if guild is not None:
            await say_hello(guild)

    async def _server_left(self, server_id: int) -> None:
        if self._stack is not None:
            await self.services.members.server_left(server_id)

    async def _is_member(self, server_id: int, member_id: int) -> bool | None:
        """Ask Discord whether somebody is in a server; None where that cannot be told now."""
        guild = self.bot.get_guild(server_id)
        if guild is None or not self.bot.is_ready():
            return None
        try:
            await guild.fetch_member(member_id)
        except discord.NotFound:
            return False
        except (discord.HTTPException, aiohttp.ClientError, OSError):
            return None
        return True

    async def _bot_closed(self) -> None:
        if self._opened_by_bot:
            self._opened_by_bot = False
            await self.__aexit__()


def _settle(*, after_another: bool = False) -> None:
    """Let the garbage collector pass over what is there now, because it stays.

    Without that each full collection would look at half a million objects again, and whoever has just asked something
    would wait for that. A session that comes `after_another` brings all servers anew: those before, which have been
    passed over until then, would never go. With a thousand servers that takes a third of a second.
    """
    if after_another:
        gc.unfreeze()
    gc.collect()
    gc.freeze()


def create_app(
    settings: Settings, *, clock: Clock | None = None, extra_cogs: Sequence[CogFactory] = ()
) -> App:
    """Make the whole bot from its settings; no I/O, no running loop needed."""
    return App(settings, clock or SystemClock(), extra_cogs)
