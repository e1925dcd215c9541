"""Answers that never arrive, and storms of 429: the bot retries, and nothing is posted twice."""

from typing import Literal

import pytest

from bot.delivery.discord_sender import DiscordSender
from bot.domain.outbox import Busy, Refused, Sent, Unknown
from bot.storage.engine import Database
from tests.faults import scenarios
from tests.support.loopback.faults import Kind

COUNT = 100


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", ["drop", "reset", "status", "hang"])
async def test_a_lost_answer_costs_nothing(
    db: Database, kind: Kind, when: Literal["before", "after"]
) -> None:
    tally = await scenarios.lost_answers(db, kind=kind, when=when, count=COUNT)
    assert tally.messages >= COUNT
    assert (tally.lost, tally.repeated) == (0, 0)


async def test_without_the_nonce_a_lost_answer_posts_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    post = DiscordSender.post

    async def forgetful(
        sender: DiscordSender, channel_id: int, payload: str, nonce: str
    ) -> Sent | Refused | Busy | Unknown:
        forgetful.calls += 1  # type: ignore[attr-defined]
        return await post(sender, channel_id, payload, f"{nonce[:15]}{forgetful.calls}")  # type: ignore[attr-defined]

    forgetful.calls = 0  # type: ignore[attr-defined]
    monkeypatch.setattr(DiscordSender, "post", forgetful)
    tally = await scenarios.lost_answers(db, kind="drop", when="after", count=20)
    assert tally.repeated > 0


async def test_a_storm_of_429_is_weathered(db: Database) -> None:
    tally, invalid = await scenarios.too_many_requests(db, minutes=10)
    assert tally.messages == 150
    assert (tally.lost, tally.repeated) == (0, 0)
    assert 0 < invalid < 100
