"""A server's own questions on cards: the list, one question, what a file came to."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.questions import Level, Question, Topic
from bot.domain.quizzes.items import Flag, ItemStats
from bot.services.quizzes.own import Listing, Preview
from cogs.ui.cards import CARE, GOOD, card, line
from cogs.ui.items import option
from cogs.ui.quizzes.asking import LEVELS, fitted, marked_choices, question_text
from cogs.ui.quizzes.items import QuizButton, QuizMenu
from cogs.ui.text import plain, plural, shorten

FAULTS_SHOWN: Final = 10
_PROMPT: Final = 90
_LINES_NAMED: Final = 8
_PRIMARY: Final = discord.ButtonStyle.primary
_DANGER: Final = discord.ButtonStyle.danger


def number_of(question: Question) -> int:
    """Return the number of an own question in its server."""
    return int(question.id.rpartition(":")[2])


def list_card(listing: Listing, *, told: str = "", undo: Sequence[object] = ()) -> ui.LayoutView:
    """Return a page of the list; `undo` are the words of a button that takes back what was just done."""
    back = QuizButton("setpanel", label="Back")
    add = QuizButton("ownadd", label="Add a question", style=_PRIMARY)
    undoing = [[QuizButton(*map(str, undo), label="Undo")]] if undo else []
    if not listing.total:
        words = "This server has no questions of its own yet. Add one, or import a file from the panel."
        return card(*_told(told), *undoing, f"## Own questions\n{words}", [add, back])
    lines = [
        f"**{number}** {plain(shorten(each.prompt, _PROMPT))}\n-# {_facts(each)}"
        for number, each in listing.questions
    ]
    options = [
        option(f"{number} · {shorten(each.prompt, 80)}", str(number)) for number, each in listing.questions
    ]
    turning = []
    if listing.pages > 1:
        turning = [
            QuizButton("ownlist", listing.page - 1, label="Earlier", disabled=listing.page == 0),
            QuizButton(
                "ownlist", listing.page + 1, label="Later", disabled=listing.page + 1 >= listing.pages
            ),
        ]
    place = f" · page {listing.page + 1} of {listing.pages}" if listing.pages > 1 else ""
    return card(
        *_told(told),
        *undoing,
        f"## Own questions\n-# {plural(listing.total, 'question')}{place}",
        "\n".join(lines),
        [QuizMenu("ownopen", listing.page, options=options, placeholder="Look at one, change or remove it")],
        [*turning, add, back],
    )


def question_card(
    question: Question, stats: ItemStats, topics: Sequence[Topic], *, told: str = "", page: int = 0
) -> ui.LayoutView:
    """Return one question as moderators see it, with its answer and what is known of it."""
    number = number_of(question)
    share = stats.share_right
    known = (
        f"{plural(stats.answers, 'first answer')}, {share:.0%} right"
        if share is not None
        else "Nobody has answered it yet"
    )
    order = range(len(question.options) or len(question.steps))
    reference = " ".join(part for part in (plain(question.reference.title), question.reference.url) if part)
    texts = [
        f"-# Question {number} · {_facts(question)}",
        question_text(question),
        marked_choices(question, order, None) + _reasons(question),
        plain(question.explanation) if question.explanation else "-# No explanation",
        f"Read on: {reference}" if reference else "",
        f"-# {known}",
    ]
    levels = [
        discord.SelectOption(
            label=LEVELS[level].capitalize(), value=str(int(level)), default=level is question.level
        )
        for level in Level
    ]
    about = [
        discord.SelectOption(label=topic.name, value=topic.id, default=topic.id == question.skills[0])
        for topic in topics
    ]
    if all(not each.default for each in about):
        about.insert(
            0, discord.SelectOption(label=question.skills[0], value=question.skills[0], default=True)
        )
    return card(
        *_told(told),
        *(text for text in fitted(texts) if text),
        [QuizMenu("ownlevel", number, page, options=levels, placeholder="Level")],
        [QuizMenu("ownskill", number, page, options=about[:25], placeholder="What it is about")],
        [
            QuizButton("ownedit", number, page, label="Edit"),
            QuizButton("ownremove", number, page, label="Remove", style=_DANGER),
            QuizButton("ownlist", page, label="All own questions"),
        ],
    )


def preview_card(preview: Preview, name: str) -> ui.LayoutView:
    """Return what a file came to; nothing of it is asked before the button is pressed."""
    reading = preview.reading
    if reading.format is None:
        return card(
            f"## {plain(shorten(name, 80))}\n{plain(reading.faults[0].words)}", [_panel()], colour=CARE
        )
    read, cannot = len(reading.questions), len(reading.faults)
    heading = f"## {plain(shorten(name, 80))} · {reading.format.value}\n{plural(read, 'question')} read"
    if cannot:
        heading += f", {plural(cannot, reading.counted)} cannot be:"
    parts: list[Any] = [heading + ("" if cannot else ".")]
    if cannot:
        parts.append("\n".join(f"- {plain(words)}" for words in fault_lines(preview)[:FAULTS_SHOWN]))
        if cannot > FAULTS_SHOWN:
            parts.append(f"-# and {cannot - FAULTS_SHOWN} more; all of them are in the file below.")
    left = []
    if preview.known:
        left.append(
            f"{plural(len(preview.known), 'question')} I have already ({_lines(preview.known, reading.counted)})"
        )
    if preview.twice:
        left.append(
            f"{plural(len(preview.twice), 'question')} that are in the file twice ({_lines(preview.twice, reading.counted)})"
        )
    if left:
        parts.append(f"Left out: {' and '.join(left)}.")
    parts += [f"-# {plain(note)}" for note in reading.notes]
    if not preview.new:
        parts += ["There is nothing to add. Put right what is wrong and send the file again.", [_panel()]]
        return card(*parts, colour=CARE)
    shown = "\n".join(f"- {plain(shorten(each.prompt, _PROMPT))}" for each in preview.examples)
    parts += [line(), f"{shown}\n-# Nothing has been added yet."]
    label = f"Add the {preview.new:,}" if preview.new > 1 else "Add it"
    parts.append(
        [
            QuizButton(
                "owntake", preview.first, preview.last, label=label, style=discord.ButtonStyle.success
            ),
            QuizButton("owndrop", preview.first, preview.last, label="Cancel"),
        ]
    )
    return card(*parts, colour=CARE if cannot else GOOD)


def fault_lines(preview: Preview) -> list[str]:
    """Return every fault as a sentence that begins with its line."""
    counted = preview.reading.counted
    return [
        f"{counted} {fault.line} {fault.words.rstrip('.')}." if fault.line else fault.words
        for fault in preview.reading.faults
    ]


def flagged_card(flags: Sequence[Flag]) -> ui.LayoutView:
    """Return the questions that somebody should look at, and why."""
    if not flags:
        return card(
            "## To look at\nNo question of this server's own was reported or has poor figures.",
            [_panel()],
            colour=GOOD,
        )
    shown = flags[:10]
    blocks = [
        f"**{number_of(flag.question)}** {plain(shorten(flag.question.prompt, _PROMPT))}\n"
        + "\n".join(f"- {plain(reason)}" for reason in flag.reasons)
        for flag in shown
    ]
    options = [
        option(
            f"{number_of(flag.question)} · {shorten(flag.question.prompt, 80)}", str(number_of(flag.question))
        )
        for flag in shown
    ]
    return card(
        f"## To look at\n-# {plural(len(flags), 'question')}",
        *fitted(blocks, 3200),
        [QuizMenu("ownopen", 0, options=options, placeholder="Look at one, change or remove it")],
        [_panel()],
        colour=CARE,
    )


def _facts(question: Question) -> str:
    kinds = {"one": "one of several", "several": "several of several", "boolean": "true or false"}
    about = ", ".join(skill.replace("-", " ") for skill in question.skills)
    return f"{kinds.get(question.kind, question.kind.value)} · {LEVELS[question.level]} · {plain(about)}"


def _reasons(question: Question) -> str:
    lines = [f"> {plain(each.text)}: {plain(each.why)}" for each in question.options if each.why]
    return "\n" + "\n".join(lines) if lines else ""


def _lines(numbers: Sequence[int], counted: str) -> str:
    named = ", ".join(str(number) for number in numbers[:_LINES_NAMED])
    more = ", …" if len(numbers) > _LINES_NAMED else ""
    return f"{counted}{'s' if len(numbers) > 1 else ''} {named}{more}"


def _told(told: str) -> list[str]:
    return [told] if told else []


def _panel() -> QuizButton:
    return QuizButton("setpanel", label="Back")
