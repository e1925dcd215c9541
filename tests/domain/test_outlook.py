"""The last seven days of a feed, as its posts would have been."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.feeds import Candidate
from bot.domain.outlook import DAYS, Width, look_back
from bot.domain.papers import AnnounceType
from bot.domain.schedule import EVERY_DAY, WEEKDAYS, Schedule
from tests.support.fakes import paper

NOW = datetime(2026, 1, 14, 12, tzinfo=UTC)  # a Wednesday
DAILY = Schedule(time(9), "UTC", EVERY_DAY)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


def read_at(day: int, hour: int, count: int = 1) -> list[Candidate]:
    seen = datetime(2026, 1, day, hour, tzinfo=UTC)
    return [Candidate(paper(f"2601.{day:02}{n:03}"), AnnounceType.NEW, seen) for n in range(count)]


def test_each_day_is_what_its_post_would_have_been() -> None:
    wanted = [*read_at(8, 5, 4), *read_at(9, 5, 11), *read_at(13, 5, 6), *read_at(14, 5, 8)]
    outlook = look_back(wanted, DAILY, 10, NOW, since=LONG_AGO)
    assert [day.posted for day in outlook.days] == [4, 10, 0, 0, 0, 6, 8]
    assert [day.counted for day in outlook.days] == [0, 1, 0, 0, 0, 0, 0]
    assert outlook.days[0].date == date(2026, 1, 8)
    assert (outlook.total, outlook.counted, outlook.average, outlook.width) == (29, 1, 7, Width.FITS)


def test_what_came_after_the_post_stands_in_the_next_one() -> None:
    outlook = look_back([*read_at(12, 9), *read_at(12, 10, 2)], DAILY, 10, NOW, since=LONG_AGO)
    assert [day.posted for day in outlook.days] == [0, 0, 0, 0, 1, 2, 0]


def test_what_waits_belongs_to_today() -> None:
    outlook = look_back([*read_at(14, 5, 3), *read_at(14, 10, 3)], DAILY, 2, NOW, since=LONG_AGO)
    assert (outlook.days[-1].posted, outlook.days[-1].counted) == (4, 2)


def test_a_weekly_post_holds_the_week() -> None:
    mondays = Schedule(time(9), "UTC", frozenset({0}))
    wanted = [*read_at(6, 5, 4), *read_at(8, 5, 4), *read_at(9, 5, 4)]
    outlook = look_back(wanted, mondays, 10, NOW, since=LONG_AGO)
    assert [(day.posted, day.counted) for day in outlook.days if day.total] == [(10, 2)]
    assert outlook.days[4].posted == 10  # Monday the 12th


def test_days_are_those_of_the_feeds_zone() -> None:
    tokyo = Schedule(time(9), "Asia/Tokyo", EVERY_DAY)
    outlook = look_back(read_at(13, 23), tokyo, 10, NOW, since=LONG_AGO)
    assert outlook.days[-1].date == date(2026, 1, 14)
    assert outlook.days[-1].posted == 1


@pytest.mark.parametrize(
    ("counts", "limit", "since", "width"),
    [
        ([], 10, None, Width.UNKNOWN),
        ([], 10, LONG_AGO, Width.EMPTY),
        ([30, 30], 10, LONG_AGO, Width.FITS),
        ([31, 31], 10, LONG_AGO, Width.WIDE),
        ([4], 1, LONG_AGO, Width.WIDE),
        ([1], 25, LONG_AGO, Width.FITS),
    ],
)
def test_too_wide_is_more_than_three_times_the_limit_on_a_day_with_papers(
    counts: list[int], limit: int, since: datetime | None, width: Width
) -> None:
    wanted = [each for day, count in enumerate(counts, 12) for each in read_at(day, 5, count)]
    assert look_back(wanted, DAILY, limit, NOW, since=since).width is width


@given(
    st.lists(st.integers(0, 24 * 20), max_size=50, unique=True),
    st.integers(1, 25),
    st.sampled_from([EVERY_DAY, WEEKDAYS, frozenset({2})]),
)
def test_no_paper_counts_twice(hours: list[int], limit: int, days: frozenset[int]) -> None:
    wanted = [
        Candidate(paper(f"2601.{hour:05}"), AnnounceType.NEW, NOW - timedelta(hours=hour)) for hour in hours
    ]
    outlook = look_back(wanted, Schedule(time(9), "UTC", days), limit, NOW, since=LONG_AGO)
    assert len(outlook.days) == DAYS
    assert outlook.total <= len(wanted)
    assert outlook.total >= sum(hour < 24 * 6 for hour in hours)
