"""Discord roles of careers, what a server adds to them, skills that members keep."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "member_skills",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("skill", sa.String(length=64), nullable=False),
        sa.Column("grasp", sa.Integer(), nullable=False),
        sa.Column("kept_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("grasp IN (1, 2)", name=op.f("ck_member_skills_grasp_known")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_skills_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("member_id", "skill", name=op.f("pk_member_skills")),
    )
    op.create_table(
        "role_links",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("discord_role_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('role', 'track')", name=op.f("ck_role_links_kind_known")),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_role_links_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "discord_role_id", name=op.f("pk_role_links")),
        sa.UniqueConstraint("server_id", "kind", "target", name=op.f("uq_role_links_server_id_kind_target")),
    )
    op.create_table(
        "server_careers",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=False),
        sa.Column("created_at", UTCDateTime(), nullable=False),
        sa.CheckConstraint("kind IN ('role', 'link')", name=op.f("ck_server_careers_kind_known")),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_careers_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_server_careers")),
    )
    op.create_index(
        op.f("ix_server_careers_server_id_kind"), "server_careers", ["server_id", "kind"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_server_careers_server_id_kind"), table_name="server_careers")
    op.drop_table("server_careers")
    op.drop_table("role_links")
    op.drop_table("member_skills")
