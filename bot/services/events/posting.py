"""Turns what has become of events into posts, edits and Discord events: all of it through the outbox."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.agenda import (
    EventPost,
    EventRenderer,
    Known,
    Planned,
    PostKind,
    Shown,
    is_over,
    plan_posts,
    wanted,
)
from bot.domain.digests import A_MOMENT, LOOK_AGAIN, LOOK_SOON
from bot.domain.event_sources import event_source, read_sources
from bot.domain.feeds import EVENT_KINDS, Feed
from bot.domain.schedule import next_slot
from bot.domain.sources import SourceState, is_late
from bot.services.digests import LOOK_LATER
from bot.services.due import handle_due
from bot.services.events.following import Follower
from bot.services.events.native import sync_natives
from bot.storage import feeds, outbox, sources
from bot.storage.engine import Database
from bot.storage.events import listings, telling
from bot.storage.events.telling import StoredPost, Told
from bot.storage.languages import speech

_log = logging.getLogger("cohort.events")

_AGENDA: Final = f"{outbox.EVENT}agenda"
_PARTS: Final = {PostKind.FIRST: 1, PostKind.WEEK: 2, PostKind.ROUNDUP: 3}


class EventPosts:
    """Looks at feeds of events that are due; each has a transaction of its own."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        render: EventRenderer,
        *,
        absent: Callable[[int], bool] = lambda _server_id: False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._follower = Follower(render)
        self._absent = absent
        self._stopping = False
        self._began: datetime | None = None

    def stop(self) -> None:
        """Begin with no further feed."""
        self._stopping = True

    async def build_due(self) -> int:
        """Look at every feed that is due; return how many posts were written."""
        now = self._clock.now()
        self._began = self._began or now
        return await handle_due(
            self._db,
            now,
            EVENT_KINDS,
            self._build,
            failed=lambda feed_id: _log.exception("a feed of events failed", extra={"feed": feed_id}),
            stopping=lambda: self._stopping,
        )

    async def _build(self, feed_id: int) -> int:
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.claim_one_due(tx, feed_id, now)
            if feed is None or feed.plan.events is None:
                return 0
            if feed.server_id is not None and self._absent(feed.server_id):
                await feeds.postpone(tx, feed.id, now + LOOK_LATER, since=feed.since)
                return 0
            read = await sources.get(tx, read_sources(feed.plan))
            if self._should_wait(feed, read, now):
                await feeds.postpone(tx, feed.id, now + LOOK_SOON, since=feed.since)
                return 0
            every = await listings.of_source(tx, event_source(feed.plan), now - listings.LONG_OVER)
            listed = wanted(feed.plan, every)
            # What turned out to be another event would stand twice in Discord's list.
            twins = [replace(each, gone=True) for each in every if each.same_as is not None]
            natives = [*listed, *twins] if feed.plan.events.native else None
            free_at = await sync_natives(tx, feed, natives, now) if natives is not None else None
            known = await telling.told(tx, feed.id)
            new = {
                each.id: Told(Known(each.id, now), each.revision) for each in listed if each.id not in known
            }
            await telling.remember(tx, feed.id, new)
            known |= new
            if await self._is_stuck(tx, feed, now):
                await feeds.postpone(tx, feed.id, now + LOOK_AGAIN, since=feed.since)
                return 0
            known |= await self._follower.follow(tx, feed, every, known, now)
            slot_at = feed.slot_at
            introduced = feed.last_run_at is not None
            if not introduced and not any(state.last_ok_at for state in read.values()):
                slot_at = max(slot_at, now + LOOK_AGAIN)  # there is nothing to begin with yet
            agenda = plan_posts(
                feed.plan,
                listed,
                {id_: each.known for id_, each in known.items()},
                since=feed.since,
                introduced=introduced,
                slot_at=slot_at,
                now=now,
            )
            for planned in agenda.posts:
                await self._post(tx, feed, planned, known, now)
            moments = [agenda.next_at, *([free_at] if free_at is not None else [])]
            await telling.move_on(
                tx,
                feed,
                since=now,
                slot_at=next_slot(feed.plan.schedule, now) if agenda.introduced else feed.slot_at,
                next_run_at=max(min(moments), now + timedelta(seconds=1)),
                ran_at=now if agenda.introduced else None,
            )
        if agenda.posts:
            _log.info("events posted", extra={"feed": feed.id, "shown": len(agenda.posts)})
        return len(agenda.posts)

    def _should_wait(self, feed: Feed, read: Mapping[str, SourceState], now: datetime) -> bool:
        """Whether what this process knows is old and about to be read: after days down sources come first."""
        assert self._began is not None
        late = any(is_late(read.get(key), now) for key in read_sources(feed.plan))
        return late and now < self._began + A_MOMENT

    async def _is_stuck(self, tx: AsyncConnection, feed: Feed, now: datetime) -> bool:
        """Whether the channel refuses posts: then nothing is added, and what was missed becomes one post later.

        What is stuck and about nothing but events that are over is let go.
        """
        held = await telling.stuck(tx, feed.id)
        if not held:
            return False
        posts = [post for post in await telling.posts(tx, feed.id) if post.entry_id in held]
        events = await listings.by_ids(tx, {id_ for post in posts for id_, _ in post.shown})
        stale = [
            post.entry_id
            for post in posts
            if all(id_ not in events or is_over(events[id_].event, now) for id_, _ in post.shown)
        ]
        dropped = await outbox.drop_untouched(tx, stale, now)
        return len(dropped) < len(held)

    # --- New posts ----------------------------------------------------------------------------------

    async def _post(
        self, tx: AsyncConnection, feed: Feed, planned: Planned, known: Mapping[int, Told], now: datetime
    ) -> None:
        shown = tuple(Shown(each) for each in planned.shown)
        post = EventPost(feed, planned.kind, planned.moment, planned.slot_at, shown, len(planned.overflow))
        single = planned.kind in {PostKind.CARD, PostKind.REMINDER}
        stream = f"{outbox.EVENT}{shown[0].listed.id}" if single else _AGENDA
        with await speech(tx, feed.server_id):
            message = self._render.post(post)
        row = outbox.new_row(
            message,
            feed_id=feed.id,
            channel_id=feed.channel_id,
            stream=stream,
            slot_at=planned.slot_at,
            part=1 if single else _PARTS[planned.kind],
            now=now,
        )
        entry_id = await outbox.add_once(tx, row | {"items": [str(each.listed.id) for each in shown]})
        if entry_id is None:  # that very post was made before
            return
        stored = StoredPost(
            entry_id,
            planned.kind,
            planned.moment,
            len(planned.overflow),
            tuple((each.listed.id, each.event) for each in shown),
        )
        await telling.add_post(tx, feed.id, stored)
        told = {
            each.id: Told(replace(known[each.id].known, announced=True, told=each.current), each.revision)
            for each in planned.shown
        }
        counted = {
            each.id: replace(known[each.id], known=replace(known[each.id].known, announced=True))
            for each in planned.overflow
        }
        await telling.remember(tx, feed.id, told | counted)
