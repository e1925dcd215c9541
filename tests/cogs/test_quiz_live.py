"""`/quiz live` through Discord's command tree: the host, the players, those who may not, and what goes wrong."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
import simcord
from discord import Permissions
from sqlalchemy import select

from bot.domain.questions import Kind, Question
from bot.domain.quizzes.answers import stored
from bot.domain.quizzes.live import GRACE, LEAD, OPENING, PAUSE, Round, State
from bot.services.quizzes import LiveService
from bot.storage.tables import live_answers, live_rounds, outbox, quiz_answers
from tests.cogs.world import World, buttons, click, nodes, said, texts

SECONDS = 20


def service(world: World) -> LiveService:
    return world.app.services.quizzes.live


async def host(
    world: World, by: simcord.MemberActor | None = None, **options: Any
) -> simcord.InteractionResult:
    return await (by or world.mod).slash(world.lounge, "quiz live", **options)


async def start(world: World, by: simcord.MemberActor | None = None, **options: Any) -> int:
    """Start a round in #lounge, let its opening arrive and return its id."""
    result = await host(world, by, **options)
    await click(by or world.mod, result, "Start")
    await world.run_due()
    round_id: int = (await rows(world))[-1].id
    return round_id


async def rows(world: World) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(live_rounds).order_by(live_rounds.c.id))).all())


async def table(world: World, which: Any) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(which))).all())


async def question(world: World, round_id: int) -> Question:
    """The question that is asked now."""
    row = next(row for row in await rows(world) if row.id == round_id)
    library = world.app.services.quizzes.library
    async with world.app.db.read() as tx:
        found = await library.questions(tx, list(row.questions))
    return found[row.questions[row.position]]


async def pass_time(world: World, **delta: float) -> None:
    await world.env.advance_time(timedelta(**delta).total_seconds())
    await world.run_due()


async def ask(world: World) -> None:
    """From the opening or a result to the next question, with its time begun."""
    await pass_time(world, seconds=OPENING.total_seconds())
    await pass_time(world, seconds=1)


async def close(world: World) -> None:
    await pass_time(world, seconds=(LEAD + GRACE).total_seconds() + SECONDS)
    await world.run_due()


def card(world: World, number: int = -1) -> Any:
    stored_messages = world.env.backend.messages.get(world.lounge.id, {})
    public = [message for _, message in sorted(stored_messages.items()) if not message.flags & 64]
    return public[number]


def last(world: World) -> Any:
    """The newest message that everybody sees."""
    message = world.lounge.last_message
    assert message is not None
    return message


def text(world: World, number: int = -1) -> str:
    return "\n".join(texts(card(world, number)))


def ids(message: Any) -> list[str]:
    return [node["custom_id"] for node in nodes(message) if node.get("custom_id")]


async def answer(
    world: World, who: simcord.MemberActor, round_id: int, *, right: bool = True
) -> simcord.InteractionResult:
    """Answer the open question with its buttons or its menu."""
    asked = await question(world, round_id)
    row = next(row for row in await rows(world) if row.id == round_id)
    message = last(world)
    if asked.kind is Kind.SEVERAL:
        picks = asked.correct if right else frozenset(range(len(asked.options))) - asked.correct
        return await who.select(
            message, [str(pick) for pick in picks], custom_id=f"quizzes:livemany:{round_id}:{row.position}"
        )
    if asked.kind is Kind.NUMERIC:
        form = await who.click(message, custom_id=f"quiz:livetype:{round_id}:{row.position}")
        return await who.submit_modal(
            form, {"number": repr(asked.value if right else (asked.value or 0) + 7e6)}
        )
    solution = asked.solution
    assert isinstance(solution, int)
    if asked.kind is Kind.BOOLEAN:
        pick = int(solution if right else not solution)
    else:
        pick = solution if right else next(i for i in range(len(asked.options)) if i != solution)
    return await who.click(message, custom_id=f"quiz:livepick:{round_id}:{row.position}:{pick}")


async def test_a_round_from_its_settings_to_the_podium(world: World) -> None:
    result = await host(world, skill="sql", level=1, count=3)
    assert result.ephemeral
    assert "SQL" in said(result)
    assert "3 beginner questions, 20 seconds each. Wrong answers cost points" in said(result)
    assert list(buttons(result)) == ["Start", "Let wrong answers cost nothing", "Cancel"]
    assert world.posts(world.lounge) == []
    done = await click(world.mod, result, "Start")
    assert "✅ Started. First question: <t:" in said(done)
    await world.run_due()
    assert "## Live quiz: SQL" in text(world)
    assert f"<@{world.mod.id}> asks 3 beginner questions, 20 seconds each" in text(world)
    (row,) = await rows(world)
    joined = await world.member.click(last(world), label="I am in")
    assert joined.ephemeral
    assert "You are in" in said(joined)
    for number in range(1, 4):
        await ask(world)
        assert f"Question {number} of 3 · SQL and databases · beginner" in text(world)
        first = await answer(world, world.member, row.id, right=False)
        assert first.ephemeral
        assert "You can change it until time is up: <t:" in said(first)
        changed = await answer(world, world.member, row.id)
        assert " now. You can change it" in said(changed)
        await answer(world, world.mod, row.id, right=False)
        await close(world)
        assert "time is up" in text(world)
        assert "-# 1 of 2 were right" in text(world)
        assert not [each for each in ids(card(world)) if "livepick" in each]
    await pass_time(world, seconds=PAUSE.total_seconds())
    assert f"🥇 <@{world.member.id}> · **" in text(world)
    assert "3 of 3 right" in text(world)
    assert f"<@{world.mod.id}> ·" not in text(world)  # below zero: nobody is shamed
    assert [row.state for row in await rows(world)] == [State.DONE]
    mine = await world.member.click(last(world), label="My result")
    assert mine.ephemeral
    assert "1st of 2 players\n3 of 3 answers right" in said(mine)
    theirs = await world.mod.click(last(world), label="My result")
    assert "2nd of 2 players\n0 of 3 answers right" in said(theirs)
    assert "Review what you missed" in buttons(theirs)
    nobody = await world.join("zoe").click(last(world), label="My result")
    assert "You did not answer in this round, and it is over." in said(nobody)
    review = await click(world.mod, theirs, "Review what you missed")
    assert review.response is not None
    recorded = await table(world, quiz_answers)
    assert len(recorded) == 6
    assert {each.mode for each in recorded} == {"live"}
    # Nothing more comes of a round that is over.
    before = world.posts(world.lounge)
    await pass_time(world, hours=1)
    assert world.posts(world.lounge) == before


async def choose(
    world: World, result: simcord.InteractionResult, action: str, value: str
) -> simcord.InteractionResult:
    (custom_id,) = [each for each in ids(result.response) if each.startswith(f"quizzes:{action}:")]
    assert result.response is not None
    return await world.mod.select(result.response, [value], custom_id=custom_id)


async def test_settings_are_changed_on_the_card_and_kept_over_a_restart(world: World) -> None:
    result = await host(world)
    assert "All topics · 5 questions, 20 seconds each" in said(result)
    result = await choose(world, result, "liveskill", "statistics")
    result = await choose(world, result, "livelevel", "3")
    await world.restart()
    result = await choose(world, result, "livecount", "10")
    result = await choose(world, result, "liveseconds", "45")
    result = await click(world.mod, result, "Let wrong answers cost nothing")
    assert "Statistics · 10 advanced questions, 45 seconds each. Wrong answers cost nothing." in said(result)
    result = await click(world.mod, result, "Let wrong answers cost points")
    assert "Wrong answers cost points" in said(result)
    cancelled = await click(world.mod, result, "Cancel")
    assert "Called off" in said(cancelled)
    assert world.posts(world.lounge) == []


async def test_a_topic_with_too_few_questions_says_so(world: World) -> None:
    result = await host(world, skill="sql", level=3, count=20)
    assert "⚠️ Only" in said(result)
    assert "I have no questions about that" in said(await host(world, skill="woodwork"))


async def test_a_second_press_on_start_begins_nothing(world: World) -> None:
    result = await host(world)
    custom_id = buttons(result)["Start"]
    await click(world.mod, result, "Start")
    again = await world.press(custom_id)
    assert "started already" in said(again)
    await world.run_due()
    assert len([post for post in world.posts(world.lounge) if "Live quiz" in post]) == 1


@pytest.mark.parametrize("action", ["livestart", "livecancel", "livepenalty"])
async def test_anothers_settings_are_refused(world: World, action: str) -> None:
    result = await host(world)
    (row,) = await rows(world)
    rest = ":0" if action == "livepenalty" else ""
    refused = await world.press(f"quiz:{action}:{row.id}{rest}", by=world.member)
    assert refused.ephemeral
    assert "somebody else's settings" in said(refused)
    assert [each.state for each in await rows(world)] == [State.DRAFT]
    assert result.ephemeral


async def test_one_round_in_a_channel_at_a_time(world: World) -> None:
    first, second = await host(world), await host(world, world.member)
    await click(world.mod, first, "Start")
    refused = await click(world.member, second, "Start")
    assert f"A round hosted by <@{world.mod.id}> is under way in this channel" in said(refused)
    assert "is under way in this channel" in said(await host(world))
    other = await world.mod.slash(world.papers, "quiz live")
    assert "Live quiz in" in said(other)


async def test_two_hosts_start_at_the_same_moment(world: World) -> None:
    first, second = await host(world), await host(world, world.member)
    results = await asyncio.gather(
        service(world).start(1, by=world.mod.id),
        service(world).start(2, by=world.member.id),
        return_exceptions=True,
    )
    assert sum(isinstance(each, Round) for each in results) == 1
    assert first.ephemeral
    assert second.ephemeral


async def test_a_double_press_counts_once_and_the_earlier_time(world: World) -> None:
    round_id = await start(world, skill="statistics", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    await pass_time(world, seconds=5)
    again = await answer(world, world.member, round_id)
    assert " now." not in said(again)
    found = await table(world, live_answers)
    assert len(found) == 1
    row = (await rows(world))[0]
    assert found[0].answered_at - row.asked_at < timedelta(seconds=3)


async def test_late_joiners_are_welcome_and_count_from_then_on(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.mod, round_id)
    await close(world)
    await ask(world)
    await answer(world, world.member, round_id)
    await close(world)
    mine = await world.member.click(last(world), label="How did I do?")
    assert "1st of 2 players\n1 of 1 answers right" in said(mine)
    theirs = await world.mod.click(last(world), label="How did I do?")
    assert "1st of 2 players\n1 of 1 answers right" in said(theirs)  # as many points share a place
    nobody = await world.join("zoe").click(last(world), label="How did I do?")
    assert "You have not answered in this round" in said(nobody)


async def test_answers_after_time_are_told_so(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    late_button = f"quiz:livepick:{round_id}:0:0"
    await close(world)
    late = await world.press(late_button, by=world.member)
    assert "Time is up for that question" in said(late)
    assert await table(world, live_answers) == []
    gone = await world.press("quiz:livepick:999:0:0", by=world.member)
    assert "That round is over, or was never started" in said(gone)


async def test_only_host_and_moderators_move_it_on_or_stop_it(world: World) -> None:
    hosting = world.join("hana")
    round_id = await start(world, hosting, skill="sql", level=1, count=3)
    refused = await world.member.click(last(world), label="Begin now")
    assert f"Only <@{hosting.id}>, who hosts this round, and moderators" in said(refused)
    await hosting.click(last(world), label="Begin now")
    await world.run_due()
    await pass_time(world, seconds=1)
    assert "Question 1 of 3" in text(world)
    await answer(world, world.member, round_id)
    await close(world)
    message = last(world)
    assert "Only <@" in said(await world.member.click(message, label="Stop"))
    cleaner = world.join("cleo", Permissions(manage_messages=True))
    assert "Stopped" in said(await cleaner.click(message, label="Stop"))
    await world.run_due()
    assert "A moderator ended the round early." in text(world)
    assert f"🥇 <@{world.member.id}>" in text(world)
    again = await world.press(f"quiz:livestop:{round_id}", by=world.mod)
    assert "That round is over" in said(again)
    assert len([post for post in world.posts(world.lounge) if "🥇" in post]) == 1


async def test_next_pressed_twice_skips_nothing(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    await close(world)
    custom_id = f"quiz:livego:{round_id}:0"
    await world.press(custom_id)
    await world.press(custom_id)
    await world.run_due()
    assert "gone on already" in said(await world.press(custom_id))
    assert (await rows(world))[0].position == 1


async def test_a_player_stands_in_for_a_host_that_has_gone(world: World) -> None:
    hosting = world.join("hana")
    round_id = await start(world, hosting, skill="sql", level=1, count=5)
    for _ in range(3):
        await ask(world)
        await answer(world, world.member, round_id)
        await close(world)
    await world.member.click(last(world), label="Next question")
    await world.run_due()
    assert (await rows(world))[0].position == 3
    other = world.join("zoe")
    assert "Only <@" in said(await world.press(f"quiz:livestop:{round_id}", by=other))


async def test_a_round_that_nobody_plays_ends_by_itself(world: World) -> None:
    await start(world, skill="sql", level=1, count=10)
    for _ in range(2):
        await ask(world)
        await close(world)
    await pass_time(world, minutes=1)
    assert "Two questions in a row had no answer, so I stopped here." in text(world)
    assert "Nobody answered." in text(world)
    assert len(world.posts(world.lounge)) == 4
    first, second = world.posts(world.lounge)[1:3]
    assert "-# Next question: <t:" in first
    assert "Next question" not in second  # none comes
    (row,) = await rows(world)
    assert (row.state, row.next_at) == (State.STOPPED, None)


async def test_a_restart_in_the_middle_loses_no_answer(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    await world.restart()
    await answer(world, world.mod, round_id)
    await world.restart()
    await close(world)
    assert "-# 2 of 2 were right" in text(world)
    await world.restart()
    await ask(world)
    assert "Question 2 of 3" in text(world)


async def test_after_a_long_silence_the_round_is_ended_kindly(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    await world.restart()
    await pass_time(world, hours=2)
    await world.run_due()
    assert "I was not running for a while, so the round ended early" in text(world)
    assert f"🥇 <@{world.member.id}>" in text(world)


async def test_without_permissions_no_round_is_prepared(world: World) -> None:
    world.forbid(world.lounge, send_messages=True)
    refused = await host(world, world.member)
    assert "You may not write in this channel" in said(refused)
    assert await rows(world) == []


async def test_permissions_taken_in_the_middle_end_the_round_and_nothing_comes_late(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    await close(world)
    before = world.posts(world.lounge)
    world.forbid(world.lounge, send_messages=True)
    await pass_time(world, seconds=PAUSE.total_seconds())
    await pass_time(world, seconds=2)
    (row,) = await rows(world)
    assert (row.state, row.next_at) == (State.STOPPED, None)
    world.forbid(world.lounge)
    await pass_time(world, hours=6)
    assert world.posts(world.lounge) == before
    personal = await service(world).personal(round_id, world.member.id)
    assert personal.place is not None


async def test_a_channel_that_is_deleted_ends_the_round(world: World) -> None:
    await start(world, skill="sql", level=1, count=3)
    await ask(world)
    world.env.backend.delete_channel(world.lounge.id)
    await pass_time(world, seconds=SECONDS + 4)
    await pass_time(world, seconds=PAUSE.total_seconds())
    await pass_time(world, seconds=60)
    (row,) = await rows(world)
    assert (row.state, row.next_at) == (State.STOPPED, None)
    waiting = [each for each in await table(world, outbox) if each.state != "sent"]
    assert waiting == []


async def test_a_message_that_is_deleted_does_not_stop_the_round(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    world.env.backend.delete_message(world.lounge.id, card(world).id)
    await close(world)
    await pass_time(world, seconds=PAUSE.total_seconds())
    assert "Question 2 of 3" in text(world)


async def test_the_message_counts_answers_now_and_then(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    await answer(world, world.member, round_id)
    edits = [each for each in await table(world, outbox) if each.stream.startswith("edit:")]
    await pass_time(world, seconds=5)
    assert "1 has answered" in text(world)
    await answer(world, world.mod, round_id)
    await pass_time(world, seconds=1)
    assert "1 has answered" in text(world)
    await pass_time(world, seconds=4)
    assert "2 have answered" in text(world)
    after = [each for each in await table(world, outbox) if each.stream.startswith("edit:")]
    assert len(after) - len(edits) <= 3


@pytest.mark.parametrize(
    "kind", [Kind.ONE, Kind.SEVERAL, Kind.BOOLEAN, Kind.CODE, Kind.FORMULA, Kind.NUMERIC]
)
async def test_every_kind_is_asked_answered_and_resolved(world: World, kind: Kind) -> None:
    round_id = await start(world, count=3)
    library = world.app.services.quizzes.library
    wanted = next(each for each in library.bank.questions if each.kind is kind)
    async with world.app.db.write() as tx:
        row = (await rows(world))[0]
        await tx.execute(
            live_rounds.update()
            .where(live_rounds.c.id == round_id)
            .values(questions=[wanted.id, *row.questions[1:]])
        )
    await ask(world)
    done = await answer(world, world.member, round_id)
    assert done.ephemeral
    await answer(world, world.mod, round_id, right=False)
    found = {each.member_id: each.answer for each in await table(world, live_answers)}
    assert found[world.member.id] == stored(wanted.solution)
    await close(world)
    assert "-# 1 of 2 were right" in text(world)
    assert wanted.explanation[:20] in text(world).replace("\\", "")


async def test_a_number_that_is_none_is_asked_for_again(world: World) -> None:
    round_id = await start(world, count=3)
    wanted = next(
        each for each in world.app.services.quizzes.library.bank.questions if each.kind is Kind.NUMERIC
    )
    async with world.app.db.write() as tx:
        await tx.execute(live_rounds.update().values(questions=[wanted.id, wanted.id, wanted.id]))
    await ask(world)
    form = await world.member.click(last(world), label="Type the answer")
    refused = await world.member.submit_modal(form, {"number": "many"})
    assert "Type one number" in said(refused)
    form = await world.member.click(last(world), label="Type the answer")
    await world.restart()
    assert "You answered" in said(await world.member.submit_modal(form, {"number": "3/8"}))
    assert len(await table(world, live_answers)) == 1
    assert round_id == 1


async def test_an_answer_that_the_question_does_not_have(world: World) -> None:
    round_id = await start(world, skill="sql", level=1, count=3)
    await ask(world)
    refused = await world.press(f"quiz:livepick:{round_id}:0:9", by=world.member)
    assert "That is no answer to this question" in said(refused)
    assert await table(world, live_answers) == []


async def test_topics_are_offered_while_somebody_types(world: World) -> None:
    offered = await world.mod.autocomplete(world.lounge, "quiz live", "skill", "sq")
    assert any(choice["value"] == "sql" for choice in offered)


async def test_in_direct_messages_there_is_nobody_to_play_with(world: World) -> None:
    """Discord offers `/quiz` there, since the other commands work there; a subcommand cannot be left out of it."""
    user = world.member.user
    for command in ("quiz live", "quiz leaderboard"):
        result = await user.slash(command)
        assert "a server" in said(result), command
        assert result.ephemeral
    assert await rows(world) == []
    assert await user.autocomplete("quiz live", "skill", "sq") == []
