"""Who is in a server, on the wire: a hundred with one request of the gateway, and one by one where that is silent."""

import asyncio

import pytest

from bot.delivery.register import DiscordRegister
from bot.domain.meetings.values import Presence
from bot.storage.engine import Database
from tests.support.clock import FakeClock
from tests.support.loopback.faults import Fault
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def asked_by_rest(discord: LoopbackDiscord) -> list[int]:
    return [int(r.path.rpartition("/")[2]) for r in discord.requests if "/members/" in r.path]


async def test_a_hundred_take_one_request(db: Database, clock: FakeClock) -> None:
    world = world_on(clock)
    club = add_club(world)
    role = world.add_role(club.guild, "learners").id
    crowd = [world.add_member(club.guild, f"member {n}", [role] if n % 2 else []).user_id for n in range(230)]
    stranger = world.add_user("a stranger").id
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        register = DiscordRegister(app.bot)
        found = dict(await register.look(club.guild, [*crowd, stranger], role))
        assert [len(ids) for ids in discord.gateway.member_requests] == [100, 100, 31]
        assert asked_by_rest(discord) == [stranger]  # that somebody is gone is never taken from a silence
        assert list(found) == [*crowd, stranger]
        assert found.pop(stranger) is Presence.GONE
        assert set(list(found.values())[1::2]) == {Presence.HERE}
        assert set(list(found.values())[::2]) == {Presence.WITHOUT_ROLE}
        assert set((await register.look(club.guild, crowd, None)).values()) == {Presence.HERE}
        guild = app.bot.get_guild(club.guild)
        assert guild is not None
        assert [member.id for member in guild.members] == [world.bot.id]  # nobody is kept


async def test_a_gateway_that_is_silent(db: Database, clock: FakeClock) -> None:
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        register = DiscordRegister(app.bot, answer_within_s=0.1)
        discord.gateway.answer_member_requests = False
        expected = {club.ada: Presence.HERE, 12345: Presence.GONE}
        assert await register.look(club.guild, [club.ada, 12345], None) == expected
        assert asked_by_rest(discord) == [club.ada, 12345]
        discord.gateway.answer_member_requests = True
        discord.faults.inject(Fault("drop", method="GET", path="/guilds/*/members/*", when="before", times=9))
        expected = {club.ada: Presence.HERE, 12345: Presence.UNKNOWN}
        assert await register.look(club.guild, [club.ada, 12345], None) == expected


async def test_a_connection_that_is_lost_before_the_answer_makes_nobody_gone(
    db: Database, clock: FakeClock
) -> None:
    """discord.py then says that the answer is complete, and empty."""
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        register = DiscordRegister(app.bot)
        discord.gateway.answer_member_requests = False
        looking = asyncio.create_task(register.look(club.guild, [club.ada, club.ben], None))
        await discord.wait_for(lambda: bool(discord.gateway.member_requests), what="the request")
        app.bot._connection.clear_chunk_requests(None)
        assert await looking == {club.ada: Presence.HERE, club.ben: Presence.HERE}


async def test_a_server_of_another_process(db: Database, clock: FakeClock) -> None:
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        app.bot._connection._guilds.clear()
        register = DiscordRegister(app.bot)
        assert await register.look(club.guild, [club.ada], None) == {club.ada: Presence.HERE}
        assert discord.gateway.member_requests == []
