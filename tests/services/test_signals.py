"""Hugging Face's votes are kept by paper, read by one process at a time, and no harm when it fails."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.services.signals import CHECK_EVERY, DAYS, KEY, SignalService
from bot.sources.errors import Busy
from bot.sources.http import Response
from bot.storage import signals, sources
from bot.storage.engine import Database
from tests.support.clock import FakeClock

NOW = datetime(2026, 1, 7, 12, tzinfo=UTC)


class HuggingFace:
    """Answers each day with a list, or fails."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.upvotes = 5
        self.failure: Exception | None = None

    async def get(self, url: str, **_: Any) -> Response:
        self.asked.append(url)
        if self.failure is not None:
            raise self.failure
        paper = {"id": "2601.00001", "upvotes": self.upvotes, "title": "T", "summary": "S", "authors": []}
        body = json.dumps([{"paper": paper, "numComments": 2}]).encode()
        return Response(200, body, "application/json", None, None, url)


@pytest.fixture
def face() -> HuggingFace:
    return HuggingFace()


def service(db: Database, clock: FakeClock, face: HuggingFace, owner: str = "me") -> SignalService:
    clock.set(max(clock.now(), NOW))
    return SignalService(db, clock, face, url="https://hf/daily", owner=owner)


async def test_votes_are_kept_and_a_later_look_replaces_them(
    db: Database, clock: FakeClock, face: HuggingFace
) -> None:
    reader = service(db, clock, face)
    assert await reader.poll_due() == DAYS
    assert sorted(url.split("date=")[1][:10] for url in face.asked) == [
        "2026-01-05",
        "2026-01-06",
        "2026-01-07",
    ]
    assert await reader.poll_due() == 0
    clock.advance(seconds=CHECK_EVERY.total_seconds())
    face.upvotes = 9
    await reader.poll_due()
    async with db.read() as tx:
        known = await signals.get(tx, ["2601.00001", "2601.00002"])
    assert {id_: (each.upvotes, each.comments) for id_, each in known.items()} == {"2601.00001": (9, 2)}


@pytest.mark.parametrize("failure", [Busy("Busy.", 429, 7200.0), RuntimeError("a fault of ours")])
async def test_a_failure_is_remembered_and_asked_again_later(
    db: Database, clock: FakeClock, face: HuggingFace, failure: Exception
) -> None:
    reader = service(db, clock, face)
    face.failure = failure
    assert await reader.poll_due() == 0
    async with db.read() as tx:
        state = (await sources.get(tx, [KEY]))[KEY]
    assert state.failures == 1
    assert state.next_check_at >= NOW + timedelta(minutes=5)
    face.failure = None
    assert await reader.poll_due() == 0
    clock.advance(hours=3)
    assert await reader.poll_due() == DAYS


async def test_of_two_processes_one_reads(db: Database, clock: FakeClock, face: HuggingFace) -> None:
    one, other = service(db, clock, face), service(db, clock, face, "other")
    await one.poll_due()
    await other.poll_due()
    assert len(face.asked) == DAYS
