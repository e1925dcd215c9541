"""Whom it is worth to weigh up exactly: for each member of a large pool the few dozen who seem to fit best.

An estimate on whole matrices, in blocks of rows so that memory stays small. It decides nothing: every pair it
names is asked about and scored by `Pool`, and who is left over is compared with everybody.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from bot.domain.buddies import score as points
from bot.domain.buddies.score import Pool
from bot.domain.buddies.values import GroupWish, Medium, Profile

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, np.dtype[np.float32]]

_ROWS: Final = 256
_NEVER: Final = -1e9


def likely_pairs(pool: Pool, places: Sequence[int], each: int) -> set[tuple[int, int]]:
    """Return pairs of `places`, smaller first: for each member the `each` others who seem to fit best."""
    import numpy as np

    columns = _Columns(pool, places)
    kept = min(each, len(places) - 1)
    pairs: set[tuple[int, int]] = set()
    for begin in range(0, len(places), _ROWS):
        estimate = columns.estimate(begin, min(begin + _ROWS, len(places)))
        best = np.argpartition(-estimate, kept - 1, axis=1)[:, :kept]
        for row, others in enumerate(best.tolist()):
            one = places[begin + row]
            for other in others:
                if estimate[row, other] > _NEVER / 2:
                    pairs.add((one, places[other]) if one < places[other] else (places[other], one))
    return pairs


class _Columns:
    """What the estimate looks at, a row for each member."""

    def __init__(self, pool: Pool, places: Sequence[int]) -> None:
        import numpy as np

        profiles = [pool.profiles[place] for place in places]
        self._weeks = pool.window.weeks
        self._free, self._times = _hours(pool, places)
        skills = _numbered(skill for each in profiles for skill in each.learning | each.offers)
        self._learning = _marks([each.learning for each in profiles], skills)
        self._offers = _marks([each.offers for each in profiles], skills)
        languages = _numbered(language for each in profiles for language in each.languages)
        self._languages = _marks([each.languages for each in profiles], languages)
        goals = _numbered(each.goal.key for each in profiles if each.goal)
        kinds = _numbered(each.goal.kind for each in profiles if each.goal)
        self._goal = np.array([goals[each.goal.key] if each.goal else -1 for each in profiles])
        self._kind = np.array([kinds[each.goal.kind] if each.goal else -1 for each in profiles])
        self._weekly = np.array([each.weekly_hours for each in profiles], dtype=np.float32)
        self._server = np.array([each.server_id for each in profiles])
        kept = [(each.level, each.pace, each.medium, each.group) for each in profiles]
        tastes = _numbered(kept)
        self._taste = np.array([tastes[each] for each in kept])
        self._tastes = np.array(
            [[_taste(one, other) for other in tastes] for one in tastes], dtype=np.float32
        )

    def estimate(self, begin: int, end: int) -> "Matrix":
        """Return points for rows `begin` to `end` against everybody, less than `_NEVER / 2` where never."""
        import numpy as np

        rows = slice(begin, end)
        overlap = (self._free[rows] * self._times) @ self._free.T
        languages = self._languages[rows] @ self._languages.T
        never = overlap < points.LEAST_OVERLAP * self._weeks
        never |= languages < 1
        never |= self._server[rows, None] != self._server
        total: Matrix = self._tastes[self._taste[rows]][:, self._taste]
        enough = points.ENOUGH_OVERLAP * self._weeks
        total += np.minimum(overlap, enough) * np.float32(points.OVERLAP_POINTS / enough)
        taught = np.minimum(self._learning[rows] @ self._offers.T, points.MOST_HELP)
        given = np.minimum(self._offers[rows] @ self._learning.T, points.MOST_HELP)
        total += points.HELP_POINTS * (taught + given)
        total += np.minimum(taught * given, 1) * points.MUTUAL_POINTS
        both = np.minimum(self._learning[rows] @ self._learning.T, points.MOST_BOTH_LEARN)
        total += points.BOTH_LEARN_POINTS * both
        same = (self._kind[rows, None] == self._kind) & (self._kind >= 0)
        total += np.float32(points.GOAL_KIND_POINTS) * same
        same &= self._goal[rows, None] == self._goal
        total += np.float32(points.GOAL_POINTS - points.GOAL_KIND_POINTS) * same
        apart = np.abs(self._weekly[rows, None] - self._weekly)
        total += np.maximum(0, points.WEEKLY_HOURS_POINTS - points.WEEKLY_HOURS_LOSS * apart)
        total += points.LANGUAGE_POINTS * np.clip(languages - 1, 0, points.MOST_LANGUAGES)
        total[never] = _NEVER
        total[np.arange(end - begin), np.arange(begin, end)] = _NEVER
        return total


def _taste(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    """Return the points for level, pace and medium of two, with their wishes of size."""
    (level, pace, medium, wish), (their_level, their_pace, their_medium, their_wish) = one, other
    if {medium, their_medium} == {Medium.TEXT, Medium.VOICE} or {wish, their_wish} == {
        GroupWish.PAIR,
        GroupWish.TRIO,
    }:
        return _NEVER
    known = level is not None and their_level is not None
    total = points.LEVEL_POINTS[abs(level - their_level)] if known else points.LEVEL_UNKNOWN_POINTS
    return (
        total
        + points.PACE_POINTS[abs(pace.rank - their_pace.rank)]
        + points.MEDIUM_POINTS * (medium is their_medium)
    )


def _hours(pool: Pool, places: Sequence[int]) -> "tuple[Matrix, Matrix]":
    """Return who is free when, and how many slots each column stands for: many are free to the same people."""
    import numpy as np

    size = (pool.window.slots + 7) // 8
    packed = b"".join(pool.free(place).to_bytes(size, "little") for place in places)
    rows = np.frombuffer(packed, dtype=np.uint8).reshape(len(places), size)
    slots = np.packbits(np.unpackbits(rows, axis=1).T, axis=1)
    unique, times = np.unique(slots, axis=0, return_counts=True)
    free = np.unpackbits(unique, axis=1, count=len(places)).T.astype(np.float32)
    return np.ascontiguousarray(free), times.astype(np.float32)


def _numbered(names: Iterable[Any]) -> dict[Any, int]:
    return {name: at for at, name in enumerate(dict.fromkeys(names))}


def _marks(rows: Sequence[Iterable[str]], names: dict[str, int]) -> "Matrix":
    import numpy as np

    marks = np.zeros((len(rows), max(1, len(names))), dtype=np.float32)
    for at, row in enumerate(rows):
        for name in row:
            marks[at, names[name]] = 1
    return marks


def zone_and_level(profile: Profile, pool: Pool) -> tuple[float, int, int]:
    """Return the key by which a pool that is too large falls into parts: people near each other in time."""
    from zoneinfo import ZoneInfo

    offset = pool.window.start.astimezone(ZoneInfo(profile.availability.zone)).utcoffset()
    return (offset.total_seconds() if offset else 0.0, profile.level or 0, profile.server_id)
