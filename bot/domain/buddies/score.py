"""How well two members fit: who may meet at all, and whole points for what speaks for it.

`Pool.compatible` is the only place that says who may meet: rounds, trios, rematches and searches all ask it.
docs/matching.md explains the points to people; what it says is what stands here.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import combinations
from typing import Final
from zoneinfo import ZoneInfo

from bot.domain.buddies.values import (
    HOURS_OF_WEEK,
    Availability,
    Blocks,
    GroupWish,
    History,
    Medium,
    Profile,
    Span,
    pair,
)

SLOT: Final = timedelta(minutes=15)
"""Some zones are three quarters of an hour off; none is off by less than a quarter."""
SLOTS_PER_HOUR: Final = 4
LEAST_OVERLAP: Final = SLOTS_PER_HOUR
"""Quarters of an hour a week that two people must have in common: without an hour there is no meeting."""
ENOUGH_OVERLAP: Final = 8 * SLOTS_PER_HOUR
"""Quarters of an hour a week from which on more of them make nothing better."""
RECENT_ROUNDS: Final = 6
"""For so many rounds after they met, two are put together again only where nobody else is left."""

OVERLAP_POINTS: Final = 300
HELP_POINTS: Final = 70  # for each skill that one offers and the other learns
MOST_HELP: Final = 3  # skills that count in one direction
MUTUAL_POINTS: Final = 80  # where both can help
BOTH_LEARN_POINTS: Final = 50
MOST_BOTH_LEARN: Final = 4
GOAL_POINTS: Final = 130
GOAL_KIND_POINTS: Final = 30
LEVEL_POINTS: Final = (100, 50, 0)  # by distance
LEVEL_UNKNOWN_POINTS: Final = 40
PACE_POINTS: Final = (60, 30, 0)
WEEKLY_HOURS_POINTS: Final = 40
WEEKLY_HOURS_LOSS: Final = 8  # for each hour of difference
LANGUAGE_POINTS: Final = 10  # for each language in common after the first
MOST_LANGUAGES: Final = 2
MEDIUM_POINTS: Final = 20
AGAIN_POINTS: Final = 400
MOST_POINTS: Final = 1620
"""No pair reaches more: the parts at their best."""


@dataclass(frozen=True, slots=True)
class Window:
    """The time that a round is for: whole weeks from the instant it begins."""

    start: datetime
    weeks: int = 1

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.weeks < 1:
            raise ValueError("a window is an aware instant and a week or more")

    @property
    def slots(self) -> int:
        """Return how many quarters of an hour it has."""
        return self.weeks * HOURS_OF_WEEK * SLOTS_PER_HOUR

    def at(self, slot: int) -> datetime:
        """Return when a slot begins, in UTC."""
        return _begin(self.start) + slot * SLOT


@dataclass(frozen=True, slots=True)
class Score:
    """Points for one pair, and what they are made of."""

    overlap: int
    help: int
    both_learn: int
    goal: int
    level: int
    pace: int
    weekly_hours: int
    language: int
    medium: int
    again: int

    @property
    def total(self) -> int:
        """Return the sum."""
        return (
            self.overlap
            + self.help
            + self.both_learn
            + self.goal
            + self.level
            + self.pace
            + self.weekly_hours
            + self.language
            + self.medium
            + self.again
        )


class Pool:
    """Those among whom groups are sought, by their places in `profiles`: 0 and on.

    Zones are read once for each profile, for the very weeks of the window, so that clocks which change in
    them are right. Raises ValueError where a member is there twice.
    """

    def __init__(self, profiles: Sequence[Profile], blocks: Blocks, history: History, window: Window) -> None:
        self.profiles = profiles
        self.window = window
        self._blocks = blocks
        self.history = history
        self._members = [profile.member_id for profile in profiles]
        if len(set(self._members)) != len(profiles):
            raise ValueError("a member has one profile")
        bits: dict[str, int] = {}
        self._free = [free_slots(profile.availability, window) for profile in profiles]
        self._learning = [_bits(profile.learning, bits) for profile in profiles]
        self._offers = [_bits(profile.offers, bits) for profile in profiles]
        self._languages = [_bits(profile.languages, bits) for profile in profiles]
        self._goals = [profile.goal.key if profile.goal else None for profile in profiles]
        self._paces = [profile.pace.rank for profile in profiles]
        self._least = LEAST_OVERLAP * window.weeks

    def __len__(self) -> int:
        return len(self.profiles)

    # --- Who may meet -----------------------------------------------------------------------------

    def compatible(self, one: int, other: int) -> bool:
        """Whether two may be in a group together, of whatever size.

        Never somebody with themselves, with a member of another server, or where either has blocked the
        other; and only with a language, a medium and an hour a week in common.
        """
        mine, theirs = self.profiles[one], self.profiles[other]
        return (
            self._members[one] != self._members[other]
            and mine.server_id == theirs.server_id
            and not self._blocks.between(self._members[one], self._members[other])
            and bool(self._languages[one] & self._languages[other])
            and {mine.medium, theirs.medium} != {Medium.TEXT, Medium.VOICE}
            and (self._free[one] & self._free[other]).bit_count() >= self._least
        )

    def may_group(self, places: Sequence[int]) -> bool:
        """Whether these two or three may be a group: every pair of them fits, the size is what each wants.

        Three also need a language, a medium and an hour a week that all of them have in common.
        """
        return (
            self.wished(places)
            and all(self.compatible(one, other) for one, other in combinations(places, 2))
            and self.agree(places)
        )

    def wished(self, places: Sequence[int]) -> bool:
        """Whether all of these want to be so many."""
        return all(self.profiles[place].group.allows(len(places)) for place in places)

    def agree(self, places: Sequence[int]) -> bool:
        """Whether people who are compatible in pairs also have a language and an hour a week common to all."""
        if len(places) == 2:
            return True
        languages = -1
        for place in places:
            languages &= self._languages[place]
        return bool(languages) and self.common_slots(places).bit_count() >= self._least

    # --- What speaks for it -----------------------------------------------------------------------

    def score(self, one: int, other: int) -> Score:
        """Return the points for two who are compatible; the same whichever comes first."""
        mine, theirs = self.profiles[one], self.profiles[other]
        enough = ENOUGH_OVERLAP * self.window.weeks
        shared = min((self._free[one] & self._free[other]).bit_count(), enough)
        taught = min((self._learning[one] & self._offers[other]).bit_count(), MOST_HELP)
        given = min((self._offers[one] & self._learning[other]).bit_count(), MOST_HELP)
        both = min((self._learning[one] & self._learning[other]).bit_count(), MOST_BOTH_LEARN)
        languages = (self._languages[one] & self._languages[other]).bit_count()
        hours = abs(mine.weekly_hours - theirs.weekly_hours)
        return Score(
            overlap=OVERLAP_POINTS * shared // enough,
            help=HELP_POINTS * (taught + given) + MUTUAL_POINTS * bool(taught and given),
            both_learn=BOTH_LEARN_POINTS * both,
            goal=self._goal_points(one, other),
            level=(
                LEVEL_UNKNOWN_POINTS
                if mine.level is None or theirs.level is None
                else LEVEL_POINTS[abs(mine.level - theirs.level)]
            ),
            pace=PACE_POINTS[abs(self._paces[one] - self._paces[other])],
            weekly_hours=max(0, WEEKLY_HOURS_POINTS - WEEKLY_HOURS_LOSS * hours),
            language=LANGUAGE_POINTS * min(max(0, languages - 1), MOST_LANGUAGES),
            medium=MEDIUM_POINTS * (mine.medium is theirs.medium),
            again=AGAIN_POINTS * (pair(self._members[one], self._members[other]) in self.history.again),
        )

    def _goal_points(self, one: int, other: int) -> int:
        mine, theirs = self._goals[one], self._goals[other]
        if mine is None or theirs is None or mine[0] is not theirs[0]:
            return 0
        return GOAL_POINTS if mine == theirs and mine[1] else GOAL_KIND_POINTS

    def weight(self, places: Sequence[int]) -> int:
        """Return the points of a group: those of its pair; of three half of the sum, as each shares the time.

        So a member counts for the mean of those they are with, whatever the size of the group.
        """
        total = sum(self.score(one, other).total for one, other in combinations(places, 2))
        return total if len(places) == 2 else total // 2

    def staleness(self, places: Sequence[int]) -> int:
        """Return how stale a group is: for each pair that met in the last rounds more, the more lately.

        6 for the round before, 1 for six rounds ago; nothing for two who both asked for another round.
        """
        return sum(self._stale(one, other) for one, other in combinations(places, 2))

    def repeats(self, places: Sequence[int]) -> int:
        """Return how many pairs of a group met in the last rounds and did not ask for it."""
        return sum(self._stale(one, other) > 0 for one, other in combinations(places, 2))

    def _stale(self, one: int, other: int) -> int:
        met = pair(self._members[one], self._members[other])
        on = self.history.met.get(met)  # looked up one by one: a history is long, and most pools are of two
        return 0 if on is None or met in self.history.again else _recent_steps(on, self.window)

    def met(self, one: int, other: int) -> date | None:
        """Return the first day of the last round in which two were together; None where there was none."""
        return self.history.met.get(pair(self._members[one], self._members[other]))

    def waited(self, place: int) -> int:
        """Return for how many rounds running somebody got nobody."""
        return self.history.waited.get(self._members[place], 0)

    def wish(self, place: int) -> GroupWish:
        """Return how many somebody wants to be."""
        return self.profiles[place].group

    # --- Hours ------------------------------------------------------------------------------------

    def common_slots(self, places: Iterable[int]) -> int:
        """Return the slots of the window in which all of these can, a bit for each, the first the lowest."""
        common = (1 << self.window.slots) - 1
        for place in places:
            common &= self._free[place]
        return common

    def overlap_hours(self, places: Iterable[int]) -> float:
        """Return the hours a week in which all of these can."""
        return self.common_slots(places).bit_count() / SLOTS_PER_HOUR / self.window.weeks

    def free(self, place: int) -> int:
        """Return the slots of the window in which one member can, as `common_slots` does."""
        return self._free[place]


def free_slots(availability: Availability, window: Window) -> int:
    """Return the slots of the window that are free by the wall clock of the member's zone, a bit for each."""
    return _free_slots(availability.zone, availability.hours, _begin(window.start), window.weeks)


def spans(slots: int, window: Window) -> Iterator[Span]:
    """Yield the stretches of a set of slots, in order."""
    at = 0
    while slots >> at:
        at += ((slots >> at) & -(slots >> at)).bit_length() - 1
        run = slots >> at
        length = (~run & (run + 1)).bit_length() - 1
        yield Span(window.at(at), window.at(at + length))
        at += length


@lru_cache(maxsize=8192)
def _free_slots(zone: str, hours: frozenset[int], begin: datetime, weeks: int) -> int:
    """Walk the slots once; most members share their zone and their hours with others."""
    clock = ZoneInfo(zone)
    bits = 0
    for slot, hour in enumerate(_hours_of_week(clock, begin, weeks)):
        if hour in hours:
            bits |= 1 << slot
    return bits


_WALLS: Final = 512  # zones by windows; there are about 600 zones


@lru_cache(maxsize=_WALLS)
def _hours_of_week(clock: ZoneInfo, begin: datetime, weeks: int) -> tuple[int, ...]:
    """Return for each slot the hour of the week that the wall clock shows as it begins."""
    walls = (
        (begin + slot * SLOT).astimezone(clock) for slot in range(weeks * HOURS_OF_WEEK * SLOTS_PER_HOUR)
    )
    return tuple(wall.weekday() * 24 + wall.hour for wall in walls)


def _begin(start: datetime) -> datetime:
    """Return the first quarter of an hour at or after a start, so that slots begin when clocks show quarters."""
    whole = start.astimezone(UTC).replace(second=0, microsecond=0)
    whole += timedelta(minutes=-whole.minute % 15)
    return whole if whole >= start else whole + SLOT


def is_recent(met_on: date, window: Window) -> bool:
    """Whether two who met then are put together only where nobody else is left."""
    return _recent_steps(met_on, window) > 0


def _recent_steps(met_on: date, window: Window) -> int:
    """Return RECENT_ROUNDS for those who met in the round before, one less for each round since, at least 0."""
    days = (window.start.date() - met_on).days
    rounds_ago = max(1, round(days / (7 * window.weeks)))
    return max(0, RECENT_ROUNDS + 1 - rounds_ago)


def _bits(names: Iterable[str], bits: dict[str, int]) -> int:
    total = 0
    for name in names:
        total |= 1 << bits.setdefault(name, len(bits))
    return total
