"""`/quiz stats` and `/quiz leaderboard`."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.domain.fit import Grasp
from bot.domain.questions import Level
from bot.domain.quizzes.standing import (
    SHOWN,
    Period,
    Place,
    SkillTally,
    Streak,
    TopicStanding,
    gaps,
    grasps,
    overall,
    places,
    streak,
    strengths,
)
from bot.errors import UserError
from bot.storage import feeds, members
from bot.storage.engine import Database
from bot.storage.quizzes import reviews, standing

LATELY: Final = timedelta(days=90)
"""How far back strengths and gaps look: what was missed last year may be known by now."""


@dataclass(frozen=True, slots=True)
class Stats:
    """A member's own standing."""

    topics: tuple[TopicStanding, ...]  # the highest level first
    strengths: tuple[SkillTally, ...]
    gaps: tuple[SkillTally, ...]
    streak: Streak
    zone: str
    due: int
    next_due: datetime | None
    cards: int
    hidden: bool

    @property
    def answers(self) -> int:
        """How many questions were answered for the first time."""
        return sum(topic.answers for topic in self.topics)

    @property
    def right(self) -> int:
        """How many of those were right."""
        return sum(topic.right for topic in self.topics)


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard: `top` is for everybody, `mine` for the one who asked."""

    period: Period
    since: datetime | None
    top: tuple[Place, ...]
    mine: Place | None
    hidden: bool  # whether the one who asked is on no leaderboard


class StandingService:
    """Reads; what a member chooses is whether to be on leaderboards."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def stats(self, member_id: int, server_id: int | None = None) -> Stats:
        """Return how a member stands; days are counted in their zone, else in the server's, else in UTC."""
        now = self._clock.now()
        async with self._db.read() as tx:
            zone = await members.zone(tx, member_id)
            if zone is None and server_id is not None:
                zone = await feeds.server_zone(tx, server_id)
            rated = await standing.topics(tx, member_id)
            tallies = await standing.tallies(tx, member_id, now - LATELY)
            days = streak(await standing.moments(tx, member_id), now, zone or "UTC")
            due = await reviews.due(tx, member_id, now)
            next_due, cards = await reviews.outlook(tx, member_id, now)
            hidden = await standing.is_hidden(tx, member_id)
        rated.sort(key=lambda each: -each.rating.mu)
        return Stats(
            topics=tuple(rated),
            strengths=tuple(strengths(tallies)),
            gaps=tuple(gaps(tallies)),
            streak=days,
            zone=zone or "UTC",
            due=len(due),
            next_due=next_due,
            cards=cards,
            hidden=hidden,
        )

    async def grasps(self, member_id: int) -> dict[str, Grasp]:
        """Return what a member's answers of late speak for, by skill. For that member alone, and when they ask."""
        async with self._db.read() as tx:
            return grasps(await standing.tallies(tx, member_id, self._clock.now() - LATELY))

    async def level(self, member_id: int) -> Level | None:
        """Return the level a member's answers speak for; None with too few of them."""
        async with self._db.read() as tx:
            return overall(await standing.topics(tx, member_id))

    async def board(
        self, server_id: int, member_id: int, period: Period, areas: tuple[str, ...] = ()
    ) -> Board:
        """Return a server's leaderboard; `areas` are topics and skills, all where there are none."""
        now = self._clock.now()
        async with self._db.read() as tx:
            since = period.since(now, await feeds.server_zone(tx, server_id) or "UTC")
            ranked = places(await standing.scores(tx, server_id, since, areas))
            hidden = await standing.is_hidden(tx, member_id)
        mine = next((each for each in ranked if each.member_id == member_id), None)
        return Board(period, since, tuple(ranked[:SHOWN]), mine, hidden)

    async def hide(self, member_id: int, *, hidden: bool) -> None:
        """Take a member off every leaderboard, or put them back; who is in no list at all changes that in `/me`."""
        async with self._db.write() as tx:
            if not hidden and not (await members.wishes(tx, member_id)).visible:
                raise UserError("You left your name out of all lists. Change that in /me settings first.")
            await standing.set_hidden(tx, member_id, hidden=hidden)

    async def forget(self, member_id: int) -> int:
        """Delete all that quizzes keep of a member; returns how many answers there were."""
        async with self._db.write() as tx:
            return await standing.forget(tx, member_id)
