"""The fault table at its large size: `make soak`, or `make soak ARGS=--small` for about a minute.

    python -m tests.soak [--small] [--only NAME] [--database sqlite|postgresql] [--scale 1] [--minutes 100]

The two databases run side by side. Each row prints its line as soon as it is known, and the last line is the sum.
The run ends by itself: no new row is begun after `--minutes`, and the last one, which takes longest, is cut off then.
"""

import argparse
import asyncio
import logging
import os
import random
import re
import sys
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.engine import URL

from bot.storage.engine import Database
from tests.faults import scenarios
from tests.faults.kills import KillRun, kill_again_and_again
from tests.support import databases
from tests.support.loopback.faults import Kind
from tests.support.zygote import Zygote


@dataclass(frozen=True)
class Outcome:
    """One row: how often the fault struck, what was promised, and what went wrong."""

    faults: int
    messages: int
    lost: int
    repeated: int
    remark: str = ""
    broken: bool = False


@dataclass
class Bench:
    """What a row needs."""

    db: Database
    zygote: Zygote
    folder: Path
    until: float  # on the monotonic clock: when the whole run should be over


@dataclass(frozen=True)
class Row:
    """A row of the table and its two sizes."""

    name: str
    small: int
    large: int
    run: Callable[[Bench, int], Awaitable[Outcome]]
    only: str = ""  # a kind of database, where the row makes sense on one alone


async def _kill(bench: Bench, size: int) -> Outcome:
    def told(kills: int) -> None:
        if kills % 500 == 0:
            print(f"  {kills} processes killed on {bench.db.url.partition('+')[0]}", flush=True)

    run = KillRun(
        bench.zygote,
        bench.db,
        bench.folder,
        kills=size,
        chance=random.Random(size),
        enough=lambda: time.monotonic() > bench.until,
        told=told,
    )
    result = await kill_again_and_again(run)
    tally = result.tally
    reached = result.kills >= size
    remark = "" if reached else f"of {size}: the time is over"
    return Outcome(result.kills, tally.messages, tally.lost, tally.repeated, remark, broken=not reached)


def _answers(kind: Kind, when: str) -> Callable[[Bench, int], Awaitable[Outcome]]:
    async def run(bench: Bench, size: int) -> Outcome:
        tally = await scenarios.lost_answers(
            bench.db, kind=kind, when="before" if when == "before" else "after", count=size
        )
        return Outcome(size, tally.messages, tally.lost, tally.repeated)

    return run


async def _storm(bench: Bench, size: int) -> Outcome:
    tally, invalid = await scenarios.too_many_requests(bench.db, minutes=10 * size)
    within = invalid / size < 100
    return Outcome(
        invalid, tally.messages, tally.lost, tally.repeated, f"{invalid} invalid answers", broken=not within
    )


async def _processes(bench: Bench, size: int) -> Outcome:
    tally = await scenarios.many_processes(
        bench.db, bench.zygote, bench.folder, feeds=2000, processes=4, seed=size
    )
    return Outcome(1, tally.messages, tally.lost, tally.repeated)


async def _downtime(bench: Bench, size: int) -> Outcome:
    result = await scenarios.days_down(bench.db, days=7, count=500)
    remark = f"at most {result.most_posts} catch-up a feed, {result.unaccounted} papers unaccounted for"
    broken = result.most_posts > 1 or result.unaccounted != 0
    tally = result.tally
    return Outcome(1, tally.messages, tally.lost, tally.repeated, remark, broken)


async def _places(bench: Bench, size: int) -> Outcome:
    result = await scenarios.places_lost(bench.db, count=size)
    remark = f"{result.configurations_lost} configurations lost, {result.unaccounted} papers unaccounted for"
    broken = result.configurations_lost != 0 or result.unaccounted != 0
    tally = result.tally
    return Outcome(size, tally.messages, tally.lost, tally.repeated, remark, broken)


async def _gateway(bench: Bench, size: int) -> Outcome:
    result = await scenarios.gateway_drops(bench.db, count=size)
    remark = f"{result.resumes} resumed, {result.identifies} identify"
    broken = result.resumes != size or result.identifies != 1
    tally = result.tally
    return Outcome(size, tally.messages, tally.lost, tally.repeated, remark, broken)


async def _sigterm(bench: Bench, size: int) -> Outcome:
    result = await scenarios.sigterm(bench.db, bench.zygote, bench.folder, count=size)
    tally = result.tally
    remark = f"slowest exit {result.slowest_s:.2f} s"
    return Outcome(size, tally.messages, tally.lost, tally.repeated, remark, result.slowest_s > 10)


async def _zones(bench: Bench, size: int) -> Outcome:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "tests/domain/test_schedule.py",
        cwd=databases.ROOT,
        env={**os.environ, "COHORT_SOAK": "1" if size else ""},
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    last = output.decode().strip().splitlines()[-1]
    return Outcome(0, 0, 0, 0, last, broken=process.returncode != 0)


ROWS = (
    *(
        Row(f"{kind} {when} the effect", 20, 1000, _answers(kind, when))
        for kind in ("drop", "reset", "status", "hang")
        for when in ("before", "after")
    ),
    Row("30 % of answers are 429", 1, 5, _storm),
    Row("4 processes, 2,000 feeds, one killed", 1, 20, _processes, only="postgresql"),
    Row("seven days down, 500 feeds", 1, 1, _downtime),
    Row("permission, channel, bot lost", 10, 100, _places),
    Row("gateway dropped", 10, 1000, _gateway),
    Row("SIGTERM in a burst", 2, 250, _sigterm),
    Row("every IANA zone, ten years", 0, 1, _zones, only="sqlite"),
    Row("SIGKILL at every step", 30, 5000, _kill),  # last: it takes longest, and what is left of the time
)

_FIGURES = re.compile(
    r"faults (\d+), messages (\d+), lost (\d+), repeated (\d+), rows broken or left out (\d+), minutes"
)

_REPEATED = {"4 processes, 2,000 feeds, one killed"}  # the size is how often, each on a fresh database


@asynccontextmanager
async def _fresh(kind: str, server: URL | None, folder: Path) -> AsyncIterator[Database]:
    name = f"soak_{uuid.uuid4().hex}"
    if server is None:
        url = f"sqlite+aiosqlite:///{folder / name}.sqlite3"
        await databases.migrate(url)
    else:
        url = await databases.create(server, name)
    db = Database(url)
    await db.open()
    try:
        yield db
    finally:
        await db.close()
        if server is not None:
            await databases.drop(server, name)


async def _run(
    row: Row, size: int, kind: str, server: URL | None, zygote: Zygote, folder: Path, until: float
) -> Outcome:
    outcomes = []
    repeated = row.name in _REPEATED
    for number in range(size) if repeated else (size,):
        async with _fresh(kind, server, folder) as db:
            outcomes.append(await row.run(Bench(db, zygote, folder, until), number if repeated else size))
    return Outcome(
        faults=sum(outcome.faults for outcome in outcomes),
        messages=sum(outcome.messages for outcome in outcomes),
        lost=sum(outcome.lost for outcome in outcomes),
        repeated=sum(outcome.repeated for outcome in outcomes),
        remark=outcomes[-1].remark if outcomes else "left out at this size",
        broken=any(outcome.broken for outcome in outcomes),
    )


async def _main(options: argparse.Namespace, folder: Path) -> int:
    begun = time.monotonic()
    totals = [0, 0, 0, 0, 0]
    kinds = [options.database]
    with Zygote() as zygote, databases.postgres_server(folder / "data") as server:
        await databases.make_template(server)
        for row in ROWS:
            if options.only and not any(each.lower() in row.name.lower() for each in options.only):
                continue
            for kind in kinds:
                if row.only and kind != row.only:
                    continue
                if time.monotonic() - begun > options.minutes * 60:
                    print(
                        f"{row.name:38} {kind:10} not begun: {options.minutes} minutes are over", flush=True
                    )
                    totals[4] += 1
                    continue
                size = row.small if options.small else max(1, round(row.large * options.scale))
                at = time.monotonic()
                where = server if kind == "postgresql" else None
                until = begun + options.minutes * 60
                outcome = await _run(row, size, kind, where, zygote, folder, until)
                bad = bool(outcome.broken or outcome.lost or outcome.repeated)
                for index, value in enumerate(
                    (outcome.faults, outcome.messages, outcome.lost, outcome.repeated, bad)
                ):
                    totals[index] += int(value)
                print(
                    f"{row.name:38} {kind:10} {outcome.faults:6} faults {outcome.messages:6} messages "
                    f"{outcome.lost} lost {outcome.repeated} repeated  {time.monotonic() - at:6.1f} s  {outcome.remark}",
                    flush=True,
                )
    return _sum(totals, begun)


def _sum(totals: Sequence[int], begun: float) -> int:
    faults, messages, lost, repeated, broken = totals
    print(
        f"faults {faults}, messages {messages}, lost {lost}, repeated {repeated}, rows broken or left out {broken}, "
        f"minutes {(time.monotonic() - begun) / 60:.1f}",
        flush=True,
    )
    return 1 if lost or repeated or broken else 0


async def _side_by_side(arguments: Sequence[str]) -> int:
    """Run each database in a process of its own, pass their lines on, and add up."""
    begun = time.monotonic()
    totals = [0, 0, 0, 0, 0]

    async def run(kind: str) -> None:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.soak",
            "--database",
            kind,
            *arguments,
            cwd=databases.ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
        assert process.stdout is not None
        figures: list[int] = []
        async for raw in process.stdout:
            line = raw.decode().rstrip()
            if found := _FIGURES.match(line):
                figures = [int(figure) for figure in found.groups()]
            else:
                print(line, flush=True)
        await process.wait()
        for index, figure in enumerate(figures or (0, 0, 0, 0, 1)):
            totals[index] += figure

    await asyncio.gather(run("sqlite"), run("postgresql"))
    return _sum(totals, begun)


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="make soak ARGS=", description="The fault table.")
    parser.add_argument("--small", action="store_true", help="about a minute")
    parser.add_argument("--only", action="append", help="rows whose name holds this; may be given again")
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    parser.add_argument("--minutes", type=float, default=100, help="begin no row after this many minutes")
    parser.add_argument("--scale", type=float, default=1.0, help="a part of the large sizes, such as 0.1")
    options = parser.parse_args()
    if options.database is None:
        sys.exit(asyncio.run(_side_by_side(sys.argv[1:])))
    logging.disable(logging.CRITICAL)  # a fault is no news here
    with TemporaryDirectory(prefix="cohort-soak-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        sys.exit(asyncio.run(_main(options, Path(folder))))


if __name__ == "__main__":
    main()
