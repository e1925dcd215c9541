"""What keeps people safe: blocks that nobody notices, and reports that say what the reporter chose to say."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.clock import Clock
from bot.domain.meetings.settings import BuddySettings
from bot.domain.meetings.texts import MeetingTexts
from bot.domain.meetings.values import SeatState
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.buddies.opening import drop_out
from bot.storage import outbox, server_settings
from bot.storage.buddies import blocks, meetings, profiles, requests, rounds
from bot.storage.engine import Database, retried
from bot.storage.languages import speech

LONGEST_REPORT: Final = 1000

_NOWHERE: Final = (
    "This server has not set a channel for reports, so I cannot pass it on. Write to a moderator directly, and use "
    "Discord's own report if it is serious."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What somebody chose to tell the moderators; `by` and `about` only where they chose so."""

    words: str
    by: int | None = None
    about: tuple[int, ...] = ()


class BuddySafety:
    """Blocks hold in every server, both ways, from the moment they are made."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        texts: MeetingTexts,
        *,
        notice_channel: Callable[[int, int | None], int | None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._texts = texts
        self._notice_channel = notice_channel

    @retried
    async def block(self, member_id: int, other_id: int) -> bool:
        """Let two never meet again; a meeting that both sit in goes on without the one who blocked.

        False where it was blocked already. The other sees what they would see if somebody left.
        """
        if member_id == other_id:
            raise UserError("You cannot block yourself. `/buddy leave` takes you out.")
        now = self._clock.now()
        async with self._db.write() as tx:
            new = await blocks.add(tx, member_id, other_id, now)
            await requests.withdraw_between(tx, member_id, other_id)
            # A round that is being stored right now either sees the block, or its meeting is seen here.
            for server_id in await profiles.shared_servers(tx, member_id, other_id):
                if (feed := await rounds.feed_of(tx, server_id)) is not None:
                    await rounds.lock_feed(tx, feed.id)
            for meeting in await meetings.shared(tx, member_id, other_id):
                await drop_out(tx, self._texts, meeting, [member_id], SeatState.LEFT, now)
        return new

    @retried
    async def unblock(self, member_id: int, other_id: int) -> bool:
        """Take one's own block back; False where there was none."""
        async with self._db.write() as tx:
            return await blocks.remove(tx, member_id, other_id)

    async def blocked(self, member_id: int) -> Sequence[int]:
        """Return whom somebody has blocked."""
        async with self._db.read() as tx:
            return await blocks.by(tx, member_id)

    @retried
    async def report(self, server_id: int, report: Report) -> None:
        """Pass a report on to the moderators' channel, as it was written and with nothing added."""
        words = report.words.strip()
        if not words:
            raise UserError("Write what moderators should know.")
        now = self._clock.now()
        async with self._db.write() as tx:
            settings = BuddySettings.from_json(await server_settings.read(tx, server_id, Module.BUDDIES))
            channel_id = self._notice_channel(
                server_id, settings.reports_id or await server_settings.notices_channel(tx, server_id)
            )
            feed = await rounds.feed_of(tx, server_id)
            if channel_id is None or feed is None:
                raise UserError(_NOWHERE)
            with await speech(tx, server_id):
                message = self._texts.report(words[:LONGEST_REPORT], by=report.by, about=report.about, at=now)
            row = outbox.new_row(
                message, feed_id=feed.id, channel_id=channel_id, slot_at=now, now=now,
                stream=f"buddy:report:{secrets.token_hex(8)}",
            )  # fmt: skip
            await outbox.add_once(tx, row)
