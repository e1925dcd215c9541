"""Rate limits, as headers, as 429s, and as discord.py takes them."""

import asyncio
from itertools import pairwise

import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, Fault, Limits, LoopbackDiscord, storm

POST = "POST /channels/{channel_id}/messages"


class Ticks:
    """Monotonic time that stands still until told."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def test_a_bucket_fills_and_empties() -> None:
    ticks = Ticks()
    limits = Limits(enabled=True, per_route={POST: (2, 5.0)}, now=ticks)
    first, second, third = (limits.admit(POST, "7") for _ in range(3))
    assert [v.headers["X-RateLimit-Remaining"] for v in (first, second, third)] == ["1", "0", "0"]
    assert (first.wait, second.wait, third.wait) == (0, 0, 5.0)
    assert limits.admit(POST, "8").wait == 0, "each channel has its own"
    ticks.time += 5
    assert limits.admit(POST, "7").wait == 0


def test_global_fifty_a_second_exempts_interactions() -> None:
    ticks = Ticks()
    limits = Limits(enabled=True, per_route={}, now=ticks)
    assert not any(limits.admit(POST, str(n)).wait for n in range(50))
    refused = limits.admit(POST, "51")
    headers, body = refused.refusal()
    assert body == {"message": "You are being rate limited.", "retry_after": 1.0, "global": True}
    assert headers["X-RateLimit-Global"] == "true"
    assert limits.admit("POST /interactions", "x", exempt=True).wait == 0
    ticks.time += 1
    assert limits.admit(POST, "52").wait == 0


def test_off_means_no_headers() -> None:
    assert Limits().admit(POST, "7").headers == {}


async def test_429_on_the_wire(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    server.limits.enabled, server.limits.per_route = True, {POST: (1, 60.0)}
    await raw.post(club.papers, content="x")
    status, body, headers = await raw("POST", f"/channels/{club.papers}/messages", {"content": "x"})
    assert status == 429
    assert headers["Via"]
    assert headers["X-RateLimit-Scope"] == "user"
    assert 0 < body["retry_after"] <= 60
    assert len(server.messages(club.papers)) == 1
    assert server.invalid_requests() == 1


async def test_discord_py_waits_by_the_headers_and_is_never_refused(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    server.limits.enabled, server.limits.per_route = True, {POST: (3, 0.1)}
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    for number in range(9):
        await channel.send(str(number))
    assert [m.content for m in server.messages(club.papers)] == [str(n) for n in range(9)]
    assert server.invalid_requests() == 0


async def test_without_headers_discord_py_posts_one_at_a_time(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    server.inject(Fault("delay", path="/channels/*/messages", times=None, seconds=0.02))
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    await asyncio.gather(*(channel.send(str(n)) for n in range(4)))
    records = server.requests_to(POST)
    assert all(later.at >= earlier.at + 0.019 for earlier, later in pairwise(records))


async def test_a_storm_of_429s_is_weathered(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.inject(storm(0.5, retry_after=0.001, path="/channels/*/messages"))
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    sent = await asyncio.gather(*(channel.send(str(n)) for n in range(12)), return_exceptions=True)
    refused = [one for one in sent if isinstance(one, discord.HTTPException)]
    assert all(error.status == 429 for error in refused), "five refusals in a row are final"
    assert len(server.messages(club.papers)) == 12 - len(refused)
    assert any(record.status == 429 for record in server.requests)
    assert server.invalid_requests() == 0, "a shared limit does not count"


async def test_cloudflare_is_not_retried(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.inject(Fault("cloudflare"))
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    with pytest.raises(discord.HTTPException) as caught:
        await channel.send("x")
    assert caught.value.status == 429
    assert len(server.requests_to(POST)) == 1
