"""Whether a process is well, from what it knows of itself. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

STARTING_FOR: Final = timedelta(minutes=5)
"""How long a process may take until it is ready: thousands of servers arrive one after the other."""

PATIENCE: Final = timedelta(minutes=5)
"""How long a job may be overdue beyond its interval before the process counts as stuck."""


class Verdict(StrEnum):
    """What a load balancer or an orchestrator has to know."""

    OK = "ok"
    STARTING = "starting"
    ILL = "ill"


@dataclass(frozen=True, slots=True)
class Vitals:
    """What was looked at. `jobs` has, by name, the interval in seconds and when the job last ended."""

    began_at: datetime
    gateway: bool
    database: bool
    posting: bool  # False while the breaker is open or the token is refused
    jobs: Mapping[str, tuple[float, datetime | None]]


@dataclass(frozen=True, slots=True)
class Health:
    """The verdict, and what is wrong in a few words each."""

    verdict: Verdict
    faults: tuple[str, ...] = ()


def judge(vitals: Vitals, now: datetime) -> Health:
    """Decide. A process that has just begun is starting, not ill, whatever is still missing."""
    faults = []
    if not vitals.database:
        faults.append("the database does not answer")
    if not vitals.gateway:
        faults.append("not connected to Discord")
    if not vitals.posting:
        faults.append("posting has stopped: Discord refuses the token, or refused too much")
    for name, (every_s, ended_at) in vitals.jobs.items():
        if now - (ended_at or vitals.began_at) > timedelta(seconds=every_s) + PATIENCE:
            faults.append(f"the job “{name}” is stuck")
    if not faults:
        return Health(Verdict.OK)
    starting = now - vitals.began_at < STARTING_FOR and vitals.posting
    return Health(Verdict.STARTING if starting else Verdict.ILL, tuple(faults))
