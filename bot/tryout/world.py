"""The pretend server and its clock: the real bot inside SimCord, and what moves its time."""

import asyncio
import contextlib
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import discord
import simcord
from discord.ext import commands
from simcord.backend.access import can_access_channel
from simcord.backend.cdn import CDN_BASE
from simcord.enums import ChannelType

from bot.app import App, create_app
from bot.clock import SystemClock
from bot.domain.feeds import FeedState
from bot.domain.sources import stamp
from bot.settings import Settings
from bot.storage.buddies import rounds
from bot.tryout import avatars, buddies
from bot.tryout.cog import TryCog, describe_jump
from bot.tryout.quizzes import seed_answers
from bot.tryout.samples import FIRST_DAY
from bot.tryout.sources import SampleSources
from cogs.ui.hello import say_hello

_log = logging.getLogger("cohort.tryout")

STARTS: Final = datetime.combine(FIRST_DAY, datetime.min.time(), UTC) - timedelta(hours=7)
"""Sunday, 17:00 UTC: a feed made now gets its first papers on Monday morning, wherever its zone."""

_PULSE_S: Final = 2.0
_SETTLE_S: Final = 10.0
_LONGEST_WAIT_S: Final = 5.0

_EPHEMERAL: Final = discord.MessageFlags(ephemeral=True).value

CHANNELS: Final[Mapping[str, str]] = {
    "welcome": "Start here",
    "papers": "New papers, every morning",
    "events": "Meetups and deadlines",
    "study-buddies": "Pairs and trios meet in threads of this channel",
    "lounge": "Everything else",
}

FORUM: Final = "reading-room"
"""Where each day of papers, or each paper, can be a post of its own."""

CIRCLES: Final = ("Language circle", "Data circle")
"""Roles that stand for nothing, until a moderator offers them to those who follow a career or track."""

PEOPLE: Final[Mapping[str, str]] = {"Mira": "#c27c0e", "Ada": "#1f8b4c", "Ben": "#a84300", "Chidi": "#71368a"}
"""Who is there, each with a colour; the first one is the moderator."""

_FACE: Final = "tryout"  # what stands where Discord has a picture's hash


@dataclass(frozen=True, slots=True)
class Viewer:
    """Someone whose eyes the page can borrow."""

    actor: simcord.MemberActor
    name: str
    role: str

    @property
    def id(self) -> int:
        """Their id in the pretend server."""
        return self.actor.id


@dataclass(frozen=True, slots=True)
class Room:
    """A channel, a thread or the direct messages with Cohort, as one viewer sees it in the list."""

    id: int
    name: str
    parent_id: int | None
    unread: bool
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Jump:
    """What a jump brought: where new messages stand, and how many."""

    at: datetime | None
    posts: tuple[tuple[int, int], ...] = ()


class TryoutClock:
    """SimCord's clock, once there is one: with any other every interaction looks stale or future."""

    def __init__(self, *, live: bool = False) -> None:
        self._now: Callable[[], datetime] = lambda: STARTS
        self._live = live

    def follow(self, now: Callable[[], datetime]) -> None:
        """Show the time that `now` returns from here on."""
        self._now = now

    def now(self) -> datetime:
        """Return the try-out's instant, aware and in UTC."""
        return self._now()

    async def sleep(self, seconds: float) -> None:
        """Wait for the real arXiv, which is asked politely here too; not for samples.

        In a thread: SimCord's own sleep ends when its time moves on, and that waits for whoever is in line behind.
        """
        if self._live:
            await asyncio.to_thread(time.sleep, min(seconds, _LONGEST_WAIT_S))
        else:
            await asyncio.sleep(0)


class World:
    """The server, its people, and the one place where time moves.

    SimCord allows one operation at a time and refuses a second one, so all of them (a press in the page,
    a jump, the flow of time, a refresh) take `turn` first.
    """

    def __init__(self, app: App, env: simcord.Env) -> None:
        self.app = app
        self.env = env
        self.turn = asyncio.Lock()
        self.viewers: list[Viewer] = []
        self.pictures: dict[str, tuple[str, bytes]] = {}
        self.changed = asyncio.Event()  # something happened that the shown page has not been told of
        self._guild: simcord.GuildHandle
        self._newest: dict[int, int] = {}
        self._read: dict[tuple[int, int], int] = {}
        self._arrived: Counter[int] = Counter()
        self.posted = False  # whether a jump has ever brought something
        self._jumping = asyncio.Lock()
        self._requests: asyncio.Queue[tuple[int, bool]] = asyncio.Queue()

    @property
    def name(self) -> str:
        """The server's name."""
        return self._guild.name

    def now(self) -> datetime:
        """Return the try-out's time."""
        return self.env.now()

    async def next_due(self) -> datetime | None:
        """Return when the next post is scheduled, None where nothing is."""
        return await self.app.next_due()

    # -- what is there

    def viewer(self, viewer_id: int) -> Viewer | None:
        """Return the viewer with this id."""
        return next((viewer for viewer in self.viewers if viewer.id == viewer_id), None)

    def channel(self, channel_id: int) -> simcord.ChannelHandle:
        """Return SimCord's handle of a channel, a thread or somebody's direct messages."""
        channel = self.env.backend.get_channel(channel_id)
        return simcord.ChannelHandle(self.env, self._guild if channel.guild_id else None, channel)

    def rooms(self, viewer: Viewer) -> list[Room]:
        """Return what this viewer may read: channels, each with its threads, and last their direct messages."""
        rooms: list[Room] = []
        for channel in self._guild.channels.values():
            if channel.is_thread or not self._may_read(viewer, channel.id):
                continue
            rooms.append(self._room(viewer, channel, None))
            rooms += [
                self._room(viewer, thread, channel.id)
                for thread in channel.threads
                if self._may_read(viewer, thread.id)
            ]
        inbox = self.env.backend.dm_channels.get(viewer.id)
        if inbox is not None and self.env.backend.messages.get(inbox):
            rooms.append(self._room(viewer, self.channel(inbox), None))
        return rooms

    def mark_read(self, viewer: Viewer, channel_id: int) -> None:
        """Remember that the viewer has seen everything in the channel."""
        self._read[viewer.id, channel_id] = self._newest.get(channel_id, 0)

    def _room(self, viewer: Viewer, channel: simcord.ChannelHandle, parent_id: int | None) -> Room:
        unread = self._newest.get(channel.id, 0) > self._read.get((viewer.id, channel.id), 0)
        if channel.guild is None:
            return Room(channel.id, "Cohort", None, unread, direct=True)
        return Room(channel.id, channel.name or "thread", parent_id, unread)

    def _may_read(self, viewer: Viewer, channel_id: int) -> bool:
        return can_access_channel(self.env, channel_id, viewer.actor, history=True)

    # -- time

    async def next_round(self) -> datetime | None:
        """Return when the next round of study buddies begins, None where there is none."""
        async with self.app.db.read() as tx:
            feed = await rounds.feed_of(tx, self._guild.id)
        return feed.slot_at if feed is not None and feed.state is FeedState.ACTIVE else None

    async def jump(self, *, to_round: bool = False) -> Jump:
        """Move to the next scheduled post, or the next round of study buddies, and do what is due then."""
        async with self._jumping:
            self._arrived.clear()
            due = await (self.next_round() if to_round else self.app.next_due())
            if due is not None and due <= self.now():
                # A feed that was just set up is looked at before it posts: do that, and go to what is next.
                await self.app.run_due()
                due = self.now() if self._arrived else await self.app.next_due()
            if due is None:
                return Jump(None)
            await self._advance(due - self.now())
            await self.app.run_due()
            self.posted = self.posted or bool(self._arrived)
            return Jump(self.now(), tuple(self._arrived.items()))

    def jump_soon(self, channel_id: int, *, to_round: bool = False) -> None:
        """Jump once the running interaction is over, and say in the channel what happened."""
        self._requests.put_nowait((channel_id, to_round))

    async def settled(self) -> None:
        """Wait until every jump that was asked for is done."""
        await self._requests.join()

    async def serve_jumps(self) -> None:
        """Do the jumps that were asked for, one after the other, for ever."""
        while True:
            channel_id, to_round = await self._requests.get()
            try:
                await self._jump_and_say(channel_id, to_round=to_round)
            except Exception:  # noqa: BLE001 - the next request is the remedy
                _log.exception("a jump failed")
            finally:
                self._requests.task_done()

    async def pulse(self) -> None:
        """Let time flow as outside, and do what becomes due, for ever."""
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(_PULSE_S)
            before, passed = loop.time(), loop.time() - before
            try:
                # Never across a jump: what is half done at one hour must not go on at another.
                async with self._jumping:
                    await self._advance(timedelta(seconds=passed))
                    await self.app.run_due()
            except Exception:  # noqa: BLE001 - the next pulse is the remedy
                _log.exception("the try-out's pulse failed")

    async def _advance(self, span: timedelta) -> None:
        seconds = span.total_seconds()
        if seconds <= 0:
            return
        target = self.now() + span
        async with self.turn:
            try:
                await self.env.advance_time(seconds)
            except TimeoutError:
                # Something of the bot's is still busy: time goes on without waiting for it.
                self.env.backend.clock.advance(max(0.0, (target - self.now()).total_seconds()))

    async def _jump_and_say(self, channel_id: int, *, to_round: bool) -> None:
        jump = await self.jump(to_round=to_round)
        channel = self.app.bot.get_channel(channel_id)
        if jump.at is None or not isinstance(channel, discord.abc.Messageable):
            return
        posts: Counter[str] = Counter()
        for where, count in jump.posts:
            posts[self._called(where)] += count
        with contextlib.suppress(discord.HTTPException):  # the bot may not be allowed to write here
            await channel.send(f"🕒 {stamp(jump.at, 'F')}. {describe_jump(list(posts.items()))}")

    def _called(self, channel_id: int) -> str:
        """Return what everybody can read of a place: a private thread is a number to whoever is not in it."""
        channel = self.env.backend.get_channel(channel_id)
        if not channel.guild_id:
            return "direct messages"
        return "private threads" if channel.type == ChannelType.PRIVATE_THREAD else f"<#{channel_id}>"

    # -- the beginning

    async def seed(self, group_url: str | None = None) -> None:
        """Make the server, its channels and its people; `group_url` is a group's page to read meetups from."""
        env = self.env
        self._guild = guild = env.create_guild("Cohort Try-out")
        moderators = guild.create_role(
            "Moderators",
            permissions=discord.Permissions(manage_guild=True, manage_messages=True, manage_roles=True),
            color=0xF0B232,
            hoist=True,
        )
        for name in CIRCLES:  # below the moderators, who may offer them with /setup roles
            guild.create_role(name)
        rooms = {name: guild.create_text_channel(name, topic=topic) for name, topic in CHANNELS.items()}
        guild.create_forum_channel(FORUM)
        me = env.bot.user
        assert me is not None
        guild.create_text_channel(
            "mod-log",
            topic="For moderators",
            overwrites={
                guild.default_role: discord.PermissionOverwrite(view_channel=False),
                moderators: discord.PermissionOverwrite(view_channel=True),
                me: discord.PermissionOverwrite(view_channel=True),  # reports of study buddies arrive here
            },
        )
        self._give_face(env.backend.bot_user.id, avatars.logo())
        for name, color in PEOPLE.items():
            roles = [] if self.viewers else [moderators]
            user = env.create_user(name.lower(), global_name=name, avatar=_FACE)
            self._give_face(user.id, avatars.initial(name[0], color))
            actor = guild.add_member(user, roles=roles)
            self.viewers.append(Viewer(actor, name, "Moderator" if roles else "Member"))
        people = {viewer.name: viewer.id for viewer in self.viewers}
        await buddies.join(self.app.db, guild.id, people, self.now())
        mira, ada, ben, chidi = (viewer.actor for viewer in self.viewers)
        await seed_answers(self.app.db, guild.id, [each.id for each in self.viewers], self.now())
        await mira.send(rooms["welcome"], "Welcome, everyone! Cohort will bring us new papers. 👋")
        await ada.send(rooms["welcome"], "Oh nice, I never find the time to look through arXiv.")
        await ben.send(rooms["lounge"], "Who is in for a reading group?")
        await chidi.send(rooms["lounge"], "Me! Mornings are best.")
        if group_url is not None:
            await mira.send(rooms["events"], f"Our learning circle has its meetups at {group_url}")
        known = self.app.bot.get_guild(guild.id)
        if known is not None:
            await say_hello(known)
        for viewer in self.viewers:
            for room in self.rooms(viewer):
                self.mark_read(viewer, room.id)

    def _give_face(self, user_id: int, picture: bytes) -> None:
        self.pictures[f"{CDN_BASE}/avatars/{user_id}/{_FACE}.png"] = ("avatar.png", picture)

    def notice(self, event: str, payload: Mapping[str, Any]) -> None:
        """Take note of what happens in the server (a listener of SimCord's gateway)."""
        if not event.startswith(("MESSAGE_", "CHANNEL_", "THREAD_", "GUILD_ROLE_")):
            return
        self.changed.set()
        if event == "MESSAGE_CREATE" and not payload.get("flags", 0) & _EPHEMERAL:
            channel_id, message_id = int(payload["channel_id"]), int(payload["id"])
            self._newest[channel_id] = max(message_id, self._newest.get(channel_id, 0))
            if payload.get("author", {}).get("bot"):
                self._arrived[channel_id] += 1


@contextlib.asynccontextmanager
async def open_world(database: str, *, live: bool = False, flowing: bool = True) -> AsyncIterator[World]:
    """Open the bot in a pretend server; `flowing` lets time pass by itself."""
    clock = TryoutClock(live=live)

    def try_cog(_app: App) -> commands.Cog:
        return TryCog(world)

    async with contextlib.AsyncExitStack() as stack:
        overrides: dict[str, Any] = {"database_url": database, "_env_file": None}
        group_url: str | None = None
        if not live:
            sources = await stack.enter_async_context(SampleSources(clock))
            overrides |= {
                "arxiv_rss_url": sources.arxiv_rss_url,
                "arxiv_api_url": sources.arxiv_api_url,
                "arxiv_interval_s": 0.0,
                "hf_papers_url": sources.hf_papers_url,
                **sources.event_settings,
            }
            group_url = sources.group_url
        app = await stack.enter_async_context(
            create_app(Settings.load(**overrides), clock=clock, extra_cogs=(try_cog,))
        )
        env = simcord.Env(app.bot, check_errors=False, settle_timeout=_SETTLE_S)
        begin = SystemClock().now() if live else STARTS
        env.backend.bot_user.name = "Cohort"
        env.backend.bot_user.avatar = _FACE
        env.backend.clock.advance((begin - env.now()).total_seconds())
        clock.follow(env.now)
        world = World(app, env)
        await stack.enter_async_context(_running(env))
        env.backend.subscribers.append(world.notice)
        await world.seed(group_url)
        tasks = [asyncio.create_task(world.serve_jumps())]
        if flowing:
            tasks.append(asyncio.create_task(world.pulse()))
        try:
            yield world
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            # SimCord leaves the client open.
            await app.bot.close()


@contextlib.asynccontextmanager
async def _running(env: simcord.Env) -> AsyncIterator[None]:
    """Do what `simcord.run` does, for an Env whose clock was set before it starts."""
    await env.start()
    try:
        with env.time_context():
            yield
    finally:
        await env.shutdown()
