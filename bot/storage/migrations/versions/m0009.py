"""What a meeting began with."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision: str | None = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.add_column("buddy_meetings", sa.Column("openers", sa.JSON(), server_default="[]", nullable=False))


def downgrade() -> None:
    """Take back."""
    op.drop_column("buddy_meetings", "openers")
