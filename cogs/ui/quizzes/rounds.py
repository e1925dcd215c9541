"""`/quiz play` and `/quiz review`: a private card that goes from question to answer to the next question.

The buttons carry the round and the position; everything else is in the database, so a card works after any
restart, and a second press of the same button shows what the first one did.
"""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.questions import Answer, Kind, Question
from bot.domain.quizzes.answers import Mode
from bot.domain.quizzes.reviewing import Grade
from bot.domain.quizzes.sessions import Outcome, Session
from bot.domain.sources import stamp
from bot.services.quizzes import Draft, PlayService, Press, Summary, Turn
from cogs.ui.cards import CARE, GOOD, card, line, show
from cogs.ui.forms import form
from cogs.ui.quizzes.asking import (
    LETTERS,
    LEVELS,
    choices_text,
    fitted,
    how_to_answer,
    marked_choices,
    question_text,
    steps_text,
)
from cogs.ui.quizzes.items import QuizButton, QuizMenu, chosen, option, pressed
from cogs.ui.quizzes.leads import lead_buttons
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PRIMARY: Final = discord.ButtonStyle.primary
_SUCCESS: Final = discord.ButtonStyle.success
_RIGHT_WORDS: Final = ("That is right.", "Right!", "Yes, exactly.", "Well done: that is right.")
_WRONG_WORDS: Final = (
    "Not quite. Here is why.",
    "Not this time, and now you will know.",
    "That is a common mix-up.",
    "A tempting one. Here is why it is another.",
)
_NAMED: Final = 3  # skills that a summary leads to
_PROMPT: Final = 90  # characters of a question in a summary


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
        await put(interaction, _gone_card(turn))
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


# --- A question ------------------------------------------------------------------------------------------


def question_card(interaction: Interaction, turn: Turn, question: Question) -> ui.LayoutView:
    """Ask."""
    order, steps = turn.order, ""
    if question.kind is Kind.ORDER:
        steps = steps_text(question, order, turn.session.draft)
    texts = fitted(
        [
            text
            for text in (
                _heading(interaction, turn, question),
                question_text(question),
                choices_text(question, order),
                steps,
                how_to_answer(question),
            )
            if text
        ]
    )
    rows = answer_rows(turn, question, order)
    skip = QuizButton("skip", turn.session.id, turn.position, label="Skip")
    return card(*texts, *rows, [skip])


def answer_rows(turn: Turn, question: Question, order: Sequence[int]) -> list[list[Any]]:
    """Return the rows with which a question is answered."""
    place = (turn.session.id, turn.position)
    match question.kind:
        case Kind.ONE | Kind.CODE | Kind.FORMULA:
            return [
                [
                    QuizButton("one", *place, position, label=LETTERS[at], style=_PRIMARY)
                    for at, position in enumerate(order)
                ]
            ]
        case Kind.SEVERAL:
            offered = [
                option(f"{LETTERS[at]} · {question.options[position].text}", str(position))
                for at, position in enumerate(order)
            ]
            return [
                [
                    QuizMenu(
                        "several",
                        *place,
                        options=offered,
                        most=len(offered),
                        placeholder="All that are right",
                    )
                ]
            ]
        case Kind.BOOLEAN:
            return [
                [
                    QuizButton("truth", *place, 1, label="True", style=_PRIMARY),
                    QuizButton("truth", *place, 0, label="False", style=_PRIMARY),
                ]
            ]
        case Kind.NUMERIC:
            return [[QuizButton("number", *place, label="Type your answer", style=_PRIMARY)]]
        case Kind.ORDER:
            return _order_rows(turn, question, order)


def _order_rows(turn: Turn, question: Question, order: Sequence[int]) -> list[list[Any]]:
    place, draft = (turn.session.id, turn.position), turn.session.draft
    rows: list[list[Any]] = []
    left = [step for step in order if step not in draft]
    if left:
        offered = [option(question.steps[step], str(order.index(step))) for step in left]
        ordinal = "first" if not draft else "next"
        rows.append([QuizMenu("step", *place, options=offered, placeholder=f"What comes {ordinal}?")])
    if draft:
        row = [
            QuizButton("undo", *place, label="Undo"),
            QuizButton("clear", *place, label="Start again"),
        ]
        if not left:
            row.insert(0, QuizButton("submit", *place, label="That is my order", style=_PRIMARY))
        rows.append(row)
    return rows


def _heading(interaction: Interaction, turn: Turn, question: Question) -> str:
    topic = interaction.client.services.quizzes.library.topic_name(question.topic)
    count = f"Question {turn.position + 1} of {turn.session.count}"
    what = "Review" if turn.session.mode is Mode.REVIEW else count
    rest = f" · {turn.position + 1} of {turn.session.count}" if what == "Review" else ""
    return f"-# {what}{rest} · {plain(topic)} · {LEVELS[question.level]}"


def _gone_card(turn: Turn) -> ui.LayoutView:
    place = (turn.session.id, turn.position)
    button = (
        QuizButton("skip", *place, label="Go on", style=_PRIMARY)
        if turn.outcome is None
        else QuizButton("next", *place, label="Next", style=_PRIMARY)
    )
    return card("This question was taken away by this server's moderators.", [button], colour=CARE)


# --- What became of it -----------------------------------------------------------------------------------


def answered_card(
    interaction: Interaction, turn: Turn, question: Question, outcome: Outcome
) -> ui.LayoutView:
    """Say whether it was right, why not, and what is right."""
    answer = outcome.answered(question)
    texts = [
        _heading(interaction, turn, question),
        f"## {verdict(outcome, turn.session.id + turn.position)}",
        question_text(question, heading=False),
        marked_choices(question, turn.order, answer),
        plain(question.explanation),
    ]
    if outcome.due_at is not None:
        texts.append(f"-# I ask this again {stamp(outcome.due_at)}, in `/quiz review`.")
    rows = [_learning_row(interaction, question, missed=not outcome.correct), _onward_row(turn, outcome)]
    return card(*fitted([text for text in texts if text]), *rows, colour=GOOD if outcome.correct else CARE)


def verdict(outcome: Outcome, seed: int) -> str:
    """Say in kind words how an answer went."""
    if outcome.correct:
        return _RIGHT_WORDS[seed % len(_RIGHT_WORDS)]
    if outcome.score >= 0.5:
        return "Partly right."
    return _WRONG_WORDS[seed % len(_WRONG_WORDS)]


def _learning_row(interaction: Interaction, question: Question, *, missed: bool) -> list[Any]:
    row: list[Any] = []
    if question.reference.url:
        row.append(
            ui.Button(label=shorten(question.reference.title, 60) or "Read on", url=question.reference.url)
        )
    if missed:
        row += lead_buttons(interaction, question.skills[0], only=("skill",))
    row.append(QuizButton("report", question.id, label="Report"))
    return row


def _onward_row(turn: Turn, outcome: Outcome) -> list[Any]:
    place = (turn.session.id, turn.position)
    if turn.session.mode is Mode.REVIEW and outcome.correct and outcome.due_at is not None:
        return [
            QuizButton("grade", *place, Grade.HARD.value, label="That was hard"),
            QuizButton("grade", *place, Grade.GOOD.value, label="Good", style=_PRIMARY),
            QuizButton("grade", *place, Grade.EASY.value, label="Easy"),
        ]
    last = turn.session.over and turn.position + 1 >= len(turn.session.questions)
    return [QuizButton("next", *place, label="How it went" if last else "Next", style=_PRIMARY)]


# --- The end ---------------------------------------------------------------------------------------------


def summary_card(interaction: Interaction, found: Summary) -> ui.LayoutView:
    """Say how a round went and what to look at again."""
    session = found.session
    asked = {question.id: question for question in found.questions}
    pairs = [
        (asked[id_], outcome)
        for id_, outcome in zip(session.questions, session.outcomes, strict=False)
        if id_ in asked
    ]
    texts = [_score(session)]
    if pairs:
        texts.append("\n".join(_summary_line(question, outcome) for question, outcome in pairs))
    skills = _missed_skills(pairs)
    rows: list[list[Any]] = []
    if skills:
        library = interaction.client.services.quizzes.library
        names = [library.skill_name(skill) for skill in skills[:6]]
        texts.append(f"**To look at again:** {plain(', '.join(names))}")
        about = [
            button
            for skill in skills[:_NAMED]
            for button in lead_buttons(interaction, skill, only=("skill",))
        ]
        others = [button for button in lead_buttons(interaction, skills[0]) if button.words[0] != "skill"]
        rows += [about, others[:5]]
    texts.append(_review_words(found))
    return card(*fitted(texts), *rows, line(), _after_row(session, found))


def _score(session: Session) -> str:
    title = plain(session.wanted.title) or "Mixed"
    return f"-# {title}\n## {session.right} of {len(session.outcomes)} right"


def _summary_line(question: Question, outcome: Outcome) -> str:
    mark = "✅" if outcome.correct else "⏭️" if outcome.skipped else "❌"
    partly = f" · {outcome.score:.0%}" if not outcome.correct and outcome.score > 0 else ""
    return f"{mark} {plain(shorten(question.prompt, _PROMPT))}{partly}"


def _missed_skills(pairs: Sequence[tuple[Question, Outcome]]) -> list[str]:
    """Return what the misses were about, most missed first."""
    counts: dict[str, int] = {}
    for question, outcome in pairs:
        if not outcome.correct:
            counts[question.skills[0]] = counts.get(question.skills[0], 0) + 1
    return sorted(counts, key=lambda skill: -counts[skill])


def _review_words(found: Summary) -> str:
    if found.due:
        return f"{plural(found.due, 'question')} to review now: `/quiz review`."
    if found.next_due is not None:
        return f"-# What you missed comes again in `/quiz review`, the first {stamp(found.next_due)}."
    return "-# Nothing to review. What you miss comes again at the right time in `/quiz review`."


def _after_row(session: Session, found: Summary) -> list[Any]:
    row: list[Any] = []
    if session.mode is Mode.REVIEW:
        if found.due:
            row.append(QuizButton("review", label="Review more", style=_PRIMARY))
    else:
        row.append(QuizButton("again", session.id, label="Another round", style=_PRIMARY))
    if session.misses():
        row.append(QuizButton("retry", session.id, label="Try the misses again"))
    row.append(QuizButton("stats", label="My stats"))
    return row


def resume_card(session: Session) -> ui.LayoutView:
    """Offer to go on with a round that was left, or to leave it."""
    title = plain(session.wanted.title) or "Mixed"
    told = (
        f"## You have a round under way\n**{title}**: {session.position} of {session.count} questions answered, "
        f"{session.right} right."
    )
    rows = [
        QuizButton("resume", session.id, label="Go on", style=_PRIMARY),
        QuizButton("again", session.id, label="Start a new round"),
    ]
    return card(told, rows)


# --- Presses ---------------------------------------------------------------------------------------------


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
    await interaction.response.send_modal(number_modal(question, f"quiz:number:{session_id}:{position}"))


def number_modal(question: Question, custom_id: str) -> ui.Modal:
    """Return the form for a number."""
    modal = ui.Modal(title="Your answer", custom_id=custom_id)
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


@form(r"quiz:number:(?P<session>\d+):(?P<position>\d+)")
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
    session_id, position = map(int, words)
    service = play(interaction)
    await service.press(Press(session_id, interaction.user.id, position, None))
    # The answer is not shown: a question that was skipped can still be asked.
    await put_turn(interaction, await service.turn(session_id, interaction.user.id, position + 1))


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
