"""Nothing is posted any more long before Discord would ban the address, and not at all without a valid token."""

import logging
from datetime import timedelta

import pytest

from bot.delivery.breaker import LIMIT, WINDOW, Breaker
from bot.delivery.discord_sender import DiscordSender
from bot.storage.engine import Database
from tests.support import community
from tests.support.clock import START, FakeClock
from tests.support.loopback.faults import Fault
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on


@pytest.mark.parametrize("status", [403, 429])
def test_it_opens_at_its_limit_and_closes_as_refusals_grow_old(clock: FakeClock, status: int) -> None:
    breaker = Breaker(clock)
    for _ in range(LIMIT - 1):
        breaker.note(status, {})
    clock.advance(minutes=5)
    assert breaker.closed()
    breaker.note(status, {})
    assert not breaker.closed()
    clock.set(START + WINDOW - timedelta(seconds=1))
    assert not breaker.closed()
    clock.set(START + WINDOW)
    assert breaker.closed()
    assert breaker.count == 1


def test_the_limit_is_far_below_discords() -> None:
    assert LIMIT * 10 <= 10_000  # ten processes of one address, each with a breaker of its own
    assert timedelta(minutes=10) == WINDOW


@pytest.mark.parametrize(("status", "scope"), [(200, ""), (404, ""), (400, ""), (503, ""), (429, "shared")])
def test_what_discord_does_not_count(clock: FakeClock, status: int, scope: str) -> None:
    breaker = Breaker(clock)
    for _ in range(2 * LIMIT):
        breaker.note(status, {"X-RateLimit-Scope": scope})
    assert breaker.count == 0
    assert breaker.closed()


def test_without_a_valid_token_it_stays_open_and_says_so_once(
    clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    breaker = Breaker(clock)
    breaker.note(401, {})
    breaker.note(401, {})
    clock.advance(days=1)
    assert not breaker.closed()
    (record,) = [record for record in caplog.records if record.levelno == logging.CRITICAL]
    assert "token" in record.getMessage()


# --- In the program -----------------------------------------------------------------------------------


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_refusals_of_every_request_count_and_then_nothing_is_asked(
    db: Database, clock: FakeClock
) -> None:
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None) as discord:
        place = await community.found(world, db, servers=1, feeds_each=3, now=START, limit=1)
        await community.announce(db, community.batch(1), START)
        async with serving(db.url, discord, clock) as app:
            for _ in range(LIMIT):
                app.bot.breaker.note(403, {})
            asked = len(discord.requests)
            await app.run_due()
            assert len(discord.requests) == asked
            assert await community.undelivered(db) == 3
            clock.advance(minutes=10)
            await app.run_due()
        assert len(world.messages) == len(place.channels)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_refused_token_stops_all_posts_at_the_first_refusal(db: Database, clock: FakeClock) -> None:
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None) as discord:
        await community.found(world, db, servers=1, feeds_each=40, now=START, limit=1)
        await community.announce(db, community.batch(1), START)
        async with serving(db.url, discord, clock) as app:
            world.token = "another-since-a-minute"
            for _ in range(5):
                await app.run_due()
                clock.advance(hours=1)
            assert not app.bot.breaker.closed()
            assert isinstance(app._sender, DiscordSender)
            # Those that were under way, and not one more.
            assert 0 < discord.invalid_requests(seconds=10**6) <= 16
            assert await community.undelivered(db) == 40
            assert len(world.messages) == 0


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("status", "refusals"), [(403, 8), (404, 8)])
async def test_a_place_that_refuses_is_asked_less_and_less_often(
    db: Database, clock: FakeClock, status: int, refusals: int
) -> None:
    """Five minutes, a quarter of an hour, an hour, three hours: a day costs a handful of refusals, not 86,400."""
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None) as discord:
        await community.found(world, db, servers=1, feeds_each=1, now=START, limit=1)
        await community.announce(db, community.batch(1), START)
        discord.inject(Fault("status", method="POST", path="/channels/*/messages", status=status, times=None))
        async with serving(db.url, discord, clock) as app:
            await app.services.digests.build_due()
            for _ in range(12 * 24):
                await app.outbox.deliver_due()
                clock.advance(minutes=5)
        asked = [record for record in discord.requests if record.method == "POST"]
        assert 4 <= len(asked) <= 4 + refusals
        assert await community.undelivered(db) == 1
