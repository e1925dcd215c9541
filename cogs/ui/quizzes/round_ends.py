"""How a round that one plays alone went, and one that was left in the middle."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.questions import Question
from bot.domain.quizzes.answers import Mode
from bot.domain.quizzes.sessions import Outcome, Session
from bot.domain.sources import stamp
from bot.services.quizzes import Summary
from cogs.ui.actions import Interaction
from cogs.ui.cards import card, line
from cogs.ui.quizzes.asking import fitted
from cogs.ui.quizzes.items import QuizButton
from cogs.ui.quizzes.leads import lead_buttons
from cogs.ui.text import plain, plural, shorten

_PRIMARY: Final = discord.ButtonStyle.primary

_NAMED: Final = 3  # skills that a summary leads to
_PROMPT: Final = 90  # characters of a question in a summary


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
