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
from cogs.ui.cards import CARE, GOOD, IS_COMPONENTS_V2, card, container, line
from cogs.ui.quizzes.asking import (
    LETTERS,
    LEVELS,
    answer_words,
    choices_text,
    fitted,
    how_to_answer,
    question_text,
)
from cogs.ui.quizzes.items import QuizButton, QuizMenu
from cogs.ui.text import plain, plural, shorten

_BAR: Final = 10  # characters of a full bar
_MEDALS: Final = {1: "🥇", 2: "🥈", 3: "🥉"}
_ON_PODIUM: Final = 10
_MENU: Final = 25
_PRIMARY: Final = discord.ButtonStyle.primary
_DANGER: Final = discord.ButtonStyle.danger


class LiveCards(LiveRenderer):
    """Draws rounds for Discord."""

    def opening(self, round_: Round, area: str, joined: int, *, gone: bool = False) -> Rendered:
        """Return the message that says a round is about to begin; without buttons once it has."""
        settings = round_.settings
        rule = (
            "A wrong answer costs points, so that guessing earns nothing: leave out what you do not know."
            if settings.penalty
            else "Wrong answers cost nothing."
        )
        begins = round_.created_at + OPENING
        text = (
            f"## Live quiz: {plain(area)}\n<@{round_.host_id}> asks {_length(round_)}.\n"
            "Answer with the buttons below each question. Only you see what you picked, and you can change it until "
            f"time is up. Right and quick earns most. {rule} You can come in at any question."
        )
        if gone:
            return _message(round_, "opening", [text])
        row = [
            QuizButton("livejoin", round_.id, label="I am in", style=_PRIMARY),
            QuizButton("livego", round_.id, 0, label="Begin now"),
            QuizButton("livestop", round_.id, label="Call it off"),
        ]
        return _message(round_, "opening", [f"{text}\n\nThe first question comes {stamp(begins, 'R')}.", row])

    def question(self, asked: Asked, answered: int) -> Rendered:
        """Return a question that is open."""
        question, round_ = asked.question, asked.round
        assert round_.deadline is not None
        so_far = f" · {answered} have answered" if answered > 1 else " · 1 has answered" if answered else ""
        texts = [
            f"-# {_heading(asked)}",
            question_text(question),
            "\n".join(
                part for part in (choices_text(question, asked.order), how_to_answer(question)) if part
            ),
        ]
        parts: list[Any] = [text for text in fitted(texts) if text]
        parts += [_answers(asked), f"⏱️ Time is up {stamp(round_.deadline, 'R')}{so_far}"]
        return _message(round_, f"question {round_.position + 1}", parts)

    def closed(self, closed: Closed) -> Rendered:
        """Return a question with its answer and what was picked."""
        asked = closed.asked
        question, round_ = asked.question, asked.round
        texts = [
            f"-# {_heading(asked)} · time is up",
            question_text(question),
            _distribution(closed),
            plain(question.explanation) if question.explanation else "",
            f"-# {plain(question.reference.title)}" if question.reference.title else "",
        ]
        parts: list[Any] = [text for text in fitted(texts, 2800) if text]
        leaders = [place for place in closed.leaders if place.player.points > 0]
        if leaders and not round_.is_last:
            parts += [line(), "**Leading** " + " · ".join(_named(place) for place in leaders)]
        more = "The result comes" if round_.is_last else "The next question comes"
        if round_.next_at is not None:
            parts.append(f"-# {more} {stamp(round_.next_at, 'R')}")
        row: list[ui.Item[Any]] = [QuizButton("livehow", round_.id, label="How did I do?")]
        if question.reference.url:
            row.append(ui.Button(label="Read on", url=question.reference.url))
        row.append(
            QuizButton(
                "livego", round_.id, round_.position, label="Result" if round_.is_last else "Next question"
            )
        )
        if not round_.is_last:
            row.append(QuizButton("livestop", round_.id, label="Stop"))
        return _message(round_, f"question {round_.position + 1}", [*parts, row], colour=GOOD)

    def ending(self, ending: Ending) -> Rendered:
        """Return the podium: the first three places, nobody below them and nobody without points."""
        round_ = ending.round
        text = f"## Live quiz: {plain(ending.area)}"
        winners = [place for place in ending.places if place.place <= 3 and place.player.points > 0]
        if winners:
            text += "".join(f"\n{_winner(place, ending.asked)}" for place in winners[:_ON_PODIUM])
            if len(winners) > _ON_PODIUM:
                text += f"\nand {len(winners) - _ON_PODIUM} more on the same places"
        elif ending.places:
            text += "\nNobody ended above zero this time. Reviewing what was asked helps."
        else:
            text += "\nNobody answered."
        parts: list[Any] = [text]
        if round_.reason:
            parts.append(round_.reason)
        played = plural(len(ending.places), "member")
        parts.append(f"-# {played} played · {plural(ending.asked, 'question')}")
        if ending.places:
            parts.append(
                [
                    QuizButton("livehow", round_.id, label="My result", style=_PRIMARY),
                    QuizButton("review", label="Review what I missed"),
                ]
            )
        return _message(round_, "result", parts)


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
    return f"You {verb} **{words}**{now}. You can change it until time is up {stamp(round_.deadline, 'R')}."


def _answers(asked: Asked) -> list[ui.Item[Any]]:
    """Return what the question is answered with."""
    question, round_ = asked.question, asked.round
    if question.kind is Kind.BOOLEAN:
        return [
            QuizButton("livepick", round_.id, round_.position, value, label=label, style=_PRIMARY)
            for value, label in ((1, "True"), (0, "False"))
        ]
    if question.kind is Kind.NUMERIC:
        return [QuizButton("livetype", round_.id, round_.position, label="Type the answer", style=_PRIMARY)]
    if question.kind is Kind.SEVERAL:
        options = [
            discord.SelectOption(
                label=shorten(f"{LETTERS[place]} {question.options[position].text}", 100), value=str(position)
            )
            for place, position in enumerate(asked.order)
        ]
        words = "Pick all that are right"
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
        rows = [
            (bool(value), value == question.answer, label, "") for value, label in ((1, "True"), (0, "False"))
        ]
        lines = [
            _row(right, f"**{label}**", closed.picks[int(value)], closed, "")
            for value, right, label, _ in rows
        ]
    elif question.kind is Kind.NUMERIC:
        assert question.value is not None
        near = f" (±{question.tolerance:g})" if question.tolerance else ""
        right = f"**{answer_words(question, asked.order, question.value)}**{near}"
        lines = [
            _row(True, right, closed.picks[1], closed, ""),
            _row(False, "something else", closed.picks[0], closed, ""),
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
    lines.append(
        f"-# {closed.right} of {closed.answered} were right" if closed.answered else "-# Nobody answered"
    )
    return "\n".join(lines)


def _row(right: bool, text: str, picks: int, closed: Closed, why: str) -> str:
    share = picks / closed.answered if closed.answered else 0.0
    full = round(share * _BAR)
    bar = f"`{'█' * full}{'░' * (_BAR - full)}`"
    reason = f"\n-# {plain(why)}" if why and picks and not right else ""
    return f"{'✅' if right else '▫️'} {text}\n{bar} {picks}{reason}"


def _heading(asked: Asked) -> str:
    round_ = asked.round
    level = LEVELS[asked.question.level]
    return f"Question {round_.position + 1} of {len(round_.questions)} · {plain(asked.area)} · {level}"


def _length(round_: Round) -> str:
    settings = round_.settings
    count = len(round_.questions) or settings.count
    level = f"{LEVELS[settings.level]} " if settings.level else ""
    return f"{count} {level}question{'s' if count != 1 else ''}, {settings.seconds} seconds each"


def _named(place: Place) -> str:
    return f"{place.place}. {_name(place)} {place.player.points:,}"


def _name(place: Place) -> str:
    member_id = place.player.member_id
    return f"<@{member_id}>" if member_id != NOBODY else "somebody"


def _winner(place: Place, asked: int) -> str:
    player = place.player
    return (
        f"{_MEDALS[place.place]} {_name(place)} · **{player.points:,}** points · "
        f"{player.right} of {asked} right"
    )


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
        discord.SelectOption(
            label=shorten(area.name, 100),
            value=area.id,
            description=plural(area.questions, "question"),
            default=area.id == chosen,
        )
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
    marker = f"-# Live quiz {round_.id} · {what}"
    options = {} if colour is None else {"colour": colour}
    payload: dict[str, Any] = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*parts, marker, **options).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


__all__ = ["PAUSE", "LiveCards", "personal_card", "picked_words", "settings_card"]
