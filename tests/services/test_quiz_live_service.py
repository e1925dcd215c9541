"""Live rounds over both databases: answers at once, closing, two processes, and what is recorded."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.content.questions import load_questions
from bot.domain.outbox import State as Sending
from bot.domain.questions import Kind, Level
from bot.domain.quizzes.live import GRACE, LEAD, OPENING, PAUSE, Round, Settings, State
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.members import MemberService
from bot.services.papers import RecentPapers
from bot.services.quizzes import Library, LiveService
from bot.storage.engine import Database
from bot.storage.quizzes import live as stored_live
from bot.storage.tables import feeds, live_answers, live_players, live_rounds, members, outbox, quiz_answers
from cogs.ui.quizzes.live_cards import LiveCards
from tests.support.clock import FakeClock

SERVER, CHANNEL, HOST = 1, 20, 30
SETTINGS = Settings("sql", Level.BEGINNER, 3)


def service(db: Database, clock: FakeClock) -> LiveService:
    library = Library(db, CareerService(db, clock, RecentPapers(db, clock)))
    return LiveService(db, clock, library, LiveCards(), chance=lambda: Random(3))


async def rows(db: Database, table: Any) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(table))).all())


def pass_(clock: FakeClock, time: timedelta) -> None:
    clock.advance(seconds=time.total_seconds())


async def deliver(db: Database, *, message_id: int | None = 900) -> None:
    """Let everything that waits arrive."""
    async with db.write() as tx:
        await tx.execute(
            update(outbox)
            .where(outbox.c.state == Sending.PENDING)
            .values(state=Sending.SENT, message_id=message_id, place_id=outbox.c.channel_id)
        )


async def begin(db: Database, clock: FakeClock, live: LiveService, channel: int = CHANNEL) -> Round:
    """Start a round and ask its first question."""
    draft = await live.draft(SERVER, channel, HOST, SETTINGS)
    round_ = await live.start(draft.round.id, by=HOST)
    await deliver(db)
    pass_(clock, OPENING)
    await live.advance_due()
    await ask(db, clock, live)
    return round_


async def ask(db: Database, clock: FakeClock, live: LiveService) -> None:
    await deliver(db)
    clock.advance(seconds=1)
    await live.advance_due()


async def close(clock: FakeClock, live: LiveService) -> None:
    pass_(clock, LEAD + GRACE + timedelta(seconds=SETTINGS.seconds))
    await live.advance_due()


def right_answer(question_id: str) -> Any:
    solution = load_questions().by_id[question_id].solution
    return (
        int(solution)
        if isinstance(solution, bool)
        else str(solution)
        if isinstance(solution, float)
        else solution
    )


async def current(db: Database, round_id: int) -> Any:
    return next(row for row in await rows(db, live_rounds) if row.id == round_id)


async def answer_all(
    db: Database, clock: FakeClock, live: Sequence[LiveService], round_id: int, people: Sequence[int]
) -> list[Any]:
    row = await current(db, round_id)
    given = right_answer(row.questions[row.position])
    return await asyncio.gather(
        *(
            live[number % len(live)].answer(
                round_id, row.position, person, given, created_at=clock.now(), server_id=SERVER
            )
            for number, person in enumerate(people)
        ),
        return_exceptions=True,
    )


async def test_a_hundred_answers_at_once_are_all_written_down(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    people = range(1000, 1100)
    done = await answer_all(db, clock, [live], round_.id, people)
    assert [each for each in done if isinstance(each, Exception)] == []
    assert {row.member_id for row in await rows(db, live_answers)} == set(people)
    assert len(await rows(db, live_players)) == 100
    await close(clock, live)
    assert len(await rows(db, quiz_answers)) == 100
    assert {row.correct for row in await rows(db, quiz_answers)} == {True}
    assert {row.points for row in await rows(db, live_players)} == {1000}
    personal = await live.personal(round_.id, 1042)
    assert personal.place is not None
    assert (personal.place.place, personal.players) == (1, 100)


async def test_two_processes_take_answers_and_move_the_round_on_once(db: Database, clock: FakeClock) -> None:
    both = [service(db, clock), service(db, clock)]
    round_ = await begin(db, clock, both[0])
    people = range(1000, 1040)
    done = await answer_all(db, clock, both, round_.id, [*people, *people])
    assert [each for each in done if isinstance(each, Exception)] == []
    assert len(await rows(db, live_answers)) == 40
    pass_(clock, LEAD + GRACE + timedelta(seconds=SETTINGS.seconds))
    await asyncio.gather(*(each.advance_due() for each in both))
    assert (await current(db, round_.id)).state == State.SHOWING
    assert {row.points for row in await rows(db, live_players)} == {1000}
    assert len(await rows(db, quiz_answers)) == 40
    pass_(clock, PAUSE)
    await asyncio.gather(*(each.advance_due() for each in both))
    asked = [row for row in await rows(db, outbox) if "question 2" in row.marker and row.action == "post"]
    assert len(asked) == 1


async def test_answers_and_the_end_of_time_at_the_same_moment(db: Database, clock: FakeClock) -> None:
    """Whoever is told that an answer counts finds it counted; the others are told that it came too late."""
    both = [service(db, clock), service(db, clock)]
    round_ = await begin(db, clock, both[0])
    row = await current(db, round_.id)
    given = right_answer(row.questions[0])
    in_time = clock.now()
    pass_(clock, LEAD + GRACE + timedelta(seconds=SETTINGS.seconds))
    people = range(1000, 1030)
    done = await asyncio.gather(
        *(
            both[0].answer(round_.id, 0, person, given, created_at=in_time, server_id=SERVER)
            for person in people
        ),
        both[1].advance_due(),
        return_exceptions=True,
    )
    # A round whose answers are just being written is passed over, and closed at the next look.
    await both[1].advance_due()
    accepted = {
        person for person, each in zip(people, done[:-1], strict=True) if not isinstance(each, Exception)
    }
    assert all(isinstance(each, UserError) for each in done[:-1] if isinstance(each, Exception))
    assert {each.member_id for each in await rows(db, quiz_answers)} == accepted


async def test_the_last_choice_counts_and_the_same_again_costs_no_time(
    db: Database, clock: FakeClock
) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    bank = load_questions().by_id
    wanted = next(each for each in bank.values() if each.kind is Kind.ONE)
    async with db.write() as tx:
        await tx.execute(update(live_rounds).values(questions=[wanted.id] * 3))
    right = wanted.solution
    assert isinstance(right, int)
    wrong = (right + 1) % len(wanted.options)
    await live.answer(round_.id, 0, 5, wrong, created_at=clock.now(), server_id=SERVER)
    clock.advance(seconds=10)
    changed = await live.answer(round_.id, 0, 5, right, created_at=clock.now(), server_id=SERVER)
    assert changed.changed
    clock.advance(seconds=5)
    same = await live.answer(round_.id, 0, 5, right, created_at=clock.now(), server_id=SERVER)
    assert not same.changed
    await close(clock, live)
    (player,) = await rows(db, live_players)
    assert player.right == 1
    assert 780 <= player.points <= 820  # the time of the change, not of the last press


@pytest.mark.parametrize("bad", [99, -1, "many", frozenset({0})])
async def test_answers_of_another_form_are_refused_and_spoil_no_other(
    db: Database, clock: FakeClock, bad: Any
) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    wanted = next(each for each in load_questions().questions if each.kind is Kind.ONE)
    async with db.write() as tx:
        await tx.execute(update(live_rounds).values(questions=[wanted.id] * 3))
    done = await asyncio.gather(
        live.answer(round_.id, 0, 5, 0, created_at=clock.now(), server_id=SERVER),
        live.answer(round_.id, 0, 6, bad, created_at=clock.now(), server_id=SERVER),
        live.answer(777, 0, 7, 0, created_at=clock.now(), server_id=SERVER),
        return_exceptions=True,
    )
    assert [isinstance(each, UserError) for each in done] == [False, True, True]
    assert [row.member_id for row in await rows(db, live_answers)] == [5]


async def test_a_round_is_played_in_its_own_server_alone(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    await live.check_here(round_.id, SERVER)
    with pytest.raises(UserError, match="round is over"):
        await live.check_here(round_.id, SERVER + 1)
    with pytest.raises(UserError, match="round is over"):
        await live.answer(round_.id, 0, 5, 0, created_at=clock.now(), server_id=SERVER + 1)
    assert await rows(db, live_answers) == []


async def test_who_is_in_no_list_has_a_place_without_a_name(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    await answer_all(db, clock, [live], round_.id, [5555, 6666])
    await MemberService(db, clock).wish(5555, visible=False)
    await close(clock, live)
    posted = [each.payload for each in await rows(db, outbox) if "Leading" in each.payload]
    assert posted
    assert all("somebody" in each and "6666" in each and "5555" not in each for each in posted)
    personal = await live.personal(round_.id, 5555)
    assert personal.place is not None


async def test_who_chose_what_is_forgotten_after_a_month(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    await answer_all(db, clock, [live], round_.id, [5, 6])
    await live.stop(round_.id, by=HOST, moderator=False)
    async with db.write() as tx:
        assert await stored_live.purge(tx, clock.now()) == 0
        assert await stored_live.purge(tx, clock.now() + timedelta(seconds=1)) == 2
    assert await rows(db, live_players) == []
    assert len(await rows(db, quiz_answers)) == 2


async def test_a_question_that_arrives_late_gets_its_whole_time(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    draft = await live.draft(SERVER, CHANNEL, HOST, SETTINGS)
    round_ = await live.start(draft.round.id, by=HOST)
    await deliver(db)
    pass_(clock, OPENING)
    await live.advance_due()
    clock.advance(seconds=15)
    await live.advance_due()
    assert (await current(db, round_.id)).state == State.POSTING
    await deliver(db)
    clock.advance(seconds=1)
    await live.advance_due()
    row = await current(db, round_.id)
    assert (row.state, row.asked_at) == (State.ASKING, clock.now())
    edits = [each for each in await rows(db, outbox) if each.stream.startswith("edit:")]
    assert any("question 1" in each.marker for each in edits)


async def test_a_question_that_never_arrives_ends_the_round(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    draft = await live.draft(SERVER, CHANNEL, HOST, SETTINGS)
    round_ = await live.start(draft.round.id, by=HOST)
    await deliver(db)
    pass_(clock, OPENING)
    await live.advance_due()
    for _ in range(10):
        clock.advance(seconds=8)
        await live.advance_due()
    row = await current(db, round_.id)
    assert (row.state, row.next_at) == (State.STOPPED, None)
    assert row.settings["reason"] == "Discord did not take the question in time."
    assert {each.state for each in await rows(db, outbox)} == {Sending.SENT}


async def test_rounds_of_a_server_share_a_feed_that_no_list_shows(db: Database, clock: FakeClock) -> None:
    from bot.storage import feeds as stored

    live = service(db, clock)
    await begin(db, clock, live)
    await begin(db, clock, live, channel=21)
    assert len(await rows(db, feeds)) == 1
    async with db.read() as tx:
        assert await stored.by_server(tx, SERVER) == []
        assert await stored.by_number(tx, SERVER, 0) is None
        assert await stored.next_run(tx) is None


async def test_two_rounds_have_different_questions(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    await begin(db, clock, live)
    await begin(db, clock, live, channel=21)
    first, second = await rows(db, live_rounds)
    assert not set(first.questions) & set(second.questions)


async def test_drafts_nobody_starts_are_forgotten(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    draft = await live.draft(SERVER, CHANNEL, HOST, SETTINGS)
    clock.advance(hours=2)
    await live.advance_due()
    assert await rows(db, live_rounds) == []
    with pytest.raises(UserError, match="called off, or its settings are too old"):
        await live.start(draft.round.id, by=HOST)


async def test_one_round_that_fails_holds_up_no_other(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    broken = await begin(db, clock, live)
    fine = await begin(db, clock, live, channel=21)
    async with db.write() as tx:
        await tx.execute(
            update(live_rounds).where(live_rounds.c.id == broken.id).values(questions=[], position=7)
        )
    await close(clock, live)
    assert (await current(db, fine.id)).state == State.SHOWING


async def test_members_who_are_forgotten_take_their_answers_with_them(db: Database, clock: FakeClock) -> None:
    live = service(db, clock)
    round_ = await begin(db, clock, live)
    await answer_all(db, clock, [live], round_.id, [5, 6])
    async with db.write() as tx:
        await tx.execute(members.delete().where(members.c.id == 5))
    assert [row.member_id for row in await rows(db, live_answers)] == [6]
    assert [row.member_id for row in await rows(db, live_players)] == [6]
    await close(clock, live)
    assert len(await rows(db, quiz_answers)) == 1
