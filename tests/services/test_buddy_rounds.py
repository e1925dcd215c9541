"""Rounds: who is in one, who never meets whom, and what a change in the middle does."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from bot.domain.buddies.values import Cadence, GroupWish
from bot.domain.feeds import FeedState
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, Presence
from bot.domain.server_settings import Area, Module
from bot.errors import UserError
from bot.services.moderation import Moderation, ModuleArea
from bot.storage import feeds
from bot.storage.buddies import rounds
from bot.storage.engine import Database
from bot.storage.tables import buddy_meetings, outbox, setting_changes
from tests.support.buddies import CHANNEL, SERVER, Desk, FakeRegister, make_desk
from tests.support.clock import FakeClock


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


class Meanwhile(FakeRegister):
    """Something happens while Discord is asked who is there."""

    act: Callable[[], Awaitable[object]]

    async def look(
        self, server_id: int, member_ids: Sequence[int], role_id: int | None
    ) -> Mapping[int, Presence]:
        found = await super().look(server_id, member_ids, role_id)
        await self.act()
        return found


def groups(found: Sequence[Meeting]) -> list[tuple[int, ...]]:
    return sorted(meeting.member_ids for meeting in found)


async def actions(db: Database) -> list[tuple[str, str]]:
    async with db.read() as tx:
        found = await tx.execute(select(outbox.c.action, outbox.c.stream).order_by(outbox.c.id))
        return [(row.action, row.stream.rsplit(":", 1)[0]) for row in found]


async def test_a_round_is_stored_with_what_opens_it(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    (meeting,) = await desk.round()
    assert meeting.member_ids == (1, 2)
    assert meeting.kind is MeetingKind.ROUND
    assert meeting.ends_at - meeting.opened_at == timedelta(days=7)
    assert len(meeting.times) == 3
    assert await actions(db) == [
        ("room", "buddy:room"),
        ("seat", "buddy:seat:1"),
        ("seat", "buddy:seat:1"),
        ("post", "buddy:intro"),
        ("post", "buddy:intro"),
    ]
    async with db.read() as tx:
        (last,) = await rounds.last(tx, SERVER)
    assert (last.number, last.numbers.matched, last.numbers.waiting) == (1, 2, 0)


async def test_off_until_a_moderator_switches_it_on(desk: Desk) -> None:
    await desk.add(1, 2)
    assert await desk.round() == []
    with pytest.raises(UserError, match="channel"):
        await desk.change(on=True, promised=True)
    with pytest.raises(UserError, match="age and conduct"):
        await desk.change(on=True, channel_id=CHANNEL)


async def test_each_change_is_logged(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    await desk.change(cadence=Cadence.MONTHLY)
    await desk.change(cadence=Cadence.MONTHLY)
    async with db.read() as tx:
        found = (await tx.execute(select(setting_changes).order_by(setting_changes.c.id))).all()
    assert [(row.area, row.by) for row in found] == [("buddies", 77), ("buddies", 77)]
    assert (found[1].before["cadence"], found[1].after["cadence"]) == ("weekly", "monthly")


async def test_settings_that_were_undone_or_imported_are_followed(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    buddies = ModuleArea(Area.BUDDIES, Module.BUDDIES, applied=desk.buddies.setup.follow)
    moderation = Moderation(db, desk.clock, [buddies])
    (switched_on,) = await moderation.log.latest(SERVER)
    await moderation.log.undo(SERVER, switched_on.change.id, by=78)
    desk.clock.advance(minutes=2)
    await desk.buddies.rounds.run_due()
    async with db.read() as tx:
        feed = await rounds.feed_of(tx, SERVER)
    assert feed is not None
    assert feed.state is FeedState.REMOVED
    await moderation.log.undo(SERVER, (await moderation.log.latest(SERVER))[0].change.id, by=78)
    await desk.add(1, 2)
    assert groups(await desk.round()) == [(1, 2)]


async def test_one_block_counts_for_both_and_in_every_round(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4)
    await desk.buddies.safety.block(1, 2)
    await desk.buddies.safety.block(4, 1)
    for _ in range(4):
        for members in groups(await desk.round()):
            assert {1, 2} - set(members)
            assert {1, 4} - set(members)


async def test_a_block_keeps_two_out_of_one_trio(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, group=GroupWish.TRIO)
    assert groups(await desk.round()) == [(1, 2, 3)]
    await desk.buddies.safety.block(3, 1)
    assert await desk.round() == []


async def test_a_block_while_the_round_is_made_is_kept(db: Database, clock: FakeClock) -> None:
    register = Meanwhile()
    desk = make_desk(db, clock, register)
    register.act = lambda: desk.buddies.safety.block(2, 1)
    await desk.switch_on()
    await desk.add(1, 2)
    assert await desk.round() == []
    found = await desk.membership(1)
    assert found is not None
    assert found.waited == 1


async def test_who_leaves_while_the_round_is_made_is_not_in_it(db: Database, clock: FakeClock) -> None:
    register = Meanwhile()
    desk = make_desk(db, clock, register)
    register.act = lambda: desk.buddies.profiles.leave(SERVER, 2)
    await desk.switch_on()
    await desk.add(1, 2)
    assert await desk.round() == []


async def test_who_left_the_server_is_dropped_and_forgotten(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3)
    desk.register.standing = {3: Presence.GONE}
    assert groups(await desk.round()) == [(1, 2)]
    assert await desk.membership(3) is None
    assert await desk.membership(1) is not None


async def test_without_the_role_nobody_is_in_but_everybody_stays(desk: Desk) -> None:
    await desk.switch_on(role_id=5)
    await desk.add(1, 2, 3)
    desk.register.standing = {3: Presence.WITHOUT_ROLE}
    assert groups(await desk.round()) == [(1, 2)]
    assert await desk.membership(3) is not None


async def test_nobody_is_matched_on_a_guess(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3)
    desk.register.standing = {2: Presence.UNKNOWN, 3: Presence.UNKNOWN}
    assert await desk.round() == []
    desk.clock.advance(minutes=6)
    desk.register.standing = {}
    await desk.buddies.rounds.run_due()
    assert groups(await desk.open()) == [(1, 2, 3)]


async def test_who_stays_unknown_waits_for_the_next_round(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3)
    desk.register.standing = {3: Presence.UNKNOWN}
    await desk.round()
    for _ in range(13):
        desk.clock.advance(minutes=5)
        await desk.buddies.rounds.run_due()
    assert groups(await desk.open()) == [(1, 2)]


async def test_a_pause_keeps_somebody_out_and_ends_by_itself(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    until = desk.clock.now() + timedelta(days=6)
    await desk.buddies.profiles.pause(SERVER, 2, until)
    assert await desk.round() == []
    assert groups(await desk.round()) == [(1, 2)]


async def test_the_next_round_ends_the_one_before(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    (first,) = await desk.round()
    (second,) = await desk.round()
    before = await desk.meeting(first.id)
    assert (before.is_open, before.ended_by) == (False, Ended.TIME)
    assert second.id != first.id


async def test_new_company_unless_both_ask_for_the_same(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, group=GroupWish.PAIR)
    found = await desk.round()
    for meeting in found:
        for member_id in meeting.member_ids:
            await desk.buddies.meetings.again(meeting.id, member_id, again=True)
    again = await desk.round()
    assert groups(again) == groups(found)
    assert groups(await desk.round()) != groups(found)


async def test_one_yes_is_not_enough(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, group=GroupWish.PAIR)
    found = await desk.round()
    await desk.buddies.meetings.again(found[0].id, found[0].member_ids[0], again=True)
    assert not set(groups(await desk.round())) & set(groups(found))


async def test_nobody_is_left_out_twice_running(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, group=GroupWish.PAIR)
    left = [({1, 2, 3} - set((await desk.round())[0].member_ids)).pop() for _ in range(4)]
    assert all(one != other for one, other in pairwise(left))


async def test_two_processes_make_one_round(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    other = make_desk(db, desk.clock)
    await desk.round()
    await other.buddies.rounds.run_due()
    await desk.buddies.rounds.run_due()
    assert len(await desk.open()) == 1


async def test_two_servers_never_meet(desk: Desk) -> None:
    await desk.switch_on()
    await desk.switch_on(2, channel_id=200)
    await desk.add(1, 2)
    await desk.add(1, 3, server_id=2)
    await desk.round()
    assert groups(await desk.open(1)) == [(1, 2)]
    assert groups(await desk.open(2)) == [(1, 3)]


async def test_a_dry_run_says_what_the_round_then_is(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, 5, group=GroupWish.PAIR)
    run = await desk.buddies.rounds.dry_run(SERVER)
    assert (run.numbers.joined, run.numbers.matched, run.numbers.waiting) == (5, 4, 1)
    assert await desk.open() == []
    assert await actions(db) == []
    await desk.round()
    async with db.read() as tx:
        (last,) = await rounds.last(tx, SERVER)
    assert last.numbers == run.numbers


async def test_an_extra_round_takes_those_who_are_free(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    numbers = await desk.buddies.rounds.run_now(SERVER)
    assert numbers.pairs == 1
    with pytest.raises(UserError, match="Nobody could be matched"):
        await desk.buddies.rounds.run_now(SERVER)
    await desk.add(3, 4)
    desk.clock.advance(minutes=1)
    await desk.buddies.rounds.run_now(SERVER)
    assert groups(await desk.open()) == [(1, 2), (3, 4)]
    assert len(await desk.round()) == 2


async def test_switched_off_in_the_middle(desk: Desk, db: Database) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    (meeting,) = await desk.round()
    await desk.change(on=False)
    assert await desk.open() == []
    assert (await desk.meeting(meeting.id)).ended_by is Ended.OFF
    desk.clock.advance(days=2)
    await desk.buddies.rounds.run_due()
    async with db.read() as tx:
        feed = await rounds.feed_of(tx, SERVER)
    assert feed is not None
    assert feed.state is FeedState.REMOVED
    await desk.change(on=True)
    assert groups(await desk.round()) == [(1, 2)]


async def test_paused_it_makes_no_round(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    await desk.buddies.setup.set_paused(SERVER, paused=True)
    assert await desk.round() == []
    await desk.buddies.setup.set_paused(SERVER, paused=False)
    assert groups(await desk.round()) == [(1, 2)]


async def test_after_weeks_down_there_is_one_round(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    desk.clock.advance(days=25)
    await desk.buddies.rounds.run_due()
    await desk.buddies.rounds.run_due()
    (meeting,) = await desk.open()
    assert meeting.ends_at > desk.clock.now()


async def test_every_second_week(desk: Desk) -> None:
    await desk.switch_on(cadence=Cadence.BIWEEKLY, anchor=desk.clock.now().date() + timedelta(days=7))
    await desk.add(1, 2)
    (first,) = await desk.round()
    assert first.ends_at - first.opened_at == timedelta(days=14)
    assert [each.id for each in await desk.round()] == [first.id]
    assert [each.id for each in await desk.round()] != [first.id]


async def test_a_feed_that_is_resumed_waits_for_a_week_with_a_round(desk: Desk, db: Database) -> None:
    await desk.switch_on(cadence=Cadence.BIWEEKLY, anchor=desk.clock.now().date() + timedelta(days=7))
    await desk.add(1, 2)
    (first,) = await desk.round()
    async with db.write() as tx:  # as `/feed resume` does, which knows weeks and no cadence
        feed = await rounds.feed_of(tx, SERVER)
        assert feed is not None
        slot_at = feed.slot_at - timedelta(days=7)
        await feeds.reschedule(tx, feed.id, since=desk.clock.now(), slot_at=slot_at)
    assert [each.id for each in await desk.round()] == [first.id]
    assert [each.id for each in await desk.round()] != [first.id]


async def test_the_same_people_begin_with_something_else_each_time(desk: Desk, db: Database) -> None:
    """As long as there is anything they have not had."""
    await desk.switch_on()
    await desk.add(1, 2)

    async def begun() -> list[list[str]]:
        async with db.read() as tx:
            rows = await tx.scalars(select(buddy_meetings.c.openers).order_by(buddy_meetings.c.id))
            return list(rows)

    for _ in range(6):
        await desk.round()
    openers = await begun()
    assert len(openers) == 6
    icebreakers = [id_ for each in openers for id_ in each[:3]]
    assert len(set(icebreakers)) == 18
