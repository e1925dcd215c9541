"""`/setup server`: zone, notices, who else may moderate; and that these are kept to."""

from typing import Any

import pytest
from discord import Permissions

from tests.cogs.test_setup_changes import choose, setup
from tests.cogs.world import World, buttons, click, said, some


async def settings(world: World) -> Any:
    return await world.app.services.moderation.settings.read(world.guild.id)


async def test_the_panel_shows_what_is_usual(world: World) -> None:
    result = await setup(world, "server")
    assert result.ephemeral
    assert "**Time zone** UTC (nobody chose one)" in said(result)
    assert "community updates channel" in said(result)
    assert list(buttons(result)) == ["Time zone"]


async def test_options_and_panel_come_to_the_same(world: World) -> None:
    crew = world.guild.create_role("crew")
    result = await setup(world, "server", zone="berlin", notices=world.lounge, feeds=crew)
    assert "**Time zone** Europe/Berlin" in said(result)
    found = await settings(world)
    assert (found.zone, found.notices_channel_id, found.feed_role_id) == (
        "Europe/Berlin",
        world.lounge.id,
        crew.id,
    )
    await world.restart()
    result = await choose(world.mod, result, "setups:notices")
    assert (await settings(world)).notices_channel_id is None
    result = await choose(world.mod, result, "setups:delegate:quiz", crew)
    assert (await settings(world)).quiz_role_id == crew.id
    form = await click(world.mod, result, "Time zone")
    await world.restart()
    result = await world.mod.submit_modal(form, {"zone": "Asia/Tokyo"})
    assert (await settings(world)).zone == "Asia/Tokyo"
    assert "✅ **zone** Europe/Berlin → Asia/Tokyo" in said(result)
    await setup(world, "server", zone="none")
    assert (await settings(world)).zone is None
    log = await world.app.services.moderation.log.latest(world.guild.id)
    assert {entry.change.by for entry in log} == {world.mod.id}
    assert len(log) == 5


async def test_a_new_feed_takes_the_zone_of_the_server(world: World) -> None:
    await setup(world, "server", zone="Asia/Tokyo")
    await world.make()
    await world.make(query="gan", zone="Europe/Paris")
    await world.make(query="diffusion")
    feeds = await world.app.services.feeds.overview(world.guild.id)
    assert [each.feed.plan.schedule.zone for each in feeds] == ["Asia/Tokyo", "Europe/Paris", "Asia/Tokyo"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"zone": "Atlantis"}, "zone"),
        ({"feeds": "everyone"}, "Everybody has that role"),
        ({"notices": "deaf"}, "I lack"),
    ],
)
async def test_what_cannot_be(world: World, options: dict[str, Any], words: str) -> None:
    deaf = world.guild.create_text_channel("deaf")
    world.forbid(deaf, send_messages=True)
    named: dict[str, Any] = {"everyone": world.guild.default_role, "deaf": deaf}
    chosen: dict[str, Any] = {name: named.get(value, value) for name, value in options.items()}
    result = await setup(world, "server", **chosen)
    assert words in said(result)
    assert (await settings(world)).document() == {}


async def test_a_role_that_was_given_the_feeds_and_nothing_else(world: World) -> None:
    crew = world.guild.create_role("crew")
    sam = world.guild.add_member(world.env.create_user("sam"), roles=[crew])
    world.let_through("feed")
    world.let_through("setup")
    refused = await sam.slash(world.lounge, "feed papers", channel=world.papers)
    assert "Only people with Manage Server" in said(refused)
    await setup(world, "server", feeds=crew)
    made = await sam.slash(world.lounge, "feed papers", channel=world.papers)
    assert "is set" in said(made)
    assert "Only people with" in said(await sam.slash(world.lounge, "setup server", feeds=crew))
    assert "Only people with" in said(await sam.slash(world.lounge, "setup roles"))
    assert (await world.app.services.moderation.log.latest(world.guild.id))[0].change.by == sam.id
    panel = await setup(world, "server")
    await choose(world.mod, panel, "setups:delegate:feed")
    gone = await sam.slash(world.lounge, "feed pause", feed="1")
    assert "Only people with Manage Server" in said(gone)


async def test_the_servers_own_settings_of_a_command(world: World) -> None:
    kim = world.join("kim", Permissions(manage_guild=True))
    await world.make()
    listed = await kim.slash(world.lounge, "feed list")
    pause = buttons(listed)["Pause"]
    world.guild.set_command_permissions(world.command_id(), {kim: False, world.member: True})
    world.app.bot.overrides.forget(world.guild.id)  # as the gateway tells it
    assert "Only people with Manage Server" in said(await world.press(pause, by=kim))
    assert "Feed 1" in said(await world.member.slash(world.lounge, "feed list"))
    assert "Only people with" not in said(await world.press(pause, by=world.member))
    world.let_through("setup")
    assert "Only people with" in said(await world.member.slash(world.lounge, "setup roles"))


async def test_when_discord_does_not_say_what_a_server_set(world: World) -> None:
    world.let_through()
    path = "/applications/*/guilds/*/commands/*/permissions"
    world.env.inject_error("GET", path, status=503, times=None)
    result = await world.member.slash(world.lounge, "feed list")
    assert "Only people with Manage Server" in said(result)


async def test_notices_go_where_moderators_want_them(world: World) -> None:
    mods = world.guild.create_text_channel("mods")
    await setup(world, "server", notices=mods)
    await world.make()
    world.forbid(world.papers, send_messages=True)
    world.arxiv.serve_papers(*some(3))
    await world.next_day()
    await world.run_due()
    assert any("Feed 1 is waiting" in post for post in world.posts(mods)), world.posts(mods)
