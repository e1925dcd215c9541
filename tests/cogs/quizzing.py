"""Rounds of questions in SimCord, and how each kind of question is answered there."""

from collections.abc import Sequence
from typing import Any

import simcord
from discord.http import Route
from sqlalchemy import select

from bot.content.questions import load_questions
from bot.domain.questions import Kind, Question
from bot.domain.quizzes import Mode
from bot.domain.quizzes.choosing import option_order
from bot.domain.quizzes.sessions import Session, Wanted
from bot.storage.quizzes import sessions
from bot.storage.tables import quiz_answers, quiz_sessions
from cogs.ui.cards import IS_COMPONENTS_V2
from tests.cogs.world import World, buttons, nodes


def first(kind: Kind, *, besides: Sequence[str] = ()) -> Question:
    """Return a bundled question of a kind."""
    return next(each for each in load_questions().questions if each.kind is kind and each.id not in besides)


async def begin(
    world: World,
    *questions: Question,
    who: simcord.MemberActor | None = None,
    mode: Mode = Mode.PLAY,
    guild: bool = True,
) -> Session:
    """Store a round of certain questions."""
    async with world.app.db.write() as tx:
        return await sessions.add(
            tx,
            member_id=(who or world.member).id,
            server_id=world.guild.id if guild else None,
            mode=mode,
            wanted=Wanted(count=len(questions)),
            questions=[question.id for question in questions],
            now=world.clock.now(),
        )


async def latest(world: World, session_id: int | None = None) -> Session:
    """Return a round as it is stored: the newest one, or that with an id."""
    async with world.app.db.read() as tx:
        if session_id is None:
            session_id = await tx.scalar(select(quiz_sessions.c.id).order_by(quiz_sessions.c.id.desc()))
        assert session_id is not None
        return (await sessions.by_ids(tx, [session_id]))[session_id]


async def opened(
    world: World, session: Session, who: simcord.MemberActor | None = None
) -> simcord.InteractionResult:
    """Show where a round stands."""
    return await world.press(f"quiz:resume:{session.id}", who or world.member)


async def recorded(world: World) -> list[Any]:
    """Return the rows of all answers."""
    async with world.app.db.read() as tx:
        return list((await tx.execute(select(quiz_answers).order_by(quiz_answers.c.id))).all())


def wrong(question: Question) -> Any:
    """Return some wrong answer, as it stands in the ids and values of components."""
    match question.kind:
        case Kind.ONE | Kind.CODE | Kind.FORMULA:
            return next(at for at, option in enumerate(question.options) if not option.correct)
        case Kind.SEVERAL:
            return [at for at, option in enumerate(question.options) if not option.correct]
        case Kind.BOOLEAN:
            return int(not question.answer)
        case Kind.NUMERIC:
            assert question.value is not None
            return question.value + 1000
        case Kind.ORDER:
            return list(reversed(range(len(question.steps))))


def right(question: Question) -> Any:
    """Return the right answer, in the same form."""
    match question.kind:
        case Kind.ONE | Kind.CODE | Kind.FORMULA:
            return next(iter(question.correct))
        case Kind.SEVERAL:
            return sorted(question.correct)
        case Kind.BOOLEAN:
            return int(bool(question.answer))
        case Kind.NUMERIC:
            return question.value
        case Kind.ORDER:
            return list(range(len(question.steps)))


async def respond(
    who: simcord.MemberActor,
    result: simcord.InteractionResult,
    session: Session,
    position: int,
    question: Question,
    given: Any,
) -> simcord.InteractionResult:
    """Answer the question on a card, by its components."""
    message, place = result.response, f"{session.id}:{position}"
    assert message is not None
    match question.kind:
        case Kind.ONE | Kind.CODE | Kind.FORMULA:
            return await who.click(message, custom_id=f"quiz:one:{place}:{given}")
        case Kind.BOOLEAN:
            return await who.click(message, custom_id=f"quiz:truth:{place}:{given}")
        case Kind.SEVERAL:
            return await who.select(message, list(map(str, given)), custom_id=f"quizzes:several:{place}")
        case Kind.NUMERIC:
            form = await who.click(message, custom_id=f"quiz:number:{place}")
            return await who.submit_modal(form, {"number": repr(given)})
        case Kind.ORDER:
            for step in given[:-1]:
                result = await who.select(
                    result.response or message,
                    [place_of(session, question, step)],
                    custom_id=f"quizzes:step:{place}",
                )
            assert result.response is not None
            return await who.click(result.response, custom_id=f"quiz:submit:{place}")


def place_of(session: Session, question: Question, step: int) -> str:
    """Return the value of a step in the menu: its place among those shown."""
    return str(option_order(question, f"session {session.id}").index(step))


def labels(result: simcord.InteractionResult) -> list[str]:
    """Return the labels of the buttons that can be pressed."""
    return list(buttons(result))


async def old_card(world: World, component: dict[str, Any]) -> Any:
    """Post a message with one component, as an older Cohort may have."""
    card = [{"type": 10, "content": "An old card"}, {"type": 1, "components": [component]}]
    with world.env.time_context():
        route = Route("POST", "/channels/{channel_id}/messages", channel_id=world.lounge.id)
        await world.app.bot.http.request(route, json={"flags": IS_COMPONENTS_V2, "components": card})
    return world.lounge.last_message


async def choose_old(
    world: World, who: simcord.MemberActor, custom_id: str, values: Sequence[str]
) -> simcord.InteractionResult:
    """Choose in a menu of a message that stands in the channel since who knows when."""
    options = [{"label": value, "value": value} for value in values]
    menu = {"type": 3, "custom_id": custom_id, "options": options, "max_values": len(values)}
    return await who.select(await old_card(world, menu), list(values), custom_id=custom_id)


def count_nodes(result: simcord.InteractionResult) -> int:
    """Return how many components an answer has."""
    return sum(1 for _ in nodes(result.response))
