"""The tables. Migrations are written against these and a test holds the two together."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from bot.storage.types import RowId, Snowflake, UTCDateTime

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

facts = Table(
    "facts",
    metadata,
    # Small things the process must remember, such as the hash of the commands it last synced.
    Column("name", String(64), primary_key=True),
    Column("value", Text, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
)

servers = Table(
    "servers",
    metadata,
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("zone", String(64), nullable=True),  # the zone a moderator last chose: the next default
    Column("last_feed_number", Integer, nullable=False, server_default="0"),
)

members = Table(
    "members",
    metadata,
    # A person, in whatever servers they are; only those who asked for something that must be kept.
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("zone", String(64), nullable=True),  # the zone they last chose: the next default
    Column("last_feed_number", Integer, nullable=False, server_default="0"),
)

feeds = Table(
    "feeds",
    metadata,
    Column("id", RowId, primary_key=True),
    # It belongs to a server, or to a member who gets it as direct messages.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=True),
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), nullable=True),
    Column("number", Integer, nullable=False),  # what its owner calls it: 1, 2, 3 …
    Column("kind", String(16), nullable=False),
    Column("channel_id", Snowflake, nullable=False),
    Column("query", Text, nullable=False, server_default=""),
    Column("style", String(16), nullable=False),
    Column("max_items", Integer, nullable=False),
    Column("time", String(5), nullable=False),  # HH:MM in `zone`
    Column("zone", String(64), nullable=False),
    Column("days", String(7), nullable=False),  # the digits of the weekdays, Monday = 0: "01234"
    Column("options", JSON, nullable=False, server_default="{}"),  # what only feeds of its kind have
    Column("state", String(16), nullable=False),  # active, paused, removed
    Column("pause_reason", Text, nullable=True),  # in words, when Cohort paused it by itself
    Column("created_by", Snowflake, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    Column("state_changed_at", UTCDateTime, nullable=False),
    # Items first seen after this are candidates; it starts at the slot before the feed was made, so
    # that the first digest is a whole one, and moves on with each digest.
    Column("since", UTCDateTime, nullable=False),
    Column("slot_at", UTCDateTime, nullable=False),  # the slot that is waited for
    Column("next_run_at", UTCDateTime, nullable=False),  # when to look: the slot, or a little later
    Column("last_run_at", UTCDateTime, nullable=True),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", UTCDateTime, nullable=True),
    UniqueConstraint("server_id", "number"),
    UniqueConstraint("member_id", "number"),
    CheckConstraint("(server_id IS NULL) <> (member_id IS NULL)", name="one_owner"),
    CheckConstraint("max_items BETWEEN 1 AND 50", name="max_items_range"),
    CheckConstraint("state IN ('active', 'paused', 'removed')", name="state_known"),
    Index(None, "state", "next_run_at"),
)

feed_categories = Table(
    "feed_categories",
    metadata,
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("category", String(32), primary_key=True),
    Column("position", Integer, nullable=False),
    Index(None, "category"),
)

papers = Table(
    "papers",
    metadata,
    Column("id", String(32), primary_key=True),  # arXiv base id
    Column("version", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("abstract", Text, nullable=False),
    Column("authors", JSON, nullable=False),  # [[name, affiliation or null], …]
    Column("categories", JSON, nullable=False),
    Column("primary_category", String(32), nullable=False),
    Column("doi", Text, nullable=True),
    Column("journal_ref", Text, nullable=True),
    Column("license", Text, nullable=True),
    Column("withdrawn", Boolean, nullable=False, server_default=false()),
    Column("first_seen_at", UTCDateTime, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
)

announcements = Table(
    "announcements",
    metadata,
    # The first announcement of a paper in a category decides; a later replacement is no news.
    Column("paper_id", String(32), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("category", String(32), primary_key=True),
    Column("type", String(16), nullable=False),
    Column("announced_at", UTCDateTime, nullable=True),
    Column("first_seen_at", UTCDateTime, nullable=False),
    Index(None, "category", "first_seen_at"),
)

sources = Table(
    "sources",
    metadata,
    Column("key", String(128), primary_key=True),  # "arxiv:cs.LG"
    Column("etag", Text, nullable=True),
    Column("last_modified", Text, nullable=True),
    Column("outcome", String(16), nullable=True),  # of the last check: news, same, quiet, error
    Column("error", Text, nullable=True),  # in words, when the outcome is an error
    Column("failures", Integer, nullable=False, server_default="0"),  # in a row
    Column("failing_since", UTCDateTime, nullable=True),
    Column("last_checked_at", UTCDateTime, nullable=True),
    Column("last_ok_at", UTCDateTime, nullable=True),
    Column("last_news_at", UTCDateTime, nullable=True),
    Column("batch_hash", String(64), nullable=True),  # of the ids and versions of the last list
    Column("next_check_at", UTCDateTime, nullable=False),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", UTCDateTime, nullable=True),
    Index(None, "next_check_at"),
)

paces = Table(
    "paces",
    metadata,
    # One row per host that asks for a pause between requests; shared by all processes.
    Column("host", String(255), primary_key=True),
    Column("free_at", UTCDateTime, nullable=False),
)

digests = Table(
    "digests",
    metadata,
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("slot_at", UTCDateTime, primary_key=True),
    Column("built_at", UTCDateTime, nullable=False),
    Column("since", UTCDateTime, nullable=False),  # where it began, should it have to be built again
    Column("shown", Integer, nullable=False),
    Column("overflow", Integer, nullable=False),
)

feed_items = Table(
    "feed_items",
    metadata,
    # What a feed has dealt with, so that nothing is posted twice and nothing is lost silently.
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), primary_key=True),
    Column("item", String(128), primary_key=True),
    Column("slot_at", UTCDateTime, nullable=False),
    Column("shown", Boolean, nullable=False),  # false: counted in the overflow line
    Column("position", Integer, nullable=False, server_default="0"),  # in the digest's order, from 0
)

channel_items = Table(
    "channel_items",
    metadata,
    # One identity per item per channel: of several feeds in a channel one shows it.
    Column("channel_id", Snowflake, primary_key=True, autoincrement=False),
    Column("item", String(128), primary_key=True),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    Column("slot_at", UTCDateTime, nullable=False),
    Index(None, "feed_id", "slot_at"),
    Index(None, "item"),
)

paper_signals = Table(
    "paper_signals",
    metadata,
    # What the wider community says of a paper: Hugging Face's daily papers.
    Column("paper_id", String(32), primary_key=True),
    Column("upvotes", Integer, nullable=False, server_default="0"),
    Column("comments", Integer, nullable=False, server_default="0"),
    Column("code_url", Text, nullable=True),
    Column("stars", Integer, nullable=True),
    Column("project_url", Text, nullable=True),
    Column("daily_at", UTCDateTime, nullable=True),
    Column("updated_at", UTCDateTime, nullable=False),
)

saved_papers = Table(
    "saved_papers",
    metadata,
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("paper_id", String(32), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("server_id", Snowflake, nullable=True),  # where it was saved; None in direct messages
    Column("saved_at", UTCDateTime, nullable=False),
    Index(None, "server_id", "paper_id"),
    Index(None, "paper_id"),
)

paper_votes = Table(
    "paper_votes",
    metadata,
    Column("server_id", Snowflake, primary_key=True, autoincrement=False),
    Column("paper_id", String(32), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("member_id", Snowflake, primary_key=True, autoincrement=False),
    Column("voted_at", UTCDateTime, nullable=False),
    Index(None, "member_id"),
)

discussions = Table(
    "discussions",
    metadata,
    # One thread for a paper in a channel, whoever presses first.
    Column("channel_id", Snowflake, primary_key=True, autoincrement=False),
    Column("paper_id", String(32), ForeignKey("papers.id", ondelete="CASCADE"), primary_key=True),
    Column("server_id", Snowflake, nullable=False),
    Column("thread_id", Snowflake, nullable=True),  # None while it is being opened
    Column("opened_at", UTCDateTime, nullable=False),
    Index(None, "server_id", "opened_at"),
    Index(None, "paper_id"),
)

role_links = Table(
    "role_links",
    metadata,
    # Which Discord role a server gives to those who follow a career or a track.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    Column("discord_role_id", Snowflake, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),  # role or track
    Column("target", String(64), nullable=False),  # its id in data/careers
    Column("created_by", Snowflake, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    UniqueConstraint("server_id", "kind", "target"),
    CheckConstraint("kind IN ('role', 'track')", name="kind_known"),
)

server_careers = Table(
    "server_careers",
    metadata,
    # What a server adds to the careers: roles of its own, and links below roles.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("kind", String(16), nullable=False),  # role or link
    Column("definition", JSON, nullable=False),
    Column("created_by", Snowflake, nullable=False),
    Column("created_at", UTCDateTime, nullable=False),
    CheckConstraint("kind IN ('role', 'link')", name="kind_known"),
    Index(None, "server_id", "kind"),
)

member_skills = Table(
    "member_skills",
    metadata,
    # Only of members who asked for it to be kept.
    Column("member_id", Snowflake, ForeignKey("members.id", ondelete="CASCADE"), primary_key=True),
    Column("skill", String(64), primary_key=True),  # its id in data/careers
    Column("grasp", Integer, nullable=False),  # see bot.domain.fit.Grasp
    Column("kept_at", UTCDateTime, nullable=False),
    CheckConstraint("grasp IN (1, 2)", name="grasp_known"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", RowId, primary_key=True),
    Column("feed_id", RowId, ForeignKey("feeds.id", ondelete="CASCADE"), nullable=False),
    # A feed's posts and the notices about it stand in line separately: a notice says why a post is stuck.
    # Edits of a message stand in a line of their own, behind the message.
    Column("stream", String(64), nullable=False, server_default="post"),
    Column("action", String(16), nullable=False, server_default="post"),  # see bot.domain.outbox.Action
    # The entry whose message it edits, opens a thread of, or writes below; it waits until that is sent.
    Column("anchor_id", RowId, ForeignKey("outbox.id", ondelete="CASCADE"), nullable=True),
    Column("items", JSON, nullable=False, server_default="[]"),  # what the message shows, by identity
    Column("slot_at", UTCDateTime, nullable=False),
    Column("part", Integer, nullable=False),  # 1-based
    Column("parts", Integer, nullable=False),
    Column("channel_id", Snowflake, nullable=False),
    Column("nonce", String(25), nullable=False),
    Column("marker", Text, nullable=False),  # a line of the message that no other message has
    Column("payload", Text, nullable=False),  # the JSON body, byte for byte
    Column("state", String(16), nullable=False),  # see bot.domain.outbox.State
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("first_attempt_at", UTCDateTime, nullable=True),
    Column("next_attempt_at", UTCDateTime, nullable=False),
    Column("message_id", Snowflake, nullable=True),
    Column("place_id", Snowflake, nullable=True),  # the channel or thread in which the message stands
    Column("reason", Text, nullable=True),  # why it is held, in words
    Column("created_at", UTCDateTime, nullable=False),
    Column("sent_at", UTCDateTime, nullable=True),
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", UTCDateTime, nullable=True),
    UniqueConstraint("feed_id", "stream", "slot_at", "part"),
    Index(None, "state", "next_attempt_at"),
    Index(None, "channel_id"),
    Index(None, "anchor_id"),
)

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
