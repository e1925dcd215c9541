"""Servers, members, feeds, where things are read, and the outbox."""

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    true,
)

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

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
    Column("greeted_at", UTCDateTime, nullable=True),  # when Cohort said hello, which it does once
    Column("left_at", UTCDateTime, nullable=True),  # since when Cohort is not in it any more
)

members = Table(
    "members",
    metadata,
    # A person, in whatever servers they are; only those who asked for something that must be kept.
    Column("id", Snowflake, primary_key=True, autoincrement=False),
    Column("zone", String(64), nullable=True),  # the zone they last chose: the next default
    Column("last_feed_number", Integer, nullable=False, server_default="0"),
    Column("dms", Boolean, nullable=False, server_default=true()),  # whether Cohort may write to them
    Column("visible", Boolean, nullable=False, server_default=true()),  # whether others see them in lists
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
