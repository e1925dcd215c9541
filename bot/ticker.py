"""The process's clock: calls a few jobs again and again, whatever happens in them.

APScheduler is the clock and nothing more (no job store, no job per server): all that is due is in
the database. It is untyped, so it stays behind this module.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.clock import Clock
from bot.operations.measures import Measures

_log = logging.getLogger("cohort.ticker")


@dataclass(frozen=True, slots=True)
class Job:
    """Something to be done every `every_s` seconds, never twice at once."""

    every_s: float
    run: Callable[[], Awaitable[object]]


class Ticker:
    """Runs jobs until it is stopped. A job that fails is logged, counted and tried again.

    Of failures of the same kind in a row the first, second, fourth, eighth and so on are logged: while a database is
    away, jobs of every second would fill the log with the same sixty lines each.
    """

    def __init__(self, jobs: Mapping[str, Job], clock: Clock, measures: Measures | None = None) -> None:
        self._jobs = dict(jobs)
        self._measures = measures or Measures()
        self._ended: dict[str, datetime] = {}
        self._clock = clock
        self._running: set[asyncio.Task[Any]] = set()
        self._scheduler: Any = None
        self._stopped = False
        self.failures: dict[str, int] = dict.fromkeys(jobs, 0)  # in a row
        self._kinds: dict[str, type[BaseException]] = {}  # of the last failure

    def start(self) -> None:
        """Begin, unless it was stopped before; needs a running loop."""
        if self._stopped:
            return
        from apscheduler.schedulers.asyncio import AsyncIOScheduler
        from apscheduler.triggers.interval import IntervalTrigger

        self._scheduler = AsyncIOScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        for name, job in self._jobs.items():
            self._scheduler.add_job(
                self.run,
                IntervalTrigger(seconds=job.every_s),
                args=[name],
                id=name,
                next_run_time=self._clock.now(),  # at once, then at every interval
            )
        self._scheduler.start()

    def stop(self) -> None:
        """Begin nothing more. A job that is under way goes on."""
        self._stopped = True
        if self._scheduler is not None:
            # Not `shutdown`: that cancels the jobs that are under way, posts half sent among them.
            self._scheduler.remove_all_jobs()

    async def drain(self, seconds: float) -> None:
        """Wait for what is under way, `seconds` at most, and be done with the scheduler."""
        if self._running:
            await asyncio.wait(self._running, timeout=seconds)
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None

    def pulse(self) -> dict[str, tuple[float, datetime | None]]:
        """Return the interval of each job in seconds, and when it last ended, well or not."""
        return {name: (job.every_s, self._ended.get(name)) for name, job in self._jobs.items()}

    async def run(self, name: str) -> None:
        """Run one job now, supervised."""
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        loop = asyncio.get_running_loop()
        began, failed = loop.time(), True
        try:
            await self._jobs[name].run()
        except Exception as error:  # noqa: BLE001 - the next tick is the remedy
            self._note(name, error)
        else:
            if self.failures[name]:
                _log.info("job works again", extra={"job": name, "row": self.failures[name]})
            self.failures[name] = 0
            failed = False
        finally:
            self._ended[name] = self._clock.now()
            self._measures.job(name, loop.time() - began, failed=failed)

    def _note(self, name: str, error: Exception) -> None:
        self.failures[name] += 1
        row = self.failures[name]
        if row & (row - 1) == 0 or type(error) is not self._kinds.get(name):
            _log.error("job failed", exc_info=error, extra={"job": name, "row": row})
        self._kinds[name] = type(error)
