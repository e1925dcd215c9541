"""The delivery protocol as decisions: no I/O, no clock.

What Discord promises about a nonce: https://discord.com/developers/docs/resources/message#create-message

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


class Action(StrEnum):
    """What an entry does to Discord, which decides how it may be repeated."""

    POST = "post"  # create a message: within a minute its nonce makes a repetition harmless
    EDIT = "edit"  # change a message of ours: the same change twice is one change
    THREAD = "thread"  # open the thread of a message: Discord allows one for each
    FORUM = "forum"  # create a post in a forum: there is no nonce, so nothing is repeated without a look
    # Create a Discord event in a server, or change the one that its anchor created. It has no nonce either: each
    # attempt to create begins with a look.
    NATIVE = "native"
    # Open a thread that no message begins, for the few people who meet in it. Like a forum post it has no nonce; its
    # name is its marker. What follows is done in it, and each may be done twice without harm.
    ROOM = "room"
    SEAT = "seat"  # add somebody to the thread
    UNSEAT = "unseat"  # take somebody out of it
    SHUT = "shut"  # put the thread into the archive


class Step(StrEnum):
    """What is to be done with an entry next."""

    ACT = "act"
    LOOK = "look"


_REPEATABLE: Final = frozenset(
    {Action.EDIT, Action.THREAD, Action.NATIVE, Action.SEAT, Action.UNSEAT, Action.SHUT}
)
_WITHOUT_NONCE: Final = frozenset({Action.FORUM, Action.NATIVE, Action.ROOM})
_LOOKED_FOR: Final = frozenset({Action.FORUM, Action.ROOM})
_IN_THREAD: Final = frozenset({Action.POST, Action.SEAT, Action.UNSEAT, Action.SHUT})


@dataclass(frozen=True, slots=True)
class Anchor:
    """The message an entry depends on: what it edits, opens a thread of, or writes below.

    `message_id` is None where Discord had the message and somebody deleted it since.
    """

    entry_id: int
    place_id: int | None
    message_id: int | None


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
    action: Action = Action.POST
    anchor: Anchor | None = None
    items: tuple[str, ...] = ()  # what the message shows, by identity

    @property
    def is_moot(self) -> bool:
        """Whether there is nothing left to act on: the message it depends on was deleted."""
        return self.anchor is not None and self.anchor.message_id is None

    @property
    def thread_id(self) -> int | None:
        """The entry in whose thread an answer to this one belongs, None where it stands in the channel itself."""
        if self.anchor is not None:
            return self.anchor.entry_id
        return self.id if self.action in _LOOKED_FOR else None

    @property
    def place_id(self) -> int:
        """The channel or thread in which it acts: below a thread's or a forum post's message, that thread.

        A thread has the id of the message that it was opened from, and so has a forum post; what opened a room
        keeps the id of the room.
        """
        if self.anchor is None:
            return self.channel_id
        if self.action in _IN_THREAD:
            return self.anchor.message_id or self.channel_id
        return self.anchor.place_id or self.channel_id


@dataclass(frozen=True, slots=True)
class Sent:
    """Discord has the message, or had it: then somebody deleted it since and `message_id` is None."""

    message_id: int | None


@dataclass(frozen=True, slots=True)
class Refused:
    """Discord answered, and the message is not in the channel; `words` say why."""

    words: str
    gone: bool = False  # the channel does not exist any more
    closed: bool = False  # the person takes no direct messages


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
    gone: bool = False  # the channel does not exist any more


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


def next_step(first_attempt_at: datetime | None, now: datetime, action: Action = Action.POST) -> Step:
    """Decide between acting and looking, before the attempt is recorded."""
    if first_attempt_at is None or action in _REPEATABLE:
        return Step.ACT
    if action in _LOOKED_FOR:
        return Step.LOOK
    # Before the first attempt lies a clock that was set back: nobody knows how long ago that was.
    return Step.ACT if timedelta() <= now - first_attempt_at < NONCE_WINDOW else Step.LOOK


def early(entry: Entry, now: datetime) -> timedelta | None:
    """Return how long to wait before a look for what has no nonce: what is still on its way cannot be found."""
    without_nonce = entry.action in _WITHOUT_NONCE and entry.anchor is None
    if not without_nonce or entry.first_attempt_at is None:
        return None
    since = now - entry.first_attempt_at
    return NONCE_WINDOW - since if timedelta() <= since < NONCE_WINDOW else None


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
            again = now + _pick(_RETRY, entry.attempts)
            if entry.action in _WITHOUT_NONCE:
                # What is still on its way to Discord would be missed by a look that comes too soon.
                again = max(again, (doubt or began) + NONCE_WINDOW)
            return Settlement(State.SENDING, doubt or began, again, reason=words)


def _pick(steps: tuple[timedelta, ...], attempts: int) -> timedelta:
    return steps[min(attempts, len(steps) - 1)]
