"""Meetings: two or three people in a thread, what they pressed, and what is next."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.domain.buddies.values import Profile


class Standing(StrEnum):
    """Whether a profile counts."""

    DRAFT = "draft"  # begun and not finished: nobody is matched with it
    IN = "in"
    AWAY = "away"  # did not answer when a buddy asked: out of the rounds until they say that they are back


@dataclass(frozen=True, slots=True)
class Membership:
    """A profile as it is kept: what it says, and whether and how it counts."""

    profile: Profile
    standing: Standing
    findable: bool = False
    dm_channel_id: int | None = None
    waited: int = 0
    seeking_until: datetime | None = None

    @property
    def member_id(self) -> int:
        """Whose it is."""
        return self.profile.member_id

    def takes_part(self, now: datetime) -> bool:
        """Whether they are in, and not on a break."""
        return self.standing is Standing.IN and not self.profile.is_paused(now)


class Presence(StrEnum):
    """Whether somebody is in a server."""

    HERE = "here"
    WITHOUT_ROLE = "without_role"  # in the server, without the role that is needed to take part
    GONE = "gone"
    UNKNOWN = "unknown"  # no answer; nobody is matched on a guess


class MeetingKind(StrEnum):
    """How people came together."""

    ROUND = "round"
    REMATCH = "rematch"  # after somebody was gone
    FIND = "find"  # one asked, the other accepted


class Stage(StrEnum):
    """What a meeting is asked next, in this order."""

    KICKOFF = "kickoff"
    MIDWAY = "midway"
    LAST = "last"
    CLOSE = "close"


class Ended(StrEnum):
    """Why a meeting is over."""

    TIME = "time"
    LEFT = "left"  # too few are left in it; nobody is told more than that
    GONE = "gone"  # somebody did not answer
    OFF = "off"  # moderators switched study buddies off


class SeatState(StrEnum):
    """Whether somebody is still in a meeting."""

    IN = "in"
    LEFT = "left"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Seat:
    """One person's place in a meeting. `pressed_at` is all that is known of what they do in it."""

    member_id: int
    state: SeatState = SeatState.IN
    pressed_at: datetime | None = None
    votes: frozenset[int] = frozenset()
    met: bool | None = None
    again: bool | None = None
    poke_until: datetime | None = None
    poked: bool = False


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting as it is kept."""

    id: int
    server_id: int
    feed_id: int | None
    round_id: int | None
    kind: MeetingKind
    is_open: bool
    stage: Stage
    next_at: datetime
    channel_id: int
    room_id: int | None
    intro_id: int | None
    thread_id: int | None
    times: tuple[datetime, ...]
    agreed: int | None
    remind_at: datetime | None
    opened_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    ended_by: Ended | None
    seats: tuple[Seat, ...]

    @property
    def present(self) -> tuple[Seat, ...]:
        """Those who are still in it."""
        return tuple(seat for seat in self.seats if seat.state is SeatState.IN)

    @property
    def member_ids(self) -> tuple[int, ...]:
        """Return the ids of those who are still in it."""
        return tuple(seat.member_id for seat in self.present)

    @property
    def is_silent(self) -> bool:
        """Whether nobody has pressed anything; what they wrote is not known."""
        return all(seat.pressed_at is None for seat in self.seats)

    def seat_of(self, member_id: int) -> Seat | None:
        """Return somebody's place, None where they were never in it."""
        return next((seat for seat in self.seats if seat.member_id == member_id), None)

    def partners_of(self, member_id: int) -> tuple[int, ...]:
        """Return the others who are still in it."""
        return tuple(id_ for id_ in self.member_ids if id_ != member_id)

    def votes_for(self, place: int) -> int:
        """Return how many of those present can at one of the times."""
        return sum(place in seat.votes for seat in self.present)

    def agreed_place(self) -> int | None:
        """Return the first time at which all who are present can, None where there is none."""
        present = self.present
        common = frozenset.intersection(*(seat.votes for seat in present)) if present else frozenset()
        return min((place for place in common if place < len(self.times)), default=None)
