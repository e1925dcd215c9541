"""Meetings as values: stages in their order, times that all can, pauses as people write them."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.buddies.values import Cadence
from bot.domain.meetings.pauses import parse_until
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.stages import due, moments
from bot.domain.meetings.values import Meeting, MeetingKind, Seat, SeatState, Stage
from bot.errors import UserError

BEGAN = datetime(2026, 1, 5, 10, tzinfo=UTC)
NOW = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)


def meeting(*seats: Seat, days: float = 7, stage: Stage = Stage.KICKOFF) -> Meeting:
    ends_at = BEGAN + timedelta(days=days)
    return Meeting(
        id=1,
        server_id=1,
        feed_id=1,
        round_id=None,
        kind=MeetingKind.ROUND,
        is_open=True,
        stage=stage,
        next_at=BEGAN,
        channel_id=1,
        room_id=None,
        intro_id=None,
        thread_id=None,
        times=(BEGAN, BEGAN + timedelta(days=1)),
        agreed=None,
        remind_at=None,
        opened_at=BEGAN,
        ends_at=ends_at,
        ended_at=None,
        ended_by=None,
        seats=seats,
    )


@given(st.floats(min_value=0.05, max_value=40))
def test_stages_keep_their_order_whatever_the_length(days: float) -> None:
    when = list(moments(BEGAN, BEGAN + timedelta(days=days)).values())
    assert when == sorted(when)
    assert when[0] > BEGAN
    assert when[-1] == BEGAN + timedelta(days=days)


@pytest.mark.parametrize(
    ("stage", "days", "found"),
    [
        (Stage.KICKOFF, 1.8, (Stage.KICKOFF, Stage.MIDWAY)),
        (Stage.KICKOFF, 3.6, (Stage.MIDWAY, Stage.LAST)),
        (Stage.KICKOFF, 6.5, (Stage.LAST, Stage.CLOSE)),
        (Stage.MIDWAY, 8, (Stage.CLOSE, None)),
        (Stage.CLOSE, 1, (Stage.CLOSE, None)),
    ],
)
def test_the_latest_stage_is_acted_on(stage: Stage, days: float, found: tuple[Stage, Stage | None]) -> None:
    assert due(meeting(stage=stage), BEGAN + timedelta(days=days)) == found


@pytest.mark.parametrize(
    ("votes", "agreed"),
    [
        ([{0}, {0}], 0),
        ([{0, 1}, {1}], 1),
        ([{0}, {1}], None),
        ([set(), {0}], None),
        ([{5}, {5}], None),
    ],
)
def test_agreed_is_what_everybody_can(votes: list[set[int]], agreed: int | None) -> None:
    seats = [Seat(id_, votes=frozenset(each)) for id_, each in enumerate(votes, start=1)]
    assert meeting(*seats).agreed_place() == agreed


def test_who_left_has_no_vote_any_more() -> None:
    seats = (Seat(1, votes=frozenset({0})), Seat(2, SeatState.LEFT), Seat(3, votes=frozenset({0})))
    found = meeting(*seats)
    assert (found.agreed_place(), found.member_ids, found.partners_of(1)) == (0, (1, 3), (3,))


@pytest.mark.parametrize(
    ("text", "zone", "until"),
    [
        ("2026-02-01", "UTC", "2026-02-01T00:00:00+00:00"),
        ("2 weeks", "UTC", "2026-01-19T00:00:00+00:00"),
        ("a month", "UTC", "2026-02-04T00:00:00+00:00"),
        ("next week", "UTC", "2026-01-12T00:00:00+00:00"),
        ("Tomorrow", "UTC", "2026-01-06T00:00:00+00:00"),
        ("tomorrow", "Asia/Tokyo", "2026-01-06T15:00:00+00:00"),  # there it is the 6th already
        ("for 10 days", "America/New_York", "2026-01-15T05:00:00+00:00"),
    ],
)
def test_a_pause_ends_as_a_day_begins(text: str, zone: str, until: str) -> None:
    assert parse_until(text, zone, NOW) == datetime.fromisoformat(until)


@pytest.mark.parametrize("text", ["", "soon", "2026-13-01", "2026-01-05", "0 days", "99999 weeks"])
def test_what_is_no_day_to_come(text: str) -> None:
    with pytest.raises(UserError, match="Write a day such as"):
        parse_until(text, "UTC", NOW)


def test_settings_are_read_as_they_were_written() -> None:
    chosen = BuddySettings(
        on=True,
        channel_id=5,
        cadence=Cadence.MONTHLY,
        weekday=4,
        time=time(18, 30),
        zone="Europe/Berlin",
        anchor=date(2026, 2, 2),
        private=False,
        role_id=6,
        reports_id=7,
        promised=True,
    )
    assert BuddySettings.from_json(chosen.to_json()) == chosen
    assert BuddySettings.from_json(None) == BuddySettings()
    assert BuddySettings.from_json({"from": "a later version"}) == BuddySettings()
