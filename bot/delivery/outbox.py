"""Takes messages from the outbox to the channel: nothing lost, nothing twice.

Each round claims what is due in one transaction (which records the attempt), talks to Discord with
no transaction open, and writes what came of it in another. A process that dies in between leaves
entries in `sending`; whoever comes next finds them when their lease is over and treats them as what
they are: messages that may or may not be in the channel.
"""

import asyncio
import logging
from datetime import datetime, timedelta
from typing import Final

from bot.clock import Clock
from bot.delivery.sender import Sender
from bot.domain.outbox import CLOCK_SKEW, LEASE, Entry, Outcome, State, Step, Unknown, next_step, settle
from bot.storage import outbox
from bot.storage.engine import Database

_log = logging.getLogger("cohort.delivery")

AT_ONCE: Final = 8
"""Messages under way together: enough to reach 50 a second, few enough to lose little in a crash."""

ATTEMPT_LIMIT: Final = timedelta(seconds=60)
"""An attempt that takes longer is given up as unknown; it must stay below the lease."""


class Outbox:
    """Delivers what is due."""

    def __init__(self, db: Database, clock: Clock, sender: Sender, *, owner: str) -> None:
        self._db = db
        self._clock = clock
        self._sender = sender
        self._owner = owner
        self._stopping = False

    def stop(self) -> None:
        """Claim nothing more; what is under way is finished."""
        self._stopping = True

    async def deliver_due(self) -> int:
        """Work until nothing is due; return how many messages arrived."""
        arrived = 0
        while not self._stopping and self._sender.ready():
            now = self._clock.now()
            async with self._db.write() as tx:
                entries = await outbox.claim_due(tx, now, owner=self._owner, lease=LEASE, limit=AT_ONCE)
            if not entries:
                break
            arrived += sum(await asyncio.gather(*(self._attempt(entry, now) for entry in entries)))
        return arrived

    async def release(self) -> None:
        """Give claimed entries back when the process stops in good order."""
        async with self._db.write() as tx:
            await outbox.release(tx, self._owner)

    async def _attempt(self, entry: Entry, claimed_at: datetime) -> bool:
        try:
            async with asyncio.timeout(ATTEMPT_LIMIT.total_seconds()):
                outcome = await self._act(entry, claimed_at)
        except TimeoutError:
            outcome = Unknown("Discord did not answer in time.")
        except Exception as error:  # noqa: BLE001 - one entry's fault must not stop the others
            _log.exception("delivery attempt failed", extra={"entry": entry.id})
            outcome = Unknown(f"Sending failed unexpectedly ({type(error).__name__}).")
        now = self._clock.now()
        settlement = settle(entry, outcome, now)
        async with self._db.write() as tx:
            kept = await outbox.settle(tx, entry.id, settlement, owner=self._owner, now=now)
        level = logging.INFO if settlement.state is State.SENT else logging.WARNING
        details = {"entry": entry.id, "feed": entry.feed_id, "part": f"{entry.part}/{entry.parts}"}
        _log.log(level, "delivery %s", settlement.state, extra=details | {"reason": settlement.reason or "-"})
        return kept and settlement.state is State.SENT

    async def _act(self, entry: Entry, now: datetime) -> Outcome:
        if next_step(entry.first_attempt_at, now) is Step.POST:
            return await self._sender.post(entry.channel_id, entry.payload, entry.nonce)
        assert entry.first_attempt_at is not None
        return await self._sender.find(entry.channel_id, entry.first_attempt_at - CLOCK_SKEW, entry.marker)
