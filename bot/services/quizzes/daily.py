"""The question of the day: set up by a moderator, posted through the outbox, with its results the next time."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import LOOK_AGAIN
from bot.domain.feeds import Feed, FeedKind, FeedPlan, FeedState, QuizOptions, Style
from bot.domain.questions import Answer, Kind, Level, Question, is_correct, parse_number
from bot.domain.quizzes.answers import Mode, graded, restored, stored
from bot.domain.quizzes.daily import Daily, DailyRenderer, Results, tally, todays
from bot.domain.schedule import Schedule, next_slot, previous_slot
from bot.errors import UserError
from bot.services.digests import LOOK_LATER
from bot.services.due import handle_due
from bot.services.feeds.changing import log
from bot.services.feeds.states import establish
from bot.services.grouping import Grouped
from bot.services.quizzes.library import Library
from bot.storage import careers, feeds, outbox
from bot.storage.engine import Database
from bot.storage.languages import speech
from bot.storage.quizzes import daily as rows
from bot.storage.quizzes.recording import record_answers

_log = logging.getLogger("cohort.quizzes")

_GONE = "That question is no longer kept."
_CLOSED = "The results of that question are out already. The next one comes soon."


@dataclass(frozen=True, slots=True)
class Choice:
    """What a member chose; `text` is what they typed for a number."""

    daily_id: int
    member_id: int
    server_id: int | None
    given: Answer | str


@dataclass(frozen=True, slots=True)
class Noted:
    """A choice that was taken down, and until when it can be changed."""

    daily: Daily
    question: Question
    answer: Answer
    until: datetime


@dataclass(frozen=True, slots=True)
class Mine:
    """What a member chose for a question whose results are out; None where they chose nothing."""

    daily: Daily
    question: Question
    answer: Answer | None
    correct: bool


class DailyService:
    """A server has at most one question of the day."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        library: Library,
        render: DailyRenderer,
        *,
        absent: Callable[[int], bool] = lambda _server_id: False,
    ) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._render = render
        self._absent = absent
        self._choices: Grouped[Choice, Noted] = Grouped(db, self._take)
        self._stopping = False

    def stop(self) -> None:
        """Begin no further question; the one that is being built is finished."""
        self._stopping = True

    # --- Setting up ---------------------------------------------------------------------------------

    async def current(self, server_id: int) -> Feed | None:
        """Return the feed of a server's question of the day, None where it has none."""
        async with self._db.read() as tx:
            return await _current(tx, server_id)

    async def set_up(
        self,
        server_id: int,
        channel_id: int,
        schedule: Schedule,
        *,
        level: Level | None = None,
        areas: tuple[str, ...] = (),
        by: int,
    ) -> Feed:
        """Let a question of the day be posted, or change how it is; the first comes at the next slot.

        `areas` are topics and skills of the server's pool; all of them where it is empty. Whether Cohort may
        post in the channel is for the caller to check.
        """
        now = self._clock.now()
        plan = FeedPlan(
            server_id, channel_id, (), "", Style.EACH, 1, schedule,
            kind=FeedKind.QUIZ, quiz=QuizOptions(level, areas),
        )  # fmt: skip
        async with self._db.write() as tx:
            await careers.lock_server(tx, server_id)
            before = await _current(tx, server_id)
            if before is None:
                _, feed_id = await establish(tx, plan, created_by=by, now=now, since=now)
            else:
                feed_id = before.id
                await feeds.change(tx, feed_id, plan)
                await feeds.set_server_zone(tx, server_id, schedule.zone)
                if before.plan.schedule != schedule or before.state is not FeedState.ACTIVE:
                    await feeds.set_state(tx, feed_id, FeedState.ACTIVE, now=now)
                    await feeds.reschedule(tx, feed_id, since=now, slot_at=next_slot(schedule, now))
            feed = await feeds.by_id(tx, feed_id)
            assert feed is not None
            if before is not None:
                await log(tx, before, feed, by=by, now=now)
        return feed

    async def switch_off(self, server_id: int, *, by: int) -> bool:
        """Post no more questions of the day; False where none was. `/feed` can bring it back for a while."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await careers.lock_server(tx, server_id)
            before = await _current(tx, server_id)
            if before is None:
                return False
            await feeds.set_state(tx, before.id, FeedState.REMOVED, now=now)
            removed = await feeds.by_id(tx, before.id)
            assert removed is not None
            await log(tx, before, removed, by=by, now=now)
        return True

    # --- Posting ------------------------------------------------------------------------------------

    async def build_due(self) -> int:
        """Handle every feed of questions that is due; return how many questions were written."""
        now = self._clock.now()
        return await handle_due(
            self._db,
            now,
            (FeedKind.QUIZ,),
            self._build,
            failed=lambda feed_id: _log.exception(
                "building a question of the day failed", extra={"feed": feed_id}
            ),
            stopping=lambda: self._stopping,
        )

    async def _build(self, feed_id: int) -> bool:
        await self._library.load()
        now = self._clock.now()
        async with self._db.write() as tx:
            feed = await feeds.claim_one_due(tx, feed_id, now)
            if feed is None or feed.server_id is None or feed.plan.quiz is None:
                return False
            if self._absent(feed.server_id):
                await feeds.postpone(tx, feed.id, now + LOOK_LATER, since=feed.since)
                return False
            # One that is stuck and provably not in the channel makes room for today's.
            await outbox.withdraw(tx, feed.id, now)
            if await outbox.has_open(tx, feed.id):
                await feeds.postpone(tx, feed.id, now + LOOK_AGAIN, since=feed.since)
                return False
            before = await self._close(tx, feed, now)
            schedule = feed.plan.schedule
            slot_at = max(feed.slot_at, previous_slot(schedule, now))  # after downtime: one catch-up
            await feeds.advance(tx, feed.id, since=slot_at, slot_at=next_slot(schedule, now), ran_at=now)
            pool = await self._library.pool(tx, feed.server_id)
            asked = await rows.asked_in(tx, feed.server_id)
            seed = f"{feed.server_id} {slot_at.isoformat()}"
            question = todays(pool, feed.plan.quiz, asked, now, seed)
            if question is None:
                return False
            daily = await rows.add(tx, feed.id, question.id, slot_at)
            if daily is None:
                return False
            with await speech(tx, feed.server_id):
                message = self._render.ask(feed, daily, question, before)
            row = outbox.new_row(
                message,
                feed_id=feed.id,
                channel_id=feed.channel_id,
                slot_at=slot_at,
                now=now,
            )
            entry_id = await outbox.add_once(tx, row)
            assert entry_id is not None
            await rows.posted(tx, daily.id, entry_id)
        _log.info("question of the day built", extra={"feed": feed_id})
        return True

    async def _close(self, tx: AsyncConnection, feed: Feed, now: datetime) -> Results | None:
        """Write the results of what was asked before; return those of the last one."""
        last: Results | None = None
        for daily in await rows.open_of(tx, feed.id):
            if daily.entry_id is None and await rows.unanswered(tx, daily.id):
                await rows.drop(tx, daily.id)  # its post was withdrawn
                continue
            question = (await self._library.questions(tx, [daily.question_id])).get(daily.question_id)
            await rows.close(tx, daily.id, now)
            if question is None:
                continue
            given = await rows.answers(tx, daily.id)
            answered = [
                graded(
                    question,
                    restored(question, answer),
                    member_id=member_id,
                    mode=Mode.DAILY,
                    origin_id=daily.id,
                    server_id=feed.server_id,
                    at=at,
                )
                for member_id, answer, at in given
            ]
            await record_answers(tx, answered)
            entry = (
                (await outbox.by_ids(tx, [daily.entry_id])).get(daily.entry_id)
                if daily.entry_id is not None
                else None
            )
            link = ""
            if entry is not None and entry.message_id is not None:
                link = f"https://discord.com/channels/{feed.server_id}/{entry.channel_id}/{entry.message_id}"
            right = sum(each.correct for each in answered)
            last = tally(daily, question, [answer for _, answer, _ in given], right, link)
            if entry is not None and entry.message_id is not None:
                with await speech(tx, feed.server_id):
                    message = self._render.results(feed, last)
                await outbox.add_edit(tx, entry, message.body(), now)
        return last

    # --- Answering ----------------------------------------------------------------------------------

    async def question(self, daily_id: int, server_id: int | None) -> tuple[Daily, Question]:
        """Return a question of the day that can still be answered, for the form of a number."""
        async with self._db.read() as tx:
            found = await rows.by_ids(tx, [daily_id])
            return await self._open(tx, found, daily_id, server_id)

    async def choose(self, choice: Choice) -> Noted:
        """Take down what a member chose, in place of what they chose before."""
        return await self._choices.ask(choice)

    async def mine(self, daily_id: int, member_id: int, server_id: int | None) -> Mine:
        """Return what a member chose, once the results are out. Raises UserError before."""
        async with self._db.read() as tx:
            found = await rows.by_ids(tx, [daily_id])
            if daily_id not in found or found[daily_id][1] != server_id:
                raise UserError(_GONE)
            daily, _ = found[daily_id]
            if daily.closed_at is None:
                raise UserError("The results are not out yet.")
            question = (await self._library.questions(tx, [daily.question_id])).get(daily.question_id)
            if question is None:
                raise UserError(_GONE)
            answer = await rows.answer_of(tx, daily_id, member_id)
        if answer is None:
            return Mine(daily, question, None, correct=False)
        given = restored(question, answer)
        return Mine(daily, question, given, is_correct(question, given))

    async def _take(self, tx: AsyncConnection, choices: Sequence[Choice]) -> list[Noted | Exception]:
        now = self._clock.now()
        found = await rows.by_ids(tx, {choice.daily_id for choice in choices}, lock=True)
        results: list[Noted | Exception] = []
        noted: dict[tuple[int, int], dict[str, Any]] = {}
        until: dict[int, datetime] = {}
        for choice in choices:
            try:
                daily, question = await self._open(tx, found, choice.daily_id, choice.server_id)
                answer = _read(choice, question)
                is_correct(question, answer)  # for its form
            except TypeError:
                results.append(UserError("That card is of another question."))
                continue
            except UserError as error:
                results.append(error)
                continue
            noted[daily.id, choice.member_id] = {
                "daily_id": daily.id,
                "member_id": choice.member_id,
                "answer": stored(answer),
                "answered_at": now,
            }
            if daily.feed_id not in until:
                feed = await feeds.by_id(tx, daily.feed_id)
                assert feed is not None
                until[daily.feed_id] = feed.slot_at
            results.append(Noted(daily, question, answer, until[daily.feed_id]))
        if noted:
            await rows.put_answers(tx, [noted[key] for key in sorted(noted)])
        return results

    async def _open(
        self,
        tx: AsyncConnection,
        found: dict[int, tuple[Daily, int | None]],
        daily_id: int,
        server_id: int | None,
    ) -> tuple[Daily, Question]:
        if daily_id not in found or found[daily_id][1] != server_id:
            raise UserError(_GONE)
        daily, _ = found[daily_id]
        if daily.closed_at is not None:
            raise UserError(_CLOSED)
        question = (await self._library.questions(tx, [daily.question_id])).get(daily.question_id)
        if question is None:
            raise UserError(_GONE)
        return daily, question


def _read(choice: Choice, question: Question) -> Answer:
    if isinstance(choice.given, str):
        if question.kind is not Kind.NUMERIC:
            raise TypeError("text is an answer to questions for a number alone")
        return parse_number(choice.given, question.unit)
    return choice.given


async def _current(tx: AsyncConnection, server_id: int) -> Feed | None:
    found = await feeds.by_server(tx, server_id)
    return next((feed for feed in found if feed.plan.kind is FeedKind.QUIZ), None)
