"""What study buddies are made of: profiles, blocks, history, rounds and their results. Plain values, no chance.

Nothing here knows of age, gender or contact details, and there is no place for them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final, Self, TypeAlias
from zoneinfo import ZoneInfo

from bot.domain.questions import Level
from bot.domain.schedule import Schedule

Pair: TypeAlias = tuple[int, int]
"""Two member ids, the smaller first: make it with `pair`."""

HOURS_OF_WEEK: Final = 7 * 24
MAX_SKILLS: Final = 10
"""Skills that a member may name for learning, and as many for helping."""
MAX_GOAL: Final = 80
LANGUAGES: Final[Mapping[str, str]] = {
    "en": "English",
    "ar": "Arabic",
    "bn": "Bengali",
    "zh": "Chinese",
    "cs": "Czech",
    "nl": "Dutch",
    "fr": "French",
    "de": "German",
    "el": "Greek",
    "he": "Hebrew",
    "hi": "Hindi",
    "id": "Indonesian",
    "it": "Italian",
    "ja": "Japanese",
    "ko": "Korean",
    "fa": "Persian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "es": "Spanish",
    "sv": "Swedish",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
}
"""ISO 639-1 codes and names: 25, as many as a select has room for."""


def pair(one: int, other: int) -> Pair:
    """Return two member ids as a pair, whichever comes first. Raises ValueError for the same one twice."""
    if one == other:
        raise ValueError("nobody is paired with themselves")
    return (one, other) if one < other else (other, one)


class DayPart(StrEnum):
    """A part of the day, by the member's own clock."""

    MORNING = "morning"
    AFTERNOON = "afternoon"
    EVENING = "evening"
    NIGHT = "night"

    @property
    def hours(self) -> range:
        """Return its hours; those from 24 on belong to the next day."""
        return _PART_HOURS[self]


_PART_HOURS: Final = {
    DayPart.MORNING: range(7, 12),
    DayPart.AFTERNOON: range(12, 17),
    DayPart.EVENING: range(17, 22),
    DayPart.NIGHT: range(22, 26),
}
_WEEKDAYS: Final = range(5)
_WEEKEND: Final = range(5, 7)


@dataclass(frozen=True, slots=True)
class Availability:
    """The hours in which a member can usually study, by the wall clock of their own zone.

    `hours` are hours of the week: 0 is Monday 00:00–01:00, 167 Sunday 23:00–24:00. Raises ValueError for
    others, and whatever `ZoneInfo` raises for a zone that does not exist.
    """

    zone: str
    hours: frozenset[int]

    def __post_init__(self) -> None:
        if not all(0 <= hour < HOURS_OF_WEEK for hour in self.hours):
            raise ValueError(f"hours of the week go from 0 to {HOURS_OF_WEEK - 1}")
        ZoneInfo(self.zone)

    @classmethod
    def of_parts(cls, zone: str, weekdays: Iterable[DayPart], weekend: Iterable[DayPart]) -> Self:
        """Return what two selects say: parts of the day from Monday to Friday, and on Saturday and Sunday."""
        chosen = [(_WEEKDAYS, tuple(weekdays)), (_WEEKEND, tuple(weekend))]
        return cls(
            zone,
            frozenset(
                (day * 24 + hour) % HOURS_OF_WEEK
                for days, parts in chosen
                for day in days
                for part in parts
                for hour in part.hours
            ),
        )

    @property
    def weekdays(self) -> tuple[DayPart, ...]:
        """Return the parts that are free on every day from Monday to Friday: what a select shows as chosen."""
        return self._parts(_WEEKDAYS)

    @property
    def weekend(self) -> tuple[DayPart, ...]:
        """Return the parts that are free on Saturday and Sunday."""
        return self._parts(_WEEKEND)

    def _parts(self, days: Iterable[int]) -> tuple[DayPart, ...]:
        days = tuple(days)
        return tuple(
            part
            for part in DayPart
            if all((day * 24 + hour) % HOURS_OF_WEEK in self.hours for day in days for hour in part.hours)
        )

    def to_text(self) -> str:
        """Return the hours as at most 42 hexadecimal digits, for storage."""
        return f"{sum(1 << hour for hour in self.hours):x}"

    @classmethod
    def from_text(cls, zone: str, text: str) -> Self:
        """Read what `to_text` wrote."""
        bits = int(text, 16)
        return cls(zone, frozenset(hour for hour in range(bits.bit_length()) if bits >> hour & 1))


class GoalKind(StrEnum):
    """What somebody learns for."""

    ROLE = "role"
    COURSE = "course"
    PROJECT = "project"
    PAPERS = "papers"  # a paper club


@dataclass(frozen=True, slots=True)
class Goal:
    """What somebody learns for: the id of a role, or the name of a course, a project or a club as typed."""

    kind: GoalKind
    about: str = ""

    @property
    def key(self) -> tuple[GoalKind, str]:
        """Return what two members with the same goal have in common, however they typed it."""
        return self.kind, " ".join(self.about.casefold().split())


class Pace(StrEnum):
    """How somebody likes to go about it; the members stand in order."""

    GENTLE = "gentle"
    STEADY = "steady"
    INTENSE = "intense"

    @property
    def rank(self) -> int:
        """Return the place in the order, from 0."""
        return tuple(Pace).index(self)


class GroupWish(StrEnum):
    """How many somebody wants to be. It is a condition: nobody who wants three is left alone with one."""

    PAIR = "pair"
    TRIO = "trio"
    EITHER = "either"

    def allows(self, size: int) -> bool:
        """Whether a group of `size`, oneself included, is what was asked for."""
        return (
            size == 2 if self is GroupWish.PAIR else size == 3 if self is GroupWish.TRIO else size in {2, 3}
        )


class Medium(StrEnum):
    """How somebody wants to meet. Text and voice do not go together; either goes with both."""

    TEXT = "text"
    VOICE = "voice"
    EITHER = "either"


class Shown(StrEnum):
    """A part of a profile that its owner may show to those they are matched with."""

    LEARNING = "learning"
    OFFERS = "offers"
    LEVEL = "level"
    GOAL = "goal"
    HOURS = "hours"
    LANGUAGES = "languages"
    PACE = "pace"


@dataclass(frozen=True, slots=True)
class Profile:
    """What one member of one server is looking for. Skills are ids of the quiz and role data.

    Nothing that is not in `shows` is ever said to anybody: it only counts in the score.
    """

    server_id: int
    member_id: int
    availability: Availability
    learning: frozenset[str] = frozenset()
    offers: frozenset[str] = frozenset()
    level: Level | None = None
    goal: Goal | None = None
    weekly_hours: int = 3
    languages: frozenset[str] = frozenset({"en"})
    pace: Pace = Pace.STEADY
    group: GroupWish = GroupWish.EITHER
    medium: Medium = Medium.EITHER
    shows: frozenset[Shown] = frozenset(Shown)
    paused_until: datetime | None = None

    def is_paused(self, now: datetime) -> bool:
        """Whether the member does not take part at `now`."""
        return self.paused_until is not None and now < self.paused_until

    def shows_all(self, *parts: Shown) -> bool:
        """Whether all of these may be said to those the member is matched with."""
        return self.shows.issuperset(parts)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Who is never to meet whom. One block counts for both, and neither is told."""

    pairs: frozenset[Pair] = frozenset()

    @classmethod
    def of(cls, rows: Iterable[tuple[int, int]]) -> Self:
        """Return the blocks for rows of (who blocked, who was blocked)."""
        return cls(frozenset(pair(one, other) for one, other in rows if one != other))

    def between(self, one: int, other: int) -> bool:
        """Whether either has blocked the other."""
        return pair(one, other) in self.pairs


@dataclass(frozen=True, slots=True)
class History:
    """What earlier rounds left behind, of one server.

    `met` has the first day of the last round that brought two together; `waited` how many rounds running
    somebody who was in got nobody, for those who did not in the last one; `again` the pairs of whom both
    said that they want another round together.
    """

    met: Mapping[Pair, date] = field(default_factory=dict)
    waited: Mapping[int, int] = field(default_factory=dict)
    again: frozenset[Pair] = frozenset()

    @classmethod
    def of(
        cls,
        groups: Iterable[tuple[Iterable[int], date]],
        *,
        waited: Mapping[int, int] | None = None,
        again: Iterable[Pair] = (),
    ) -> Self:
        """Return the history for past groups, each with the first day of its round, in any order."""
        met: dict[Pair, date] = {}
        for members, on in groups:
            ids = sorted(set(members))
            for place, one in enumerate(ids):
                for other in ids[place + 1 :]:
                    met[one, other] = max(on, met.get((one, other), on))
        return cls(met, dict(waited or {}), frozenset(pair(*each) for each in again))


class ReasonKind(StrEnum):
    """Why people are put together; the members stand in the order in which they are said."""

    HELP = "help"  # `helper` offers what `helped` learns
    BOTH_LEARN = "both_learn"
    GOAL = "goal"
    OVERLAP = "overlap"
    LEVEL = "level"
    PACE = "pace"
    LANGUAGE = "language"  # other than English
    AGAIN = "again"  # they met before, and both asked for it, or nobody else was free


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason, which may be said to the members of the group: it holds only what all concerned show.

    `things` are ids: skills for HELP and BOTH_LEARN, language codes for LANGUAGE. `sentence` in
    `bot.domain.buddies.reasons` says it to one of them.
    """

    kind: ReasonKind
    members: tuple[int, ...]  # whom it is about, sorted
    things: tuple[str, ...] = ()
    helper: int | None = None
    helped: int | None = None
    goal: Goal | None = None
    level: Level | None = None
    pace: Pace | None = None
    hours: tuple["Span", ...] = ()  # of OVERLAP, the longest first
    on: date | None = None  # of AGAIN: when they met last


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which everybody of a group can, in UTC."""

    start: datetime
    end: datetime

    @property
    def length(self) -> float:
        """Return its length in hours."""
        return (self.end - self.start).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Group:
    """Two or three members who are put together."""

    members: tuple[int, ...]  # sorted
    weight: int  # the sum of the scores of its pairs; half of it in a trio, whose pairs share the time
    overlap_hours: float  # a week, in which all of them can
    repeats: int = 0  # pairs in it that met lately: `score.RECENT_ROUNDS`


class WaitReason(StrEnum):
    """Why somebody who was in got nobody."""

    ODD = "odd"  # there were partners, and all of them were taken
    NOBODY_COMPATIBLE = (
        "nobody_compatible"  # no common language or medium, or no hour in common, with anybody
    )
    GROUP_WISH = "group_wish"  # those who fit wanted another number of people


@dataclass(frozen=True, slots=True)
class Numbers:
    """A round in figures: what a moderator sees in a dry run."""

    joined: int
    matched: int
    waiting: int
    pairs: int
    trios: int
    repeats: int  # pairs of members that met recently
    waited_again: int  # of those waiting, how many waited in the round before, too
    mean_overlap_hours: float  # a week, over groups
    weight: int


@dataclass(frozen=True, slots=True)
class MatchResult:
    """A round as it would go out."""

    groups: tuple[Group, ...]  # sorted by members
    waiting: Mapping[int, WaitReason]
    numbers: Numbers

    def group_of(self, member_id: int) -> Group | None:
        """Return the group of a member, None for one who waits or was not in."""
        return next((group for group in self.groups if member_id in group.members), None)


class Cadence(StrEnum):
    """How often a round begins."""

    WEEKLY = "weekly"
    BIWEEKLY = "biweekly"
    MONTHLY = "monthly"  # on the first such weekday of the month


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """When a server's rounds begin. Where they go and who may take part are the server's settings, not here.

    `anchor` is any date in a week in which a biweekly round begins. Raises ValueError as `Schedule` does.
    """

    cadence: Cadence
    weekday: int  # 0 is Monday
    time: time
    zone: str
    anchor: date

    def __post_init__(self) -> None:
        _ = self.schedule

    @property
    def schedule(self) -> Schedule:
        """Return the weekly slot from which the cadence picks."""
        return Schedule(self.time, self.zone, frozenset({self.weekday}))
