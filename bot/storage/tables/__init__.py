"""The tables. Migrations are written against these and a test holds the two together."""

from bot.storage.tables.base import metadata
from bot.storage.tables.careers import member_skills, role_links, server_careers
from bot.storage.tables.core import (
    channel_items,
    digests,
    facts,
    feed_items,
    feeds,
    members,
    outbox,
    paces,
    servers,
    sources,
)
from bot.storage.tables.events import (
    calendars,
    conference_editions,
    event_posts,
    event_reminders,
    events,
    feed_events,
    feed_sources,
    hackathon_entries,
    native_events,
)
from bot.storage.tables.moderation import departures, setting_drafts
from bot.storage.tables.papers import (
    announcements,
    discussions,
    feed_categories,
    paper_signals,
    paper_votes,
    papers,
    saved_papers,
)
from bot.storage.tables.settings import server_modules, setting_changes

__all__ = [
    "announcements",
    "calendars",
    "channel_items",
    "conference_editions",
    "departures",
    "digests",
    "discussions",
    "event_posts",
    "event_reminders",
    "events",
    "facts",
    "feed_categories",
    "feed_events",
    "feed_items",
    "feed_sources",
    "feeds",
    "hackathon_entries",
    "member_skills",
    "members",
    "metadata",
    "native_events",
    "outbox",
    "paces",
    "paper_signals",
    "paper_votes",
    "papers",
    "role_links",
    "saved_papers",
    "server_careers",
    "server_modules",
    "servers",
    "setting_changes",
    "setting_drafts",
    "sources",
]
