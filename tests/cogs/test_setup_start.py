"""`/setup start` and `/setup status`: from an invitation to a useful server, and how it stands then."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import simcord
from discord import Permissions

from bot.domain.feeds import FeedKind
from bot.storage import servers as server_rows
from bot.storage.tables import servers
from cogs.ui.event_feeds.inputs import usual
from tests.cogs.buddies import open_club
from tests.cogs.test_setup_changes import choose, setup
from tests.cogs.world import World, buttons, click, said, some

ALL = Permissions(manage_guild=True, manage_channels=True, manage_roles=True)


def boss(world: World) -> simcord.MemberActor:
    return world.join("bo", ALL)


async def kinds(world: World) -> list[tuple[str, int]]:
    found = await world.app.services.feeds.overview(world.guild.id)
    return [(status.feed.plan.kind, status.feed.channel_id) for status in found]


# --- The first steps --------------------------------------------------------------------------------------


async def test_from_nothing_to_a_first_digest(world: World) -> None:
    bo = boss(world)
    result = await setup(world, "start", bo)
    assert result.ephemeral
    assert "What is this community for?" in said(result)
    assert "**2.**" not in said(result)
    result = await choose(bo, result, "setups:purpose", "lab")
    text = said(result)
    assert f"- **New papers** about machine learning and AI in general → <#{world.papers.id}>" in text
    assert "a new channel **#events**" in text
    await world.restart()
    result = await choose(bo, result, "setups:topics", "nlp", "vision")
    result = await choose(bo, result, "setups:offers", "papers", "deadlines")
    assert "The week's highlights**" not in said(result)
    assert await kinds(world) == []
    done = await click(bo, result, "Set it up")
    events = world.guild.channels["events"]
    assert await kinds(world) == [("papers", world.papers.id), ("deadlines", events.id)]
    assert "- 2 feeds set up" in said(done)
    assert "The first post comes" in said(done)
    (status, _) = await world.app.services.feeds.overview(world.guild.id)
    assert status.feed.plan.categories == ("cs.CL", "cs.CV")
    log = await world.app.services.moderation.log.latest(world.guild.id)
    assert {entry.change.by for entry in log} == {bo.id}
    world.arxiv.serve_papers(*some(3, category="cs.CL"), category="cs.CL")
    await world.next_day()
    await world.run_due()
    assert any("Paper number 1" in post for post in world.posts())


async def test_a_question_of_the_day_and_study_buddies(world: World) -> None:
    bo = boss(world)
    result = await choose(bo, await setup(world, "start", bo), "setups:purpose", "learning")
    assert "- **Study buddies** → a new channel **#study-buddies**" in said(result)
    result = await choose(bo, result, "setups:offers", "quiz", "buddies")
    done = await click(bo, result, "Set it up")
    channels = world.guild.channels
    assert await kinds(world) == [("quiz", channels["quiz"].id)]
    text = said(done)
    assert "- 1 feed set up" in text
    assert (
        f"- Study buddies are prepared in <#{channels['study-buddies'].id}>. `/setup buddies` finishes it"
        in text
    )
    buddies = world.app.services.buddies.setup
    found = (await buddies.status(world.guild.id)).settings
    assert (found.on, found.promised, found.channel_id) == (False, False, channels["study-buddies"].id)
    panel = await click(bo, done, "Finish study buddies")
    refused = await click(bo, panel, "Switch on")
    assert "Choose first where reports go" in said(refused)
    assert (await buddies.status(world.guild.id)).feed is None
    # What is there is left as it is, and not offered again.
    await world.mod.slash(world.lounge, "setup quiz", time="17:30")
    again = await choose(bo, await setup(world, "start", bo), "setups:purpose", "learning")
    assert "Set up already and left as it is: Question of the day and Study buddies." in said(again)
    assert "- **Study buddies**" not in said(again)
    await click(bo, again, "Set it up")
    feed = await world.app.services.quizzes.daily.current(world.guild.id)
    assert feed is not None
    assert f"{feed.plan.schedule.time:%H:%M}" == "17:30"
    assert (await buddies.status(world.guild.id)).settings == found
    await world.next_day()
    assert any("Question of the day" in post for post in world.posts(channels["quiz"]))


async def test_study_buddies_that_are_on_stay_on(world: World) -> None:
    await open_club(world)
    before = (await world.app.services.buddies.setup.status(world.guild.id)).settings
    bo = boss(world)
    result = await choose(bo, await setup(world, "start", bo), "setups:purpose", "learning")
    assert "left as it is: Study buddies." in said(result)
    await click(bo, result, "Set it up")
    assert (await world.app.services.buddies.setup.status(world.guild.id)).settings == before


async def test_what_the_status_says_of_quizzes_and_study_buddies(world: World) -> None:
    text = said(await setup(world, "status"))
    assert "**Quizzes** on, no question of the day" in text
    assert "**Study buddies** off; `/setup buddies` switches them on" in text
    await world.mod.slash(world.lounge, "setup quiz", channel=world.papers)
    club = await open_club(world)
    await club.add(world.join("ann"), world.join("bea"))
    text = said(await setup(world, "status"))
    assert f"**Quizzes** question of the day in <#{world.papers.id}> · next <t:" in text
    assert f"**Study buddies** in <#{club.channel.id}> · next round <t:" in text
    assert "2 members in · 0 meetings under way" in text
    status = await world.app.services.buddies.setup.status(world.guild.id)
    assert status.feed is not None
    await club.go_to(status.feed.slot_at)
    assert "· last <t:" in said(await setup(world, "status"))
    assert "1 meeting under way" in said(await setup(world, "status"))
    await world.press("buddy:pause")
    assert f"**Study buddies** ⏸️ paused in <#{club.channel.id}>" in said(await setup(world, "status"))


async def test_what_the_doctor_finds_about_study_buddies(world: World) -> None:
    club = await open_club(world)
    trusted = world.guild.create_role("trusted")
    panel = await club.panel()
    await choose(world.mod, panel, "buddies:role", trusted)
    assert "Study buddies: " not in said(await setup(world, "status"))
    world.forbid(club.channel, create_private_threads=True)
    world.forbid(club.reports, send_messages=True)
    text = said(await setup(world, "status"))
    assert (
        f"<#{club.channel.id}>, for study buddies: I lack Create Private Threads, so no thread opens." in text
    )
    assert f"<#{club.reports.id}>, for reports of study buddies: I lack Send Messages." in text
    bo = boss(world)
    fixed = await bo.click(
        await world.old_message(f"setup:fix:allow:{club.channel.id}"),
        custom_id=f"setup:fix:allow:{club.channel.id}",
    )
    assert "I lack Create Private Threads" not in said(fixed)
    world.env.backend.delete_role(world.guild.id, trusted.id)
    world.env.backend.delete_channel(club.reports.id)
    text = said(await setup(world, "status"))
    assert "the role that is needed to take part was deleted" in text
    assert "the channel for reports is gone" in text
    opened = await world.press("setup:fix:buddies")
    assert "## Study buddies" in said(opened)
    world.env.backend.delete_channel(club.channel.id)
    assert "their channel is gone, or hidden from me" in said(await setup(world, "status"))


async def test_what_the_doctor_finds_about_who_sees_their_channels(world: World) -> None:
    club = await open_club(world)
    text = said(await setup(world, "status"))
    assert f"⚠️ Reports of study buddies go to <#{club.reports.id}>, which members can read." in text
    world.hide(club.reports)
    world.hide(club.channel)
    text = said(await setup(world, "status"))
    assert "which members can read" not in text
    assert f"in <#{club.channel.id}>, which members without a role do not see." in text


async def test_it_is_gone_on_with_where_it_was_left(world: World) -> None:
    bo = boss(world)
    result = await setup(world, "start", bo)
    result = await choose(bo, result, "setups:purpose", "reading")
    form = await click(bo, result, "Time zone")
    await world.restart()
    result = await bo.submit_modal(form, {"zone": "berlin"})
    assert "Times are in Europe/Berlin." in said(result)
    again = await setup(world, "start", bo)
    assert said(again) == said(result)
    other = await setup(world, "start")
    assert "**2.**" not in said(other)
    await choose(bo, again, "setups:place:papers", world.lounge)
    result = await setup(world, "start", bo)
    assert f"→ <#{world.lounge.id}>" in said(result)
    await click(bo, result, "Set it up")
    assert (await world.app.services.moderation.settings.read(world.guild.id)).zone == "Europe/Berlin"
    fresh = await setup(world, "start", bo)
    assert "**2.**" not in said(fresh)


async def test_a_second_time_changes_nothing(world: World) -> None:
    bo = boss(world)
    for expected in ("- 3 feeds set up", "- Nothing was missing"):
        result = await choose(bo, await setup(world, "start", bo), "setups:purpose", "lab")
        assert expected in said(await click(bo, result, "Set it up"))
    assert len(await kinds(world)) == 3


async def test_start_over(world: World) -> None:
    result = await choose(world.mod, await setup(world, "start"), "setups:purpose", "lab")
    result = await click(world.mod, result, "Start over")
    assert "**2.**" not in said(result)


async def test_what_stands_against_it_is_said_before(world: World) -> None:
    result = await choose(world.mod, await setup(world, "start"), "setups:purpose", "lab")
    assert "you need Manage Channels yourself" in said(result)
    assert "Set it up" not in buttons(result)
    refused = await world.press("setup:go")
    assert "you need Manage Channels yourself" in said(refused)
    world.forbid(world.papers, send_messages=True)
    result = await setup(world, "start")
    assert f"I lack Send Messages in <#{world.papers.id}>" in said(result)
    result = await choose(world.mod, result, "setups:offers")
    assert "Choose at least one thing." in said(result)
    assert "Choose at least one thing" in said(await world.press("setup:go"))
    assert await kinds(world) == []


async def test_when_discord_makes_no_channel_nothing_is_set_up(world: World) -> None:
    bo = boss(world)
    result = await choose(bo, await setup(world, "start", bo), "setups:purpose", "lab")
    world.env.inject_error("POST", "/guilds/*/channels", status=403, code=50013)
    assert "Discord did not let me make #events" in said(await click(bo, result, "Set it up"))
    assert await kinds(world) == []
    done = await click(bo, await setup(world, "start", bo), "Set it up")
    assert "- 3 feeds set up" in said(done)


async def test_when_it_cannot_be_saved_the_channels_go_again(world: World) -> None:
    bo = boss(world)
    for number in range(49):
        await world.make(query=f"number {number}")
    before = set(world.guild.channels)
    result = await choose(bo, await setup(world, "start", bo), "setups:purpose", "lab")
    assert "has 50 feeds" in said(await click(bo, result, "Set it up"))
    assert set(world.guild.channels) == before
    assert len(await kinds(world)) == 49


# --- Hello ------------------------------------------------------------------------------------------------


async def test_hello_is_said_once(world: World) -> None:
    async def arrive() -> None:
        guild = world.app.bot.get_guild(world.guild.id)
        assert guild is not None
        with world.env.time_context():
            await world.app.bot.on_guild_join(guild)

    hello = [post for post in world.posts(world.papers) if "Hello, I am Cohort" in post]
    if not hello:
        async with world.app.db.write() as tx:
            await tx.execute(servers.delete())
    await arrive()
    await arrive()
    posts = world.posts(world.papers) + world.posts(world.lounge)
    assert sum("Hello, I am Cohort" in post for post in posts) == 1
    message = world.papers.last_message
    assert message is not None
    assert "Only people with Manage Server" in said(await world.member.click(message, label="Set me up"))
    opened = await world.mod.click(message, label="Set me up")
    assert opened.ephemeral
    assert "What is this community for?" in said(opened)


async def test_hello_is_not_said_where_it_is_not_allowed(world: World) -> None:
    for channel in (world.papers, world.lounge):
        world.forbid(channel, send_messages=True)
    guild = world.app.bot.get_guild(world.guild.id)
    assert guild is not None
    async with world.app.db.write() as tx:
        await tx.execute(servers.delete())
    with world.env.time_context():
        await world.app.bot.on_guild_join(guild)
    assert world.posts(world.papers) + world.posts(world.lounge) == []


async def test_removing_cohort_is_noted_and_inviting_it_again_as_well(world: World) -> None:
    await world.make()
    guild = world.app.bot.get_guild(world.guild.id)
    assert guild is not None

    async def left() -> Any:
        async with world.app.db.read() as tx:
            return (await server_rows.known(tx))[guild.id]

    with world.env.time_context():
        await world.app.bot.on_guild_remove(guild)
        assert await left() == world.clock.now()
        await world.app.bot.on_guild_join(guild)
    assert await left() is None


# --- Status -----------------------------------------------------------------------------------------------


async def test_the_status_of_a_new_server(world: World) -> None:
    result = await setup(world, "status")
    assert result.ephemeral
    assert "**Feeds** none yet" in said(result)
    assert "I have no channel in which to tell you" in said(result)
    assert "Set me up" in buttons(result)
    await setup(world, "server", notices=world.lounge)
    assert "all is well" in said(await setup(world, "status"))


async def test_the_status_says_what_runs_what_ran_and_what_is_held(world: World) -> None:
    await setup(world, "server", notices=world.lounge, zone="Europe/Paris")
    await world.make()
    await world.feed("hackathons", channel=world.papers)
    await world.feed("pause", feed="2")
    world.arxiv.serve_papers(*some(3))
    await world.next_day()
    text = said(await setup(world, "status"))
    assert "**Feeds** 1 active feed · 1 paused · nothing held · sources fine" in text
    assert "**Time zone** Europe/Paris" in text
    assert f"**Feed 1** papers → <#{world.papers.id}> · next <t:" in text
    assert ": 3 posted" in text
    assert "**Feed 2** hackathons" in text
    assert "⏸️ paused" in text
    world.forbid(world.papers, send_messages=True)
    world.arxiv.serve_papers(*some(3, first=10))
    await world.next_day()
    await world.run_due()
    text = said(await setup(world, "status"))
    assert "⚠️ 1 message held" in text
    assert f"⚠️ <#{world.papers.id}>: I lack Send Messages." in text


async def test_a_permission_is_put_right_with_a_button(world: World) -> None:
    bo = boss(world)
    await setup(world, "server", notices=world.lounge)
    await world.make()
    world.forbid(world.papers, send_messages=True)
    result = await setup(world, "status")
    assert "I lack Send Messages" in said(result)
    refused = await click(world.mod, result, "Fix")
    assert "you need Manage Permissions there yourself" in said(refused)
    result = await setup(world, "status", bo)
    await world.restart()
    fixed = await click(bo, result, "Fix")
    assert "✅ I may post in" in said(fixed), said(fixed)
    assert "all is well" in said(fixed)


async def test_what_the_doctor_finds(world: World) -> None:
    bo = boss(world)
    gone_role = world.guild.create_role("gone", mentionable=True)
    gone = world.guild.create_text_channel("gone")
    crew = world.guild.create_role("crew")
    ml = world.guild.create_role("ml")
    await setup(world, "server", notices=gone, feeds=crew)
    await world.make(mention=gone_role)
    await world.feed("papers", channel=gone, query="x")
    await setup(world, "roles", bo, career="mle", role=ml)
    for role in (gone_role, crew, ml):
        world.env.backend.delete_role(world.guild.id, role.id)
    world.env.backend.delete_channel(gone.id)
    del world.env.backend.commands[None][("me", 1)]
    result = await setup(world, "status")
    text = said(result)
    for words in (
        "Feed 2: its channel is gone",
        "Feed 1: the role it mentions was deleted",
        "The channel for my notices is gone",
        "The Discord role for Machine Learning Engineer was deleted",
    ):
        assert words in text, words
    assert "And 1 more; these first." in text or "And 2 more; these first." in text
    opened = await click(world.mod, result, "Choose a channel")
    assert "## Edit feed 2" in said(opened)
    opened = await click(world.mod, result, "Open settings")
    assert "Settings of this server" in said(opened)


async def test_native_events_and_their_hundred(world: World) -> None:
    await setup(world, "server", notices=world.lounge)
    plan = usual(FeedKind.HACKATHONS, world.guild.id, world.papers.id, "UTC")
    assert plan.events is not None
    plan = replace(plan, events=replace(plan.events, native=True))
    await world.app.services.event_feeds.create(plan, created_by=world.mod.id)
    for number in range(96):
        world.guild.create_scheduled_event(
            f"Event {number}",
            start_time="2026-02-01T10:00:00+00:00",
            end_time="2026-02-01T11:00:00+00:00",
            entity_type=3,
            location="here",
        )
    text = said(await setup(world, "status"))
    assert "Discord keeps at most 100 events in a server, and 96 are there." in text


async def test_a_clock_that_is_off_and_a_database_of_another_version(world: World) -> None:
    await setup(world, "server", notices=world.lounge)
    async with world.app.db.write() as tx:
        await tx.exec_driver_sql("UPDATE alembic_version SET version_num = 'other'")
    kept = world.clock.now
    world.clock.now = lambda: kept() - timedelta(seconds=7)  # type: ignore[method-assign]
    text = said(await setup(world, "status"))
    assert "My clock and Discord's are 7 seconds apart." in text
    assert "The database is of another version than I am." in text


async def test_many_feeds_have_pages(world: World) -> None:
    for number in range(10):
        await world.make(query=f"number {number}")
    result = await setup(world, "status")
    assert "**Feed 8**" in said(result)
    assert "**Feed 9**" not in said(result)
    result = await click(world.mod, result, "More feeds (1/2)")
    assert "**Feed 10**" in said(result)


@pytest.mark.parametrize("custom_id", ["setup:fix:nothing", "setup:fix", "setup:unheard"])
async def test_buttons_of_other_versions(world: World, custom_id: str) -> None:
    assert "older version" in said(await world.press(custom_id))
