"""Drafts of moderators, who left, what members wish."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "departures",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("left_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("server_id", "member_id", name=op.f("pk_departures")),
    )
    op.create_index(op.f("ix_departures_left_at"), "departures", ["left_at"], unique=False)
    op.create_index(op.f("ix_departures_member_id"), "departures", ["member_id"], unique=False)
    op.create_table(
        "setting_drafts",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_setting_drafts_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "kind", "by", name=op.f("pk_setting_drafts")),
    )
    op.create_index(op.f("ix_setting_drafts_updated_at"), "setting_drafts", ["updated_at"], unique=False)
    op.add_column("members", sa.Column("dms", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("members", sa.Column("visible", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("servers", sa.Column("greeted_at", UTCDateTime(), nullable=True))
    op.add_column("servers", sa.Column("left_at", UTCDateTime(), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("servers", "left_at")
    op.drop_column("servers", "greeted_at")
    op.drop_column("members", "visible")
    op.drop_column("members", "dms")
    op.drop_index(op.f("ix_setting_drafts_updated_at"), table_name="setting_drafts")
    op.drop_table("setting_drafts")
    op.drop_index(op.f("ix_departures_member_id"), table_name="departures")
    op.drop_index(op.f("ix_departures_left_at"), table_name="departures")
    op.drop_table("departures")
