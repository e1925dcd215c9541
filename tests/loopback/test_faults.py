"""Faults on the way there, faults on the way back, and what discord.py makes of them."""

import aiohttp
import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, Fault, LoopbackDiscord
from tests.support.loopback.faults import FaultPlan, Kind

PATH = "/channels/*/messages"
POST = "POST /channels/{channel_id}/messages"


@pytest.mark.parametrize("kind", ["drop", "reset"])
@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
async def test_a_broken_connection_is_not_retried_by_discord_py(
    bot: PlainBot, club: Club, server: LoopbackDiscord, kind: Kind, when: str, made: int
) -> None:
    server.inject(Fault(kind, "POST", PATH, when=when))  # type: ignore[arg-type]  # a Literal from parametrize
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    with pytest.raises((aiohttp.ClientError, ConnectionResetError)) as caught:
        await channel.send("x", nonce="n")
    if kind == "reset":
        assert getattr(caught.value, "errno", None) == 104
    assert len(server.messages(club.papers)) == made
    assert len(server.requests_to(POST)) == 1
    # The nonce is what makes trying again safe.
    await channel.send("x", nonce="n")
    assert len(server.messages(club.papers)) == 1


async def test_503_is_not_retried_either(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.inject(Fault("status", "POST", PATH, status=503))
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    with pytest.raises(discord.DiscordServerError):
        await channel.send("x")
    assert [record.status for record in server.requests_to(POST)] == [503]


async def test_502_after_the_effect_is_retried_with_the_same_nonce(
    bot: PlainBot, club: Club, server: LoopbackDiscord, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def at_once(seconds: float) -> None: ...

    monkeypatch.setattr(
        "discord.http.asyncio.sleep", at_once
    )  # discord.py waits a second before it tries again
    server.inject(Fault("status", "POST", PATH, when="after", status=502))
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    await channel.send("x")
    records = server.requests_to(POST)
    assert [record.status for record in records] == [502, 200]
    assert records[0].body["nonce"] == records[1].body["nonce"]
    assert len(server.messages(club.papers)) == 1


async def test_a_hanging_server(server: LoopbackDiscord, club: Club) -> None:
    server.inject(Fault("hang", "GET"))
    timeout = aiohttp.ClientTimeout(total=0.05)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        with pytest.raises(TimeoutError):
            await session.get(server.base_url + f"/channels/{club.papers}")


async def test_faults_are_recorded(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    server.inject(Fault("delay", seconds=0.0), Fault("status", path="/users/@me", status=500))
    assert (await raw.post(club.papers, content="x"))[0] == 200
    status, body, headers = await raw("GET", "/users/@me")
    assert (status, body, headers["Content-Type"]) == (500, None, "text/html; charset=utf-8")
    assert [str(record) for record in server.requests] == [
        f"POST /channels/{club.papers}/messages -> 200 [delay before]",
        "GET /users/@me -> 500 [status before]",
    ]


def test_matching_skipping_and_counting() -> None:
    plan = FaultPlan()
    plan.inject(Fault("drop", "POST", PATH, skip=1, times=2))
    struck = [plan.strike("POST", "/channels/1/messages") is not None for _ in range(5)]
    assert struck == [False, True, True, False, False]
    assert plan.strike("GET", "/channels/1/messages") is None
    assert FaultPlan().strike("POST", "/x") is None


def test_chance_repeats_with_its_seed() -> None:
    def rolls(seed: int) -> list[bool]:
        plan = FaultPlan(seed)
        plan.inject(Fault("drop", times=None, probability=0.3))
        return [plan.strike("GET", "/x") is not None for _ in range(200)]

    assert rolls(1) == rolls(1) != rolls(2)
    assert 35 <= sum(rolls(1)) <= 85


def test_a_misspelt_fault() -> None:
    with pytest.raises(ValueError, match="no such fault"):
        Fault("explode")  # type: ignore[arg-type]  # on purpose
