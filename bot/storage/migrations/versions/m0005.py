"""What servers set for each module, and the log of changes."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "server_modules",
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("module", sa.String(length=16), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False),
        sa.Column("updated_at", UTCDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_server_modules_server_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("server_id", "module", name=op.f("pk_server_modules")),
    )
    op.create_table(
        "setting_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("server_id", sa.BigInteger(), nullable=False),
        sa.Column("at", UTCDateTime(), nullable=False),
        sa.Column("by", sa.BigInteger(), nullable=True),
        sa.Column("area", sa.String(length=16), nullable=False),
        sa.Column("target", sa.String(length=64), server_default="", nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("undoes", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["server_id"], ["servers.id"], name=op.f("fk_setting_changes_server_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["undoes"], ["setting_changes.id"], name=op.f("fk_setting_changes_undoes"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_setting_changes")),
    )
    op.create_index(
        op.f("ix_setting_changes_server_id_id"), "setting_changes", ["server_id", "id"], unique=False
    )


def downgrade() -> None:
    """Take back."""
    op.drop_index(op.f("ix_setting_changes_server_id_id"), table_name="setting_changes")
    op.drop_table("setting_changes")
    op.drop_table("server_modules")
