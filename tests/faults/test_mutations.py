"""Does the harness bite? With one part of the protocol taken out, killed processes repeat what they posted."""

import random
from pathlib import Path

import pytest

from bot.storage.engine import Database
from tests.faults.kills import KillRun, kill_again_and_again
from tests.support.zygote import Zygote


@pytest.mark.parametrize(
    ("database_url", "mutation"),
    [
        ("sqlite", "nonce"),
        # On PostgreSQL another process waits for the lease of a dead one, longer than the nonce's minute: after a
        # crash only the history decides there. test_answers shows what the nonce is for on both databases.
        ("sqlite", "look-up"),
        ("postgresql", "look-up"),
        ("sqlite", "early commit"),
        ("postgresql", "early commit"),
    ],
    indirect=["database_url"],
)
async def test_a_missing_part_is_noticed(zygote: Zygote, db: Database, tmp_path: Path, mutation: str) -> None:
    chance = random.Random(2)
    run = KillRun(zygote, db, tmp_path, kills=40, chance=chance, mutation=mutation, until_repeated=True)
    result = await kill_again_and_again(run)
    assert result.tally.repeated > 0, result
