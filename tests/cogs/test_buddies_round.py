"""A whole round, as four members and a moderator live it."""

import pytest_asyncio

from bot.domain.meetings.values import MeetingKind
from tests.cogs.buddies import Club, open_club
from tests.cogs.world import World, said


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    return await open_club(world)


async def test_two_join_and_meet(club: Club, world: World) -> None:
    ada, ben = world.join("ada"), world.member
    for who in (ada, ben):
        assert "You are in" in said(await club.join(who))
    (meeting,) = await club.begin_round()
    assert meeting.kind is MeetingKind.ROUND
    assert sorted(meeting.member_ids) == sorted((ada.id, ben.id))
    (thread,) = club.threads()
    print("\n\n".join(club.said_in(meeting)))
    assert thread.type == 12
    assert {ada.id, ben.id} <= set(thread.thread_members)
    assert False
