"""A server's own questions over both databases: staged files, two moderators at once, limits, the log."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from bot.content.questions import load_questions
from bot.domain.question_import import Format, to_csv
from bot.domain.questions import Kind, Level, Option
from bot.domain.quizzes.own_drafts import MAX_OWN, read_form, same_form, written_options, written_reference
from bot.domain.quizzes.pool import switched_off
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.careers import CareerService
from bot.services.papers import RecentPapers
from bot.services.quizzes import Library, OwnQuestions
from bot.sources.worker import Worker
from bot.storage import server_settings
from bot.storage.engine import Database
from bot.storage.tables import server_questions, setting_changes
from tests.support.clock import FakeClock

SERVER, OTHER, BY = 1, 2, 9


@pytest_asyncio.fixture
async def own(db: Database, clock: FakeClock) -> AsyncIterator[OwnQuestions]:
    async with Worker() as worker:
        library = Library(db, CareerService(db, clock, RecentPapers(db, clock)))
        yield OwnQuestions(db, clock, library, worker)


async def rows(db: Database, table: Any) -> list[Any]:
    async with db.read() as tx:
        return list((await tx.execute(select(table).order_by(table.c.id))).all())


def question(prompt: str = "Which?", options: str = "* a\nb\nc") -> Any:
    return read_form(prompt, options, "Because.", "", level=Level.BEGINNER, skills=("sql",))


def table(count: int, *, word: str = "Question", long: int = 0) -> bytes:
    return "".join(f"{word} {n}{' x' * long}?,yes,no,maybe,A\n" for n in range(count)).encode()


async def test_numbers_are_never_used_again(db: Database, own: OwnQuestions) -> None:
    assert [await own.add(SERVER, question(f"Which {n}?"), by=BY) for n in range(3)] == [1, 2, 3]
    await own.remove(SERVER, 3, by=BY)
    assert await own.add(SERVER, question("Another?"), by=BY) == 4
    assert await own.add(OTHER, question(), by=BY) == 1
    assert [number for number, _ in (await own.page(SERVER, 0)).questions] == [1, 2, 4]


async def test_two_moderators_add_at_once(db: Database, own: OwnQuestions) -> None:
    numbers = await asyncio.gather(*(own.add(SERVER, question(f"Which {n}?"), by=n) for n in range(12)))
    assert sorted(numbers) == list(range(1, 13))
    same = await asyncio.gather(
        *(own.add(SERVER, question("The same?"), by=n) for n in range(5)), return_exceptions=True
    )
    assert sum(isinstance(each, int) for each in same) == 1
    assert len(await rows(db, setting_changes)) == 13


async def test_nothing_staged_is_asked_and_agreeing_takes_all_or_nothing(
    db: Database, own: OwnQuestions
) -> None:
    preview = await own.preview(SERVER, table(30), by=BY, level=Level.ADVANCED, skill="sql")
    assert (preview.first, preview.last, preview.new) == (1, 30, 30)
    assert (await own.state(SERVER)).own == 0
    with pytest.raises(UserError):
        await own.get(SERVER, 1)
    assert await own.agree(SERVER, 1, 30, by=BY) == 30
    found = await own.get(SERVER, 30)
    assert (found.level, found.skills, found.topic) == (Level.ADVANCED, ("sql",), "own")
    with pytest.raises(UserError, match="added already"):
        await own.agree(SERVER, 1, 30, by=BY)
    assert await own.take_back(SERVER, 1, 30, by=BY) == 30
    assert await own.take_back(SERVER, 1, 30, by=BY) == 0
    assert (await own.state(SERVER)).own == 0
    assert [row.target for row in await rows(db, setting_changes)] == ["import", "import"]


async def test_a_file_of_another_server_cannot_be_agreed_to(own: OwnQuestions) -> None:
    await own.preview(SERVER, table(3), by=BY)
    with pytest.raises(UserError, match="added already, or the file was read more than a day ago"):
        await own.agree(OTHER, 1, 3, by=BY)


async def test_what_nobody_agreed_to_is_forgotten_after_a_day(
    db: Database, clock: FakeClock, own: OwnQuestions
) -> None:
    await own.preview(SERVER, table(3), by=BY)
    assert await own.discard(SERVER, 1, 1) == 1
    clock.advance(days=2)
    await own.preview(SERVER, table(2, word="More"), by=BY)
    assert len(await rows(db, server_questions)) == 2


async def test_removed_questions_are_not_taken_for_staged_ones(
    db: Database, clock: FakeClock, own: OwnQuestions
) -> None:
    number = await own.add(SERVER, question(), by=BY)
    clock.advance(hours=1)
    await own.remove(SERVER, number, by=BY)
    clock.advance(days=3)
    await own.preview(SERVER, table(1), by=BY)
    assert await own.discard(SERVER, number, number) == 0
    assert (await own.restore(SERVER, number, by=BY)).prompt == "Which?"


async def test_a_large_file_is_read_in_a_process_of_its_own(own: OwnQuestions) -> None:
    data = table(500, long=100)
    assert len(data) > 100_000
    preview = await own.preview(SERVER, data, by=BY)
    assert (preview.reading.format, preview.new) == (Format.CSV, 500)


async def test_bundled_questions_are_known_and_left_out(own: OwnQuestions) -> None:
    bank = load_questions().questions[:20]
    preview = await own.preview(SERVER, to_csv(bank).encode(), by=BY)
    assert (preview.new, len(preview.known), preview.faults) == (0, 20, ())


async def test_there_is_room_for_so_many(own: OwnQuestions) -> None:
    for start in range(MAX_OWN // 500):
        preview = await own.preview(SERVER, table(500, word=f"Word{start}"), by=BY)
        await own.agree(SERVER, preview.first, preview.last, by=BY)
    assert (await own.state(SERVER)).own == MAX_OWN
    with pytest.raises(UserError, match="may have 1,000 questions"):
        await own.add(SERVER, question(), by=BY)
    with pytest.raises(UserError, match="may have 1,000 questions"):
        await own.preview(SERVER, table(1, word="Other"), by=BY)


async def test_a_change_of_words_keeps_the_number(own: OwnQuestions) -> None:
    number = await own.add(SERVER, question(), by=BY)
    assert await own.change(SERVER, number, question("Which one?"), by=BY) == number
    other = await own.change(SERVER, number, question("Which one?", "a\n* b\nc"), by=BY)
    assert other == number + 1
    with pytest.raises(UserError, match="There is no question 1 any more"):
        await own.get(SERVER, number)
    await own.add(SERVER, question("Third?"), by=BY)
    with pytest.raises(UserError, match="there already, as number 3"):
        await own.change(SERVER, other, question("Third?"), by=BY)


async def test_topics_are_switched_off_beside_what_else_is_set(
    db: Database, clock: FakeClock, own: OwnQuestions
) -> None:
    async with db.write() as tx:
        await server_settings.write(tx, SERVER, Module.QUIZ, {"else": 1}, by=BY, now=clock.now())
    assert await own.switch(SERVER, {"sql", "unknown"}, by=BY) == {"sql"}
    async with db.read() as tx:
        settings = await server_settings.read(tx, SERVER, Module.QUIZ)
    assert settings == {"else": 1, "off": ["sql"]}
    assert switched_off(settings) == {"sql"}
    with pytest.raises(UserError, match="Leave at least one topic on"):
        await own.switch(SERVER, {topic.id for topic in await own.topics()}, by=BY)


async def test_without_questions_there_is_nothing_to_export(own: OwnQuestions) -> None:
    with pytest.raises(UserError, match="no questions of its own yet"):
        await own.export(SERVER)


async def test_exported_and_imported_elsewhere_they_are_the_same(own: OwnQuestions) -> None:
    bank = {each.kind: each for each in load_questions().questions}
    for kind in Kind:
        await own.add(SERVER, replace(bank[kind], id="", prompt=f"Of kind {kind.value}?"), by=BY)
    for number, text in enumerate(await own.export(SERVER)):
        server = 10 + number
        preview = await own.preview(server, text.encode(), by=BY)
        assert preview.faults == ()
        await own.agree(server, preview.first, preview.last, by=BY)
        before = [each for _, each in (await own.page(SERVER, 0)).questions]
        after = [each for _, each in (await own.page(server, 0)).questions]
        assert [replace(each, id="", formula="") for each in after] == [
            replace(each, id="", formula="") for each in before
        ]


async def test_waiting_days_do_not_matter_to_agreed_ones(
    db: Database, clock: FakeClock, own: OwnQuestions
) -> None:
    preview = await own.preview(SERVER, table(2), by=BY)
    await own.agree(SERVER, preview.first, preview.last, by=BY)
    clock.advance(seconds=timedelta(days=5).total_seconds())
    await own.preview(SERVER, table(1, word="More"), by=BY)
    assert (await own.state(SERVER)).own == 2


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind is not Kind.ORDER])
def test_the_form_takes_what_it_shows(kind: Kind) -> None:
    for each in [each for each in load_questions().questions if each.kind is kind][:40]:
        again = read_form(
            each.prompt,
            written_options(each),
            each.explanation,
            written_reference(each),
            level=each.level,
            skills=each.skills,
        )
        assert again.options == tuple(replace(option) for option in each.options)
        assert (again.answer, again.value, again.tolerance) == (each.answer, each.value, each.tolerance)
        assert again.reference == each.reference
        kept = replace(again, kind=each.kind, code=each.code)
        assert same_form(each, kept)


def test_an_option_with_slashes_is_no_reason() -> None:
    made = read_form("Which?", "* a//b\nhttps://x.org", "", "", level=Level.BEGINNER, skills=())
    assert made.options == (Option("a//b", True), Option("https://x.org"))
