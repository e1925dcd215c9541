"""What moderators set for a server, and the log of it."""

from sqlalchemy import JSON, Column, ForeignKey, Index, String, Table

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

server_modules = Table(
    "server_modules",
    metadata,
    # What a server set for quizzes, study buddies and so on: one row for each part that was ever set.
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), primary_key=True),
    Column("module", String(16), primary_key=True),  # see bot.domain.server_settings.Module
    Column("settings", JSON, nullable=False),
    Column("updated_at", UTCDateTime, nullable=False),
)

setting_changes = Table(
    "setting_changes",
    metadata,
    # Who changed what, from what to what: shown by `/setup log`, taken back by `/setup undo`.
    Column("id", RowId, primary_key=True),
    Column("server_id", Snowflake, ForeignKey("servers.id", ondelete="CASCADE"), nullable=False),
    Column("at", UTCDateTime, nullable=False),
    Column("by", Snowflake, nullable=True),  # None where Cohort did it by itself
    Column("area", String(16), nullable=False),  # see bot.domain.server_settings.Area
    Column("target", String(64), nullable=False, server_default=""),  # which of the area: a feed's number, …
    Column("before", JSON(none_as_null=True), nullable=True),  # None where there was nothing
    Column("after", JSON(none_as_null=True), nullable=True),  # None where it was removed
    Column("undoes", RowId, ForeignKey("setting_changes.id", ondelete="SET NULL"), nullable=True),
    Index(None, "server_id", "id"),
)
