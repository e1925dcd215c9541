"""`/quiz play` and `/quiz review`: a private card that goes from question to answer to the next question.

The buttons carry the round and the position; everything else is in the database, so a card works after any
restart, and a second press of the same button shows what the first one did.
"""

import re
from collections.abc import Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.questions import Answer, Question
from bot.domain.quizzes.reviewing import Grade
from bot.services.quizzes import Draft, PlayService, Press, Turn
from cogs.ui.actions import Interaction
from cogs.ui.cards import show
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.quizzes.items import chosen, pressed
from cogs.ui.quizzes.round_cards import answered_card, gone_card, question_card
from cogs.ui.quizzes.round_ends import summary_card
from cogs.ui.text import shorten


def play(interaction: Interaction) -> PlayService:
    """Return the service that knows about rounds."""
    return interaction.client.services.quizzes.play


async def put(interaction: Interaction, view: ui.LayoutView) -> None:
    """Show a card in the place of the private one that was pressed, or as a private one of its own."""
    message = interaction.message
    if interaction.response.is_done() or message is None or not message.flags.ephemeral:
        await show(interaction, view)
    else:
        await interaction.response.edit_message(view=view)


async def put_turn(interaction: Interaction, turn: Turn) -> None:
    """Show where a round stands: a question that waits, one that was answered, or the end."""
    if turn.position >= len(turn.session.questions):
        await put_summary(interaction, turn.session.id)
    elif turn.question is None:
        await put(interaction, gone_card(turn))
    elif turn.outcome is None:
        await put(interaction, question_card(interaction, turn, turn.question))
    elif turn.outcome.skipped:
        await put_turn(
            interaction,
            await play(interaction).turn(turn.session.id, turn.session.member_id, turn.position + 1),
        )
    else:
        await put(interaction, answered_card(interaction, turn, turn.question, turn.outcome))


async def put_summary(interaction: Interaction, session_id: int) -> None:
    """Show how a round went."""
    found = await play(interaction).summary(session_id, interaction.user.id)
    await put(interaction, summary_card(interaction, found))


async def _take(interaction: Interaction, session_id: str, position: str, given: Any) -> None:
    press = Press(int(session_id), interaction.user.id, int(position), given)
    await put_turn(interaction, await play(interaction).press(press))


@pressed("one")
async def _one(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position, choice = words
    await _take(interaction, session_id, position, int(choice))


@pressed("truth")
async def _truth(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position, choice = words
    given: Answer = choice == "1"
    await _take(interaction, session_id, position, given)


@chosen("several")
async def _several(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    session_id, position = words
    await _take(interaction, session_id, position, frozenset(map(int, values)))


@pressed("number")
async def _number(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = words
    turn = await play(interaction).turn(int(session_id), interaction.user.id, int(position))
    question = turn.question
    if question is None or turn.outcome is not None:
        await put_turn(interaction, turn)
        return
    await open_form(interaction, number_modal(question, f"quiz:number:{session_id}:{position}"))


def number_modal(question: Question, custom_id: str) -> ui.Modal:
    """Return the form for a number."""
    modal = new_form("Your answer", custom_id)
    unit = f"In {question.unit}. " if question.unit else ""
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id="number", max_length=40, placeholder="Such as 0.5 or 3/8"
    )
    modal.add_item(
        ui.Label(
            text="A number", description=f"{unit}{shorten(question.prompt, 90 - len(unit))}", component=field
        )
    )
    return modal


@form(r"quiz:number:(?P<session>\d+):(?P<position>\d+)", _number)
async def _number_given(
    interaction: "discord.Interaction[Any]", match: re.Match[str], values: dict[str, str]
) -> None:
    await _take(interaction, match["session"], match["position"], values.get("number", ""))


@chosen("step")
async def _step(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    session_id, position = map(int, words)
    turn = await play(interaction).pick(session_id, interaction.user.id, position, int(values[0]))
    await put_turn(interaction, turn)


@pressed("undo")
async def _undo(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = map(int, words)
    await put_turn(interaction, await play(interaction).undo(session_id, interaction.user.id, position))


@pressed("clear")
async def _clear(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = map(int, words)
    service = play(interaction)
    await put_turn(
        interaction, await service.undo(session_id, interaction.user.id, position, everything=True)
    )


@pressed("submit")
async def _submit(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = words
    await _take(interaction, session_id, position, Draft)


@pressed("skip")
async def _skip(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = words
    # The answer is not shown: a question that was skipped can still be asked.
    await _take(interaction, session_id, position, None)


@pressed("next")
async def _next(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position = map(int, words)
    await put_turn(interaction, await play(interaction).turn(session_id, interaction.user.id, position + 1))


@pressed("grade")
async def _grade(interaction: Interaction, words: Sequence[str]) -> None:
    session_id, position, grade = map(int, words)
    service = play(interaction)
    await service.grade(session_id, interaction.user.id, position, Grade(grade))
    await put_turn(interaction, await service.turn(session_id, interaction.user.id, position + 1))


@pressed("resume")
async def _resume(interaction: Interaction, words: Sequence[str]) -> None:
    service = play(interaction)
    await put_turn(interaction, await service.turn(int(words[0]), interaction.user.id, 10**6))


@pressed("again")
async def _again(interaction: Interaction, words: Sequence[str]) -> None:
    await put_turn(interaction, await play(interaction).again(int(words[0]), interaction.user.id))


@pressed("retry")
async def _retry(interaction: Interaction, words: Sequence[str]) -> None:
    await put_turn(interaction, await play(interaction).retry(int(words[0]), interaction.user.id))
