"""The question of the day, from its set-up to its results, through the outbox and Discord."""

import asyncio
from datetime import time
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.feeds import Feed
from bot.domain.questions import Kind, Question
from bot.domain.quizzes.own import definition
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.domain.server_settings import Module
from bot.errors import UserError
from bot.services.quizzes.daily import Choice, DailyService
from bot.storage import server_settings, sql
from bot.storage.tables import daily_answers, daily_questions, server_questions, servers
from tests.cogs.quizzing import choose_old, first, recorded
from tests.cogs.world import World, buttons, click, nodes, said, texts

NINE = Schedule(time(9), "UTC", EVERY_DAY)


def service(world: World) -> DailyService:
    return world.app.services.quizzes.daily


async def set_up(world: World, only: Question | None = None, **options: Any) -> Feed:
    """Set a question of the day up; with `only` there is just this one, as the server's own."""
    if only is not None:
        from bot.content.questions import load_questions

        topics = [topic.id for topic in load_questions().topics]
        async with world.app.db.write() as tx:
            await sql.insert_new(tx, servers, [{"id": world.guild.id}])
            now = world.clock.now()
            await server_settings.write(tx, world.guild.id, Module.QUIZ, {"off": topics}, by=1, now=now)
            row = definition(only) | {"topic": "own"}
            await tx.execute(
                server_questions.insert().values(
                    server_id=world.guild.id, number=1, definition=row, created_by=1, created_at=now
                )
            )
    return await service(world).set_up(world.guild.id, world.papers.id, NINE, by=world.mod.id, **options)


def messages(world: World) -> list[Any]:
    stored = world.env.backend.messages.get(world.papers.id, {})
    return [message for _, message in sorted(stored.items())]


async def asked(world: World) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(daily_questions).order_by(daily_questions.c.id))).all())


async def chosen(world: World) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(daily_answers))).all())


async def answer(world: World, who: Any, question: Question, *, right: bool, daily_id: int = 1) -> Any:
    """Answer by the components of the post."""
    match question.kind:
        case Kind.SEVERAL:
            picked = question.correct if right else frozenset(range(len(question.options))) - question.correct
            return await choose_old(
                world, who, f"quizzes:day:{daily_id}", [str(each) for each in sorted(picked)]
            )
        case Kind.BOOLEAN:
            given = int(question.answer is right)
            return await world.press(f"quiz:daytruth:{daily_id}:{given}", who)
        case Kind.NUMERIC:
            form = await world.press(f"quiz:daynumber:{daily_id}", who)
            return await who.submit_modal(form, {"number": repr(question.value if right else 987654.0)})
        case _:
            place = next(at for at, option in enumerate(question.options) if option.correct is right)
            return await world.press(f"quiz:day:{daily_id}:{place}", who)


async def test_a_topic_is_named_and_not_by_its_id(world: World) -> None:
    await set_up(world)
    await world.next_day()
    (post,) = messages(world)
    topic = texts(post)[0].removeprefix("## Question of the day\n-# ").partition(" · ")[0]
    assert topic in {each.name for each in world.app.services.quizzes.library.bank.topics}


# --- From question to results ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [Kind.ONE, Kind.SEVERAL, Kind.BOOLEAN, Kind.NUMERIC, Kind.CODE, Kind.FORMULA]
)
async def test_a_question_is_asked_answered_and_resolved(world: World, kind: Kind) -> None:
    question = first(kind)
    await set_up(world, question)
    await world.next_day()
    (post,) = messages(world)
    assert "Question of the day" in "\n".join(texts(post))
    noted = await answer(world, world.member, question, right=False)
    assert "Your answer is noted" in said(noted)
    assert noted.response is not None
    assert noted.response.ephemeral
    await answer(world, world.member, question, right=True)  # changed
    await answer(world, world.mod, question, right=False)
    assert len(await chosen(world)) == 2
    assert await recorded(world) == []  # nothing counts before the results
    await world.next_day()
    result = "\n".join(texts(messages(world)[0]))
    assert "the results" in result
    assert "**50% were right** (1 of 2)" in result
    assert question.explanation[:25] in result.replace("\\", "")
    custom_ids = [node.get("custom_id", "") for node in nodes(messages(world)[0])]
    assert not [id_ for id_ in custom_ids if id_.startswith(("quiz:day:", "quizzes:day:", "quiz:daytruth:"))]
    rows = await recorded(world)
    assert {(row.member_id, row.mode, row.correct) for row in rows} == {
        (world.member.id, "daily", True),
        (world.mod.id, "daily", False),
    }
    assert len(rows) == 2
    mine = await world.press("quiz:daymine:1", world.member)
    assert "You were right" in said(mine)
    assert "Not this time" in said(await world.press("quiz:daymine:1", world.mod))


async def test_the_next_question_is_another_and_leads_to_the_results(world: World) -> None:
    await set_up(world)
    await world.next_day()
    await world.next_day()
    first_, second = await asked(world)
    assert first_.question_id != second.question_id
    text = "\n".join(texts(messages(world)[-1]))
    assert "Nobody answered the question before" in text
    assert f"https://discord.com/channels/{world.guild.id}/{world.papers.id}/{messages(world)[0].id}" in text


async def test_no_question_comes_again_in_a_month_of_days(world: World) -> None:
    await set_up(world, areas=("sql",))
    for _ in range(12):
        await world.next_day()
    rows = await asked(world)
    assert len({row.question_id for row in rows}) == 12


async def test_answers_after_the_results_are_refused(world: World) -> None:
    question = first(Kind.ONE)
    await set_up(world, question)
    await world.next_day()
    await world.next_day()
    result = await answer(world, world.member, question, right=True)
    assert "results of that question are out" in said(result)
    assert "You did not answer" in said(await world.press("quiz:daymine:1", world.member))


async def test_the_results_are_kept_back_until_they_are_out(world: World) -> None:
    await set_up(world, first(Kind.ONE))
    await world.next_day()
    assert "not out yet" in said(await world.press("quiz:daymine:1", world.member))


async def test_a_question_that_is_gone_says_so(world: World) -> None:
    for custom_id in ("quiz:day:77:0", "quiz:daytruth:77:1", "quiz:daynumber:77", "quiz:daymine:77"):
        assert "no longer kept" in said(await world.press(custom_id, world.member)), custom_id
    assert "no longer kept" in said(await choose_old(world, world.member, "quizzes:day:77", ["0"]))


async def test_a_choice_of_another_form_is_refused(world: World) -> None:
    await set_up(world, first(Kind.BOOLEAN))
    await world.next_day()
    assert "another question" in said(await world.press("quiz:day:1:0", world.member))
    assert await chosen(world) == []


async def test_a_number_that_is_none_is_refused(world: World) -> None:
    await set_up(world, first(Kind.NUMERIC))
    await world.next_day()
    form = await world.press("quiz:daynumber:1", world.member)
    assert "Type one number" in said(await world.member.submit_modal(form, {"number": "many"}))


# --- Twice, at once, after a restart ---------------------------------------------------------------------


async def test_a_choice_survives_a_restart_and_a_second_press_is_one_answer(world: World) -> None:
    question = first(Kind.ONE)
    await set_up(world, question)
    await world.next_day()
    await answer(world, world.member, question, right=True)
    await world.restart()
    await answer(world, world.member, question, right=True)
    assert len(await chosen(world)) == 1
    await world.next_day()
    assert len(await recorded(world)) == 1


async def test_a_hundred_at_once_are_all_noted(world: World) -> None:
    question = first(Kind.ONE)
    await set_up(world, question)
    await world.next_day()
    daily = service(world)
    with world.env.time_context():
        await asyncio.gather(
            *(
                daily.choose(Choice(1, 5000 + at, world.guild.id, at % len(question.options)))
                for at in range(100)
            )
        )
    assert len(await chosen(world)) == 100
    await world.next_day()
    assert len(await recorded(world)) == 100


async def test_a_restart_between_question_and_results_loses_nothing(world: World) -> None:
    question = first(Kind.BOOLEAN)
    await set_up(world, question)
    await world.next_day()
    await answer(world, world.member, question, right=True)
    await world.restart()
    await world.next_day()
    assert "**100% were right** (1 of 1)" in "\n".join(texts(messages(world)[0]))


async def test_doing_what_is_due_twice_asks_once(world: World) -> None:
    await set_up(world)
    await world.next_day()
    await world.run_due()
    await world.run_due()
    assert len(messages(world)) == 1


# --- Setting up ------------------------------------------------------------------------------------------


async def test_setting_it_up_again_changes_it(world: World) -> None:
    before = await set_up(world)
    later = Schedule(time(15), "Europe/Paris", EVERY_DAY)
    after = await service(world).set_up(world.guild.id, world.lounge.id, later, by=world.mod.id)
    assert (after.id, after.channel_id, after.plan.schedule) == (before.id, world.lounge.id, later)
    assert await service(world).current(world.guild.id) == after
    assert await service(world).switch_off(world.guild.id, by=world.mod.id)
    assert await service(world).current(world.guild.id) is None
    assert not await service(world).switch_off(world.guild.id, by=world.mod.id)


async def test_the_list_of_feeds_shows_it_and_edit_changes_its_time(world: World) -> None:
    await set_up(world)
    assert "A question of the day" in said(await world.feed("list"))
    result = await world.feed("edit", feed="1", time="18:00")
    assert "18:00" in said(result)
    assert "level and topics with" in said(await world.feed("edit", feed="1", limit=3))
    assert "question of the day" in said(await world.feed("preview", feed="1"))
    await world.feed("pause", feed="1")
    await world.next_day()
    assert messages(world) == []


@pytest.mark.parametrize("way", ["command", "button"])
async def test_its_panel_among_the_feeds_leads_to_the_rest(world: World, way: str) -> None:
    await set_up(world)
    listed = await world.feed("list")
    assert list(buttons(listed)) == ["Edit", "Pause", "Remove"]
    edit = await world.feed("edit", feed="1") if way == "command" else await click(world.mod, listed, "Edit")
    assert list(buttons(edit)) == ["Schedule", "Level and topics", "All feeds"]
    (menu,) = [node for node in nodes(edit.response) if node["type"] in {3, 6, 8}]
    assert menu["channel_types"] == [0, 5]
    form = await click(world.mod, edit, "Schedule")
    changed = await world.mod.submit_modal(form, {"time": "18:00", "zone": "UTC", "days": "weekdays"})
    assert "**Time**: 09:00 → 18:00" in said(changed)
    assert "## Quizzes in this server" in said(await click(world.mod, changed, "Level and topics"))


async def test_it_goes_to_no_forum(world: World) -> None:
    before = await set_up(world)
    forum = world.guild.create_forum_channel("talk")
    assert "text or announcement channel" in said(await world.feed("edit", feed="1", channel=forum))
    assert await service(world).current(world.guild.id) == before


async def test_where_it_may_not_post_the_question_waits_for_the_permission(world: World) -> None:
    await set_up(world)
    world.forbid(world.papers, send_messages=True)
    await world.next_day()
    await world.next_day()
    assert messages(world) == []
    world.forbid(world.papers)
    await world.next_day()
    await world.run_due()
    assert len(messages(world)) >= 1
    assert len([row for row in await asked(world) if row.closed_at is None]) == 1


async def test_own_questions_are_only_asked_in_their_server(world: World) -> None:
    question = first(Kind.ONE)
    await set_up(world, question)
    await world.next_day()
    (row,) = await asked(world)
    assert row.question_id == f"s{world.guild.id}:1"
    with pytest.raises(UserError, match="no longer kept"):
        await service(world).choose(Choice(1, 5, 4711, 0))
    assert service(world)._library.bank.by_id.get(row.question_id) is None
