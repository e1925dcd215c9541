"""Stored events, what a feed knows of them, and the messages that show them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from bot.domain.digests import Rendered
from bot.domain.events import Aspect, Difference, Event, EventStatus
from bot.domain.feeds import Feed, Moment
from bot.domain.sources import SourceState

SAME_AS: Final = "same_as"
"""The fact that what was taken for an event of its own is another: the other's `id`, and its `title`."""

GRACE: Final = timedelta(minutes=15)
"""How long something that has no end counts as going on after its start: a post may be that late."""


@dataclass(frozen=True, slots=True)
class Listed:
    """An event as it is stored.

    `revision` grows with every change that people would see; `changed_at` is when it last did.
    """

    id: int
    source: str  # the key of its source: `bot.domain.event_sources`
    event: Event
    gone: bool  # its source lists it no more, and has said so twice
    revision: int
    first_seen_at: datetime
    changed_at: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)  # what only filters look at

    @property
    def same_as(self) -> int | None:
        """The id of the event that this one turned out to be; None where it is its own."""
        known = self.facts.get(SAME_AS)
        return int(known["id"]) if known else None

    @property
    def same_title(self) -> str:
        """How that other event is called."""
        return str(self.facts.get(SAME_AS, {}).get("title", ""))

    @property
    def current(self) -> Event:
        """The event as it stands: one that is gone counts as cancelled."""
        return replace(self.event, status=EventStatus.CANCELLED) if self.gone else self.event

    @property
    def is_off(self) -> bool:
        """Whether nobody should come."""
        return self.gone or self.event.status is EventStatus.CANCELLED


def over_at(event: Event) -> datetime:
    """Return when an event is over; something without an end a quarter of an hour after it began."""
    if event.ends_at is not None and event.ends_at > event.starts_at:
        return event.ends_at
    return event.starts_at + GRACE


def is_over(event: Event, now: datetime) -> bool:
    """Whether an event is over."""
    return over_at(event) <= now


@dataclass(frozen=True, slots=True)
class Known:
    """What a feed knows of an event.

    `told` is the event as the channel was last told; None where no message shows it. `announced` is also
    true of what was only counted in the first agenda: it is not announced any more.
    """

    event_id: int
    floor_at: datetime  # moments up to here have passed: when it became known, or was moved
    announced: bool = False
    told: Event | None = None


class PostKind(StrEnum):
    """What sort of message it is."""

    CARD = "card"  # one event, when it is announced
    REMINDER = "reminder"  # one event, as one of its moments has come
    FIRST = "first"  # a new feed introduces itself with the next events
    WEEK = "week"  # the agenda of the coming week
    ROUNDUP = "roundup"  # several events at once: many that are new, or what was missed while Cohort was away


@dataclass(frozen=True, slots=True)
class Shown:
    """One event in a message."""

    listed: Listed
    differences: tuple[Difference, ...] = ()  # since the message was posted, the weightiest first

    @property
    def event(self) -> Event:
        """The event as it stands now."""
        return self.listed.current

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What changed since the message was posted."""
        return tuple(difference.aspect for difference in self.differences)


@dataclass(frozen=True, slots=True)
class EventPost:
    """A message to be rendered, for the first time or again because something in it changed."""

    feed: Feed
    kind: PostKind
    moment: Moment | None  # of CARD and REMINDER
    slot_at: datetime
    shown: tuple[Shown, ...]
    overflow: int = 0  # further events that are only counted


@dataclass(frozen=True, slots=True)
class MemberReminder:
    """A reminder that a member asked for."""

    id: int
    member_id: int
    server_id: int | None  # where it was asked for
    listed: Listed
    lead: timedelta  # how long before the event
    by_dm: bool
    due_at: datetime
    is_done: bool  # it was sent, or the event is off


class EventRenderer(Protocol):
    """Turns posts about events into messages; `cogs.ui.events` does it for Discord.

    Every message has a marker line that no other has: name the feed, the slot and the event in it.
    """

    def post(self, post: EventPost) -> Rendered:
        """Return the message for a post; the same input gives the same bytes."""
        ...

    def say(
        self, feed: Feed, listed: Listed, differences: tuple[Difference, ...], message_id: int | None
    ) -> Rendered:
        """Return a short message that says what changed, in answer to the one that showed the event.

        `message_id` is None where that message is not known any more.
        """
        ...

    def remind(self, reminder: MemberReminder, *, off: bool) -> Rendered:
        """Return a member's reminder, or with `off` the news that there is nothing to be reminded of.

        It mentions the member where it goes to a thread (`by_dm` is False), and nobody else.
        """
        ...

    def trouble(self, feed: Feed, troubled: Mapping[str, SourceState], now: datetime) -> Rendered:
        """Return a message for moderators: these sources have failed for a day. The keys are their names."""
        ...
