"""Write the next migration from the difference between the tables and the migrations so far.

    uv run python scripts/new_migration.py 0002 "what it does"

Read the result before committing it: Alembic proposes, you decide. Then set `HEAD` in
`bot/storage/schema.py`.
"""

import asyncio
import sys
from pathlib import Path
from typing import Literal

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from bot.storage import schema
from bot.storage.engine import Database
from bot.storage.tables import metadata
from bot.storage.types import UTCDateTime

TEMPLATE = '''"""{title}."""

import sqlalchemy as sa
from alembic import op

from bot.storage.types import UTCDateTime

revision = "{revision}"
down_revision = {down}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
{up}


def downgrade() -> None:
    """Take back."""
{down_ops}
'''


def _render_type(kind: str, item: object, _context: object) -> str | Literal[False]:
    return "UTCDateTime()" if kind == "type" and isinstance(item, UTCDateTime) else False


def _code(connection: Connection) -> tuple[str, str]:
    options = {"target_metadata": metadata}
    context = MigrationContext.configure(connection, opts=options)
    script = produce_migrations(context, metadata)
    assert script.upgrade_ops is not None
    assert script.downgrade_ops is not None
    up, down = (
        render_python_code(ops, migration_context=context, render_item=_render_type)
        for ops in (script.upgrade_ops, script.downgrade_ops)
    )
    return up, down


async def main(revision: str, title: str) -> None:
    """Write `bot/storage/migrations/versions/<revision>.py`."""
    first = revision == "0001"
    db = Database("sqlite+aiosqlite:///:memory:")
    await db.open()
    try:
        if not first:
            await schema.upgrade(db)
        async with db.read() as tx:
            up, down = await tx.run_sync(_code)
    finally:
        await db.close()
    path = Path("bot/storage/migrations/versions") / f"m{revision}.py"
    text = TEMPLATE.format(
        title=title.rstrip("."),
        revision=revision,
        down=None if first else f'"{schema.HEAD}"',
        up="    " + up.strip(),
        down_ops="    " + down.strip(),
    )
    text = "\n".join(line for line in text.splitlines() if "###" not in line) + "\n"
    path.write_text(text, encoding="utf-8")
    print(path)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:3]))
