"""Makes rounds in a process of its own, so that nobody's answer waits for one.

A round of thousands takes seconds and holds the interpreter; and handing over that many profiles at once would
hold it as well, so they are packed in parts with a turn for the loop between two of them.
"""

import asyncio
import contextlib
import os
import pickle
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import islice
from typing import Any, Final, TypeVar

from bot.domain.buddies.matching import match
from bot.domain.buddies.score import Window, is_recent
from bot.domain.buddies.values import Blocks, History, MatchResult, Numbers, Pair, Profile
from bot.sources.worker import Worker, in_parts, joined

T = TypeVar("T")

AT_ONCE: Final = 8
"""Members up to whom a round is made on the spot: milliseconds, less than handing it over."""
MEMORY_MB: Final = 1024
_PART: Final = 100
_LEAST_S: Final = 30.0
_S_PER_MEMBER: Final = 0.03
"""Ten times what it takes (`make bench`): a limit for what goes wrong, not for a slow machine."""


class RoundMatcher:
    """Matches in `worker`, of which one process is enough and which nothing else should wait for."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker

    async def match(
        self, profiles: Sequence[Profile], *, blocks: Blocks, history: History, window: Window, seed: int
    ) -> MatchResult:
        """Return the round for these members: as `bot.domain.buddies.matching.match`.

        Raises what `Worker.run` raises; nothing is lost by trying again later.
        """
        if len(profiles) <= AT_ONCE:
            return match(profiles, blocks=blocks, history=history, window=window, seed=seed)
        ids = {profile.member_id for profile in profiles}

        def counts(met: tuple[Pair, date]) -> bool:
            return is_recent(met[1], window) and ids.issuperset(met[0])

        rest = History({}, {id_: waits for id_, waits in history.waited.items() if id_ in ids}, history.again)
        groups, waiting, numbers = await self._worker.run(
            _match,
            await _packed(profiles),
            await _packed(history.met.items(), counts),
            await _packed(blocks.pairs, ids.issuperset),
            (rest, window, seed),
            limit_s=_LEAST_S + _S_PER_MEMBER * len(profiles),
            memory_mb=MEMORY_MB,
        )
        return MatchResult(tuple(await joined(groups)), dict(await joined(waiting)), numbers)


async def _packed(items: Iterable[T], kept: Callable[[T], bool] = lambda _item: True) -> list[bytes]:
    """Pack those that are `kept` in parts, and let the loop have its turn after each."""
    rest = iter(items)
    parts: list[bytes] = []
    while part := list(islice(rest, _PART)):
        parts.append(pickle.dumps([item for item in part if kept(item)], pickle.HIGHEST_PROTOCOL))
        await asyncio.sleep(0)
    return parts


def _match(
    profiles: list[bytes], met: list[bytes], blocks: list[bytes], rest: tuple[History, Window, int]
) -> tuple[list[bytes], list[bytes], Numbers]:
    """Do the work, in the process."""
    # Answers to people come first, and several threads for small matrices only get in each other's way.
    with contextlib.suppress(OSError, AttributeError):
        os.setpriority(os.PRIO_PROCESS, 0, 10)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    history, window, seed = rest
    result = match(
        _unpacked(profiles),
        blocks=Blocks(frozenset(_unpacked(blocks))),
        history=History(dict(_unpacked(met)), history.waited, history.again),
        window=window,
        seed=seed,
    )
    return in_parts(result.groups, _PART), in_parts(result.waiting.items(), _PART), result.numbers


def _unpacked(parts: Iterable[bytes]) -> list[Any]:
    return [item for part in parts for item in pickle.loads(part)]  # noqa: S301 - packed by our own code
