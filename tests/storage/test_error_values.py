"""What a database refuses is logged without the values that it refuses: they are people's ids and words."""

import io
import logging
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import Executable

from bot.log import configure
from bot.storage.engine import Database
from bot.storage.tables import buddy_seats, members, question_reports, quiz_members, servers
from tests.support import loggers

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADA = 772_345_678_901_234_567
WORDS = "what a member wrote\n[SQL: in confidence"

REPORT = {"question_id": "q", "member_id": ADA, "reason": WORDS, "created_at": NOW}


@pytest.fixture(autouse=True)
def _loggers_as_they_were() -> Iterator[None]:
    with loggers.kept():
        yield


REFUSED: dict[str, tuple[Executable, Any]] = {
    "unique": (insert(question_reports), REPORT),
    "foreign key": (insert(quiz_members), {"member_id": ADA + 1, "hidden": True}),
    "not null": (insert(question_reports), REPORT | {"question_id": "other", "created_at": None}),
    "check": (insert(buddy_seats), {"meeting_id": 1, "member_id": ADA, "state": WORDS[:5], "votes": []}),
    "too long": (insert(question_reports), REPORT | {"question_id": "q" * 65}),
    "no number": (text("SELECT CAST(:value AS BIGINT)"), {"value": f"{ADA} {WORDS}"}),
    "too large": (text("SELECT CAST(CAST(:value AS TEXT) AS BIGINT)"), {"value": f"{ADA}000"}),
    "no number for the driver": (insert(members), {"id": f"{ADA} {WORDS}"}),
}


@pytest.mark.parametrize("style", ["text", "json"])
@pytest.mark.parametrize("why", REFUSED)
async def test_no_value_is_logged(db: Database, why: str, style: str) -> None:
    async with db.write() as tx:
        await tx.execute(insert(servers).values(id=1))
        await tx.execute(insert(members).values(id=ADA))
        await tx.execute(insert(question_reports).values(**REPORT))
    stream = io.StringIO()
    configure(style=style, stream=stream)
    statement, values = REFUSED[why]
    try:
        async with db.write() as tx:
            await tx.execute(statement, values)
    except DBAPIError as error:
        logging.getLogger("cohort").exception("it failed", exc_info=error)
        told = f"{error}{error!r}{error.orig}"
    else:
        assert db.is_sqlite  # that has no lengths, and makes a number of any text
        return
    for secret in (str(ADA), str(ADA + 1), "what a member", "in confidence"):
        assert secret not in stream.getvalue()
        assert secret not in told
    assert "it failed" in stream.getvalue()
    assert "Error" in stream.getvalue()  # what went wrong is still said
