"""Interactions on the wire: the two clocks, double answers, deferrals, follow-ups, who sees what."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import aiohttp
import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, DriverError, Interaction, LoopbackDiscord
from tests.support.loopback import permissions as p

Ask = Callable[..., Awaitable[tuple[int, Any]]]


@pytest.fixture
async def typed(bot: PlainBot, club: Club, server: LoopbackDiscord) -> Interaction:
    """An interaction that the bot received and has not answered."""
    server.world.commands[None][1] = {"id": "1", "name": "x", "type": 1, "description": "d"}
    return await server.slash(club.ada, club.general, "x", wait="sent")


@pytest.fixture
async def ask(server: LoopbackDiscord) -> AsyncIterator[Ask]:
    """Requests without Authorization, as interaction endpoints take them."""
    async with aiohttp.ClientSession() as session:

        async def send(method: str, path: str, body: Any = None) -> tuple[int, Any]:
            async with session.request(method, server.base_url + path, json=body) as response:
                return response.status, await response.json() if response.status != 204 else None

        yield send


def callback(typed: Interaction, query: str = "?with_response=1") -> str:
    return f"/interactions/{typed.id}/{typed.token}/callback{query}"


def webhook(server: LoopbackDiscord, typed: Interaction, rest: str = "") -> str:
    return f"/webhooks/{server.world.application_id}/{typed.token}{rest}"


async def test_a_reply(ask: Ask, typed: Interaction, club: Club, server: LoopbackDiscord) -> None:
    status, body = await ask("POST", callback(typed), {"type": 4, "data": {"content": "hi"}})
    assert status == 200
    (message,) = server.messages(club.general)
    assert body["interaction"] == {
        "id": str(typed.id),
        "type": 2,
        "response_message_id": str(message.id),
        "response_message_loading": False,
        "response_message_ephemeral": False,
    }
    assert body["resource"]["message"]["content"] == "hi"


async def test_without_with_response_there_is_no_body(ask: Ask, typed: Interaction) -> None:
    assert await ask("POST", callback(typed, ""), {"type": 5}) == (204, None)


async def test_three_seconds(ask: Ask, typed: Interaction, server: LoopbackDiscord) -> None:
    server.clock.advance(3.5)
    status, body = await ask("POST", callback(typed), {"type": 5})
    assert (status, body["code"]) == (404, 10062)


async def test_fifteen_minutes(ask: Ask, typed: Interaction, server: LoopbackDiscord) -> None:
    await ask("POST", callback(typed), {"type": 5})
    server.clock.advance(14 * 60)
    assert (await ask("PATCH", webhook(server, typed, "/messages/@original"), {"content": "in time"}))[
        0
    ] == 200
    server.clock.advance(2 * 60)
    for method, rest in [("POST", ""), ("PATCH", "/messages/@original"), ("GET", "/messages/@original")]:
        body = None if method == "GET" else {"content": "late"}
        status, answer = await ask(method, webhook(server, typed, rest), body)
        assert (status, answer["code"]) == (404, 10015)


async def test_answering_twice(ask: Ask, typed: Interaction) -> None:
    await ask("POST", callback(typed), {"type": 5})
    status, body = await ask("POST", callback(typed), {"type": 4, "data": {"content": "x"}})
    assert (status, body["code"]) == (400, 40060)


async def test_an_invalid_answer_acknowledges_nothing(
    ask: Ask, typed: Interaction, server: LoopbackDiscord
) -> None:
    status, body = await ask("POST", callback(typed), {"type": 4, "data": {"content": "x" * 2001}})
    assert (status, body["code"]) == (400, 50035)
    assert typed.answer is None
    assert (await ask("POST", callback(typed), {"type": 4, "data": {"content": "x"}}))[0] == 200
    assert typed.refusals == [50035]
    server.forgive()


@pytest.mark.parametrize("answer", [6, 7, 8])
async def test_answers_that_do_not_fit_a_command(ask: Ask, typed: Interaction, answer: int) -> None:
    status, body = await ask("POST", callback(typed), {"type": answer, "data": {"choices": []}})
    assert (status, body["code"]) == (400, 50035)


async def test_no_webhook_before_the_answer(ask: Ask, typed: Interaction, server: LoopbackDiscord) -> None:
    status, body = await ask("POST", webhook(server, typed), {"content": "x"})
    assert (status, body["code"]) == (404, 10015)


async def test_the_first_follow_up_takes_the_place_of_thinking(
    ask: Ask, typed: Interaction, club: Club, server: LoopbackDiscord
) -> None:
    await ask("POST", callback(typed), {"type": 5, "data": {"flags": 64}})
    assert typed.thinking
    assert not typed.answered
    _, first = await ask("POST", webhook(server, typed), {"content": "public, I thought"})
    assert first["id"] == str(typed.reply.id)
    assert first["flags"] & 64
    assert server.messages(club.general) == []
    _, second = await ask("POST", webhook(server, typed), {"content": "more"})
    assert [str(m.id) for m in server.messages(club.general)] == [second["id"]]


async def test_reading_editing_and_deleting_replies(
    ask: Ask, typed: Interaction, server: LoopbackDiscord
) -> None:
    await ask("POST", callback(typed), {"type": 4, "data": {"content": "one"}})
    original = webhook(server, typed, "/messages/@original")
    assert (await ask("PATCH", original, {"content": "two"}))[1]["content"] == "two"
    assert (await ask("GET", original))[1]["edited_timestamp"] is not None
    assert (await ask("DELETE", original))[0] == 204
    assert (await ask("GET", original))[1]["code"] == 10008


async def test_ephemeral_messages_are_for_one_person(
    ask: Ask, raw: Raw, typed: Interaction, club: Club, server: LoopbackDiscord
) -> None:
    row = {"type": 1, "components": [{"type": 2, "style": 1, "label": "Go", "custom_id": "go"}]}
    await ask(
        "POST", callback(typed), {"type": 4, "data": {"content": "x", "flags": 64, "components": [row]}}
    )
    with pytest.raises(DriverError, match="does not see"):
        await server.click(typed.reply.id, "Go", club.ben)
    clicked = await server.click(typed.reply.id, "Go", club.ada, wait="sent")
    status, body = await ask(
        "POST", callback(clicked), {"type": 7, "data": {"content": "y", "components": []}}
    )
    assert status == 200
    assert body["resource"]["type"] == 7
    assert typed.reply.content == "y"
    status, body, _ = await raw("GET", f"/channels/{club.general}/messages/{typed.reply.id}")
    assert (status, body["code"]) == (404, 10008)


async def test_who_sees_which_command(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.world.commands[None][1] = {
        "id": "1",
        "name": "feed",
        "type": 1,
        "description": "d",
        "default_member_permissions": str(p.MANAGE_GUILD),
        "contexts": [0],
    }
    with pytest.raises(DriverError, match="does not see /feed"):
        await server.slash(club.ada, club.general, "feed", wait="sent")
    await server.slash(club.moderator, club.general, "feed", wait="sent")
    dm = server.world.dm_with(club.ada)
    with pytest.raises(DriverError, match="direct messages"):
        await server.slash(club.ada, dm.id, "feed", wait="sent")
    with pytest.raises(DriverError, match="no command /quiz"):
        await server.slash(club.ada, club.general, "quiz", wait="sent")


async def test_in_direct_messages_there_is_no_guild(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    seen: list[discord.Interaction] = []

    async def on_interaction(interaction: discord.Interaction) -> None:
        seen.append(interaction)

    bot.event(on_interaction)
    server.world.commands[None][1] = {"id": "1", "name": "x", "type": 1, "description": "d"}
    made = await server.slash(club.ada, server.world.dm_with(club.ada).id, "x", wait="sent")
    await server.wait_for(lambda: seen)
    assert "guild_id" not in made.payload
    assert seen[0].guild is None
    assert seen[0].user.id == club.ada
    await server.slash(club.ada, club.general, "x", wait="sent", user_install=True)
    await server.wait_for(lambda: len(seen) == 2)
    assert not seen[1].is_guild_integration()


async def test_nobody_online(server: LoopbackDiscord, club: Club) -> None:
    server.world.commands[None][1] = {"id": "1", "name": "x", "type": 1, "description": "d"}
    with pytest.raises(DriverError, match="offline"):
        await server.slash(club.ada, club.general, "x")


async def test_no_answer_in_time(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.world.commands[None][1] = {"id": "1", "name": "x", "type": 1, "description": "d"}
    with pytest.raises(AssertionError, match="an answer to /x"):
        await server.slash(club.ada, club.general, "x", patience=0.01)
