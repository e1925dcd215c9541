"""`/healthz` and `/metrics` of a process that is connected to the loopback."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest

from bot.operations import exposition
from bot.operations.endpoint import Endpoint
from bot.storage.engine import Database
from tests.support.clock import FakeClock
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

EVENING = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)


async def get(address: str | None) -> tuple[int, str]:
    assert address is not None
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        return answer.status, await answer.text()


async def test_a_connected_process_is_well_and_counts_what_it_does(db: Database) -> None:
    clock = FakeClock(EVENING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        endpoint = Endpoint(app._look, "127.0.0.1", 0)
        await endpoint.start()
        try:
            assert await get(f"{endpoint.address}/healthz") == (200, '{"status": "ok", "faults": []}')
            await discord.slash(club.moderator, club.general, "feed list")
            await discord.slash(club.moderator, club.general, "feed pause", feed="99")
            status, text = await get(f"{endpoint.address}/metrics")
            assert status == 200
            assert 'cohort_interaction_seconds_count{name="feed list",outcome="ok"} 1.0' in text
            assert 'cohort_interaction_seconds_count{name="feed pause",outcome="refused"} 1.0' in text
            assert "cohort_servers 1.0" in text
            assert 'cohort_outbox_entries{state="held"} 0.0' in text
            for someone in (club.moderator, club.general):
                assert str(int(getattr(someone, "id", someone))) not in text
        finally:
            await endpoint.stop()
        assert endpoint.address is None


async def test_a_database_that_is_gone_is_said(db: Database) -> None:
    clock = FakeClock(EVENING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        # What the bot does once it is ready comes before that: nothing of it uses the database any more.
        await discord.slash(club.moderator, club.general, "feed list")
        whole = app.db
        endpoint = Endpoint(app._look, "127.0.0.1", 0)
        await endpoint.start()
        try:
            clock.advance(seconds=3600)
            app.db = Database(db.url)  # not open: every look at it fails
            status, text = await get(f"{endpoint.address}/healthz")
            assert status == 503
            assert "the database does not answer" in text
            assert "cohort_database_up 0.0" in (await get(f"{endpoint.address}/metrics"))[1]
        finally:
            await endpoint.stop()
            app.db = whole


async def test_a_port_that_is_taken_is_no_reason_not_to_run(caplog: pytest.LogCaptureFixture) -> None:
    async def look() -> Any:
        raise AssertionError

    first = Endpoint(look, "127.0.0.1", 0)
    await first.start()
    port = int(str(first.address).rpartition(":")[2])
    second = Endpoint(look, "127.0.0.1", port)
    await second.start()
    assert second.address is None
    assert "COHORT_HTTP_PORT is taken" in caplog.text
    await second.stop()
    await first.stop()


async def test_who_asks_while_the_process_ends_does_not_hold_it_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = asyncio.Event()

    async def look() -> Any:
        asked.set()
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.operations.endpoint.CLOSE_WITHIN_S", 0.05)
    endpoint = Endpoint(look, "127.0.0.1", 0)
    await endpoint.start()
    asking = asyncio.create_task(get(f"{endpoint.address}/healthz"))
    await asked.wait()
    async with asyncio.timeout(20):
        await endpoint.stop()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_without_the_extra_metrics_say_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_snapshot: object) -> bytes:
        raise exposition.ExtraMissing

    async def look() -> Any:
        return None

    monkeypatch.setattr("bot.operations.endpoint.render", missing)
    endpoint = Endpoint(look, "127.0.0.1", 0)
    await endpoint.start()
    try:
        status, text = await get(f"{endpoint.address}/metrics")
    finally:
        await endpoint.stop()
    assert status == 501
    assert "cohort-bot[metrics]" in text
