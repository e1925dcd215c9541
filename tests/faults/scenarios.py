"""The fault table, each row a function of its size: `make test` runs them small, `make soak` large."""

import asyncio
import os
import random
import signal
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal

from discord import TextChannel
from sqlalchemy import func, select

from bot.app import App
from bot.delivery.pace import CEILING
from bot.domain.feeds import Style
from bot.storage import feeds
from bot.storage.engine import Database
from bot.storage.tables import digests
from tests.faults.kills import START
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.community import Tally, tally
from tests.support.loopback import permissions
from tests.support.loopback.clock import LoopbackClock
from tests.support.loopback.faults import Fault, Kind
from tests.support.loopback.limits import Limits
from tests.support.loopback.server import LoopbackDiscord
from tests.support.loopback.world import World
from tests.support.serving import deliver, serving, world_on
from tests.support.zygote import Spec, Zygote

POSTS = "/channels/*/messages"


async def lost_answers(db: Database, *, kind: Kind, when: Literal["before", "after"], count: int) -> Tally:
    """`count` posts whose answer is lost in one way, before or after the post took effect."""
    clock = FakeClock(START)
    world = world_on(clock)
    # With the headers that Discord always sends, and limits that nobody reaches: without them discord.py, cut off at
    # the wrong moment by an attempt that takes too long, waits 30 s at that channel, and the attempts here are shorter.
    limits = Limits(enabled=True, per_route={}, default=(1000, 1.0), global_per_second=10**9)
    async with LoopbackDiscord(world, schema=None, seed=3, limits=limits) as discord:
        place = await community.found(world, db, servers=4, feeds_each=-(-count // 8), now=START, limit=3)
        await community.announce(db, community.batch(3), START)
        fault = Fault(kind, method="POST", path=POSTS, when=when, times=count, probability=0.5)
        discord.faults.inject(fault)
        async with serving(db.url, discord, clock) as app:
            if kind == "hang":
                app.outbox._attempt_limit = timedelta(seconds=0.3)
            await deliver(app, clock, rounds=200)
        assert fault.hits == count
        return await _count(db, world, place)


async def too_many_requests(db: Database, *, minutes: int) -> tuple[Tally, int]:
    """Three answers in ten are 429 for `minutes` simulated minutes; also returns the invalid answers."""
    clock = FakeClock(START)
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None, seed=4) as discord:
        places = [
            await community.found(
                world, db, servers=1, feeds_each=5, now=START + timedelta(minutes=minute), limit=3
            )
            for minute in range(minutes)
        ]
        await community.announce(db, community.batch(3), START)
        discord.faults.inject(Fault("rate_limit", times=None, path=POSTS, probability=0.3, retry_after=0.001))
        async with serving(db.url, discord, clock) as app:
            for _ in range(2 * minutes):
                await app.services.digests.build_due()
                await app.outbox.deliver_due()
                clock.advance(seconds=30)
            discord.faults.clear()
            await deliver(app, clock)
        channels = tuple(channel for place in places for channel in place.channels)
        wanted = await community.expected(db)
        invalid = discord.invalid_requests(seconds=10**6)
        return tally(wanted, community.posted(world, channels)), invalid


@dataclass(frozen=True)
class Downtime:
    """What a return after days came to."""

    tally: Tally
    most_posts: int  # of one feed after the return
    unaccounted: int  # pairs of feed and paper


async def days_down(db: Database, *, days: int, count: int) -> Downtime:
    """`count` feeds miss `days` days: the papers of each day were stored, no digest was built."""
    clock = FakeClock(START)
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
        await community.found(
            world, db, servers=count // 10, feeds_each=10, now=START, limit=5, styles=[Style.DIGEST]
        )
        for day in range(days):
            await community.announce(db, community.batch(10, day=day), clock.now())
            clock.advance(days=1)
        clock.advance(hours=3)
        async with serving(db.url, discord, clock) as app:
            await deliver(app, clock)
            await deliver(app, clock)
        async with db.read() as tx:
            per_feed = await tx.execute(select(func.count()).select_from(digests).group_by(digests.c.feed_id))
            most = max(row[0] for row in per_feed)
        wanted = await community.expected(db)
        there = community.posted(world, list(world.channels))
        missing = count * days * 10 - await community.dealt_with(db)
        return Downtime(tally(wanted, there), most, missing)


@dataclass(frozen=True)
class Disturbances:
    """What a series of lost permissions, channels and servers came to."""

    tally: Tally
    configurations_lost: int
    unaccounted: int


async def places_lost(db: Database, *, count: int) -> Disturbances:
    """`count` days on each of which a feed's place is disturbed at its hour and is well again later."""
    clock = FakeClock(START)
    world = world_on(clock)
    chance = random.Random(5)
    async with LoopbackDiscord(world, schema=None) as discord:
        place = await community.found(
            world, db, servers=3, feeds_each=2, now=START, limit=5, styles=[Style.DIGEST]
        )
        gone: set[int] = set()
        promises = community.Promises()
        async with serving(db.url, discord, clock) as app:
            for day in range(count):
                clock.set(START + timedelta(days=day))
                await community.announce(db, community.batch(3, day=day), clock.now())
                server = chance.choice(place.servers)
                channel = chance.choice([c for c in place.channels if world.channels[c].guild_id == server])
                trouble = chance.choice(("permission", "view", "bot", "history"))
                await _disturb(app, discord, trouble, server, channel)
                await app.run_due()
                clock.advance(hours=chance.choice((1, 5, 20)))
                await app.run_due()
                await _mend(app, discord, trouble, server, channel)
                await deliver(app, clock, rounds=6, step_s=400)
                await promises.note(db)
            # At last a channel is deleted for good: its feed stays, and says so.
            clock.set(START + timedelta(days=count + 1))
            world.delete_channel(place.channels[-1])
            gone.add(place.channels[-1])
            await community.announce(db, community.batch(3, day=count), clock.now())
            await app.run_due()
            async with db.read() as tx:
                kept = sum([len(await feeds.by_server(tx, server)) for server in place.servers])
        await promises.note(db)
        wanted = promises.all
        there = community.posted(world, place.channels[:-1])
        for key in [key for key in wanted if key[0] in gone]:
            del wanted[key]
        missing = len(place.channels) * 3 * (count + 1) - await community.dealt_with(db)
        return Disturbances(tally(wanted, there), len(place.channels) - kept, missing)


@dataclass(frozen=True)
class Drops:
    """What a series of lost gateway connections came to."""

    tally: Tally
    identifies: int
    resumes: int


async def gateway_drops(db: Database, *, count: int) -> Drops:
    """The gateway is dropped `count` times while posts go out."""
    clock = FakeClock(START)
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
        place = await community.found(world, db, servers=2, feeds_each=5, now=START, limit=1)
        promises = community.Promises()
        async with serving(db.url, discord, clock) as app:
            for drop in range(count):
                clock.set(START + timedelta(days=drop))
                await community.announce(db, community.batch(1, day=drop), clock.now())
                before = len(discord.gateway.resumes)
                await discord.drop_gateway()
                await app.run_due()
                await promises.note(db)
                await discord.wait_for(
                    lambda wanted=before: len(discord.gateway.resumes) > wanted, 20, "a resume"
                )
            await deliver(app, clock)
        assert await community.undelivered(db) == 0
        await promises.note(db)
        there = community.posted(world, place.channels)
        resumed = sum(fine for _, fine in discord.gateway.resumes)
        return Drops(tally(promises.all, there), len(discord.gateway.identifies), resumed)


async def many_processes(
    db: Database, zygote: Zygote, folder: Path, *, feeds: int, processes: int, seed: int
) -> Tally:
    """`processes` share `feeds` due feeds; one of them is killed somewhere in the middle."""
    chance = random.Random(seed)
    clock = LoopbackClock()
    world = World(clock)
    # The processes' clocks move while they wait for their turn, fifty posts a second. Were Discord's to stand still,
    # posts would soon seem older than the look into the history that follows a crash.
    clock.follow(lambda: START.timestamp() + len(world.messages) / CEILING)
    async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
        place = await community.found(world, db, servers=40, feeds_each=feeds // 40, now=START, limit=1)
        await community.announce(db, community.batch(1), START)
        pids = [await zygote.spawn(_spec(db, discord, folder)) for _ in range(processes)]
        goal = chance.randrange(feeds // 10, feeds // 2)
        await discord.wait_for(lambda: len(world.messages) >= goal, 600, "posts")
        os.kill(chance.choice(pids), signal.SIGKILL)
        statuses = sorted([await zygote.wait(pid) for pid in pids])
        assert statuses == [-signal.SIGKILL, *[0] * (processes - 1)], (folder / "child.log").read_text()
        for _ in range(5):
            clock.advance(200)
            assert await zygote.run(_spec(db, discord, folder)) == 0, (folder / "child.log").read_text()
            if not await community.undelivered(db):
                break
        return await _count(db, world, place)


@dataclass(frozen=True)
class Stops:
    """What a series of polite stops came to."""

    tally: Tally
    slowest_s: float


async def sigterm(db: Database, zygote: Zygote, folder: Path, *, count: int) -> Stops:
    """The whole program is asked to stop `count` times in the middle of a burst of posts."""
    chance = random.Random(6)
    world = World()
    slowest = 0.0
    async with LoopbackDiscord(world, schema=None, keep_requests=False) as discord:
        now = START
        place = await community.found(world, db, servers=4, feeds_each=5 * count, now=now, limit=1)
        await community.announce(db, community.batch(1), now)
        for _ in range(count):
            pid = await zygote.spawn(_spec(db, discord, folder, mode="serve"))
            goal = len(world.messages) + chance.randint(1, 12)
            wanted = min(goal, len(place.channels))
            await discord.wait_for(lambda wanted=wanted: len(world.messages) >= wanted, 600, "posts")
            begun = time.monotonic()
            os.kill(pid, signal.SIGTERM)
            assert await zygote.wait(pid) == 0, (folder / "child.log").read_text()
            slowest = max(slowest, time.monotonic() - begun)
        pid = await zygote.spawn(_spec(db, discord, folder, mode="serve"))
        await discord.wait_for(lambda: len(world.messages) >= len(place.channels), 600, "the rest")
        os.kill(pid, signal.SIGTERM)
        await asyncio.wait_for(zygote.wait(pid), 300)
        return Stops(await _count(db, world, place), slowest)


async def _disturb(app: App, discord: LoopbackDiscord, trouble: str, server: int, channel: int) -> None:
    world = discord.world
    if trouble == "bot":
        world.set_presence(server, has_bot=False)
        await discord.wait_for(
            lambda: app.bot.get_guild(server) is None, what="the bot to see that it is out"
        )
        return
    denied = {
        "permission": permissions.SEND_MESSAGES,
        "view": permissions.VIEW_CHANNEL,
        "history": permissions.READ_MESSAGE_HISTORY,
    }[trouble]
    if trouble == "history":
        discord.faults.inject(
            Fault("drop", method="POST", path=f"/channels/{channel}/messages", when="after")
        )
    world.set_overwrite(channel, world.bot.id, kind=1, deny=denied)
    await discord.wait_for(lambda: not _allowed(app, channel, denied), what="the bot to lose a permission")


async def _mend(app: App, discord: LoopbackDiscord, trouble: str, server: int, channel: int) -> None:
    world = discord.world
    if trouble == "bot":
        world.set_presence(server, has_bot=True)
    else:
        world.set_overwrite(channel, world.bot.id, kind=1)
    everything = permissions.VIEW_CHANNEL | permissions.SEND_MESSAGES | permissions.READ_MESSAGE_HISTORY
    await discord.wait_for(lambda: _allowed(app, channel, everything), what="the bot to be well again")


def _allowed(app: App, channel_id: int, wanted: int) -> bool:
    channel = app.bot.get_channel(channel_id)
    if not isinstance(channel, TextChannel) or channel.guild.me is None:
        return False
    return channel.permissions_for(channel.guild.me).value & wanted == wanted


async def _count(db: Database, world: World, place: community.Community) -> Tally:
    assert await community.undelivered(db) == 0
    return tally(await community.expected(db), community.posted(world, place.channels))


def _spec(db: Database, discord: LoopbackDiscord, folder: Path, mode: str = "once") -> Spec:
    return Spec(
        database_url=db.url,
        api_url=discord.base_url,
        gateway_url=discord.gateway_url,
        now=discord.clock.now(),
        log=str(folder / "child.log"),
        mode=mode,
    )
