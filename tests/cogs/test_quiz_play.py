"""`/quiz play` through Discord's command tree: every kind of question, every component, every refusal."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from bot.content.questions import load_questions
from bot.domain.questions import Kind
from bot.domain.quizzes.pool import OWN_TOPIC
from tests.cogs.quizzing import (
    begin,
    choose_old,
    first,
    labels,
    latest,
    opened,
    place_of,
    recorded,
    respond,
    right,
    wrong,
)
from tests.cogs.world import World, click, said


async def play(world: World, **options: Any) -> Any:
    return await world.member.slash(world.lounge, "quiz play", **options)


# --- The command -----------------------------------------------------------------------------------------


async def test_play_asks_the_first_of_five_in_private(world: World) -> None:
    result = await play(world)
    assert "Question 1 of 5" in said(result)
    assert result.response is not None
    assert result.response.ephemeral
    assert (await latest(world)).count == 5


async def test_play_takes_a_skill_a_level_and_a_count(world: World) -> None:
    result = await play(world, skill="sql", level=1, count=3)
    assert "Question 1 of 3" in said(result)
    session = await latest(world)
    bank = load_questions().by_id
    assert all("sql" in (bank[id_].topic, *bank[id_].skills) for id_ in session.questions)
    assert {bank[id_].level for id_ in session.questions} == {1}


@pytest.mark.parametrize(
    ("typed", "topic"), [("pyhton", "python"), ("stats", "statistics"), ("deep lerning", "deep-learning")]
)
async def test_play_understands_what_was_typed(world: World, typed: str, topic: str) -> None:
    await play(world, skill=typed)
    assert (await latest(world)).wanted.areas == (topic,)


async def test_play_refuses_what_there_are_no_questions_about(world: World) -> None:
    assert "Pick one from the list" in said(await play(world, skill="basket weaving"))


@pytest.mark.parametrize(
    ("typed", "value"), [("", "mixed"), ("mix", "mixed"), ("pyhton", "python"), ("transfo", "transformers")]
)
async def test_skills_autocomplete_with_typos(world: World, typed: str, value: str) -> None:
    offered = await world.member.autocomplete(world.lounge, "quiz play", "skill", typed)
    assert value in [choice["value"] for choice in offered]
    assert len(offered) <= 25


async def test_an_adaptive_round_gets_its_next_question_from_the_answer(world: World) -> None:
    result = await play(world, adaptive=True, count=3, level=1)
    session = await latest(world)
    assert len(session.questions) == 1
    for position in range(3):
        session = await latest(world)
        question = load_questions().by_id[session.questions[position]]
        result = await respond(world.member, result, session, position, question, right(question))
        last = position == 2
        result = await click(world.member, result, "How it went" if last else "Next")
    assert "3 of 3 right" in said(result)


async def test_play_offers_a_round_that_was_left(world: World) -> None:
    question = first(Kind.BOOLEAN)
    session = await begin(world, question, first(Kind.ONE))
    await respond(world.member, await opened(world, session), session, 0, question, right(question))
    result = await play(world)
    assert "round under way" in said(result)
    result = await click(world.member, result, "Go on")
    assert "Question 2 of 2" in said(result)
    assert "Question 1 of 2" in said(await click(world.member, await play(world), "Start a new round"))


# --- Answers ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("is_right", [True, False])
async def test_every_kind_is_asked_and_answered(world: World, kind: Kind, is_right: bool) -> None:
    question = first(kind)
    session = await begin(world, question)
    result = await opened(world, session)
    given = right(question) if is_right else wrong(question)
    result = await respond(world.member, result, session, 0, question, given)
    text = said(result)
    assert "Your answer" not in text
    outcome = (await latest(world, session.id)).outcomes[0]
    assert outcome.correct is is_right
    assert question.explanation.split()[0].strip("“") in text
    (row,) = await recorded(world)
    assert (row.question_id, row.correct, row.server_id) == (question.id, is_right, world.guild.id)
    assert "Report" in labels(result)
    result = await click(world.member, result, "How it went")
    assert f"{int(is_right)} of 1 right" in said(result)
    assert ("Try the misses again" in labels(result)) is not is_right


async def test_the_wrong_choice_is_explained(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    choice = wrong(question)
    result = await respond(world.member, await opened(world, session), session, 0, question, choice)
    why = question.options[choice].why
    assert why[:20] in said(result).replace("\\", "")
    assert "comes again" not in said(result)
    assert "I ask this again" in said(result)


async def test_steps_can_be_undone_and_started_again(world: World) -> None:
    question = first(Kind.ORDER)
    session = await begin(world, question)
    result = await opened(world, session)
    assert result.response is not None
    menu = f"quizzes:step:{session.id}:0"
    result = await world.member.select(result.response, [place_of(session, question, 0)], custom_id=menu)
    assert (await latest(world)).draft == (0,)
    result = await click(world.member, result, "Undo")
    assert (await latest(world)).draft == ()
    for step in range(len(question.steps) - 1):
        assert result.response is not None
        result = await world.member.select(
            result.response, [place_of(session, question, step)], custom_id=menu
        )
    assert (await latest(world)).draft == tuple(range(len(question.steps)))
    assert "That is my order" in labels(result)
    result = await click(world.member, result, "Undo")  # takes the last that followed by itself along
    assert len((await latest(world)).draft) == len(question.steps) - 2
    await click(world.member, result, "Start again")
    assert (await latest(world)).draft == ()


async def test_a_number_that_is_none_is_asked_for_again(world: World) -> None:
    question = first(Kind.NUMERIC)
    session = await begin(world, question)
    form = await click(world.member, await opened(world, session), "Type your answer")
    result = await world.member.submit_modal(form, {"number": "a lot"})
    assert "Type one number" in said(result)
    assert (await latest(world)).position == 0


async def test_a_skipped_question_is_not_answered_and_not_shown(world: World) -> None:
    one, two = first(Kind.ONE), first(Kind.BOOLEAN)
    session = await begin(world, one, two)
    result = await click(world.member, await opened(world, session), "Skip")
    assert "Question 2 of 2" in said(result)
    assert one.explanation[:30] not in said(result)
    assert await recorded(world) == []
    result = await click(world.member, result, "Skip")
    assert "0 of 2 right" in said(result)
    assert "⏭️" in said(result)


# --- The end ---------------------------------------------------------------------------------------------


async def test_a_miss_leads_to_the_card_of_its_skill(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    result = await respond(world.member, await opened(world, session), session, 0, question, wrong(question))
    (about,) = [label for label in labels(result) if label.startswith("About ")]
    card = await click(world.member, result, about)
    assert "How to learn it" in said(card)
    result = await click(world.member, result, "How it went")
    assert about in labels(result)
    assert any(label.startswith("Papers on ") for label in labels(result))


async def test_a_missed_question_of_the_servers_own_is_called_that(world: World) -> None:
    drafted = replace(first(Kind.ONE), topic=OWN_TOPIC.id, skills=(OWN_TOPIC.id,))
    own = world.app.services.quizzes.own
    question = await own.get(world.guild.id, await own.add(world.guild.id, drafted, by=world.mod.id))
    session = await begin(world, question)
    result = await respond(world.member, await opened(world, session), session, 0, question, wrong(question))
    summary = await click(world.member, result, "How it went")
    assert "**To look at again:** this server's own questions\n" in said(summary) + "\n"


async def test_another_feature_can_offer_something_for_a_miss(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cogs.ui.quizzes import leads

    question = first(Kind.ONE)
    session = await begin(world, question)
    result = await respond(world.member, await opened(world, session), session, 0, question, wrong(question))
    summary = await click(world.member, result, "How it went")
    assert not [label for label in labels(summary) if label.startswith("A buddy for ")]
    monkeypatch.setattr(leads, "_leads", dict(leads._leads))

    @leads.lead("buddy", "A buddy for {}")
    async def _buddy(interaction: Any, skill: str) -> None:
        await interaction.response.send_message(f"Somebody knows {skill}.", ephemeral=True)

    summary = await world.press(f"quiz:resume:{session.id}", world.member)
    (offer,) = [label for label in labels(summary) if label.startswith("A buddy for ")]
    assert f"Somebody knows {question.skills[0]}" in said(await click(world.member, summary, offer))


async def test_misses_can_be_tried_again_and_a_round_repeated(world: World) -> None:
    one, two = first(Kind.ONE), first(Kind.BOOLEAN)
    session = await begin(world, one, two)
    result = await respond(world.member, await opened(world, session), session, 0, one, wrong(one))
    result = await click(world.member, result, "Next")
    result = await respond(world.member, result, session, 1, two, right(two))
    summary = await click(world.member, result, "How it went")
    retried = await click(world.member, summary, "Try the misses again")
    assert "Question 1 of 1" in said(retried)
    assert (await latest(world)).questions == (one.id,)
    again = await world.press(f"quiz:again:{session.id}", world.member)
    assert "Question 1 of 2" in said(again)


# --- Every component: another member, twice, after a restart ---------------------------------------------

_KINDS = [Kind.ONE, Kind.BOOLEAN, Kind.SEVERAL, Kind.ORDER, Kind.NUMERIC]


def _buttons_of(session_id: int) -> list[str]:
    place = f"{session_id}:0"
    return [
        f"quiz:one:{place}:0",
        f"quiz:truth:{place}:1",
        f"quiz:number:{place}",
        f"quiz:undo:{place}",
        f"quiz:clear:{place}",
        f"quiz:submit:{place}",
        f"quiz:skip:{place}",
        f"quiz:next:{place}",
        f"quiz:grade:{place}:3",
        f"quiz:resume:{session_id}",
        f"quiz:again:{session_id}",
        f"quiz:retry:{session_id}",
    ]


async def test_another_members_press_is_refused_on_every_component(world: World) -> None:
    session = await begin(world, first(Kind.ONE))
    for custom_id in _buttons_of(session.id):
        assert "somebody else's round" in said(await world.press(custom_id, world.mod)), custom_id
    for action in ("several", "step"):
        result = await choose_old(world, world.mod, f"quizzes:{action}:{session.id}:0", ["0"])
        assert "somebody else's round" in said(result), action
    assert (await latest(world, session.id)).position == 0
    assert await recorded(world) == []


@pytest.mark.parametrize("kind", _KINDS)
async def test_a_second_press_changes_nothing(world: World, kind: Kind) -> None:
    question = first(kind)
    session = await begin(world, question, first(Kind.CODE))
    shown = await opened(world, session)
    await respond(world.member, shown, session, 0, question, wrong(question))
    place = f"{session.id}:0"
    if kind is Kind.SEVERAL:
        again = await choose_old(
            world, world.member, f"quizzes:several:{place}", list(map(str, right(question)))
        )
    else:
        custom_id = {
            Kind.ONE: f"quiz:one:{place}:{right(question)}",
            Kind.BOOLEAN: f"quiz:truth:{place}:{right(question)}",
            Kind.ORDER: f"quiz:submit:{place}",
            Kind.NUMERIC: f"quiz:number:{place}",
        }[kind]
        again = await world.press(custom_id, world.member)
    assert question.explanation[:20].split("\\")[0] in said(again).replace("\\", "")
    after = await latest(world, session.id)
    assert (after.position, after.right) == (1, 0)
    assert len(await recorded(world)) == 1


async def test_two_presses_at_once_count_once(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    from bot.services.quizzes import Press

    service = world.app.services.quizzes.play
    presses = [Press(session.id, world.member.id, 0, at % len(question.options)) for at in range(12)]
    turns = await asyncio.gather(*(service.press(press) for press in presses))
    assert len({turn.session.outcomes for turn in turns}) == 1
    assert len(await recorded(world)) == 1


@pytest.mark.parametrize("kind", list(Kind))
async def test_a_restart_in_the_middle_loses_nothing(world: World, kind: Kind) -> None:
    question, last = first(kind), first(Kind.BOOLEAN, besides=[first(Kind.BOOLEAN).id])
    session = await begin(world, question, last)
    shown = await opened(world, session)
    if kind is Kind.ORDER:
        assert shown.response is not None
        shown = await world.member.select(
            shown.response, [place_of(session, question, 0)], custom_id=f"quizzes:step:{session.id}:0"
        )
    await world.restart()
    if kind is Kind.ORDER:
        assert (await latest(world)).draft == (0,)
        shown = await click(world.member, shown, "Start again")
    result = await respond(world.member, shown, session, 0, question, right(question))
    await world.restart()
    result = await click(world.member, result, "Next")
    assert "Question 2 of 2" in said(result)
    assert (await latest(world, session.id)).right == 1
    assert len(await recorded(world)) == 1


async def test_an_answer_whose_interaction_expired_is_kept(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    shown = await opened(world, session)
    world.env.inject_error("POST", "/interactions/*/*/callback", status=404, code=10062)
    assert shown.response is not None
    place = f"{session.id}:0"
    with suppress(AssertionError):  # nobody is told anything
        await world.member.click(shown.response, custom_id=f"quiz:one:{place}:{right(question)}")
    assert (await latest(world, session.id)).right == 1
    again = await world.member.click(shown.response, custom_id=f"quiz:one:{place}:{wrong(question)}")
    assert question.explanation[:20] in said(again).replace("\\", "")
    assert len(await recorded(world)) == 1


async def test_a_card_of_a_round_that_is_gone_says_so(world: World) -> None:
    assert "no longer kept" in said(await world.press("quiz:one:4711:0:1", world.member))


async def test_a_card_of_a_later_question_says_so(world: World) -> None:
    session = await begin(world, first(Kind.ONE), first(Kind.BOOLEAN))
    assert "earlier question" in said(await world.press(f"quiz:truth:{session.id}:1:1", world.member))


async def test_a_button_of_another_kind_changes_nothing(world: World) -> None:
    session = await begin(world, first(Kind.ORDER))
    assert "earlier question" in said(await world.press(f"quiz:one:{session.id}:0:1", world.member))
    assert (await latest(world)).position == 0


# --- Limits ----------------------------------------------------------------------------------------------


async def test_every_bundled_question_fits_its_cards(world: World) -> None:
    """All 642: SimCord refuses what Discord would."""
    from dataclasses import replace

    from bot.domain.questions import Answer
    from bot.domain.quizzes.sessions import answer, moved
    from bot.services.quizzes.playing import Turn
    from cogs.ui.quizzes.round_cards import answered_card, question_card

    session = await begin(world, first(Kind.ONE))

    class Here:
        client = world.app.bot

    def given(question: Any) -> Answer:
        made = wrong(question)
        if question.kind is Kind.SEVERAL:
            return frozenset(made)
        if question.kind is Kind.BOOLEAN:
            return bool(made)
        return tuple(made) if question.kind is Kind.ORDER else made

    for question in load_questions().questions:
        this = replace(session, questions=(question.id,))
        _, outcome = answer(this, question, given(question), world.clock.now())
        done = moved(this, replace(outcome, due_at=world.clock.now()), world.clock.now())
        here: Any = Here()
        for view in (
            question_card(here, Turn(this, 0, question), question),
            answered_card(here, Turn(done, 0, question), question, done.outcomes[0]),
        ):
            assert view.content_length() <= 4000, question.id
            assert view.total_children_count <= 40, question.id


@pytest.mark.parametrize("letter", ["a", "*", "`", "_ ", "𝒪"])
async def test_the_longest_own_question_fits_its_cards(world: World, letter: str) -> None:
    """Far longer than `/setup quiz` lets through: texts are cut, and every button stays."""
    from dataclasses import replace

    from bot.domain.questions import Option
    from bot.domain.quizzes.sessions import Outcome, moved
    from bot.services.quizzes.playing import Turn
    from cogs.ui.quizzes.round_cards import answered_card, question_card

    class Here:
        client = world.app.bot

    options = tuple(Option(letter * 300 + str(at), at == 1, letter * 400) for at in range(5))
    question = replace(
        first(Kind.ONE),
        prompt=letter * 2000,
        formula=letter * 900,
        code=letter * 1500,
        explanation=letter * 2000,
        options=options,
    )
    session = await begin(world, question)
    done = moved(session, Outcome(0, 0.0, correct=False), world.clock.now())
    here: Any = Here()
    for view in (
        question_card(here, Turn(session, 0, question), question),
        answered_card(here, Turn(done, 0, question), question, done.outcomes[0]),
    ):
        assert view.content_length() <= 4000
        assert view.total_children_count <= 40
        texts = [item.content for item in view.walk_children() if hasattr(item, "content")]
        assert all(text.count("```") % 2 == 0 for text in texts)
