"""The whole of Cohort on the wire: logs in, syncs, is configured by a slash command, answers, posts."""

import asyncio
from datetime import UTC, datetime

from discord import TextChannel

from bot.app import App
from bot.storage.engine import Database
from tests.support import community
from tests.support.clock import FakeClock
from tests.support.loopback import permissions
from tests.support.loopback.faults import Fault
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

EVENING = datetime(2026, 3, 2, 20, 0, tzinfo=UTC)  # a Monday
MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)  # 09:00 in Paris


async def test_from_a_slash_command_to_a_post(db: Database) -> None:
    clock = FakeClock(EVENING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        assert "feed" in {command["name"] for command in world.commands[None].values()}

        choices = await discord.autocomplete(
            club.moderator, club.general, "feed papers", "zone", "paris", channel=club.papers
        )
        assert choices[0]["value"] == "Europe/Paris"
        created = await discord.slash(
            club.moderator,
            club.general,
            "feed papers",
            channel=club.papers,
            categories="cs.LG",
            zone="Europe/Paris",
            style="each",
            limit=2,
        )
        assert created.reply is not None
        assert "Feed 1 is set" in created.reply.text

        clock.set(MORNING)
        await community.announce(db, community.batch(3), clock.now())
        await app.run_due()
        posts = discord.messages(club.papers)
        assert [post.author_id for post in posts] == [world.bot.id] * 2
        assert "1 more new paper" in posts[-1].text
        await app.run_due()
        assert len(discord.messages(club.papers)) == 2

        listed = await discord.slash(club.moderator, club.general, "feed list")
        assert listed.reply is not None
        await discord.click(listed.reply.id, "Remove", club.moderator)
        # The list itself says so, and offers the way back.
        shown = world.messages.find(listed.reply.id)
        assert shown is not None
        await discord.wait_for(lambda: "Feed 1 is removed" in shown.text, what="the list to say so")
        # Every body that went out is one that Discord's own schema accepts, every route one it has.
        discord.assert_clean()


async def test_moderators_are_told_once_that_a_feed_is_stuck(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    world.guilds[club.guild].public_updates_channel_id = club.events
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await discord.slash(
            club.moderator, club.general, "feed papers", channel=club.papers, categories="cs.LG", time="09:00"
        )
        discord.set_permissions(club.papers, world.bot.id, deny=permissions.SEND_MESSAGES)
        for day in range(4, 7):
            clock.set(datetime(2026, 3, day, 9, 0, tzinfo=UTC))
            await community.announce(db, community.batch(2, day=day), clock.now())
            await app.run_due()
        notices = [message.text for message in discord.messages(club.events)]
        assert len(notices) == 1
        assert "Feed 1 is waiting" in notices[0]
        assert "Send Messages" in notices[0]
        assert discord.messages(club.papers) == []
        assert discord.invalid_requests() == 0  # the cache knew; no request was wasted

        listed = await discord.slash(club.moderator, club.general, "feed list")
        assert listed.reply is not None
        assert "1 message held" in listed.reply.text

        discord.set_permissions(club.papers, world.bot.id)
        await discord.wait_for(
            lambda: app.bot.get_channel(club.papers).permissions_for(app.bot.guilds[0].me).send_messages  # type: ignore[union-attr]
        )
        clock.set(datetime(2026, 3, 9, 9, 0, tzinfo=UTC))
        await app.run_due()
        texts = [message.text for message in discord.messages(club.papers)]
        assert len(texts) == 1
        assert "6 new papers" in texts[0]
        discord.assert_clean()


async def test_what_nobody_can_tell_is_said_in_the_list_and_ends_when_the_history_can_be_read(
    db: Database,
) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await discord.slash(
            club.moderator, club.general, "feed papers", channel=club.papers, categories="cs.LG", time="09:00"
        )
        clock.set(datetime(2026, 3, 4, 9, 30, tzinfo=UTC))
        await community.announce(db, community.batch(2), clock.now())
        posts = f"/channels/{club.papers}/messages"
        discord.inject(Fault("reset", method="POST", path=posts, when="after"))
        await app.run_due()
        history = permissions.READ_MESSAGE_HISTORY
        discord.set_permissions(club.papers, world.bot.id, deny=history)
        await discord.wait_for(lambda: not _may(app, club.papers, history), what="the permission to be gone")
        clock.advance(seconds=90)
        await app.run_due()
        listed = await discord.slash(club.moderator, club.general, "feed list")
        assert listed.reply is not None
        assert "1 message held: I cannot tell whether this message arrived." in listed.reply.text
        discord.set_permissions(club.papers, world.bot.id)
        await discord.wait_for(lambda: _may(app, club.papers, history), what="the permission to be back")
        await app.server_changed(club.guild)  # what the event does, awaited
        await app.run_due()
        assert await community.undelivered(db) == 0
        assert len(discord.messages(club.papers)) == 1
        listed = await discord.slash(club.moderator, club.general, "feed list")
        assert listed.reply is not None
        assert "held" not in listed.reply.text


def _may(app: App, channel_id: int, wanted: int) -> bool:
    channel = app.bot.get_channel(channel_id)
    assert isinstance(channel, TextChannel)
    return channel.permissions_for(channel.guild.me).value & wanted == wanted


async def test_shards_of_one_process(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    # (guild_id >> 22) % 2 decides: one server on each shard.
    clubs = [add_club(world, f"Club {shard}", guild_id=(1000 + shard) << 22) for shard in (0, 1)]
    async with (
        LoopbackDiscord(world) as discord,
        serving(db.url, discord, clock, shard_count=2, shard_ids="0-1") as app,
    ):
        await discord.wait_for(lambda: len(app.bot.guilds) == 2, what="both servers")
        assert sorted(shard for _, shard in discord.gateway.identifies) == [(0, 2), (1, 2)]
        for club in clubs:
            answer = await discord.slash(club.moderator, club.general, "feed list")
            assert answer.reply is not None
            assert "No feeds yet" in answer.reply.text
        await app.bot.close()
        await discord.wait_for(lambda: not discord.gateway.connected, what="the shards to leave")
        # 1000 would end the sessions; with this code they could be resumed.
        assert discord.gateway.closes == [4000, 4000]


async def test_a_removed_bot_wastes_no_request_and_comes_back_with_one_post(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await discord.slash(
            club.moderator, club.general, "feed papers", channel=club.papers, categories="cs.LG", time="09:00"
        )
        discord.remove_bot(club.guild)
        await discord.wait_for(lambda: app.bot.get_guild(club.guild) is None)
        for day in range(4, 7):
            clock.set(datetime(2026, 3, day, 9, 30, tzinfo=UTC))
            await community.announce(db, community.batch(2, day=day), clock.now())
            await app.run_due()
        assert discord.invalid_requests(seconds=10**6) == 0
        discord.reinvite(club.guild)
        await discord.wait_for(lambda: app.bot.get_guild(club.guild) is not None)
        await app.server_changed(club.guild)  # what the join event does, awaited
        await app.run_due()
        texts = [message.text for message in discord.messages(club.papers)]
        assert len(texts) == 1
        assert "6 new papers" in texts[0]


async def test_a_slow_channel_holds_up_no_other(db: Database) -> None:
    clock = FakeClock(MORNING)
    world = world_on(clock)
    async with LoopbackDiscord(world, schema=None) as discord:
        place = await community.found(world, db, servers=1, feeds_each=30, now=MORNING, limit=1)
        await community.announce(db, community.batch(1), MORNING)
        slow = place.channels[0]
        discord.inject(Fault("hang", method="POST", path=f"/channels/{slow}/messages", times=None))
        async with serving(db.url, discord, clock) as app:
            await app.services.digests.build_due()
            delivering = asyncio.create_task(app.outbox.deliver_due())
            # All others arrive although the slow one's attempt has not ended.
            await discord.wait_for(lambda: len(world.messages) == 29, what="the other channels")
            assert not delivering.done()
            discord.faults.clear()
            assert await delivering == 29
