"""Keeps posted cards right: a new version, a withdrawal or a publication is marked where the paper was posted."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.changes import PaperChange
from bot.domain.digests import Rendered
from bot.domain.feeds import Changes, Feed
from bot.domain.outbox import Entry, State
from bot.storage import feeds, outbox, saved
from bot.storage.languages import speech


class ChangeRenderer(Protocol):
    """Puts a change into a message that stands, and into words of its own; `cogs.ui` does it for Discord."""

    def mark(self, body: str, change: PaperChange, saves: Mapping[str, int]) -> str | None:
        """Return the message's JSON body with the change marked, None where it does not show the paper.

        `saves` says how many members of the server saved each paper: the buttons bear the number.
        """
        ...

    def say(self, change: PaperChange, feed: Feed, message_id: int | None) -> Rendered:
        """Return a message that says what changed, in answer to the one that showed the paper."""
        ...


class ChangeService:
    """Turns changes of papers into edits of the messages that show them, as each feed wants it."""

    def __init__(self, render: ChangeRenderer | None) -> None:
        self._render = render

    async def enqueue(self, tx: AsyncConnection, changed: Sequence[PaperChange], now: datetime) -> int:
        """Put the edits into the outbox, within the transaction that stores the changes; return how many."""
        edits = 0
        if self._render is None:
            return edits
        # A day replaces hundreds of papers, of which channels show a few.
        shown = await outbox.shown_of(tx, [change.paper.id for change in changed])
        for change in (change for change in changed if change.paper.id in shown):
            for entry in await outbox.shows(tx, change.paper.id):
                feed = await feeds.by_id(tx, entry.feed_id)
                if feed is None or feed.plan.options.changes is Changes.OFF:
                    continue
                # The stored body knows nothing of what was pressed since it went out.
                saves: dict[str, int] = {}
                if feed.server_id is not None:
                    counts = await saved.counts(tx, feed.server_id, entry.items)
                    saves = {id_: each.saves for id_, each in counts.items()}
                stored = await outbox.latest_payload(tx, entry)
                with await speech(tx, feed.server_id):
                    body = self._render.mark(stored, change, saves)
                if body is None:
                    continue
                await outbox.add_edit(tx, entry, body, now)
                edits += 1
                if feed.plan.options.changes is Changes.SAY:
                    await self._say(tx, change, feed, entry, now)
        return edits

    async def _say(
        self, tx: AsyncConnection, change: PaperChange, feed: Feed, entry: Entry, now: datetime
    ) -> None:
        assert self._render is not None
        message_id = entry.message_id if entry.state is State.SENT else None
        with await speech(tx, feed.server_id):
            message = self._render.say(change, feed, message_id)
        row = outbox.new_row(
            message,
            feed_id=feed.id,
            channel_id=entry.channel_id,
            slot_at=entry.slot_at,
            # One word for a change: a version is told once, whatever list it came by.
            stream=f"{change.kind}:{change.paper.id}",
            part=change.paper.version,
            anchor_id=entry.thread_id,
            now=now,
        )
        await outbox.add_once(tx, row)
