"""When something that repeats is due: a wall-clock time, a zone, some days of the week.

A schedule has at most one slot per local date, so nothing built on it is posted twice on the night
the clocks go back, nor left out on the night they go forward.
"""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import NoReturn
from zoneinfo import ZoneInfo

from bot.domain.sentences import listed
from bot.errors import UserError

EVERY_DAY = frozenset(range(7))
WEEKDAYS = frozenset(range(5))
WEEKENDS = frozenset({5, 6})
MAX_SUGGESTIONS = 25  # Discord's limit on autocomplete choices

_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ONE_DAY = timedelta(days=1)
_ONE_SECOND = timedelta(seconds=1)
_ONE_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Schedule:
    """A local time on some days of the week (0 is Monday) in an IANA zone.

    Raises ValueError for values that no parser of this module gives out, and whatever `ZoneInfo`
    raises for a zone that does not exist.
    """

    time: time
    zone: str
    days: frozenset[int]

    def __post_init__(self) -> None:
        if not self.days or not self.days <= EVERY_DAY:
            raise ValueError(f"days must be some of 0 to 6, not {sorted(self.days)}")
        if self.time.tzinfo is not None:
            raise ValueError("the time is a wall-clock time: the zone stands beside it")
        ZoneInfo(self.zone)


# --- Instants ---------------------------------------------------------------------------------------


def slot(schedule: Schedule, local_date: date) -> datetime | None:
    """Return the instant, in UTC, of the slot on `local_date`; None where that date has none.

    It has none on a day of the week that is not in the schedule and on a date that its zone left out
    (Samoa had no 30 December 2011). A time that occurs twice counts the first time. A time that the
    clocks skip counts at the first instant after the gap; where that would be the next date, one
    minute before the gap, so that every date that exists keeps its slot.
    """
    if local_date.weekday() not in schedule.days:
        return None
    zone = ZoneInfo(schedule.zone)
    wall = datetime.combine(local_date, schedule.time.replace(fold=0))
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if _wall(instant, zone) == wall:
        return instant
    after_gap = _end_of_gap(wall, zone)
    if _wall(after_gap, zone).date() == local_date:
        return after_gap
    before_gap = after_gap - _ONE_MINUTE
    return before_gap if _wall(before_gap, zone).date() == local_date else None


def next_slot(schedule: Schedule, after: datetime) -> datetime:
    """Return the first slot strictly after `after`, in UTC."""
    after = _utc(after)
    # From the day before: where a day was repeated the local date runs ahead of the slots.
    for local_date in _dates(schedule, after, first=-1, step=1):
        instant = slot(schedule, local_date)
        if instant is not None and instant > after:
            return instant
    raise AssertionError  # _dates does not end


def previous_slot(schedule: Schedule, at: datetime) -> datetime:
    """Return the last slot at or before `at`, in UTC."""
    at = _utc(at)
    # From the day after: clocks set back over midnight return to a date whose successor has begun.
    for local_date in _dates(schedule, at, first=1, step=-1):
        instant = slot(schedule, local_date)
        if instant is not None and instant <= at:
            return instant
    raise AssertionError  # _dates does not end


def _dates(schedule: Schedule, around: datetime, *, first: int, step: int) -> Iterator[date]:
    local_date = around.astimezone(ZoneInfo(schedule.zone)).date()
    return (local_date + days * _ONE_DAY for days in count(first, step))


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """Return the transition that skips `wall`, by bisection: zoneinfo does not tell its transitions."""
    # PEP 495: in a gap, fold=1 reads the time with the later offset (an instant before the transition)
    # and fold=0 with the earlier one (an instant after it).
    before = wall.replace(tzinfo=zone, fold=1).astimezone(UTC).replace(microsecond=0)
    after = wall.replace(tzinfo=zone, fold=0).astimezone(UTC).replace(microsecond=0)
    while after - before > _ONE_SECOND:
        middle = before + (after - before) // _ONE_SECOND // 2 * _ONE_SECOND
        if _wall(middle, zone) > wall:
            after = middle
        else:
            before = middle
    return after


def _wall(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None, fold=0)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("an aware datetime is needed: a naive one would be read in the machine's zone")
    return moment.astimezone(UTC)


# --- Times in words ---------------------------------------------------------------------------------

_NAMED_TIMES = {"noon": time(12), "midday": time(12), "midnight": time(0)}
# Too vague to be taken as they are, good enough to be offered.
_TIMES_OF_DAY = {"morning": time(9), "afternoon": time(15), "evening": time(19), "night": time(21)}
_TIME = re.compile(
    r"(?:(?P<h>\d{1,2})(?: ?[:.h ] ?(?P<m>\d{2})| ?h| ?o'?clock)?|(?P<hh>\d{1,2})(?P<mm>\d{2}))"
    r" ?(?:(?P<half>[ap])(?:\.? ?m)?\.?)?",
    re.ASCII,
)
_BEGUN_TIME = re.compile(r"(.*?) ?([ap]?)[.m ]*")
_TIME_HINT = "Write it like 09:00, 9:30 pm or noon."


def parse_time(text: str) -> time:
    """Read a time of day: "9", "09:00", "9am", "9:30 pm", "21.15", "0900", "noon", "midnight"."""
    plain = _plain(text).removeprefix("at ")
    if not plain:
        raise UserError(f"Say at what time. {_TIME_HINT}")
    if plain in _NAMED_TIMES:
        return _NAMED_TIMES[plain]
    match = _TIME.fullmatch(plain)
    if match is None:
        raise UserError(f"I cannot read “{_short(text)}” as a time. {_TIME_HINT}")
    hour, minute = int(match["h"] or match["hh"]), int(match["m"] or match["mm"] or 0)
    if match["half"]:
        if not 1 <= hour <= 12:
            raise UserError(
                f"With am or pm the hour goes from 1 to 12, so “{_short(text)}” is unclear. {_TIME_HINT}"
            )
        hour = hour % 12 + (12 if match["half"] == "p" else 0)
    if hour == 24 and minute == 0:
        raise UserError("Midnight is written 00:00; it begins the day.")
    if hour > 23 or minute > 59:
        raise UserError(f"“{_short(text)}” is not a time of day: hours go to 23, minutes to 59. {_TIME_HINT}")
    return time(hour, minute)


def suggest_times(text: str) -> list[str]:
    """Return at most 25 times of day ("21:15") that what has been typed so far may become."""
    plain = _plain(text).removeprefix("at ")
    if not plain:
        found = [time(hour) for hour in (*range(6, 24), *range(6))]
    elif plain[0].isdecimal():
        found = [*_read_time(plain), *_begun_times(plain)]
    else:
        found = [at for word, at in (_NAMED_TIMES | _TIMES_OF_DAY).items() if word.startswith(plain)]
    return list(dict.fromkeys(f"{at:%H:%M}" for at in found))[:MAX_SUGGESTIONS]


def _read_time(plain: str) -> list[time]:
    try:
        at = parse_time(plain)
    except UserError:
        return []
    # "9" may be meant for the evening; "09" and "9 am" may not.
    either_half = 1 <= at.hour < 12 and not plain.startswith("0") and not re.search("[ap]", plain)
    return [at, at.replace(hour=at.hour + 12)] if either_half else [at]


def _begun_times(plain: str) -> list[time]:
    begun, half = _BEGUN_TIME.fullmatch(plain).groups()  # type: ignore[union-attr]  # it matches any text
    begun = re.sub(r" ?[:.h ] ?", ":", begun)
    quarters = [time(hour, minute) for minute in (0, 30, 15, 45) for hour in range(24)]
    if half:
        quarters = [at for at in quarters if (at.hour >= 12) == (half == "p")]
        return [at for at in quarters if f"{at.hour % 12 or 12}:{at:%M}".startswith(begun)]
    written = {at: (f"{at:%H:%M}", f"{at.hour}:{at:%M}", f"{at:%H%M}") for at in quarters}
    return [at for at, forms in written.items() if any(form.startswith(begun) for form in forms)]


# --- Days in words ----------------------------------------------------------------------------------

_MAX_DAYS_LENGTH = 200  # Discord lets 6,000 characters through; the patterns below are not for those
_DAY_SETS = {"every day": EVERY_DAY, "weekdays": WEEKDAYS, "weekends": WEEKENDS}
_DAY_WORDS: dict[str, frozenset[int]] = {
    **_DAY_SETS,
    **dict.fromkeys(("everyday", "daily", "day", "all days", "all", "any day", "all week"), EVERY_DAY),
    **dict.fromkeys(("weekday", "working days", "workdays", "work days", "business days"), WEEKDAYS),
    **dict.fromkeys(("weekend", "the weekend"), WEEKENDS),
    **{
        form: frozenset({day})
        for day, name in enumerate(_DAY_NAMES)
        for form in (
            name.lower(),
            f"{name.lower()}s",
            name[:3].lower(),
            f"{name[:3].lower()}s",
            name[:2].lower(),
        )
    },
    "tues": frozenset({1}),
    "weds": frozenset({2}),
    "thur": frozenset({3}),
    "thurs": frozenset({3}),
}
_EXCEPT = re.compile(r",? ?\b(?:except(?: for| on)?|but not|without)\b ?")
_BETWEEN_DAYS = re.compile(r" ?(?:[,;/&+]|\band\b) ?")
_RANGE = re.compile(r"(.+?) ?(?:-|\bto\b|\bthrough\b|\bthru\b|\buntil\b|\btill\b) ?(.+)")
_DAYS_HINT = "Write days like weekdays, every day, or Mon, Wed and Fri."


def parse_days(text: str) -> frozenset[int]:
    """Read days of the week: "weekdays", "daily", "Mon, Wed, Fri", "mon-fri", "every day except Sunday"."""
    plain = _plain(text)
    if not plain:
        raise UserError(f"Say on which days. {_DAYS_HINT}")
    if len(plain) > _MAX_DAYS_LENGTH:
        raise UserError(f"That is too long for days of the week. {_DAYS_HINT}")
    wanted, *unwanted = _EXCEPT.split(plain)
    days = _day_list(wanted or "every day")
    for part in unwanted:
        days -= _day_list(part)
    if not days:
        raise UserError(f"“{_short(text)}” leaves no day over. {_DAYS_HINT}")
    return days


def say_days(days: frozenset[int]) -> str:
    """Say days of the week, such as "every day", "weekdays", "Tuesdays" or "Mon, Wed and Fri"."""
    for words, meaning in _DAY_SETS.items():
        if days == meaning:
            return words
    if len(days) == 1:
        return f"{_DAY_NAMES[min(days)]}s"
    return listed([_DAY_NAMES[day][:3] for day in sorted(days)])


def say(schedule: Schedule) -> str:
    """Say a schedule, such as "weekdays at 09:00, Europe/Paris"."""
    return f"{say_days(schedule.days)} at {schedule.time:%H:%M}, {schedule.zone}"


def suggest_days(text: str) -> list[str]:
    """Return at most 25 choices of days that what has been typed so far may become; `parse_days` reads each."""
    usual = [*_DAY_SETS, *(f"{name}s" for name in _DAY_NAMES), "Mon, Wed and Fri", "Tue and Thu"]
    plain = _plain(text)
    if not plain:
        return usual
    if len(plain) > _MAX_DAYS_LENGTH:
        return []
    found = [choice for choice in usual if choice.lower().startswith(plain)]
    with suppress(UserError):
        found.insert(0, say_days(parse_days(plain)))
    found += _completed_days(plain)
    return list(dict.fromkeys(found))[:MAX_SUGGESTIONS]


def _completed_days(plain: str) -> list[str]:
    """Complete the last day of a list that is being typed: "mon, w" to "Mon and Wed"."""
    begun = re.fullmatch(r"(.*?)((?:[,;/&+ ]|\band\b)+)([a-z]*)", plain)
    if begun is None or not begun[1]:
        return []
    try:
        days = parse_days(begun[1])
    except UserError:
        return []
    more = [
        day for day, name in enumerate(_DAY_NAMES) if name.lower().startswith(begun[3]) and day not in days
    ]
    return [say_days(days | {day}) for day in more]


def _day_list(plain: str) -> frozenset[int]:
    parts = [part for part in _BETWEEN_DAYS.split(plain) if part]
    if not parts:
        raise UserError(f"A day is missing there. {_DAYS_HINT}")
    return frozenset[int]().union(*(_day_part(part) for part in parts))


def _day_part(part: str) -> frozenset[int]:
    if (days := _day_name(part)) is not None:
        return days
    if ends := _RANGE.fullmatch(part):
        return _day_range(ends[1], ends[2])
    found = {word: _day_name(word) for word in part.split()}  # "mon wed fri"
    return frozenset[int]().union(
        *(_unknown_day(word) if days is None else days for word, days in found.items())
    )


def _day_name(words: str) -> frozenset[int] | None:
    return _DAY_WORDS.get(words) or _DAY_WORDS.get(re.sub(r"^(?:on|every|each) ", "", words))


def _day_range(first: str, last: str) -> frozenset[int]:
    start = _day_name(first) or _unknown_day(first)
    end = _day_name(last) or _unknown_day(last)
    if len(start) != 1 or len(end) != 1:
        raise UserError(f"A range goes from one day to another, such as mon-fri. {_DAYS_HINT}")
    length = (min(end) - min(start)) % 7 + 1  # "fri-mon" goes over the weekend
    return frozenset((min(start) + offset) % 7 for offset in range(length))


def _unknown_day(word: str) -> NoReturn:
    from rapidfuzz import fuzz, process

    names = [*_DAY_SETS, *_DAY_NAMES]
    near = process.extractOne(word, names, scorer=fuzz.ratio, processor=str.lower, score_cutoff=60)
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UserError(f"I do not know the day “{_short(word)}”.{guess} {_DAYS_HINT}")


# --- Text -------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """Lower-case, with plain digits, dashes and single spaces: telephones type the typographic ones."""
    text = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[‐‑‒–—−]", "-", text).replace("’", "'").split())


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 40 else f"{text[:39]}…"
