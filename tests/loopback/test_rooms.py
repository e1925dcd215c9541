"""The threads of study buddies on the wire: opened once, seated, introduced, and put away."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.app import App
from bot.delivery.register import DiscordRegister
from bot.domain.meetings.values import Presence
from bot.storage.buddies import meetings, profiles
from bot.storage.engine import Database
from tests.support.buddies import membership
from tests.support.clock import FakeClock
from tests.support.loopback import permissions
from tests.support.loopback.faults import Fault
from tests.support.loopback.model import PRIVATE_THREAD, PUBLIC_THREAD, Channel
from tests.support.loopback.seed import Club, add_club
from tests.support.loopback.server import LoopbackDiscord
from tests.support.serving import serving, world_on

SUNDAY = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
MONDAY = SUNDAY + timedelta(days=1)


async def set_up(app: App, clock: FakeClock, club: Club, *, private: bool = True) -> None:
    """Switch on in #general, reports to #papers, and let two join."""
    from dataclasses import replace

    clock.set(SUNDAY)
    await app.services.buddies.setup.change(
        club.guild,
        lambda known: replace(
            known,
            on=True,
            channel_id=club.general,
            reports_id=club.papers,
            promised=True,
            private=private,
        ),
        by=club.moderator,
    )
    async with app.db.write() as tx:
        for member_id in (club.ada, club.ben):
            await profiles.put(tx, membership(member_id, server_id=club.guild), clock.now())
    clock.set(MONDAY)


async def work(app: App, clock: FakeClock, *, looks: int = 6, step_s: float = 31) -> None:
    """Do what is due for a few minutes."""
    for _ in range(looks):
        await app.services.buddies.rounds.run_due()
        await app.services.buddies.tend_due()
        await app.outbox.deliver_due()
        clock.advance(seconds=step_s)


def rooms(discord: LoopbackDiscord, parent: int) -> list[Channel]:
    return [c for c in discord.world.channels.values() if c.thread and c.parent_id == parent]


FAULTS = [None, ("drop", "before"), ("drop", "after"), ("reset", "after"), ("status", "before")]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
@pytest.mark.parametrize("private", [True, False], ids=["private", "public"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_room_is_opened_once(
    db: Database, clock: FakeClock, private: bool, fault: tuple[str, str] | None
) -> None:
    clock.set(SUNDAY)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await set_up(app, clock, club, private=private)
        if fault is not None:
            kind, when = fault
            for method, path in (
                ("POST", f"/channels/{club.general}/threads"),
                ("PUT", "/channels/*/thread-members/*"),
                ("POST", "/channels/*/messages"),
                ("PATCH", "/channels/*"),
            ):
                discord.faults.inject(Fault(kind, method=method, path=path, when=when, times=1))  # type: ignore[arg-type]
        await work(app, clock)
        (room,) = rooms(discord, club.general)
        assert room.kind == (PRIVATE_THREAD if private else PUBLIC_THREAD)
        assert room.thread is not None
        assert {club.ada, club.ben} <= set(room.thread.members)
        assert room.thread.invitable is not private
        hello, poll = discord.messages(room.id)
        assert f"<@{club.ada}> and <@{club.ben}>, meet each other" in hello.text
        assert "When?" in poll.text
        async with app.db.read() as tx:
            (meeting,) = await meetings.open_of(tx, club.guild)
        assert meeting.thread_id == room.id
        async with app.db.write() as tx:
            for member_id in (club.ada, club.ben):
                await profiles.remove(tx, club.guild, member_id)
        clock.set(MONDAY + timedelta(days=7))
        await work(app, clock)
        assert room.thread.archived
        assert "That was this round" in discord.messages(room.id)[-1].text
        discord.assert_clean()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_server_is_said_and_waited_for(db: Database, clock: FakeClock) -> None:
    clock.set(SUNDAY)
    world = world_on(clock)
    club = add_club(world)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await set_up(app, clock, club)
        others = [
            world.add_thread(club.papers, f"thread {n}", club.moderator, kind=PUBLIC_THREAD)
            for n in range(1000)
        ]
        await work(app, clock, looks=2)
        assert rooms(discord, club.general) == []
        (status,) = await app.services.feeds.overview(club.guild)
        assert status.waiting[0].reason == "This server has no room for another active thread."
        world.update_channel(others[0].id, archived=True)
        await work(app, clock, looks=4, step_s=120)
        assert len(rooms(discord, club.general)) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_who_is_there_and_who_is_not(db: Database, clock: FakeClock) -> None:
    clock.set(SUNDAY)
    world = world_on(clock)
    club = add_club(world)
    role = world.add_role(club.guild, "learners").id
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        world.set_member_roles(club.guild, club.ada, [role])
        register = DiscordRegister(app.bot, answer_within_s=0.1)
        assert await register.look(club.guild, [club.ada, club.ben, 12345], role) == {
            club.ada: Presence.HERE,
            club.ben: Presence.WITHOUT_ROLE,
            12345: Presence.GONE,
        }
        discord.gateway.answer_member_requests = False
        discord.faults.inject(Fault("drop", method="GET", path="/guilds/*/members/*", when="before", times=9))
        assert await register.look(club.guild, [club.ada], None) == {club.ada: Presence.UNKNOWN}
        discord.faults.clear()
        world.set_presence(club.guild, has_bot=False)
        assert await register.look(club.guild, [club.ada], None) == {club.ada: Presence.UNKNOWN}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_missing_permission_costs_no_request(db: Database, clock: FakeClock) -> None:
    clock.set(SUNDAY)
    world = world_on(clock)
    club = add_club(world)
    world.set_overwrite(club.general, club.guild, deny=permissions.CREATE_PRIVATE_THREADS)
    async with LoopbackDiscord(world) as discord, serving(db.url, discord, clock) as app:
        await set_up(app, clock, club)
        await work(app, clock, looks=2)
        assert not [r for r in discord.requests if r.method == "POST" and r.path.endswith("/threads")]
        world.set_overwrite(club.general, club.guild, allow=None)
        await work(app, clock, looks=4, step_s=120)
        assert len(rooms(discord, club.general)) == 1
