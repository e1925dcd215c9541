"""What a live round does by itself: ask, wait, close, go on, end. A round is a row with the time it moves on at."""

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.digests import Rendered
from bot.domain.outbox import State as Sending
from bot.domain.questions import Question, is_correct
from bot.domain.quizzes.answers import Mode, graded
from bot.domain.quizzes.choosing import option_order
from bot.domain.quizzes.live import (
    AWAY,
    COUNT_EVERY,
    DRAFT_KEPT,
    GRACE,
    LEAD,
    LOOK,
    NOBODY,
    PAUSE,
    POST_WITHIN,
    QUIET,
    Asked,
    Closed,
    Ending,
    Given,
    LiveRenderer,
    Place,
    Round,
    State,
    given_by,
    picks_of,
    places,
    worth,
)
from bot.services.quizzes.library import Library
from bot.storage import outbox
from bot.storage.engine import Database
from bot.storage.languages import speech
from bot.storage.quizzes import live, standing
from bot.storage.quizzes.recording import record_answers
from bot.words import N_

_log = logging.getLogger("cohort.quizzes")

# Stored in English; the cards say them in the language of the server.
BY_HOST: Final = N_("The host ended the round early.")
BY_MODERATOR: Final = N_("A moderator ended the round early.")
BY_PLAYER: Final = N_("A player ended the round early.")
NO_ANSWERS: Final = N_("Two questions in a row had no answer, so I stopped here.")
TOO_LATE: Final = N_("I was not running for a while, so the round ended early. Sorry!")
ALL_TOPICS: Final = N_("All topics")

_AT_ONCE: Final = 200
_PURGE_EVERY: Final = timedelta(minutes=10)


class LiveRounds:
    """Moves rounds on. Each step is one transaction; what it posts and edits goes through the outbox."""

    def __init__(self, db: Database, clock: Clock, library: Library, render: LiveRenderer) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._render = render
        self._purged_at: datetime | None = None

    async def advance_due(self) -> int:
        """Let every round that is due take its next step; one that fails is tried again and holds up no other."""
        now = self._clock.now()
        async with self._db.read() as tx:
            due = await live.due(tx, now, _AT_ONCE)
        if due:
            await self._library.load()
        moved = 0
        for round_id in due:
            try:
                async with self._db.write() as tx:
                    round_ = await live.claim_due(tx, round_id, now)
                    if round_ is not None:
                        with await speech(tx, round_.server_id):
                            await self._advance(tx, round_, now)
                        moved += 1
            except Exception:  # noqa: BLE001 - logged, and tried again at the next look
                _log.exception("a live round failed to move on", extra={"round": round_id})
        await self._forget_drafts(now)
        return moved

    def area(self, round_: Round) -> str:
        """Return in words what a round is about."""
        area = round_.settings.area
        if area is None:
            return ALL_TOPICS
        topic = self._library.topic_name(area)
        return topic if topic != area.replace("-", " ") else self._library.skill_name(area)

    async def end(self, tx: AsyncConnection, round_: Round, reason: str) -> Round:
        """End a round at somebody's wish: a question that is open is closed and counts."""
        now = self._clock.now()
        with await speech(tx, round_.server_id):
            if round_.state is State.ASKING:
                round_ = await self._close(tx, round_, now, ends=True)
            elif round_.state is State.POSTING:
                await live.drop_waiting(tx, round_)
            return await self._finish(tx, round_, now, reason)

    async def _advance(self, tx: AsyncConnection, round_: Round, now: datetime) -> None:
        assert round_.next_at is not None
        if now - round_.next_at > AWAY:
            await self._resume_too_late(tx, round_, now)
            return
        match round_.state:
            case State.OPENING:
                await self._open(tx, round_, now)
            case State.POSTING:
                await self._look(tx, round_, now)
            case State.ASKING:
                await self._wait(tx, round_, now)
            case State.SHOWING if round_.is_last:
                await self._finish(tx, round_, now)
            case State.SHOWING:
                await self._ask(tx, round_, round_.position + 1, now)
            case _:
                await live.save(tx, replace(round_, next_at=None), finished_at=now)

    async def _resume_too_late(self, tx: AsyncConnection, round_: Round, now: datetime) -> None:
        if round_.state is State.ASKING:
            round_ = await self._close(tx, round_, now, ends=True)
        elif round_.state is State.POSTING:
            await live.drop_waiting(tx, round_)
        await self._finish(tx, round_, now, TOO_LATE)

    async def _open(self, tx: AsyncConnection, round_: Round, now: datetime) -> None:
        held = await self._trouble(tx, round_, "opening")
        if held:
            await self._give_up(tx, round_, now, held)
            return
        joined = len(await live.players(tx, round_.id))
        message = self._render.opening(round_, self.area(round_), joined, gone=True)
        await self._edit(tx, round_, "opening", message, now)
        await self._ask(tx, round_, 0, now)

    async def _ask(self, tx: AsyncConnection, round_: Round, position: int, now: datetime) -> None:
        seconds = timedelta(seconds=round_.settings.seconds)
        round_ = replace(
            round_,
            position=position,
            state=State.POSTING,
            asked_at=None,
            deadline=now + LEAD + seconds,
            next_at=now + LOOK,
            told=0,
        )
        question = await self._question(tx, round_)
        if question is None:  # a server's own that was deleted for good
            await live.save(tx, replace(round_, state=State.SHOWING, next_at=now))
            return
        message = self._render.question(self._asked(round_, question), 0)
        round_ = await self._post(tx, round_, f"q{position}", message, now)
        await live.save(tx, round_)

    async def _look(self, tx: AsyncConnection, round_: Round, now: datetime) -> None:
        """See whether the question stands in the channel; its time begins when it does."""
        assert round_.deadline is not None
        name = f"q{round_.position}"
        if held := await self._trouble(tx, round_, name):
            await self._give_up(tx, round_, now, held)
            return
        seconds = timedelta(seconds=round_.settings.seconds)
        begins = round_.deadline - seconds
        if not await self._has_arrived(tx, round_, name):
            if now - begins > POST_WITHIN:
                await self._give_up(tx, round_, now, "Discord did not take the question in time.")
            else:
                await live.save(tx, replace(round_, next_at=now + LOOK))
            return
        late = now > begins + LOOK
        begun = now if late else begins
        round_ = replace(round_, state=State.ASKING, asked_at=begun, deadline=begun + seconds)
        if late:  # everybody gets the whole time, and the message says until when
            question = await self._question(tx, round_)
            if question is not None:
                await self._edit(
                    tx, round_, name, self._render.question(self._asked(round_, question), 0), now
                )
        assert round_.deadline is not None
        round_ = replace(round_, next_at=min(now + COUNT_EVERY, round_.deadline + GRACE))
        await live.save(tx, round_)

    async def _wait(self, tx: AsyncConnection, round_: Round, now: datetime) -> None:
        """Close the question when its time is up; until then say now and then how many have answered."""
        assert round_.deadline is not None
        closes = round_.deadline + GRACE
        if now < closes:
            answered = await live.count_answers(tx, round_.id, round_.position)
            if answered != round_.told and (question := await self._question(tx, round_)) is not None:
                message = self._render.question(self._asked(round_, question), answered)
                await self._edit(tx, round_, f"q{round_.position}", message, now)
            await live.save(tx, replace(round_, told=answered, next_at=min(now + COUNT_EVERY, closes)))
            return
        round_ = await self._close(tx, round_, now)
        if round_.quiet >= QUIET:
            await self._finish(tx, round_, now, NO_ANSWERS)

    async def _close(self, tx: AsyncConnection, round_: Round, now: datetime, *, ends: bool = False) -> Round:
        """Grade what was answered, and show the answer in the question's message; `ends`: nothing comes after it."""
        question = await self._question(tx, round_)
        if question is None:
            round_ = replace(round_, state=State.SHOWING, next_at=now)
            await live.save(tx, round_)
            return round_
        given = given_by(question, await live.answers(tx, round_.id, round_.position))
        points = {each.member_id: self._worth(round_, question, each) for each in given}
        await live.give_points(tx, round_.id, round_.position, points)
        await record_answers(
            tx,
            [
                graded(
                    question,
                    each.answer,
                    member_id=each.member_id,
                    mode=Mode.LIVE,
                    origin_id=round_.id,
                    server_id=round_.server_id,
                    at=each.at,
                )
                for each in given
            ],
        )
        seen = round_.host_id in points
        round_ = replace(
            round_,
            state=State.SHOWING,
            next_at=now + PAUSE,
            quiet=0 if given else round_.quiet + 1,
            host_seen=round_.position if seen else round_.host_seen,
        )
        ends = ends or round_.quiet >= QUIET
        closed = Closed(
            self._asked(replace(round_, next_at=None) if ends else round_, question),
            picks_of(question, [each.answer for each in given]),
            len(given),
            sum(right for _, right in points.values()),
            (await self._ranked(tx, round_.id))[:3],
        )
        await self._edit(tx, round_, f"q{round_.position}", self._render.closed(closed), now)
        await live.save(tx, round_)
        return round_

    def _worth(self, round_: Round, question: Question, given: Given) -> tuple[int, bool]:
        allowed = timedelta(seconds=round_.settings.seconds)
        taken = given.at - round_.asked_at if round_.asked_at is not None else allowed
        points = worth(question, given.answer, taken, allowed, penalty=round_.settings.penalty)
        return points, is_correct(question, given.answer)

    async def _finish(self, tx: AsyncConnection, round_: Round, now: datetime, reason: str = "") -> Round:
        closed = 0 if round_.state is State.OPENING else round_.position + (round_.state is State.SHOWING)
        if round_.state is State.OPENING:
            message = self._render.opening(round_, self.area(round_), 0, gone=True)
            await self._edit(tx, round_, "opening", message, now)
        ranked = await self._ranked(tx, round_.id)
        round_ = replace(round_, state=State.STOPPED if reason else State.DONE, next_at=None, reason=reason)
        message = self._render.ending(Ending(round_, self.area(round_), ranked, closed))
        round_ = await self._post(tx, round_, "ending", message, now)
        await live.save(tx, round_, finished_at=now)
        _log.info(
            "live round over", extra={"round": round_.id, "players": len(ranked), "reason": reason or "-"}
        )
        return round_

    async def _ranked(self, tx: AsyncConnection, round_id: int) -> list[Place]:
        """Return the places; who wishes to be named in no list keeps theirs without a name."""
        ranked = places(await live.players(tx, round_id))
        hidden = await standing.hidden_among(tx, [each.player.member_id for each in ranked])
        return [
            replace(each, player=replace(each.player, member_id=NOBODY))
            if each.player.member_id in hidden
            else each
            for each in ranked
        ]

    async def _give_up(self, tx: AsyncConnection, round_: Round, now: datetime, reason: str) -> None:
        """End a round whose messages do not arrive: what has not been said is not said later, out of place."""
        await live.drop_waiting(tx, round_)
        await live.save(
            tx, replace(round_, state=State.STOPPED, next_at=None, reason=reason), finished_at=now
        )
        _log.warning("live round given up", extra={"round": round_.id, "reason": reason})

    async def _trouble(self, tx: AsyncConnection, round_: Round, name: str) -> str:
        """Return why a message cannot arrive; empty where it has, or still may."""
        entry_id = round_.entries.get(name)
        entry = (await outbox.by_ids(tx, [entry_id])).get(entry_id) if entry_id is not None else None
        if entry is None:
            return "Its message is gone."
        if entry.state is Sending.HELD:
            return entry.reason or "Discord does not take it."
        if entry.state is Sending.SENT and entry.message_id is None:
            return "The channel is gone."
        return ""

    async def _has_arrived(self, tx: AsyncConnection, round_: Round, name: str) -> bool:
        entry_id = round_.entries[name]
        return (await outbox.by_ids(tx, [entry_id]))[entry_id].state is Sending.SENT

    async def _post(
        self, tx: AsyncConnection, round_: Round, name: str, message: Rendered, now: datetime
    ) -> Round:
        row = outbox.new_row(
            message,
            feed_id=await live.own_feed(tx, round_.server_id, now),
            channel_id=round_.channel_id,
            slot_at=round_.created_at,
            now=now,
            stream=live.stream(round_.id),
            part=len(round_.entries) + 1,
        )
        entry_id = await outbox.add_once(tx, row)
        if entry_id is None:
            return round_
        return replace(round_, entries={**round_.entries, name: entry_id})

    async def _edit(
        self, tx: AsyncConnection, round_: Round, name: str, message: Rendered, now: datetime
    ) -> None:
        entry_id = round_.entries.get(name)
        if entry_id is None:
            return
        entry = (await outbox.by_ids(tx, [entry_id])).get(entry_id)
        if entry is not None:
            await outbox.add_edit(tx, entry, message.body(), now)

    async def _question(self, tx: AsyncConnection, round_: Round) -> Question | None:
        question_id = round_.questions[round_.position]
        return (await self._library.questions(tx, [question_id])).get(question_id)

    def _asked(self, round_: Round, question: Question) -> Asked:
        return Asked(round_, question, option_order(question, f"live {round_.id}"), self.area(round_))

    async def _forget_drafts(self, now: datetime) -> None:
        if self._purged_at is not None and now - self._purged_at < _PURGE_EVERY:
            return
        self._purged_at = now
        async with self._db.write() as tx:
            await live.purge_drafts(tx, now - DRAFT_KEPT)
