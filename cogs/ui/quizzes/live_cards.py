"""The messages of a live round, as they are stored in the outbox, and the card on which its host sets it up."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.digests import Rendered
from bot.domain.questions import Kind, Level, Question
from bot.domain.quizzes.live import (
    COUNTS,
    NOBODY,
    OPENING,
    PAUSE,
    RUNNING,
    SECONDS,
    Asked,
    Closed,
    Ending,
    LiveRenderer,
    Place,
    Round,
    Settings,
)
from bot.domain.sources import stamp
from bot.services.quizzes.areas import MIXED, Areas
from bot.services.quizzes.live import Draft, Personal
from bot.words import _, ngettext, number, pgettext
from cogs.ui.cards import CARE, GOOD, IS_COMPONENTS_V2, card, container, line
from cogs.ui.items import option
from cogs.ui.quizzes.asking import (
    LETTERS,
    LEVELS,
    answer_words,
    choices_text,
    fitted,
    how_to_answer,
    level_name,
    question_text,
    truth,
)
from cogs.ui.quizzes.items import QuizButton, QuizMenu
from cogs.ui.text import plain, plural, shorten

_BAR: Final = 10  # characters of a full bar
_MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}
_ON_PODIUM: Final = 10
_MENU: Final = 25
_PRIMARY: Final = discord.ButtonStyle.primary


class LiveCards(LiveRenderer):
    """Draws rounds for Discord."""

    def opening(self, round_: Round, area: str, joined: int, *, gone: bool = False) -> Rendered:
        """Return the message that says a round is about to begin; without buttons once it has."""
        settings = round_.settings
        rule = (
            _("A wrong answer costs points, so that guessing earns nothing: leave out what you do not know.")
            if settings.penalty
            else _("Wrong answers cost nothing.")
        )
        begins = round_.created_at + OPENING
        text = _(
            "## Live quiz: {area}\n{host} asks {questions}.\n"
            "Answer with the buttons below each question. Only you see what you picked, and you can change it until "
            "time is up. Right and quick earns most. {rule} You can come in at any question."
        ).format(area=plain(_(area)), host=f"<@{round_.host_id}>", questions=_length(round_), rule=rule)
        if gone:
            return _message(round_, _("opening"), [text])
        row = [
            QuizButton("livejoin", round_.id, label=_("I am in"), style=_PRIMARY),
            QuizButton("livego", round_.id, 0, label=_("Begin now")),
            QuizButton("livestop", round_.id, label=_("Call it off")),
        ]
        comes = _("The first question comes {when}.").format(when=stamp(begins, "R"))
        return _message(round_, _("opening"), [f"{text}\n\n{comes}", row])

    def question(self, asked: Asked, answered: int) -> Rendered:
        """Return a question that is open."""
        question, round_ = asked.question, asked.round
        assert round_.deadline is not None
        so_far = ngettext("{count} has answered", "{count} have answered", answered) if answered else ""
        texts = [
            f"-# {_heading(asked)}",
            question_text(question),
            "\n".join(
                part for part in (choices_text(question, asked.order), how_to_answer(question)) if part
            ),
        ]
        parts: list[Any] = [text for text in fitted(texts) if text]
        until = _("⏱️ Time is up {when}").format(when=stamp(round_.deadline, "R"))
        parts += [_answers(asked), " · ".join(each for each in (until, so_far) if each)]
        return _message(round_, _nth(round_), parts)

    def closed(self, closed: Closed) -> Rendered:
        """Return a question with its answer and what was picked."""
        asked = closed.asked
        question, round_ = asked.question, asked.round
        texts = [
            f"-# {_heading(asked)} · {_('time is up')}",
            question_text(question),
            _distribution(closed),
            plain(question.explanation) if question.explanation else "",
            f"-# {plain(question.reference.title)}" if question.reference.title else "",
        ]
        parts: list[Any] = [text for text in fitted(texts, 2800) if text]
        leaders = [place for place in closed.leaders if place.player.points > 0]
        if leaders and not round_.is_last:
            parts += [line(), f"**{_('Leading')}** " + " · ".join(_named(place) for place in leaders)]
        more = _("Result: {when}") if round_.is_last else _("Next question: {when}")
        if round_.next_at is not None:  # in words that hold when it has long come: "4 minutes ago"
            parts.append("-# " + more.format(when=stamp(round_.next_at, "R")))
        row: list[ui.Item[Any]] = [QuizButton("livehow", round_.id, label=_("How did I do?"))]
        if question.reference.url:
            row.append(ui.Button(label=_("Read on"), url=question.reference.url))
        if round_.next_at is not None:
            row.append(
                QuizButton(
                    "livego",
                    round_.id,
                    round_.position,
                    label=_("Result") if round_.is_last else _("Next question"),
                )
            )
        if round_.next_at is not None and not round_.is_last:
            row.append(QuizButton("livestop", round_.id, label=_("Stop")))
        return _message(round_, _nth(round_), [*parts, row], colour=GOOD)

    def ending(self, ending: Ending) -> Rendered:
        """Return the podium: the first three places, nobody below them and nobody without points."""
        round_ = ending.round
        text = "## " + _("Live quiz: {area}").format(area=plain(_(ending.area)))
        winners = [place for place in ending.places if place.place <= 3 and place.player.points > 0]
        if winners:
            text += "".join(f"\n{_winner(place, ending.asked)}" for place in winners[:_ON_PODIUM])
            if len(winners) > _ON_PODIUM:
                more = len(winners) - _ON_PODIUM
                text += "\n" + ngettext(
                    "and {count} more on the same places", "and {count} more on the same places", more
                )
        elif ending.places:
            text += "\n" + _("Nobody ended above zero this time. Reviewing what was asked helps.")
        else:
            text += "\n" + _("Nobody answered.")
        parts: list[Any] = [text]
        if round_.reason:
            parts.append(_(round_.reason))
        played = ngettext("{count} member played", "{count} members played", len(ending.places))
        asked = ngettext("{count} question", "{count} questions", ending.asked)
        parts.append(f"-# {played} · {asked}")
        if ending.places:
            parts.append(
                [
                    QuizButton("livehow", round_.id, label=_("My result"), style=_PRIMARY),
                    QuizButton("review", label=_("Review what I missed")),
                ]
            )
        return _message(round_, pgettext("of a live quiz", "result"), parts)


def settings_card(draft: Draft, areas: Areas) -> ui.LayoutView:
    """Return the private card on which a host sets a round up; each change is kept at once."""
    round_, settings = draft.round, draft.round.settings
    enough = draft.fitting >= settings.count
    fitting = (
        f"{plural(draft.fitting, 'question')} fit that."
        if enough
        else f"⚠️ Only {plural(draft.fitting, 'question')} fit that, so the round is as short."
        if draft.fitting
        else "⚠️ No question fits that. Choose another topic or level."
    )
    penalty = "cost points, so guessing earns nothing" if settings.penalty else "cost nothing"
    return card(
        f"## Live quiz in <#{round_.channel_id}>\n{plain(draft.area)} · {_length(round_)}. "
        f"Wrong answers {penalty}.\n-# {fitting} Only you see this card.",
        [_area_menu(round_, areas)],
        [_menu("livelevel", round_, _levels(), str(int(settings.level or 0)), "Level")],
        [_menu("livecount", round_, _counts(settings), str(settings.count), "How many questions")],
        [_menu("liveseconds", round_, _seconds(), str(settings.seconds), "Time for each question")],
        [
            QuizButton(
                "livestart",
                round_.id,
                label="Start",
                style=discord.ButtonStyle.success,
                disabled=not draft.fitting,
            ),
            QuizButton(
                "livepenalty",
                round_.id,
                int(not settings.penalty),
                label="Let wrong answers cost nothing"
                if settings.penalty
                else "Let wrong answers cost points",
            ),
            QuizButton("livecancel", round_.id, label="Cancel"),
        ],
    )


def personal_card(personal: Personal) -> ui.LayoutView:
    """Return how one player does, for that player alone."""
    if personal.place is None:
        if personal.round.state not in RUNNING:
            return card("You did not answer in this round, and it is over.")
        return card("You have not answered in this round. You can come in at any question.")
    player = personal.place.player
    shared = f"{_ordinal(personal.place.place)} of {plural(personal.players, 'player')}"
    closed = [outcome for outcome in personal.outcomes if outcome.points is not None]
    lines = []
    for outcome in closed:
        sign = "✅" if outcome.right else "❌"
        prompt = plain(shorten(outcome.question.prompt, 90))
        lines.append(f"{sign} **{outcome.position + 1}.** {prompt} · {outcome.points:+,}")
    parts: list[Any] = [
        f"### {player.points:,} points · {shared}\n{player.right} of {len(closed)} answers right",
        "\n".join(lines),
    ]
    if personal.misses:
        word = "what you missed" if personal.misses > 1 else "the one you missed"
        parts.append(
            [QuizButton("review", label=f"Review {word}", style=_PRIMARY)],
        )
    return card(*(part for part in parts if part), colour=CARE if personal.misses else GOOD)


def picked_words(
    question: Question, order: Sequence[int], answer: Any, round_: Round, *, changed: bool
) -> str:
    """Return what somebody is told who answered."""
    assert round_.deadline is not None
    now = " now" if changed else ""
    words = answer_words(question, order, answer)
    verb = "answered" if question.kind is Kind.NUMERIC else "picked"
    # With a colon it holds when the moment has passed: "3 minutes ago".
    return f"You {verb} **{words}**{now}. You can change it until time is up: {stamp(round_.deadline, 'R')}."


def _answers(asked: Asked) -> list[ui.Item[Any]]:
    """Return what the question is answered with."""
    question, round_ = asked.question, asked.round
    if question.kind is Kind.BOOLEAN:
        return [
            QuizButton(
                "livepick", round_.id, round_.position, value, label=truth(bool(value)), style=_PRIMARY
            )
            for value in (1, 0)
        ]
    if question.kind is Kind.NUMERIC:
        return [
            QuizButton("livetype", round_.id, round_.position, label=_("Type the answer"), style=_PRIMARY)
        ]
    if question.kind is Kind.SEVERAL:
        options = [
            option(f"{LETTERS[place]} {question.options[position].text}", str(position))
            for place, position in enumerate(asked.order)
        ]
        words = _("Pick all that are right")
        return [
            QuizMenu(
                "livemany", round_.id, round_.position, options=options, placeholder=words, most=len(options)
            )
        ]
    return [
        QuizButton("livepick", round_.id, round_.position, position, label=LETTERS[place], style=_PRIMARY)
        for place, position in enumerate(asked.order)
    ]


def _distribution(closed: Closed) -> str:
    """Return the options with how many picked each, the right ones marked, and why the others are wrong."""
    asked, question = closed.asked, closed.asked.question
    if question.kind is Kind.BOOLEAN:
        lines = [
            _row(value == question.answer, f"**{truth(bool(value))}**", closed.picks[value], closed, "")
            for value in (1, 0)
        ]
    elif question.kind is Kind.NUMERIC:
        assert question.value is not None
        near = f" (±{question.tolerance:g})" if question.tolerance else ""
        right = f"**{answer_words(question, asked.order, question.value)}**{near}"
        lines = [
            _row(True, right, closed.picks[1], closed, ""),
            _row(False, _("something else"), closed.picks[0], closed, ""),
        ]
    else:
        lines = [
            _row(
                question.options[position].correct,
                f"**{LETTERS[place]}** {plain(question.options[position].text)}",
                closed.picks.get(position, 0),
                closed,
                question.options[position].why,
            )
            for place, position in enumerate(asked.order)
        ]
    if closed.answered:
        total = _("{right} of {total} were right").format(right=closed.right, total=closed.answered)
    else:
        total = _("Nobody answered")
    lines.append(f"-# {total}")
    return "\n".join(lines)


def _row(right: bool, text: str, picks: int, closed: Closed, why: str) -> str:
    share = picks / closed.answered if closed.answered else 0.0
    full = round(share * _BAR)
    bar = f"`{'█' * full}{'░' * (_BAR - full)}`"
    reason = f"\n-# {plain(why)}" if why and picks and not right else ""
    return f"{'✅' if right else '▫️'} {text}\n{bar} {picks}{reason}"


def _heading(asked: Asked) -> str:
    round_ = asked.round
    return _("Question {number} of {total} · {area} · {level}").format(
        number=round_.position + 1,
        total=len(round_.questions),
        area=plain(_(asked.area)),
        level=level_name(asked.question.level),
    )


def _nth(round_: Round) -> str:
    return _("question {number}").format(number=round_.position + 1)


def _length(round_: Round) -> str:
    settings = round_.settings
    count = len(round_.questions) or settings.count
    if settings.level is None:
        questions = ngettext("{count} question", "{count} questions", count)
    else:
        questions = ngettext("{count} {level} question", "{count} {level} questions", count)
        questions = questions.format(level=level_name(settings.level))
    return _("{questions}, {seconds} seconds each").format(questions=questions, seconds=settings.seconds)


def _named(place: Place) -> str:
    return f"{place.place}. {_name(place)} {number(place.player.points)}"


def _name(place: Place) -> str:
    member_id = place.player.member_id
    return f"<@{member_id}>" if member_id != NOBODY else _("somebody")


def _winner(place: Place, asked: int) -> str:
    player = place.player
    points = ngettext("**{count}** point", "**{count}** points", player.points)
    right = _("{right} of {total} right").format(right=player.right, total=asked)
    return f"{_MEDALS[place.place]} {_name(place)} · {points} · {right}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _area_menu(round_: Round, areas: Areas) -> QuizMenu:
    chosen = round_.settings.area
    offered = areas.all()
    shown = offered[: _MENU - 2]
    if chosen is not None and all(area.id != chosen for area in shown):
        shown = [*shown, *(area for area in offered if area.id == chosen)]
    options = [discord.SelectOption(label="Everything, mixed", value=MIXED, default=chosen is None)]
    options += [
        option(area.name, area.id, plural(area.questions, "question"), default=area.id == chosen)
        for area in shown
    ]
    return QuizMenu("liveskill", round_.id, options=options, placeholder="Topic")


def _menu(action: str, round_: Round, offered: Mapping[str, str], chosen: str, placeholder: str) -> QuizMenu:
    options = [
        discord.SelectOption(label=words, value=value, default=value == chosen)
        for value, words in offered.items()
    ]
    return QuizMenu(action, round_.id, options=options, placeholder=placeholder)


def _levels() -> dict[str, str]:
    return {"0": "All levels"} | {str(int(level)): LEVELS[level].capitalize() for level in Level}


def _counts(settings: Settings) -> dict[str, str]:
    return {str(count): plural(count, "question") for count in sorted({*COUNTS, settings.count})}


def _seconds() -> dict[str, str]:
    return {str(seconds): f"{seconds} seconds for each" for seconds in SECONDS}


def _message(
    round_: Round, what: str, parts: Sequence[Any], *, colour: discord.Colour | None = None
) -> Rendered:
    words = _("Live quiz {number} · {what}").format(number=round_.id, what=what)
    marker = f"-# {words}"
    options = {} if colour is None else {"colour": colour}
    payload: dict[str, Any] = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*parts, marker, **options).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


__all__ = ["PAUSE", "LiveCards", "personal_card", "picked_words", "settings_card"]
