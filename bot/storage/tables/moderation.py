"""What moderators have begun, and who has left a server."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from bot.storage.tables.base import metadata
from bot.storage.types import Snowflake, UTCDateTime

setting_drafts = Table(
    "setting_drafts",
    metadata,
    # What a moderator is about to import or to set up: it waits for their choices, restarts included.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    Column("kind", String(16), primary_key=True),  # import or start
    Column("by", Snowflake, primary_key=True, autoincrement=False),
    Column("data", JSON, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
    Index(None, "updated_at"),
)

departures = Table(
    "departures",
    metadata,
    # Members who were found to be in a server no more: what is kept of them there goes after a while.
    Column("server_id", Snowflake, primary_key=True, autoincrement=False),
    Column("member_id", Snowflake, primary_key=True, autoincrement=False),
    Column("left_at", UTCDateTime, nullable=False),  # when that was first noticed
    Index(None, "left_at"),
    Index(None, "member_id"),
)
