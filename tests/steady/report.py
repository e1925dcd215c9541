"""What came of a long run, in lines, and whether all held."""

from datetime import UTC, datetime, timedelta

from tests.steady import samples
from tests.steady.log_lines import Sorted, in_force
from tests.steady.run import Run, say
from tests.steady.verdict import Verdict


def report(run: Run, verdict: Verdict, found: Sorted) -> bool:
    """Print what came of it; return whether all held."""
    flat = _report_memory(run)
    say(f"faults: {', '.join(f'{what} {count}' for what, count in sorted(run.log.counts.items()))}")
    done = run.ledger.done
    say(
        f"interactions {sum(done.values())}: {', '.join(f'{what} {count}' for what, count in done.most_common())}"
    )
    say(
        f"live rounds {run.ledger.rounds}, profiles {len(run.ledger.joined)}, members deleted {len(run.ledger.deleted)}"
    )
    for what, count in run.ledger.odd.most_common(10):
        say(f"  {count} × Discord would not: {what}")
    windows = run.log.now()
    blameless = [each for each in run.ledger.missed if not in_force(each.at, windows, timedelta(seconds=45))]
    say(f"unanswered {len(run.ledger.missed)}, of them with no fault in force {len(blameless)}")
    for missed in blameless[:20]:
        say(f"  {missed.at:%H:%M:%S} {missed.what[:200]}")
    for (fault, words), count in sorted(found.explained.items(), key=lambda pair: -pair[1]):
        say(f"  log, by {fault}: {count} × {words[:200]}")
    for line in found.unexplained[:40]:
        at = f"{line.at:%H:%M:%S} " if line.at is not None else ""
        say(f"  log, unexplained: {at}{line.level} {line.short[:400]}")
    unknown = run.discord.api.unknown_routes
    say(f"requests that Discord refused {len(run.discord.api.invalid_at)}, to unknown routes {len(unknown)}")
    for name, entries in (("lost", verdict.lost), ("repeated", verdict.repeated)):
        for entry in entries[:20]:
            say(f"  {name}: {entry}")
    say(
        f"messages {verdict.messages}, papers due {verdict.papers_due} of which shown {verdict.papers_shown}, "
        f"answers {verdict.answers}, lost {len(verdict.lost)}, repeated {len(verdict.repeated)}, "
        f"log lines explained {sum(found.explained.values())}, unexplained {len(found.unexplained)}, "
        f"minutes {(datetime.now(UTC) - run.began).total_seconds() / 60:.1f}"
    )
    return flat and not (unknown or verdict.lost or verdict.repeated or found.unexplained or blameless)


def _report_memory(run: Run) -> bool:
    warm_up = min(samples.WARM_UP_S, run.minutes * 60 / 3)
    trend = samples.trend([(each.at_s, each.held) for each in run.taken], warm_up)
    if trend is None:
        say("memory: too short a run to say")
        return True
    judged = run.minutes >= 30
    word = ("flat" if trend.is_flat else "GROWS") if judged else "too short a run to judge"
    say(
        f"memory after {warm_up / 60:.0f} min: median {trend.first:.1f} MiB in the first third, {trend.middle:.1f} in the "
        f"middle, {trend.last:.1f} in the last ({trend.growth:+.1%}), slope {trend.slope:+.2f} MiB/h: {word}"
    )
    last = run.taken[-1]
    say(
        f"at the end: RSS {last.rss:.1f} MiB (peak {last.peak:.1f}), files {last.files}, threads {last.threads}, "
        f"cpu {last.cpu_s:.0f} s, health {last.health}"
    )
    return trend.is_flat or not judged
