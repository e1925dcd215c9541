"""Rounds of study buddies: time, memory, how good they are, and what the loop notices of them.

Time, memory and lag are those of a whole round of a made-up community (`bench.communities`) with its conditions,
wishes for three, blocks and four rounds behind it. How good it is is compared where the true optimum can be
computed: among people who all want to be two, over every pair there is; and for trios in communities of ten,
over every grouping there is. Greedy takes the best pair that is left, again and again; chance any that may be.

`python -m bench.buddies --large` measures 20,000 people as well, which takes minutes.
"""

import asyncio
import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any, Final

from bench import communities
from bench.rows import Row, Size, Target
from bot.domain.buddies.matching import LIMITS, Limits, match
from bot.domain.buddies.neighbours import likely_pairs
from bot.domain.buddies.score import Pool
from bot.domain.buddies.values import Blocks, History, WaitReason
from bot.services.buddies.matching import RoundMatcher
from bot.sources.worker import Worker

NAME: Final = "buddies"
SECONDS: Final = {100: 2.0, 500: 5.0, 1_000: 10.0, 5_000: 60.0, 20_000: 300.0}
MEMORY: Final = 1024.0  # MiB that the process may take
LAG: Final = 50.0  # ms
GOOD: Final = 0.985  # of the optimum
_HERE: Final = Path(__file__).parents[1]
Edge = tuple[int, int, int]


def run(size: Size, *, large: bool = False) -> list[Row]:
    """Measure and return the rows."""
    numbers = [*size.pick([100, 500, 1_000, 5_000], [100, 500]), *([20_000] if large else [])]
    rows = [row for number in numbers for row in round_for(number)]
    rows += [row for number in size.pick([100, 500, 1_000], [100, 300]) for row in _quality(number)]
    rows.append(_trios(size.pick(60, 10)))
    rows.append(_lag(max(numbers)))
    return rows


def round_for(number: int) -> list[Row]:
    """Time and memory, in a process that does nothing else; beside them what greedy takes in another."""
    ours, greedy = _apart("ours", number), _apart("greedy", number)
    name = f"A round for {number:,}"
    fault = "" if ours["again"] == 0 else f"{ours['again']} were left out again"
    return [
        Row(f"{name}: time (baseline: greedy)", ours["seconds"], greedy["seconds"], "s", Target("≤", SECONDS[number], "ours")),
        Row(f"{name}: peak memory of its process (baseline: greedy)", ours["mib"], greedy["mib"], "MiB", Target("≤", MEMORY, "ours")),
        Row(
            f"{name}: people in a group (baseline: who fits with anybody)", ours["matched"], ours["could"], "people",
            note=f"{ours['repeats']:g} repeats; {ours['trios']:g} trios", fault=fault, target=Target("≥", 0.99),
        ),
    ]  # fmt: skip


def _quality(number: int) -> list[Row]:
    """How good a round is, where everybody wants to be two and the optimum can be computed."""
    people = communities.profiles(number, exact=True)
    blocks, history = communities.past(people)
    pool = Pool(people, blocks, history, communities.WINDOW)
    edges = [(*two, pool.score(*two).total) for two in combinations(range(number), 2) if pool.may_group(two)]
    found = match(people, blocks=blocks, history=history, window=communities.WINDOW, seed=1).numbers
    greedy, chance = greedily(edges), by_chance(edges)
    name = f"Points of a round for {number:,}"
    repeats = {
        what: sum(pool.repeats(each[:2]) for each in pairs)
        for what, pairs in (("greedy", greedy), ("chance", chance))
    }
    return [
        Row(f"{name} (baseline: the optimum)", found.weight, _optimum(number, edges), "points", Target("≥", GOOD)),
        Row(f"{name} (baseline: greedy)", found.weight, _points(greedy), "points", Target("≥", 1)),
        Row(f"{name} (baseline: chance)", found.weight, _points(chance), "points", Target("≥", 1)),
        Row(
            f"People in a group, of {number:,} (baseline: greedy)", found.matched, 2 * len(greedy), "people", Target("≥", 1),
            note=f"repeats: ours {found.repeats}, greedy {repeats['greedy']}, chance {repeats['chance']}",
        ),
    ]  # fmt: skip


def _optimum(number: int, edges: Sequence[Edge]) -> int:
    """Return the most points that any set of pairs has, whoever waits and whoever met."""
    import rustworkx as rx

    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(number))
    graph.add_edges_from(edges)
    pairs = rx.max_weight_matching(graph, max_cardinality=False, weight_fn=int)
    return sum(graph.get_edge_data(*pair) for pair in pairs)


def greedily(edges: Sequence[Edge]) -> list[Edge]:
    """Take the best pair that is left, again and again."""
    return _taken(sorted(edges, key=lambda edge: -edge[2]))


def by_chance(edges: Sequence[Edge]) -> list[Edge]:
    """Take any pair that may be, again and again."""
    mixed = list(edges)
    random.Random(1).shuffle(mixed)  # noqa: S311 - the same each time
    return _taken(mixed)


def _taken(edges: Sequence[Edge]) -> list[Edge]:
    taken: set[int] = set()
    found = []
    for edge in edges:
        if taken.isdisjoint(edge[:2]):
            taken.update(edge[:2])
            found.append(edge)
    return found


def _points(edges: Sequence[Edge]) -> int:
    return sum(edge[2] for edge in edges)


def _trios(count: int) -> Row:
    """Points of ten people with all wishes: what is searched in large communities, against every grouping."""
    ours = best = 0
    for seed in range(count):
        people = communities.profiles(10, seed)
        found = [
            match(people, blocks=Blocks(), history=History(), window=communities.WINDOW, seed=1, limits=limits).numbers
            for limits in (Limits(exact=0), LIMITS)
        ]  # fmt: skip
        ours += found[0].weight if found[0].matched == found[1].matched else 0
        best += found[1].weight
    name = f"Points of {count} rounds for 10, trios and all (baseline: the best of every grouping)"
    return Row(name, ours, best, "points", Target("≥", GOOD))


def _lag(number: int) -> Row:
    """How long the loop has no turn while a round is made; beside it a loop with nothing to do.

    In processor time of this process, all its threads together: what a busy machine gives to others is not ours.
    """
    people = communities.profiles(number)
    blocks, history = communities.past(people)

    async def late(stop: asyncio.Event) -> float:
        worst = 0.0
        while not stop.is_set():
            begun = time.process_time()
            await asyncio.sleep(0.001)
            worst = max(worst, time.process_time() - begun)
        return worst * 1000

    async def measure() -> tuple[float, float]:
        stop = asyncio.Event()
        idle = asyncio.create_task(late(stop))
        await asyncio.sleep(2)
        stop.set()
        baseline = await idle
        stop.clear()
        watching = asyncio.create_task(late(stop))
        async with Worker(size=1) as worker:
            matcher = RoundMatcher(worker)
            await matcher.match(people, blocks=blocks, history=history, window=communities.WINDOW, seed=1)
        stop.set()
        return await watching, baseline

    ours, baseline = asyncio.run(measure())
    name = f"Longest time without a turn of the loop in a round for {number:,} (baseline: idle)"
    return Row(name, ours, baseline, "ms", Target("≤", LAG, "ours"))


def _apart(what: str, number: int) -> dict[str, Any]:
    """Run `_measured` in a process of its own."""
    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-m", "bench.buddies", "--measure", what, str(number)],
        cwd=_HERE, stdout=subprocess.PIPE, check=True, env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(what: str, number: int) -> dict[str, float]:
    """Make a round; seconds are those of the processor."""
    people = communities.profiles(number)
    blocks, history = communities.past(people)
    found: dict[str, float] = {}
    begun = time.process_time()
    if what == "ours":
        made = match(people, blocks=blocks, history=history, window=communities.WINDOW, seed=1)
        hopeless = sum(reason is WaitReason.NOBODY_COMPATIBLE for reason in made.waiting.values())
        numbers = made.numbers
        found = {
            "matched": numbers.matched, "could": number - hopeless, "again": numbers.waited_again,
            "repeats": numbers.repeats, "trios": numbers.trios,
        }  # fmt: skip
    else:
        pool = Pool(people, blocks, history, communities.WINDOW)
        near = likely_pairs(pool, range(number), LIMITS.neighbours) if number > LIMITS.all_pairs else None
        likely = combinations(range(number), 2) if near is None else sorted(near)
        greedily([(*two, pool.score(*two).total) for two in likely if pool.may_group(two)])
    return {**found, "seconds": time.process_time() - begun, "mib": _peak()}


def _peak() -> float:
    """Return the most memory that this process held, in MiB; getrusage would count that of its parent."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        print(json.dumps(_measured(sys.argv[2], int(sys.argv[3]))))
    else:
        from bench.__main__ import measure, table

        wanted = "--large" in sys.argv
        print(table(measure({NAME: lambda size: run(size, large=wanted)}, Size.FULL)))
