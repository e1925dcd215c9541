"""Identity of events, and which changes people are told of."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import (
    MAX_KEY,
    Aspect,
    ChangeKind,
    Event,
    EventKind,
    EventStatus,
    When,
    Where,
    Window,
    compare,
    event_key,
    has_vanished,
    misses_after,
    occurrence_key,
    one_line,
    shortened,
    web_link,
)

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
START = datetime(2026, 3, 10, 17, tzinfo=UTC)


def event(**changes: Any) -> Event:
    base = Event(
        key="uid@example.org",
        kind=EventKind.MEETUP,
        title="Reading group",
        starts_at=START,
        ends_at=START + timedelta(hours=2),
        zone="Europe/Berlin",
        place="Library, Main Street 1",
        url="https://example.org/e/1",
    )
    return replace(base, **changes)


def berlin(day: int) -> datetime:
    return datetime(2026, 3, day, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)


@pytest.mark.parametrize(
    "changes",
    [
        {"starts_at": START.replace(tzinfo=None)},
        {"starts_at": datetime(2026, 3, 10, 17, tzinfo=ZoneInfo("Europe/Berlin"))},
        {"ends_at": START.replace(tzinfo=None)},
        {"key": ""},
        {"key": "x" * 129},
        {"url": "javascript:alert(1)"},
        {"url": "ftp://example.org/"},
        {"online_url": "https://user:pw@example.org/"},
        {"online_url": "not a link"},
    ],
)
def test_an_event_that_nothing_may_be_done_with(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="event's"):
        event(**changes)


def test_keys() -> None:
    assert event_key("devpost", "123") == "devpost:123"
    assert event_key(" a  b\n") == "a b"
    assert occurrence_key("u@x") == "u@x"
    assert (
        occurrence_key("u@x", datetime(2026, 3, 10, 18, tzinfo=ZoneInfo("Europe/Berlin")))
        == "u@x:20260310T170000Z"
    )
    assert occurrence_key("u@x", date(2026, 3, 10)) == "u@x:20260310"


@given(st.lists(st.text(max_size=200), min_size=1, max_size=4))
def test_a_key_always_fits_and_is_always_the_same(parts: list[str]) -> None:
    key = event_key(*parts, "id")
    assert 0 < len(key) <= MAX_KEY
    assert key == event_key(*parts, "id")


def test_long_keys_differ_where_their_ends_do() -> None:
    assert event_key("x" * 200 + "1") != event_key("x" * 200 + "2")


def test_a_first_sight_is_new() -> None:
    assert compare(None, event()).kind is ChangeKind.NEW


@pytest.mark.parametrize(
    "noise",
    [
        {},
        {"description": "Bring a paper."},
        {"zone": "Europe/Paris"},
        {"status": EventStatus.TENTATIVE},
        {"title": "reading  group"},
        {"title": "Reading group!"},
        {"place": "Library - Main Street 1"},
        {"ends_at": None},
        {"url": "https://example.org/e/1?aff=x"},
        {"host": "Ada"},
        {"tags": ("ml",)},
        {"details": (("prize", "cake"),)},
    ],
)
def test_what_nobody_needs_to_be_told(noise: dict[str, Any]) -> None:
    assert compare(event(), event(**noise)).kind is ChangeKind.SAME
    assert compare(event(**noise), event()).kind is ChangeKind.SAME


@pytest.mark.parametrize(
    ("change", "aspects"),
    [
        ({"starts_at": START + timedelta(hours=1)}, (Aspect.TIME,)),
        ({"ends_at": START + timedelta(hours=3)}, (Aspect.TIME,)),
        ({"all_day": True}, (Aspect.TIME,)),
        ({"place": "Town hall"}, (Aspect.PLACE,)),
        ({"place": None}, (Aspect.PLACE,)),
        ({"online_url": "https://meet.example/1"}, (Aspect.PLACE,)),
        ({"title": "Writing group"}, (Aspect.TITLE,)),
        ({"status": EventStatus.CANCELLED}, (Aspect.CANCELLED,)),
        (
            {"status": EventStatus.CANCELLED, "title": "CANCELLED: Reading group", "place": "-"},
            (Aspect.CANCELLED, Aspect.PLACE, Aspect.TITLE),
        ),
    ],
)
def test_what_people_are_told(change: dict[str, Any], aspects: tuple[Aspect, ...]) -> None:
    found = compare(event(), event(**change))
    assert (found.kind, found.aspects) == (ChangeKind.CHANGED, aspects)


def test_words_have_both_sides() -> None:
    moved = event(
        starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=2), place="Café"
    )
    time, place = compare(event(), moved).differences
    assert time.before == When(START, START + timedelta(hours=2), "Europe/Berlin", all_day=False)
    assert time.after == moved.when
    assert (place.before, place.after) == (Where("Library, Main Street 1", None), Where("Café", None))
    (back,) = compare(event(status=EventStatus.CANCELLED), event()).differences
    assert (back.aspect, back.after) == (Aspect.REINSTATED, EventStatus.CONFIRMED)


def test_days_stay_the_same_days_when_the_zone_of_the_server_changes() -> None:
    old = event(all_day=True, starts_at=berlin(10), ends_at=berlin(12))
    tokyo = ZoneInfo("Asia/Tokyo")
    new = event(
        all_day=True,
        zone="Asia/Tokyo",
        starts_at=datetime(2026, 3, 10, tzinfo=tokyo).astimezone(UTC),
        ends_at=datetime(2026, 3, 12, tzinfo=tokyo).astimezone(UTC),
    )
    assert compare(old, new).kind is ChangeKind.SAME
    assert compare(old, replace(old, ends_at=berlin(13))).aspects == (Aspect.TIME,)
    assert (old.when.first_day, old.when.last_day) == (date(2026, 3, 10), date(2026, 3, 11))
    assert event(ends_at=None).when.last_day == date(2026, 3, 10)


COVERS = Window(NOW - timedelta(days=1), NOW + timedelta(days=30))


@pytest.mark.parametrize(
    ("starts_at", "misses"),
    [
        (START, 1),
        (NOW + timedelta(days=30), 1),
        (NOW + timedelta(days=31), 0),  # not as far as the reading goes
        (NOW - timedelta(hours=1), 0),  # begun: many calendars drop it then
        (NOW, 0),
    ],
)
def test_missing_counts_only_where_it_means_something(starts_at: datetime, misses: int) -> None:
    assert misses_after(event(starts_at=starts_at), 0, covers=COVERS, now=NOW) == misses


def test_gone_is_what_two_readings_in_a_row_lack() -> None:
    once = misses_after(event(), 0, covers=COVERS, now=NOW)
    assert not has_vanished(once)
    assert has_vanished(misses_after(event(), once, covers=COVERS, now=NOW))
    assert not has_vanished(0)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        (" https://example.org/a?b=c#d ", "https://example.org/a?b=c#d"),
        ("HTTP://example.org", "HTTP://example.org"),
        ("https://例え.jp/", "https://例え.jp/"),
        ("https://", None),
        ("https://a b", None),
        ("https://x/)<script>", None),
        ("https://user@example.org/", None),
        ("https://[::1", None),
        ("https://example.org:99999/", None),
        ("//example.org", None),
        ("mailto:a@b.c", None),
        ("https://example.org/" + "a" * 2000, None),
        (None, None),
        ("", None),
    ],
)
def test_links(text: str | None, link: str | None) -> None:
    assert web_link(text) == link


@given(st.text(max_size=400), st.integers(2, 80))
def test_shortened_text_fits(text: str, limit: int) -> None:
    assert len(shortened(text, limit)) <= limit
    line = one_line(text, limit)
    assert len(line) <= limit
    assert line.isprintable()
    assert one_line(line, limit) == line


def test_text_is_cut_between_words() -> None:
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one two", 7) == "one two"
    assert shortened("x" * 10, 5) == "xxxx…"
    assert one_line(" a\n\tb\x00c ") == "a b c"


def test_facts_of_one_kind_have_names() -> None:
    assert event(details=(("prize", "$500"),)).detail("prize") == "$500"
    assert event().detail("prize") is None
