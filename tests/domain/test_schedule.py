import os
import random
import string
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.schedule import (
    EVERY_DAY,
    WEEKDAYS,
    WEEKENDS,
    Schedule,
    next_slot,
    parse_days,
    parse_time,
    previous_slot,
    say,
    say_days,
    slot,
    suggest_days,
    suggest_times,
)
from bot.errors import UserError

ALL_ZONES = sorted(available_timezones() - {"localtime", "Factory"})
SOAK = os.environ.get("COHORT_SOAK") == "1"
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def daily(zone: str, at: str) -> Schedule:
    return Schedule(time.fromisoformat(at), zone, EVERY_DAY)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- Instants ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "at", "on", "instant"),
    [
        ("UTC", "09:00", "2026-03-29", "2026-03-29T09:00"),
        ("Europe/Paris", "09:00", "2026-01-15", "2026-01-15T08:00"),
        ("Europe/Paris", "09:00", "2026-07-15", "2026-07-15T07:00"),
        # Clocks forward 02:00 -> 03:00: the first instant after the gap, whatever time was skipped.
        ("Europe/Paris", "01:59", "2026-03-29", "2026-03-29T00:59"),
        ("Europe/Paris", "02:00", "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Paris", "02:30", "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Paris", "02:30:30.5", "2026-03-29", "2026-03-29T01:00"),
        ("Europe/Paris", "03:00", "2026-03-29", "2026-03-29T01:00"),
        ("America/New_York", "02:30", "2026-03-08", "2026-03-08T07:00"),
        ("Australia/Lord_Howe", "02:15", "2026-10-04", "2026-10-03T15:30"),  # a gap of half an hour
        ("Antarctica/Troll", "02:30", "2026-03-29", "2026-03-29T01:00"),  # a gap of two hours
        # Clocks back 03:00 -> 02:00: the first of the two.
        ("Europe/Paris", "02:30", "2026-10-25", "2026-10-25T00:30"),
        ("America/New_York", "01:30", "2026-11-01", "2026-11-01T05:30"),
        # Gaps at midnight stay on the same date.
        ("America/Havana", "00:30", "2026-03-08", "2026-03-08T05:00"),
        ("Asia/Beirut", "00:00", "2026-03-29", "2026-03-28T22:00"),
        ("America/Sao_Paulo", "00:00", "2018-11-04", "2018-11-04T03:00"),
        # Clocks back over midnight: 00:01 -> 23:01 of the day before, and 24:00 -> 23:00.
        ("America/St_Johns", "23:30", "2006-10-28", "2006-10-29T02:00"),
        ("America/St_Johns", "00:00", "2006-10-29", "2006-10-29T02:30"),
        ("America/Sao_Paulo", "23:30", "2018-02-17", "2018-02-18T01:30"),
        # A day that happened twice.
        ("America/Juneau", "12:00", "1867-10-18", "1867-10-17T20:57:41"),
    ],
)
def test_slot_instant(zone: str, at: str, on: str, instant: str) -> None:
    assert slot(daily(zone, at), date.fromisoformat(on)) == utc(instant)


@pytest.mark.parametrize(
    ("zone", "skipped"),
    [
        ("Pacific/Apia", "2011-12-30"),
        ("Pacific/Fakaofo", "2011-12-30"),
        ("Pacific/Kwajalein", "1993-08-21"),
        ("Pacific/Kiritimati", "1994-12-31"),
    ],
)
@pytest.mark.parametrize("at", ["00:00", "09:00", "23:59"])
def test_a_date_that_its_zone_left_out_has_no_slot(zone: str, skipped: str, at: str) -> None:
    schedule, day = daily(zone, at), date.fromisoformat(skipped)
    before, after = slot(schedule, day - DAY), slot(schedule, day + DAY)
    assert slot(schedule, day) is None
    assert before is not None
    assert after is not None
    assert next_slot(schedule, before) == after
    assert previous_slot(schedule, after - SECOND) == before
    assert after - before == DAY


def test_a_weekly_slot_waits_out_a_skipped_friday() -> None:
    fridays = Schedule(time(9), "Pacific/Apia", frozenset({4}))
    assert next_slot(fridays, utc("2011-12-24T00:00")) == utc("2012-01-05T19:00")


def test_a_date_whose_end_is_cut_off_keeps_its_slot() -> None:
    # Toronto went from 23:30 to 00:30 of the next day in 1919.
    assert slot(daily("America/Toronto", "23:45"), date(1919, 3, 30)) == utc("1919-03-31T04:29")
    assert slot(daily("America/Toronto", "00:15"), date(1919, 3, 31)) == utc("1919-03-31T04:30")


def test_a_slot_has_passed_although_the_clocks_went_back_to_the_day_before() -> None:
    # St John's, 29 October 2006: 00:00 has been, and at 00:01 it is 23:01 of the 28th again.
    schedule, midnight = daily("America/St_Johns", "00:00"), utc("2006-10-29T02:30")
    again = midnight + timedelta(minutes=30)
    assert again.astimezone(ZoneInfo(schedule.zone)).date() == date(2006, 10, 28)
    assert previous_slot(schedule, again) == midnight
    assert next_slot(schedule, again) == utc("2006-10-30T03:30")


def test_other_weekdays_have_no_slot() -> None:
    schedule = Schedule(time(9), "Europe/Paris", WEEKDAYS)
    assert slot(schedule, date(2026, 1, 17)) is None
    assert next_slot(schedule, utc("2026-01-16T08:00")) == utc("2026-01-19T08:00")


def test_next_is_strict_previous_is_not() -> None:
    schedule = daily("Europe/Paris", "09:00")
    at = utc("2026-01-15T08:00")
    assert next_slot(schedule, at) == at + DAY
    assert next_slot(schedule, at - SECOND) == at
    assert previous_slot(schedule, at) == at
    assert previous_slot(schedule, at - SECOND) == at - DAY


def test_moments_in_any_zone_give_slots_in_utc() -> None:
    schedule = daily("Asia/Tokyo", "09:00")
    here = datetime(2026, 1, 15, 12, tzinfo=ZoneInfo("America/New_York"))
    assert next_slot(schedule, here) == utc("2026-01-16T00:00")
    assert next_slot(schedule, here).tzinfo is UTC
    assert previous_slot(schedule, here).tzinfo is UTC


def test_naive_moments_and_senseless_schedules_are_refused() -> None:
    schedule = daily("UTC", "09:00")
    naive = datetime(2026, 1, 1)  # noqa: DTZ001
    with pytest.raises(ValueError, match="aware"):
        next_slot(schedule, naive)
    with pytest.raises(ValueError, match="aware"):
        previous_slot(schedule, naive)
    with pytest.raises(ValueError, match="days"):
        Schedule(time(9), "UTC", frozenset())
    with pytest.raises(ValueError, match="days"):
        Schedule(time(9), "UTC", frozenset({7}))
    with pytest.raises(ValueError, match="wall-clock"):
        Schedule(time(9, tzinfo=UTC), "UTC", EVERY_DAY)
    with pytest.raises(KeyError):
        Schedule(time(9), "Mars/Olympus", EVERY_DAY)


# --- Every zone, ten years --------------------------------------------------------------------------

_DRAW = random.Random(20260101)  # the same sample in every run
_TRICKY = {  # zone -> first of ten years that hold something unusual
    "Pacific/Apia": 2005,
    "Pacific/Fakaofo": 2005,
    "Pacific/Kwajalein": 1990,
    "America/St_Johns": 2002,
    "America/Sao_Paulo": 2012,
    "America/Havana": 2020,
    "America/Scoresbysund": 2018,
    "America/Nuuk": 2018,
    "Antarctica/Troll": 2020,
    "Antarctica/Casey": 2015,
    "Australia/Lord_Howe": 2020,
    "Africa/Casablanca": 2018,
    "Africa/Cairo": 2008,
    "Asia/Gaza": 2010,
    "Asia/Pyongyang": 2010,
}
_SAMPLE = ALL_ZONES if SOAK else sorted({*_TRICKY, *_DRAW.sample(ALL_ZONES, 25)})
_CASES = [
    (
        zone,
        _TRICKY.get(zone, _DRAW.randrange(1970, 2030)),
        _DRAW.choice(["00:00", "00:30", "02:30", "09:00", "23:45"]),
    )
    for zone in _SAMPLE
]
_TIMES = ["00:00", "00:30", "01:30", "02:30", "09:00", "23:15", "23:59"]


@pytest.mark.parametrize(("zone", "year", "at"), _CASES)
def test_each_date_that_exists_has_exactly_one_slot(zone: str, year: int, at: str) -> None:
    tz, schedule = ZoneInfo(zone), daily(zone, at)
    # What exists is asked of the clock, not of the calendar: no date is shorter than eight hours.
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 10, 1, 1, tzinfo=UTC)
    ticks = range((end - start).days * 3)
    exist = {(start + tick * DAY / 3).astimezone(tz).date() for tick in ticks}
    first, last = min(exist), max(exist)
    dates = [first + days * DAY for days in range(1, (last - first).days)]
    found = [(day, slot(schedule, day)) for day in dates]
    assert [day for day, instant in found if instant is not None] == [day for day in dates if day in exist]
    instants = [instant for _, instant in found if instant is not None]
    assert all(earlier < later for earlier, later in pairwise(instants))
    assert [next_slot(schedule, each) for each in (instants[0] - SECOND, *instants[:-1])] == instants
    for day, instant in found:
        if instant is not None:
            _check_wall(schedule, day, instant)
    for index in random.Random(zone).sample(range(len(instants) - 1), 60):
        _check_neighbours(schedule, instants[index], instants[index + 1])


def _check_wall(schedule: Schedule, day: date, instant: datetime) -> None:
    local = instant.astimezone(ZoneInfo(schedule.zone))
    assert local.date() == day
    assert local.fold == 0
    if local.time() > schedule.time:  # skipped by the clocks: nothing between that time and this instant
        just_before = (instant - SECOND).astimezone(ZoneInfo(schedule.zone))
        assert just_before.replace(tzinfo=None) < datetime.combine(day, schedule.time)
    elif local.time() < schedule.time:  # the end of the day is cut off
        assert (instant + timedelta(minutes=1)).astimezone(ZoneInfo(schedule.zone)).date() > day


def _check_neighbours(schedule: Schedule, instant: datetime, following: datetime) -> None:
    between = instant + (following - instant) / 2
    assert next_slot(schedule, instant) == next_slot(schedule, between) == following
    assert previous_slot(schedule, following - SECOND) == previous_slot(schedule, between) == instant
    assert previous_slot(schedule, instant) == instant


_schedules = st.builds(
    Schedule,
    time=st.times().filter(lambda at: at.tzinfo is None),
    zone=st.sampled_from(ALL_ZONES),
    days=st.frozensets(st.integers(0, 6), min_size=1),
)
_moments = st.datetimes(datetime(1840, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(_schedules, _moments)
@settings(max_examples=2000 if SOAK else 200, deadline=None)
def test_next_and_previous_are_inverse(schedule: Schedule, moment: datetime) -> None:
    following, preceding = next_slot(schedule, moment), previous_slot(schedule, moment)
    assert preceding <= moment < following
    assert next_slot(schedule, preceding) == following
    assert previous_slot(schedule, following - timedelta(microseconds=1)) == preceding
    for instant in (preceding, following):
        assert instant.astimezone(ZoneInfo(schedule.zone)).weekday() in schedule.days


# --- Times in words ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("9", "09:00"),
        ("09:00", "09:00"),
        (" 9:00 ", "09:00"),
        ("9am", "09:00"),
        ("9 a.m.", "09:00"),
        ("9:30 pm", "21:30"),
        ("9:30PM", "21:30"),
        ("9p", "21:00"),
        ("12am", "00:00"),
        ("12pm", "12:00"),
        ("12:30 am", "00:30"),
        ("21.15", "21:15"),
        ("21h15", "21:15"),
        ("21h", "21:00"),
        ("9 30", "09:30"),
        ("0900", "09:00"),
        ("930", "09:30"),
        ("2359", "23:59"),
        ("0", "00:00"),
        ("noon", "12:00"),
        ("Midday", "12:00"),
        ("MIDNIGHT", "00:00"),
        ("at noon", "12:00"),
        ("at 9", "09:00"),
        ("9 o'clock", "09:00"),
        ("9 o’clock", "09:00"),
        ("９：３０", "09:30"),
    ],
)
def test_parse_time(text: str, at: str) -> None:
    assert parse_time(text) == time.fromisoformat(at)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "at what time"),
        ("soon", "cannot read “soon”"),
        ("9:5", "cannot read"),
        ("-1", "cannot read"),
        ("12345", "cannot read"),
        ("٩", "cannot read"),
        ("25", "hours go to 23"),
        ("9:75", "minutes to 59"),
        ("13pm", "1 to 12"),
        ("0am", "1 to 12"),
        ("24:00", "00:00"),
        ("x" * 500, "…”"),
    ],
)
def test_parse_time_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_time(text)
    assert says in refusal.value.message
    assert len(refusal.value.message) < 200


@given(st.times())
def test_parse_time_reads_what_is_written(at: time) -> None:
    minute = at.replace(second=0, microsecond=0)
    assert (
        parse_time(f"{minute:%H:%M}")
        == parse_time(f"{minute:%H%M}")
        == parse_time(f"{minute:%I:%M %p}")
        == minute
    )


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("", ["06:00", "07:00"]),
        ("9", ["09:00", "21:00"]),
        ("09", ["09:00", "09:30"]),
        ("at 9", ["09:00", "21:00"]),
        ("9:", ["09:00", "09:30", "09:15", "09:45"]),
        ("9:3", ["09:30"]),
        ("9:20", ["09:20", "21:20"]),
        ("9 p", ["21:00", "21:30"]),
        ("9 pm", ["21:00", "21:30"]),
        ("2", ["02:00", "14:00", "20:00", "21:00"]),
        ("12", ["12:00", "12:30"]),
        ("no", ["12:00"]),
        ("mid", ["12:00", "00:00"]),
        ("ev", ["19:00"]),
        ("?", []),
    ],
)
def test_suggest_times(text: str, first: list[str]) -> None:
    found = suggest_times(text)
    assert found[: len(first)] == first
    assert bool(found) == bool(first)


# --- Days in words ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("weekdays", {0, 1, 2, 3, 4}),
        ("Working days", {0, 1, 2, 3, 4}),
        ("every day", EVERY_DAY),
        ("everyday", EVERY_DAY),
        ("Daily", EVERY_DAY),
        ("each day", EVERY_DAY),
        ("weekends", {5, 6}),
        ("the weekend", {5, 6}),
        ("Mon, Wed, Fri", {0, 2, 4}),
        ("mon wed fri", {0, 2, 4}),
        ("Monday and Wednesday", {0, 2}),
        ("Mon, Wed, and Fri", {0, 2, 4}),
        ("mon-fri", WEEKDAYS),
        ("Mon – Fri", WEEKDAYS),
        ("monday to friday", WEEKDAYS),
        ("Monday through Friday", WEEKDAYS),
        ("fri-mon", {4, 5, 6, 0}),
        ("mon-wed, sat", {0, 1, 2, 5}),
        ("tuesdays", {1}),
        ("on Tuesdays", {1}),
        ("every tuesday", {1}),
        ("tues thurs", {1, 3}),
        ("Sat & Sun", WEEKENDS),
        ("sa/su", WEEKENDS),
        ("weekdays and sat", {0, 1, 2, 3, 4, 5}),
        ("every day except Sunday", {0, 1, 2, 3, 4, 5}),
        ("weekdays but not fri", {0, 1, 2, 3}),
        ("except weekends", WEEKDAYS),
    ],
)
def test_parse_days(text: str, days: set[int]) -> None:
    assert parse_days(text) == days


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "on which days"),
        ("Wendesday", "Did you mean Wednesday?"),
        ("xyzzy", "do not know the day “xyzzy”"),
        ("mon, xyzzy", "“xyzzy”"),
        (", ,", "missing"),
        ("weekends-fri", "one day to another"),
        ("mon-", "do not know"),
        ("mon except mon", "no day over"),
        ("mon " * 1000, "too long"),
        ("-" * 6000, "too long"),
    ],
)
def test_parse_days_says_what_to_write(text: str, says: str) -> None:
    with pytest.raises(UserError) as refusal:
        parse_days(text)
    assert says in refusal.value.message
    assert "Mon, Wed and Fri" in refusal.value.message
    assert len(refusal.value.message) < 250


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (EVERY_DAY, "every day"),
        (WEEKDAYS, "weekdays"),
        (WEEKENDS, "weekends"),
        ({1}, "Tuesdays"),
        ({0, 2, 4}, "Mon, Wed and Fri"),
        ({1, 3}, "Tue and Thu"),
    ],
)
def test_say_days(days: set[int], words: str) -> None:
    assert say_days(frozenset(days)) == words


@given(st.frozensets(st.integers(0, 6), min_size=1))
def test_days_said_are_read_back(days: frozenset[int]) -> None:
    assert parse_days(say_days(days)) == days


def test_say() -> None:
    assert say(Schedule(time(9), "Europe/Paris", WEEKDAYS)) == "weekdays at 09:00, Europe/Paris"


@pytest.mark.parametrize(
    ("text", "includes"),
    [
        ("", ["every day", "weekdays", "Mondays", "Mon, Wed and Fri"]),
        ("we", ["Wednesdays", "weekdays", "weekends"]),
        ("mon", ["Mondays", "Mon, Wed and Fri"]),
        ("mon, w", ["Mon and Wed"]),
        ("mon, ", ["Mon and Tue", "Mon and Sun"]),
        ("tue and th", ["Tue and Thu"]),
    ],
)
def test_suggest_days(text: str, includes: list[str]) -> None:
    assert set(includes) <= set(suggest_days(text))


def test_suggest_days_has_nothing_for_nonsense() -> None:
    assert suggest_days("xyzzy") == []
    assert suggest_days(", " * 3000) == []


@given(st.one_of(st.text(), st.text(string.ascii_lowercase + string.digits + " :.,-&", max_size=20)))
def test_any_text_is_read_or_refused_and_every_suggestion_is_read(text: str) -> None:
    for parse in (parse_time, parse_days):
        try:
            parse(text)
        except UserError as refusal:
            assert refusal.message.endswith((".", "?"))  # noqa: PT017
    times, days = suggest_times(text), suggest_days(text)
    assert len(times) <= 25
    assert len(days) <= 25
    assert all(parse_time(choice) is not None for choice in times)
    assert all(parse_days(choice) for choice in days)
