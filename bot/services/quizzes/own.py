"""What moderators do with questions of their server's own: write, import, export, remove; and topics switched off."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.question_import import (
    Defaults,
    Fault,
    Reading,
    likeness,
    read,
    to_csv,
    to_gift,
)
from bot.domain.questions import Level, Question, Topic
from bot.domain.quizzes.keeping import STAGED_KEPT
from bot.domain.quizzes.own_drafts import MAX_OWN, same_form
from bot.domain.quizzes.pool import OWN_TOPIC, switched_off
from bot.domain.server_settings import Area, Module
from bot.errors import NotPossible, UserError
from bot.services.quizzes.library import Library
from bot.sources.errors import SourceError
from bot.sources.worker import Worker
from bot.storage import server_settings
from bot.storage.engine import Database
from bot.storage.quizzes import own, own_questions

PER_PAGE: Final = 8
_BIG: Final = 30_000
"""Bytes of a file that is read in a process of its own: smaller ones take a few milliseconds."""
_READ_WITHIN_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a server's questions, from page 0."""

    total: int
    page: int
    pages: int
    questions: Sequence[tuple[int, Question]]


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file came to: staged under the numbers `first` to `last`, none of them asked yet."""

    reading: Reading
    first: int
    last: int
    new: int
    known: Sequence[int]  # lines of questions that are there already
    twice: Sequence[int]  # lines of questions that stand in the file twice
    examples: Sequence[Question]

    @property
    def faults(self) -> Sequence[Fault]:
        """What could not be read."""
        return self.reading.faults


@dataclass(frozen=True, slots=True)
class State:
    """What a server has set for quizzes, its question of the day aside."""

    off: frozenset[str]
    own: int


class OwnQuestions:
    """One public method, one transaction; whatever changes is written to the server's log."""

    def __init__(self, db: Database, clock: Clock, library: Library, worker: Worker) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._worker = worker

    async def state(self, server_id: int) -> State:
        """Return how many questions a server has and what it switched off."""
        async with self._db.read() as tx:
            off = switched_off(await server_settings.read(tx, server_id, Module.QUIZ))
            return State(off, await own_questions.count(tx, server_id))

    async def switch(self, server_id: int, off: Collection[str], *, by: int) -> frozenset[str]:
        """Let nothing be asked about these topics; returns what is off."""
        await self._library.load()
        known = {topic.id for topic in self._library.bank.topics} | {OWN_TOPIC.id}
        wanted = frozenset(off) & known
        if wanted >= known:
            raise UserError("Leave at least one topic on: there would be nothing to ask.")
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            settings = await server_settings.read(tx, server_id, Module.QUIZ) or {}
            changed = {**settings, "off": sorted(wanted)}
            await server_settings.write(tx, server_id, Module.QUIZ, changed, by=by, now=self._clock.now())
        return wanted

    async def topics(self) -> Sequence[Topic]:
        """Return every topic there may be questions about, the server's own last."""
        await self._library.load()
        return (*self._library.bank.topics, OWN_TOPIC)

    async def page(self, server_id: int, page: int) -> Listing:
        """Return a page of a server's questions, the last one where there are not so many."""
        async with self._db.read() as tx:
            total = await own_questions.count(tx, server_id)
            pages = max(1, -(-total // PER_PAGE))
            page = min(max(page, 0), pages - 1)
            found = await own_questions.page(tx, server_id, offset=page * PER_PAGE, limit=PER_PAGE)
        return Listing(total, page, pages, found)

    async def get(self, server_id: int, number: int) -> Question:
        """Return one question; raises UserError where it was removed."""
        async with self._db.read() as tx:
            found = await own_questions.by_number(tx, server_id, number)
        if found is None:
            raise _gone(number)
        return found

    async def add(self, server_id: int, question: Question, *, by: int) -> int:
        """Add a question and return its number."""
        now = self._clock.now()
        question = _with_skill(question)
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            present = await own.of_server(tx, server_id)
            _check_room(len(present), 1)
            _check_new(question, present)
            number = await own_questions.add(tx, server_id, [question], by=by, now=now)
            await _log(tx, server_id, f"question {number}", None, _brief(question), by=by, now=now)
        return number

    async def change(self, server_id: int, number: int, question: Question, *, by: int) -> int:
        """Change a question; where its right answer changes it gets a new number, since it is another question.

        What members answered to the old one says nothing about the new one. Returns the number.
        """
        now = self._clock.now()
        question = _with_skill(question)
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            before = await own_questions.by_number(tx, server_id, number)
            if before is None:
                raise _gone(number)
            present = await own.of_server(tx, server_id)
            _check_new(question, [each for each in present if each.id != before.id])
            if same_form(before, question):
                await own_questions.change(tx, server_id, number, question)
            else:
                await own_questions.remove(tx, server_id, [number], now)
                number = await own_questions.add(tx, server_id, [question], by=by, now=now)
            await _log(tx, server_id, f"question {number}", _brief(before), _brief(question), by=by, now=now)
        return number

    async def remove(self, server_id: int, number: int, *, by: int) -> Question:
        """Ask a question no more; `restore` takes that back."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            found = await own_questions.by_number(tx, server_id, number)
            if found is None:
                raise _gone(number)
            await own_questions.remove(tx, server_id, [number], now)
            await _log(tx, server_id, f"question {number}", _brief(found), None, by=by, now=now)
        return found

    async def restore(self, server_id: int, number: int, *, by: int) -> Question:
        """Ask a removed question again."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            found = await own_questions.by_number(tx, server_id, number, removed=True)
            if found is None:
                raise _gone(number)
            if await own_questions.by_number(tx, server_id, number) is not None:
                return found  # pressed twice
            present = await own.of_server(tx, server_id)
            _check_room(len(present), 1)
            _check_new(found, present)
            await own_questions.restore(tx, server_id, number, number)
            await _log(tx, server_id, f"question {number}", None, _brief(found), by=by, now=now)
        return found

    async def preview(
        self,
        server_id: int,
        data: bytes,
        *,
        by: int,
        level: Level | None = None,
        skill: str | None = None,
    ) -> Preview:
        """Read a file and stage what is new in it; nobody is asked any of it before `agree`."""
        await self._library.load()
        now = self._clock.now()
        known_skills = frozenset(self._library.bank.skills) | {
            topic.id for topic in self._library.bank.topics
        }
        defaults = Defaults(
            level=level or Level.INTERMEDIATE,
            skills=(skill or OWN_TOPIC.id,),
            known_skills=known_skills | {OWN_TOPIC.id},
            topic=OWN_TOPIC.id,
        )
        reading = await self._read(data, defaults)
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            await own_questions.forget_staged(tx, now - STAGED_KEPT)
            present = {likeness(each) for each in await own.of_server(tx, server_id)}
            present |= {likeness(each) for each in self._library.bank.questions}
            seen: set[str] = set()
            fresh, known, twice = list[Question](), list[int](), list[int]()
            for each in reading.questions:
                like = likeness(each.question)
                if like in present:
                    known.append(each.line)
                elif like in seen:
                    twice.append(each.line)
                else:
                    seen.add(like)
                    fresh.append(each.question)
            _check_room(await own_questions.count(tx, server_id), len(fresh))
            first = 0
            if fresh:
                first = await own_questions.add(tx, server_id, fresh, by=by, now=now, staged=True)
        return Preview(reading, first, first + len(fresh) - 1, len(fresh), known, twice, fresh[:3])

    async def agree(self, server_id: int, first: int, last: int, *, by: int) -> int:
        """Ask all of what was staged, in one step; returns how many questions that are."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            waiting = await own_questions.staged(tx, server_id, first, last)
            if not waiting:
                raise UserError(
                    "Those were added already, or the file was read more than a day ago. Look at the list."
                )
            present = {likeness(each) for each in await own.of_server(tx, server_id)}
            fresh = [number for number, each in waiting if likeness(each) not in present]
            _check_room(len(present), len(fresh))
            for number, _ in waiting:  # what another import brought in the meantime is not there twice
                if number not in fresh:
                    await own_questions.discard(tx, server_id, number, number)
            added = await own_questions.restore(tx, server_id, first, last)
            if added:
                after = {"questions": added, "numbers": [fresh[0], fresh[-1]]}
                await _log(tx, server_id, "import", None, after, by=by, now=now)
        return added

    async def discard(self, server_id: int, first: int, last: int) -> int:
        """Forget what was staged."""
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            return await own_questions.discard(tx, server_id, first, last)

    async def take_back(self, server_id: int, first: int, last: int, *, by: int) -> int:
        """Remove what an import added."""
        now = self._clock.now()
        async with self._db.write() as tx:
            await own_questions.claim(tx, server_id)
            gone = await own_questions.remove(tx, server_id, range(first, last + 1), now)
            if gone:
                before = {"questions": gone, "numbers": [first, last]}
                await _log(tx, server_id, "import", before, None, by=by, now=now)
        return gone

    async def export(self, server_id: int) -> tuple[str, str]:
        """Return a server's questions as a CSV table and as GIFT; raises UserError where there are none."""
        async with self._db.read() as tx:
            found = await own.of_server(tx, server_id)
        if not found:
            raise UserError("This server has no questions of its own yet. Add one, or import a file.")
        return to_csv(found), to_gift(found)

    async def _read(self, data: bytes, defaults: Defaults) -> Reading:
        if len(data) < _BIG:
            return read(data, defaults)
        try:
            return await self._worker.run(partial(read, data, defaults), limit_s=_READ_WITHIN_S)
        except SourceError as error:
            raise UserError(
                "That file takes too long to read. Split it, and try with a part of it."
            ) from error


def _with_skill(question: Question) -> Question:
    return replace(question, topic=OWN_TOPIC.id, skills=question.skills or (OWN_TOPIC.id,))


def _check_room(present: int, more: int) -> None:
    if present + more > MAX_OWN:
        raise UserError(
            f"A server may have {MAX_OWN:,} questions of its own, and it has {present:,}. Remove some first."
        )


def _check_new(question: Question, present: Sequence[Question]) -> None:
    like = likeness(question)
    for each in present:
        if likeness(each) == like:
            number = each.id.rpartition(":")[2]
            raise UserError(f"That question is there already, as number {number}. Change that one instead.")


def _brief(question: Question) -> dict[str, object]:
    return {"prompt": question.prompt, "kind": question.kind.value, "level": int(question.level)}


def _gone(number: int) -> UserError:
    return NotPossible(f"There is no question {number} any more. Look at the list again.")


async def _log(
    tx: AsyncConnection,
    server_id: int,
    target: str,
    before: "dict[str, object] | None",
    after: "dict[str, object] | None",
    *,
    by: int,
    now: datetime,
) -> None:
    await server_settings.record(
        tx, server_id, Area.QUIZ, before=before, after=after, by=by, now=now, target=target
    )
