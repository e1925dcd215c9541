"""What the outbox needs of Discord."""

from datetime import datetime
from typing import Protocol

from bot.domain.outbox import Absent, Busy, Refused, Sent, Unknown, Unreadable


class Sender(Protocol):
    """Posts a stored message and looks for one; never raises for anything Discord says."""

    def ready(self) -> bool:
        """Whether Discord can be reached at all; nothing is claimed while it cannot."""
        ...

    def notice_channel(self, server_id: int) -> int | None:
        """Return the channel where a server's moderators read what concerns them, None where none is known."""
        ...

    async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
        """Create the message whose JSON body is `payload`, with `nonce` enforced."""
        ...

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look for an own message with the line `marker` among those created after `after`."""
        ...
