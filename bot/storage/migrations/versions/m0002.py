"""Direct subscriptions, edits and threads through the outbox, what members do with papers."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("last_feed_number", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_table(
        "paper_signals",
        sa.Column("paper_id", sa.String(length=32), nullable=False),
        sa.Column("upvotes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("comments", sa.Integer(), server_default="0", nullable=False),
        sa.Column("code_url", sa.Text(), nullable=True),
        sa.Column("stars", sa.Integer(), nullable=True),
        sa.Column("project_url", sa.Text(), nullable=True),
        sa.Column("daily_at", UTCDateTime(), nullable=True),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_paper_signals")),
    )
    op.create_table(
        "discussions",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paper_id", sa.String(length=32), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=True),
        sa.Column("opened_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_discussions_paper_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "paper_id", name=op.f("pk_discussions")),
    )
    op.create_index(op.f("ix_discussions_paper_id"), "discussions", ["paper_id"], unique=False)
    op.create_index(
        op.f("ix_discussions_server_id_opened_at"), "discussions", ["server_id", "opened_at"], unique=False
    )
    op.create_table(
        "paper_votes",
        sa.Column("server_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("paper_id", sa.String(length=32), nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("voted_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_paper_votes_paper_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "paper_id", "member_id", name=op.f("pk_paper_votes")),
    )
    op.create_index(op.f("ix_paper_votes_member_id"), "paper_votes", ["member_id"], unique=False)
    op.create_table(
        "saved_papers",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("paper_id", sa.String(length=32), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_saved_papers_member_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["paper_id"], ["papers.id"], name=op.f("fk_saved_papers_paper_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "paper_id", name=op.f("pk_saved_papers")),
    )
    op.create_index(op.f("ix_saved_papers_paper_id"), "saved_papers", ["paper_id"], unique=False)
    op.create_index(
        op.f("ix_saved_papers_server_id_paper_id"), "saved_papers", ["server_id", "paper_id"], unique=False
    )
    op.create_table(
        "channel_items",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("item", sa.String(length=128), nullable=False),
        sa.Column("feed_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("slot_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["feed_id"], ["feeds.id"], name=op.f("fk_channel_items_feed_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("channel_id", "item", name=op.f("pk_channel_items")),
    )
    op.create_index(
        op.f("ix_channel_items_feed_id_slot_at"), "channel_items", ["feed_id", "slot_at"], unique=False
    )
    op.create_index(op.f("ix_channel_items_item"), "channel_items", ["item"], unique=False)
    op.add_column("feed_items", sa.Column("position", sa.Integer(), server_default="0", nullable=False))
    with op.batch_alter_table("feeds") as batch:
        batch.add_column(sa.Column("member_id", sa.BigInteger(), nullable=True))
        batch.add_column(sa.Column("options", sa.JSON(), server_default="{}", nullable=False))
        batch.alter_column("server_id", existing_type=sa.BigInteger(), nullable=True)
        batch.create_unique_constraint(op.f("uq_feeds_member_id_number"), ["member_id", "number"])
        batch.create_check_constraint(
            op.f("ck_feeds_one_owner"), "(server_id IS NULL) <> (member_id IS NULL)"
        )
        batch.create_foreign_key(
            op.f("fk_feeds_member_id"), "members", ["member_id"], ["id"], ondelete="CASCADE"
        )
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("action", sa.String(length=16), server_default="post", nullable=False))
        batch.add_column(sa.Column("anchor_id", _ROW_ID, nullable=True))
        batch.add_column(sa.Column("items", sa.JSON(), server_default="[]", nullable=False))
        batch.add_column(sa.Column("place_id", sa.BigInteger(), nullable=True))
        batch.alter_column(
            "stream",
            existing_type=sa.String(length=16),
            type_=sa.String(length=64),
            existing_nullable=False,
            existing_server_default=sa.text("'post'"),
        )
        batch.create_foreign_key(
            op.f("fk_outbox_anchor_id"), "outbox", ["anchor_id"], ["id"], ondelete="CASCADE"
        )
    op.create_index(op.f("ix_outbox_anchor_id"), "outbox", ["anchor_id"], unique=False)
    # Until now every message went where its feed posts.
    op.execute("UPDATE outbox SET place_id = channel_id WHERE state = 'sent'")
    op.execute(
        "INSERT INTO channel_items (channel_id, item, feed_id, slot_at) "
        "SELECT feeds.channel_id, feed_items.item, min(feed_items.feed_id), min(feed_items.slot_at) "
        "FROM feed_items JOIN feeds ON feeds.id = feed_items.feed_id WHERE feed_items.shown "
        "GROUP BY feeds.channel_id, feed_items.item"
    )
    op.add_column("papers", sa.Column("withdrawn", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("sources", sa.Column("batch_hash", sa.String(length=64), nullable=True))


def downgrade() -> None:
    """Take back."""
    op.drop_column("sources", "batch_hash")
    op.drop_column("papers", "withdrawn")
    # What the first schema has no words for goes: direct subscriptions, edits, threads and forum posts.
    op.execute(
        "DELETE FROM outbox WHERE action <> 'post' OR anchor_id IS NOT NULL OR feed_id IN (SELECT id FROM feeds WHERE member_id IS NOT NULL)"
    )
    direct = "SELECT id FROM feeds WHERE member_id IS NOT NULL"
    for table in ("digests", "feed_items", "feed_categories", "channel_items"):
        op.execute(f"DELETE FROM {table} WHERE feed_id IN ({direct})")  # noqa: S608 - our own words
    op.execute("DELETE FROM feeds WHERE member_id IS NOT NULL")
    op.drop_index(op.f("ix_outbox_anchor_id"), table_name="outbox")
    with op.batch_alter_table("outbox") as batch:
        batch.drop_constraint(op.f("fk_outbox_anchor_id"), type_="foreignkey")
        batch.alter_column(
            "stream",
            existing_type=sa.String(length=64),
            type_=sa.String(length=16),
            existing_nullable=False,
            existing_server_default=sa.text("'post'"),
        )
        batch.drop_column("place_id")
        batch.drop_column("items")
        batch.drop_column("anchor_id")
        batch.drop_column("action")
    with op.batch_alter_table("feeds") as batch:
        batch.drop_constraint(op.f("ck_feeds_one_owner"), type_="check")
        batch.drop_constraint(op.f("fk_feeds_member_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_feeds_member_id_number"), type_="unique")
        batch.alter_column("server_id", existing_type=sa.BigInteger(), nullable=False)
        batch.drop_column("options")
        batch.drop_column("member_id")
    op.drop_column("feed_items", "position")
    op.drop_index(op.f("ix_channel_items_item"), table_name="channel_items")
    op.drop_index(op.f("ix_channel_items_feed_id_slot_at"), table_name="channel_items")
    op.drop_table("channel_items")
    op.drop_index(op.f("ix_saved_papers_server_id_paper_id"), table_name="saved_papers")
    op.drop_index(op.f("ix_saved_papers_paper_id"), table_name="saved_papers")
    op.drop_table("saved_papers")
    op.drop_index(op.f("ix_paper_votes_member_id"), table_name="paper_votes")
    op.drop_table("paper_votes")
    op.drop_index(op.f("ix_discussions_server_id_opened_at"), table_name="discussions")
    op.drop_index(op.f("ix_discussions_paper_id"), table_name="discussions")
    op.drop_table("discussions")
    op.drop_table("paper_signals")
    op.drop_table("members")
