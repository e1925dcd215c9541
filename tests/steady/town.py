"""The servers of a long run: their channels, roles, people and feeds, each feed due once at a minute of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from bot.domain.event_sources import site_key
from bot.domain.feeds import EventOptions, FeedKind, FeedPlan, Moment, PaperOptions, QuizOptions, Style
from bot.domain.hackathons import Source
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.sources import arxiv_key
from bot.storage import feeds, sources
from bot.storage.engine import Database
from tests.steady.press import CATEGORIES
from tests.support.loopback.model import FORUM, TEXT
from tests.support.loopback.world import World

CHANNELS: Final = 20
ROLES: Final = 6
PEOPLE: Final = 3
CLUB_PEOPLE: Final = 8
"""Members where study buddies are switched on, beside the moderator."""

STYLES: Final = (Style.EACH, Style.DIGEST, Style.THREAD, None)
"""They take turns; None is a day's post in a forum."""


@dataclass(frozen=True)
class Server:
    """Ids of a server. Where `is_club` is true it has study buddies."""

    id: int
    moderator: int
    people: tuple[int, ...]
    lounge: int
    papers: tuple[int, ...]
    forum: int
    events: int
    quiz: int
    buddies: int
    reports: int
    is_club: bool


@dataclass(frozen=True)
class Planned:
    """A feed and when it is due."""

    feed_id: int
    kind: FeedKind
    channel_id: int
    categories: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True)
class Town:
    """All of it."""

    servers: tuple[Server, ...]
    feeds: tuple[Planned, ...]

    @property
    def clubs(self) -> list[Server]:
        """The servers with study buddies."""
        return [server for server in self.servers if server.is_club]


def build(world: World, count: int, clubs: int) -> tuple[Server, ...]:
    """Make the servers, `clubs` of them with study buddies."""
    made = []
    for number in range(count):
        is_club = number < clubs
        moderator = world.add_user(f"moderator{number}").id
        guild = world.add_guild(f"Club {number}", owner=moderator)
        for role in range(ROLES - 2):  # with @everyone and the bot's own
            world.add_role(guild.id, f"role {role}")
        names = ("lounge", "papers-0", "papers-1", "events", "quiz", "buddies", "reports")
        places = {name: world.add_channel(guild.id, name, TEXT).id for name in names}
        forum = world.add_channel(guild.id, "forum", FORUM).id
        for more in range(CHANNELS - len(names) - 1):
            world.add_channel(guild.id, f"channel-{more}", TEXT)
        people = tuple(
            world.add_member(guild.id, f"member{number}-{each}").user_id
            for each in range(CLUB_PEOPLE if is_club else PEOPLE)
        )
        papers = tuple(places[f"papers-{each}"] for each in range(2))
        server = Server(
            guild.id, moderator, people, places["lounge"], papers, forum, places["events"], places["quiz"],
            places["buddies"], places["reports"], is_club,
        )  # fmt: skip
        made.append(server)
    return tuple(made)


def plans(servers: Sequence[Server], first: datetime, last: datetime) -> list[tuple[FeedPlan, datetime]]:
    """Return the feeds and when each is due, spread evenly over the minutes from `first` to `last`.

    A schedule has a slot a day, so each feed posts once; there are some three for a server.
    """
    wanted: list[tuple[Server, int, FeedKind, Style | None]] = []
    for number, server in enumerate(servers):
        for place in range(2):
            style = STYLES[(number + place) % len(STYLES)]
            channel = server.forum if style is None else server.papers[place]
            wanted.append((server, channel, FeedKind.PAPERS, style))
        if number % 4 == 0:
            wanted.append((server, server.events, FeedKind.HACKATHONS, Style.EACH))
        if number % 2 == 0:
            wanted.append((server, server.quiz, FeedKind.QUIZ, Style.EACH))
    minutes = max(1, int((last - first) / timedelta(minutes=1)))
    # A step that shares no divisor with their number puts neighbours far apart.
    made = []
    for index, (server, channel, kind, style) in enumerate(wanted):
        turn = index * 7919 % len(wanted)
        due = first + timedelta(minutes=turn * (minutes + 1) // len(wanted))
        schedule = Schedule(time(due.hour, due.minute), "UTC", EVERY_DAY)
        categories: tuple[str, ...] = ()
        events = quiz = None
        options = PaperOptions()
        limit = 3
        if kind is FeedKind.PAPERS:
            categories = tuple(
                CATEGORIES[(index * step) % len(CATEGORIES)] for step in (1, 5)[: 1 + index % 2]
            )
            categories = tuple(dict.fromkeys(categories))
            options = PaperOptions(forum=style is None)
        elif kind is FeedKind.HACKATHONS:
            events = EventOptions(sources=(Source.HACK_CLUB,), moments=(Moment.ANNOUNCED,))
        else:
            quiz, limit = QuizOptions(), 1
        plan = FeedPlan(
            server.id, channel, categories, "", style or Style.DIGEST, limit, schedule, options,
            kind=kind, events=events, quiz=quiz,
        )  # fmt: skip
        made.append((plan, due))
    return made


async def plant(
    db: Database, planned: Sequence[tuple[FeedPlan, datetime]], now: datetime
) -> tuple[Planned, ...]:
    """Store the feeds as if they had been set up yesterday, and every source as due now."""
    yesterday = now - timedelta(days=1)
    made = []
    for start in range(0, len(planned), 200):
        async with db.write() as tx:
            for plan, due in planned[start : start + 200]:
                assert plan.server_id is not None
                feed_id = await feeds.add(
                    tx,
                    plan,
                    number=await feeds.take_number(tx, plan.server_id),
                    created_by=1,
                    now=yesterday,
                    since=yesterday,
                    slot_at=due,
                )
                made.append(Planned(feed_id, plan.kind, plan.channel_id, plan.categories, due))
    async with db.write() as tx:
        await sources.ensure(tx, [*map(arxiv_key, CATEGORIES), site_key(Source.HACK_CLUB)], now)
    return tuple(made)


def floor(moment: datetime) -> datetime:
    """Return the minute in which a moment lies, in UTC."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)
