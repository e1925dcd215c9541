"""When a feed speaks of an event, what it posts, when a member is reminded: zones, clocks that change, limits."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agenda import (
    Known,
    PostKind,
    announced_at,
    check_reminder,
    day_of,
    deadline_facts,
    dues,
    hackathon_facts,
    plan_posts,
    remind_at,
    series_of,
    wants,
)
from bot.domain.conferences import Selection
from bot.domain.deadlines import Deadline, DeadlineType, Edition
from bot.domain.events import Event, EventKind, EventStatus
from bot.domain.feeds import FeedKind, Moment, Style
from bot.domain.hackathons import Hackathon, Prize, Source, Wanted
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.errors import UserError
from tests.support.events import event_plan, listed, meetup

ZONES = (
    "Europe/Paris", "America/New_York", "America/Los_Angeles", "America/St_Johns", "Australia/Sydney",
    "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham", "America/Santiago", "Africa/Casablanca",
    "Asia/Jerusalem", "Asia/Kolkata",
)  # fmt: skip
NINE = Schedule(time(9), "UTC", EVERY_DAY)
ALL = tuple(Moment)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


# --- Two years of a weekly event --------------------------------------------------------------------


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("at", [time(0, 30), time(2, 30), time(9), time(23, 45)], ids=str)
def test_two_years_of_a_weekly_event_at_the_right_local_minute(zone: str, at: time) -> None:
    here = ZoneInfo(zone)
    schedule = Schedule(at, zone, EVERY_DAY)
    for week in range(105):
        day = date(2026, 1, 1) + timedelta(weeks=week)
        starts_at = datetime.combine(day, time(19), here).astimezone(UTC)
        found = {due.moment: due.at for due in dues(meetup("w", starts_at, zone=zone), schedule, ALL)}
        assert found[Moment.START] == starts_at
        for moment, days in ((Moment.DAY, 1), (Moment.WEEK, 7), (Moment.MONTH, 30)):
            wanted = datetime.combine(day - timedelta(days=days), at)
            local = found[moment].astimezone(here).replace(tzinfo=None)
            there = wanted.replace(tzinfo=here).astimezone(UTC).astimezone(here).replace(tzinfo=None)
            if there == wanted:
                assert local == wanted
            else:  # the clocks skip that minute: the same day, right after the gap
                assert local.date() == wanted.date()
                assert timedelta() < local - wanted <= timedelta(hours=1)


@pytest.mark.parametrize("zone", ZONES)
def test_two_years_of_a_members_reminders_at_the_right_local_minute(zone: str) -> None:
    here = ZoneInfo(zone)
    crossed = set()
    for week in range(105):
        day = date(2026, 1, 1) + timedelta(weeks=week)
        local = datetime.combine(day, time(19), here)
        event = meetup("w", local.astimezone(UTC), zone=zone)
        for days in (1, 7):
            at = remind_at(event, timedelta(days=days))
            assert at.astimezone(here).replace(tzinfo=None) == datetime.combine(
                day - timedelta(days=days), time(19)
            )
            crossed.add(event.starts_at - at)
        assert remind_at(event, timedelta(minutes=15)) == event.starts_at - timedelta(minutes=15)
    changes_clocks = zone != "Asia/Kolkata"
    assert (len(crossed) > 2) == changes_clocks


# --- Moments ----------------------------------------------------------------------------------------


def test_the_days_before_are_those_of_the_feeds_zone() -> None:
    # 03:00 UTC on the 15th is the evening of the 14th in New York.
    event = meetup("a", utc(2026, 1, 15, 3))
    schedule = Schedule(time(9), "America/New_York", EVERY_DAY)
    assert day_of(event, "America/New_York") == date(2026, 1, 14)
    assert [due.at for due in dues(event, schedule, [Moment.DAY])] == [utc(2026, 1, 13, 14)]


def test_where_it_is_none_of_the_feeds_days_the_last_one_before_counts() -> None:
    monday = meetup("a", utc(2026, 1, 12, 18))
    weekdays = Schedule(time(9), "UTC", frozenset(range(5)))
    assert [due.at for due in dues(monday, weekdays, [Moment.DAY])] == [utc(2026, 1, 9, 9)]
    thursdays = Schedule(time(9), "UTC", frozenset({3}))
    sunday = meetup("a", utc(2026, 1, 18, 18))
    # Of the week and the day before, which would come together, the nearer is said.
    both = dues(sunday, thursdays, [Moment.WEEK, Moment.DAY])
    assert [(due.moment, due.at.day) for due in both] == [(Moment.WEEK, 8), (Moment.DAY, 15)]
    friday = dues(meetup("a", utc(2026, 1, 16, 18)), Schedule(time(9), "UTC", frozenset({5})), ALL)
    assert [(due.moment, due.at.day) for due in friday if due.moment is not Moment.MONTH] == [
        (Moment.WEEK, 3), (Moment.DAY, 10), (Moment.START, 16)
    ]  # fmt: skip


def test_what_lasts_all_day_has_its_date_everywhere() -> None:
    paris = ZoneInfo("Europe/Paris")
    event = meetup(
        "a",
        datetime(2026, 3, 10, tzinfo=paris).astimezone(UTC),
        ends_at=datetime(2026, 3, 12, tzinfo=paris).astimezone(UTC),
        zone="Europe/Paris",
        all_day=True,
    )
    found = dues(event, NINE, [Moment.DAY, Moment.START])
    assert [due.at for due in found] == [utc(2026, 3, 9, 9), utc(2026, 3, 10, 9)]
    assert remind_at(event, timedelta(days=1)) == utc(2026, 3, 9, 8)  # nine in Paris


def test_a_long_hackathon_counts_to_its_deadline_and_a_short_one_to_its_start() -> None:
    def hackathon(days: int) -> Event:
        return meetup(
            "h",
            utc(2026, 3, 1, 12),
            kind=EventKind.HACKATHON,
            ends_at=utc(2026, 3, 1, 12) + timedelta(days=days),
        )

    assert day_of(hackathon(2), "UTC") == date(2026, 3, 1)
    assert day_of(hackathon(30), "UTC") == date(2026, 3, 31)


def test_an_announcement_waits_for_the_slot_but_not_beyond_the_start() -> None:
    event = meetup("a", utc(2026, 1, 15, 18))
    assert announced_at(event, NINE, utc(2026, 1, 10, 8)) == utc(2026, 1, 10, 9)
    assert announced_at(event, NINE, utc(2026, 1, 10, 9)) == utc(2026, 1, 11, 9)
    assert announced_at(event, NINE, utc(2026, 1, 15, 12)) == utc(2026, 1, 15, 12)


@pytest.mark.parametrize(
    ("key", "series"),
    [("u@x:20260108T180000Z", "u@x"), ("u@x:20260108", "u@x"), ("u@x", None), ("u@x:2026", None)],
)
def test_which_events_belong_to_a_series(key: str, series: str | None) -> None:
    assert series_of(meetup(key)) == series


# --- Planning ---------------------------------------------------------------------------------------

NOW = utc(2026, 1, 10, 9)


def known(*ids: int, **values: object) -> dict[int, Known]:
    return {id_: Known(id_, **({"floor_at": utc(2026, 1, 1)} | values)) for id_ in ids}  # type: ignore[arg-type]


@given(
    days=st.lists(st.integers(-40, 60), max_size=12),
    off=st.sets(st.integers(1, 12)),
    moments=st.sets(st.sampled_from(ALL), min_size=1),
    limit=st.integers(1, 5),
    gap=st.timedeltas(timedelta(), timedelta(days=20)),
    style=st.sampled_from([Style.EACH, Style.DIGEST]),
    introduced=st.booleans(),
)
def test_whatever_there_is_no_event_stands_in_two_posts_and_none_that_is_off_or_over(
    days: list[int],
    off: set[int],
    moments: set[Moment],
    limit: int,
    gap: timedelta,
    style: Style,
    introduced: bool,
) -> None:
    every = [
        listed(
            meetup(
                f"e{number}",
                NOW + timedelta(days=each, hours=3),
                status=EventStatus.CANCELLED if number in off else EventStatus.CONFIRMED,
            ),
            number,
        )
        for number, each in enumerate(days, start=1)
    ]
    plan = event_plan(moments=tuple(moments), limit=limit, style=style)
    agenda = plan_posts(
        plan,
        every,
        known(*range(1, len(days) + 1)),
        since=NOW - gap,
        introduced=introduced,
        slot_at=NOW,
        now=NOW,
    )
    shown = [each for post in agenda.posts for each in (*post.shown, *post.overflow)]
    assert len(shown) == len({each.id for each in shown})
    assert not any(each.is_off or each.event.ends_at <= NOW for each in shown)  # type: ignore[operator]
    assert all(1 <= len(post.shown) <= limit for post in agenda.posts)
    assert all(post.slot_at <= NOW for post in agenda.posts)
    assert NOW < agenda.next_at <= NOW + timedelta(days=1)
    late = [post for post in agenda.posts if NOW - post.slot_at > timedelta(minutes=30)]
    assert len([post for post in late if post.kind is not PostKind.WEEK]) <= 1


def test_it_is_looked_at_again_when_the_next_moment_comes() -> None:
    every = [listed(meetup("a", NOW + timedelta(hours=7, minutes=20)))]
    plan = event_plan(moments=(Moment.START,))
    agenda = plan_posts(
        plan, every, known(1, announced=True), since=NOW, introduced=True, slot_at=NOW, now=NOW
    )
    assert agenda.next_at == NOW + timedelta(hours=7, minutes=20)


# --- Wishes -----------------------------------------------------------------------------------------


def test_a_feed_of_hackathons_is_for_its_sites_and_wishes() -> None:
    made = Hackathon(
        Source.MLH, "1", "Hack", None, None, date(2026, 3, 1), place="Toronto", prize=Prize(1000, "CAD", "$1,000"),  # type: ignore[arg-type]
        themes=("Health",),
    )  # fmt: skip
    event = listed(made.event(), facts=hackathon_facts(made))

    def chosen(sources: tuple[Source, ...] = (), wanted: Wanted = Wanted()) -> bool:  # noqa: B008 - frozen
        return wants(event_plan(kind=FeedKind.HACKATHONS, sources=sources, wanted=wanted), event)

    assert chosen()
    assert chosen((Source.MLH, Source.ZINDI))
    assert not chosen((Source.DEVPOST,))
    assert chosen(wanted=Wanted(place="toronto", themes=frozenset({"health"}), online=False))
    assert not chosen(wanted=Wanted(online=True))
    assert chosen(wanted=Wanted(min_prize_usd=700))  # type: ignore[arg-type]
    assert not chosen(wanted=Wanted(min_prize_usd=900))  # type: ignore[arg-type]


def test_a_feed_of_deadlines_is_for_its_conferences_and_areas() -> None:
    edition = Edition("neurips", "NeurIPS", "Neural Information", 2026, areas=("ml",))
    due = Deadline(edition, DeadlineType.SUBMISSION, "Papers", "", utc(2026, 5, 1), "UTC", "UTC")
    event = listed(due.event(), facts=deadline_facts(due))

    def chosen(*names: str, areas: tuple[str, ...] = ()) -> bool:
        return wants(event_plan(kind=FeedKind.DEADLINES, conferences=Selection(names, areas)), event)

    assert chosen()
    assert chosen("neurips")
    assert chosen("cvpr", areas=("ml",))
    assert not chosen("cvpr")


# --- Members' reminders -----------------------------------------------------------------------------


def test_a_reminder_that_cannot_be_says_what_to_do() -> None:
    event = meetup("a", NOW + timedelta(hours=2))
    assert check_reminder(event, timedelta(hours=1), now=NOW, waiting=0) == NOW + timedelta(hours=1)
    with pytest.raises(UserError, match="shorter time"):
        check_reminder(event, timedelta(hours=3), now=NOW, waiting=0)
    with pytest.raises(UserError, match="60 days"):
        check_reminder(event, timedelta(days=61), now=NOW, waiting=0)
    with pytest.raises(UserError, match="50 reminders"):
        check_reminder(event, timedelta(hours=1), now=NOW, waiting=50)
    with pytest.raises(UserError, match="already begun"):
        check_reminder(replace(event, starts_at=NOW), timedelta(), now=NOW, waiting=0)
