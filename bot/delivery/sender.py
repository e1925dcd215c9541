"""What the outbox needs of Discord."""

from datetime import datetime
from typing import Protocol

from bot.domain.outbox import Absent, Busy, Refused, Sent, Unknown, Unreadable


class Sender(Protocol):
    """Posts a stored message and looks for one; never raises for anything Discord says."""

    def ready(self) -> bool:
        """Whether Discord can be reached at all; nothing is claimed while it cannot."""
        ...

    def notice_channel(self, server_id: int, chosen: int | None = None) -> int | None:
        """Return the channel where a server's moderators read what concerns them, None where none is known.

        It is the one they chose, if Cohort may post there, else the one that Discord calls community updates.
        """
        ...

    async def post(self, channel_id: int, payload: str, nonce: str) -> Sent | Refused | Busy | Unknown:
        """Create the message whose JSON body is `payload`, with `nonce` enforced."""
        ...

    async def edit(self, channel_id: int, message_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Give an own message the JSON body `payload`; `Sent(None)` where somebody deleted it."""
        ...

    async def open_thread(
        self, channel_id: int, message_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        """Open the thread of a message, or find it open; `Sent` carries the thread's id."""
        ...

    async def post_in_forum(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Create a post in a forum; `Sent` carries the id of its thread, which is that of its message."""
        ...

    async def open_room(self, channel_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Open a thread that no message begins, from its JSON body; `Sent` carries the thread's id."""
        ...

    async def seat(self, thread_id: int, payload: str, *, there: bool) -> Sent | Refused | Busy | Unknown:
        """Add the `user_id` of the JSON `payload` to a thread, or take them out.

        `Sent(None)` where that person left the server: there is nothing more to do.
        """
        ...

    async def change_room(self, thread_id: int, payload: str) -> Sent | Refused | Busy | Unknown:
        """Give a thread the JSON body `payload`; `Sent(None)` where somebody deleted it."""
        ...

    async def create_native(
        self, server_id: int, payload: str, marker: str
    ) -> Sent | Refused | Busy | Unknown:
        """Create a server's scheduled event with the JSON body `payload`, unless it stands there already.

        An own one whose description has the line `marker` is taken for it, and given that body.
        """
        ...

    async def change_native(
        self, server_id: int, native_id: int, payload: str
    ) -> Sent | Refused | Busy | Unknown:
        """Change a scheduled event; `Sent(None)` where somebody deleted it, `Sent` as well where it is over."""
        ...

    async def find(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look for an own message with the line `marker` among those created after `after`."""
        ...

    async def find_in_forum(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look for an own forum post whose message has the line `marker`, created after `after`."""
        ...

    async def find_room(
        self, channel_id: int, after: datetime, marker: str
    ) -> Sent | Absent | Unreadable | Busy | Unknown:
        """Look for an own thread of a channel, private or public, whose name is `marker`, opened after `after`."""
        ...
