"""Keeps what a channel was told right: edits where it stands, and a short word about what people have to hear."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.agenda import EventPost, EventRenderer, Listed, Shown, is_over
from bot.domain.events import Aspect, ChangeKind, Difference, compare
from bot.domain.feeds import Feed
from bot.domain.outbox import Entry, State
from bot.storage import outbox
from bot.storage.events import telling
from bot.storage.events.telling import StoredPost, Told
from bot.storage.languages import speech

SAID: Final = frozenset({Aspect.CANCELLED, Aspect.REINSTATED, Aspect.TIME, Aspect.PLACE})
"""What people who mean to come have to be told; a new title is only put right where it stands."""


class Follower:
    """Works within the transaction in which a feed is looked at."""

    def __init__(self, render: EventRenderer) -> None:
        self._render = render

    async def follow(
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
        with await speech(tx, feed.server_id):
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
        with await speech(tx, feed.server_id):
            message = self._render.say(feed, listed, differences, entry.message_id if entry else None)
        row = outbox.new_row(
            message,
            feed_id=feed.id,
            channel_id=feed.channel_id if entry is None else entry.channel_id,
            stream=f"said:{listed.id}",
            slot_at=now,
            part=max(1, listed.revision),
            anchor_id=entry.thread_id if entry is not None else None,
            now=now,
        )
        await outbox.add_once(tx, row)
