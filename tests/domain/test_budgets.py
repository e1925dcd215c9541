"""Token buckets: bounded, fair, and the same however time is cut into pieces."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.budgets import Budgets
from bot.domain.budgets import BUDGETS, COMMANDS, IMPORT, PRESSES, Bucket, Cost, Rate, filled, taken, wait_for
from bot.errors import UserError
from tests.support.clock import FakeClock

START = datetime(2026, 1, 1, tzinfo=UTC)
RATE = Rate(3, timedelta(seconds=10))


def test_a_full_bucket_gives_its_burst_and_then_waits() -> None:
    bucket = filled(None, RATE, START)
    for _ in range(3):
        assert wait_for(bucket, RATE) == timedelta(0)
        bucket = taken(bucket)
    assert wait_for(bucket, RATE) == timedelta(seconds=10)
    bucket = filled(bucket, RATE, START + timedelta(seconds=4))
    assert wait_for(bucket, RATE) == pytest.approx(timedelta(seconds=6), abs=timedelta(milliseconds=1))


@given(st.lists(st.floats(0, 100), max_size=30))
def test_no_way_to_ask_gives_more_than_burst_and_rate(pauses: list[float]) -> None:
    now, bucket, given_ = START, filled(None, RATE, START), 0
    for pause in pauses:
        now += timedelta(seconds=pause)
        bucket = filled(bucket, RATE, now)
        assert 0 <= bucket.tokens <= RATE.burst
        if wait_for(bucket, RATE) == timedelta(0):
            bucket, given_ = taken(bucket), given_ + 1
    assert given_ <= RATE.burst + (now - START) / RATE.every + 1e-6


@given(st.lists(st.floats(0, 20), max_size=20))
def test_looking_in_between_changes_nothing(pauses: list[float]) -> None:
    empty = Bucket(0, START)
    stepwise, now = empty, START
    for pause in pauses:
        now += timedelta(seconds=pause)
        stepwise = filled(stepwise, RATE, now)
    assert stepwise.tokens == pytest.approx(filled(empty, RATE, now).tokens, abs=1e-6)


def test_a_clock_that_goes_back_gives_nothing_away() -> None:
    bucket = taken(filled(None, RATE, START))
    assert filled(bucket, RATE, START - timedelta(days=1)).tokens == bucket.tokens


@pytest.mark.parametrize("cost", list(Cost))
def test_one_noisy_member_does_not_keep_the_others_out(cost: Cost) -> None:
    clock = FakeClock()
    budgets = Budgets(clock)
    refused = 0
    for second in range(3600):
        for _ in range(3):
            try:
                budgets.spend(cost, 1, 100)
            except UserError:
                refused += 1
        if second % BUDGETS[cost].member.every.total_seconds() == 0:
            budgets.spend(cost, 2, 100)  # never refused
        clock.advance(seconds=1)
    assert refused > 3600


def test_many_in_a_server_are_kept_together_and_other_servers_are_not() -> None:
    budgets = Budgets(FakeClock())
    most = BUDGETS[Cost.LOOKUP].server.burst
    for member in range(most):
        budgets.spend(Cost.LOOKUP, member, 100)
    with pytest.raises(UserError, match="Many here"):
        budgets.spend(Cost.LOOKUP, most + 1, 100)
    budgets.spend(Cost.LOOKUP, most + 1, 200)
    budgets.spend(Cost.LOOKUP, most + 1, None)


def test_the_words_say_when() -> None:
    clock = FakeClock()
    budgets = Budgets(clock)
    for _ in range(BUDGETS[Cost.LOOKUP].member.burst):
        budgets.spend(Cost.LOOKUP, 1, None)
    again = int((clock.now() + timedelta(seconds=10)).timestamp())
    with pytest.raises(UserError, match=rf"Try again <t:{again}:R>"):
        budgets.spend(Cost.LOOKUP, 1, None)
    budgets.spend(Cost.PICTURE, 1, None)  # each cost has its own
    clock.advance(seconds=10)
    budgets.spend(Cost.LOOKUP, 1, None)


def test_the_count_has_a_bound() -> None:
    budgets = Budgets(FakeClock())
    for member in range(25_000):
        budgets.spend(Cost.FILE, member, None)
    assert len(budgets._buckets) <= 20_000


def test_no_member_can_empty_a_servers_bucket_alone() -> None:
    for cost, budget in BUDGETS.items():
        assert budget.member.burst * 2 < budget.server.burst, cost
        assert budget.member.every > budget.server.every * 2, cost
    assert {*COMMANDS.values(), *PRESSES.values(), IMPORT, Cost.REPORT} == set(Cost)
