"""How a source is doing, in words and in pauses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.domain.sources import (
    SourceOutcome,
    SourceState,
    after_failure,
    arxiv_key,
    describe,
    is_failing,
    is_late,
    is_stale,
    stamp,
)

# A Wednesday, 14:00 UTC: nine hours after arXiv's list of that day (00:00 in New York is 05:00 UTC).
NOW = datetime(2026, 1, 14, 14, tzinfo=UTC)
LIST = datetime(2026, 1, 14, 5, tzinfo=UTC)
SOON = NOW + timedelta(minutes=30)
READ = NOW - timedelta(minutes=30)

FINE = SourceState(
    key="arxiv:cs.LG",
    next_check_at=SOON,
    outcome=SourceOutcome.NEWS,
    last_checked_at=READ,
    last_ok_at=READ,
    last_news_at=READ,
)
QUIET = replace(FINE, outcome=SourceOutcome.QUIET, last_news_at=NOW - timedelta(days=2))
SAME = replace(FINE, outcome=SourceOutcome.SAME, last_news_at=LIST + timedelta(minutes=10))
STALE = replace(FINE, outcome=SourceOutcome.SAME, last_news_at=LIST - timedelta(hours=20))
FAILING = replace(
    FINE,
    outcome=SourceOutcome.ERROR,
    error="arXiv did not answer in time.",
    failures=3,
    failing_since=READ,
)


def ago(moment: datetime) -> str:
    return f"<t:{int(moment.timestamp())}:R>"


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (None, "not read yet; it is read within a few minutes"),
        (SourceState("arxiv:cs.LG", NOW), "not read yet; it is read within a few minutes"),
        (FINE, f"fine: new papers {ago(READ)}"),
        (SAME, f"fine: read {ago(READ)}, last new papers {ago(LIST + timedelta(minutes=10))}"),
        (replace(SAME, last_news_at=None), f"fine: read {ago(READ)}"),
        (QUIET, f"quiet: arXiv lists no papers today (read {ago(READ)})"),
        (
            STALE,
            f"arXiv is serving an old list again; last new papers {ago(LIST - timedelta(hours=20))}",
        ),
        (
            FAILING,
            f"failing since {ago(READ)}: arXiv did not answer in time. Next try {ago(SOON)}.",
        ),
    ],
)
def test_each_condition_has_words_of_its_own(state: SourceState | None, words: str) -> None:
    assert describe(state, NOW) == words


def test_failing_is_said_even_of_what_was_fine_or_quiet_before() -> None:
    for state in (FINE, QUIET, SAME, STALE):
        failing = replace(state, outcome=SourceOutcome.ERROR, error="It broke.", failing_since=READ)
        assert describe(failing, NOW).startswith("failing")


@pytest.mark.parametrize(
    ("now", "news", "stale"),
    [
        (LIST + timedelta(hours=5), LIST - timedelta(hours=20), False),  # not late yet
        (LIST + timedelta(hours=7), LIST - timedelta(hours=20), True),
        (LIST + timedelta(hours=7), LIST, False),
        # Saturday and Sunday: Friday's list is the latest there is.
        (datetime(2026, 1, 18, 20, tzinfo=UTC), datetime(2026, 1, 16, 6, tzinfo=UTC), False),
        (datetime(2026, 1, 18, 20, tzinfo=UTC), datetime(2026, 1, 15, 6, tzinfo=UTC), True),
        # Monday morning, before and after its list is due.
        (datetime(2026, 1, 19, 10, tzinfo=UTC), datetime(2026, 1, 16, 6, tzinfo=UTC), False),
        (datetime(2026, 1, 19, 12, tzinfo=UTC), datetime(2026, 1, 16, 6, tzinfo=UTC), True),
    ],
)
def test_stale_is_judged_by_when_ids_were_last_new(now: datetime, news: datetime, stale: bool) -> None:
    assert is_stale(replace(SAME, last_news_at=news), now) is stale
    # A quiet list is not an old one, nor is a source that fails.
    assert not is_stale(replace(QUIET, last_news_at=news), now)
    assert not is_stale(replace(FAILING, last_news_at=news), now)


@pytest.mark.parametrize(
    ("state", "late", "failing"),
    [
        (None, True, False),
        (SourceState("arxiv:cs.LG", NOW), True, False),  # never read, due at once
        (FINE, False, False),
        (QUIET, False, False),
        (SAME, False, False),
        (replace(FINE, next_check_at=NOW), True, False),  # the check that is due may bring the day's list
        (FAILING, False, True),
        (replace(FAILING, next_check_at=NOW), True, True),
    ],
)
def test_what_a_digest_may_rely_on(state: SourceState | None, late: bool, failing: bool) -> None:
    assert is_late(state, NOW) is late
    assert is_failing(state) is failing


def test_failures_back_off_up_to_two_hours() -> None:
    pauses = [after_failure(n, NOW) - NOW for n in range(1, 9)]
    assert pauses == [timedelta(minutes=m) for m in (5, 10, 20, 40, 60, 120, 120, 120)]


def test_a_source_that_says_how_long_is_given_that_long() -> None:
    assert after_failure(1, NOW, timedelta(hours=1)) == NOW + timedelta(hours=1)
    assert after_failure(4, NOW, timedelta(seconds=30)) == NOW + timedelta(minutes=40)


def test_keys_and_stamps() -> None:
    assert arxiv_key("cs.LG") == "arxiv:cs.LG"
    assert stamp(None) == "never"
    assert stamp(NOW, "F") == f"<t:{int(NOW.timestamp())}:F>"
