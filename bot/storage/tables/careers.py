"""What servers and members add to the careers."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
)

from bot.storage.tables.base import metadata
from bot.storage.types import RowId, Snowflake, UTCDateTime

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
