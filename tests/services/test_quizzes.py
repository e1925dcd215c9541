"""Rounds, the question of the day, standing, quality and forgetting, on both databases."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, time
from random import Random
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.check import check_questions
from bot.clock import Clock
from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.questions import Kind, Level, Question
from bot.domain.quizzes import ANSWERS_KEPT, Answered, Mode
from bot.domain.quizzes.choosing import option_order
from bot.domain.quizzes.daily import Daily, Results
from bot.domain.quizzes.own import definition
from bot.domain.quizzes.reviewing import Grade
from bot.domain.quizzes.sessions import Wanted
from bot.domain.quizzes.standing import Period
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.members import MemberService
from bot.services.quizzes import (
    DailyService,
    Draft,
    Library,
    NothingDue,
    PlayService,
    Press,
    QualityService,
    ReviewReminders,
    StandingService,
    Turn,
)
from bot.services.quizzes.daily import Choice
from bot.settings import Settings
from bot.storage import server_settings, sql
from bot.storage.engine import Database
from bot.storage.quizzes import sessions, standing
from bot.storage.quizzes.recording import record_answers
from bot.storage.tables import (
    daily_answers,
    daily_questions,
    live_answers,
    live_players,
    live_rounds,
    members,
    outbox,
    question_reports,
    quiz_answers,
    quiz_members,
    quiz_ratings,
    quiz_sessions,
    review_cards,
    server_questions,
    servers,
    setting_changes,
)
from tests.support.clock import FakeClock
from tests.support.databases import counted

ADA, BO, SERVER = 11, 12, 77


@pytest.fixture
def library(db: Database, clock: FakeClock) -> Library:
    return Library(db, CareerService(db, clock))


@pytest.fixture
def play(db: Database, clock: FakeClock, library: Library) -> PlayService:
    return PlayService(db, clock, library, Random(1))


async def begin(db: Database, clock: Clock, *questions: Question, mode: Mode = Mode.PLAY) -> int:
    async with db.write() as tx:
        session = await sessions.add(
            tx,
            member_id=ADA,
            server_id=SERVER,
            mode=mode,
            wanted=Wanted(count=len(questions)),
            questions=[question.id for question in questions],
            now=clock.now(),
        )
    return session.id


async def some(library: Library, kind: Kind, count: int = 1) -> list[Question]:
    await library.load()
    return [each for each in library.bank.questions if each.kind is kind][:count]


async def rows(db: Database, table: Any) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(table))).all())


# --- Rounds ----------------------------------------------------------------------------------------------


async def test_every_kind_is_taken_as_it_was_given(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    for kind in Kind:
        (question,) = await some(library, kind)
        await _take(play, await begin(db, clock, question), question, clock.now())


async def _take(play: PlayService, session_id: int, question: Question, now: datetime) -> None:
    kind = question.kind
    given: Any = question.solution
    if kind is Kind.ORDER:
        for step in range(len(question.steps) - 1):
            place = option_order(question, f"session {session_id}").index(step)
            await play.pick(session_id, ADA, 0, place)
        given = Draft
    elif kind is Kind.NUMERIC:
        given = str(question.value)
    turn = await play.press(Press(session_id, ADA, 0, given))
    assert turn.outcome is not None
    assert turn.outcome.correct
    assert turn.outcome.answered(question) == question.solution
    again = await play.turn(session_id, ADA, 0)
    assert again.session == turn.session
    assert again.session.finished_at == now


async def test_another_member_is_refused_everywhere(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    (question,) = await some(library, Kind.ONE)
    session_id = await begin(db, clock, question)
    for attempt in (
        play.press(Press(session_id, BO, 0, 1)),
        play.press(Press(session_id, BO, 0, "1")),
        play.press(Press(session_id, BO, 0, None)),
        play.turn(session_id, BO, 0),
        play.summary(session_id, BO),
        play.pick(session_id, BO, 0, 1),
        play.undo(session_id, BO, 0),
        play.grade(session_id, BO, 0, Grade.EASY),
        play.again(session_id, BO),
        play.retry(session_id, BO),
    ):
        with pytest.raises(UserError, match="somebody else"):
            await attempt
    assert await rows(db, quiz_answers) == []


async def test_presses_that_come_together_share_a_transaction_and_spoil_nothing(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    (question,) = await some(library, Kind.ONE)
    ids = []
    async with db.write() as tx:
        for member_id in range(100, 130):
            session = await sessions.add(
                tx,
                member_id=member_id,
                server_id=SERVER,
                mode=Mode.PLAY,
                wanted=Wanted(count=1),
                questions=[question.id],
                now=clock.now(),
            )
            ids.append((session.id, member_id))
    good = [play.press(Press(session_id, member_id, 0, member_id % 4)) for session_id, member_id in ids]
    bad = [play.press(Press(session_id, BO, 0, 1)) for session_id, _ in ids[:5]]
    forged = [play.press(Press(ids[0][0], ids[0][1], 0, 99))]
    outcomes = await asyncio.gather(*bad, *forged, *good, return_exceptions=True)
    assert all(isinstance(each, UserError) for each in outcomes[:6])
    assert all(isinstance(each, Turn) for each in outcomes[6:])
    assert len(await rows(db, quiz_answers)) == 30


async def test_two_processes_take_one_press_once(
    db: Database, clock: FakeClock, library: Library, play: PlayService
) -> None:
    (question,) = await some(library, Kind.ONE)
    session_id = await begin(db, clock, question)
    other = PlayService(db, clock, library)
    right = next(iter(question.correct))
    turns = await asyncio.gather(
        *(
            service.press(Press(session_id, ADA, 0, (right + at) % len(question.options)))
            for at, service in enumerate((play, other, play, other))
        )
    )
    assert len({turn.session.outcomes for turn in turns}) == 1
    assert len(await rows(db, quiz_answers)) == 1


async def test_a_round_takes_what_was_asked_for(play: PlayService) -> None:
    turn = await play.start(ADA, None, Wanted(areas=("statistics",), level=Level.ADVANCED, count=20))
    assert 0 < turn.session.count <= 20
    with pytest.raises(UserError, match="no such questions"):
        await play.start(ADA, None, Wanted(areas=("nothing",)))


async def test_new_questions_come_before_those_that_were_answered(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    await library.load()
    wanted = Wanted(areas=("sql",), level=Level.BEGINNER, count=5)
    seen: list[str] = []
    for _ in range(2):
        turn = await play.start(ADA, None, wanted)
        seen += turn.session.questions
        for position, id_ in enumerate(turn.session.questions):
            question = library.bank.by_id[id_]
            given: Any = question.solution if question.kind is not Kind.NUMERIC else str(question.value)
            await play.press(Press(turn.session.id, ADA, position, given))
    assert len(set(seen)) == 10


@pytest.mark.parametrize("adaptive", [False, True])
async def test_a_skip_shows_what_follows_and_so_does_the_same_skip_again(
    play: PlayService, library: Library, adaptive: bool
) -> None:
    await library.load()
    turn = await play.start(ADA, None, Wanted(areas=("sql",), count=3, adaptive=adaptive))
    for position in range(3):
        skip = Press(turn.session.id, ADA, position, None)
        for _ in range(2):
            following = await play.press(skip)
            assert following == await play.turn(turn.session.id, ADA, position + 1)
            assert following.session.outcomes[position].skipped
            assert (following.question is None) is (position == 2)
    assert (await play.press(Press(turn.session.id, ADA, 0, None))).position == 1


async def test_an_adaptive_round_ends_where_there_are_no_more(
    db: Database, play: PlayService, library: Library
) -> None:
    await library.load()
    wanted = Wanted(areas=("gans",), count=20, adaptive=True)
    turn = await play.start(ADA, None, wanted)
    total = turn.session.count
    for position in range(total):
        await play.press(Press(turn.session.id, ADA, position, None))
    summary = await play.summary(turn.session.id, ADA)
    assert len(summary.questions) == total
    assert summary.session.over


async def test_own_questions_and_switches_make_the_pool(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    await library.load()
    question = library.bank.questions[0]
    async with db.write() as tx:
        await sql.insert_new(tx, servers, [{"id": SERVER}])
        topics = [topic.id for topic in library.bank.topics]
        await server_settings.write(tx, SERVER, Module.QUIZ, {"off": topics}, by=1, now=clock.now())
        await tx.execute(
            server_questions.insert(),
            [
                {
                    "server_id": SERVER,
                    "number": number,
                    "definition": definition(question) | {"topic": "own"},
                    "created_by": 1,
                    "created_at": clock.now(),
                    "removed_at": clock.now() if number == 2 else None,
                }
                for number in (1, 2)
            ],
        )
    turn = await play.start(ADA, SERVER, Wanted(count=10))
    assert turn.session.questions == (f"s{SERVER}:1",)
    assert (await play.start(ADA, SERVER + 1, Wanted(count=10))).session.count == 10
    assert [area.id for area in (await library.areas(SERVER)).suggest("")] == ["own"]
    # A miss of it is reviewed there and nowhere else.
    await play.press(Press(turn.session.id, ADA, 0, frozenset({0})))
    clock.advance(hours=1)
    assert isinstance(await play.start_review(ADA, None), NothingDue)
    assert isinstance(await play.start_review(ADA, SERVER + 1), NothingDue)
    assert isinstance(await play.start_review(ADA, SERVER), Turn)
    async with db.write() as tx:
        await tx.execute(server_questions.update().values(removed_at=clock.now()))
    assert isinstance(await play.start_review(ADA, SERVER), NothingDue)
    assert (await play.turn(turn.session.id, ADA, 0)).question is not None  # what was asked can be looked at


# --- The question of the day -----------------------------------------------------------------------------


class Cards:
    """Renders in few words."""

    def ask(self, feed: Feed, daily: Daily, question: Question, before: Results | None) -> Rendered:
        return Rendered({"content": question.id}, f"ask {daily.id}")

    def results(self, feed: Feed, results: Results) -> Rendered:
        return Rendered({"content": f"{results.right} of {results.total}"}, f"results {results.daily.id}")


@pytest.fixture
def daily(db: Database, clock: FakeClock, library: Library) -> DailyService:
    return DailyService(db, clock, library, Cards())


async def test_two_processes_ask_one_question(
    db: Database, clock: FakeClock, daily: DailyService, library: Library
) -> None:
    await daily.set_up(SERVER, 5, Schedule(time(9), "UTC", EVERY_DAY), by=1)
    other = DailyService(db, clock, library, Cards())
    clock.advance(hours=10)
    built = await asyncio.gather(daily.build_due(), other.build_due(), daily.build_due())
    assert sum(built) == 1
    assert len(await rows(db, outbox)) == 1


async def test_what_a_server_was_asked_is_told_in_no_other(
    db: Database, clock: FakeClock, daily: DailyService
) -> None:
    await daily.set_up(SERVER, 5, Schedule(time(9), "UTC", EVERY_DAY), by=1)
    for _ in range(2):
        clock.advance(days=1)
        await daily.build_due()
        async with db.write() as tx:
            await tx.execute(outbox.update().values(state="sent", message_id=1))
    first = min(row.id for row in await rows(db, daily_questions))
    assert (await daily.mine(first, ADA, SERVER)).answer is None
    for elsewhere in (SERVER + 1, None):
        with pytest.raises(UserError, match="no longer kept"):
            await daily.mine(first, ADA, elsewhere)


async def test_answers_that_race_with_the_results_are_taken_or_refused(
    db: Database, clock: FakeClock, daily: DailyService, library: Library
) -> None:
    await library.load()
    await daily.set_up(SERVER, 5, Schedule(time(9), "UTC", EVERY_DAY), by=1)
    clock.advance(hours=10)
    await daily.build_due()
    async with db.write() as tx:
        await tx.execute(outbox.update().values(state="sent", message_id=9, sent_at=clock.now()))
    (entry,) = await rows(db, outbox)
    question = library.bank.by_id[entry.payload.split('"')[3]]
    given: Any = question.solution if question.kind is not Kind.NUMERIC else str(question.value)
    clock.advance(days=1)
    results = await asyncio.gather(
        *(daily.choose(Choice(1, 100 + at, SERVER, given)) for at in range(20)),
        daily.build_due(),
        *(daily.choose(Choice(1, 200 + at, SERVER, given)) for at in range(20)),
        return_exceptions=True,
    )
    taken = sum(not isinstance(each, BaseException) for each in results) - 1
    assert all(isinstance(each, UserError) for each in results if isinstance(each, BaseException))
    assert len(await rows(db, daily_answers)) == taken
    assert len(await rows(db, quiz_answers)) == taken


async def test_the_log_of_settings_says_what_was_set_up(db: Database, daily: DailyService) -> None:
    nine = Schedule(time(9), "UTC", EVERY_DAY)
    await daily.set_up(SERVER, 5, nine, by=1)
    await daily.set_up(SERVER, 5, nine, by=1)
    await daily.set_up(SERVER, 6, nine, level=Level.BEGINNER, areas=("sql",), by=2)
    await daily.switch_off(SERVER, by=3)
    changes = await rows(db, setting_changes)
    assert [(change.by, change.target) for change in changes] == [(1, "1"), (2, "1"), (3, "1")]
    assert changes[1].after["areas"] == ["sql"]
    assert changes[2].after is None


async def test_of_two_who_set_it_up_at_once_there_is_one_feed(db: Database, daily: DailyService) -> None:
    nine = Schedule(time(9), "UTC", EVERY_DAY)
    feeds = await asyncio.gather(*(daily.set_up(SERVER, 5, nine, by=at) for at in range(4)))
    assert len({feed.id for feed in feeds}) == 1


async def test_after_days_away_one_question_is_asked(
    db: Database, clock: FakeClock, daily: DailyService
) -> None:
    await daily.set_up(SERVER, 5, Schedule(time(9), "UTC", EVERY_DAY), by=1)
    clock.advance(days=5)
    assert await daily.build_due() == 1
    assert await daily.build_due() == 0


# --- Standing, quality, reminders, forgetting ------------------------------------------------------------


async def answer(db: Database, clock: Clock, *given: tuple[int, Question, bool], origin_id: int = 1) -> None:
    async with db.write() as tx:
        await sql.insert_new(tx, members, [{"id": each[0]} for each in given])
        await record_answers(
            tx,
            [
                Answered(member_id, question, right, float(right), Mode.PLAY, origin_id, SERVER, clock.now())
                for member_id, question, right in given
            ],
        )


async def test_stats_and_board(db: Database, clock: FakeClock, library: Library) -> None:
    one, two = await some(library, Kind.ONE, 2)
    await answer(db, clock, (ADA, one, True), (ADA, two, False), (BO, one, True))
    service = StandingService(db, clock)
    stats = await service.stats(ADA, SERVER)
    assert (stats.answers, stats.right, stats.cards, stats.streak.days) == (2, 1, 1, 1)
    board = await service.board(SERVER, BO, Period.WEEK)
    assert [place.place for place in board.top] == [1, 1]
    await service.hide(ADA, hidden=True)
    board = await service.board(SERVER, ADA, Period.ALL)
    assert [place.member_id for place in board.top] == [BO]
    assert board.hidden
    assert board.mine is None
    assert (await service.board(SERVER + 1, ADA, Period.ALL)).top == ()


async def test_whoever_is_in_no_list_is_on_no_leaderboard(
    db: Database, clock: FakeClock, library: Library
) -> None:
    (one,) = await some(library, Kind.ONE)
    await answer(db, clock, (ADA, one, True), (BO, one, True))
    await MemberService(db, clock).wish(ADA, visible=False)
    service = StandingService(db, clock)
    board = await service.board(SERVER, ADA, Period.ALL)
    assert [place.member_id for place in board.top] == [BO]
    assert board.hidden
    with pytest.raises(UserError, match="/me settings"):
        await service.hide(ADA, hidden=False)
    await MemberService(db, clock).wish(ADA, visible=True)
    assert len((await service.board(SERVER, ADA, Period.ALL)).top) == 2


class Register:
    """Who left, as Discord would say it."""

    def __init__(self, *left: int) -> None:
        self.left = set(left)
        self.asked: list[list[int]] = []

    async def gone(self, _server_id: int, member_ids: Sequence[int]) -> list[int]:
        self.asked.append(sorted(member_ids))
        return [id_ for id_ in member_ids if id_ in self.left]


async def test_who_left_the_server_is_on_its_leaderboard_no_more(
    db: Database, clock: FakeClock, library: Library
) -> None:
    one, two = await some(library, Kind.ONE, 2)
    crowd = range(100, 122)
    await answer(db, clock, *((id_, one, True) for id_ in crowd), *((id_, two, True) for id_ in crowd[:12]))
    register = Register(*crowd[:11])
    service = StandingService(db, clock, gone=register.gone)

    async def shown() -> list[tuple[int, int]]:
        board = await service.board(SERVER, BO, Period.ALL)
        return [(place.place, place.member_id) for place in board.top]

    assert await shown() == [(1, 111), *((2, id_) for id_ in range(112, 121))]
    # Ten were shown at first, ten of them had left, and so had one of those who came in their place.
    assert [len(ids) for ids in register.asked] == [10, 10, 1]
    register.asked.clear()
    await shown()
    assert register.asked == []  # for a quarter of an hour nobody is asked about again
    clock.advance(minutes=16)
    await shown()
    assert [len(ids) for ids in register.asked] == [10]
    # What another process or the round of everybody found out counts at once.
    register.left.clear()
    await answer(db, clock, (100, one, True), origin_id=2)
    assert await shown() == [(1, 100), (1, 111), *((3, id_) for id_ in range(112, 120))]


async def test_a_discord_that_is_silent_holds_up_no_leaderboard(
    db: Database, clock: FakeClock, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = await some(library, Kind.ONE)
    await answer(db, clock, (ADA, one, True))

    async def silent(_server_id: int, _member_ids: Sequence[int]) -> list[int]:
        await asyncio.Event().wait()
        return []

    monkeypatch.setattr("bot.services.quizzes.standing.LOOK_WITHIN_S", 0.01)
    board = await StandingService(db, clock, gone=silent).board(SERVER, BO, Period.ALL)
    assert [place.member_id for place in board.top] == [ADA]


async def test_nobody_is_reminded_who_wants_no_direct_messages(
    db: Database, clock: FakeClock, library: Library
) -> None:
    (one,) = await some(library, Kind.ONE)
    reminders = ReviewReminders(db, clock, lambda due, at: Rendered({"content": str(due)}, f"due {at}"))
    wishes = MemberService(db, clock)
    await reminders.set(ADA, 55, time(18), "Europe/Paris")
    await answer(db, clock, (ADA, one, False))
    await wishes.wish(ADA, dms=False)
    clock.advance(days=1)
    assert await reminders.remind_due() == 0
    assert await rows(db, outbox) == []
    with pytest.raises(UserError, match="/me settings"):
        await reminders.set(ADA, 55, time(18), "Europe/Paris")
    await wishes.wish(ADA, dms=True)
    clock.advance(days=1)
    assert await reminders.remind_due() == 1


def _report(question: Question, reason: str, now: datetime) -> Rendered:
    assert now.tzinfo is not None
    return Rendered({"content": reason}, f"about {question.id}")


async def test_bundled_questions_with_poor_figures_or_many_reports_are_flagged(
    db: Database, clock: FakeClock, library: Library
) -> None:
    one, two = await some(library, Kind.ONE, 2)
    quality = QualityService(db, clock, library, _report, notice_channel=lambda _server, _chosen: None)
    assert await quality.flagged() == []
    await answer(db, clock, *((id_, one, False) for id_ in range(1000, 1040)))
    for member_id in (1, 2, 3):
        await quality.report(member_id, SERVER, two.id, "wrong")
    with pytest.raises(UserError, match="already"):
        await quality.report(1, SERVER, two.id, "wrong")
    flagged = {each.question.id: each.reasons for each in await quality.flagged()}
    assert set(flagged) == {one.id, two.id}
    assert "only 0% of 40" in flagged[one.id][0]
    assert "3 members" in flagged[two.id][0]
    assert (await quality.stats(one)).answers == 40


async def test_cohort_check_names_flagged_questions_and_passes(
    db: Database, clock: FakeClock, library: Library, database_url: str
) -> None:
    (one,) = await some(library, Kind.ONE)
    settings = Settings(database_url=database_url.replace("sqlite+aiosqlite", "sqlite"))
    assert await check_questions(settings) == []
    await answer(db, clock, *((id_, one, False) for id_ in range(1000, 1040)))
    (finding,) = await check_questions(settings)
    assert finding.fine
    assert finding.note
    assert one.id in finding.words


async def test_moderators_hear_of_reports_on_their_own_questions(
    db: Database, clock: FakeClock, library: Library, daily: DailyService
) -> None:
    await library.load()
    async with db.write() as tx:
        await sql.insert_new(tx, servers, [{"id": SERVER}])
        row = {
            "server_id": SERVER,
            "number": 1,
            "definition": definition(library.bank.questions[0]) | {"topic": "own"},
            "created_by": 1,
            "created_at": clock.now(),
        }
        await tx.execute(server_questions.insert().values(**row))
    quality = QualityService(db, clock, library, _report, notice_channel=lambda _server, _chosen: 99)
    await quality.report(ADA, SERVER, f"s{SERVER}:1", "no feed carries it")
    assert await rows(db, outbox) == []
    for elsewhere in (SERVER + 1, None):
        with pytest.raises(UserError, match="no longer there"):
            await quality.report(BO, elsewhere, f"s{SERVER}:1", "a question of another server")
    await daily.set_up(SERVER, 5, Schedule(time(9), "UTC", EVERY_DAY), by=1)
    await quality.report(BO, SERVER, f"s{SERVER}:1", "B is right too")
    (entry,) = await rows(db, outbox)
    assert (entry.channel_id, entry.state) == (99, "pending")
    (flagged,) = await quality.flagged_own(SERVER)
    assert set(flagged.reasons) == {"“B is right too”", "“no feed carries it”"}
    assert await quality.flagged_own(SERVER + 1) == []


async def test_what_is_reported_is_asked_for_once_whatever_the_number_of_questions(
    db: Database, clock: FakeClock, library: Library
) -> None:
    await library.load()
    quality = QualityService(db, clock, library, _report, notice_channel=lambda _server, _chosen: None)

    async def write(number: int) -> None:
        values = {"server_id": SERVER, "number": number, "created_by": 1, "created_at": clock.now()}
        questions = library.bank.questions
        async with db.write() as tx:
            await sql.insert_new(tx, servers, [{"id": SERVER}])
            body = definition(questions[number]) | {"topic": "own"}
            await tx.execute(server_questions.insert().values(**values, definition=body))
        for member_id in range(1, number + 4):
            clock.advance(seconds=1)
            await quality.report(member_id, SERVER, f"s{SERVER}:{number}", f"reason {member_id}")

    await write(1)
    with counted(db) as statements:
        (one,) = await quality.flagged_own(SERVER)
    asked = len(statements)
    assert one.reasons[-3:] == ("“reason 4”", "“reason 3”", "“reason 2”")
    for number in range(2, 6):
        await write(number)
    with counted(db) as statements:
        assert len(await quality.flagged_own(SERVER)) == 5
    assert len(statements) == asked


async def test_reminders_are_claimed_once_by_two_processes(
    db: Database, clock: FakeClock, library: Library
) -> None:
    (one,) = await some(library, Kind.ONE)
    render = lambda due, at: Rendered({"content": str(due)}, f"due {at}")  # noqa: E731
    first, second = ReviewReminders(db, clock, render), ReviewReminders(db, clock, render)
    await first.set(ADA, 55, time(18), "Europe/Paris")
    await answer(db, clock, (ADA, one, False))
    clock.advance(days=1)
    sent = await asyncio.gather(first.remind_due(), second.remind_due())
    assert sum(sent) == 1
    assert len(await rows(db, outbox)) == 1
    assert await first.stop_for(ADA)
    assert await rows(db, outbox) == []
    assert not await first.stop_for(ADA)


async def test_a_reminder_that_fails_delays_nobody_elses(
    db: Database, clock: FakeClock, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever waits longest fails; they come again at the next look, and are told once it works."""
    monkeypatch.setattr("bot.services.quizzes.reminding.AT_ONCE", 2)
    (one,) = await some(library, Kind.ONE)
    broken = {1}

    def render(due: int, at: datetime) -> Rendered:
        if at.minute in broken:
            raise RuntimeError("a fault of ours")
        return Rendered({"content": str(due)}, f"due {at}")

    reminders = ReviewReminders(db, clock, render)
    for number in range(1, 6):
        await reminders.set(number, 50 + number, time(18, number), "UTC")
    await answer(db, clock, *[(number, one, False) for number in range(1, 6)])
    clock.advance(days=1)
    assert await reminders.remind_due() == 4
    assert await reminders.remind_due() == 0
    broken.clear()
    assert await reminders.remind_due() == 1
    assert sorted(row.channel_id for row in await rows(db, outbox)) == [51, 52, 53, 54, 55]


async def test_forgetting_a_member_leaves_nothing_of_them(
    db: Database, clock: FakeClock, play: PlayService, library: Library
) -> None:
    (one,) = await some(library, Kind.ONE)
    turn = await play.start(ADA, SERVER, Wanted())
    await answer(db, clock, (ADA, one, False), (BO, one, True), origin_id=turn.session.id + 50)
    quality = QualityService(db, clock, library, _report, notice_channel=lambda _server, _chosen: None)
    await quality.report(ADA, SERVER, one.id, "wrong")
    service = StandingService(db, clock)
    await service.hide(ADA, hidden=True)
    async with db.write() as tx:
        await sql.insert_new(tx, servers, [{"id": SERVER}])
        round_id = await tx.scalar(
            live_rounds.insert()
            .values(
                server_id=SERVER, channel_id=1, host_id=ADA, settings={}, questions=[], state="done",
                created_at=clock.now(),
            )
            .returning(live_rounds.c.id)
        )  # fmt: skip
        await tx.execute(
            live_players.insert().values(round_id=round_id, member_id=ADA, joined_at=clock.now())
        )
        await tx.execute(
            live_answers.insert().values(
                round_id=round_id, position=0, member_id=ADA, answer=1, answered_at=clock.now()
            )
        )
    assert await service.forget(ADA) == 1
    for table in (
        quiz_answers, review_cards, quiz_ratings, quiz_sessions, quiz_members, question_reports, live_players,
        live_answers, daily_answers,
    ):  # fmt: skip
        assert not [row for row in await rows(db, table) if row.member_id == ADA], table.name
    assert [row.member_id for row in await rows(db, quiz_answers)] == [BO]


async def test_answers_are_kept_for_two_years(db: Database, clock: FakeClock, library: Library) -> None:
    (one,) = await some(library, Kind.ONE)
    await answer(db, clock, (ADA, one, True))
    clock.advance(days=ANSWERS_KEPT.days + 1)
    await answer(db, clock, (BO, one, True))
    async with db.write() as tx:
        assert await standing.purge(tx, clock.now() - ANSWERS_KEPT) == 1
        assert await tx.scalar(select(func.count()).select_from(quiz_answers)) == 1
        assert await tx.scalar(select(func.count()).select_from(quiz_ratings)) == 2
