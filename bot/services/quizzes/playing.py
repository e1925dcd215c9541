"""Rounds of `/quiz play` and `/quiz review`: everything is in the database, so a restart loses nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.questions import Answer, Kind, Question, parse_number
from bot.domain.quizzes.answers import Answered, Mode
from bot.domain.quizzes.choosing import choose, choose_next, option_order
from bot.domain.quizzes.own import parse_own_id
from bot.domain.quizzes.reviewing import Grade
from bot.domain.quizzes.sessions import (
    Outcome,
    Session,
    Wanted,
    answer,
    check_owner,
    moved,
    picked,
    unpicked,
)
from bot.errors import UserError
from bot.services.grouping import Grouped
from bot.services.quizzes.library import Library
from bot.storage.engine import Database, retried
from bot.storage.quizzes import reviews, sessions
from bot.storage.quizzes.recording import record_answers, regrade

RESUME_WITHIN: Final = timedelta(days=1)
"""How long a round that was left is offered again by `/quiz play`."""

REVIEW_AT_ONCE: Final = 10
"""Cards in one round of `/quiz review`; what is left stands on its last card."""

_OLD: Final = "That card is from an earlier question. Run `/quiz play` to go on with your round."


class Draft:
    """Stands for the steps that were picked, in the place of an answer."""


@dataclass(frozen=True, slots=True)
class Press:
    """Somebody's answer: by the kind of the question, text for a number, `Draft` for steps; None skips."""

    session_id: int
    member_id: int
    position: int
    given: Answer | str | type[Draft] | None


@dataclass(frozen=True, slots=True)
class _Look:
    """Somebody's wish to see a question of their round."""

    session_id: int
    member_id: int
    position: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of a round, as it is to be shown; `question` is None past the last one."""

    session: Session
    position: int
    question: Question | None

    @property
    def outcome(self) -> Outcome | None:
        """What became of the question, None while it waits."""
        done = self.session.outcomes
        return done[self.position] if self.position < len(done) else None

    @property
    def order(self) -> list[int]:
        """The positions of options or steps in the order in which they are shown."""
        assert self.question is not None
        return option_order(self.question, f"session {self.session.id}")


@dataclass(frozen=True, slots=True)
class Summary:
    """A round that is over, with its questions in order; `due` is what is left for review, `next_due` when."""

    session: Session
    questions: tuple[Question, ...]
    due: int = 0
    next_due: datetime | None = None


@dataclass(frozen=True, slots=True)
class NothingDue:
    """There is nothing to review now; `next_due` is None where there are no cards at all."""

    next_due: datetime | None
    cards: int


class PlayService:
    """Starts rounds and takes answers. Answers that arrive together are written in one transaction."""

    def __init__(self, db: Database, clock: Clock, library: Library, chance: Random | None = None) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._chance = chance or Random()  # noqa: S311 - which question comes next is no secret
        self._presses: Grouped[Press, Turn] = Grouped(db, self._take)
        self._looks: Grouped[_Look, Turn] = Grouped(db, self._look, reads=True)

    # --- Starting -----------------------------------------------------------------------------------

    @retried
    async def start(self, member_id: int, server_id: int | None, wanted: Wanted) -> Turn:
        """Begin a round. Raises UserError where there is no such question."""
        async with self._db.write() as tx:
            return await self._start(tx, member_id, server_id, wanted)

    async def _start(
        self, tx: AsyncConnection, member_id: int, server_id: int | None, wanted: Wanted
    ) -> Turn:
        now = self._clock.now()
        pool = await self._library.pool(tx, server_id)
        found = pool.select(areas=wanted.areas, level=wanted.level)
        if not found:
            raise UserError("There are no such questions here. Try another level, or leave the level out.")
        known = await sessions.known(tx, member_id, difficulty=wanted.adaptive)
        if wanted.adaptive:
            first = choose_next(found, (), known, now, self._chance)
            assert first is not None
            chosen = [first]
        else:
            chosen = choose(found, wanted.count, known, now, self._chance)
        wanted = replace(wanted, count=min(wanted.count, len(found)))
        session = await self._add(tx, member_id, server_id, Mode.PLAY, wanted, chosen, now)
        return Turn(session, 0, chosen[0])

    @retried
    async def start_review(self, member_id: int, server_id: int | None) -> Turn | NothingDue:
        """Begin a round of what is due, misses first; in a server its own questions are among them."""
        now = self._clock.now()
        async with self._db.write() as tx:
            ids = await reviews.due(tx, member_id, now)
            found = await self._library.questions(tx, ids, removed=False)
            shown = [found[id_] for id_ in ids if id_ in found and _may_see(id_, server_id)]
            if not shown:
                next_due, cards = await reviews.outlook(tx, member_id, now)
                return NothingDue(next_due, cards)
            chosen = shown[:REVIEW_AT_ONCE]
            wanted = Wanted(title="Review", count=len(chosen))
            session = await self._add(tx, member_id, server_id, Mode.REVIEW, wanted, chosen, now)
        return Turn(session, 0, chosen[0])

    @retried
    async def again(self, session_id: int, member_id: int) -> Turn:
        """Begin another round like one that was; the questions are others as far as there are."""
        async with self._db.write() as tx:
            session = check_owner((await sessions.by_ids(tx, [session_id])).get(session_id), member_id)
            return await self._start(tx, member_id, session.server_id, session.wanted)

    @retried
    async def retry(self, session_id: int, member_id: int) -> Turn:
        """Begin a round of what was missed or skipped in another."""
        now = self._clock.now()
        async with self._db.write() as tx:
            session = check_owner((await sessions.by_ids(tx, [session_id])).get(session_id), member_id)
            ids = session.misses()
            found = await self._library.questions(tx, ids, removed=False)
            chosen = [found[id_] for id_ in ids if id_ in found]
            if not chosen:
                raise UserError("You missed nothing in that round.")
            wanted = replace(session.wanted, count=len(chosen), adaptive=False)
            fresh = await self._add(tx, member_id, session.server_id, Mode.PLAY, wanted, chosen, now)
        return Turn(fresh, 0, chosen[0])

    async def unfinished(self, member_id: int, mode: Mode = Mode.PLAY) -> Session | None:
        """Return the round that a member left within the last day, None where there is none."""
        async with self._db.read() as tx:
            found = await sessions.unfinished(tx, member_id, mode, self._clock.now() - RESUME_WITHIN)
        return found if found is not None and found.outcomes else None

    async def _add(
        self,
        tx: AsyncConnection,
        member_id: int,
        server_id: int | None,
        mode: Mode,
        wanted: Wanted,
        chosen: Sequence[Question],
        now: datetime,
    ) -> Session:
        return await sessions.add(
            tx,
            member_id=member_id,
            server_id=server_id,
            mode=mode,
            wanted=wanted,
            questions=[question.id for question in chosen],
            now=now,
        )

    # --- Going on -----------------------------------------------------------------------------------

    async def turn(self, session_id: int, member_id: int, position: int) -> Turn:
        """Return a question of a round: past the waiting one it is the waiting one."""
        return await self._looks.ask(_Look(session_id, member_id, position))

    async def _look(self, tx: AsyncConnection, looks: Sequence[_Look]) -> list[Turn | Exception]:
        current = await sessions.by_ids(tx, {look.session_id for look in looks})
        results: list[Turn | UserError] = []
        for look in looks:
            try:
                session = check_owner(current.get(look.session_id), look.member_id)
            except UserError as error:
                results.append(error)
            else:
                results.append(Turn(session, min(look.position, session.position), None))
        shown = {id_ for each in results if isinstance(each, Turn) if (id_ := _asked_at(each)) is not None}
        questions = await self._library.questions(tx, shown)
        return [
            replace(each, question=questions.get(_asked_at(each) or "")) if isinstance(each, Turn) else each
            for each in results
        ]

    async def summary(self, session_id: int, member_id: int) -> Summary:
        """Return a round with all its questions, for its last card."""
        now = self._clock.now()
        async with self._db.read() as tx:
            session = check_owner((await sessions.by_ids(tx, [session_id])).get(session_id), member_id)
            found = await self._library.questions(tx, list(session.questions))
            due = [id_ for id_ in await reviews.due(tx, member_id, now) if _may_see(id_, session.server_id)]
            next_due, _ = await reviews.outlook(tx, member_id, now)
        asked = tuple(found[id_] for id_ in session.questions if id_ in found)
        return Summary(session, asked, len(due), next_due)

    async def _turn(self, tx: AsyncConnection, session: Session, position: int) -> Turn:
        if position >= len(session.questions):
            return Turn(session, position, None)
        id_ = session.questions[position]
        found = await self._library.questions(tx, [id_])
        return Turn(session, position, found.get(id_))

    # --- Answering ----------------------------------------------------------------------------------

    async def press(self, press: Press) -> Turn:
        """Take an answer and return what became of it; or skip, and return what follows.

        The same press twice changes nothing and shows the same.
        """
        return await self._presses.ask(press)

    async def _take(self, tx: AsyncConnection, presses: Sequence[Press]) -> list[Turn | Exception]:
        now = self._clock.now()
        current = await sessions.by_ids(tx, {press.session_id for press in presses}, lock=True)
        asked = {
            id_
            for press in presses
            if (session := current.get(press.session_id)) is not None
            for id_ in session.questions[press.position :][:2]
        }
        questions = await self._library.questions(tx, asked)
        results: list[Turn | Exception | None] = []
        given: list[Answered] = []
        places: list[tuple[int, int]] = []
        changed: set[int] = set()
        for press in presses:
            try:
                session = check_owner(current.get(press.session_id), press.member_id)
                _check_place(session, press.position)
                if press.position == session.position:
                    question = questions.get(session.questions[press.position])
                    outcome = Outcome()
                    if question is not None and press.given is not None:
                        answered, outcome = answer(session, question, _read(press, session, question), now)
                        given.append(answered)
                        places.append((session.id, press.position))
                    current[session.id] = moved(session, outcome, now)
                    changed.add(session.id)
            except TypeError:  # a card whose question took another form of answer
                results.append(UserError(_OLD))
            except UserError as error:
                results.append(error)
            else:
                results.append(None)
        for recorded, (session_id, position) in zip(await record_answers(tx, given), places, strict=True):
            current[session_id] = _noted(current[session_id], position, recorded.answer_id, recorded.due_at)
        for session_id in changed:
            session = current[session_id]
            if session.wanted.adaptive and not session.over and session.position >= len(session.questions):
                current[session_id], following = await self._lengthened(tx, session, now)
                if following is not None:
                    questions[following.id] = following
        await sessions.save(tx, [current[session_id] for session_id in sorted(changed)])
        return [
            result if result is not None else _after(press, current[press.session_id], questions)
            for press, result in zip(presses, results, strict=True)
        ]

    async def _lengthened(
        self, tx: AsyncConnection, session: Session, now: datetime
    ) -> tuple[Session, Question | None]:
        """Add the next question of an adaptive round, or end it where there is none."""
        pool = await self._library.pool(tx, session.server_id)
        found = pool.select(areas=session.wanted.areas, level=session.wanted.level)
        known = await sessions.known(tx, session.member_id, difficulty=True)
        following = choose_next(found, session.questions, known, now, self._chance)
        if following is None:
            shorter = replace(session.wanted, count=len(session.questions))
            return replace(session, wanted=shorter, finished_at=now), None
        return replace(session, questions=(*session.questions, following.id)), following

    async def pick(self, session_id: int, member_id: int, position: int, place: int) -> Turn:
        """Put one more step in order: the one at a place among those shown, which tells nobody the answer."""
        return await self._draft(session_id, member_id, position, place)

    async def undo(self, session_id: int, member_id: int, position: int, *, everything: bool = False) -> Turn:
        """Take the last step back, or all of them."""
        return await self._draft(session_id, member_id, position, -1 if everything else None)

    async def _draft(self, session_id: int, member_id: int, position: int, place: int | None) -> Turn:
        async with self._db.write() as tx:
            found = await sessions.by_ids(tx, [session_id], lock=True)
            session = check_owner(found.get(session_id), member_id)
            turn = await self._turn(tx, session, position)
            if position > session.position:
                raise UserError(_OLD)
            if position < session.position or turn.question is None:
                return turn
            if place is None:
                draft = unpicked(session, turn.question)
            elif place < 0:
                draft = ()
            else:
                draft = picked(session, turn.question, dict(enumerate(turn.order)).get(place, -1))
            session = replace(session, draft=draft, touched_at=self._clock.now())
            await sessions.save(tx, [session])
        return Turn(session, position, turn.question)

    @retried
    async def grade(self, session_id: int, member_id: int, position: int, grade: Grade) -> None:
        """Let a right answer have been hard or easy; where it is too late for that nothing changes."""
        async with self._db.write() as tx:
            found = await sessions.by_ids(tx, [session_id], lock=True)
            session = check_owner(found.get(session_id), member_id)
            if position >= session.position:
                raise UserError(_OLD)
            outcome = session.outcomes[position]
            if outcome.answer_id is None or not outcome.correct:
                return
            due_at = await regrade(tx, member_id, outcome.answer_id, grade)
            if due_at is not None:
                await sessions.save(tx, [_noted(session, position, outcome.answer_id, due_at)])


def _after(press: Press, session: Session, questions: Mapping[str, Question]) -> Turn:
    """Return what to show after a press that was taken: the answer of a skip is the question that follows."""
    position = press.position if press.given is not None else min(press.position + 1, session.position)
    turn = Turn(session, position, None)
    return replace(turn, question=questions.get(_asked_at(turn) or ""))


def _asked_at(turn: Turn) -> str | None:
    """Return the id of a turn's question, None past the last one."""
    questions = turn.session.questions
    return questions[turn.position] if turn.position < len(questions) else None


def _check_place(session: Session, position: int) -> None:
    if position > session.position or position >= len(session.questions):
        raise UserError(_OLD)


def _read(press: Press, session: Session, question: Question) -> Answer:
    """Return the answer in the form that the question takes; raises UserError for what is none."""
    given = press.given
    assert given is not None
    if given is Draft:
        if len(session.draft) != len(question.steps):
            raise UserError("Put all the steps in order first.")
        return session.draft
    if isinstance(given, str):
        if question.kind is not Kind.NUMERIC:
            raise UserError(_OLD)
        return parse_number(given, question.unit)
    if isinstance(given, type):
        raise UserError(_OLD)
    return given


def _noted(session: Session, position: int, answer_id: int | None, due_at: datetime | None) -> Session:
    outcomes = list(session.outcomes)
    outcomes[position] = replace(outcomes[position], answer_id=answer_id, due_at=due_at)
    return replace(session, outcomes=tuple(outcomes))


def _may_see(question_id: str, server_id: int | None) -> bool:
    """Own questions are only ever seen in their server."""
    key = parse_own_id(question_id)
    return key is None or key[0] == server_id
