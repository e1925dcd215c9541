"""Which papers a feed posts, and whether a slot waits for more."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digests import (
    A_MOMENT,
    LOOK_AGAIN,
    LOOK_SOON,
    PATIENCE,
    matching,
    select,
    wait_for_sources,
)
from bot.domain.feeds import Candidate
from bot.domain.papers import AnnounceType
from tests.support.fakes import paper

T0 = datetime(2026, 1, 1, 9, tzinfo=UTC)


def candidate(id_: str, title: str = "", *, seen: float = 0) -> Candidate:
    return Candidate(paper(id_, title=title), AnnounceType.NEW, T0 + timedelta(hours=seen))


def ids(candidates: list[Candidate] | tuple[Candidate, ...]) -> list[str]:
    return [each.paper.id for each in candidates]


def test_the_newest_come_first() -> None:
    found = [candidate("2601.00001"), candidate("2601.00003"), candidate("2601.00002", seen=1)]
    assert ids(matching(found)) == ["2601.00002", "2601.00003", "2601.00001"]


def test_a_paper_of_two_categories_counts_once() -> None:
    found = [candidate("2601.00001"), candidate("2601.00001", seen=1), candidate("2601.00002")]
    assert ids(matching(found)) == ["2601.00002", "2601.00001"]


def test_only_what_the_query_found_is_wanted() -> None:
    listed = [candidate("2601.00001"), candidate("2601.00002"), candidate("2601.00003")]
    assert ids(matching(listed, {"2601.00001", "2601.00003", "2601.00009"})) == ["2601.00003", "2601.00001"]
    assert matching(listed, set()) == []


def test_what_does_not_fit_is_counted() -> None:
    found = [candidate(f"2601.0000{n}") for n in range(1, 6)]
    selection = select(found, 3)
    assert ids(selection.shown) == ["2601.00005", "2601.00004", "2601.00003"]
    assert ids(selection.overflow) == ["2601.00002", "2601.00001"]
    assert selection.total == 5


def test_weights_come_before_the_date_and_missing_ones_count_as_nothing() -> None:
    listed = [candidate(f"2601.0000{n}") for n in range(1, 6)]
    selection = select(listed, 2, weights={"2601.00001": 3.0, "2601.00004": 0.5, "2601.00009": 9.0})
    assert ids(selection.shown) == ["2601.00001", "2601.00004"]
    assert ids(selection.overflow) == ["2601.00005", "2601.00003", "2601.00002"]
    assert ids(select(listed, 9, found={"2601.00002", "2601.00001"}, weights={"2601.00001": 1}).shown) == [
        "2601.00001",
        "2601.00002",
    ]


@given(st.lists(st.integers(1, 30).map(lambda n: candidate(f"2601.{n:05}")), max_size=60), st.integers(1, 25))
def test_every_paper_is_accounted_for_once(found: list[Candidate], limit: int) -> None:
    selection = select(found, limit)
    accounted = ids(selection.shown) + ids(selection.overflow)
    assert sorted(accounted) == sorted(set(ids(found)))
    assert len(selection.shown) == min(limit, selection.total)


@pytest.mark.parametrize(
    ("found", "late", "failing", "after", "pause"),
    [
        # About to be read: wait a moment, whatever there is to post already.
        (0, True, False, timedelta(), LOOK_SOON),
        (3, True, False, timedelta(), LOOK_SOON),
        (3, True, True, A_MOMENT - timedelta(seconds=1), LOOK_SOON),
        (3, True, False, A_MOMENT, None),
        (0, True, False, A_MOMENT, LOOK_AGAIN),
        (0, True, False, PATIENCE, None),
        # Failing: an empty slot waits long, a full one not at all.
        (0, False, True, timedelta(), LOOK_AGAIN),
        (0, False, True, PATIENCE - timedelta(seconds=1), LOOK_AGAIN),
        (0, True, True, A_MOMENT, LOOK_AGAIN),
        (0, False, True, PATIENCE, None),
        (0, False, True, timedelta(days=7), None),
        (1, False, True, timedelta(), None),
        # All well.
        (0, False, False, timedelta(), None),
        (1, False, False, timedelta(), None),
    ],
)
def test_when_a_slot_waits_for_its_sources(
    found: int, late: bool, failing: bool, after: timedelta, pause: timedelta | None
) -> None:
    waits = wait_for_sources(
        found=found, late=late, failing=failing, slot_at=T0, waiting_since=T0, now=T0 + after
    )
    assert waits == pause


def test_after_days_down_the_moment_begins_with_the_process() -> None:
    started = T0 + timedelta(days=2)
    soon = started + timedelta(seconds=1)
    later = started + A_MOMENT
    assert (
        wait_for_sources(found=5, late=True, failing=False, slot_at=T0, waiting_since=started, now=soon)
        == LOOK_SOON
    )
    assert (
        wait_for_sources(found=5, late=True, failing=False, slot_at=T0, waiting_since=started, now=later)
        is None
    )
