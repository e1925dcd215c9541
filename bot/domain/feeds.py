"""Feeds: what a channel has been promised, and when."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from bot.domain.conferences import Selection
from bot.domain.hackathons import Source, Wanted
from bot.domain.papers import AnnounceType, Paper
from bot.domain.questions import Level
from bot.domain.schedule import Schedule

MAX_FEEDS = 50
"""Feeds in one server; far above what a server reads, far below what would hurt the others."""

MAX_CATEGORIES = 20
DEFAULT_CATEGORIES = ("cs.AI", "cs.LG")
DEFAULT_LIMIT = 10
MAX_LIMIT = 25


class FeedKind(StrEnum):
    """What a feed is about."""

    PAPERS = "papers"
    HIGHLIGHTS = "highlights"  # the papers this server discussed and saved most
    MEETUPS = "meetups"
    HACKATHONS = "hackathons"
    DEADLINES = "deadlines"
    QUIZ = "quiz"  # the question of the day
    LIVE = "live"  # with which a server's live quizzes are posted; no feed to be listed or changed
    BUDDIES = "buddies"  # rounds of study buddies: one in a server, set up with `/setup buddies`
    REMINDERS = "reminders"  # what a member asked to be reminded of; no feed to be listed or changed


EVENT_KINDS = (FeedKind.MEETUPS, FeedKind.HACKATHONS, FeedKind.DEADLINES)


class Style(StrEnum):
    """How the day's items stand in the channel."""

    DIGEST = "digest"  # together, in as few messages as they need
    EACH = "each"  # a message for each, so that each can be answered and reacted to
    THREAD = "thread"  # a message that says what is new, and its thread with the items


class Order(StrEnum):
    """Which items come first, and so which are shown when there are too many."""

    NEWEST = "newest"
    UPVOTES = "upvotes"  # at Hugging Face
    SERVER = "server"  # what is most like the papers that this server saved and voted for


class Changes(StrEnum):
    """What happens to a post when a paper on it changes: a new version, a withdrawal, a journal."""

    OFF = "off"
    MARK = "mark"  # the post is edited in place
    SAY = "say"  # and a message says so


@dataclass(frozen=True, slots=True)
class PaperOptions:
    """What only feeds of papers have."""

    types: tuple[AnnounceType, ...] = (AnnounceType.NEW,)
    order: Order = Order.NEWEST
    changes: Changes = Changes.OFF
    mention_role_id: int | None = None
    forum: bool = False  # the channel is a forum: a post for each day, or for each paper
    forum_tag_id: int | None = None  # where the forum asks for a tag


class Moment(StrEnum):
    """When a feed speaks of an event. All but the last go out at the feed's own time of day."""

    ANNOUNCED = "announced"  # when it is first seen
    MONTH = "month"  # 30 days before
    WEEK = "week"
    DAY = "day"
    START = "start"  # at the minute at which it starts


DEFAULT_MOMENTS = (Moment.ANNOUNCED, Moment.DAY)
DEADLINE_MOMENTS = (Moment.ANNOUNCED, Moment.MONTH, Moment.WEEK, Moment.DAY)


@dataclass(frozen=True, slots=True)
class EventOptions:
    """What only feeds of events have; which of the first four counts, the kind of the feed says."""

    url: str = ""  # meetups: the calendar's own address, as a preview found it
    sources: tuple[Source, ...] = ()  # hackathons: the sites; all of them when it is empty
    wanted: Wanted = field(default=Wanted())  # hackathons
    conferences: Selection = field(default=Selection())  # deadlines
    moments: tuple[Moment, ...] = DEFAULT_MOMENTS
    native: bool = False  # Discord's own scheduled events as well
    mention_role_id: int | None = None


@dataclass(frozen=True, slots=True)
class QuizOptions:
    """What only feeds of questions of the day have."""

    level: Level | None = None  # of all levels where it is None
    areas: tuple[str, ...] = ()  # topics and skills; all of them where there are none


class FeedState(StrEnum):
    """Whether a feed posts."""

    ACTIVE = "active"
    PAUSED = "paused"
    REMOVED = "removed"  # kept for a while, so that a removal can be taken back


@dataclass(frozen=True, slots=True)
class FeedPlan:
    """What a moderator chose for a server, or a member for themselves: one of the two ids is None."""

    server_id: int | None
    channel_id: int
    categories: tuple[str, ...]
    query: str
    style: Style
    limit: int
    schedule: Schedule
    options: PaperOptions = field(default=PaperOptions())
    member_id: int | None = None
    kind: FeedKind = FeedKind.PAPERS
    events: EventOptions | None = None  # of feeds of events, and of no others
    quiz: QuizOptions | None = None  # of feeds of questions of the day, and of no others


@dataclass(frozen=True, slots=True)
class Feed:
    """A saved feed."""

    id: int
    number: int
    plan: FeedPlan
    state: FeedState
    pause_reason: str | None
    created_at: datetime
    since: datetime
    slot_at: datetime
    next_run_at: datetime
    last_run_at: datetime | None

    @property
    def server_id(self) -> int | None:
        """The Discord server it belongs to, None where it is a member's own."""
        return self.plan.server_id

    @property
    def channel_id(self) -> int:
        """The channel it posts to."""
        return self.plan.channel_id


@dataclass(frozen=True, slots=True)
class Candidate:
    """A paper that a feed has not dealt with yet."""

    paper: Paper
    type: AnnounceType
    first_seen_at: datetime
