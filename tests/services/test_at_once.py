"""Two at the very same moment, in two processes on PostgreSQL: statement by statement, without luck or sleeps."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import pytest_asyncio
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.content.questions import load_questions
from bot.delivery.outbox import Outbox
from bot.domain.buddies.values import GroupWish
from bot.domain.meetings.values import Ended, Meeting, SeatState
from bot.domain.questions import Kind
from bot.domain.quizzes import Answered, Mode
from bot.services.grouping import Grouped
from bot.services.members import MemberService
from bot.storage import facts, sql
from bot.storage.buddies import rounds
from bot.storage.engine import Database, gave_way, retried
from bot.storage.quizzes.recording import record_answers
from bot.storage.tables import facts as facts_table
from bot.storage.tables import members, quiz_ratings, review_cards
from tests.support import databases
from tests.support.buddies import SERVER, Desk, make_desk
from tests.support.clock import FakeClock
from tests.support.fakes import FakeSender

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
ADA, BEN, CAI = 11, 12, 13


@asynccontextmanager
async def another(db: Database) -> AsyncIterator[Database]:
    """Open the database as another process has it."""
    database = Database(db.url)
    await database.open()
    try:
        yield database
    finally:
        await database.close()


@pytest_asyncio.fixture
async def other(db: Database) -> AsyncIterator[Database]:
    async with another(db) as database:
        yield database


@pytest_asyncio.fixture
async def watching(db: Database) -> AsyncIterator[Database]:
    async with another(db) as database:
        yield database


# --- Study buddies ----------------------------------------------------------------------------------------


async def together(desk: Desk, *member_ids: int) -> Meeting:
    await desk.switch_on()
    await desk.add(*member_ids, group=GroupWish.TRIO if len(member_ids) == 3 else GroupWish.PAIR)
    await desk.round()
    outbox = Outbox(desk.db, desk.clock, FakeSender(desk.clock), owner="first")
    for _ in range(3):
        await desk.buddies.tend_due()
        await outbox.deliver_due()
    (meeting,) = await desk.open()
    return meeting


@pytest.mark.parametrize("people", [(ADA, BEN), (ADA, BEN, CAI)], ids=["pair", "trio"])
async def test_two_buddies_leave(
    db: Database, other: Database, watching: Database, clock: FakeClock, people: tuple[int, ...]
) -> None:
    here, there = make_desk(db, clock), make_desk(other, clock)
    meeting = await together(here, *people)
    stop = databases.Interleaved("DELETE FROM buddy_profiles", db, other)
    results = await stop.together(
        watching, here.buddies.profiles.leave(SERVER, ADA), there.buddies.profiles.leave(SERVER, BEN)
    )
    assert results == [True, True]
    after = await here.meeting(meeting.id)
    assert (after.is_open, after.ended_by) == (False, Ended.LEFT)
    # In a pair whoever comes second finds it over.
    left = {seat.member_id for seat in after.seats if seat.state is SeatState.LEFT}
    assert left == ({ADA} if len(people) == 2 else {ADA, BEN})


async def test_one_leaves_while_the_other_deletes_everything(
    db: Database, other: Database, watching: Database, clock: FakeClock
) -> None:
    here, there = make_desk(db, clock), make_desk(other, clock)
    meeting = await together(here, ADA, BEN)
    deleting = MemberService(other, clock, leaving=there.buddies.profiles.leave_everywhere)
    stop = databases.Interleaved("UPDATE buddy_seats", db, other)
    left, deleted = await stop.together(
        watching, here.buddies.profiles.leave(SERVER, ADA), deleting.delete(BEN)
    )
    assert left is True
    assert deleted.rows > 0
    assert not (await here.meeting(meeting.id)).is_open


async def test_one_leaves_while_the_next_round_is_stored(
    db: Database, other: Database, watching: Database, clock: FakeClock
) -> None:
    """The round holds the feed, to which everything refers that is said in a meeting."""
    here, there = make_desk(db, clock), make_desk(other, clock)
    await together(here, ADA, BEN)
    await here.add(CAI)
    clock.advance(days=7)
    stop = databases.Interleaved("UPDATE buddy_meetings SET stage", other)
    made, left = await stop.together(
        watching, there.buddies.rounds.run_due(), here.buddies.profiles.leave(SERVER, ADA)
    )
    assert (made, left) == (1, True)
    async with db.read() as tx:
        assert [each.number for each in await rounds.last(tx, SERVER, 5)] == [
            2,
            1,
        ]  # at once, not at the next look
    assert not [meeting for meeting in await here.open() if ADA in meeting.member_ids]


# --- First answers ----------------------------------------------------------------------------------------


def answered(member_id: int, place: int, *, right: bool, origin_id: int) -> Answered:
    question = [each for each in load_questions().questions if each.kind is Kind.ONE and each.topic == "sql"][
        place
    ]
    return Answered(member_id, question, right, float(right), Mode.PLAY, origin_id, SERVER, NOW)


async def record(db: Database, *answers: Answered) -> None:
    async with db.write() as tx:
        people = sorted({each.member_id for each in answers})
        await sql.insert_new(tx, members, [{"id": id_} for id_ in people])
        await record_answers(tx, answers)


async def test_the_first_answers_of_one_person_in_two_processes(
    db: Database, other: Database, watching: Database
) -> None:
    async with db.write() as tx:
        await sql.insert_new(tx, members, [{"id": ADA}])
    stop = databases.Interleaved("SELECT quiz_ratings", db, other)
    results = await stop.together(
        watching,
        record(db, answered(ADA, 0, right=True, origin_id=1)),
        record(other, answered(ADA, 1, right=False, origin_id=2)),
    )
    assert results == [None, None]
    async with db.read() as tx:
        (rating,) = (await tx.execute(select(quiz_ratings))).all()
    assert (rating.answers, rating.right) == (2, 1)  # neither was overwritten


async def test_a_card_is_made_once_by_two_processes(
    db: Database, other: Database, watching: Database
) -> None:
    await record(
        db, answered(ADA, 0, right=True, origin_id=1)
    )  # so that nothing is rated, and no statistics locked
    stop = databases.Interleaved("SELECT review_cards", db, other)
    results = await stop.together(
        watching,
        record(db, answered(ADA, 0, right=False, origin_id=2)),
        record(other, answered(ADA, 0, right=False, origin_id=3)),
    )
    assert results == [None, None]
    async with db.read() as tx:
        (card,) = (await tx.execute(select(review_cards))).all()
    assert card.lapses == 2


# --- Where one has to give way all the same ---------------------------------------------------------------


async def crossing(db: Database, names: list[str]) -> None:
    async with db.write() as tx:
        for name in names:
            await tx.execute(
                update(facts_table).where(facts_table.c.name == name).values(value=facts_table.c.value + "x")
            )


async def test_who_gives_way_is_done_again(
    db: Database, other: Database, watching: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with db.write() as tx:
        for name in ("one", "two"):
            await facts.put(tx, name, "", NOW)
    stop = databases.Interleaved("UPDATE facts", db, other)
    results = await stop.together(watching, crossing(db, ["one", "two"]), crossing(other, ["two", "one"]))
    (refused,) = [each for each in results if each is not None]
    assert isinstance(refused, DBAPIError)
    assert gave_way(refused)

    async def both(database: Database, names: list[str]) -> None:
        await retried(crossing)(database, names)

    stop = databases.Interleaved("UPDATE facts", db, other)
    with caplog.at_level(logging.WARNING, "cohort.storage"):
        results = await stop.together(watching, both(db, ["one", "two"]), both(other, ["two", "one"]))
    assert results == [None, None]
    assert {each.message for each in caplog.records} == {"a transaction gave way and is done again"}
    async with db.read() as tx:
        assert [await facts.get(tx, name) for name in ("one", "two")] == ["xxx", "xxx"]


async def test_what_is_done_together_gives_way_together(
    db: Database, other: Database, watching: Database
) -> None:
    async with db.write() as tx:
        for name in ("one", "two"):
            await facts.put(tx, name, "", NOW)

    async def handle(tx: AsyncConnection, requests: Sequence[str]) -> list[str | Exception]:
        for name in requests:
            await tx.execute(
                update(facts_table).where(facts_table.c.name == name).values(value=facts_table.c.value + "x")
            )
        return ["done" for _ in requests]

    here: Grouped[str, str] = Grouped(db, handle)
    there: Grouped[str, str] = Grouped(other, handle)

    async def ask(group: Grouped[str, str], *names: str) -> list[str]:
        return await asyncio.gather(*map(group.ask, names))

    stop = databases.Interleaved("UPDATE facts", db, other)
    results = await stop.together(watching, ask(here, "one", "two"), ask(there, "two", "one"))
    assert results == [["done", "done"], ["done", "done"]]
    async with db.read() as tx:
        assert [await facts.get(tx, name) for name in ("one", "two")] == ["xx", "xx"]


async def test_other_errors_are_not_tried_again(db: Database) -> None:
    tries = []

    @retried
    async def refer_to_nothing() -> None:
        tries.append(1)
        async with db.write() as tx:
            await tx.execute(
                quiz_ratings.insert().values(member_id=404, topic="x", mu=1, sigma=1, rated_at=NOW)
            )

    with pytest.raises(DBAPIError):
        await refer_to_nothing()
    assert len(tries) == 1
