"""Answers written down: each once, with what they say about member, question and the next review."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from bot.content.questions import load_questions
from bot.domain.questions import Kind, Question
from bot.domain.quizzes import Answered, Mode
from bot.domain.quizzes.reviewing import Card, Grade, reviewed
from bot.storage import sql
from bot.storage.engine import Database
from bot.storage.quizzes.recording import record_answers, regrade
from bot.storage.tables import members, question_stats, quiz_answers, quiz_ratings, review_cards

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADA, BO = 11, 12


def question(position: int = 0) -> Question:
    ones = [each for each in load_questions().questions if each.kind is Kind.ONE]
    return ones[position]


def answered(
    member_id: int = ADA,
    *,
    right: bool = True,
    origin_id: int = 1,
    at: datetime = NOW,
    asked: Question | None = None,
    mode: Mode = Mode.PLAY,
) -> Answered:
    return Answered(member_id, asked or question(), right, float(right), mode, origin_id, 5, at)


async def known(db: Database, *ids: int) -> None:
    async with db.write() as tx:
        await sql.insert_new(tx, members, [{"id": id_} for id_ in ids or (ADA, BO)])


async def test_a_miss_is_rated_and_comes_again(db: Database) -> None:
    await known(db)
    async with db.write() as tx:
        (recorded,) = await record_answers(tx, [answered(right=False)])
    assert recorded.answer_id is not None
    assert recorded.points == 0
    assert recorded.due_at == NOW + timedelta(minutes=10)
    async with db.read() as tx:
        rating = (await tx.execute(select(quiz_ratings))).one()
        stats = (await tx.execute(select(question_stats))).one()
        card = (await tx.execute(select(review_cards))).one()
    assert (rating.answers, rating.right) == (1, 0)
    assert rating.mu < 22.5
    assert (stats.answers, stats.right) == (1, 0)
    assert card.lapses == 1


async def test_a_right_answer_makes_no_card_and_scores_by_level(db: Database) -> None:
    await known(db)
    async with db.write() as tx:
        (recorded,) = await record_answers(tx, [answered()])
    assert recorded.points == 10 * question().level
    assert recorded.due_at is None
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(review_cards)) == 0


async def test_the_same_answer_twice_counts_once(db: Database) -> None:
    await known(db)
    async with db.write() as tx:
        first, second = await record_answers(tx, [answered(), answered(right=False)])
    async with db.write() as tx:
        (third,) = await record_answers(tx, [answered(right=False)])
    assert first.answer_id is not None
    assert second.answer_id is None
    assert third.answer_id is None
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(quiz_answers)) == 1
        assert await tx.scalar(select(quiz_ratings.c.answers)) == 1
        assert await tx.scalar(select(func.count()).select_from(review_cards)) == 0


async def test_two_at_once_count_once(db: Database) -> None:
    await known(db)

    async def press() -> int | None:
        async with db.write() as tx:
            return (await record_answers(tx, [answered(right=False)]))[0].answer_id

    ids = await asyncio.gather(*(press() for _ in range(8)))
    assert len([id_ for id_ in ids if id_ is not None]) == 1
    async with db.read() as tx:
        assert await tx.scalar(select(quiz_ratings.c.answers)) == 1
        assert await tx.scalar(select(question_stats.c.answers)) == 1


async def test_members_at_once_lose_no_statistics(db: Database) -> None:
    people = list(range(100, 120))
    await known(db, *people)

    async def press(member_id: int) -> None:
        async with db.write() as tx:
            await record_answers(tx, [answered(member_id, right=bool(member_id % 2))])

    await asyncio.gather(*(press(each) for each in people))
    async with db.read() as tx:
        stats = (await tx.execute(select(question_stats))).one()
    assert (stats.answers, stats.right) == (20, 10)


async def test_a_hundred_together_are_each_recorded(db: Database) -> None:
    people = list(range(200, 300))
    await known(db, *people)
    async with db.write() as tx:
        recorded = await record_answers(
            tx, [answered(each, right=each % 3 > 0, mode=Mode.LIVE, origin_id=9) for each in people]
        )
    assert all(each.answer_id is not None for each in recorded)
    async with db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(quiz_answers)) == 100
        assert await tx.scalar(select(func.count()).select_from(quiz_ratings)) == 100
        assert await tx.scalar(select(question_stats.c.answers)) == 100
        assert await tx.scalar(select(func.count()).select_from(review_cards)) == 33


async def test_a_question_scores_again_on_another_day_and_rates_only_when_new(db: Database) -> None:
    await known(db)
    points = []
    for origin_id, hours in enumerate((0, 1, 30)):
        async with db.write() as tx:
            (recorded,) = await record_answers(
                tx, [answered(origin_id=origin_id, at=NOW + timedelta(hours=hours))]
            )
        points.append(recorded.points)
    full = 10 * question().level
    assert points == [full, 0, full]
    async with db.read() as tx:
        assert await tx.scalar(select(quiz_ratings.c.answers)) == 1


@pytest.mark.parametrize("grade", [Grade.HARD, Grade.EASY])
async def test_a_right_answer_can_have_been_hard_or_easy(db: Database, grade: Grade) -> None:
    await known(db)
    later = NOW + timedelta(days=3)
    async with db.write() as tx:
        await record_answers(tx, [answered(right=False)])
        (second,) = await record_answers(tx, [answered(origin_id=2, at=later)])
    assert second.answer_id is not None
    async with db.write() as tx:
        due_at = await regrade(tx, ADA, second.answer_id, grade)
    missed = reviewed(Card(due_at=NOW), Grade.AGAIN, NOW)
    assert due_at == reviewed(missed, grade, later).due_at
    assert due_at != second.due_at
    async with db.write() as tx:  # said twice, it is the same
        assert await regrade(tx, ADA, second.answer_id, grade) == due_at
        assert await regrade(tx, BO, second.answer_id, grade) is None


async def test_an_earlier_answer_cannot_be_graded_any_more(db: Database) -> None:
    await known(db)
    async with db.write() as tx:
        (first,) = await record_answers(tx, [answered(right=False)])
        await record_answers(tx, [answered(origin_id=2, at=NOW + timedelta(days=1))])
        assert first.answer_id is not None
        assert await regrade(tx, ADA, first.answer_id, Grade.EASY) is None


async def test_who_goes_takes_all_along_but_the_sums(db: Database) -> None:
    await known(db)
    async with db.write() as tx:
        await record_answers(tx, [answered(right=False), answered(BO)])
        await tx.execute(members.delete().where(members.c.id == ADA))
    async with db.read() as tx:
        assert list(await tx.scalars(select(quiz_answers.c.member_id))) == [BO]
        assert list(await tx.scalars(select(quiz_ratings.c.member_id))) == [BO]
        assert await tx.scalar(select(question_stats.c.answers)) == 2


async def test_partly_right_is_a_miss_that_earns_something(db: Database) -> None:
    await known(db)
    partly = replace(answered(right=False), score=0.5)
    async with db.write() as tx:
        (recorded,) = await record_answers(tx, [partly])
    assert recorded.points == 5 * question().level
    assert recorded.due_at is not None
