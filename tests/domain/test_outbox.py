"""The delivery protocol as a table."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.outbox import (
    LEASE,
    NONCE_WINDOW,
    Absent,
    Busy,
    Entry,
    Outcome,
    Refused,
    Sent,
    Settlement,
    State,
    Step,
    Unknown,
    Unreadable,
    next_step,
    nonce,
    settle,
)

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)
NOW = T0 + timedelta(seconds=40)
BEGAN = NOW - timedelta(seconds=25)

FRESH = Entry(
    id=1,
    feed_id=2,
    slot_at=T0,
    part=1,
    parts=1,
    channel_id=3,
    nonce="n",
    marker="m",
    payload="{}",
    state=State.PENDING,
    attempts=0,
    first_attempt_at=None,
    created_at=T0,
)
IN_DOUBT = replace(FRESH, state=State.SENDING, attempts=1, first_attempt_at=T0)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("entry", "outcome", "expected"),
    [
        (FRESH, Sent(7), Settlement(State.SENT, None, NOW, message_id=7)),
        (IN_DOUBT, Sent(7), Settlement(State.SENT, T0, NOW, message_id=7)),
        (FRESH, Refused("no"), Settlement(State.HELD, None, after(300), reason="no")),
        # An earlier attempt may have arrived: this refusal says nothing of that one.
        (IN_DOUBT, Refused("no"), Settlement(State.HELD, T0, after(900), reason="no")),
        (FRESH, Busy(timedelta(seconds=9)), Settlement(State.PENDING, None, after(9))),
        (IN_DOUBT, Busy(timedelta(seconds=9)), Settlement(State.SENDING, T0, after(9))),
        (FRESH, Unknown("?"), Settlement(State.SENDING, BEGAN, after(2), reason="?")),
        (IN_DOUBT, Unknown("?"), Settlement(State.SENDING, T0, after(5), reason="?")),
        (IN_DOUBT, Absent(), Settlement(State.PENDING, None, NOW)),
        (IN_DOUBT, Unreadable("hidden"), Settlement(State.HELD, T0, after(900), reason="hidden")),
    ],
)
def test_what_an_outcome_means(entry: Entry, outcome: Outcome, expected: Settlement) -> None:
    assert settle(entry, outcome, began=BEGAN, now=NOW) == expected


@pytest.mark.parametrize(
    ("outcome", "pauses"),
    [
        (Unknown("?"), [2, 5, 10, 20, 30, 30]),
        (Refused("no"), [300, 900, 3600, 10800, 10800, 10800]),
        (Unreadable("no"), [300, 900, 3600, 10800, 10800, 10800]),
    ],
)
def test_pauses_grow_and_stay(outcome: Outcome, pauses: list[int]) -> None:
    settled = [
        settle(replace(IN_DOUBT, attempts=n), outcome, began=BEGAN, now=NOW).next_attempt_at
        for n in (*range(6), 10_000)
    ]
    assert settled == [after(pause) for pause in (*pauses, pauses[-1])]


def test_only_proof_ends_a_doubt() -> None:
    outcomes: list[Outcome] = [
        Refused("x"),
        Busy(timedelta(seconds=1)),
        Unknown("x"),
        Unreadable("x"),
    ]
    for entry, outcome in product([IN_DOUBT, replace(IN_DOUBT, state=State.HELD)], outcomes):
        assert settle(entry, outcome, began=BEGAN, now=NOW).first_attempt_at == T0
    assert settle(IN_DOUBT, Absent(), began=BEGAN, now=NOW).first_attempt_at is None


@pytest.mark.parametrize(
    ("first_attempt_at", "step"),
    [
        (None, Step.ACT),
        (NOW, Step.ACT),
        (NOW - timedelta(seconds=59.999), Step.ACT),
        (NOW - NONCE_WINDOW, Step.LOOK),
        (NOW - timedelta(days=7), Step.LOOK),
        # The clock was set back: nobody knows how long ago that was.
        (NOW + timedelta(milliseconds=1), Step.LOOK),
        (NOW + timedelta(days=1), Step.LOOK),
    ],
)
def test_post_while_discord_remembers_and_look_afterwards(
    first_attempt_at: datetime | None, step: Step
) -> None:
    assert next_step(first_attempt_at, NOW) is step


def test_a_lease_outlives_the_nonce_window() -> None:
    # So whoever takes over from a process that died without a word looks before it posts.
    assert LEASE > NONCE_WINDOW


@given(
    st.integers(0, 2**63 - 1),
    st.integers(0, 2**63 - 1),
    st.datetimes(timezones=st.just(UTC)),
    st.integers(1, 100),
)
def test_a_nonce_fits_and_stays_the_same(channel_id: int, feed_id: int, slot_at: datetime, part: int) -> None:
    made = nonce(channel_id, feed_id, slot_at, part)
    assert 20 <= len(made) <= 25
    assert made.isascii()
    assert made == nonce(channel_id, feed_id, slot_at, part)


def test_nonces_differ_wherever_messages_do() -> None:
    slots = [T0 + timedelta(days=day) for day in range(5)]
    made = {nonce(*each) for each in product(range(1, 6), range(1, 6), slots, range(1, 6))}
    assert len(made) == 5**4
    # What would run together without separators.
    assert nonce(1, 23, T0, 1) != nonce(12, 3, T0, 1)


def test_a_nonce_does_not_depend_on_how_an_instant_is_written() -> None:
    assert nonce(1, 2, T0, 3) == nonce(1, 2, T0.astimezone(timezone(timedelta(hours=9))), 3)
