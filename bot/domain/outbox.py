"""The delivery protocol as decisions: no I/O, no clock. FACTS, "Delivery without loss or duplicates".

An entry's `first_attempt_at` says one thing: since then there is an attempt whose outcome nobody
knows. While that is so the message may already stand in the channel, and only two things are safe:
posting again with the same nonce while Discord still remembers it, or looking in the history.
"""

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

NONCE_WINDOW: Final = timedelta(seconds=60)
"""Discord documents "the past few minutes" for `enforce_nonce`; a minute is safely inside it."""

CLOCK_SKEW: Final = timedelta(seconds=30)
"""How far our clock may be from Discord's when the history is searched from a point in time."""

LEASE: Final = timedelta(seconds=90)
"""How long a claimed entry belongs to the process that claimed it; longer than any one attempt takes."""

_RETRY: Final = tuple(timedelta(seconds=s) for s in (2, 5, 10, 20, 30))
_HELD: Final = tuple(timedelta(minutes=m) for m in (5, 15, 60, 180))


class State(StrEnum):
    """Where an entry stands."""

    PENDING = "pending"  # provably not in the channel
    SENDING = "sending"  # an attempt is under way, or the process died in one
    SENT = "sent"
    HELD = "held"  # Discord refuses, or nobody can tell; the reason is kept and shown


class Step(StrEnum):
    """What is to be done with an entry next."""

    POST = "post"
    LOOK = "look"


@dataclass(frozen=True, slots=True)
class Entry:
    """One message on its way."""

    id: int
    feed_id: int
    slot_at: datetime
    part: int
    parts: int
    channel_id: int
    nonce: str
    marker: str
    payload: str
    state: State
    attempts: int
    first_attempt_at: datetime | None
    created_at: datetime
    message_id: int | None = None
    reason: str | None = None
    stream: str = "post"


@dataclass(frozen=True, slots=True)
class Sent:
    """Discord has the message, or had it: then somebody deleted it since and `message_id` is None."""

    message_id: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord answered, and the message is not in the channel; `words` say why."""

    words: str


@dataclass(frozen=True, slots=True)
class Busy:
    """Discord answered that it is too early; the message is not in the channel."""

    retry_after: timedelta


@dataclass(frozen=True, slots=True)
class Unknown:
    """No answer arrived: the message may or may not be in the channel."""

    words: str


@dataclass(frozen=True, slots=True)
class Absent:
    """The history was read, and the message is not in it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """The history cannot be read, so nobody can tell."""

    words: str


Outcome = Sent | Refused | Busy | Unknown | Absent | Unreadable


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is to be written after an attempt."""

    state: State
    first_attempt_at: datetime | None
    next_attempt_at: datetime
    message_id: int | None = None
    reason: str | None = None


def nonce(channel_id: int, feed_id: int, slot_at: datetime, part: int, stream: str = "post") -> str:
    """Return the nonce of a message: the same for every attempt, another for every other message.

    At most 25 characters (Discord's limit). Discord dedupes per author, not per channel, so the
    channel is part of it.
    """
    identity = f"{channel_id}|{feed_id}|{stream}|{slot_at.astimezone(UTC).isoformat()}|{part}"
    return base64.urlsafe_b64encode(hashlib.sha256(identity.encode()).digest()).decode()[:25]


def next_step(first_attempt_at: datetime | None, now: datetime) -> Step:
    """Decide between posting and looking, before the attempt is recorded."""
    if first_attempt_at is None:
        return Step.POST
    # Before the first attempt lies a clock that was set back: nobody knows how long ago that was.
    return Step.POST if timedelta() <= now - first_attempt_at < NONCE_WINDOW else Step.LOOK


def settle(entry: Entry, outcome: Outcome, *, began: datetime, now: datetime) -> Settlement:
    """Decide what the outcome of an attempt that began at `began` means `now`.

    A message may have been created as early as that: the history is searched from there, not from
    the moment at which waiting for an answer was given up.

    `entry` is as it was before the attempt: with `first_attempt_at` None, this attempt was the only
    one, so a refusal proves that the message is not there. Otherwise an earlier attempt may still
    have put it there, and the doubt stays.
    """
    doubt = entry.first_attempt_at
    match outcome:
        case Sent(message_id):
            return Settlement(State.SENT, doubt, now, message_id=message_id)
        case Absent():
            return Settlement(State.PENDING, None, now)
        case Refused(words):
            return Settlement(State.HELD, doubt, now + _pick(_HELD, entry.attempts), reason=words)
        case Unreadable(words):
            return Settlement(State.HELD, doubt, now + _pick(_HELD, entry.attempts), reason=words)
        case Busy(retry_after):
            return Settlement(State.SENDING if doubt else State.PENDING, doubt, now + retry_after)
        case Unknown(words):
            return Settlement(
                State.SENDING, doubt or began, now + _pick(_RETRY, entry.attempts), reason=words
            )


def _pick(steps: tuple[timedelta, ...], attempts: int) -> timedelta:
    return steps[min(attempts, len(steps) - 1)]
