"""The gateway by hand: op codes, sequence numbers, replay, close codes; and what discord.py does about them."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import discord
import pytest

from tests.loopback.clients import PlainBot, Running
from tests.support.loopback import Club, LoopbackDiscord, add_club

GUILDS = 1


class Line:
    """A websocket to the gateway."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, token: str) -> None:
        self.socket = socket
        self.token = token

    async def send(self, op: int, data: Any) -> None:
        await self.socket.send_str(json.dumps({"op": op, "d": data}))

    async def read(self) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads((await self.socket.receive(2)).data)
        return frame

    async def identify(self, **more: Any) -> None:
        await self.send(2, {"token": self.token, "intents": GUILDS, "properties": {}, **more})

    async def close_code(self) -> int | None:
        while not self.socket.closed:
            await self.socket.receive(2)
        return self.socket.close_code


@asynccontextmanager
async def line(server: LoopbackDiscord) -> AsyncIterator[Line]:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        opened = Line(socket, server.world.token)
        assert (await opened.read())["op"] == 10
        yield opened


async def ready(opened: Line, **more: Any) -> dict[str, Any]:
    await opened.identify(**more)
    first = await opened.read()
    assert first["t"] == "READY"
    return first


async def test_hello_identify_ready_guild_create(server: LoopbackDiscord, club: Club) -> None:
    async with line(server) as opened:
        first = await ready(opened)
        assert first["s"] == 1
        assert first["d"]["guilds"] == [{"id": str(club.guild), "unavailable": True}]
        assert "shard" not in first["d"]
        second = await opened.read()
        assert (second["t"], second["s"]) == ("GUILD_CREATE", 2)
        assert len(second["d"]["channels"]) == 5
        await opened.send(1, 2)
        assert (await opened.read())["op"] == 11


async def test_resume_replays_what_was_missed(server: LoopbackDiscord, club: Club) -> None:
    async with line(server) as opened:
        first = await ready(opened)
        await opened.read()
        await opened.socket.close(code=4000)
    made = server.world.add_channel(club.guild, "later")
    async with line(server) as opened:
        await opened.send(6, {"token": server.world.token, "session_id": first["d"]["session_id"], "seq": 2})
        missed = await opened.read()
        assert (missed["t"], missed["s"], missed["d"]["id"]) == ("CHANNEL_CREATE", 3, str(made.id))
        assert (await opened.read())["t"] == "RESUMED"


@pytest.mark.parametrize("reason", ["closed 1000", "too late", "forgotten", "unknown"])
async def test_sessions_that_cannot_be_resumed(server: LoopbackDiscord, club: Club, reason: str) -> None:
    server.gateway.replay_size = 3
    async with line(server) as opened:
        session = (await ready(opened))["d"]["session_id"]
        await opened.socket.close(code=1000 if reason == "closed 1000" else 4000)
    if reason == "too late":
        await server.wait_for(lambda: not server.gateway.connected)
        server.clock.advance(server.gateway.resume_window + 1)
    if reason == "forgotten":
        for number in range(4):
            server.world.add_channel(club.guild, f"c{number}")
    async with line(server) as opened:
        wanted = "nobody" if reason == "unknown" else session
        await opened.send(6, {"token": server.world.token, "session_id": wanted, "seq": 2})
        assert await opened.read() == {"op": 9, "d": False, "s": None, "t": None}
    assert [worked for _, worked in server.gateway.resumes] == [False]


async def test_sessions_that_nobody_can_resume_are_let_go(server: LoopbackDiscord, club: Club) -> None:
    for _ in range(3):
        async with line(server) as opened:
            await ready(opened)
            await opened.socket.close(code=4000)
        await server.wait_for(lambda: not server.gateway.connected)
    assert len(server.gateway.sessions) == 3
    server.clock.advance(server.gateway.resume_window + 1)
    async with line(server) as opened:
        last = (await ready(opened))["d"]["session_id"]
        assert list(server.gateway.sessions) == [last]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"shard": [2, 2]}, 4010),
        ({"intents": GUILDS | 1 << 15}, 4014),
    ],
)
async def test_close_codes(server: LoopbackDiscord, club: Club, data: dict[str, Any], code: int) -> None:
    async with line(server) as opened:
        await opened.identify(**data)
        assert await opened.close_code() == code
    assert server.gateway.identifies == []


async def test_close_codes_of_unruly_clients(server: LoopbackDiscord, club: Club) -> None:
    async with line(server) as opened:
        await opened.socket.send_str("{")
        assert await opened.close_code() == 4002
    async with line(server) as opened:
        await opened.send(8, {})
        assert await opened.close_code() == 4003
    async with line(server) as opened:
        await ready(opened)
        await opened.identify()
        assert await opened.close_code() == 4005
    async with line(server) as opened:
        for _ in range(121):
            await opened.send(1, None)
        assert await opened.close_code() == 4008


async def test_sharding_is_mandatory_above_2500_guilds(server: LoopbackDiscord) -> None:
    for number in range(2501):
        server.world.add_guild(f"g{number}", guild_id=(number + 1) << 22, owner=server.world.owner_id)
    async with line(server) as opened:
        await opened.identify()
        assert await opened.close_code() == 4011
    async with line(server) as opened:
        assert len((await ready(opened, shard=[0, 2]))["d"]["guilds"]) == 1250


async def test_shards_get_their_own_guilds_and_shard_0_the_direct_messages(server: LoopbackDiscord) -> None:
    clubs = [add_club(server.world, f"c{n}", guild_id=(8 + n) << 22) for n in range(2)]
    async with line(server) as even, line(server) as odd:
        for index, opened in enumerate((even, odd)):
            first = await ready(opened, shard=[index, 2], intents=GUILDS | 1 << 12)
            assert first["d"]["shard"] == [index, 2]
            assert (await opened.read())["d"]["id"] == str(clubs[index].guild)
        server.world.add_channel(clubs[1].guild, "odd one")
        dm = server.world.dm_with(clubs[0].ada)
        assert (await odd.read())["d"]["name"] == "odd one"
        assert (await even.read())["d"]["id"] == str(dm.id)


async def test_intents_decide_what_arrives(server: LoopbackDiscord, club: Club) -> None:
    async with line(server) as opened:
        await ready(opened, intents=GUILDS | 1 << 9)
        await opened.read()
        server.say(club.ada, club.general, "secret")
        server.world.add_member(club.guild, "new member")
        server.say(club.ada, club.general, f"hi <@{server.world.bot.id}>")
        first, second = await opened.read(), await opened.read()
        assert (first["t"], first["d"]["content"]) == ("MESSAGE_CREATE", "")
        assert second["d"]["content"].startswith("hi")


async def test_discord_py_reconnects_when_asked(bot: PlainBot, server: LoopbackDiscord) -> None:
    server.gateway.request_reconnect()
    await server.wait_for(lambda: bot.resumed == 1)
    await server.drop_gateway(4000)
    await server.wait_for(lambda: bot.resumed == 2)
    server.invalidate_session(resumable=True)
    await server.wait_for(lambda: bot.resumed == 3)
    assert len(server.gateway.identifies) == 1


async def test_discord_py_identifies_anew_after_an_invalid_session(
    bot: PlainBot, server: LoopbackDiscord
) -> None:
    server.invalidate_session()
    await server.wait_for(lambda: len(server.gateway.identifies) == 2)
    assert bot.resumed == 0


async def test_discord_py_gives_up_on_privileged_intents(server: LoopbackDiscord, club: Club) -> None:
    bot = PlainBot(intents=discord.Intents(guilds=True, message_content=True))
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with Running(bot, server):
            pass
    await bot.close()


async def test_an_interaction_that_a_resume_replays_too_late(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    codes: list[int] = []

    async def on_interaction(interaction: discord.Interaction) -> None:
        try:
            await interaction.response.send_message("late")
        except discord.NotFound as error:
            codes.append(error.code)

    bot.event(on_interaction)
    server.world.commands[None][1] = {"id": "1", "name": "late", "type": 1, "description": "d"}
    server.gateway.refuse_connections = True
    await server.drop_gateway()
    made = await server.slash(club.ada, club.general, "late", wait="sent")
    server.clock.advance(4)
    server.gateway.refuse_connections = False
    await server.wait_for(lambda: codes)
    assert codes == [10062]
    assert made.answer is None
    assert made.refusals == [10062]


async def test_session_start_limit(server: LoopbackDiscord, bot: PlainBot) -> None:
    data = await bot.http.get_bot_gateway()
    assert data == (
        1,
        server.gateway_url,
        {"total": 1000, "remaining": 999, "reset_after": 86_400_000, "max_concurrency": 1},
    )
