"""`/metrics`, read by Prometheus's own parser."""

from prometheus_client.parser import text_string_to_metric_families

from bot.operations.exposition import Snapshot, render
from bot.operations.health import Health, Verdict
from bot.operations.measures import BUCKETS_S, Measures
from bot.storage.gauges import Gauges, SourceGauge


def samples(snapshot: Snapshot) -> dict[tuple[str, tuple[str, ...]], float]:
    return {
        (sample.name, tuple(value for _, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(render(snapshot).decode())
        for sample in family.samples
    }


def snapshot(measures: Measures, gauges: Gauges | None = None) -> Snapshot:
    return Snapshot(
        measures=measures,
        health=Health(Verdict.OK),
        gauges=gauges,
        gateway_latency_s=0.12,
        servers=3,
        refusals=2,
        database_s=0.004 if gauges else None,
    )


def test_interactions_and_jobs_are_histograms() -> None:
    measures = Measures()
    for seconds in (0.004, 0.04, 0.04, 60.0):
        measures.interaction("role info", "ok", seconds)
    measures.interaction("role info", "refused", 0.01)
    measures.job("outbox", 0.2, failed=False)
    measures.job("outbox", 0.2, failed=True)
    found = samples(snapshot(measures))
    name = "cohort_interaction_seconds"
    assert found[f"{name}_count", ("role info", "ok")] == 4
    assert found[f"{name}_sum", ("role info", "ok")] == 60.084
    buckets = [found[f"{name}_bucket", (str(bound), "role info", "ok")] for bound in (*BUCKETS_S, "+Inf")]
    assert buckets == [1, 1, 1, 3, 3, 3, 3, 3, 3, 3, 3, 4]
    assert found[f"{name}_count", ("role info", "refused")] == 1
    assert found["cohort_job_seconds_count", ("outbox",)] == 2
    assert found["cohort_job_failures_total", ("outbox",)] == 1


def test_the_database_is_told_of() -> None:
    gauges = Gauges(
        entries={"pending": 4, "held": 1},
        oldest_due_s=12.5,
        feeds={"papers": 7},
        overdue_feeds=2,
        sources=(
            SourceGauge("arxiv:cs.LG", 30.0, 0),
            SourceGauge("calendar:aa", 10.0, 0),
            SourceGauge("calendar:bb", 90.0, 5),
            SourceGauge("calendar:cc", None, 1),
        ),
    )
    found = samples(snapshot(Measures(), gauges))
    assert found["cohort_up", ()] == 1
    assert found["cohort_database_up", ()] == 1
    assert found["cohort_servers", ()] == 3
    assert found["cohort_outbox_entries", ("held",)] == 1
    assert found["cohort_outbox_oldest_due_seconds", ()] == 12.5
    assert found["cohort_feeds", ("papers",)] == 7
    assert found["cohort_source_age_seconds", ("arxiv:cs.LG",)] == 30
    # Calendars may be thousands: one row for all of them, and that the worst.
    assert found["cohort_source_age_seconds", ("calendar",)] == 90
    assert found["cohort_source_failures", ("calendar",)] == 5


def test_a_database_that_does_not_answer_is_told_of() -> None:
    found = samples(snapshot(Measures()))
    assert found["cohort_database_up", ()] == 0
    assert ("cohort_feeds_due", ()) not in found
