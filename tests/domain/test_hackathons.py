"""Hackathons as values: what is shown of them, when they are over, and who wants which."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from bot.domain.events import EventKind, EventStatus
from bot.domain.hackathons import AI_THEME, Hackathon, Prize, Source, Wanted, theme_name

DAYS_ONLY = Hackathon(
    source=Source.DEVPOST,
    id="7",
    title="Sample Hack",
    url="https://sample.devpost.com/",
    starts_on=date(2026, 10, 1),
    ends_on=date(2026, 10, 23),
    online=True,
    prize=Prize(Decimal(2000), "USD", "$2,000"),
    themes=(AI_THEME, "Health"),
    organiser="Sample Inc.",
    thumbnail="https://img.example.org/7.png",
    registrations=12,
)
EXACT = Hackathon(
    source=Source.MLH,
    id="m",
    title="Sample Weekend",
    url="https://weekend.example.org",
    starts_on=date(2026, 10, 2),
    ends_on=date(2026, 10, 4),
    starts_at=datetime(2026, 10, 2, 20, 30, tzinfo=UTC),
    ends_at=datetime(2026, 10, 4, 17, tzinfo=UTC),
    place="Ithaca, New York, US",
)


def test_a_day_without_a_time_is_over_when_it_is_over_anywhere_on_earth() -> None:
    assert DAYS_ONLY.approximate
    assert DAYS_ONLY.deadline_at == datetime(2026, 10, 24, 11, 59, 59, tzinfo=UTC)
    assert not EXACT.approximate
    assert EXACT.deadline_at == datetime(2026, 10, 4, 17, tzinfo=UTC)


def test_an_event_of_days_lasts_whole_days() -> None:
    event = DAYS_ONLY.event()
    assert (event.key, event.kind, event.title) == ("hackathon:devpost:7", EventKind.HACKATHON, "Sample Hack")
    assert event.all_day
    assert (event.when.first_day, event.when.last_day) == (date(2026, 10, 1), date(2026, 10, 23))
    assert (event.online_url, event.place, event.host) == (DAYS_ONLY.url, None, "Sample Inc.")
    assert event.tags == (AI_THEME, "Health")
    assert dict(event.details) == {
        "source": "Devpost",
        "deadline": "2026-10-23",
        "prize": "$2,000",
        "registrations": "12",
        "thumbnail": "https://img.example.org/7.png",
    }


def test_an_event_with_exact_times_has_them() -> None:
    event = EXACT.event()
    assert (event.all_day, event.starts_at, event.ends_at) == (False, EXACT.starts_at, EXACT.ends_at)
    assert (event.place, event.online_url) == ("Ithaca, New York, US", None)
    assert event.detail("deadline_at") == "2026-10-04T17:00:00+00:00"
    assert event.status is EventStatus.CONFIRMED
    assert replace(EXACT, cancelled=True).event().status is EventStatus.CANCELLED


def test_a_beginning_without_an_end_is_an_instant_on_one_day_and_days_on_several() -> None:
    one = replace(EXACT, ends_at=None, ends_on=date(2026, 10, 2)).event()
    assert (one.all_day, one.starts_at, one.ends_at) == (False, EXACT.starts_at, None)
    several = replace(EXACT, ends_at=None).event()
    assert (several.all_day, several.when.last_day) == (True, date(2026, 10, 4))
    unknown = replace(DAYS_ONLY, starts_on=None).event()
    assert (unknown.when.first_day, unknown.when.last_day) == (date(2026, 10, 23), date(2026, 10, 23))


@pytest.mark.parametrize(
    ("wanted", "fits"),
    [
        (Wanted(), True),
        (Wanted(themes=frozenset({"ai"})), True),
        (Wanted(themes=frozenset({"Machine learning"})), True),
        (Wanted(themes=frozenset({"health", "fintech"})), True),
        (Wanted(themes=frozenset({"fintech"})), False),
        (Wanted(online=True), True),
        (Wanted(online=False), False),
        (Wanted(place="Toronto"), False),
        (Wanted(min_prize_usd=Decimal(2000)), True),
        (Wanted(min_prize_usd=Decimal(2001)), False),
    ],
)
def test_what_is_wanted(wanted: Wanted, fits: bool) -> None:
    assert wanted.covers(DAYS_ONLY) is fits


def test_a_place_and_a_prize_of_another_currency() -> None:
    assert Wanted(place="ithaca", online=False).covers(EXACT)
    assert not Wanted(online=True).covers(EXACT)
    hybrid = replace(EXACT, online=True)
    assert Wanted(online=True).covers(hybrid)
    assert Wanted(online=False).covers(hybrid)
    rupees = replace(DAYS_ONLY, prize=Prize(Decimal(15000), "INR", "₹ 15,000"))
    assert not Wanted(min_prize_usd=Decimal(1000)).covers(rupees)
    assert Wanted(min_prize_usd=Decimal(100)).covers(rupees)
    rare = replace(DAYS_ONLY, prize=Prize(Decimal(10**9), "XAF", "a lot"))
    assert not Wanted(min_prize_usd=Decimal(1)).covers(rare)
    assert not Wanted(min_prize_usd=Decimal(1)).covers(EXACT)


def test_the_usual_words_for_machine_learning_are_one_theme() -> None:
    assert {theme_name(text) for text in ("AI", "ml", " machine  learning ", "Machine Learning/AI")} == {
        AI_THEME
    }
    assert theme_name("Social Good") == "Social Good"
