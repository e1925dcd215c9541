"""The measures as Prometheus reads them; needs the extra `metrics`.

Names follow https://prometheus.io/docs/practices/naming/: a prefix, a base unit, `_total` for what only grows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final

from bot.operations.health import Health, Verdict
from bot.operations.measures import BUCKETS_S, Measures, Timing
from bot.storage.gauges import Gauges, SourceGauge

if TYPE_CHECKING:
    from prometheus_client.metrics_core import HistogramMetricFamily, Metric

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_ONE_BY_ONE: Final = frozenset({"arxiv", "hackathons"})  # a handful; calendars may be thousands


class ExtraMissing(Exception):
    """`prometheus-client` is not installed."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One look at a process; `gauges` is None where the database did not answer."""

    measures: Measures
    health: Health
    gauges: Gauges | None
    gateway_latency_s: float | None
    servers: int
    refusals: int
    database_s: float | None


def render(snapshot: Snapshot) -> bytes:
    """Return the text of `/metrics`; raises ExtraMissing."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError:
        raise ExtraMissing from None
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(snapshot))
    return generate_latest(registry)


class _Collector:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def collect(self) -> Iterator["Metric"]:
        yield from _process(self._snapshot)
        yield from _work(self._snapshot.measures)
        if self._snapshot.gauges is not None:
            yield from _database(self._snapshot.gauges)


def _process(snapshot: Snapshot) -> Iterator["Metric"]:
    from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily

    def gauge(name: str, words: str, value: float) -> GaugeMetricFamily:
        return GaugeMetricFamily(f"cohort_{name}", words, value=value)

    yield gauge("up", "1 while the process is well.", snapshot.health.verdict is Verdict.OK)
    yield gauge("servers", "Servers that this process sees.", snapshot.servers)
    yield gauge("refused_requests", "Refusals by Discord in the last ten minutes.", snapshot.refusals)
    yield gauge("database_up", "1 while the database answers.", snapshot.gauges is not None)
    if snapshot.database_s is not None:
        yield gauge("database_seconds", "How long the database took for this look.", snapshot.database_s)
    if snapshot.gateway_latency_s is not None:
        yield gauge("gateway_latency_seconds", "Of the last heartbeat.", snapshot.gateway_latency_s)
    connections = CounterMetricFamily(
        "cohort_gateway_sessions", "Sessions begun and resumed.", labels=["kind"]
    )
    connections.add_metric(["identify"], snapshot.measures.identifies)
    connections.add_metric(["resume"], snapshot.measures.resumes)
    yield connections


def _work(measures: Measures) -> Iterator["Metric"]:
    from prometheus_client.metrics_core import CounterMetricFamily, HistogramMetricFamily

    answers = HistogramMetricFamily(
        "cohort_interaction_seconds", "From arrival to the end of the work.", labels=["name", "outcome"]
    )
    for (name, outcome), timing in measures.interactions.items():
        _add(answers, [name, outcome], timing)
    yield answers
    runs = HistogramMetricFamily("cohort_job_seconds", "One run of a job.", labels=["job"])
    failures = CounterMetricFamily("cohort_job_failures", "Runs that failed.", labels=["job"])
    for name, job in measures.jobs.items():
        _add(runs, [name], job.timing)
        failures.add_metric([name], job.failures)
    yield runs
    yield failures


def _database(gauges: Gauges) -> Iterator["Metric"]:
    from prometheus_client.metrics_core import GaugeMetricFamily

    entries = GaugeMetricFamily("cohort_outbox_entries", "Posts by state.", labels=["state"])
    for state, count in gauges.entries.items():
        entries.add_metric([state], count)
    yield entries
    yield GaugeMetricFamily(
        "cohort_outbox_oldest_due_seconds", "How long the oldest due post waits.", value=gauges.oldest_due_s
    )
    kinds = GaugeMetricFamily("cohort_feeds", "Active feeds by kind.", labels=["kind"])
    for kind, count in gauges.feeds.items():
        kinds.add_metric([kind], count)
    yield kinds
    yield GaugeMetricFamily("cohort_feeds_due", "Feeds to be looked at now.", value=gauges.overdue_feeds)
    ages = GaugeMetricFamily(
        "cohort_source_age_seconds", "Since it was last read well; the oldest of a family.", labels=["source"]
    )
    failing = GaugeMetricFamily("cohort_source_failures", "Failures in a row.", labels=["source"])
    for name, members in _families(gauges.sources).items():
        known = [each.age_s for each in members if each.age_s is not None]
        if known:
            ages.add_metric([name], max(known))
        failing.add_metric([name], max(each.failures for each in members))
    yield ages
    yield failing


def _families(sources: tuple[SourceGauge, ...]) -> dict[str, list[SourceGauge]]:
    families: dict[str, list[SourceGauge]] = {}
    for source in sources:
        family = source.key.partition(":")[0]
        families.setdefault(source.key if family in _ONE_BY_ONE else family, []).append(source)
    return families


def _add(family: "HistogramMetricFamily", labels: list[str], timing: Timing) -> None:
    bounds = [*(str(bound) for bound in BUCKETS_S), "+Inf"]
    family.add_metric(labels, list(zip(bounds, accumulate(timing.counts), strict=True)), timing.total_s)
