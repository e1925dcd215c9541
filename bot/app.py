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
from contextlib import AsyncExitStack
from datetime import datetime
from math import isfinite
from types import TracebackType
from typing import Final, Self

from discord.ext import commands
from sqlalchemy.exc import SQLAlchemyError

from bot.client import CohortBot, client_for
from bot.clock import Clock, SystemClock
from bot.commands import sync_if_changed
from bot.delivery.discord_sender import DiscordSender
from bot.delivery.outbox import Outbox
from bot.delivery.view import DiscordView
from bot.operations.endpoint import Endpoint
from bot.operations.exposition import Snapshot
from bot.operations.health import Vitals, judge
from bot.operations.memory import give_back
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
from bot.wiring import Means, make_services
from cogs import BUTTONS, all_cogs
from cogs.ui.hello import say_hello
from cogs.ui.notices import render_notice

STOP_WITHIN_S: Final = 8.0
"""How long a stopping process waits for what is under way; orchestrators kill after ten seconds."""

_log = logging.getLogger("cohort.app")

LOOK_WITHIN_S: Final = 5.0
"""How long a look at the process's health waits for the database."""

CogFactory = Callable[["App"], commands.Cog]


class App:
    """The whole bot. Making it does no I/O; entering it opens and migrates the database."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        extra_cogs: Sequence[CogFactory] = (),
        bot: CohortBot | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.bot = bot if bot is not None else client_for(settings, clock)
        self.owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"[-64:]
        self.db = Database(settings.database_url)
        self._means = Means(
            settings=settings,
            clock=clock,
            owner=self.owner,
            db=self.db,
            fetcher=Fetcher(),
            people_fetcher=Fetcher(allow=settings.fetch_allow),
            worker=Worker(),
            rounds_worker=Worker(size=1),
        )
        self._sender = DiscordSender(self.bot, self.bot.breaker)
        self._view = DiscordView(self.bot, settings, self._sender)
        self.services = make_services(self._means, self._view)
        self.bot.stand_before(self)
        self.outbox = Outbox(
            self.db,
            clock,
            self._sender,
            owner=self.owner,
            pace=self.bot.pace,
            render_notice=render_notice,
        )
        self._extra_cogs = tuple(extra_cogs)
        self._stack: AsyncExitStack | None = None
        self._opened_by_bot = False
        self._ticker: Ticker | None = None
        self._began_at = clock.now()
        self._working = asyncio.Lock()
        self._begun = asyncio.Event()
        self._endpoint: Endpoint | None = None
        self._has_known = False  # whether the servers of some session have come in
        self._to_see = False  # whether the servers came in and nobody has looked at them yet

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
            await stack.enter_async_context(self._means.worker)
            await stack.enter_async_context(self._means.rounds_worker)
            await stack.enter_async_context(self._means.fetcher)
            await stack.enter_async_context(self._means.people_fetcher)
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
            "memory": Job(300, give_back),
            "refused forms": Job(60, self.bot.refused.tidy),
            "outbox": Job(1, self.outbox.deliver_due),
        }

    async def follow(self) -> None:
        """Open everything behind a client that has gone ahead, and let in who has come meanwhile.

        Returns when the work that recurs has begun; `leave` ends it. The content is read before the commands are
        compared with Discord's: whoever asks meanwhile waits for the one and not for the other.
        """
        await self.__aenter__()
        await self._add_cogs()
        self.bot.let_in()
        if self.settings.http_port:
            self._endpoint = Endpoint(self._look, self.settings.http_host, self.settings.http_port)
            await self._endpoint.start()
        await self.services.load()
        await self.bot.logged_in.wait()
        await self._sync_commands()
        await self.bot.connected.wait()
        _settle()
        self._ticker = self.ticker()
        self._ticker.start()
        self._begun.set()

    async def finish(self) -> None:
        """Begin nothing more, and wait a while for what is under way."""
        self.services.stop()
        self.outbox.stop()
        if self._ticker is not None:
            self._ticker.stop()
            await self._ticker.drain(STOP_WITHIN_S)

    async def leave(self) -> None:
        """End what `follow` began, however far it came."""
        await self.finish()
        if self._endpoint is not None:
            await self._endpoint.stop()
        self._begun.set()  # nobody waits for it any more
        if self._stack is not None:
            await self.outbox.release()
            await self.__aexit__()

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
            posting=self.bot.breaker.closed(),
            jobs=self._ticker.pulse() if self._ticker is not None else {},
        )
        return Snapshot(
            measures=bot.measures,
            health=judge(vitals, now),
            gauges=found,
            gateway_latency_s=bot.latency if bot.is_ready() and isfinite(bot.latency) else None,
            servers=len(bot.guilds),
            refusals=self.bot.breaker.count,
            database_s=loop.time() - began if found is not None else None,
        )

    async def set_up(self) -> None:
        """Open what is not open yet, load the cogs, sync the commands."""
        if self._stack is None:
            await self.__aenter__()
            self._opened_by_bot = True
        await self._add_cogs()
        await self._sync_commands()
        self._begun.set()

    async def _add_cogs(self) -> None:
        cogs = [*all_cogs(self.services), *(factory(self) for factory in self._extra_cogs)]
        for cog in cogs:
            await self.bot.add_cog(cog, override=True)
        self.bot.add_dynamic_items(*BUTTONS)

    async def _sync_commands(self) -> None:
        shards = self.settings.shard_ids
        if shards is None or 0 in shards:  # of many processes one syncs
            await sync_if_changed(self.bot.tree, self.db, self.clock)

    async def server_changed(self, server_id: int) -> None:
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

    async def session_began(self) -> None:
        """Let go of the servers of the session before, so that those that come in take their place in memory."""
        if self._has_known and gc.get_freeze_count():  # of several shards at the same moment one is enough
            gc.unfreeze()
            gc.collect()

    async def servers_known(self) -> None:
        """Say that it works, and look again at what was held for every server that this process sees."""
        await self._begun.wait()
        if self._stack is None:
            return
        _log.info("ready", extra={"servers": len(self.bot.guilds)})
        if self._has_known:
            _settle_anew()
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
        await self.services.members.servers_seen(self._view.is_absent)
        now = self.clock.now()
        async with self.db.read() as tx:
            waiting = await outbox.held_servers(tx, now) | await feeds.put_off_servers(tx, now)
        for server_id in sorted(waiting):
            if self.bot.get_guild(server_id) is not None:
                await self.server_changed(server_id)

    async def server_joined(self, server_id: int) -> None:
        """Say hello, once in a server's life."""
        if self._stack is None or not await self.services.members.server_joined(server_id):
            return
        guild = self.bot.get_guild(server_id)
        if guild is not None:
            await say_hello(guild)

    async def server_back(self, server_id: int) -> None:
        """Note that the bot is in a server: nothing of it goes."""
        if self._stack is not None:
            await self.services.members.server_back(server_id)

    async def server_left(self, server_id: int) -> None:
        """Note that the bot was removed: what is kept of the server goes after a while."""
        if self._stack is not None:
            await self.services.members.server_left(server_id)

    async def bot_closed(self) -> None:
        """Close what `set_up` opened."""
        if self._opened_by_bot:
            self._opened_by_bot = False
            await self.__aexit__()


def _settle() -> None:
    """Let the garbage collector pass over what is there now, because it stays.

    Without that each full collection would look at half a million objects again, and whoever has just asked something
    would wait for that.
    """
    gc.collect()
    gc.freeze()


def _settle_anew() -> None:
    """Do so after another session of Discord's, which has brought all servers anew.

    Those before, which have been passed over until now, would never go. With a thousand servers that takes a third of a
    second.
    """
    gc.unfreeze()
    _settle()


def create_app(
    settings: Settings,
    *,
    clock: Clock | None = None,
    extra_cogs: Sequence[CogFactory] = (),
    bot: CohortBot | None = None,
) -> App:
    """Make the whole bot from its settings, around the client where there is one; no I/O, no running loop needed."""
    return App(settings, clock or SystemClock(), extra_cogs, bot)
