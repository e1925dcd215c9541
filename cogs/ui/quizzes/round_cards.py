"""The cards of a round that one plays alone: the question, and what became of the answer."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.questions import Kind, Question
from bot.domain.quizzes.answers import Mode
from bot.domain.quizzes.reviewing import Grade
from bot.domain.quizzes.sessions import Outcome
from bot.domain.sources import stamp
from bot.services.quizzes import Turn
from cogs.ui.actions import Interaction
from cogs.ui.cards import CARE, GOOD, card
from cogs.ui.items import option
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
from cogs.ui.quizzes.items import QuizButton, QuizMenu
from cogs.ui.quizzes.leads import lead_buttons
from cogs.ui.text import plain, shorten

_PRIMARY: Final = discord.ButtonStyle.primary
_RIGHT_WORDS: Final = ("That is right.", "Right!", "Yes, exactly.", "Well done: that is right.")
_WRONG_WORDS: Final = (
    "Not quite. Here is why.",
    "Not this time, and now you will know.",
    "That is a common mix-up.",
    "A tempting one. Here is why it is another.",
)


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


def gone_card(turn: Turn) -> ui.LayoutView:
    """Let somebody go on where a question was taken away in the meantime."""
    place = (turn.session.id, turn.position)
    button = (
        QuizButton("skip", *place, label="Go on", style=_PRIMARY)
        if turn.outcome is None
        else QuizButton("next", *place, label="Next", style=_PRIMARY)
    )
    return card("This question was taken away by this server's moderators.", [button], colour=CARE)


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
