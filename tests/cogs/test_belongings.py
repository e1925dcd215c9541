"""What belongs to one person or to a few, in other hands: a round of questions, a live round, a meeting, a question."""

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
import simcord
from sqlalchemy import select

from bot.domain.questions import Kind
from bot.storage.tables import (
    buddy_meetings,
    buddy_requests,
    buddy_seats,
    live_rounds,
    outbox,
    quiz_answers,
    quiz_sessions,
)
from tests.cogs.buddies import open_club, put_profile
from tests.cogs.quizzing import begin, choose_old, first, respond, wrong
from tests.cogs.test_permissions import COMPONENTS, FORMS, OWN
from tests.cogs.world import World, click, open_world, said

Place = Callable[[World], Awaitable[str]]

NOT_THEIRS: Final = (
    "somebody else's round",
    "somebody else's settings",
    "who hosts this round, and moderators",
    "for the people of this meeting",
    "not for you",
)
"""What people are told who press what is not theirs."""


async def session(world: World) -> str:
    """A round of ben's, with a miss in it."""
    question = first(Kind.ONE)
    round_ = await begin(world, question, first(Kind.NUMERIC, besides=[question.id]))
    card = await world.press(f"quiz:resume:{round_.id}", world.member)
    await respond(world.member, card, round_, 0, question, wrong(question))
    return str(round_.id)


async def draft(world: World) -> str:
    """A live round of ben's that has not begun."""
    await world.member.slash(world.lounge, "quiz live")
    return str((await _rows(world, live_rounds))[-1].id)


async def live(world: World) -> str:
    """A live round of ben's that has been announced."""
    await click(world.member, await world.member.slash(world.lounge, "quiz live"), "Start")
    await world.run_due()
    return str((await _rows(world, live_rounds))[-1].id)


async def meeting(world: World) -> str:
    """A meeting of two that ann and bea have."""
    club = await open_club(world)
    await club.add(world.join("ann"), world.join("bea"))
    (found,) = await club.begin_round()
    return str(found.id)


async def request(world: World) -> str:
    """A question that ann asked bea."""
    await open_club(world)
    ann, bea = world.join("ann"), world.join("bea")
    for each in (ann, bea):
        await put_profile(world, each.id, findable=True)
    finding = world.app.services.buddies.finding
    await finding.ask(world.guild.id, ann.id, bea.id, server_name="Club")
    return str((await _rows(world, buddy_requests))[-1].id)


THINGS: Final[dict[Place, dict[str, str]]] = {
    session: {
        "QuizButton one": "quiz:one:{}:1:0",
        "QuizButton truth": "quiz:truth:{}:1:1",
        "QuizButton number": "quiz:number:{}:1",
        "QuizButton undo": "quiz:undo:{}:1",
        "QuizButton clear": "quiz:clear:{}:1",
        "QuizButton submit": "quiz:submit:{}:1",
        "QuizButton skip": "quiz:skip:{}:1",
        "QuizButton next": "quiz:next:{}:0",
        "QuizButton grade": "quiz:grade:{}:0:3",
        "QuizButton resume": "quiz:resume:{}",
        "QuizButton again": "quiz:again:{}",
        "QuizButton retry": "quiz:retry:{}",
        "QuizMenu several": "quizzes:several:{}:1",
        "QuizMenu step": "quizzes:step:{}:1",
    },
    draft: {
        "QuizButton livepenalty": "quiz:livepenalty:{}:0",
        "QuizButton livestart": "quiz:livestart:{}",
        "QuizButton livecancel": "quiz:livecancel:{}",
        "QuizMenu liveskill": "quizzes:liveskill:{}",
        "QuizMenu livelevel": "quizzes:livelevel:{}",
        "QuizMenu livecount": "quizzes:livecount:{}",
        "QuizMenu liveseconds": "quizzes:liveseconds:{}",
    },
    live: {
        "QuizButton livego": "quiz:livego:{}:-1",
        "QuizButton livestop": "quiz:livestop:{}",
    },
    meeting: {
        "BuddyButton vote": "buddy:vote:{}:0",
        "BuddyButton met": "buddy:met:{}:1",
        "BuddyButton again": "buddy:again:{}:1",
        "BuddyButton fine": "buddy:fine:{}",
        "BuddyButton here": "buddy:here:{}",
        "BuddyButton gone": "buddy:gone:{}",
        "BuddyButton quiz": "buddy:quiz:{}",
        "BuddyButton paper": "buddy:paper:{}",
        "BuddyButton block": "buddy:block:{}",
    },
    request: {
        "BuddyButton accept": "buddy:accept:{}",
        "BuddyButton decline": "buddy:decline:{}",
    },
}
"""How each thing comes about, and everything that acts on it."""


@pytest_asyncio.fixture
async def world(tmp_path: Path, sqlite_template: Path) -> AsyncIterator[World]:
    async with open_world(tmp_path, template=sqlite_template) as found:
        yield found


def test_everything_that_belongs_to_somebody_is_here() -> None:
    named = {what for actions in THINGS.values() for what in actions}
    assert named == {what for what, who in COMPONENTS.items() if who == OWN}
    assert {start for start, who in FORMS.items() if who == OWN} == {"quiz:number:"}  # looked at below


@pytest.mark.parametrize("make", list(THINGS), ids=lambda make: make.__name__)
async def test_other_hands(world: World, make: Place) -> None:
    """Another member, and one who takes part in nothing else: told so, and nothing changes."""
    number = await make(world)
    other = world.join("otto")
    before = await _everything(world)
    for what, custom_id in THINGS[make].items():
        result = await _use(world, other, what, custom_id.format(number))
        assert any(words in said(result) for words in NOT_THEIRS), f"{what}: {said(result)}"
        assert await _everything(world) == before, what


async def test_a_moderator_is_another_as_well(world: World) -> None:
    """Those who may set everything up may still not answer for others, nor look into their meetings."""
    for make in (session, draft, meeting):
        number = await make(world)
        before = await _everything(world)
        for what, custom_id in THINGS[make].items():
            result = await _use(world, world.mod, what, custom_id.format(number))
            assert any(words in said(result) for words in NOT_THEIRS), f"{what}: {said(result)}"
        assert await _everything(world) == before


async def test_the_form_of_anothers_round(world: World) -> None:
    """A form that was opened is of the round it was opened for, and asks again whose that is."""
    number = await session(world)
    await begin(world, first(Kind.ONE), who=world.mod)  # so that there is somebody whose it may become
    mine = await world.press(f"quiz:number:{number}:1", world.member)
    before = await _everything(world)
    async with world.app.db.write() as tx:
        await tx.execute(
            quiz_sessions.update().where(quiz_sessions.c.id == int(number)).values(member_id=world.mod.id)
        )
    changed = await world.member.submit_modal(mine, {"number": "1"})
    assert "somebody else's round" in said(changed)
    assert (await _everything(world))["quiz_answers"] == before["quiz_answers"]


async def _use(world: World, who: simcord.MemberActor, what: str, custom_id: str) -> Any:
    if what.startswith("QuizMenu"):
        return await choose_old(world, who, custom_id, ["1"])
    return await world.press(custom_id, who)


async def _rows(world: World, table: Any) -> list[Any]:
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(table).order_by(table.c.id))).all())


async def _everything(world: World) -> dict[str, list[Any]]:
    watched = (
        *(quiz_sessions, quiz_answers, live_rounds),
        *(buddy_meetings, buddy_seats, buddy_requests, outbox),
    )
    async with world.app.db.read() as tx:
        return {
            table.name: sorted(tuple(map(str, row)) for row in await tx.execute(select(table)))
            for table in watched
        }
