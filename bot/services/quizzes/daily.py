"""The question of the day: set up by a moderator, posted through the outbox, with its results the next time."""

from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.feeds import Feed, FeedKind, FeedPlan, FeedState, QuizOptions, Style
from bot.domain.questions import Level
from bot.domain.schedule import Schedule, next_slot
from bot.domain.server_settings import Area
from bot.services.feeds.states import establish
from bot.storage import careers, feeds, server_settings
from bot.storage.engine import Database

TARGET = "daily"
"""What the log of settings calls it."""


class DailyService:
    """A server has at most one question of the day."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def current(self, server_id: int) -> Feed | None:
        """Return the feed of a server's question of the day, None where it has none."""
        async with self._db.read() as tx:
            return await _current(tx, server_id)

    async def set_up(
        self,
        server_id: int,
        channel_id: int,
        schedule: Schedule,
        *,
        level: Level | None = None,
        areas: tuple[str, ...] = (),
        by: int,
    ) -> Feed:
        """Let a question of the day be posted, or change how it is; the first comes at the next slot.

        `areas` are topics and skills of the server's pool; all of them where it is empty. Whether Cohort may
        post in the channel is for the caller to check.
        """
        now = self._clock.now()
        plan = FeedPlan(
            server_id, channel_id, (), "", Style.EACH, 1, schedule,
            kind=FeedKind.QUIZ, quiz=QuizOptions(level, areas),
        )  # fmt: skip
        async with self._db.write() as tx:
            await careers.lock_server(tx, server_id)
            before = await _current(tx, server_id)
            if before is None:
                _, feed_id = await establish(tx, plan, created_by=by, now=now, since=now)
            else:
                feed_id = before.id
                await feeds.change(tx, feed_id, plan)
                await feeds.set_server_zone(tx, server_id, schedule.zone)
                if before.plan.schedule != schedule or before.state is not FeedState.ACTIVE:
                    await feeds.set_state(tx, feed_id, FeedState.ACTIVE, now=now)
                    await feeds.reschedule(tx, feed_id, since=now, slot_at=next_slot(schedule, now))
            await self._log(tx, server_id, before and before.plan, plan, by)
            feed = await feeds.by_id(tx, feed_id)
        assert feed is not None
        return feed

    async def stop(self, server_id: int, *, by: int) -> bool:
        """Post no more questions of the day; False where none was. `/feed` can bring it back for a while."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await careers.lock_server(tx, server_id)
            before = await _current(tx, server_id)
            if before is None:
                return False
            await feeds.set_state(tx, before.id, FeedState.REMOVED, now=now)
            await self._log(tx, server_id, before.plan, None, by)
        return True

    async def _log(
        self, tx: AsyncConnection, server_id: int, before: FeedPlan | None, after: FeedPlan | None, by: int
    ) -> None:
        old, new = _stored(before), _stored(after)
        if old != new:
            await server_settings.record(
                tx, server_id, Area.QUIZ, before=old, after=new, by=by, now=self._clock.now(), target=TARGET
            )


async def _current(tx: AsyncConnection, server_id: int) -> Feed | None:
    found = await feeds.by_server(tx, server_id)
    return next((feed for feed in found if feed.plan.kind is FeedKind.QUIZ), None)


def _stored(plan: FeedPlan | None) -> dict[str, Any] | None:
    if plan is None or plan.quiz is None:
        return None
    schedule = plan.schedule
    return {
        "channel_id": plan.channel_id,
        "time": f"{schedule.time:%H:%M}",
        "zone": schedule.zone,
        "days": sorted(schedule.days),
        "level": plan.quiz.level,
        "areas": list(plan.quiz.areas),
    }
