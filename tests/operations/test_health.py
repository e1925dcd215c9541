"""When a process counts as well."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.operations.health import PATIENCE, STARTING_FOR, Verdict, Vitals, judge

BEGAN = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = BEGAN + timedelta(hours=2)


def vitals(**changes: object) -> Vitals:
    fine = Vitals(BEGAN, gateway=True, database=True, posting=True, jobs={"outbox": (1.0, LATER)})
    return replace(fine, **changes)  # type: ignore[arg-type]


def test_all_is_well() -> None:
    assert judge(vitals(), LATER).verdict is Verdict.OK
    assert judge(vitals(), LATER).faults == ()


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"gateway": False}, "not connected to Discord"),
        ({"database": False}, "the database does not answer"),
        ({"posting": False}, "posting has stopped: Discord refuses the token, or refused too much"),
        ({"jobs": {"outbox": (1.0, BEGAN)}}, "the job “outbox” is stuck"),
        ({"jobs": {"watch": (900.0, None)}}, "the job “watch” is stuck"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, object], fault: str) -> None:
    health = judge(vitals(**changes), LATER)
    assert health.verdict is Verdict.ILL
    assert health.faults == (fault,)


def test_every_fault_is_said_at_once() -> None:
    assert len(judge(vitals(gateway=False, database=False, posting=False), LATER).faults) == 3


def test_a_process_that_has_just_begun_is_starting() -> None:
    young = vitals(gateway=False, jobs={"outbox": (1.0, None)})
    assert judge(young, BEGAN + timedelta(seconds=30)).verdict is Verdict.STARTING
    assert judge(young, BEGAN + STARTING_FOR).verdict is Verdict.ILL


def test_a_refused_token_is_no_way_to_start() -> None:
    assert judge(vitals(gateway=False, posting=False), BEGAN).verdict is Verdict.ILL


def test_a_job_may_be_as_late_as_its_interval_and_some_patience() -> None:
    job = {"watch": (900.0, LATER)}
    limit = LATER + timedelta(seconds=900) + PATIENCE
    assert judge(vitals(jobs=job), limit).verdict is Verdict.OK
    assert judge(vitals(jobs=job), limit + timedelta(seconds=1)).verdict is Verdict.ILL
