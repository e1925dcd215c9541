"""What the bot may do, computed and enforced."""

from typing import Any

import discord
import pytest

from tests.loopback.clients import PlainBot, Raw
from tests.support.loopback import Club, LoopbackDiscord
from tests.support.loopback import permissions as p
from tests.support.loopback.model import PRIVATE_THREAD


def hide(server: LoopbackDiscord, club: Club, channel: int, deny: int) -> None:
    server.set_permissions(channel, server.world.bot.id, deny=deny)


async def test_no_view_is_missing_access(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    hide(server, club, club.papers, p.VIEW_CHANNEL)
    for method, path in [
        ("GET", f"/channels/{club.papers}"),
        ("GET", f"/channels/{club.papers}/messages"),
        ("POST", f"/channels/{club.papers}/messages"),
    ]:
        status, body, _ = await raw(method, path, {"content": "x"} if method == "POST" else None)
        assert (status, body["code"]) == (403, 50001)
    assert server.invalid_requests() == 3


async def test_no_send_is_missing_permissions(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    hide(server, club, club.papers, p.SEND_MESSAGES)
    status, body = await raw.post(club.papers, content="x")
    assert (status, body["code"]) == (403, 50013)
    assert (await raw.post(club.events, content="x"))[0] == 200


async def test_embeds_need_embed_links(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    hide(server, club, club.papers, p.EMBED_LINKS)
    assert (await raw.post(club.papers, embeds=[{"title": "x"}]))[0] == 403
    assert (await raw.post(club.papers, flags=1 << 15, components=[{"type": 10, "content": "x"}]))[0] == 200


async def test_without_history_the_list_is_empty_not_an_error(
    raw: Raw, club: Club, server: LoopbackDiscord
) -> None:
    await raw.post(club.papers, content="x")
    hide(server, club, club.papers, p.READ_MESSAGE_HISTORY)
    status, found, _ = await raw("GET", f"/channels/{club.papers}/messages")
    assert (status, found) == (200, [])
    message = server.messages(club.papers)[0]
    status, body, _ = await raw("GET", f"/channels/{club.papers}/messages/{message.id}")
    assert (status, body["code"]) == (403, 50013)


async def test_unknown_things(raw: Raw, club: Club) -> None:
    wanted = {
        "/channels/1": 10003,
        f"/channels/{club.papers}/messages/1": 10008,
        "/guilds/1": 10004,
        f"/guilds/{club.guild}/members/1": 10007,
        "/users/1": 10013,
        f"/guilds/{club.guild}/scheduled-events/1": 10070,
    }
    for path, code in wanted.items():
        status, body, _ = await raw("GET", path)
        assert (status, body["code"]) == (404, code), path
    status, body, _ = await raw("GET", "/channels/abc")
    assert (status, body["code"]) == (400, 50035)


async def test_direct_messages(bot: PlainBot, club: Club, server: LoopbackDiscord) -> None:
    server.world.users[club.ben].dms_open = False
    ada, ben = await bot.fetch_user(club.ada), await bot.fetch_user(club.ben)
    await ada.send("hello")
    assert server.messages(server.world.dm_with(club.ada).id)[0].content == "hello"
    with pytest.raises(discord.Forbidden, match="50007"):
        await ben.send("hello")


async def test_roles_only_below_ones_own(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    low = server.world.add_role(club.guild, "low", position=2)
    high = server.world.add_role(club.guild, "high", position=20)
    for role, status in [(low, 204), (high, 403)]:
        path = f"/guilds/{club.guild}/members/{club.ada}/roles/{role.id}"
        assert (await raw("PUT", path))[0] == status
    assert server.world.guilds[club.guild].members[club.ada].roles == [low.id]
    server.set_bot_permissions(club.guild, p.EVERYONE)
    assert (await raw("DELETE", f"/guilds/{club.guild}/members/{club.ada}/roles/{low.id}"))[0] == 403


async def test_removed_and_invited_again(
    bot: PlainBot, raw: Raw, club: Club, server: LoopbackDiscord
) -> None:
    server.remove_bot(club.guild)
    await server.wait_for(lambda: bot.get_guild(club.guild) is None)
    status, body = await raw.post(club.papers, content="x")
    assert (status, body["code"]) == (403, 50001)
    assert (await raw("GET", f"/guilds/{club.guild}"))[1]["code"] == 10004
    server.reinvite(club.guild)
    await server.wait_for(lambda: bot.get_guild(club.guild))
    assert (await raw.post(club.papers, content="x"))[0] == 200


async def test_an_outage_keeps_the_guild_but_makes_it_unavailable(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    left: list[int] = []

    async def on_guild_remove(guild: discord.Guild) -> None:
        left.append(guild.id)

    bot.event(on_guild_remove)
    server.outage(club.guild)
    await server.wait_for(lambda: (guild := bot.get_guild(club.guild)) and guild.unavailable)
    server.outage(club.guild, over=True)
    await server.wait_for(lambda: (guild := bot.get_guild(club.guild)) and not guild.unavailable)
    assert left == []


async def test_a_deleted_channel(bot: PlainBot, raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    server.delete_channel(club.papers)
    await server.wait_for(lambda: bot.get_channel(club.papers) is None)
    status, body = await raw.post(club.papers, content="x")
    assert (status, body["code"]) == (404, 10003)


@pytest.mark.parametrize(
    ("everyone", "role", "member", "may_send"),
    [
        ((0, 0), (0, 0), (0, 0), True),
        ((0, p.SEND_MESSAGES), (0, 0), (0, 0), False),
        ((0, p.SEND_MESSAGES), (p.SEND_MESSAGES, 0), (0, 0), True),
        ((0, 0), (0, p.SEND_MESSAGES), (p.SEND_MESSAGES, 0), True),
        ((p.SEND_MESSAGES, 0), (p.SEND_MESSAGES, 0), (0, p.SEND_MESSAGES), False),
        ((0, p.VIEW_CHANNEL), (0, 0), (p.SEND_MESSAGES, 0), False),
    ],
)
async def test_overwrites_apply_everyone_then_roles_then_member(
    server: LoopbackDiscord,
    club: Club,
    everyone: tuple[int, int],
    role: tuple[int, int],
    member: tuple[int, int],
    may_send: bool,
) -> None:
    world = server.world
    made = world.add_role(club.guild, "reader")
    world.set_member_roles(club.guild, club.ada, [made.id])
    for target, (allow, deny) in [(club.guild, everyone), (made.id, role), (club.ada, member)]:
        server.set_permissions(club.papers, target, allow=allow, deny=deny)
    channel = world.channels[club.papers]
    assert bool(world.may(club.ada, channel) & p.SEND_MESSAGES) is may_send
    assert world.may(club.moderator, channel) == p.ALL


async def test_private_threads_hide_from_those_outside(raw: Raw, club: Club, server: LoopbackDiscord) -> None:
    body: dict[str, Any] = {"name": "us two", "type": PRIVATE_THREAD}
    status, thread, _ = await raw("POST", f"/channels/{club.papers}/threads", body)
    assert status == 201
    channel = server.world.channels[int(thread["id"])]
    assert not server.world.may(club.ada, channel)
    assert server.world.may(club.moderator, channel)
    await raw("PUT", f"/channels/{channel.id}/thread-members/{club.ada}")
    assert server.world.may(club.ada, channel) & p.SEND_MESSAGES


async def test_discord_py_sees_the_same_permissions(
    bot: PlainBot, club: Club, server: LoopbackDiscord
) -> None:
    hide(server, club, club.papers, p.SEND_MESSAGES | p.EMBED_LINKS)
    guild = bot.get_guild(club.guild)
    assert guild is not None
    await server.wait_for(lambda: not _mine(guild, club.papers).send_messages)
    for channel in guild.channels:
        ours = server.world.may(server.world.bot.id, server.world.channels[channel.id])
        theirs = channel.permissions_for(guild.me).value
        relevant = (
            p.SEND_MESSAGES | p.VIEW_CHANNEL | p.READ_MESSAGE_HISTORY | p.MANAGE_ROLES | p.CREATE_EVENTS
        )
        assert ours & relevant == theirs & relevant, channel.name


def _mine(guild: discord.Guild, channel_id: int) -> discord.Permissions:
    channel = guild.get_channel(channel_id)
    assert channel is not None
    return channel.permissions_for(guild.me)
