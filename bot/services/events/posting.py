"""Turns what has become of events into posts, edits, short messages and Discord events: all through the outbox."""

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.agenda import (
    EventPost,
    EventRenderer,
    Known,
    Listed,
    Planned,
    PostKind,
    Shown,
    is_over,
    plan_posts,
    wanted,
)
from bot.domain.digests import A_MOMENT, LOOK_AGAIN, LOOK_SOON, Rendered
from bot.domain.event_sources import event_source, read_sources, source_names
from bot.domain.events import Aspect, ChangeKind, Difference, compare
from bot.domain.feeds import EVENT_KINDS, Feed
from bot.domain.outbox import Action, Entry, State, nonce
from bot.domain.schedule import next_slot
from bot.domain.sources import SourceState, is_late
from bot.services.digests import LOOK_LATER
from bot.services.events.native import sync_natives
from bot.services.watch import TELL_AFTER
from bot.storage import feeds, outbox, sources
from bot.storage.engine import Database
from bot.storage.events import listings, telling
from bot.storage.events.telling import StoredPost, Told

_log = logging.getLogger("cohort.events")

AT_ONCE: Final = 50

SAID: Final = frozenset({Aspect.CANCELLED, Aspect.REINSTATED, Aspect.TIME, Aspect.PLACE})
"""What people who mean to come have to be told; a new title is only put right where it stands."""

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
        notice_channel: Callable[[int], int | None] = lambda _server_id: None,
    ) -> None:
        self._db = db
        self._clock = clock
        self._render = render
        self._absent = absent
        self._notice_channel = notice_channel
        self._stopping = False
        self._began: datetime | None = None

    def stop(self) -> None:
        """Begin with no further feed."""
        self._stopping = True

    async def build_due(self) -> int:
        """Look at every feed that is due; return how many posts were written."""
        built = 0
        now = self._clock.now()
        self._began = self._began or now
        last: tuple[datetime, int] | None = None
        while True:
            async with self._db.read() as tx:
                due = await feeds.due(tx, now, AT_ONCE, kinds=EVENT_KINDS, after=last)
            if not due:
                return built
            last = due[-1]
            for _, feed_id in due:
                if self._stopping:
                    return built
                try:
                    built += await self._build(feed_id)
                except Exception:  # noqa: BLE001 - logged and tried again at the next look; the others go on
                    _log.exception("a feed of events failed", extra={"feed": feed_id})

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
            free_at = await sync_natives(tx, feed, listed, now) if feed.plan.events.native else None
            known = await telling.told(tx, feed.id)
            new = {
                each.id: Told(Known(each.id, now), each.revision) for each in listed if each.id not in known
            }
            await telling.remember(tx, feed.id, new)
            known |= new
            if await self._is_stuck(tx, feed, now):
                await feeds.postpone(tx, feed.id, now + LOOK_AGAIN, since=feed.since)
                return 0
            known |= await self._follow(tx, feed, every, known, now)
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
        entry_id = await outbox.add_once(
            tx,
            _entry(
                feed,
                self._render.post(post),
                stream=stream,
                slot_at=planned.slot_at,
                part=1 if single else _PARTS[planned.kind],
                now=now,
            )
            | {"items": [str(each.listed.id) for each in shown]},
        )
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

    # --- Changes ------------------------------------------------------------------------------------

    async def _follow(
        self,
        tx: AsyncConnection,
        feed: Feed,
        listed: Iterable[Listed],
        known: Mapping[int, Told],
        now: datetime,
    ) -> dict[int, Told]:
        """Put right what the channel was told, and say what people have to hear; return what it knows then."""
        changed = [
            each
            for each in listed
            if (told := known.get(each.id)) is not None
            and told.known.told is not None
            and told.revision != each.revision
        ]
        if not changed:
            return {}
        current = {each.id: each for each in listed}
        posts = await telling.posts(tx, feed.id)
        touched = {each.id for each in changed if not is_over(each.event, now)}
        showing = [post for post in posts if any(id_ in touched for id_, _ in post.shown)]
        entries = await outbox.by_ids(tx, [post.entry_id for post in showing])
        for post in showing:
            await self._edit(tx, feed, post, entries[post.entry_id], current, now)
        after: dict[int, Told] = {}
        for each in changed:
            facts = known[each.id].known
            assert facts.told is not None
            change = compare(facts.told, each.current)
            if each.id in touched and change.kind is ChangeKind.CHANGED and SAID & set(change.aspects):
                newest = next(
                    (p for p in reversed(showing) if any(id_ == each.id for id_, _ in p.shown)), None
                )
                entry = entries[newest.entry_id] if newest is not None else None
                await self._say(tx, feed, each, change.differences, entry, now)
            floor_at = now if Aspect.TIME in change.aspects else facts.floor_at
            after[each.id] = Told(replace(facts, told=each.current, floor_at=floor_at), each.revision)
        await telling.remember(tx, feed.id, after)
        return after

    async def _edit(
        self,
        tx: AsyncConnection,
        feed: Feed,
        post: StoredPost,
        entry: Entry,
        current: Mapping[int, Listed],
        now: datetime,
    ) -> None:
        if entry.state is State.SENT and entry.message_id is None:
            return  # somebody deleted it
        if any(id_ not in current for id_, _ in post.shown):
            return  # so old that one of its events is forgotten
        shown = tuple(
            Shown(current[id_], compare(first, current[id_].current).differences) for id_, first in post.shown
        )
        again = EventPost(feed, post.kind, post.moment, entry.slot_at, shown, post.overflow)
        body = self._render.post(again).body()
        if body != await outbox.latest_payload(tx, entry):
            await outbox.add_edit(tx, entry, body, now)

    async def _say(
        self,
        tx: AsyncConnection,
        feed: Feed,
        listed: Listed,
        differences: tuple[Difference, ...],
        entry: Entry | None,
        now: datetime,
    ) -> None:
        """Answer the message that showed the event; what has not arrived yet arrives corrected instead."""
        if entry is not None and entry.state is not State.SENT:
            return
        message = self._render.say(feed, listed, differences, entry.message_id if entry else None)
        row = _entry(
            feed, message, stream=f"said:{listed.id}", slot_at=now, part=max(1, listed.revision), now=now
        )
        if entry is not None:
            row |= {"channel_id": entry.channel_id, "anchor_id": _below(entry)}
        await outbox.add_once(tx, row)

    # --- Moderators ---------------------------------------------------------------------------------

    async def watch(self) -> None:
        """Tell moderators of sources that have failed for a day, and forget what is long over."""
        now = self._clock.now()
        async with self._db.read() as tx:
            troubled = await listings.failing_sources(tx, now - TELL_AFTER)
            readers = await telling.reading(tx, list(troubled)) if troubled else []
        told: set[tuple[int, str]] = set()
        for feed in readers:
            server_id = feed.server_id
            channel_id = self._notice_channel(server_id) if server_id is not None else None
            if server_id is None or channel_id is None:
                continue
            # Of a server's feeds that read the same one says so.
            theirs = {
                key: troubled[key]
                for key in read_sources(feed.plan)
                if key in troubled and (server_id, key) not in told
            }
            told |= {(server_id, key) for key in theirs}
            if theirs:
                await self._tell(feed, channel_id, theirs, now)
        async with self._db.write() as tx:
            forgotten = await listings.purge(tx, now - listings.LONG_OVER)
        if forgotten:
            _log.info("events forgotten", extra={"row": forgotten})

    async def _tell(
        self, feed: Feed, channel_id: int, troubled: Mapping[str, SourceState], now: datetime
    ) -> None:
        names = source_names(feed.plan)
        began = min(state.failing_since for state in troubled.values() if state.failing_since is not None)
        message = self._render.trouble(feed, {names[key]: state for key, state in troubled.items()}, now)
        row = _entry(feed, message, stream="source", slot_at=began, part=1, now=now)
        async with self._db.write() as tx:
            await outbox.add_once(tx, row | {"channel_id": channel_id})


def _entry(
    feed: Feed, message: Rendered, *, stream: str, slot_at: datetime, part: int, now: datetime
) -> dict[str, Any]:
    return {
        "feed_id": feed.id,
        "stream": stream,
        "slot_at": slot_at,
        "part": part,
        "parts": part,
        "channel_id": feed.channel_id,
        "nonce": nonce(feed.channel_id, feed.id, slot_at, part, stream),
        "marker": message.marker,
        "payload": message.body(),
        "state": State.PENDING,
        "next_attempt_at": now,
        "created_at": now,
        "action": message.action,
    }


def _below(entry: Entry) -> int | None:
    """Return the entry in whose thread an answer to this one belongs."""
    if entry.anchor is not None:
        return entry.anchor.entry_id
    return entry.id if entry.action is Action.FORUM else None
