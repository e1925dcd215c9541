"""What members do with events: look, be reminded, take a calendar home."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from bot.domain.agenda import Listed, MemberReminder
from bot.domain.digests import Rendered
from bot.domain.events import EventKind
from bot.domain.feeds import FeedState, Moment
from bot.errors import UserError
from bot.services.events import Attendance, EventReminders
from bot.storage import feeds
from bot.storage.engine import Database
from tests.support.clock import FakeClock
from tests.support.events import Desk, PlainEvents, Vevent, calendar, make_desk

TALK = Vevent("talk", "20260115T180000Z", end="20260115T200000Z", title="A talk", place="Online")
LATER = Vevent("later", "Europe/Paris:20260420T190000", title="Lecture in Paris")
MEMBER, DM = 77, 7700


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


async def begun(desk: Desk, *events: Vevent) -> list[Listed]:
    desk.web.serve(calendar(*events))
    await desk.add(moments=(Moment.START,))
    await desk.tick()
    desk.clock.set(datetime(2026, 1, 1, 9, tzinfo=UTC))
    await desk.tick()
    return await desk.events.upcoming(1)


async def test_upcoming_is_sorted_and_filtered(desk: Desk) -> None:
    found = await begun(desk, LATER, TALK, Vevent("off", "20260110T180000Z", status="CANCELLED"))
    assert [each.event.title for each in found] == ["A talk", "Lecture in Paris"]

    async def titles(**chosen: Any) -> list[str]:
        return [each.event.title for each in await desk.events.upcoming(1, **chosen)]

    assert await titles(attendance=Attendance.ONLINE) == ["A talk"]
    assert await titles(attendance=Attendance.IN_PERSON) == ["Lecture in Paris"]
    assert await titles(before=datetime(2026, 2, 1, tzinfo=UTC)) == ["A talk"]
    assert await titles(kind=EventKind.HACKATHON) == []
    assert await titles(text="paris lect") == ["Lecture in Paris"]
    assert await titles(limit=1) == ["A talk"]
    assert await desk.events.upcoming(2) == []


async def test_an_event_of_another_server_is_not_told(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    assert (await desk.events.event(1, talk.id)).event.title == "A talk"
    with pytest.raises(UserError, match="do not know that event"):
        await desk.events.event(2, talk.id)
    with pytest.raises(UserError, match="do not know that event"):
        await desk.events.remind(MEMBER, 2, talk.id, timedelta(hours=1), dm_channel_id=DM)


async def test_a_reminder_that_fails_delays_no_other(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.services.events.reminding.AT_ONCE", 2)
    (talk,) = await begun(desk, TALK)
    for number in range(1, 6):
        await desk.events.remind(number, 1, talk.id, timedelta(days=1), dm_channel_id=DM + number)
    broken = {1}

    class Failing(PlainEvents):
        def remind(self, reminder: MemberReminder, *, off: bool) -> Rendered:
            if reminder.member_id in broken:
                raise RuntimeError("a fault of ours")
            return super().remind(reminder, off=off)

    reminders = EventReminders(desk.db, desk.clock, Failing())
    desk.clock.set(datetime(2026, 1, 14, 18, tzinfo=UTC))
    assert await reminders.remind_due() == 4
    assert await reminders.remind_due() == 0
    broken.clear()
    assert await reminders.remind_due() == 1


async def test_a_reminder_comes_by_direct_message_at_its_minute(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    reminder = await desk.events.remind(MEMBER, 1, talk.id, timedelta(days=1), dm_channel_id=DM)
    assert reminder.due_at == datetime(2026, 1, 14, 18, tzinfo=UTC)
    # Asked again, it takes the place of the first.
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(minutes=15), dm_channel_id=DM)
    assert [each.lead for each in await desk.events.reminders(MEMBER)] == [timedelta(minutes=15)]
    await desk.until(datetime(2026, 1, 16, tzinfo=UTC))
    assert desk.texts(DM) == ["remind A talk at 01-15 18:00"]
    (sent,) = [post.at for post in desk.sender.posts if post.channel_id == DM]
    assert sent == datetime(2026, 1, 15, 17, 45, tzinfo=UTC)
    assert await desk.events.reminders(MEMBER) == []


async def test_it_follows_a_moved_event_and_is_said_again_for_a_later_date(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(days=1), dm_channel_id=DM)
    await desk.read(replace(TALK, start="20260113T180000Z", end="20260113T200000Z"))
    await desk.until(datetime(2026, 1, 12, 20, tzinfo=UTC))
    assert desk.texts(DM) == ["remind A talk at 01-13 18:00"]
    await desk.read(replace(TALK, start="20260122T180000Z", end="20260122T200000Z"))
    await desk.until(datetime(2026, 1, 23, tzinfo=UTC))
    assert desk.texts(DM)[1:] == ["remind A talk at 01-22 18:00"]


async def test_it_comes_at_once_when_the_event_moves_so_near(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(days=1), dm_channel_id=DM)
    await desk.read(replace(TALK, start="20260101T220000Z", end="20260101T230000Z"))
    assert desk.texts(DM) == ["remind A talk at 01-01 22:00"]


@pytest.mark.parametrize("reminded", [False, True])
async def test_a_cancelled_event_is_said_once(desk: Desk, reminded: bool) -> None:
    (talk, _) = await begun(desk, TALK, LATER)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(days=7), dm_channel_id=DM)
    if reminded:
        await desk.until(datetime(2026, 1, 9, tzinfo=UTC))
    for _ in range(4):
        await desk.read(LATER)
    await desk.until(datetime(2026, 1, 16, tzinfo=UTC))
    assert desk.texts(DM) == [*(["remind A talk at 01-15 18:00"] if reminded else []), "remind A talk off"]


async def test_what_was_missed_and_is_over_is_not_said(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)
    desk.clock.set(datetime(2026, 1, 15, 20, tzinfo=UTC))
    await desk.tick()
    assert desk.texts(DM) == []
    assert await desk.events.reminders(MEMBER) == []


async def test_without_direct_messages_it_comes_in_the_posts_thread(desk: Desk) -> None:
    (talk, _) = await begun(desk, TALK, LATER)
    for member in (MEMBER, 78):
        await desk.events.remind(member, 1, talk.id, timedelta(hours=1), dm_channel_id=None)
    await desk.until(datetime(2026, 1, 15, 17, 30, tzinfo=UTC))
    (first,) = [message for message in desk.sender.messages if message.channel_id == 100]
    assert desk.sender.threads == {first.id: "A talk"}
    assert desk.texts(first.id) == [
        "remind <@77> A talk at 01-15 18:00",
        "remind <@78> A talk at 01-15 18:00",
    ]


async def test_a_thread_needs_a_post(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add()
    await desk.tick()
    (talk,) = await desk.events.upcoming(1)
    with pytest.raises(UserError, match="direct message instead"):
        await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=None)


async def test_a_reminder_can_be_taken_back(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)
    assert await desk.events.forget_reminder(MEMBER, talk.id)
    assert not await desk.events.forget_reminder(MEMBER, talk.id)
    await desk.until(datetime(2026, 1, 16, tzinfo=UTC))
    assert desk.texts(DM) == []


async def test_what_is_off_or_too_near_cannot_be_reminded_of(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    with pytest.raises(UserError, match="already passed"):
        await desk.events.remind(MEMBER, 1, talk.id, timedelta(days=30), dm_channel_id=DM)
    await desk.read(replace(TALK, status="CANCELLED"))
    with pytest.raises(UserError, match="called off"):
        await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)


async def test_closed_direct_messages_stop_them_until_the_member_asks_again(desk: Desk) -> None:
    (talk,) = await begun(desk, TALK)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)
    async with desk.db.write() as tx:
        assert await feeds.by_member(tx, MEMBER) == []  # it is no subscription that could be listed
        (feed,) = [f for id_ in (1, 2) if (f := await feeds.by_id(tx, id_)) and f.plan.member_id]
        await feeds.set_state(tx, feed.id, FeedState.PAUSED, now=desk.clock.now(), reason="closed")
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)
    await desk.until(datetime(2026, 1, 16, tzinfo=UTC))
    assert desk.texts(DM) == ["remind A talk at 01-15 18:00"]


# --- Calendars to take home -------------------------------------------------------------------------


def components(written: bytes) -> dict[str, Any]:
    parsed = Calendar.from_ical(written)
    return {str(each["summary"]): each for each in parsed.walk("VEVENT")}


async def test_a_calendar_can_be_read_again(desk: Desk) -> None:
    day = Vevent("day", "20260301", end="20260303", title="Two days, with; odd\\, text")
    await begun(desk, TALK, LATER, day)
    written = await desk.events.calendar(server_id=1)
    assert written == await desk.events.calendar(server_id=1)
    found = components(written)
    assert set(found) == {"A talk", "Lecture in Paris", "Two days, with; odd, text"}
    talk = found["A talk"]
    assert talk.decoded("dtstart") == datetime(2026, 1, 15, 18, tzinfo=UTC)
    assert talk.decoded("dtend") == datetime(2026, 1, 15, 20, tzinfo=UTC)
    assert (str(talk["status"]), talk["sequence"], str(talk["location"])) == ("CONFIRMED", 0, "Online")
    days = found["Two days, with; odd, text"]
    assert (str(days.decoded("dtstart")), str(days.decoded("dtend"))) == ("2026-03-01", "2026-03-03")


async def test_its_uids_stay_and_its_sequence_grows(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    first = components(await desk.events.calendar(server_id=1))["A talk"]
    await desk.read(replace(TALK, start="20260116T180000Z", end="20260116T200000Z"), LATER)
    second = components(await desk.events.calendar(server_id=1))["A talk"]
    await desk.read(replace(TALK, status="CANCELLED"), LATER)
    third = components(await desk.events.calendar(server_id=1))["A talk"]
    assert first["uid"] == second["uid"] == third["uid"]
    assert [each["sequence"] for each in (first, second, third)] == [0, 1, 2]
    stamps = [each.decoded("dtstamp") for each in (first, second, third)]
    assert stamps == sorted(set(stamps))
    assert str(third["status"]) == "CANCELLED"


async def test_a_members_own_calendar_has_what_they_are_reminded_of(desk: Desk) -> None:
    (talk, _) = await begun(desk, TALK, LATER)
    await desk.events.remind(MEMBER, 1, talk.id, timedelta(hours=1), dm_channel_id=DM)
    assert set(components(await desk.events.calendar(member_id=MEMBER))) == {"A talk"}
    assert components(await desk.events.calendar(member_id=78)) == {}
