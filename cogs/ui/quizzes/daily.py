"""The question of the day: the post, what a member hears in private, and the results."""

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.digests import Rendered
from bot.domain.feeds import Feed
from bot.domain.questions import Answer, Kind, Question, is_correct
from bot.domain.quizzes.daily import Daily, Results
from bot.domain.quizzes.pool import OWN_TOPIC
from bot.domain.sources import stamp
from bot.services.quizzes import DailyService
from bot.services.quizzes.daily import Choice
from bot.words import N_, _, ngettext, percent
from cogs.ui.cards import ACCENT, CARE, GOOD, IS_COMPONENTS_V2, card, container
from cogs.ui.forms import form, open_form
from cogs.ui.items import option
from cogs.ui.quizzes.asking import (
    LETTERS,
    answer_words,
    choices_text,
    fitted,
    how_to_answer,
    level_name,
    marked_choices,
    question_text,
    truth,
)
from cogs.ui.quizzes.items import QuizButton, QuizMenu, chosen, pressed
from cogs.ui.quizzes.leads import lead_buttons
from cogs.ui.quizzes.rounds import number_modal
from cogs.ui.text import plain, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PRIMARY: Final = discord.ButtonStyle.primary
_BLOCKS: Final = 10  # of a bar
_OWN: Final = N_("This server's own")  # the name of `OWN_TOPIC`
_NUMBERS: Final = 5  # different numbers that results list


def _daily(interaction: Interaction) -> DailyService:
    return interaction.client.services.quizzes.daily


class DailyCards:
    """Renders posts; they are stored, so nothing of them depends on the moment of sending."""

    def __init__(self, topic_name: Callable[[str], str]) -> None:
        self._topic_name = topic_name

    def ask(self, feed: Feed, daily: Daily, question: Question, before: Results | None) -> Rendered:
        """Return a new question, with a line about the one before."""
        order = daily.order(question)
        private = _(
            "Your answer stays private, and you can change it until the results come with the next question."
        )
        texts = [
            f"## {_('Question of the day')}\n-# {self._place(question)}",
            question_text(question, heading=False),
            choices_text(question, order),
            how_to_answer(question),
            f"-# {private}",
        ]
        if before is not None:
            texts.append(_before(before))
        marker = _marker(daily)
        parts: list[Any] = [*fitted([text for text in texts if text]), *_rows(daily, question, order), marker]
        return _rendered(parts, marker, ACCENT, item=question.id)

    def results(self, feed: Feed, results: Results) -> Rendered:
        """Return what the message of a question becomes."""
        daily, question = results.daily, results.question
        order = daily.order(question)
        count = ngettext("{count} answer", "{count} answers", results.total)
        texts = [
            f"## {_('Question of the day: the results')}\n-# {self._place(question)} · {count}",
            question_text(question, heading=False),
            marked_choices(question, order, None),
            distribution(results, order),
            plain(question.explanation),
        ]
        marker = _marker(daily)
        row: list[Any] = []
        if question.reference.url:
            label = shorten(question.reference.title, 60) or _("Read on")
            row.append(ui.Button(label=label, url=question.reference.url))
        row += [
            QuizButton("daymine", daily.id, label=_("How did I do?")),
            QuizButton("report", question.id, label=_("Report")),
        ]
        return _rendered(
            [*fitted([text for text in texts if text]), row, marker], marker, GOOD, item=question.id
        )

    def _place(self, question: Question) -> str:
        topic = _(_OWN) if question.topic == OWN_TOPIC.id else self._topic_name(question.topic)
        return f"{plain(topic)} · {level_name(question.level)}"


def distribution(results: Results, order: Sequence[int]) -> str:
    """Return a bar for each answer that was given; nobody is named."""
    question = results.question
    if not results.total:
        return _("Nobody answered this time.")
    share = results.right / results.total
    head = _("**{share} were right** ({right} of {total})")
    lines = [head.format(share=percent(share), right=results.right, total=results.total)]
    counts: list[tuple[Answer, int]] = list(results.counts)
    if question.kind in {Kind.ONE, Kind.CODE, Kind.FORMULA}:
        by_position = dict(results.counts)
        counts = [(position, by_position.get(position, 0)) for position in order]
    elif question.kind is Kind.BOOLEAN:
        by_truth = dict(results.counts)
        counts = [(answer, by_truth.get(answer, 0)) for answer in (True, False)]
    more = len(counts) - _NUMBERS if question.kind in {Kind.NUMERIC, Kind.SEVERAL} else 0
    for answer, count in counts[:-more] if more > 0 else counts:
        mark = " ✅" if is_correct(question, answer) else ""
        lines.append(
            f"{_bar(count, results.total)} **{answer_words(question, order, answer)}** · {count}{mark}"
        )
    if more > 0:
        words = ngettext("and {count} other answer", "and {count} other answers", more)
        lines.append(f"-# {words}")
    return "\n".join(lines)


def _bar(count: int, total: int) -> str:
    full = round(_BLOCKS * count / total)
    return f"`{'█' * full}{'░' * (_BLOCKS - full)}`"


def _before(before: Results) -> str:
    if not before.total:
        words = _("Nobody answered the question before.")
    else:
        words = _("The question before: {share} of {total} were right.").format(
            share=percent(before.right / before.total), total=before.total
        )
    return f"-# {words} [{_('Answer and explanation')}]({before.link})" if before.link else f"-# {words}"


def _marker(daily: Daily) -> str:
    words = _("Question {number} · {day}")
    return "-# " + words.format(number=daily.id, day=f"{daily.slot_at:%Y-%m-%d}")


def _rows(daily: Daily, question: Question, order: Sequence[int]) -> list[list[Any]]:
    match question.kind:
        case Kind.SEVERAL:
            offered = [
                option(f"{LETTERS[at]} · {question.options[position].text}", str(position))
                for at, position in enumerate(order)
            ]
            return [
                [
                    QuizMenu(
                        "day",
                        daily.id,
                        options=offered,
                        most=len(offered),
                        placeholder=_("All that are right"),
                    )
                ]
            ]
        case Kind.BOOLEAN:
            return [
                [
                    QuizButton("daytruth", daily.id, 1, label=truth(True), style=_PRIMARY),
                    QuizButton("daytruth", daily.id, 0, label=truth(False), style=_PRIMARY),
                ]
            ]
        case Kind.NUMERIC:
            return [[QuizButton("daynumber", daily.id, label=_("Type your answer"), style=_PRIMARY)]]
        case _:
            return [
                [
                    QuizButton("day", daily.id, position, label=LETTERS[at], style=_PRIMARY)
                    for at, position in enumerate(order)
                ]
            ]


def _rendered(parts: Sequence[Any], marker: str, colour: discord.Colour, *, item: str) -> Rendered:
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*parts, colour=colour).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker, items=(item,))


# --- Presses ---------------------------------------------------------------------------------------------


async def _choose(interaction: Interaction, daily_id: str, given: Any) -> None:
    choice = Choice(int(daily_id), interaction.user.id, interaction.guild_id, given)
    noted = await _daily(interaction).choose(choice)
    words = answer_words(noted.question, noted.daily.order(noted.question), noted.answer)
    await interaction.response.send_message(
        f"Your answer is noted: **{words}**. You can change it until the results, {stamp(noted.until)}.",
        ephemeral=True,
    )


@pressed("day")
async def _day(interaction: Interaction, words: Sequence[str]) -> None:
    await _choose(interaction, words[0], int(words[1]))


@pressed("daytruth")
async def _day_truth(interaction: Interaction, words: Sequence[str]) -> None:
    await _choose(interaction, words[0], words[1] == "1")


@chosen("day")
async def _day_several(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _choose(interaction, words[0], frozenset(map(int, values)))


@pressed("daynumber")
async def _day_number(interaction: Interaction, words: Sequence[str]) -> None:
    _, question = await _daily(interaction).question(int(words[0]), interaction.guild_id)
    await open_form(interaction, number_modal(question, f"quiz:daynumber:{words[0]}"))


# The button has the same id as its form: one pattern each, and Discord tells the two kinds apart.
@form(r"quiz:daynumber:(?P<daily>\d+)", _day_number)
async def _day_number_given(
    interaction: "discord.Interaction[Any]", match: re.Match[str], values: dict[str, str]
) -> None:
    await _choose(interaction, match["daily"], values.get("number", ""))


@pressed("daymine")
async def _mine(interaction: Interaction, words: Sequence[str]) -> None:
    mine = await _daily(interaction).mine(int(words[0]), interaction.user.id, interaction.guild_id)
    question = mine.question
    if mine.answer is None:
        texts = ["You did not answer this one.", plain(question.explanation)]
    else:
        texts = [
            "## You were right." if mine.correct else "## Not this time.",
            marked_choices(question, mine.daily.order(question), mine.answer),
        ]
    row: list[Any] = [] if mine.correct else [*lead_buttons(interaction, question.skills[0])[:5]]
    view = card(*fitted(texts), row, colour=GOOD if mine.correct else CARE)
    await interaction.response.send_message(view=view, ephemeral=True)
