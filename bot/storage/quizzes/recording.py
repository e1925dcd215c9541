"""Writing answers down: the answer, what it says about member and question, and when to ask again.

All of it in the transaction of whoever asked, in eight statements however many answers there are (four more on
PostgreSQL for what is written down of a member for the first time): what many members answer at once is recorded together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Table, bindparam, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.quizzes.answers import Answered, points
from bot.domain.quizzes.items import ItemStats, after, unknown
from bot.domain.quizzes.keeping import RATES_AGAIN_AFTER, SCORES_AGAIN_AFTER
from bot.domain.quizzes.rating import NEWCOMER, Rating
from bot.domain.quizzes.reviewing import Card, Grade, as_json, from_json, reviewed
from bot.storage import sql
from bot.storage.tables import question_stats, quiz_answers, quiz_ratings, review_cards

_KEY = ("member_id", "mode", "origin_id", "question_id")
_CARD = ("state", "step", "stability", "difficulty", "due_at", "reviewed_at", "lapses", "before", "answer_id")
_RATING = ("mu", "sigma", "answers", "right", "rated_at")
_STATS = (
    "mu", "sigma", "answers", "right", "ability", "ability_squared", "ability_right", "rated_at",
)  # fmt: skip


class _ByPair:
    """Reads the rows whose key, of two columns, is one of some pairs."""

    def __init__(self, statement: Select[Any], first: ColumnElement[Any], second: ColumnElement[Any]) -> None:
        # One pair is by far the most frequent, and that way the index is used for certain.
        self._one = statement.where(first == bindparam("first"), second == bindparam("second"))
        self._many = statement.where(tuple_(first, second).in_(bindparam("pairs", expanding=True)))

    async def read(self, tx: AsyncConnection, pairs: Sequence[tuple[int, str]]) -> list[Row[Any]]:
        """Return the rows; a lock, where the statement has one, is taken in its order."""
        if len(pairs) == 1:
            first, second = pairs[0]
            return list(await tx.execute(self._one, {"first": first, "second": second}))
        found: list[Row[Any]] = []
        for start in range(0, len(pairs), sql.CHUNK):
            found += await tx.execute(self._many, {"pairs": pairs[start : start + sql.CHUNK]})
        return found


def _locked(table: Table, *key: ColumnElement[Any]) -> Select[Any]:
    return select(table).order_by(*key).with_for_update()


_EARLIER: Final = _ByPair(
    select(
        quiz_answers.c.member_id,
        quiz_answers.c.question_id,
        func.max(quiz_answers.c.answered_at).label("last"),
    ).group_by(quiz_answers.c.member_id, quiz_answers.c.question_id),
    quiz_answers.c.member_id,
    quiz_answers.c.question_id,
)
_RATING_KEY: Final = (quiz_ratings.c.member_id, quiz_ratings.c.topic)
_RATINGS: Final = _ByPair(_locked(quiz_ratings, *_RATING_KEY), *_RATING_KEY)
_CARD_KEY: Final = (review_cards.c.member_id, review_cards.c.question_id)
_CARDS: Final = _ByPair(_locked(review_cards, *_CARD_KEY), *_CARD_KEY)
_STATS_OF: Final = _locked(question_stats, question_stats.c.question_id).where(
    question_stats.c.question_id.in_(bindparam("ids", expanding=True))
)

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of an answer."""

    answered: Answered
    answer_id: int | None  # None: it was there already, and nothing was changed
    points: int = 0
    due_at: datetime | None = None  # when it is asked again; None where it has no card


@dataclass(frozen=True, slots=True)
class _Held:
    """A member's rating in a topic, with what it rests on."""

    rating: Rating
    answers: int
    right: int


async def record_answers(tx: AsyncConnection, answers: Sequence[Answered]) -> list[Recorded]:
    """Write answers down, in the order given; those of the same member, mode, origin and question once.

    The members' rows must be there. A miss makes a card for review; a right answer moves the one there is.
    """
    if not answers:
        return []
    earlier = await _earlier(tx, answers)
    rows, worth = [], []
    seen: set[tuple[int, str]] = set()
    for each in answers:
        pair = (each.member_id, each.question.id)
        last = earlier.get(pair)
        scores = pair not in seen and _is_past(last, each.at, SCORES_AGAIN_AFTER)
        worth.append(points(each.question, each.score) if scores else 0)
        seen.add(pair)
        rows.append(_row(each, worth[-1]))
    # In the order of their keys: another process may be writing down the same ones.
    added = await sql.insert_many_numbered(
        tx, quiz_answers, sorted(rows, key=lambda row: [str(row[name]) for name in _KEY]), _KEY
    )
    ids = {(row.member_id, row.mode, row.origin_id, row.question_id): row.id for row in added}
    new: list[tuple[Answered, int]] = []
    recorded: list[Recorded] = []
    for each, gained in zip(answers, worth, strict=True):
        # An answer that stands twice in `answers` is recorded the first time.
        answer_id = ids.pop((each.member_id, each.mode, each.origin_id, each.question.id), None)
        if answer_id is not None:
            new.append((each, answer_id))
        recorded.append(Recorded(each, answer_id, gained if answer_id is not None else 0))
    if not new:
        return recorded
    await _rate(
        tx,
        [
            each
            for each, _ in new
            if _is_past(earlier.get((each.member_id, each.question.id)), each.at, RATES_AGAIN_AFTER)
        ],
    )
    due = await _schedule(tx, new)
    return [
        Recorded(each.answered, each.answer_id, each.points, due.get(each.answer_id))
        if each.answer_id is not None
        else each
        for each in recorded
    ]


async def regrade(tx: AsyncConnection, member_id: int, answer_id: int, grade: Grade) -> datetime | None:
    """Let a right answer have been hard or easy after all; return when it is asked again.

    None, and nothing is changed, where another answer came after it, or where it has no card.
    """
    row = (
        await tx.execute(
            select(review_cards)
            .where(review_cards.c.member_id == member_id, review_cards.c.answer_id == answer_id)
            .with_for_update()
        )
    ).first()
    if row is None or row.before is None or row.reviewed_at is None:
        return None
    before = from_json(row.before)
    card = reviewed(before, grade, row.reviewed_at)
    await tx.execute(
        update(review_cards)
        .where(review_cards.c.member_id == member_id, review_cards.c.question_id == row.question_id)
        .values(_card_columns(card, before, answer_id))
    )
    return card.due_at


async def _earlier(tx: AsyncConnection, answers: Sequence[Answered]) -> dict[tuple[int, str], datetime]:
    """Return when the members last answered the questions."""
    rows = await _EARLIER.read(tx, sorted({(each.member_id, each.question.id) for each in answers}))
    return {(row.member_id, row.question_id): row.last for row in rows}


async def _rate(tx: AsyncConnection, answers: Sequence[Answered]) -> None:
    """Let members and questions learn from first answers."""
    if not answers:
        return
    held = await _held(tx, sorted({(each.member_id, each.question.topic) for each in answers}))
    stats = await _stats(tx, {each.question.id: unknown(each.question) for each in answers})
    seen: set[tuple[int, str]] = set()
    touched: dict[tuple[int, str], datetime] = {}
    for each in answers:
        if (each.member_id, each.question.id) in seen:
            continue
        seen.add((each.member_id, each.question.id))
        key = (each.member_id, each.question.topic)
        mine = held.get(key, _Held(NEWCOMER, 0, 0))
        stats[each.question.id], rating = after(stats[each.question.id], mine.rating, each.score)
        held[key] = _Held(rating, mine.answers + 1, mine.right + each.correct)
        touched[key] = each.at
    await sql.upsert_all(
        tx,
        quiz_ratings,
        [
            {
                "member_id": member_id,
                "topic": topic,
                "mu": held[member_id, topic].rating.mu,
                "sigma": held[member_id, topic].rating.sigma,
                "answers": held[member_id, topic].answers,
                "right": held[member_id, topic].right,
                "rated_at": at,
            }
            for (member_id, topic), at in sorted(touched.items())
        ],
        _RATING,
    )
    now = max(touched.values())
    await sql.upsert_all(
        tx, question_stats, [_stats_row(id_, each, now) for id_, each in sorted(stats.items())], _STATS
    )


async def _held(tx: AsyncConnection, keys: Sequence[tuple[int, str]]) -> dict[tuple[int, str], _Held]:
    found: dict[tuple[int, str], _Held] = {}

    async def read() -> None:
        for row in await _RATINGS.read(tx, keys):
            found[row.member_id, row.topic] = _Held(Rating(row.mu, row.sigma), row.answers, row.right)

    await read()
    missing = [each for each in keys if each not in found]
    if missing and sql.has_many_writers(tx):
        # Two processes may both be the first to write something down of a member: the second waits here.
        newcomer = {
            "mu": NEWCOMER.mu,
            "sigma": NEWCOMER.sigma,
            "answers": 0,
            "right": 0,
            "rated_at": _LONG_AGO,
        }
        rows = [{"member_id": member_id, "topic": topic, **newcomer} for member_id, topic in missing]
        await sql.insert_new(tx, quiz_ratings, rows)
        await read()
    return found


async def _stats(tx: AsyncConnection, start: dict[str, ItemStats]) -> dict[str, ItemStats]:
    """Return the statistics of questions, locked in the order of their ids; absent ones are made first."""
    found = await _read_stats(tx, sorted(start))
    if missing := sorted(set(start) - set(found)):
        await sql.insert_new(tx, question_stats, [_stats_row(id_, start[id_], _LONG_AGO) for id_ in missing])
        found = await _read_stats(tx, sorted(start))
    return found


async def _read_stats(tx: AsyncConnection, ids: Sequence[str]) -> dict[str, ItemStats]:
    found: dict[str, ItemStats] = {}
    for start in range(0, len(ids), sql.CHUNK):
        rows = await tx.execute(_STATS_OF, {"ids": ids[start : start + sql.CHUNK]})
        found |= {row.question_id: read_stats(row) for row in rows}
    return found


def read_stats(row: Row[Any]) -> ItemStats:
    """Return the statistics that stand in a row of `question_stats`."""
    return ItemStats(
        Rating(row.mu, row.sigma), row.answers, row.right, row.ability, row.ability_squared, row.ability_right
    )


def _stats_row(question_id: str, stats: ItemStats, at: datetime) -> dict[str, Any]:
    return {
        "question_id": question_id,
        "mu": stats.rating.mu,
        "sigma": stats.rating.sigma,
        "answers": stats.answers,
        "right": stats.right,
        "ability": stats.ability,
        "ability_squared": stats.ability_squared,
        "ability_right": stats.ability_right,
        "rated_at": at,
    }


async def _schedule(tx: AsyncConnection, new: Sequence[tuple[Answered, int]]) -> dict[int, datetime]:
    """Move the cards that answers are about; return by answer when each is asked again."""
    pairs = sorted({(each.member_id, each.question.id) for each, _ in new})
    cards: dict[tuple[int, str], Card] = {}

    async def read() -> None:
        for row in await _CARDS.read(tx, pairs):
            cards[row.member_id, row.question_id] = read_card(row)

    await read()
    missed = {
        (each.member_id, each.question.id): (each, answer_id)
        for each, answer_id in reversed(new)
        if not each.correct and (each.member_id, each.question.id) not in cards
    }
    if missed and sql.has_many_writers(tx):  # as with ratings
        first = {
            pair: (Card(due_at=each.at), answer_id) for pair, (each, answer_id) in sorted(missed.items())
        }
        await sql.insert_new(
            tx,
            review_cards,
            [
                {"member_id": pair[0], "question_id": pair[1], **_card_columns(card, card, answer_id)}
                for pair, (card, answer_id) in first.items()
            ],
        )
        await read()
    due: dict[int, datetime] = {}
    changed: dict[tuple[int, str], dict[str, Any]] = {}
    for each, answer_id in new:
        pair = (each.member_id, each.question.id)
        before = cards.get(pair)
        if (
            before is None or before.reviewed_at is None
        ):  # there is none, or it was made a moment ago to be locked
            if each.correct:
                continue
            before = Card(due_at=each.at)
        cards[pair] = reviewed(before, Grade.GOOD if each.correct else Grade.AGAIN, each.at)
        due[answer_id] = cards[pair].due_at
        columns = _card_columns(cards[pair], before, answer_id)
        changed[pair] = {"member_id": each.member_id, "question_id": each.question.id, **columns}
    await sql.upsert_all(tx, review_cards, [changed[pair] for pair in sorted(changed)], _CARD)
    return due


def read_card(row: Row[Any]) -> Card:
    """Return the card that stands in a row of `review_cards`."""
    return Card(row.due_at, row.state, row.step, row.stability, row.difficulty, row.reviewed_at, row.lapses)


def _card_columns(card: Card, before: Card, answer_id: int) -> dict[str, Any]:
    return {
        "state": card.state,
        "step": card.step,
        "stability": card.stability,
        "difficulty": card.difficulty,
        "due_at": card.due_at,
        "reviewed_at": card.reviewed_at,
        "lapses": card.lapses,
        "before": as_json(before),
        "answer_id": answer_id,
    }


def _row(each: Answered, worth: int) -> dict[str, Any]:
    return {
        "member_id": each.member_id,
        "question_id": each.question.id,
        "server_id": each.server_id,
        "mode": each.mode,
        "origin_id": each.origin_id,
        "topic": each.question.topic,
        "skill": each.question.skills[0],
        "correct": each.correct,
        "score": each.score,
        "points": worth,
        "answered_at": each.at,
    }


def _is_past(last: datetime | None, now: datetime, pause: timedelta) -> bool:
    return last is None or now - last >= pause
