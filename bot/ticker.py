"""The process's clock: calls a few jobs again and again, whatever happens in them.

APScheduler is the clock and nothing more (no job store, no job per server): all that is due is in
the database. It is untyped, so it stays behind this module.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

_log = logging.getLogger("cohort.ticker")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done every `every_s` seconds, never twice at once."""

    every_s: float
    run: Callable[[], Awaitable[object]]


class Ticker:
    """Runs jobs until it is stopped. A job that fails is logged, counted and tried again."""

    def __init__(self, jobs: Mapping[str, Job]) -> None:
        self._jobs = dict(jobs)
        self._scheduler: Any = None
        self.failures: dict[str, int] = dict.fromkeys(jobs, 0)

    def start(self) -> None:
        """Begin; needs a running loop."""
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for name, job in self._jobs.items():
            self._scheduler.add_job(self.run, IntervalTrigger(seconds=job.every_s), args=[name], id=name)
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more. A job that is under way goes on."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    async def run(self, name: str) -> None:
        """Run one job now, supervised."""
        try:
            await self._jobs[name].run()
        except Exception:  # noqa: BLE001 - the next tick is the remedy
            self.failures[name] += 1
            _log.exception("job failed", extra={"job": name, "row": self.failures[name]})
        else:
            self.failures[name] = 0
