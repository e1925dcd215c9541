"""Events, where they were told, and reminders of them."""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

calendars = Table(
    "calendars",
    metadata,
    # One row per address, however many servers read it; the state of its reading is in `sources`.
    Column("key", String(128), primary_key=True),  # see bot.domain.event_sources.calendar_key
    Column("url", Text, nullable=False),
    Column("zone", String(64), nullable=False),  # of times that name none: that of the feed that came first
    Column("name", Text, nullable=True),
    Column("read_at", UTCDateTime, nullable=True),  # when it was last read as a whole
)

feed_sources = Table(
    "feed_sources",
    metadata,
    # What is read for a feed of events, and under which source its events are stored.
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("source", String(128), primary_key=True),
    Index(None, "source"),
)

events = Table(
    "events",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("source", String(128), nullable=False),
    Column("key", String(128), nullable=False),  # identity within its source
    Column("kind", String(16), nullable=False),  # see bot.domain.events.EventKind
    Column("starts_at", UTCDateTime, nullable=False),
    Column("over_at", UTCDateTime, nullable=False),
    Column("body", JSON, nullable=False),  # the whole event
    Column("facts", JSON, nullable=False, server_default="{}"),  # what only filters look at
    Column("revision", Integer, nullable=False, server_default="0"),  # grows with every change
    Column("missing", Integer, nullable=False, server_default="0"),  # readings in a row that lacked it
    Column("gone", Boolean, nullable=False, server_default=false()),
    Column("first_seen_at", UTCDateTime, nullable=False),
    Column("last_seen_at", UTCDateTime, nullable=False),
    Column("changed_at", UTCDateTime, nullable=False),
    UniqueConstraint("source", "key"),
    Index(None, "source", "over_at"),
    Index(None, "over_at"),
)

hackathon_entries = Table(
    "hackathon_entries",
    metadata,
    # What each site lists, as it lists it; the events are what is made of all of them together.
    Column("key", String(128), primary_key=True),
    Column("site", String(16), nullable=False),
    Column("identity", String(128), nullable=False),  # the event it was last found to be
    Column("body", JSON, nullable=False),
    Column("ends_at", UTCDateTime, nullable=False),
    Column("missing", Integer, nullable=False, server_default="0"),
    Column("last_seen_at", UTCDateTime, nullable=False),
    Index(None, "site"),
)

conference_editions = Table(
    "conference_editions",
    metadata,
    Column("conference", String(64), primary_key=True),
    Column("year", Integer, primary_key=True, autoincrement=False),
    Column("body", JSON, nullable=False),
)

feed_events = Table(
    "feed_events",
    metadata,
    # What a feed knows of an event; see bot.domain.agenda.Known.
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("floor_at", UTCDateTime, nullable=False),
    Column("announced", Boolean, nullable=False, server_default=false()),
    Column("told", JSON, nullable=True),  # the event as the channel was last told
    Column("told_revision", Integer, nullable=False, server_default="0"),
    Index(None, "event_id"),
)

event_posts = Table(
    "event_posts",
    metadata,
    # Which events a message shows, and as what each was first shown: it is rendered again from this.
    Column("entry_id", RowId, ForeignKey("outbox.id", ondelete="CASCADE"), primary_key=True),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),  # see bot.domain.agenda.PostKind
    Column("moment", String(16), nullable=True),
    Column("overflow", Integer, nullable=False, server_default="0"),
    Column("shown", JSON, nullable=False),  # [[event id, the event as it was], …] in the message's order
    Index(None, "feed_id"),
)

native_events = Table(
    "native_events",
    metadata,
    # Discord's own scheduled events that Cohort keeps: one for an event in a server, whatever feeds show it.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), primary_key=True),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("entry_id", RowId, ForeignKey("outbox.id", ondelete="CASCADE"), nullable=False),  # that makes it
    Column("body", JSON, nullable=False),  # what it was last asked to be
    Column("ends_at", UTCDateTime, nullable=False),  # until then it takes one of the server's places
    Column("called_off", Boolean, nullable=False, server_default=false()),
    Index(None, "event_id"),
    Index(None, "feed_id"),
    Index(None, "entry_id"),
)

event_reminders = Table(
    "event_reminders",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), nullable=False),
    Column("event_id", RowId, ForeignKey("events.id", ondelete="CASCADE"), nullable=False),
    Column("server_id", Snowflake, nullable=False),  # where it was asked for
    # That whose messages it goes out with: the member's own, or the one that posted the event.
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("lead_s", Integer, nullable=False),
    Column("by_dm", Boolean, nullable=False),
    Column("due_at", UTCDateTime, nullable=False),
    Column("is_done", Boolean, nullable=False, server_default=false()),
    Column("created_at", UTCDateTime, nullable=False),
    UniqueConstraint("member_id", "event_id"),
    Index(None, "is_done", "due_at"),
    Index(None, "event_id"),
    Index(None, "feed_id"),
)
