"""`/quiz review`, `/quiz stats`, `/quiz leaderboard` and reports, through Discord's command tree."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.domain.questions import Kind
from bot.domain.quizzes import Answered, Mode
from bot.storage import sql
from bot.storage.quizzes.recording import record_answers
from bot.storage.tables import members, outbox, question_reports, quiz_members, review_cards
from tests.cogs.quizzing import begin, first, labels, latest, opened, recorded, respond, right, wrong
from tests.cogs.world import World, click, nodes, said, texts


async def quiz(world: World, command: str, who: Any = None, **options: Any) -> Any:
    return await (who or world.member).slash(world.lounge, f"quiz {command}", **options)


async def missed(world: World, *kinds: Kind) -> None:
    """Let the member miss a question of each kind, and wait until they are due."""
    questions = [first(kind) for kind in kinds]
    await record(world, *[(world.member.id, question, False) for question in questions])
    await world.advance(hours=1)


async def record(world: World, *answers: tuple[int, Any, bool], origin_id: int = 900) -> None:
    async with world.app.db.write() as tx:
        await sql.insert_new(tx, members, [{"id": member_id} for member_id in {each[0] for each in answers}])
        await record_answers(
            tx,
            [
                Answered(
                    member_id,
                    question,
                    correct,
                    float(correct),
                    Mode.PLAY,
                    origin_id,
                    world.guild.id,
                    world.clock.now(),
                )
                for member_id, question, correct in answers
            ],
        )


async def cards(world: World) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(review_cards).order_by(review_cards.c.question_id))).all())


# --- Review ----------------------------------------------------------------------------------------------


async def test_without_misses_there_is_nothing_to_review(world: World) -> None:
    result = await quiz(world, "review")
    assert "Nothing to review yet" in said(result)
    assert labels(result) == ["Play a round", "Remind me by message"]
    assert "Question 1 of 5" in said(await click(world.member, result, "Play a round"))


async def test_what_is_not_due_yet_says_when(world: World) -> None:
    await record(world, (world.member.id, first(Kind.ONE), False))
    result = await quiz(world, "review")
    assert "All reviewed" in said(result)
    due = int((world.clock.now() + timedelta(minutes=10)).timestamp())
    assert f"<t:{due}:R>" in said(result)


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_miss_is_reviewed_and_moves_on(world: World, kind: Kind) -> None:
    await missed(world, kind)
    question = first(kind)
    result = await quiz(world, "review")
    assert "Review · 1 of 1" in said(result)
    session = await latest(world)
    result = await respond(world.member, result, session, 0, question, right(question))
    assert {"That was hard", "Good", "Easy"} <= set(labels(result))
    (card,) = await cards(world)
    assert card.due_at > world.clock.now() + timedelta(hours=20)
    result = await click(world.member, result, "Good")
    assert "1 of 1 right" in said(result)
    assert "All reviewed" in said(await quiz(world, "review"))


@pytest.mark.parametrize(("label", "sign"), [("That was hard", -1), ("Good", 0), ("Easy", 1)])
async def test_how_it_went_moves_the_date_once(world: World, label: str, sign: int) -> None:
    await missed(world, Kind.ONE)
    await world.advance(days=3)
    question = first(Kind.ONE)
    result = await quiz(world, "review")
    session = await latest(world)
    result = await respond(world.member, result, session, 0, question, right(question))
    (before,) = await cards(world)
    grade = {"That was hard": 2, "Good": 3, "Easy": 4}[label]
    await click(world.member, result, label)
    await world.press(f"quiz:grade:{session.id}:0:{grade}", world.member)
    (after,) = await cards(world)
    assert (after.due_at > before.due_at) - (after.due_at < before.due_at) == sign
    assert len(await recorded(world)) == 2


async def test_a_miss_in_review_comes_again_the_same_day(world: World) -> None:
    await missed(world, Kind.ONE)
    question = first(Kind.ONE)
    result = await quiz(world, "review")
    result = await respond(world.member, result, await latest(world), 0, question, wrong(question))
    assert "How it went" in labels(result)
    (card,) = await cards(world)
    assert card.due_at == world.clock.now() + timedelta(minutes=10)
    assert card.lapses == 2


async def test_a_review_goes_on_after_a_restart(world: World) -> None:
    await missed(world, Kind.ONE, Kind.BOOLEAN)
    result = await quiz(world, "review")
    session = await latest(world)
    from bot.content.questions import load_questions

    question = load_questions().by_id[session.questions[0]]
    result = await respond(world.member, result, session, 0, question, right(question))
    await world.restart()
    result = await click(world.member, result, "Easy")
    assert "Review · 2 of 2" in said(result)


# --- Reminders -------------------------------------------------------------------------------------------


async def remind(world: World, at: str = "18:00", zone: str = "Europe/Paris") -> Any:
    form = await click(world.member, await quiz(world, "review"), "Remind me by message")
    return await world.member.submit_modal(form, {"time": at, "zone": zone})


def letters(world: World) -> list[str]:
    """Return what stands in the member's direct messages."""
    inbox = world.env.backend.dm_channels.get(world.member.id)
    stored = world.env.backend.messages.get(inbox, {}) if inbox is not None else {}
    return ["\n".join(texts(message)) for _, message in sorted(stored.items())]


async def test_a_reminder_comes_once_a_day_and_only_where_something_is_due(world: World) -> None:
    result = await remind(world)
    assert "I will write to you" in said(result)
    assert len(letters(world)) == 1
    await world.advance(days=1)
    await world.run_due()
    assert len(letters(world)) == 1  # nothing is due
    await record(world, (world.member.id, first(Kind.ONE), False))
    await world.advance(days=1)
    for _ in range(3):
        await world.run_due()
        await world.advance(hours=1)
    assert len(letters(world)) == 2
    assert "1 question is due" in letters(world)[-1]
    await world.advance(days=4)  # after days away one message stands for all
    await world.run_due()
    assert len(letters(world)) == 3


async def test_a_reminder_survives_a_restart_and_is_stopped_from_the_message(world: World) -> None:
    await remind(world)
    await record(world, (world.member.id, first(Kind.ONE), False))
    await world.restart()
    await world.next_day()
    assert len(letters(world)) == 2
    inbox = world.env.backend.dm_channels[world.member.id]
    message = max(world.env.backend.messages[inbox].values(), key=lambda each: each.id)
    ids = [node["custom_id"] for node in nodes(message) if node["type"] == 2]
    assert ids == ["quiz:review", "quiz:remindoff"]
    assert "no more" in said(await world.press("quiz:remindoff", world.member))
    await world.next_day()
    assert len(letters(world)) == 2
    assert "was not" in said(await world.press("quiz:remindoff", world.member))


async def test_stopping_takes_back_what_is_on_its_way(world: World) -> None:
    await remind(world)
    await record(world, (world.member.id, first(Kind.ONE), False))
    await world.advance(days=1)
    with world.env.time_context():
        assert await world.app.services.quizzes.reminders.remind_due() == 1
    await world.press("quiz:remindoff", world.member)
    async with world.app.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(outbox)) == 0


async def test_closed_direct_messages_are_said_and_set_nothing(world: World) -> None:
    form = await click(world.member, await quiz(world, "review"), "Remind me by message")
    world.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    result = await world.member.submit_modal(form, {"time": "18:00", "zone": "UTC"})
    assert "I cannot write to you" in said(result)
    assert await world.app.services.quizzes.reminders.of(world.member.id) is None


@pytest.mark.parametrize(("at", "zone"), [("noonish", "UTC"), ("18:00", "Atlantis")])
async def test_a_time_or_zone_that_is_none_is_refused(world: World, at: str, zone: str) -> None:
    await remind(world, at, zone)
    async with world.app.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(quiz_members)) == 0


async def test_of_a_reminder_everything_that_is_wrong_is_said_at_once(world: World) -> None:
    refused = said(await remind(world, "noonish", "Atlantis"))
    assert "2 things to put right" in refused
    assert "noonish" in refused
    assert "Atlantis" in refused


# --- Stats -----------------------------------------------------------------------------------------------


async def test_stats_of_who_has_answered_nothing(world: World) -> None:
    assert "Nothing to show yet" in said(await quiz(world, "stats"))


async def test_stats_show_levels_strengths_gaps_and_a_picture(world: World) -> None:
    from bot.content.questions import load_questions

    bank = load_questions()
    sql_ = [each for each in bank.questions if each.skills[0] == "sql"][:4]
    gans = [each for each in bank.questions if each.skills[0] == "gans"][:4]
    await record(world, *[(world.member.id, each, True) for each in sql_])
    await record(world, *[(world.member.id, each, False) for each in gans], origin_id=901)
    result = await quiz(world, "stats")
    text = said(result)
    assert f"{len(sql_) + len(gans)} questions answered" in text
    assert "SQL and databases" in text
    assert "±" in text
    assert "**Strong:** SQL" in text
    assert "**To work on:** Generative adversarial networks" in text
    assert "1 day" in text
    (picture,) = [item for node in nodes(result.response) if node["type"] == 12 for item in node["items"]]
    assert "SQL and databases" in picture["description"]
    assert "About Generative adversarial networks" in labels(result)


# --- Leaderboard -----------------------------------------------------------------------------------------


async def test_a_leaderboard_without_answers(world: World) -> None:
    result = await quiz(world, "leaderboard")
    assert "Nobody has scored yet this week. The first right answer" in said(result)
    assert labels(result) == ["Play a round", "My place", "This month", "All time"]
    assert "Nobody has scored yet. The" in said(await click(world.member, result, "All time"))


async def test_a_week_without_answers_leads_to_what_was_before(world: World) -> None:
    await record(world, (world.member.id, first(Kind.ONE), True))
    await world.advance(days=40)
    result = await quiz(world, "leaderboard")
    assert "Nobody has scored yet this week." in said(result)
    assert f"<@{world.member.id}>" in said(await click(world.member, result, "All time"))
    mine = await click(world.member, result, "My place")
    assert "Take me off leaderboards" in labels(mine)


async def test_a_leaderboard_shows_ten_and_everybody_their_own_place(world: World) -> None:
    question = first(Kind.ONE)
    others = [world.join(f"member {number}").id for number in range(11)]
    await record(world, *[(id_, question, True) for id_ in others])
    second = first(Kind.BOOLEAN)
    await record(
        world, (others[0], second, True), (world.member.id, first(Kind.NUMERIC), True), origin_id=901
    )
    result = await quiz(world, "leaderboard")
    assert result.response is not None
    assert not result.response.ephemeral
    lines = [line for line in said(result).splitlines() if "<@" in line]
    assert len(lines) == 10
    assert f"<@{others[0]}>" in lines[0]
    place = await world.press("quiz:place:week:-", world.member)
    assert "## Place" in said(place)
    assert place.response is not None
    assert place.response.ephemeral


async def test_who_is_not_in_the_server_any_more_is_not_shown(world: World) -> None:
    there, gone = world.join("still there"), world.join("on the way out")
    await record(world, *[(who.id, first(Kind.ONE), True) for who in (there, gone)])
    assert f"<@{gone.id}>" in said(await quiz(world, "leaderboard"))
    world.guild.remove_member(gone)
    await world.advance(hours=1)
    shown = said(await quiz(world, "leaderboard"))
    assert f"<@{gone.id}>" not in shown
    assert f"🥇 <@{there.id}>" in shown


async def test_who_hides_is_neither_shown_nor_counted(world: World) -> None:
    other = world.join("another").id
    await record(world, (world.member.id, first(Kind.ONE), True), (other, first(Kind.ONE), True))
    assert f"<@{world.member.id}>" in said(await quiz(world, "leaderboard"))
    mine = await click(world.member, await quiz(world, "leaderboard", private=True), "My place")
    hidden = await click(world.member, mine, "Take me off leaderboards")
    assert "no leaderboard any more" in said(hidden)
    shown = said(await quiz(world, "leaderboard", world.mod))
    assert f"<@{world.member.id}>" not in shown
    assert f"🥇 <@{other}>" in shown
    assert "You are on no leaderboard" in said(await world.press("quiz:place:all:-", world.member))
    await click(world.member, hidden, "Show me again")
    assert f"<@{world.member.id}>" in said(await quiz(world, "leaderboard", world.mod))


@pytest.mark.parametrize(("period", "seen"), [("week", False), ("month", False), ("all", True)])
async def test_a_leaderboard_looks_back_as_far_as_its_period(world: World, period: str, seen: bool) -> None:
    await record(world, (world.member.id, first(Kind.ONE), True))
    await world.advance(days=40)
    assert (f"<@{world.member.id}>" in said(await quiz(world, "leaderboard", period=period))) is seen


async def test_a_leaderboard_of_a_skill(world: World) -> None:
    question = first(Kind.ONE)
    await record(world, (world.member.id, question, True))
    assert f"<@{world.member.id}>" in said(await quiz(world, "leaderboard", skill=question.topic))
    assert "Nobody" in said(await quiz(world, "leaderboard", skill="sql"))


# --- Reports ---------------------------------------------------------------------------------------------


async def test_a_question_is_reported_once_by_each(world: World) -> None:
    question = first(Kind.ONE)
    for who in (world.member, world.mod):
        form = await world.press(f"quiz:report:{question.id}", who)
        assert "Thank you" in said(await who.submit_modal(form, {"reason": "B is right as well"}))
    # Nobody writes a second one in vain.
    again = await world.press(f"quiz:report:{question.id}", world.member)
    assert "reported that question already" in said(again)
    async with world.app.db.read() as tx:
        assert await tx.scalar(select(func.count()).select_from(question_reports)) == 2


async def test_a_form_of_a_report_that_is_sent_twice(world: World) -> None:
    question = first(Kind.ONE)
    forms = [await world.press(f"quiz:report:{question.id}", world.member) for _ in range(2)]
    answers = [said(await world.member.submit_modal(form, {"reason": "Unclear"})) for form in forms]
    assert "Thank you" in answers[0]
    assert "reported that question already" in answers[1]


async def test_a_report_that_says_nothing_is_refused(world: World) -> None:
    form = await world.press(f"quiz:report:{first(Kind.ONE).id}", world.member)
    assert "few words" in said(await world.member.submit_modal(form, {"reason": "   "}))


async def test_a_report_from_the_card_of_an_answer(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    result = await respond(world.member, await opened(world, session), session, 0, question, wrong(question))
    form = await click(world.member, result, "Report")
    assert "Thank you" in said(await world.member.submit_modal(form, {"reason": "Unclear"}))
