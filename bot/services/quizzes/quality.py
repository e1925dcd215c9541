"""Which questions somebody should look at: by what members report, and by the figures of their answers."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import Rendered
from bot.domain.feeds import FeedState
from bot.domain.questions import Question
from bot.domain.quizzes.items import Flag, ItemStats, flag, unknown
from bot.domain.quizzes.own import own_id, parse_own_id
from bot.errors import NotPossible, UserError
from bot.services.quizzes.library import Library
from bot.storage import feeds, outbox, server_settings
from bot.storage.engine import Database, retried
from bot.storage.languages import speech
from bot.storage.quizzes import own, quality

LONGEST_REASON: Final = 300
_QUOTED: Final = 3
"""Reports on a question whose words moderators see; all of them count."""

_REPORTED: Final = "You have reported that question already. Thank you; somebody will look at it."


class ReportRenderer(Protocol):
    """Turns a report on a server's own question into a message for its moderators."""

    def __call__(self, question: Question, reason: str, now: datetime) -> Rendered:
        """Return the message."""
        ...


class QualityService:
    """Takes reports and flags questions."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        library: Library,
        render: ReportRenderer,
        *,
        notice_channel: Callable[[int, int | None], int | None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._render = render
        self._notice_channel = notice_channel

    async def check_report(self, member_id: int, server_id: int | None, question_id: str) -> None:
        """Raise UserError where a report would be refused whatever it says, so that nobody writes one in vain."""
        async with self._db.read() as tx:
            await self._to_report(tx, server_id, question_id)
            if await quality.has_reported(tx, member_id, question_id):
                raise NotPossible(_REPORTED)

    @retried
    async def report(self, member_id: int, server_id: int | None, question_id: str, reason: str) -> None:
        """Take a report. Raises UserError for an empty one, and for a second one on the same question.

        Moderators are told of reports on their own questions, where a feed of theirs can carry the message;
        all of them stand in `flagged_own`. Those on bundled questions are counted.
        """
        reason = " ".join(reason.split())[:LONGEST_REASON]
        if not reason:
            raise UserError("Say in a few words what is wrong with the question.")
        now = self._clock.now()
        async with self._db.write() as tx:
            question = await self._to_report(tx, server_id, question_id)
            if not await quality.report(tx, member_id, server_id, question_id, reason, now):
                raise NotPossible(_REPORTED)
            if (key := parse_own_id(question_id)) is None:
                return
            chosen = await server_settings.notices_channel(tx, key[0])
            channel_id = self._notice_channel(key[0], chosen)
            if channel_id is None:
                return
            carriers = [
                feed for feed in await feeds.by_server(tx, key[0]) if feed.state is FeedState.ACTIVE
            ]  # the messages of a paused feed wait with it
            if carriers:
                with await speech(tx, key[0]):
                    message = self._render(question, reason, now)
                row = outbox.new_row(
                    message,
                    feed_id=carriers[0].id,
                    channel_id=channel_id,
                    stream=f"report:{key[1]}:{member_id}",
                    slot_at=now,
                    now=now,
                )
                await outbox.add_once(tx, row)

    async def _to_report(self, tx: AsyncConnection, server_id: int | None, question_id: str) -> Question:
        question = (await self._library.questions(tx, [question_id])).get(question_id)
        key = parse_own_id(question_id)
        if question is None or (key is not None and key[0] != server_id):  # another server's
            raise NotPossible("That question is no longer there.")
        return question

    async def flagged(self) -> list[Flag]:
        """Return the bundled questions that the operator should look at, in the order of the files."""
        await self._library.load()
        return await self._flagged(self._library.bank.questions)

    async def flagged_own(self, server_id: int) -> list[Flag]:
        """Return a server's own questions that its moderators should look at: one report is enough."""
        async with self._db.read() as tx:
            questions = await own.of_server(tx, server_id)
            stats = await quality.stats_of(tx, [question.id for question in questions])
            reported = await quality.reported(tx, own_id(server_id, 0)[:-1], at_most=_QUOTED)
        flags = []
        for question in questions:
            said = reported.get(question.id)
            found = flag(question, stats.get(question.id), said.count if said else 0)
            quoted = (f"“{reason}”" for reason in said.newest) if said else ()
            reasons = (*(found.reasons if found else ()), *quoted)
            if reasons:
                flags.append(Flag(question, reasons))
        return flags

    async def stats(self, question: Question) -> ItemStats:
        """Return what is known of a question."""
        async with self._db.read() as tx:
            found = await quality.stats_of(tx, [question.id])
        return found.get(question.id) or unknown(question)

    async def _flagged(self, questions: Sequence[Question]) -> list[Flag]:
        async with self._db.read() as tx:
            stats = await quality.stats_of(tx, [question.id for question in questions])
            reports = await quality.report_counts(tx)
        found = (flag(each, stats.get(each.id), reports.get(each.id, 0)) for each in questions)
        return [each for each in found if each is not None]
