"""`/quiz stats` and `/quiz leaderboard`."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import suppress
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
from bot.storage import feeds, members, servers
from bot.storage.engine import Database, retried
from bot.storage.quizzes import reviews, standing

LATELY: Final = timedelta(days=90)
"""How far back strengths and gaps look: what was missed last year may be known by now."""


SEEN_FOR: Final = timedelta(minutes=15)
"""How long it holds that somebody was in a server when Discord was asked."""

LOOK_WITHIN_S: Final = 1.5
"""How long a leaderboard waits for Discord to say who is still there: whoever pressed has three seconds."""

_KEPT: Final = 10_000

Gone = Callable[[int, Sequence[int]], Awaitable[Collection[int]]]
"""Says which of some members are certainly in a server no more."""


async def _nobody_gone(_server_id: int, _member_ids: Sequence[int]) -> Collection[int]:
    return ()


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

    def __init__(self, db: Database, clock: Clock, *, gone: Gone = _nobody_gone) -> None:
        self._db = db
        self._clock = clock
        self._gone = gone
        self._seen: dict[tuple[int, int], datetime] = {}  # who was in a server when Discord was last asked

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
        """Return a server's leaderboard; `areas` are topics and skills, all where there are none.

        Discord tells nobody who leaves, so it is asked about those who would be shown. Who is known to have left
        since their last answer there is shown no more, and is forgotten in time as everywhere.
        """
        now = self._clock.now()
        self._seen[server_id, member_id] = now
        board = await self._board(server_id, member_id, period, areas, now)
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_WITHIN_S):
                while await self._note_gone(server_id, [each.member_id for each in board.top], now):
                    board = await self._board(server_id, member_id, period, areas, now)
        return board

    async def _board(
        self, server_id: int, member_id: int, period: Period, areas: tuple[str, ...], now: datetime
    ) -> Board:
        async with self._db.read() as tx:
            since = period.since(now, await feeds.server_zone(tx, server_id) or "UTC")
            ranked = places(await standing.scores(tx, server_id, since, areas))
            hidden = await standing.is_hidden(tx, member_id)
        mine = next((each for each in ranked if each.member_id == member_id), None)
        return Board(period, since, tuple(ranked[:SHOWN]), mine, hidden)

    async def _note_gone(self, server_id: int, member_ids: Sequence[int], now: datetime) -> bool:
        """Ask about those who have not been seen for a while; whether anybody was found to be gone."""
        long_ago = now - SEEN_FOR
        asked = [id_ for id_ in member_ids if self._seen.get((server_id, id_), long_ago) <= long_ago]
        if not asked:
            return False
        gone = await self._gone(server_id, asked)
        if len(self._seen) > _KEPT:
            self._seen = {key: at for key, at in self._seen.items() if at > long_ago}
        self._seen |= {(server_id, id_): now for id_ in asked}
        if gone:
            async with self._db.write() as tx:
                for id_ in sorted(gone):
                    await servers.note_member(tx, server_id, id_, is_there=False, now=now)
        return bool(gone)

    @retried
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
