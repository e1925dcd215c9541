"""What feeds of events post: the first agenda, announcements, reminders, changes; edits replayed from calendars."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.feeds import Moment, Style
from bot.domain.outbox import State
from bot.sources.errors import Unreachable
from bot.storage.engine import Database
from bot.storage.tables import events, outbox
from tests.support.clock import FakeClock
from tests.support.events import Desk, Vevent, calendar, make_desk

TALK = Vevent("talk", "20260115T180000Z", end="20260115T200000Z", title="A talk")
LATER = Vevent("later", "20260220T180000Z", title="Another talk")


@pytest.fixture
def desk(db: Database, clock: FakeClock) -> Desk:
    return make_desk(db, clock)


def day(number: int, hour: int = 9, minute: int = 0, month: int = 1) -> datetime:
    return datetime(2026, month, number, hour, minute, tzinfo=UTC)


async def begun(desk: Desk, *events: Vevent, **choices: Any) -> None:
    """A feed that has introduced itself, at nine on the first of January."""
    desk.web.serve(calendar(*events))
    await desk.add(**choices)
    await desk.tick()
    await desk.until(day(1, 9, 30))


async def test_a_new_feed_begins_with_an_agenda_and_announces_none_of_it(desk: Desk) -> None:
    many = [Vevent(f"e{n:02d}", f"202602{n:02d}T180000Z") for n in range(1, 21)]
    desk.web.serve(calendar(*many))
    await desk.add(limit=5)
    await desk.tick()
    assert desk.texts() == []  # not before its time of day
    await desk.until(day(3))
    (text,) = desk.texts()
    assert text.splitlines()[0] == "first (5+15)"
    assert "Talk e01 at 02-01 18:00, Room 1" in text


async def test_an_event_is_announced_at_the_feeds_time_and_once(desk: Desk) -> None:
    await begun(desk, LATER)
    await desk.read(LATER, TALK)
    assert desk.heads() == ["first (1+0)"]
    await desk.until(day(13))
    assert desk.heads() == ["first (1+0)", "card announced (1+0)"]
    sent = [post.at for post in desk.sender.posts]
    assert sent == [day(1), day(2)]


async def test_what_begins_before_the_next_post_is_announced_at_once(desk: Desk) -> None:
    await begun(desk, LATER)
    await desk.read(LATER, Vevent("tonight", "20260101T200000Z"))
    assert desk.heads()[1:] == ["card announced (1+0)"]
    assert desk.sender.posts[-1].at == day(1, 10, 30)


async def test_the_day_before_and_the_start(desk: Desk) -> None:
    await begun(desk, TALK, moments=(Moment.WEEK, Moment.DAY, Moment.START))
    await desk.until(day(16))
    assert desk.heads()[1:] == ["reminder week (1+0)", "reminder day (1+0)", "reminder start (1+0)"]
    assert [post.at for post in desk.sender.posts][1:] == [day(8), day(14), day(15, 18)]


async def test_moments_that_were_over_when_it_was_first_seen_stay_so(desk: Desk) -> None:
    await begun(desk, LATER, moments=(Moment.ANNOUNCED, Moment.MONTH, Moment.WEEK, Moment.DAY))
    await desk.read(LATER, Vevent("soon", "20260105T180000Z"))
    await desk.until(day(6))
    assert desk.heads()[1:] == ["card announced (1+0)", "reminder day (1+0)"]


async def test_a_move_edits_the_post_and_says_so_once(desk: Desk) -> None:
    await begun(desk, TALK)
    moved = replace(TALK, start="20260116T190000Z", end="20260116T210000Z")
    for _ in range(3):
        await desk.read(moved)
    assert desk.texts() == [
        "first (1+0)\nA talk at 01-16 19:00, Room 1 [time]",
        "said A talk: time (answers True)",
    ]
    await desk.until(day(18))
    assert desk.heads()[2:] == ["reminder day (1+0)"]
    assert desk.sender.posts[-1].at == day(15)  # the day before the new date


async def test_a_reminder_follows_an_event_that_is_put_off_after_it(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.until(day(14, 12))
    await desk.read(replace(TALK, start="20260122T180000Z", end="20260122T200000Z"))
    await desk.until(day(23))
    assert [head for head in desk.heads() if "reminder" in head] == ["reminder day (1+0)"] * 2
    assert [post.at for post in desk.sender.posts if "reminder" in post.payload][-1] == day(21)


async def test_a_cancellation_is_said_and_nobody_is_reminded(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.read(replace(TALK, status="CANCELLED"))
    await desk.until(day(16))
    assert desk.texts() == [
        "first (1+0)\nA talk at 01-15 18:00, Room 1 [cancelled] OFF",
        "said A talk: cancelled (answers True)",
    ]


async def test_a_new_title_or_description_is_put_right_in_silence(desk: Desk) -> None:
    await begun(desk, TALK)
    await desk.read(replace(TALK, title="A better talk", description="More words."))
    assert desk.texts() == ["first (1+0)\nA better talk at 01-15 18:00, Room 1 [title]"]
    assert [(event.revision, event.listed) for event in await stored(desk)] == [(1, "A better talk")]


async def test_gone_once_is_not_gone(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    await desk.read(LATER)
    await desk.read(TALK, LATER)
    await desk.read(LATER)
    await desk.read(TALK, LATER)
    assert len(desk.texts()) == 1
    assert desk.sender.edits == []


async def test_gone_twice_is_called_off_and_back_is_said_as_well(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    for _ in range(3):
        await desk.read(LATER)
    assert desk.texts()[1:] == ["said A talk: cancelled (answers True)"]
    assert "A talk at 01-15 18:00, Room 1 [cancelled] OFF" in desk.texts()[0]
    await desk.read(TALK, LATER)
    assert desk.texts()[2:] == ["said A talk: reinstated (answers True)"]
    assert "OFF" not in desk.texts()[0]
    await desk.until(day(15))
    assert desk.heads()[3:] == ["reminder day (1+0)"]


async def test_what_has_begun_may_leave_the_list(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    await desk.until(day(15, 18, 30))
    said = len(desk.texts())
    for _ in range(4):
        await desk.read(LATER)
    assert len(desk.texts()) == said


async def test_an_unchanged_answer_still_proves_that_an_event_is_missing(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    await desk.read(LATER, etag='"2"')
    await desk.read(LATER, etag='"2"')
    assert desk.heads()[1:] == ["said A talk: cancelled (answers True)"]
    await desk.read(LATER, etag='"2"')
    assert [asked.etag for asked in desk.web.asked[-3:]] == [None, None, '"2"']


async def test_a_calendar_that_never_changes_is_read_anew_every_week(desk: Desk) -> None:
    weekly = Vevent("weekly", "20260108T180000Z", rule="FREQ=WEEKLY")
    desk.web.serve(calendar(weekly), etag='"1"')
    await desk.add()
    await desk.until(day(20))
    whole = [asked.at for asked in desk.web.asked if asked.etag is None]
    assert len(whole) == 3
    assert whole[1] - whole[0] >= timedelta(days=7)


async def test_a_broken_answer_proves_nothing(desk: Desk) -> None:
    await begun(desk, TALK, LATER)
    desk.web.serve(calendar(TALK, LATER)[:150])
    desk.clock.advance(hours=1)
    await desk.tick()
    desk.web.fail(Unreachable("No connection."))
    await desk.until(day(2, 8), step=timedelta(hours=3))
    assert len(desk.texts()) == 1
    (status,) = await desk.events.overview(1)
    (state,) = status.sources.values()
    assert state is not None
    assert state.error == "No connection."
    assert state.failures > 3


async def test_a_feed_knows_what_it_posted_last(desk: Desk) -> None:
    await begun(desk, LATER, limit=3)
    (status,) = await desk.events.overview(1)
    assert status.last == (day(1), 1, 0)
    await desk.read(LATER, *(Vevent(f"n{n}", f"2026030{n}T180000Z") for n in range(1, 4)))
    await desk.until(day(2, 10))
    assert desk.heads()[1:] == ["card announced (1+0)"] * 3
    (status,) = await desk.events.overview(1)
    assert status.last == (day(2), 3, 0)


async def test_many_that_are_new_stand_together(desk: Desk) -> None:
    await begun(desk, LATER, limit=3)
    await desk.read(LATER, *(Vevent(f"n{n}", f"2026030{n}T180000Z") for n in range(1, 6)))
    await desk.until(day(2, 10))
    assert desk.heads()[1:] == ["roundup (3+2)"]


async def test_a_series_is_announced_once(desk: Desk) -> None:
    await begun(desk, LATER, moments=(Moment.ANNOUNCED, Moment.DAY))
    await desk.read(LATER, Vevent("weekly", "20260108T180000Z", rule="FREQ=WEEKLY;COUNT=6"))
    await desk.until(day(1, 12, month=2))
    assert [head.split(" (")[0] for head in desk.heads()[1:]] == [
        "card announced",
        "reminder day",
        "reminder day",
        "reminder day",
        "reminder day",
    ]


async def test_a_series_without_reminders_is_spoken_of_a_week_before(desk: Desk) -> None:
    weekly = Vevent("weekly", "20260116T180000Z", rule="FREQ=WEEKLY;COUNT=3")
    await begun(desk, weekly, moments=(Moment.ANNOUNCED,))
    await desk.until(day(30))
    assert desk.heads()[1:] == ["reminder week (1+0)"] * 3
    assert [post.at for post in desk.sender.posts][1:] == [day(9), day(16), day(23)]


async def test_after_days_down_there_is_one_post_about_what_still_matters(desk: Desk) -> None:
    soon = [Vevent(f"s{n}", f"202601{n:02d}T180000Z") for n in (5, 11, 12, 13)]
    await begun(desk, *soon)
    desk.clock.set(day(11, 12))
    fresh = make_desk(desk.db, desk.clock, desk.web)
    fresh.sender.messages = desk.sender.messages
    await fresh.tick()
    assert desk.heads()[1:] == ["roundup (2+0)"]
    assert "Talk s5" not in desk.texts()[1]
    assert "Talk s11" in desk.texts()[1]
    assert "Talk s12" in desk.texts()[1]
    await fresh.until(day(13, 12))
    assert desk.heads()[2:] == ["reminder day (1+0)"]


async def test_a_channel_that_refuses_gets_one_post_when_it_is_open_again(desk: Desk) -> None:
    await begun(desk, *(Vevent(f"s{n}", f"202601{n:02d}T180000Z") for n in (5, 6, 8, 9)))
    desk.sender.forbidden = {100}
    await desk.until(day(7, 12), step=timedelta(hours=7))
    assert len(desk.texts()) == 1
    desk.sender.forbidden = set()
    await desk.until(day(7, 23), step=timedelta(hours=3))
    assert desk.heads()[1:] == ["reminder day (1+0)"]
    assert "Talk s8" in desk.texts()[1]
    async with desk.db.read() as tx:
        assert await tx.scalar(select(outbox.c.id).where(outbox.c.state != State.SENT)) is None


async def test_a_weekly_agenda_shows_the_week_and_is_put_right(desk: Desk) -> None:
    talks = [Vevent(f"t{n}", f"202601{n:02d}T180000Z") for n in (6, 8, 11, 12, 20)]
    await begun(desk, *talks, style=Style.DIGEST, days=frozenset({0}), limit=3)
    assert desk.texts() == []
    await desk.until(day(5, 10))
    assert desk.heads() == ["first (3+2)"]
    await desk.until(day(12, 10))
    assert desk.heads() == ["first (3+2)", "week (1+0)"]
    moved = replace(talks[3], start="20260112T190000Z")
    await desk.read(moved, talks[4])
    assert desk.texts()[1] == "week (1+0)\nTalk t12 at 01-12 19:00, Room 1 [time]"
    assert desk.heads()[2:] == ["said Talk t12: time (answers True)"]
    # What is new and over before the next agenda does not wait for it.
    await desk.read(moved, talks[4], Vevent("sudden", "20260115T180000Z"))
    assert desk.heads()[3:] == ["card announced (1+0)"]
    await desk.until(day(19, 10))
    assert desk.heads()[4:] == ["week (1+0)"]


async def test_a_feed_waits_for_its_source(desk: Desk) -> None:
    desk.web.fail(Unreachable("No connection."))
    await desk.add()
    await desk.until(day(1, 12), step=timedelta(hours=1))
    assert desk.texts() == []
    desk.web.serve(calendar(TALK))
    await desk.until(day(1, 15), step=timedelta(hours=1))
    assert desk.heads() == ["first (1+0)"]


async def test_an_empty_calendar_says_nothing_and_the_first_event_is_news(desk: Desk) -> None:
    await begun(desk)
    await desk.read(TALK)
    await desk.until(day(2, 10))
    assert desk.heads() == ["card announced (1+0)"]


async def test_two_feeds_and_two_servers_share_a_source(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add()
    await desk.add(server_id=2, channel_id=200, moments=(Moment.DAY,))
    await desk.until(day(1, 10))
    assert desk.heads(100) == desk.heads(200) == ["first (1+0)"]
    assert len(desk.web.asked) == len({asked.at for asked in desk.web.asked}) > 1


async def test_a_restart_in_the_middle_changes_nothing(desk: Desk) -> None:
    desk.web.serve(calendar(TALK))
    await desk.add()
    running = desk
    for look in range(1, 15 * 4):
        desk.clock.set(day(1, 0, 30) + look * timedelta(hours=6))
        if look == 6:
            desk.web.serve(calendar(replace(TALK, start="20260114T180000Z")))
        if look % 3 == 0:
            running = make_desk(desk.db, desk.clock, desk.web)
            running.sender.messages = desk.sender.messages
        await running.tick()
    assert [head.split(" (")[0] for head in desk.heads()] == ["first", "said A talk: time", "reminder day"]


async def test_moderators_hear_of_a_source_that_fails_for_a_day(desk: Desk) -> None:
    desk.sender.notice_channels = {1: 900}
    desk.web.refuse(404)
    await desk.add()
    for _ in range(40):
        desk.clock.advance(hours=1)
        await desk.tick()
        await desk.watch.run_due()
    await desk.tick()
    (text,) = desk.texts(900)
    assert text.startswith("club.example: The site has no calendar at this address (HTTP 404).")


class _Event:
    def __init__(self, revision: int, title: str) -> None:
        self.revision, self.listed = revision, title


async def stored(desk: Desk) -> list[_Event]:
    async with desk.db.read() as tx:
        rows = await tx.execute(select(events).order_by(events.c.id))
        return [_Event(row.revision, row.body["title"]) for row in rows]
