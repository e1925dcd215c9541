"""SIGKILL at every step of the protocol, in real processes, on both databases: 0 lost, 0 repeated."""

import random
from pathlib import Path

from bot.storage.engine import Database
from tests.faults.kills import KillRun, kill_again_and_again
from tests.support.zygote import Zygote

KILLS = 100  # on each database


async def test_nothing_is_lost_or_repeated(zygote: Zygote, db: Database, tmp_path: Path) -> None:
    result = await kill_again_and_again(KillRun(zygote, db, tmp_path, kills=KILLS, chance=random.Random(1)))
    assert result.kills >= KILLS
    assert result.tally.messages > 100  # the story moves on: days pass, not one digest is tried for ever
    assert (result.tally.lost, result.tally.repeated) == (0, 0), result
