"""Where one feature leads to another, as a member walks it."""

import pytest_asyncio

from bot.content.questions import load_questions
from bot.domain.questions import Kind, Question
from tests.cogs.buddies import Club, open_club
from tests.cogs.quizzing import begin, first, opened, recorded, wrong
from tests.cogs.world import World, buttons, click, said


@pytest_asyncio.fixture
async def club(world: World) -> Club:
    return await open_club(world)


async def test_from_a_role_to_a_quiz_on_it(world: World) -> None:
    card = await world.member.slash(world.lounge, "role info", name="data scientist")
    asked = await click(world.member, card, "Quiz me on this")
    assert asked.ephemeral
    assert "Question 1 of 5" in said(asked)


async def test_from_a_skill_to_those_who_help_with_it(club: Club, world: World) -> None:
    ada, ben = world.join("ada"), world.join("ben")
    await club.add(ada, offers=("sql",), findable=True)
    await club.add(ben, offers=("sql",), findable=False)  # whoever may not be found is not counted either
    skill = await world.member.slash(world.lounge, "role skill", name="sql")
    assert "1 person here would help with it" in said(skill)

    outside = await click(world.member, skill, "People")
    assert outside.ephemeral
    assert "1 person here would help with SQL" in said(outside)
    assert f"<@{ada.id}>" not in said(outside)  # names are for those who take part
    assert "`/buddy join`" in said(outside)

    await club.add(world.member, learning=("sql",))
    inside = await click(world.member, skill, "People")
    assert f"<@{ada.id}>" in said(inside)
    assert f"<@{ben.id}>" not in said(inside)
    assert "Asked" in said(await click(world.member, inside, "Ask"))


async def test_where_study_buddies_are_off_nobody_is_named(world: World) -> None:
    skill = await world.member.slash(world.lounge, "role skill", name="sql")
    assert "would help" not in said(skill)
    assert "Study buddies are off" in said(await click(world.member, skill, "People"))


async def test_whoever_is_blocked_is_neither_counted_nor_shown(club: Club, world: World) -> None:
    ada = world.join("ada")
    await club.add(ada, offers=("sql",), findable=True)
    await club.add(world.member, learning=("sql",))
    await ada.slash(world.lounge, "buddy block", member=world.member)
    skill = await world.member.slash(world.lounge, "role skill", name="sql")
    assert "would help" not in said(skill)
    assert f"<@{ada.id}>" not in said(await click(world.member, skill, "People"))


async def test_a_miss_leads_to_somebody_who_helps(world: World) -> None:
    question = first(Kind.ONE)
    session = await begin(world, question)
    card = await opened(world, session)
    assert "A" in buttons(card)
    missed = await world.press(f"quiz:one:{session.id}:0:{wrong(question)}", world.member)
    (answer,) = await recorded(world)
    assert not answer.correct
    (onward,) = set(buttons(missed)) & {"Next", "How it went"}
    summary = await click(world.member, missed, onward)
    (label,) = [name for name in buttons(summary) if name.startswith("Who helps with")]
    assert "Study buddies are off" in said(await click(world.member, summary, label))


async def test_what_answers_speak_for_is_offered_to_role_match(world: World) -> None:
    match = await world.member.slash(world.lounge, "role match")
    assert "Use my quiz results" not in buttons(match)  # nothing is known yet
    questions = [each for each in load_of_one_skill() if each.kind is Kind.BOOLEAN or each.kind is Kind.ONE][
        :4
    ]
    session = await begin(world, *questions)
    for place, question in enumerate(questions):
        if question.kind is Kind.BOOLEAN:
            await world.press(f"quiz:truth:{session.id}:{place}:{int(bool(question.answer))}", world.member)
        else:
            right = next(at for at, option in enumerate(question.options) if option.correct)
            await world.press(f"quiz:one:{session.id}:{place}:{right}", world.member)
    assert len(await recorded(world)) == len(questions)
    match = await world.member.slash(world.lounge, "role match")
    ticked = await click(world.member, match, "Use my quiz results")
    assert "Ticked from your quizzes" in said(ticked)


def load_of_one_skill() -> list[Question]:
    """Return the questions that examine the skill which most of them examine first."""
    bank = load_questions()
    counts = dict.fromkeys(bank.skills, 0)
    for question in bank.questions:
        if question.kind in {Kind.ONE, Kind.BOOLEAN}:
            counts[question.skills[0]] += 1
    most = max(counts, key=lambda skill: counts[skill])
    return [question for question in bank.questions if question.skills[0] == most]
