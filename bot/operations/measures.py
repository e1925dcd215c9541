"""What a process counts while it runs. Plain numbers: no library, no lock (one event loop)."""

from bisect import bisect_left
from dataclasses import dataclass, field
from typing import Final

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 10.0)
"""Upper bounds in seconds; at 3 s Discord gives an interaction up."""


@dataclass(slots=True)
class Timing:
    """How often something happened and how long it took, in seconds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_S) + 1))  # the last is "longer"
    total_s: float = 0.0

    def add(self, seconds: float) -> None:
        """Count one."""
        self.counts[bisect_left(BUCKETS_S, seconds)] += 1
        self.total_s += seconds

    @property
    def count(self) -> int:
        """How many there were."""
        return sum(self.counts)


@dataclass(slots=True)
class JobMeasure:
    """How one of the ticker's jobs went."""

    runs: int = 0
    failures: int = 0
    timing: Timing = field(default_factory=Timing)


class Measures:
    """Everything that is counted. Names are commands and parts of custom ids, never what anybody typed."""

    def __init__(self) -> None:
        self.interactions: dict[tuple[str, str], Timing] = {}
        self.jobs: dict[str, JobMeasure] = {}
        self.resumes = 0
        self.identifies = 0

    def interaction(self, name: str, outcome: str, seconds: float) -> None:
        """Count an interaction: `outcome` is ok, refused or failed."""
        self.interactions.setdefault((name, outcome), Timing()).add(seconds)

    def job(self, name: str, seconds: float, *, failed: bool) -> None:
        """Count a run of a job."""
        measure = self.jobs.setdefault(name, JobMeasure())
        measure.runs += 1
        measure.failures += failed
        measure.timing.add(seconds)
