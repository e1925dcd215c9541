"""A loopback Discord with a small club, and clients to go with it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.loopback.clients import PlainBot, Raw, Running
from tests.support.loopback import Club, LoopbackDiscord, add_club


@pytest.fixture
async def server() -> AsyncIterator[LoopbackDiscord]:
    async with LoopbackDiscord() as discord_server:
        with discord_server.pointed():
            yield discord_server
        discord_server.assert_clean()


@pytest.fixture
def club(server: LoopbackDiscord) -> Club:
    return add_club(server.world)


@pytest.fixture
async def raw(server: LoopbackDiscord) -> AsyncIterator[Raw]:
    async with aiohttp.ClientSession() as session:
        yield Raw(server, session)


@pytest.fixture
async def bot(server: LoopbackDiscord, club: Club) -> AsyncIterator[PlainBot]:
    """A running bot without commands."""
    async with Running(PlainBot(), server) as running:
        yield running
