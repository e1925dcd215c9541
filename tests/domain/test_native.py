"""What a Discord event looks like, and which are made, changed and called off."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.agenda import Listed
from bot.domain.events import Event, EventKind, EventStatus
from bot.domain.native import (
    MAX_LOCATION,
    MAX_NAME,
    MAX_TEXT,
    Standing,
    body_of,
    marker_of,
    plan_native,
    span_of,
)
from tests.support.events import listed, meetup

NOW = datetime(2026, 1, 10, 9, tzinfo=UTC)


def standing(each: Listed, *, called_off: bool = False) -> Mapping[int, Standing]:
    body = body_of(each)
    return {each.id: Standing(each.id, body, span_of(each.event)[1], called_off)}


def ahead(id_: int, hours: float, **more: object) -> Listed:
    return listed(meetup(f"e{id_}", NOW + timedelta(hours=hours), **more), id_)


@given(
    title=st.text(st.characters(blacklist_categories=["Cs", "Cc"]), min_size=1, max_size=200),
    description=st.text(st.characters(blacklist_categories=["Cs"]), max_size=1000),
    place=st.none() | st.text(min_size=1, max_size=300),
    slug=st.integers(0, 900),
)
def test_a_body_keeps_the_limits_whatever_the_source_says(
    title: str, description: str, place: str | None, slug: int
) -> None:
    url = f"https://club.example/{'x' * slug}"
    event = meetup("a", NOW, title=title, description=description, place=place, url=url)
    body = body_of(listed(event))
    assert 1 <= len(body["name"]) <= MAX_NAME
    assert len(body["description"]) <= MAX_TEXT
    assert 1 <= len(body["entity_metadata"]["location"]) <= MAX_LOCATION
    assert body["description"].splitlines()[-1] == marker_of(listed(event))
    json.dumps(body)


def test_each_needs_an_end_and_a_place() -> None:
    def span(**more: object) -> tuple[timedelta, timedelta]:
        start, end = span_of(meetup("a", NOW, **more))
        return start - NOW, end - NOW

    hour = timedelta(hours=1)
    assert span() == (0 * hour, 2 * hour)
    assert span(ends_at=None) == (0 * hour, 2 * hour)
    assert span(ends_at=NOW) == (0 * hour, 2 * hour)
    assert span(ends_at=None, all_day=True) == (0 * hour, 24 * hour)
    # A deadline is the end of something, not the beginning.
    assert span(ends_at=None, kind=EventKind.DEADLINE) == (-hour, 0 * hour)
    where = body_of(ahead(1, 5, place=None, online_url="https://meet.example/room"))
    assert where["entity_metadata"] == {"location": "https://meet.example/room"}


def test_a_masked_link_in_a_description_stays_text() -> None:
    body = body_of(ahead(1, 5, description="Read [the rules](https://evil.example)."))
    assert "](" not in body["description"]


def test_an_event_is_known_again_by_its_identity_alone() -> None:
    one, other = ahead(1, 5), ahead(2, 5)
    renamed = replace(one, id=77, event=replace(one.event, title="Another title"))
    assert marker_of(one) == marker_of(renamed) != marker_of(other)


def test_the_next_ones_come_first_as_far_as_there_is_room() -> None:
    every = [ahead(number, 500 - number) for number in range(1, 121)]
    plan = plan_native(every, {}, now=NOW)
    assert [each.id for each, _ in plan.create] == list(range(120, 30, -1))
    assert plan.waiting == 30
    made: dict[int, Standing] = {}
    for each, _ in plan.create:
        made |= standing(each)
    full = plan_native(every, made, now=NOW)
    assert (full.create, full.waiting, full.free_at) == ((), 30, NOW + timedelta(hours=382))
    later = plan_native(every, made, now=NOW + timedelta(hours=383.5))
    assert [each.id for each, _ in later.create] == [30, 29]


def test_what_stands_is_changed_and_never_made_anew() -> None:
    old = ahead(1, 48)
    moved = replace(old, event=replace(old.event, starts_at=NOW + timedelta(hours=72), ends_at=None))
    assert plan_native([old], standing(old), now=NOW).update == ()
    plan = plan_native([moved], standing(old), now=NOW)
    assert [body["scheduled_start_time"] for _, body in plan.update] == ["2026-01-13T09:00:00+00:00"]
    assert not plan.create
    assert not plan.call_off


@pytest.mark.parametrize(("hours", "status"), [(5, 4), (-1, 3)])
def test_what_is_off_is_called_off_or_ended(hours: float, status: int) -> None:
    each = ahead(1, hours)
    off = replace(each, gone=True)
    plan = plan_native([off], standing(each), now=NOW)
    assert [body for _, body in plan.call_off] == [{"status": status}]
    assert plan_native([off], standing(each, called_off=True), now=NOW).call_off == ()
    assert plan_native([off], {}, now=NOW).create == ()


def test_calling_one_off_makes_room_at_once() -> None:
    one, two = ahead(1, 5), ahead(2, 6)
    plan = plan_native([replace(one, gone=True), two], standing(one), now=NOW, room=1)
    assert [each.id for each, _ in plan.create] == [2]


def test_what_has_begun_is_left_alone() -> None:
    each = ahead(1, -1)
    later = replace(each, event=replace(each.event, title="Another title"))
    assert plan_native([later], standing(each), now=NOW) == plan_native([], standing(each), now=NOW)
    assert plan_native([each], {}, now=NOW).create == ()


def test_what_is_on_again_is_made_again() -> None:
    each = ahead(1, 5)
    assert [e.id for e, _ in plan_native([each], standing(each, called_off=True), now=NOW).create] == [1]


def test_a_cancelled_event_is_off_and_a_tentative_one_is_not() -> None:
    def created(status: EventStatus) -> int:
        event: Event = replace(ahead(1, 5).event, status=status)
        return len(plan_native([listed(event)], {}, now=NOW).create)

    assert [created(status) for status in EventStatus] == [1, 1, 0]
