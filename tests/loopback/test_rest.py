"""The rest of REST: history, threads, forum posts, scheduled events, commands, unknown routes, schema."""

from datetime import timedelta
from typing import Any

import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, LoopbackDiscord, schema
from tests.support.loopback import permissions as p


async def test_the_content_type_is_exact(raw: Raw, server: LoopbackDiscord) -> None:
    _, _, headers = await raw("GET", "/users/@me")
    assert headers["Content-Type"] == "application/json"


async def test_unknown_routes_are_loud(raw: Raw, server: LoopbackDiscord) -> None:
    status, body, _ = await raw("GET", "/guilds/1/soundboard-sounds")
    assert status == 501
    assert "/guilds/1/soundboard-sounds" in body["message"]
    with pytest.raises(AssertionError, match="soundboard"):
        server.assert_clean()
    server.forgive()


async def test_history_pages(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    ids = [int((await raw.post(club.papers, content=str(n)))[1]["id"]) for n in range(10)]

    async def listed(query: str) -> list[int]:
        _, found, _ = await raw("GET", f"/channels/{club.papers}/messages?{query}")
        return [int(message["id"]) for message in found]

    assert await listed("limit=3") == ids[:-4:-1]
    assert await listed(f"before={ids[3]}") == ids[2::-1]
    assert await listed(f"after={ids[3]}&limit=2") == [ids[5], ids[4]]
    assert await listed(f"around={ids[5]}&limit=3") == [ids[6], ids[5], ids[4]]
    status, _, _ = await raw("GET", f"/channels/{club.papers}/messages?limit=101")
    assert status == 400


async def test_discord_py_reads_history_after_a_snowflake(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    channel = bot.get_partial_messageable(club.papers, guild_id=club.guild)
    sent = [await channel.send(str(n)) for n in range(3)]
    server.say(club.ada, club.papers, "unreadable without the intent")
    found = [m async for m in channel.history(after=discord.Object(sent[0].id), oldest_first=True)]
    assert [m.content for m in found] == ["1", "2", ""]
    assert [m.author.id == server.world.bot.id for m in found] == [True, True, False]


async def test_editing_other_peoples_messages(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    message = server.say(club.ada, club.papers, "mine")
    status, body, _ = await raw("PATCH", f"/channels/{club.papers}/messages/{message.id}", {"content": "x"})
    assert (status, body["code"]) == (403, 50005)


async def test_threads(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    channel = bot.get_channel(club.papers)
    assert isinstance(channel, discord.TextChannel)
    message = await channel.send("talk about this")
    thread = await message.create_thread(name="Talk")
    assert thread.id == message.id
    await thread.send("first")
    await thread.edit(archived=True)
    assert server.world.channels[thread.id].thread.archived  # type: ignore[union-attr]
    await thread.send("wakes it up")
    assert not server.world.channels[thread.id].thread.archived  # type: ignore[union-attr]
    await thread.edit(archived=True, locked=True)
    server.set_bot_permissions(club.guild, p.EVERYONE)
    with pytest.raises(discord.HTTPException, match="50083"):
        await thread.send("too late")
    with pytest.raises(discord.HTTPException, match="160004"):
        await message.create_thread(name="Again")
    private = await channel.create_thread(name="us", type=discord.ChannelType.private_thread)
    ada = await bot.fetch_user(club.ada)
    await private.add_user(ada)
    assert [m.id for m in await private.fetch_members()] == [server.world.bot.id, club.ada]


async def test_forum_posts(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    forum = bot.get_channel(club.forum)
    assert isinstance(forum, discord.ForumChannel)
    made = await forum.create_thread(name="Question", content="why?")
    assert made.thread.id == made.message.id
    assert made.message.content == "why?"
    active = await forum.guild.active_threads()
    assert [thread.id for thread in active] == [made.thread.id]
    server.clock.advance(made.thread.auto_archive_duration * 60 - 1)
    assert await forum.guild.active_threads()
    server.clock.advance(1)
    assert not await forum.guild.active_threads()
    await made.thread.send("wakes it up")
    assert await forum.guild.active_threads()
    with pytest.raises(discord.HTTPException, match="50008"):
        await bot.get_partial_messageable(club.forum, guild_id=club.guild).send("x")
    server.world.update_channel(club.forum, flags=1 << 4)
    with pytest.raises(discord.HTTPException, match="40067"):
        await forum.create_thread(name="Untagged", content="x")


async def test_announcements_are_published(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    news, papers = bot.get_channel(club.news), bot.get_channel(club.papers)
    assert isinstance(news, discord.TextChannel)
    assert isinstance(papers, discord.TextChannel)
    message = await news.send("news")
    await message.publish()
    with pytest.raises(discord.HTTPException, match="40033"):
        await message.publish()
    with pytest.raises(discord.HTTPException, match="50024"):
        await (await papers.send("x")).publish()


async def test_scheduled_events(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    guild = bot.get_guild(club.guild)
    assert guild is not None
    start = discord.utils.utcnow() + timedelta(days=1)

    async def create(name: str = "Meetup") -> discord.ScheduledEvent:
        return await guild.create_scheduled_event(
            name=name,
            start_time=start,
            end_time=start + timedelta(hours=1),
            entity_type=discord.EntityType.external,
            privacy_level=discord.PrivacyLevel.guild_only,
            location="Online",
        )

    event = await create()
    await event.edit(name="Renamed", location="Here")
    (stored,) = server.world.events_of(club.guild)
    assert stored.body["name"] == "Renamed"
    assert stored.body["entity_metadata"] == {"location": "Here"}
    assert [e.name for e in await guild.fetch_scheduled_events()] == ["Renamed"]
    await event.cancel()
    assert await guild.fetch_scheduled_events() == []
    server.set_bot_permissions(club.guild, p.EVERYONE | p.MANAGE_EVENTS)
    with pytest.raises(discord.Forbidden, match="50013"):
        await create()


async def test_a_hundred_scheduled_events(raw: Raw, club: Club) -> None:
    body: dict[str, Any] = {
        "name": "n",
        "privacy_level": 2,
        "entity_type": 3,
        "scheduled_start_time": "2096-09-01T18:00:00+00:00",
        "scheduled_end_time": "2096-09-01T19:00:00+00:00",
        "entity_metadata": {"location": "Online"},
    }
    path = f"/guilds/{club.guild}/scheduled-events"
    for _ in range(100):
        assert (await raw("POST", path, body))[0] == 200
    status, answer, _ = await raw("POST", path, body)
    assert (status, answer["code"]) == (400, 30038)


async def test_commands_keep_their_ids(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    app = server.world.application_id
    for path in (f"/applications/{app}/commands", f"/applications/{app}/guilds/{club.guild}/commands"):
        one, two = ({"name": n, "description": "d", "type": 1} for n in ("one", "two"))
        _, first, _ = await raw("PUT", path, [one, two])
        _, second, _ = await raw("PUT", path, [two | {"description": "changed"}])
        assert second[0]["id"] == first[1]["id"]
        assert second[0]["version"] != first[1]["version"]
        assert (await raw("GET", path))[1] == second
        status, made, _ = await raw("POST", path, one)
        assert status == 201
        assert (await raw("DELETE", f"{path}/{made['id']}"))[0] == 204
        assert (await raw("GET", f"{path}/{made['id']}"))[1]["code"] == 10063


async def test_200_creates_a_day(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    path = f"/applications/{server.world.application_id}/guilds/{club.guild}/commands"
    sets = [[{"name": f"c{day}-{n}", "description": "d", "type": 1} for n in range(100)] for day in range(3)]
    assert [(await raw("PUT", path, commands))[0] for commands in sets] == [200, 200, 400]
    server.clock.advance(86_401)
    assert (await raw("PUT", path, sets[2]))[0] == 200


@pytest.mark.parametrize(
    ("allowed", "pinged"),
    [
        (None, {"users": True, "everyone": True}),
        ({"parse": []}, {"users": False, "everyone": False}),
        ({"parse": ["users"]}, {"users": True, "everyone": False}),
        ({"parse": [], "users": ["ada"]}, {"users": True, "everyone": False}),
    ],
)
async def test_mentions(
    raw: Raw, club: Club, server: LoopbackDiscord, allowed: dict[str, Any] | None, pinged: dict[str, bool]
) -> None:
    if allowed and "users" in allowed:
        allowed = allowed | {"users": [str(club.ada)]}
    body = {"content": f"@everyone <@{club.ada}>"} | ({"allowed_mentions": allowed} if allowed else {})
    _, message = await raw.post(club.general, **body)
    assert bool(message["mentions"]) is pinged["users"]
    assert message["mention_everyone"] is pinged["everyone"]


@pytest.mark.skipif(schema.load() is None, reason="Discord's OpenAPI file is not beside the repository")
async def test_the_schema_refuses_what_has_the_wrong_shape(
    raw: Raw, club: Club, server: LoopbackDiscord
) -> None:
    status, body = await raw.post(club.papers, content=["not", "text"])
    assert (status, body["code"]) == (400, 50035)
    assert "POST /channels/{channel_id}/messages: /content" in server.api.schema_faults[0]
    server.forgive()
