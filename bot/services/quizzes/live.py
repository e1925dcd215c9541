"""`/quiz live`: what hosts and players do. What a round does by itself is in `live_rounds`."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.clock import Clock
from bot.domain.questions import Answer, Kind, Question, is_correct, parse_number
from bot.domain.quizzes.answers import stored
from bot.domain.quizzes.choosing import Known, choose
from bot.domain.quizzes.live import (
    OPENING,
    LiveRenderer,
    Place,
    Round,
    Settings,
    State,
    StoredAnswer,
    check_leads,
    check_open,
    check_settings,
    fits,
    places,
    read_answer,
    suits,
    taken_at,
)
from bot.errors import UserError
from bot.services.grouping import Grouped
from bot.services.quizzes.areas import Areas
from bot.services.quizzes.library import Library
from bot.services.quizzes.live_rounds import BY_HOST, BY_MODERATOR, BY_PLAYER, LiveRounds
from bot.storage import outbox, server_settings
from bot.storage.engine import Database, retried
from bot.storage.languages import speech
from bot.storage.quizzes import live

ROUNDS_APART = 3
"""Questions of a server's last rounds come only when there are no others."""

_GONE = "That round is over, or was never started. Begin a new one with `/quiz live`."


@dataclass(frozen=True, slots=True)
class Draft:
    """A round that its host is about to start, and how many questions fit what was chosen."""

    round: Round
    area: str
    fitting: int


@dataclass(frozen=True, slots=True)
class Pick:
    """Somebody's answer; text for a number."""

    round_id: int
    position: int
    member_id: int
    answer: Answer | str
    created_at: datetime
    server_id: int  # where they pressed


@dataclass(frozen=True, slots=True)
class Accepted:
    """An answer that is written down."""

    round: Round
    question: Question
    answer: Answer
    changed: bool  # it took the place of another


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a player's answer to one question."""

    position: int
    question: Question
    answer: Answer
    points: int | None  # None while the question is open
    right: bool


@dataclass(frozen=True, slots=True)
class Personal:
    """How a player does in a round; `place` is None for those who do not play."""

    round: Round
    place: Place | None
    players: int
    outcomes: Sequence[Outcome]

    @property
    def misses(self) -> int:
        """How many of the closed questions they answered wrong."""
        return sum(not each.right for each in self.outcomes if each.points is not None)


class LiveService:
    """Everything is in the database, so a round survives a restart and any process may take an answer."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        library: Library,
        render: LiveRenderer,
        *,
        chance: Callable[[], Random] = Random,
    ) -> None:
        self._db = db
        self._clock = clock
        self._library = library
        self._render = render
        self._chance = chance
        self._picks: Grouped[Pick, Accepted] = Grouped(db, self._take)
        self._rounds = LiveRounds(db, clock, library, render)

    async def advance_due(self) -> int:
        """Let every round that is due move on; return how many did."""
        return await self._rounds.advance_due()

    async def areas(self, server_id: int) -> Areas:
        """Return what rounds can be about."""
        return await self._library.areas(server_id)

    async def draft(self, server_id: int, channel_id: int, host_id: int, settings: Settings) -> Draft:
        """Prepare a round; nobody sees it before `start`."""
        check_settings(settings)
        now = self._clock.now()
        await self._library.load()
        async with self._db.write() as tx:
            await _check_free(tx, channel_id)
            made = Round(0, server_id, channel_id, host_id, settings, (), 0, State.DRAFT, None, None, now)
            made = replace(made, id=await live.add(tx, made))
            return await self._draft(tx, made)

    async def change(self, round_id: int, settings: Callable[[Settings], Settings], *, by: int) -> Draft:
        """Change what a prepared round will be."""
        await self._library.load()
        async with self._db.write() as tx:
            found = await _own_draft(tx, round_id, by)
            changed = replace(found, settings=settings(found.settings))
            check_settings(changed.settings)
            await live.save(tx, changed)
            return await self._draft(tx, changed)

    async def check_here(self, round_id: int, server_id: int) -> None:
        """Refuse a press on a round of another server: what a button carries is not to be believed."""
        async with self._db.read() as tx:
            found = await live.by_id(tx, round_id)
        if found is None or found.server_id != server_id:
            raise UserError(_GONE)

    async def cancel(self, round_id: int, *, by: int) -> None:
        """Forget a prepared round."""
        async with self._db.write() as tx:
            found = await _own_draft(tx, round_id, by)
            await live.save(tx, replace(found, state=State.STOPPED), finished_at=self._clock.now())

    async def start(self, round_id: int, *, by: int) -> Round:
        """Say in the channel that a round is about to begin; two at once in a channel cannot be."""
        now = self._clock.now()
        await self._library.load()
        async with self._db.write() as tx:
            found = await _own_draft(tx, round_id, by)
            await server_settings.lock(tx, found.server_id)
            await _check_free(tx, found.channel_id)
            chosen = await self._choose(tx, found, now)
            if not chosen:
                raise UserError("No question fits that. Choose another topic or level.")
            begun = replace(
                found, questions=tuple(chosen), state=State.OPENING, created_at=now, next_at=now + OPENING
            )
            feed_id = await live.own_feed(tx, found.server_id, now)
            with await speech(tx, begun.server_id):
                message = self._render.opening(begun, self._rounds.area(begun), 0)
            row = outbox.new_row(
                message,
                feed_id=feed_id,
                channel_id=begun.channel_id,
                slot_at=begun.created_at,
                now=now,
                stream=live.stream(begun.id),
            )
            entry_id = await outbox.add_once(tx, row)
            assert entry_id is not None
            begun = replace(begun, entries={"opening": entry_id})
            await live.save(tx, begun)
        return begun

    @retried
    async def join(self, round_id: int, member_id: int) -> Round:
        """Let somebody play; whoever answers plays as well."""
        async with self._db.write() as tx:
            found = await _running(tx, round_id)
            await live.join(tx, [(round_id, member_id)], self._clock.now())
        return found

    async def answer(
        self,
        round_id: int,
        position: int,
        member_id: int,
        answer: Answer | str,
        *,
        created_at: datetime,
        server_id: int,
    ) -> Accepted:
        """Write down an answer, or another one in its place; `created_at` is when Discord had it.

        Returns when it is committed: many at once share a transaction.
        """
        await self._library.load()
        return await self._picks.ask(Pick(round_id, position, member_id, answer, created_at, server_id))

    async def go_on(self, round_id: int, position: int, *, by: int, moderator: bool) -> Round:
        """Ask the next question now, from the opening or from a result; a second press does nothing more."""
        now = self._clock.now()
        async with self._db.write() as tx:
            found = await _running(tx, round_id, lock=True)
            check_leads(found, by, await live.players(tx, round_id), moderator=moderator)
            if found.position != position or found.state not in {State.OPENING, State.SHOWING}:
                raise UserError("The round has gone on already.")
            seen = found.position if by == found.host_id else found.host_seen
            found = replace(found, next_at=now, host_seen=seen)
            await live.save(tx, found)
        return found

    async def stop(self, round_id: int, *, by: int, moderator: bool) -> Round:
        """End a round early; what was answered counts."""
        await self._library.load()
        async with self._db.write() as tx:
            found = await _running(tx, round_id, lock=True)
            check_leads(found, by, await live.players(tx, round_id), moderator=moderator)
            # It is kept with the round, so it names nobody.
            reason = BY_HOST if by == found.host_id else BY_MODERATOR if moderator else BY_PLAYER
            return await self._rounds.end(tx, found, reason)

    async def personal(self, round_id: int, member_id: int) -> Personal:
        """Return how somebody does in a round."""
        await self._library.load()
        async with self._db.read() as tx:
            found = await live.by_id(tx, round_id)
            if found is None or found.state is State.DRAFT:
                raise UserError(_GONE)
            ranked = places(await live.players(tx, round_id))
            rows = await live.of_member(tx, round_id, member_id)
            questions = await self._library.questions(tx, list(found.questions))
            outcomes = [outcome for row in rows if (outcome := _outcome(found, row, questions)) is not None]
        mine = next((place for place in ranked if place.player.member_id == member_id), None)
        return Personal(found, mine, len(ranked), outcomes)

    async def _draft(self, tx: AsyncConnection, round_: Round) -> Draft:
        return Draft(round_, self._rounds.area(round_), len(await self._fitting(tx, round_)))

    async def _fitting(self, tx: AsyncConnection, round_: Round) -> list[Question]:
        pool = await self._library.pool(tx, round_.server_id)
        areas = () if round_.settings.area is None else (round_.settings.area,)
        return [each for each in pool.select(areas=areas, level=round_.settings.level) if suits(each)]

    async def _choose(self, tx: AsyncConnection, round_: Round, now: datetime) -> list[str]:
        asked = await live.recent_questions(tx, round_.server_id, ROUNDS_APART)
        known = Known(answered=dict.fromkeys(asked, now))
        fitting = await self._fitting(tx, round_)
        return [each.id for each in choose(fitting, round_.settings.count, known, now, self._chance())]

    async def _take(self, tx: AsyncConnection, picks: Sequence[Pick]) -> list[Accepted | Exception]:
        now = self._clock.now()
        rounds = await live.shared(tx, {pick.round_id for pick in picks})
        wanted = {
            found.questions[pick.position]
            for pick in picks
            if (found := rounds.get(pick.round_id)) is not None and pick.position < len(found.questions)
        }
        questions = await self._library.questions(tx, wanted)
        keys = [(pick.round_id, pick.position, pick.member_id) for pick in picks]
        present = await live.answers_of(tx, keys)
        fresh = {(round_id, member_id) for round_id, position, member_id in set(keys) - set(present)}
        chosen: dict[tuple[int, int, int], tuple[object, datetime]] = {}
        results: list[Accepted | Exception] = []
        joining: set[tuple[int, int]] = set()
        for pick, key in zip(picks, keys, strict=True):
            try:
                accepted, at = _accept(pick, rounds.get(pick.round_id), questions, now)
            except UserError as error:
                results.append(error)
                continue
            before = chosen.get(key) or present.get(key)
            given = stored(accepted.answer)
            changed = before is not None and before[0] != given
            if before is None or changed:  # pressing the same again costs no points for time
                chosen[key] = (given, at)
            if (key[0], key[2]) in fresh:
                joining.add((key[0], key[2]))
            results.append(replace(accepted, changed=changed))
        if joining:
            await live.join(tx, joining, now)
        if chosen:
            await live.put_answers(tx, chosen)
        return results


def _accept(
    pick: Pick, round_: Round | None, questions: dict[str, Question], now: datetime
) -> tuple[Accepted, datetime]:
    if round_ is None or round_.server_id != pick.server_id:
        raise UserError(_GONE)
    at = taken_at(round_, pick.created_at, now)
    found = check_open(round_, pick.position, at)
    question = questions.get(found.questions[pick.position])
    if question is None:
        raise UserError("That question was taken away. The next one is on its way.")
    answer = _read(question, pick.answer)
    if answer is None or not fits(question, answer):
        raise UserError("That is no answer to this question any more. Look at its message again.")
    return Accepted(found, question, answer, changed=False), at


def _read(question: Question, given: Answer | str) -> Answer | None:
    """Return an answer in the form that the question takes; a button carries True and False as 1 and 0."""
    if question.kind is Kind.NUMERIC:
        return parse_number(given, question.unit) if isinstance(given, str) else None
    if isinstance(given, str):
        return None
    if question.kind is Kind.BOOLEAN:
        return bool(given) if given in (0, 1) else None
    return given


def _outcome(round_: Round, row: StoredAnswer, questions: dict[str, Question]) -> Outcome | None:
    question = questions.get(round_.questions[row.position])
    given = None if question is None else read_answer(question, row.answer)
    if question is None or given is None:
        return None
    return Outcome(row.position, question, given, row.points, is_correct(question, given))


async def _own_draft(tx: AsyncConnection, round_id: int, by: int) -> Round:
    found = await live.by_id(tx, round_id, lock=True)
    if found is None or found.state is State.STOPPED:
        raise UserError("That round was called off, or its settings are too old. Type `/quiz live` again.")
    if found.host_id != by:
        raise UserError("Those are somebody else's settings. Type `/quiz live` to host a round of your own.")
    if found.state is not State.DRAFT:
        raise UserError("That round has been started already. Look for it in the channel.")
    return found


async def _running(tx: AsyncConnection, round_id: int, *, lock: bool = False) -> Round:
    found = await live.by_id(tx, round_id, lock=lock)
    if found is None or found.state in {State.DRAFT, State.DONE, State.STOPPED}:
        raise UserError(_GONE)
    return found


async def _check_free(tx: AsyncConnection, channel_id: int) -> None:
    if (running := await live.running_in(tx, channel_id)) is not None:
        raise UserError(
            f"A round hosted by <@{running.host_id}> is under way in this channel. Join it, or take another channel."
        )
