"""Meetings: what is asked when, who is gone, who finds whom; and what nobody notices."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.delivery.outbox import Outbox
from bot.domain.buddies.values import GroupWish
from bot.domain.digests import Rendered
from bot.domain.meetings.values import Ended, Meeting, MeetingKind, SeatState, Standing
from bot.errors import UserError
from bot.services.buddies.meetings import Gone
from bot.services.buddies.safety import Report
from bot.services.members import MemberService
from bot.storage import belongings
from bot.storage.engine import Database
from bot.storage.tables import buddy_blocks, buddy_profiles, buddy_requests, buddy_seats
from tests.support.buddies import CHANNEL, REPORTS, SERVER, Desk, PlainTexts, make_desk
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


@pytest.fixture
def sender(clock: FakeClock) -> FakeSender:
    return FakeSender(clock)


async def due(desk: Desk, sender: FakeSender) -> None:
    """Do what is due, with its messages."""
    outbox = Outbox(desk.db, desk.clock, sender, owner="first")
    for _ in range(3):
        await desk.buddies.rounds.run_due()
        await desk.buddies.tend_due()
        await outbox.deliver_due()


async def begin(desk: Desk, sender: FakeSender, *members: int, **values: Any) -> Meeting:
    """Switch on, let some join, and begin the round that brings them together."""
    await desk.switch_on()
    await desk.add(*members, **values)
    await desk.round()
    await due(desk, sender)
    (meeting,) = await desk.open()
    return meeting


def said(sender: FakeSender, meeting: Meeting) -> list[str]:
    """What was said in the thread, after the introduction and the poll."""
    assert meeting.thread_id is not None
    return [line.split(": ", 1)[1] for line in sender.lines(meeting.thread_id)][2:]


async def at(desk: Desk, sender: FakeSender, **later: float) -> None:
    desk.clock.advance(**later)
    await due(desk, sender)


# --- What is asked when ---------------------------------------------------------------------------------


async def test_a_week_in_which_nobody_presses_anything(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    for _ in range(7 * 4):
        await at(desk, sender, hours=6)
    assert said(sender, meeting) == ["kickoff", "midway", "last", "goodbye"]
    room = sender.room(meeting.thread_id or 0)
    assert room is not None
    assert room.body["archived"] is True


async def test_who_pressed_something_needs_no_kick_off(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    await desk.buddies.meetings.fine(meeting.id, 1)
    for _ in range(4):
        await at(desk, sender, days=1)
    assert said(sender, meeting) == ["midway"]


async def test_after_days_down_only_the_latest_is_asked(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    await at(desk, sender, days=6, hours=2)
    assert said(sender, meeting) == ["last"]


async def test_a_time_that_suits_all_is_agreed_and_reminded_of(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    votes = desk.buddies.meetings.vote
    assert (await votes(meeting.id, 1, 0)).agreed is None
    assert (await votes(meeting.id, 2, 1)).agreed is None
    done = await votes(meeting.id, 2, 0)
    assert done.agreed == meeting.times[0]
    await due(desk, sender)
    assert said(sender, meeting) == ["agreed 0"]
    desk.clock.set(meeting.times[0] - timedelta(minutes=59))
    await due(desk, sender)
    assert said(sender, meeting) == ["agreed 0", "reminder"]


async def test_who_takes_a_time_back_is_not_reminded_of_it(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    for member_id in (1, 2, 2):
        done = await desk.buddies.meetings.vote(meeting.id, member_id, 0)
    assert (done.meeting.agreed, done.meeting.remind_at) == (None, None)


async def test_a_time_that_is_past_is_refused(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    desk.clock.set(meeting.times[0])
    with pytest.raises(UserError, match="past"):
        await desk.buddies.meetings.vote(meeting.id, 1, 0)


async def test_a_reminder_that_is_late_is_left_out(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    for member_id in (1, 2):
        await desk.buddies.meetings.vote(meeting.id, member_id, 0)
    desk.clock.set(meeting.times[0] + timedelta(minutes=1))
    await due(desk, sender)
    assert "reminder" not in said(sender, meeting)


async def test_only_those_of_the_meeting_press(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    talks = desk.buddies.meetings
    presses = (
        talks.vote(meeting.id, 9, 0),
        talks.met(meeting.id, 9, met=True),
        talks.again(meeting.id, 9, again=True),
        talks.fine(meeting.id, 9),
        talks.gone(meeting.id, 9),
        talks.here(meeting.id, 9),
        talks.meeting(meeting.id, 9),
        talks.topics(meeting.id, 9),
        talks.company(meeting.id, 9),
        talks.vote(999, 1, 0),
    )
    for press in presses:
        with pytest.raises(UserError, match="for the people of this meeting"):
            await press


async def test_nothing_is_pressed_once_it_is_over(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    await at(desk, sender, days=7)
    with pytest.raises(UserError, match="over"):
        await desk.buddies.meetings.vote(meeting.id, 1, 0)


# --- Gone -----------------------------------------------------------------------------------------------


async def test_gone_means_one_question_and_a_day_to_answer(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    assert await desk.buddies.meetings.gone(meeting.id, 1) is Gone.ASKED
    assert await desk.buddies.meetings.gone(meeting.id, 1) is Gone.WAITING
    await due(desk, sender)
    assert said(sender, meeting) == ["poke 2"]
    assert (await desk.buddies.meetings.here(meeting.id, 2)).changed
    assert not (await desk.buddies.meetings.here(meeting.id, 2)).changed
    assert await desk.buddies.meetings.gone(meeting.id, 1) is Gone.ANSWERED
    await at(desk, sender, hours=25)
    assert said(sender, meeting) == ["poke 2", "here 2"]
    assert (await desk.meeting(meeting.id)).is_open


async def test_any_press_is_an_answer(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    await desk.buddies.meetings.gone(meeting.id, 1)
    await desk.buddies.meetings.vote(meeting.id, 2, 0)
    await at(desk, sender, hours=25)
    assert (await desk.meeting(meeting.id)).is_open


async def test_who_does_not_answer_is_out_and_the_other_gets_somebody_else(
    desk: Desk, sender: FakeSender
) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, group=GroupWish.PAIR)
    found = await desk.round()
    await due(desk, sender)
    for meeting in found:
        await desk.buddies.meetings.gone(meeting.id, meeting.member_ids[0])
    await at(desk, sender, hours=25)
    (anew,) = await desk.open()
    assert anew.kind is MeetingKind.REMATCH
    assert anew.member_ids == tuple(sorted(meeting.member_ids[0] for meeting in found))
    for meeting in found:
        over = await desk.meeting(meeting.id)
        gone = over.seat_of(meeting.member_ids[1])
        assert gone is not None
        assert (over.ended_by, gone.state) == (Ended.GONE, SeatState.GONE)
        theirs = await desk.membership(meeting.member_ids[1])
        assert theirs is not None
        assert theirs.standing is Standing.AWAY
        assert said(sender, replace(over, thread_id=over.thread_id))[-1] == "alone, seeking"


async def test_somebody_whom_the_round_left_over_is_taken(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, group=GroupWish.PAIR)
    (meeting,) = await desk.round()
    (left,) = {1, 2, 3} - set(meeting.member_ids)
    await due(desk, sender)
    await desk.buddies.meetings.gone(meeting.id, meeting.member_ids[0])
    await at(desk, sender, hours=25)
    (anew,) = await desk.open()
    assert anew.member_ids == tuple(sorted((meeting.member_ids[0], left)))


async def test_a_rematch_keeps_blocks(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, group=GroupWish.PAIR)
    (meeting,) = await desk.round()
    (left,) = {1, 2, 3} - set(meeting.member_ids)
    await desk.buddies.safety.block(left, meeting.member_ids[0])
    await due(desk, sender)
    await desk.buddies.meetings.gone(meeting.id, meeting.member_ids[0])
    for _ in range(4):
        await at(desk, sender, hours=25)
    assert all(other.kind is not MeetingKind.REMATCH for other in await desk.open())


async def test_two_of_three_go_on(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2, 3, group=GroupWish.TRIO)
    await desk.buddies.meetings.fine(meeting.id, 2)
    assert await desk.buddies.meetings.gone(meeting.id, 1) is Gone.ASKED
    await at(desk, sender, hours=25)
    assert said(sender, meeting) == ["poke 3", "fewer"]
    after = await desk.meeting(meeting.id)
    assert (after.is_open, after.member_ids) == (True, (1, 2))
    room = sender.room(meeting.thread_id or 0)
    assert room is not None
    assert 3 not in room.members


async def test_where_two_of_three_do_not_answer_the_third_is_told_once(
    desk: Desk, sender: FakeSender
) -> None:
    meeting = await begin(desk, sender, 1, 2, 3, group=GroupWish.TRIO)
    await desk.buddies.meetings.gone(meeting.id, 1)
    await at(desk, sender, hours=25)
    assert said(sender, meeting) == ["poke 2", "poke 3", "alone, seeking"]
    after = await desk.meeting(meeting.id)
    assert (after.ended_by, after.member_ids) == (Ended.GONE, (1,))
    for member_id in (2, 3):
        theirs = await desk.membership(member_id)
        assert theirs is not None
        assert theirs.standing is Standing.AWAY
    room = sender.room(meeting.thread_id or 0)
    assert room is not None
    assert room.members == {1}


async def test_who_was_away_comes_back(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, standing=Standing.AWAY)
    assert await desk.round() == []
    await desk.buddies.profiles.enter(SERVER, 1)
    await desk.buddies.profiles.enter(SERVER, 2)
    assert len(await desk.round()) == 1


# --- Leaving and blocking -------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["leaves", "blocks"])
async def test_leaving_and_blocking_look_the_same(desk: Desk, sender: FakeSender, way: str) -> None:
    meeting = await begin(desk, sender, 1, 2)
    if way == "leaves":
        await desk.buddies.profiles.leave(SERVER, 1)
    else:
        await desk.buddies.safety.block(1, 2)
    await due(desk, sender)
    after = await desk.meeting(meeting.id)
    assert (after.is_open, after.ended_by) == (False, Ended.LEFT)
    assert said(sender, meeting) == ["alone, seeking"]
    room = sender.room(meeting.thread_id or 0)
    assert room is not None
    assert (1 in room.members, room.body["archived"]) == (False, True)


async def test_a_block_in_a_trio_takes_out_only_who_blocked(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2, 3, group=GroupWish.TRIO)
    await desk.buddies.safety.block(1, 2)
    await due(desk, sender)
    assert said(sender, meeting) == ["fewer"]
    assert (await desk.meeting(meeting.id)).member_ids == (2, 3)


async def test_a_meeting_that_was_not_opened_yet_never_is(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    (meeting,) = await desk.round()
    await desk.buddies.safety.block(1, 2)
    await due(desk, sender)
    assert (sender.rooms, sender.messages) == ([], [])
    assert not (await desk.meeting(meeting.id)).is_open


async def test_blocks_stay_after_leaving_and_can_be_taken_back(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    assert await desk.buddies.safety.block(1, 2)
    assert not await desk.buddies.safety.block(1, 2)
    await desk.buddies.profiles.leave(SERVER, 1)
    assert await desk.buddies.safety.blocked(1) == [2]
    assert await desk.buddies.safety.blocked(2) == []
    await desk.add(1)
    assert await desk.round() == []
    assert not await desk.buddies.safety.unblock(2, 1)
    assert await desk.round() == []
    assert await desk.buddies.safety.unblock(1, 2)
    assert len(await desk.round()) == 1


async def test_nobody_blocks_themselves(desk: Desk) -> None:
    with pytest.raises(UserError, match="yourself"):
        await desk.buddies.safety.block(1, 1)


async def test_a_report_says_what_was_chosen(desk: Desk, sender: FakeSender) -> None:
    meeting = await begin(desk, sender, 1, 2)
    about = await desk.buddies.meetings.company(meeting.id, 1)
    await desk.buddies.safety.report(SERVER, Report("Rude.", 1, about))
    await desk.buddies.safety.report(SERVER, Report("Rude."))
    await due(desk, sender)
    assert sender.lines(REPORTS) == ["report: Rude. | by 1 | about [2]", "report: Rude. | by None | about []"]


async def test_a_report_with_nowhere_to_go_is_said(desk: Desk) -> None:
    await desk.switch_on(reports_id=None)
    with pytest.raises(UserError, match="moderator directly"):
        await desk.buddies.safety.report(SERVER, Report("Rude."))
    desk.notices[SERVER] = 901
    await desk.buddies.safety.report(SERVER, Report("Rude."))
    with pytest.raises(UserError, match="Write what"):
        await desk.buddies.safety.report(SERVER, Report("  "))


# --- Trouble --------------------------------------------------------------------------------------------


async def test_a_channel_that_is_gone_is_replaced(desk: Desk, sender: FakeSender) -> None:
    sender.deleted = {CHANNEL}
    await desk.switch_on()
    await desk.add(1, 2)
    await desk.round()
    await due(desk, sender)
    assert sender.rooms == []
    await desk.change(channel_id=555)
    for _ in range(3):
        await at(desk, sender, minutes=20)
    (room,) = sender.rooms
    assert (room.channel_id, room.members) == (555, {1, 2})
    (meeting,) = await desk.open()
    assert meeting.thread_id == room.id
    assert [line.split(": ")[1] for line in sender.lines(room.id)] == ["hello 1 2", "poll of 3"]


async def test_missing_permissions_hold_a_thread_until_they_are_there(desk: Desk, sender: FakeSender) -> None:
    sender.forbidden = {CHANNEL}
    await desk.switch_on()
    await desk.add(1, 2)
    await desk.round()
    await due(desk, sender)
    sender.forbidden = set()
    await at(desk, sender, minutes=6)
    assert len(sender.rooms) == 1


async def test_somebody_who_left_the_server_is_seated_nowhere(desk: Desk, sender: FakeSender) -> None:
    sender.left = {2}
    meeting = await begin(desk, sender, 1, 2)
    room = sender.room(meeting.thread_id or 0)
    assert room is not None
    assert room.members == {1}
    assert len(sender.lines(room.id)) == 2


# --- Finding --------------------------------------------------------------------------------------------


async def found(desk: Desk, member_id: int) -> Sequence[int]:
    return [each.profile.member_id for each in await desk.buddies.finding.suggest(SERVER, member_id)]


async def test_only_who_allows_it_is_found_and_nobody_blocked(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, 5)
    await desk.add(6, findable=False)
    await desk.buddies.safety.block(1, 2)
    await desk.buddies.safety.block(3, 1)
    assert sorted(await found(desk, 1)) == [4, 5]
    assert sorted(await found(desk, 2)) == [3, 4, 5]


async def test_asking_answering_and_meeting(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    assert not await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")
    (question,) = await desk.buddies.finding.questions(SERVER, 2)
    assert question.asker.member_id == 1
    with pytest.raises(UserError, match="not for you"):
        await desk.buddies.finding.answer(question.request.id, 1, accept=True)
    assert await desk.buddies.finding.answer(question.request.id, 2, accept=True)
    with pytest.raises(UserError, match="not open"):
        await desk.buddies.finding.answer(question.request.id, 2, accept=True)
    (meeting,) = await desk.open()
    assert (meeting.kind, meeting.member_ids) == (MeetingKind.FIND, (1, 2))
    await due(desk, sender)
    for _ in range(15):
        await at(desk, sender, days=1)
    assert (await desk.meeting(meeting.id)).ended_by is Ended.TIME


async def test_a_no_is_told_to_nobody(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")
    (question,) = await desk.buddies.finding.questions(SERVER, 2)
    assert not await desk.buddies.finding.answer(question.request.id, 2, accept=False)
    await due(desk, sender)
    assert (await desk.open(), sender.messages) == ([], [])
    assert await desk.buddies.finding.questions(SERVER, 2) == []
    with pytest.raises(UserError, match="asked them already"):
        await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")


async def test_three_questions_a_day(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(*range(1, 6))
    for other in (2, 3, 4):
        await desk.buddies.finding.ask(SERVER, 1, other, server_name="Club")
    with pytest.raises(UserError, match="3 people a day"):
        await desk.buddies.finding.ask(SERVER, 1, 5, server_name="Club")
    desk.clock.advance(days=1, seconds=1)
    await desk.buddies.finding.ask(SERVER, 1, 5, server_name="Club")


@pytest.mark.parametrize("way", ["blocked", "blocks", "hidden", "paused", "stranger"])
async def test_whatever_the_reason_the_words_are_the_same(desk: Desk, way: str) -> None:
    await desk.switch_on()
    await desk.add(1)
    await desk.add(2, findable=way != "hidden")
    match way:
        case "blocked":
            await desk.buddies.safety.block(2, 1)
        case "blocks":
            await desk.buddies.safety.block(1, 2)
        case "paused":
            await desk.buddies.profiles.pause(SERVER, 2, desk.clock.now() + timedelta(days=3))
        case "stranger":
            await desk.buddies.profiles.leave(SERVER, 2)
    with pytest.raises(UserError, match="They cannot be asked now"):
        await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")


async def test_a_block_takes_a_question_back(desk: Desk) -> None:
    await desk.switch_on()
    await desk.add(1, 2)
    await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")
    (question,) = await desk.buddies.finding.questions(SERVER, 2)
    await desk.buddies.safety.block(2, 1)
    assert await desk.buddies.finding.questions(SERVER, 2) == []
    with pytest.raises(UserError, match="not open"):
        await desk.buddies.finding.answer(question.request.id, 2, accept=True)


async def test_a_direct_message_only_where_it_is_allowed(desk: Desk, sender: FakeSender) -> None:
    await desk.switch_on()
    await desk.add(1, 3)
    await desk.add(2, dm_channel_id=7000)
    assert await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")
    assert not await desk.buddies.finding.ask(SERVER, 1, 3, server_name="Club")
    await due(desk, sender)
    assert sender.lines(7000) == ["question 1 by 1"]


async def test_nobody_who_wants_no_direct_messages_gets_one_by_being_asked(
    desk: Desk, sender: FakeSender, db: Database
) -> None:
    await desk.switch_on()
    await desk.add(1)
    await desk.add(2, dm_channel_id=7000)
    await MemberService(db, desk.clock).wish(2, dms=False)
    assert not await desk.buddies.finding.ask(SERVER, 1, 2, server_name="Club")
    await due(desk, sender)
    assert sender.lines(7000) == []
    assert len(await desk.buddies.finding.questions(SERVER, 2)) == 1


# --- Forgetting -----------------------------------------------------------------------------------------


async def test_forgetting_leaves_nothing_of_a_member(desk: Desk, sender: FakeSender, db: Database) -> None:
    await begin(desk, sender, 1, 2)
    await desk.add(3)
    await desk.buddies.finding.ask(SERVER, 1, 3, server_name="Club")
    await desk.buddies.safety.block(1, 9)
    await desk.buddies.safety.block(8, 1)
    async with db.write() as tx:
        await desk.buddies.profiles.leave_everywhere(tx, 1)
        await belongings.forget(tx, 1)
    left = await desk.buddies.meetings.of_member(SERVER, 2)
    assert [meeting.is_open for meeting in left] == [False]  # nobody is left waiting for them
    async with db.read() as tx:
        for table, column in (
            (buddy_profiles, buddy_profiles.c.member_id),
            (buddy_seats, buddy_seats.c.member_id),
            (buddy_requests, buddy_requests.c.asker_id),
            (buddy_blocks, buddy_blocks.c.member_id),
        ):
            count = await tx.scalar(select(func.count()).select_from(table).where(column == 1))
            assert count == 0, table.name
        assert await tx.scalar(select(func.count()).select_from(buddy_blocks)) == 1  # another's, of them


async def test_a_meeting_that_fails_delays_no_other(
    db: Database, clock: FakeClock, sender: FakeSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where as many fail as are looked at together."""
    monkeypatch.setattr("bot.services.buddies.meetings.AT_ONCE", 1)

    class Failing(PlainTexts):
        def kickoff(self, meeting: Meeting) -> Rendered:
            if 1 in meeting.member_ids:
                raise RuntimeError("a fault of ours")
            return super().kickoff(meeting)

    desk = make_desk(db, clock, texts=Failing())
    await desk.switch_on()
    await desk.add(1, 2, 3, 4, group=GroupWish.PAIR)
    await desk.round()
    await due(desk, sender)
    await at(desk, sender, days=2)
    assert [line.split(": ")[1] for message in sender.messages for line in message.lines].count(
        "kickoff"
    ) == 1
