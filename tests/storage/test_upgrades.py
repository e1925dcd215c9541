# ruff: noqa: S608 - every value here is our own
"""Rows of an earlier version survive the way up, and as far as they can the way down."""

from typing import Any

import pytest
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import IntegrityError

from bot.storage import schema
from bot.storage.engine import Database

pytestmark = pytest.mark.changes_schema

SLOT = "2026-01-01 09:00:00.000000"

ROWS = [
    "INSERT INTO servers (id, zone, last_feed_number) VALUES (1, 'Europe/Paris', 2)",
    (
        "INSERT INTO feeds (id, server_id, number, kind, channel_id, query, style, max_items, time, zone, days, state, "
        "created_by, created_at, state_changed_at, since, slot_at, next_run_at) "
        f"VALUES (7, 1, 1, 'papers', 100, 'gan', 'digest', 10, '09:00', 'UTC', '01234', 'active', 9, "
        f"'{SLOT}', '{SLOT}', '{SLOT}', '{SLOT}', '{SLOT}')"
    ),
    "INSERT INTO feed_categories (feed_id, category, position) VALUES (7, 'cs.LG', 0)",
    f"INSERT INTO digests (feed_id, slot_at, built_at, since, shown, overflow) VALUES (7, '{SLOT}', '{SLOT}', '{SLOT}', 1, 1)",
    f"INSERT INTO feed_items (feed_id, item, slot_at, shown) VALUES (7, '2601.00001', '{SLOT}', TRUE)",
    f"INSERT INTO feed_items (feed_id, item, slot_at, shown) VALUES (7, '2601.00002', '{SLOT}', FALSE)",
    (
        "INSERT INTO outbox (id, feed_id, slot_at, part, parts, channel_id, nonce, marker, payload, state, next_attempt_at, "
        f"message_id, created_at) VALUES (3, 7, '{SLOT}', 1, 1, 100, 'n', 'm', '{{}}', 'sent', '{SLOT}', 555, '{SLOT}')"
    ),
]


async def run(db: Database, *statements: str) -> None:
    async with db.write() as tx:
        for statement in statements:
            await tx.execute(text(statement))


async def one(db: Database, query: str) -> Any:
    async with db.read() as tx:
        return (await tx.execute(text(query))).one()


async def test_what_0001_kept_is_there_in_0002_and_after_the_way_back(db: Database) -> None:
    await schema.downgrade(db, "0001")
    await run(db, *ROWS)
    await schema.upgrade(db)
    assert tuple(await one(db, "SELECT query, server_id, member_id FROM feeds")) == ("gan", 1, None)
    assert tuple(await one(db, "SELECT channel_id, item, feed_id FROM channel_items")) == (
        100,
        "2601.00001",
        7,
    )
    # Until then every message stood where its feed posts: it can be edited there.
    assert tuple(await one(db, "SELECT action, place_id, message_id FROM outbox")) == ("post", 100, 555)
    await run(
        db,
        "INSERT INTO members (id) VALUES (5)",
        ROWS[1].replace("server_id, number", "member_id, number").replace("VALUES (7, 1,", "VALUES (8, 5,"),
        "INSERT INTO feed_categories (feed_id, category, position) VALUES (8, 'cs.LG', 0)",
    )
    await schema.downgrade(db, "0001")
    assert tuple(await one(db, "SELECT id, server_id, query FROM feeds")) == (7, 1, "gan")
    assert tuple(await one(db, "SELECT feed_id FROM feed_categories")) == (7,)
    assert tuple(await one(db, "SELECT message_id FROM outbox")) == (555,)


@pytest.mark.parametrize(
    "broken",
    ["max_items = 0", "state = 'strange'", "member_id = 5", "server_id = NULL"],
)
async def test_the_rules_of_a_table_outlive_its_rebuilding(db: Database, broken: str) -> None:
    await schema.downgrade(db, "0001")
    await run(db, *ROWS)
    await schema.upgrade(db)
    await run(db, "INSERT INTO members (id) VALUES (5)")
    with pytest.raises(IntegrityError):
        await run(db, f"UPDATE feeds SET {broken}")


async def test_what_belongs_to_a_feed_goes_with_it(db: Database) -> None:
    await schema.downgrade(db, "0001")
    await run(db, *ROWS)
    await schema.upgrade(db)
    await run(db, "DELETE FROM feeds")
    async with db.read() as tx:
        names = await tx.run_sync(_with_feed_id)
    for name in names:
        assert tuple(await one(db, f"SELECT count(*) FROM {name}")) == (0,)


def _with_feed_id(connection: Connection) -> list[str]:
    inspector = inspect(connection)
    return [
        name
        for name in inspector.get_table_names()
        if any(column["name"] == "feed_id" for column in inspector.get_columns(name))
    ]
