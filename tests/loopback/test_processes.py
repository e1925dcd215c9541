"""Several processes on one PostgreSQL: two apps that share nothing but the database, each with its shard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from bot.app import App
from bot.storage.engine import Database
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

MORNING = datetime(2026, 3, 3, 9, 0, tzinfo=UTC)
POSTS = "POST /channels/{channel_id}/messages"

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@asynccontextmanager
async def shards(
    db: Database, discord: LoopbackDiscord, clock: FakeClock, *choices: str, count: int
) -> AsyncIterator[list[App]]:
    """Yield an app for each choice of shards, started at the same time."""
    running = [serving(db.url, discord, clock, shard_count=count, shard_ids=ids) for ids in choices]
    apps = await asyncio.gather(*(each.__aenter__() for each in running))
    try:
        yield apps
    finally:
        for each in running:
            await each.__aexit__(None, None, None)


def syncs(discord: LoopbackDiscord) -> int:
    return len([r for r in discord.requests if r.method == "PUT" and r.path.endswith("/commands")])


async def test_commands_are_synced_by_one(db: Database, clock: FakeClock) -> None:
    async with LoopbackDiscord(world_on(clock)) as discord:
        async with shards(db, discord, clock, "0", "1", count=2) as apps:
            assert syncs(discord) == 1
            assert sorted(shard for _, shard in discord.gateway.identifies) == [(0, 2), (1, 2)]
            assert len(apps) == 2
        discord.assert_clean()


async def test_two_that_keep_the_same_shard_sync_once(db: Database, clock: FakeClock) -> None:
    """While one version takes over from another, both may run for a moment."""
    async with LoopbackDiscord(world_on(clock)) as discord, shards(db, discord, clock, "0", "0", count=1):
        assert syncs(discord) == 1


async def test_together_they_stay_below_fifty_a_second(db: Database, clock: FakeClock) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    burst = MORNING + timedelta(seconds=30)
    async with LoopbackDiscord(world, schema=None) as discord:
        few = await community.found(world, db, servers=3, feeds_each=6, now=MORNING, limit=1)
        many = await community.found(world, db, servers=3, feeds_each=40, now=burst, limit=1)
        await community.announce(db, community.batch(1), MORNING)
        async with shards(db, discord, clock, "0", "1", "2", count=3) as apps:
            await apps[0].services.digests.build_due()
            # They hear of each other over the first posts.
            await asyncio.gather(*(app.outbox.deliver_due() for app in apps))
            assert len(world.messages) == len(few.channels)
            begun = len(discord.requests)
            clock.set(burst)
            await apps[1].services.digests.build_due()
            arrived = await asyncio.gather(*(app.outbox.deliver_due() for app in apps))
        assert sum(arrived) == len(many.channels)
        assert min(arrived) > 0
        moments = sorted(record.at for record in discord.requests[begun:] if record.method == "POST")
        assert len(moments) == len(many.channels)
        assert max(sum(first <= at < first + 1 for at in moments) for first in moments) <= 50
