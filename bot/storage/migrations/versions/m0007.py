"""Study buddies: profiles, blocks, rounds, meetings."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "buddy_blocks",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("blocked_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "blocked_id", name=op.f("pk_buddy_blocks")),
    )
    op.create_index(op.f("ix_buddy_blocks_blocked_id"), "buddy_blocks", ["blocked_id"], unique=False)
    op.create_table(
        "buddy_profiles",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("hours", sa.String(length=42), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("paused_until", UTCDateTime(), nullable=True),
        sa.Column("findable", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("dm_channel_id", sa.BigInteger(), nullable=True),
        sa.Column("waited", sa.Integer(), server_default="0", nullable=False),
        sa.Column("seeking_until", UTCDateTime(), nullable=True),
        sa.Column("joined_at", UTCDateTime(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('draft', 'in', 'away')", name=op.f("ck_buddy_profiles_state_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_buddy_profiles_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_buddy_profiles_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "member_id", name=op.f("pk_buddy_profiles")),
    )
    op.create_index(op.f("ix_buddy_profiles_member_id"), "buddy_profiles", ["member_id"], unique=False)
    op.create_index(
        op.f("ix_buddy_profiles_seeking_until"), "buddy_profiles", ["seeking_until"], unique=False
    )
    op.create_table(
        "buddy_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("asker_id", sa.BigInteger(), nullable=False),
        sa.Column("asked_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.Column("until", UTCDateTime(), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'accepted', 'declined', 'withdrawn')",
            name=op.f("ck_buddy_requests_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_buddy_requests_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_requests")),
    )
    op.create_index(
        op.f("ix_buddy_requests_asked_id_state"), "buddy_requests", ["asked_id", "state"], unique=False
    )
    op.create_index(
        op.f("ix_buddy_requests_asker_id_created_at"),
        "buddy_requests",
        ["asker_id", "created_at"],
        unique=False,
    )
    op.create_index(op.f("ix_buddy_requests_server_id"), "buddy_requests", ["server_id"], unique=False)
    op.create_table(
        "buddy_rounds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot_at", UTCDateTime(), nullable=False),
        sa.Column("seed", sa.String(length=32), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_buddy_rounds_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_rounds")),
        sa.UniqueConstraint("server_id", "number", name=op.f("uq_buddy_rounds_server_id_number")),
        sa.UniqueConstraint("server_id", "slot_at", name=op.f("uq_buddy_rounds_server_id_slot_at")),
    )
    op.create_table(
        "buddy_meetings",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("round_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("stage", sa.String(length=16), nullable=False),
        sa.Column("next_at", UTCDateTime(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("room_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("intro_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.JSON(), nullable=False),
        sa.Column("agreed", sa.Integer(), nullable=True),
        sa.Column("remind_at", UTCDateTime(), nullable=True),
        sa.Column("weight", sa.Integer(), server_default="0", nullable=False),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("ended_at", UTCDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=16), nullable=True),
        sa.CheckConstraint("kind IN ('round', 'rematch', 'find')", name=op.f("ck_buddy_meetings_kind_known")),
        sa.CheckConstraint("state IN ('open', 'ended')", name=op.f("ck_buddy_meetings_state_known")),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_buddy_meetings_feed_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["buddy_rounds.id"], name=op.f("fk_buddy_meetings_round_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_buddy_meetings_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buddy_meetings")),
    )
    op.create_index(op.f("ix_buddy_meetings_feed_id"), "buddy_meetings", ["feed_id"], unique=False)
    op.create_index(op.f("ix_buddy_meetings_remind_at"), "buddy_meetings", ["remind_at"], unique=False)
    op.create_index(op.f("ix_buddy_meetings_round_id"), "buddy_meetings", ["round_id"], unique=False)
    op.create_index(
        op.f("ix_buddy_meetings_server_id_opened_at"),
        "buddy_meetings",
        ["server_id", "opened_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_buddy_meetings_state_next_at"), "buddy_meetings", ["state", "next_at"], unique=False
    )
    op.create_table(
        "buddy_seats",
        sa.Column("meeting_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("pressed_at", UTCDateTime(), nullable=True),
        sa.Column("votes", sa.JSON(), server_default="[]", nullable=False),
        sa.Column("met", sa.Boolean(), nullable=True),
        sa.Column("again", sa.Boolean(), nullable=True),
        sa.Column("poke_until", UTCDateTime(), nullable=True),
        sa.Column("poked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("state IN ('in', 'left', 'gone')", name=op.f("ck_buddy_seats_state_known")),
        sa.ForeignKeyConstraint(
            ["meeting_id"], ["buddy_meetings.id"], name=op.f("fk_buddy_seats_meeting_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("meeting_id", "member_id", name=op.f("pk_buddy_seats")),
    )
    op.create_index(op.f("ix_buddy_seats_member_id"), "buddy_seats", ["member_id"], unique=False)
    op.create_index(op.f("ix_buddy_seats_poke_until"), "buddy_seats", ["poke_until"], unique=False)


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_buddy_seats_poke_until"), table_name="buddy_seats")
    op.drop_index(op.f("ix_buddy_seats_member_id"), table_name="buddy_seats")
    op.drop_table("buddy_seats")
    op.drop_index(op.f("ix_buddy_meetings_state_next_at"), table_name="buddy_meetings")
    op.drop_index(op.f("ix_buddy_meetings_server_id_opened_at"), table_name="buddy_meetings")
    op.drop_index(op.f("ix_buddy_meetings_round_id"), table_name="buddy_meetings")
    op.drop_index(op.f("ix_buddy_meetings_remind_at"), table_name="buddy_meetings")
    op.drop_index(op.f("ix_buddy_meetings_feed_id"), table_name="buddy_meetings")
    op.drop_table("buddy_meetings")
    op.drop_table("buddy_rounds")
    op.drop_index(op.f("ix_buddy_requests_server_id"), table_name="buddy_requests")
    op.drop_index(op.f("ix_buddy_requests_asker_id_created_at"), table_name="buddy_requests")
    op.drop_index(op.f("ix_buddy_requests_asked_id_state"), table_name="buddy_requests")
    op.drop_table("buddy_requests")
    op.drop_index(op.f("ix_buddy_profiles_seeking_until"), table_name="buddy_profiles")
    op.drop_index(op.f("ix_buddy_profiles_member_id"), table_name="buddy_profiles")
    op.drop_table("buddy_profiles")
    op.drop_index(op.f("ix_buddy_blocks_blocked_id"), table_name="buddy_blocks")
    op.drop_table("buddy_blocks")
