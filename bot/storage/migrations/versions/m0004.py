"""Events: their sources, what feeds know of them, Discord's own events, members' reminders."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "calendars",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("read_at", UTCDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_calendars")),
    )
    op.create_table(
        "conference_editions",
        sa.Column("conference", sa.String(length=64), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("conference", "year", name=op.f("pk_conference_editions")),
    )
    op.create_table(
        "events",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("starts_at", UTCDateTime(), nullable=False),
        sa.Column("over_at", UTCDateTime(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), server_default="{}", nullable=False),
        sa.Column("revision", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gone", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("first_seen_at", UTCDateTime(), nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.Column("changed_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("source", "key", name=op.f("uq_events_source_key")),
    )
    op.create_index(op.f("ix_events_over_at"), "events", ["over_at"], unique=False)
    op.create_index(op.f("ix_events_source_over_at"), "events", ["source", "over_at"], unique=False)
    op.create_table(
        "hackathon_entries",
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("site", sa.String(length=16), nullable=False),
        sa.Column("identity", sa.String(length=128), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("missing", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_seen_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_hackathon_entries")),
    )
    op.create_index(op.f("ix_hackathon_entries_site"), "hackathon_entries", ["site"], unique=False)
    op.create_table(
        "event_reminders",
        sa.Column("id", _ROW_ID, nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("feed_id", _ROW_ID, nullable=False),
        sa.Column("lead_s", sa.Integer(), nullable=False),
        sa.Column("by_dm", sa.Boolean(), nullable=False),
        sa.Column("due_at", UTCDateTime(), nullable=False),
        sa.Column("is_done", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_event_reminders_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_event_reminders_feed_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_event_reminders_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_event_reminders")),
        sa.UniqueConstraint("member_id", "event_id", name=op.f("uq_event_reminders_member_id_event_id")),
    )
    op.create_index(op.f("ix_event_reminders_event_id"), "event_reminders", ["event_id"], unique=False)
    op.create_index(op.f("ix_event_reminders_feed_id"), "event_reminders", ["feed_id"], unique=False)
    op.create_index(
        op.f("ix_event_reminders_is_done_due_at"), "event_reminders", ["is_done", "due_at"], unique=False
    )
    op.create_table(
        "feed_events",
        sa.Column("feed_id", _ROW_ID, nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("floor_at", UTCDateTime(), nullable=False),
        sa.Column("announced", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("told", sa.JSON(), nullable=True),
        sa.Column("told_revision", sa.Integer(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_feed_events_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_events_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "event_id", name=op.f("pk_feed_events")),
    )
    op.create_index(op.f("ix_feed_events_event_id"), "feed_events", ["event_id"], unique=False)
    op.create_table(
        "feed_sources",
        sa.Column("feed_id", _ROW_ID, nullable=False),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_feed_sources_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("feed_id", "source", name=op.f("pk_feed_sources")),
    )
    op.create_index(op.f("ix_feed_sources_source"), "feed_sources", ["source"], unique=False)
    op.create_table(
        "event_posts",
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("feed_id", _ROW_ID, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("moment", sa.String(length=16), nullable=True),
        sa.Column("overflow", sa.Integer(), server_default="0", nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["outbox.id"], name=op.f("fk_event_posts_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_event_posts_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_event_posts")),
    )
    op.create_index(op.f("ix_event_posts_feed_id"), "event_posts", ["feed_id"], unique=False)
    op.create_table(
        "native_events",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", _ROW_ID, nullable=False),
        sa.Column("feed_id", _ROW_ID, nullable=False),
        sa.Column("entry_id", _ROW_ID, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("ends_at", UTCDateTime(), nullable=False),
        sa.Column("called_off", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["outbox.id"], name=op.f("fk_native_events_entry_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["event_id"], ["events.id"], name=op.f("fk_native_events_event_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_native_events_feed_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_native_events_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "event_id", name=op.f("pk_native_events")),
    )
    op.create_index(op.f("ix_native_events_entry_id"), "native_events", ["entry_id"], unique=False)
    op.create_index(op.f("ix_native_events_event_id"), "native_events", ["event_id"], unique=False)
    op.create_index(op.f("ix_native_events_feed_id"), "native_events", ["feed_id"], unique=False)


def downgrade() -> None:
    """Take back."""
    # What the schema before has no words for goes: feeds of events, and Discord's own.
    ours = "SELECT id FROM feeds WHERE kind IN ('meetups', 'hackathons', 'deadlines', 'reminders')"

    op.drop_index(op.f("ix_native_events_feed_id"), table_name="native_events")
    op.drop_index(op.f("ix_native_events_event_id"), table_name="native_events")
    op.drop_index(op.f("ix_native_events_entry_id"), table_name="native_events")
    op.drop_table("native_events")
    op.drop_index(op.f("ix_event_posts_feed_id"), table_name="event_posts")
    op.drop_table("event_posts")
    op.drop_index(op.f("ix_feed_sources_source"), table_name="feed_sources")
    op.drop_table("feed_sources")
    op.drop_index(op.f("ix_feed_events_event_id"), table_name="feed_events")
    op.drop_table("feed_events")
    op.drop_index(op.f("ix_event_reminders_is_done_due_at"), table_name="event_reminders")
    op.drop_index(op.f("ix_event_reminders_feed_id"), table_name="event_reminders")
    op.drop_index(op.f("ix_event_reminders_event_id"), table_name="event_reminders")
    op.drop_table("event_reminders")
    op.drop_index(op.f("ix_hackathon_entries_site"), table_name="hackathon_entries")
    op.drop_table("hackathon_entries")
    op.drop_index(op.f("ix_events_source_over_at"), table_name="events")
    op.drop_index(op.f("ix_events_over_at"), table_name="events")
    op.drop_table("events")
    op.drop_table("conference_editions")
    op.drop_table("calendars")
    op.execute(f"DELETE FROM outbox WHERE feed_id IN ({ours})")  # noqa: S608 - our own words
    op.execute("DELETE FROM feeds WHERE kind IN ('meetups', 'hackathons', 'deadlines', 'reminders')")
