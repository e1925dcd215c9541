"""Rows of the outbox, as posts about events need them."""

from datetime import datetime
from typing import Any

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.outbox import Action, Entry, State, nonce


def entry_row(
    feed: Feed, message: Rendered, *, stream: str, slot_at: datetime, part: int, now: datetime
) -> dict[str, Any]:
    """Return the row of a message that is due at once, in the feed's channel."""
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


def below(entry: Entry) -> int | None:
    """Return the entry in whose thread an answer to this one belongs."""
    if entry.anchor is not None:
        return entry.anchor.entry_id
    return entry.id if entry.action is Action.FORUM else None
