"""Ways between all pairs of roles, against a plain breadth-first search that finds one shortest chain of moves.

What is timed is a whole answer: up to three ways with what each step adds, what is missing at the goal, and the first
things to do; where no way leads, the nearest role that can be reached. Seconds are those of the processor.
"""

import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from bot.content.careers import load_careers
from bot.domain.paths import Atlas

SLOWEST_MS: Final = 5.0
EVERY: Final = {"full": 1, "small": 23}  # of the pairs, one in so many


def run(size: str = "full") -> list[dict[str, Any]]:
    """Measure, and return rows of name, ours, baseline, ratio, unit, target and whether it was met."""
    careers = load_careers()
    atlas = Atlas(careers)
    targets: dict[str, list[str]] = {role: [] for role in careers.roles}
    for move in careers.moves:
        targets[move.origin].append(move.target)
    every = EVERY[str(size)]
    pairs = [(start, goal) for start in careers.roles for goal in careers.roles if start != goal][::every]
    ours = sorted(_timed(partial(atlas.journey, start, goal)) for start, goal in pairs)
    plain = sorted(_timed(partial(breadth_first, targets, start, goal)) for start, goal in pairs)
    middle = len(pairs) // 2
    of = f"{len(pairs):,} pairs of roles"
    return [
        _row(f"A path, median of {of} (baseline: breadth-first search)", ours[middle], plain[middle]),
        _row(f"A path, slowest of {of} (baseline: breadth-first search)", ours[-1], plain[-1]),
    ]


def breadth_first(targets: dict[str, list[str]], start: str, goal: str) -> list[str] | None:
    """Return one chain with the fewest moves, None where there is none."""
    came_from: dict[str, str | None] = {start: None}
    waiting = deque([start])
    while waiting:
        role = waiting.popleft()
        if role == goal:
            chain = [role]
            while (before := came_from[chain[-1]]) is not None:
                chain.append(before)
            return chain[::-1]
        for target in targets[role]:
            if target not in came_from:
                came_from[target] = role
                waiting.append(target)
    return None


def _timed(work: Callable[[], object]) -> float:
    """Return the better of two runs, in milliseconds."""
    best = float("inf")
    for _ in range(2):
        begun = time.process_time()
        work()
        best = min(best, time.process_time() - begun)
    return best * 1000


def _row(name: str, ours: float, baseline: float) -> dict[str, Any]:
    return {
        "name": name,
        "ours": round(ours, 4),
        "baseline": round(baseline, 4),
        "ratio": round(ours / baseline, 1) if baseline else None,
        "unit": "ms",
        "target": f"< {SLOWEST_MS:g} ms",
        "met": ours < SLOWEST_MS,
    }
