"""Events: meetups, hackathons and deadlines; which is which, and what changed in one.

Identity is the source's: an iCalendar UID (RFC 5545, 3.8.4.7) with the recurrence id of one occurrence
(3.8.4.4), or the id that a site gives. Everything else may change while the event stays itself.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

MAX_KEY: Final = 128
MAX_TITLE: Final = 200
MAX_DESCRIPTION: Final = 1000

MISSES: Final = 2
"""Successful reads in a row that must lack an event before it counts as gone."""


class EventKind(StrEnum):
    """What sort of event it is."""

    MEETUP = "meetup"
    HACKATHON = "hackathon"
    DEADLINE = "deadline"


class EventStatus(StrEnum):
    """Whether it takes place, as its host says."""

    CONFIRMED = "confirmed"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Event:
    """One event, or one occurrence of a series.

    Raises ValueError for a key that is too long, a time without UTC, or a link that is not http(s): those
    are mistakes of the source's reader, which has to put them right or leave the event out.
    """

    key: str  # identity within its source, ≤ 128 characters: `event_key`
    kind: EventKind
    title: str  # plain text, one line, ≤ 200 characters
    starts_at: datetime  # UTC; the local midnight in `zone` for an event that lasts all day
    ends_at: datetime | None  # UTC; of an event that lasts all day the midnight after its last day
    zone: str  # the IANA zone in which the time was given
    all_day: bool = False
    place: str | None = None  # street or city, readable
    online_url: str | None = None  # where to join
    url: str | None = None  # where to read more or say that one comes
    host: str | None = None
    description: str = ""  # plain text, ≤ 1,000 characters
    status: EventStatus = EventStatus.CONFIRMED
    tags: tuple[str, ...] = ()
    details: tuple[tuple[str, str], ...] = ()  # facts of one kind: a prize, the label of a deadline

    def __post_init__(self) -> None:
        if not 0 < len(self.key) <= MAX_KEY:
            raise ValueError(f"an event's key has 1 to {MAX_KEY} characters: {self.key[:40]!r}")
        for moment in (self.starts_at, self.ends_at):
            if moment is not None and moment.utcoffset() != timedelta():
                raise ValueError(f"an event's times are in UTC: {moment!r}")
        for link in (self.url, self.online_url):
            if link is not None and web_link(link) != link:
                raise ValueError(f"an event's links are http or https: {link[:40]!r}")

    def detail(self, name: str) -> str | None:
        """Return a fact of this kind of event, or None."""
        return dict(self.details).get(name)

    @property
    def when(self) -> "When":
        """The time, as it is shown."""
        return When(self.starts_at, self.ends_at, self.zone, self.all_day)

    @property
    def where(self) -> "Where":
        """The place, as it is shown."""
        return Where(self.place, self.online_url)


@dataclass(frozen=True, slots=True)
class When:
    """A time to be shown: instants in UTC, and the zone in which they were given."""

    starts_at: datetime
    ends_at: datetime | None
    zone: str
    all_day: bool

    @property
    def first_day(self) -> date:
        """The local date on which it starts."""
        return self.starts_at.astimezone(ZoneInfo(self.zone)).date()

    @property
    def last_day(self) -> date:
        """The local date on which it ends, included."""
        if self.ends_at is None or self.ends_at <= self.starts_at:
            return self.first_day
        return (self.ends_at.astimezone(ZoneInfo(self.zone)) - timedelta(microseconds=1)).date()


@dataclass(frozen=True, slots=True)
class Where:
    """A place to be shown: on the ground, online, both or neither."""

    place: str | None
    online_url: str | None


class Aspect(StrEnum):
    """What about an event can change in a way that people who mean to come must know."""

    CANCELLED = "cancelled"
    REINSTATED = "reinstated"
    TIME = "time"
    PLACE = "place"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that changed.

    `before` and `after` are `When` for TIME, `Where` for PLACE, `str` for TITLE, and the two `EventStatus`
    for CANCELLED and REINSTATED. The card puts them into words, for it knows how times are shown.
    """

    aspect: Aspect
    before: "When | Where | EventStatus | str"
    after: "When | Where | EventStatus | str"


class ChangeKind(StrEnum):
    """What a reading says of one event."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Change:
    """The decision about one event; `differences` is filled for CHANGED alone, the weightiest first."""

    kind: ChangeKind
    differences: tuple[Difference, ...] = ()

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What changed."""
        return tuple(difference.aspect for difference in self.differences)


@dataclass(frozen=True, slots=True)
class Window:
    """A span of time, both ends included."""

    start: datetime
    end: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment <= self.end


def event_key(*parts: str) -> str:
    """Return the identity made of `parts`, joined by colons; a hash of them where that is too long."""
    joined = ":".join(" ".join(part.split()) for part in parts)
    if len(joined) <= MAX_KEY and joined.isprintable():
        return joined
    return "sha256:" + hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def occurrence_key(uid: str, recurrence: datetime | date | None = None) -> str:
    """Return the identity of a UID's event, or of the occurrence that was first set for `recurrence`.

    An occurrence that is moved keeps its recurrence id, so it stays itself. An all-day one is known by
    its date, whatever the zone in which the calendar is read.
    """
    if recurrence is None:
        return event_key(uid)
    if isinstance(recurrence, datetime):
        return event_key(uid, f"{recurrence.astimezone(UTC):%Y%m%dT%H%M%SZ}")
    return event_key(uid, f"{recurrence:%Y%m%d}")


def compare(old: Event | None, new: Event) -> Change:
    """Decide what `new` is to someone who was told `old`.

    What nobody needs to be told is SAME: another description, spelling of a place, or zone for the same
    instant, an end that is added, tentative becoming confirmed. `old != new` still says that there is
    something to store.
    """
    if old is None:
        return Change(ChangeKind.NEW)
    found: list[Difference] = []
    if (old.status is EventStatus.CANCELLED) != (new.status is EventStatus.CANCELLED):
        cancelled = new.status is EventStatus.CANCELLED
        found.append(Difference(Aspect.CANCELLED if cancelled else Aspect.REINSTATED, old.status, new.status))
    if not _same_time(old, new):
        found.append(Difference(Aspect.TIME, old.when, new.when))
    if not _same_place(old, new):
        found.append(Difference(Aspect.PLACE, old.where, new.where))
    if _folded(old.title) != _folded(new.title):
        found.append(Difference(Aspect.TITLE, old.title, new.title))
    return Change(ChangeKind.CHANGED, tuple(found)) if found else Change(ChangeKind.SAME)


def misses_after(event: Event, misses: int, *, covers: Window, now: datetime) -> int:
    """Return how often in a row `event`, known but not in what was just read, has now been missing.

    A reading that cannot have shown it proves nothing: one that does not reach so far (`covers`), or an
    event that has begun, which many calendars drop. The count of an event that was read is 0.
    """
    if event.starts_at <= now or event.starts_at not in covers:
        return misses
    return misses + 1


def has_vanished(misses: int) -> bool:
    """Whether an event that was missing from so many successful reads in a row is gone."""
    return misses >= MISSES


def web_link(text: str | None) -> str | None:
    """Return `text` as an http(s) address without a password in it, or None when it is not one."""
    text = (text or "").strip()
    if not re.match(r"https?://", text, re.IGNORECASE) or re.search(r"[\s<>\"\\\x00-\x1f\x7f]", text):
        return None
    try:
        parts = urlsplit(text)
        parts.port  # noqa: B018 - read to be checked
    except ValueError:
        return None
    return text if parts.hostname and "@" not in parts.netloc and len(text) <= 2000 else None


def one_line(text: str, limit: int = MAX_TITLE) -> str:
    """Return `text` in one line without control characters, shortened to `limit`."""
    return shortened(" ".join("".join(c if c.isprintable() else " " for c in text).split()), limit)


def shortened(text: str, limit: int = MAX_DESCRIPTION) -> str:
    """Return `text`, cut between words where it is longer than `limit`, with … for what is left out."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    # A word that fills half the room is cut itself.
    space = max(cut.rfind(" "), cut.rfind("\n"))
    return cut[: space if space > limit // 2 else None].rstrip() + "…"


def _same_time(old: Event, new: Event) -> bool:
    if old.all_day != new.all_day:
        return False
    if old.all_day:
        # Days, not instants: they stay where they are when the server's zone is set anew.
        return old.when.first_day == new.when.first_day and (
            old.ends_at is None or new.ends_at is None or old.when.last_day == new.when.last_day
        )
    return old.starts_at == new.starts_at and (
        old.ends_at is None or new.ends_at is None or old.ends_at == new.ends_at
    )


def _same_place(old: Event, new: Event) -> bool:
    return _folded(old.place or "") == _folded(new.place or "") and old.online_url == new.online_url


def _folded(text: str) -> str:
    """Return what is said without how it is written: letters and digits alone."""
    words = re.findall(r"\w+", text.casefold())
    return " ".join(words) if words else text.strip()
