"""Papers, and what members do with them."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, false

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

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
