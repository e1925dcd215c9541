"""Threads, forums, edits and direct messages on the wire: what the outbox does beyond a plain message."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.app import App
from bot.delivery.outbox import ATTEMPT_LIMIT
from bot.domain.feeds import FeedState
from bot.domain.outbox import State
from bot.storage import feeds
from bot.storage.engine import Database
from bot.storage.tables import outbox as table
from tests.support.clock import FakeClock
from tests.support.fakes import Shape, add_digest, add_feed, edit_first, plan
from tests.support.loopback import permissions
from tests.support.loopback.faults import Fault
from tests.support.loopback.seed import add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import deliver, serving, world_on

MORNING = datetime(2026, 3, 3, 8, 0, tzinfo=UTC)


@dataclass
class Post:
    """A digest that is due, and what it came to."""

    feed_id: int
    lines: list[str]


async def promise(db: Database, server: int, channel: int, shape: Shape, parts: int = 3) -> Post:
    feed_id = await add_feed(db, plan(server_id=server, channel_id=channel), MORNING)
    return Post(feed_id, await add_digest(db, feed_id, MORNING, channel_id=channel, parts=parts, shape=shape))


def last_lines(discord: LoopbackDiscord, channel: int) -> list[str]:
    return [message.text.splitlines()[-1] for message in discord.messages(channel)]


def threads(discord: LoopbackDiscord, parent: int) -> list[int]:
    return [c.id for c in discord.world.channels.values() if c.thread and c.parent_id == parent]


FAULTS = [None, ("drop", "before"), ("drop", "after"), ("reset", "after"), ("status", "before")]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("shape", [Shape.THREAD, Shape.FORUM])
async def test_a_day_in_a_thread_of_its_own(
    db: Database, clock: FakeClock, shape: Shape, fault: tuple[str, str] | None
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    place = club.papers if shape is Shape.THREAD else club.forum
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        post = await promise(db, club.guild, place, shape)
        await edit_first(db, post.feed_id, MORNING, "corrected", MORNING)
        if fault is not None:
            kind, when = fault
            for method, path in (
                ("POST", f"/channels/{place}/messages"),
                ("POST", f"/channels/{place}/threads"),
                ("POST", "/channels/*/messages/*/threads"),
                ("PATCH", "/channels/*/messages/*"),
            ):
                discord.faults.inject(Fault(kind, method=method, path=path, when=when, times=1))  # type: ignore[arg-type]
        await deliver(app, clock)
        (thread,) = threads(discord, place)
        if shape is Shape.THREAD:
            assert last_lines(discord, place) == post.lines[:1]
            assert last_lines(discord, thread) == post.lines[1:]
        else:
            assert last_lines(discord, thread) == post.lines
        first = discord.messages(place if shape is Shape.THREAD else thread)[0]
        assert first.text.splitlines()[0] == "corrected"
        discord.assert_clean()


async def test_a_message_is_edited_in_order_and_only_to_its_last_state(
    db: Database, clock: FakeClock
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        post = await promise(db, club.guild, club.papers, Shape.PLAIN, parts=1)
        for words in ("first", "second"):
            await edit_first(db, post.feed_id, MORNING, words, MORNING)
        await deliver(app, clock)
        discord.faults.inject(Fault("drop", method="PATCH", when="after", times=1))
        await edit_first(db, post.feed_id, MORNING, "third", MORNING)
        await app.outbox.deliver_due()
        await edit_first(db, post.feed_id, MORNING, "fourth", clock.now())
        await deliver(app, clock)
        asked = [r.body["content"].splitlines()[0] for r in discord.requests if r.method == "PATCH"]
        assert asked == ["second", "third", "third", "fourth"]
        (message,) = discord.messages(club.papers)
        assert message.text.splitlines()[0] == "fourth"


async def test_what_was_deleted_is_let_go(db: Database, clock: FakeClock) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        post = await promise(db, club.guild, club.papers, Shape.THREAD, parts=2)
        # Only the first message goes out; a moderator deletes its thread before the second.
        discord.faults.inject(
            Fault("rate_limit", method="POST", path="/channels/*/messages/*/threads", retry_after=60)
        )
        app.outbox._attempt_limit = timedelta(seconds=0.3)  # else discord.py waits out the whole pause
        await app.outbox.deliver_due()
        app.outbox._attempt_limit = ATTEMPT_LIMIT
        world.messages.delete(discord.world.messages.in_channel(club.papers)[0])
        await edit_first(db, post.feed_id, MORNING, "too late", clock.now())
        discord.faults.clear()
        await deliver(app, clock)
        assert discord.messages(club.papers) == []
        async with db.read() as tx:
            states = set(await tx.scalars(select(table.c.state)))
        assert states == {State.SENT}


async def test_without_the_permission_to_open_threads_it_is_held_and_says_so(
    db: Database, clock: FakeClock
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        post = await promise(db, club.guild, club.papers, Shape.THREAD, parts=2)
        discord.set_permissions(club.papers, world.bot.id, deny=permissions.CREATE_PUBLIC_THREADS)
        await discord.wait_for(lambda: not _may_open(app, club.papers), what="the permission to be gone")
        await app.outbox.deliver_due()
        async with db.read() as tx:
            reasons = [row.reason for row in await tx.execute(select(table)) if row.state == State.HELD]
        assert len(reasons) == 1
        assert "Create Public Threads" in reasons[0]
        discord.set_permissions(club.papers, world.bot.id)
        await discord.wait_for(lambda: _may_open(app, club.papers), what="the permission to be back")
        await deliver(app, clock)
        assert last_lines(discord, threads(discord, club.papers)[0]) == post.lines[1:]


async def test_direct_messages_arrive_and_closed_ones_pause_the_subscription(
    db: Database, clock: FakeClock
) -> None:
    clock.set(MORNING)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        channel = await (await app.bot.fetch_user(club.ada)).create_dm()
        async with db.write() as tx:
            number = await feeds.take_number(tx, member_id=club.ada)
            mine = plan(server_id=None, member_id=club.ada, channel_id=channel.id)
            feed_id = await feeds.add(
                tx, mine, number=number, created_by=club.ada, now=MORNING, since=MORNING, slot_at=MORNING
            )
        lines = await add_digest(db, feed_id, MORNING, channel_id=channel.id)
        # The answer is lost and the process is down for a while: it finds the message where it stands.
        discord.faults.inject(Fault("drop", method="POST", when="after", times=1))
        await app.outbox.deliver_due()
        clock.advance(hours=1)
        await app.outbox.deliver_due()
        assert last_lines(discord, channel.id) == lines
        async with db.read() as tx:
            assert [tuple(row) for row in await tx.execute(select(table.c.state, table.c.reason))] == [
                (State.SENT, None)
            ]
        world.users[club.ada].dms_open = False
        await add_digest(db, feed_id, clock.now(), channel_id=channel.id)
        await app.outbox.deliver_due()
        async with db.read() as tx:
            (feed,) = await feeds.by_member(tx, club.ada)
        assert feed.state is FeedState.PAUSED
        assert feed.pause_reason is not None
        assert "direct messages" in feed.pause_reason
        assert len(discord.messages(channel.id)) == 1


def _may_open(app: App, channel_id: int) -> bool:
    channel = app.bot.get_channel(channel_id)
    return channel is not None and channel.permissions_for(channel.guild.me).create_public_threads  # type: ignore[union-attr]
