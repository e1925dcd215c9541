"""Messages on their way, and those that arrived."""

from bot.storage.outbox.adding import add, add_edit, add_once, new_row
from bot.storage.outbox.claiming import claim_due, next_attempt, release, release_all
from bot.storage.outbox.dropping import drop_notices, drop_untouched, purge, withdraw
from bot.storage.outbox.reading import by_ids, by_stream, latest_payload, shown_of, shows, unseats, was_told
from bot.storage.outbox.rows import BUDDY_ROOM, EVENT, NATIVE_NOTICE, NOTICE, POST, entry_of, is_post
from bot.storage.outbox.settling import has_held, held_servers, settle, wake
from bot.storage.outbox.waiting import has_any_open, has_open, open_below, open_by_feed, open_in, with_open

__all__ = [
    "BUDDY_ROOM",
    "EVENT",
    "NATIVE_NOTICE",
    "NOTICE",
    "POST",
    "add",
    "add_edit",
    "add_once",
    "by_ids",
    "by_stream",
    "claim_due",
    "drop_notices",
    "drop_untouched",
    "entry_of",
    "has_any_open",
    "has_held",
    "has_open",
    "held_servers",
    "is_post",
    "latest_payload",
    "new_row",
    "next_attempt",
    "open_below",
    "open_by_feed",
    "open_in",
    "purge",
    "release",
    "release_all",
    "settle",
    "shown_of",
    "shows",
    "unseats",
    "wake",
    "was_told",
    "with_open",
    "withdraw",
]
