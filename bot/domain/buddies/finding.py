"""Between rounds: who would fit somebody. Asks the same `Pool.may_group` as the rounds do."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from bot.domain.buddies.reasons import explain
from bot.domain.buddies.score import Pool, Window
from bot.domain.buddies.values import Blocks, History, Profile, Reason


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who would fit, and what may be said about it."""

    member_id: int
    points: int
    overlap_hours: float  # a week
    reasons: tuple[Reason, ...]


def candidates(
    mine: Profile,
    others: Iterable[Profile],
    *,
    blocks: Blocks,
    history: History,
    window: Window,
    without: Collection[int] = (),
    count: int = 5,
) -> tuple[Candidate, ...]:
    """Return the best `count` for a pair with `mine`, the best first; who was met lately comes last.

    For a search and for a rematch alike. `without` leaves out more: who was asked already, who is in a
    group with them now. Who wants to be three is not found: one
    person at a time is what this is for.
    """
    rest = sorted(
        (each for each in others if each.member_id not in without and each.member_id != mine.member_id),
        key=lambda each: each.member_id,
    )
    pool = Pool([mine, *rest], blocks, history, window)
    fit = [place for place in range(1, len(pool)) if pool.may_group((0, place))]
    ranked = sorted(fit, key=lambda place: (pool.staleness((0, place)), -pool.score(0, place).total, place))
    return tuple(
        Candidate(
            pool.profiles[place].member_id,
            pool.score(0, place).total,
            pool.overlap_hours((0, place)),
            explain(pool, (0, place)),
        )
        for place in ranked[:count]
    )
