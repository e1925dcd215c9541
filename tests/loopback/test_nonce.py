"""`enforce_nonce`: the same author, the same nonce, within the window, is the same message."""

import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, LoopbackDiscord


async def test_the_second_create_returns_the_first_message(
    raw: Raw, club: Club, server: LoopbackDiscord
) -> None:
    _, first = await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    status, second = await raw.post(club.papers, content="other", nonce="n1", enforce_nonce=True)
    assert status == 200
    assert second["id"] == first["id"]
    assert second["content"] == "one"
    assert first["nonce"] == second["nonce"] == "n1"
    assert len(server.messages(club.papers)) == 1


async def test_it_is_per_author_and_not_per_channel(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    _, first = await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    _, second = await raw.post(club.events, content="one", nonce="n1", enforce_nonce=True)
    assert second["id"] == first["id"]
    assert second["channel_id"] == str(club.papers)
    assert server.messages(club.events) == []


async def test_without_enforcement_it_is_only_echoed(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    for _ in range(2):
        _, message = await raw.post(club.papers, content="one", nonce="n1")
        assert message["nonce"] == "n1"
    assert len(server.messages(club.papers)) == 2


async def test_the_window_closes(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    server.world.nonce_window = 60
    await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    server.clock.advance(59)
    await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    assert len(server.messages(club.papers)) == 1
    server.clock.advance(2)
    await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    assert len(server.messages(club.papers)) == 2


async def test_a_deleted_first_message_is_not_made_again(
    raw: Raw, club: Club, server: LoopbackDiscord
) -> None:
    await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    server.world.messages.delete(server.messages(club.papers)[0])
    status, body = await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    assert (status, body["code"]) == (404, 10008)


async def test_the_history_has_no_nonces(raw: Raw, club: Club) -> None:
    await raw.post(club.papers, content="one", nonce="n1", enforce_nonce=True)
    _, history, _ = await raw("GET", f"/channels/{club.papers}/messages")
    assert "nonce" not in history[0]


async def test_discord_py_sends_a_nonce_of_its_own(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    await channel.send("x")
    await channel.send("x")
    await channel.send("y", nonce="mine")
    same = await channel.send("y", nonce="mine")
    bodies = [record.body for record in server.requests_to("POST /channels/{channel_id}/messages")]
    assert all(body["enforce_nonce"] is True for body in bodies)
    assert bodies[0]["nonce"] != bodies[1]["nonce"]
    assert [m.content for m in server.messages(club.papers)] == ["x", "x", "y"]
    assert same.nonce == "mine"


async def test_a_nonce_of_26_characters(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    with pytest.raises(discord.HTTPException, match="50035"):
        await channel.send("x", nonce="n" * 26)
    server.forgive()
