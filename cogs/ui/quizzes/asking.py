"""A question on a card, and what became of an answer to it. Rounds, daily questions and live ones share it."""

from collections.abc import Sequence
from typing import Final

from bot.domain.questions import Answer, Kind, Level, Question
from bot.words import N_, _, pgettext
from cogs.ui.cards import MAX_CHARACTERS
from cogs.ui.text import ZERO_WIDTH, listing, plain

LETTERS: Final = "ABCDEFGHIJ"

LEVELS: Final = {
    Level.BEGINNER: N_("beginner"),
    Level.INTERMEDIATE: N_("intermediate"),
    Level.ADVANCED: N_("advanced"),
}

TEXT_LIMIT: Final = MAX_CHARACTERS - 200
"""Characters of one card, with some room for what is counted otherwise than here."""

_RIGHT: Final = "✅"
_WRONG: Final = "❌"
_MISSED: Final = "☑️"
_OTHER: Final = "▫️"


def level_name(level: Level) -> str:
    """Return "beginner" and so on."""
    return _(LEVELS[level])


def truth(value: bool) -> str:
    """Return what an answer to a statement is called."""
    return pgettext("answer", "True") if value else pgettext("answer", "False")


def question_text(question: Question, *, heading: bool = True) -> str:
    """Return what is asked: the prompt, a formula, code."""
    prompt = plain(question.prompt)
    parts = [f"### {prompt}" if heading and len(prompt) <= 160 else f"**{prompt}**"]
    if question.formula:
        parts.append(_block(question.formula))
    if question.code:
        parts.append(_block(question.code, question.language))
    return "\n".join(parts)


def choices_text(question: Question, order: Sequence[int]) -> str:
    """Return the options with their letters, in the order in which they are shown; empty where it has none."""
    return "\n".join(
        f"**{LETTERS[place]}** {option_text(question, position)}"
        for place, position in enumerate(order)
        if question.options
    )


def option_text(question: Question, position: int) -> str:
    """Return one option; what a program prints stands as code."""
    text = question.options[position].text
    if question.kind is Kind.CODE and "`" not in text:
        return f"`{text}`"
    return plain(text)


def steps_text(question: Question, order: Sequence[int], draft: Sequence[int]) -> str:
    """Return the steps that are in order so far, then those that are left, as they are shown."""
    lines = [f"**{place}.** {plain(question.steps[step])}" for place, step in enumerate(draft, start=1)]
    return "\n".join([*lines, *(f"• {plain(question.steps[step])}" for step in order if step not in draft)])


def how_to_answer(question: Question) -> str:
    """Say how the answer is given, where that does not speak for itself."""
    match question.kind:
        case Kind.SEVERAL:
            return f"-# {_('More than one is right. Pick all of them at once.')}"
        case Kind.NUMERIC:
            number = _("A number")
            if question.unit:
                number = _("A number in {unit}").format(unit=plain(question.unit))
            if question.tolerance:
                number = _("{number}, to within ±{tolerance}").format(
                    number=number, tolerance=f"{question.tolerance:g}"
                )
            return "-# " + _("{number}: 12, 0.5, 3/8 and 50% are all fine.").format(number=number)
        case Kind.ORDER:
            return f"-# {_('Pick the steps one after the other.')}"
        case _:
            return ""


def marked_choices(question: Question, order: Sequence[int], answer: Answer | None) -> str:
    """Return the right answer beside the one that was given, and what is wrong with that."""
    match question.kind:
        case Kind.ONE | Kind.CODE | Kind.FORMULA | Kind.SEVERAL:
            picked = (
                answer if isinstance(answer, frozenset) else frozenset(() if answer is None else (answer,))
            )
            return "\n".join(
                _marked(question, position, LETTERS[place], position in picked, given=answer is not None)
                for place, position in enumerate(order)
            )
        case Kind.BOOLEAN:
            return _both(_truth(question.answer), None if answer is None else _truth(answer))
        case Kind.NUMERIC:
            near = f" (±{question.tolerance:g})" if question.tolerance else ""
            given = None if not isinstance(answer, int | float) else _number(answer, question.unit)
            assert question.value is not None
            return _both(_number(question.value, question.unit) + near, given)
        case Kind.ORDER:
            places = {step: place for place, step in enumerate(answer)} if isinstance(answer, tuple) else {}
            return "\n".join(
                _step(question, step, places.get(step), given=bool(places))
                for step in range(len(question.steps))
            )


def answer_words(question: Question, order: Sequence[int], answer: Answer) -> str:
    """Return an answer in a few words: "B", "A and C", "True", "12 ms", the steps by their letters."""
    if isinstance(answer, bool):
        return _truth(answer)
    if isinstance(answer, frozenset):
        letters = sorted(LETTERS[order.index(position)] for position in answer)
        return listing(letters)
    if isinstance(answer, tuple):
        return " → ".join(LETTERS[order.index(step)] for step in answer)
    if question.kind is Kind.NUMERIC:
        return _number(answer, question.unit)
    return LETTERS[order.index(int(answer))]


def fitted(parts: Sequence[str], limit: int = TEXT_LIMIT) -> list[str]:
    """Return the texts of a card within its limit: the longest one is cut where that has to be."""
    texts = list(parts)
    while (surplus := sum(map(len, texts)) - limit) > 0:
        place = max(range(len(texts)), key=lambda each: len(texts[each]))
        text = texts[place]
        keep = max(len(text) - surplus - 8, 40)
        if keep >= len(text):
            break
        cut = text[:keep].rstrip("\\ ")
        # A code block that is cut must still be closed.
        texts[place] = cut + ("…\n```" if cut.count("```") % 2 else "…")
    return texts


def _marked(question: Question, position: int, letter: str, picked: bool, *, given: bool) -> str:
    option = question.options[position]
    text = f"**{letter}** {option_text(question, position)}"
    if option.correct:
        if not given or picked or question.kind is not Kind.SEVERAL:
            return f"{_RIGHT} {text}"
        return f"{_MISSED} {text} · {_('right too')}"
    if picked:
        why = f"\n↳ {plain(option.why)}" if option.why else ""
        return f"{_WRONG} {text}{why}"
    return f"{_OTHER} {text}"


def _step(question: Question, step: int, place: int | None, *, given: bool) -> str:
    line = f"**{step + 1}.** {plain(question.steps[step])}"
    if not given:
        return line
    if place == step:
        return f"{_RIGHT} {line}"
    had = _("you had it at {place}").format(place=(place or 0) + 1)
    return f"{_OTHER} {line} · {had}"


def _both(right: str, given: str | None) -> str:
    if given is None:
        return f"{_RIGHT} **{right}**"
    if given == right:
        return f"{_RIGHT} **{right}**"
    is_right = _("**{answer}** is right").format(answer=right)
    said = _("you said **{answer}**").format(answer=given)
    return f"{_RIGHT} {is_right}\n{_OTHER} {said}"


def _truth(answer: object) -> str:
    return truth(bool(answer))


def _number(value: float, unit: str) -> str:
    text = f"{value:,.6g}" if abs(value) < 1e9 else f"{value:.6g}"
    return f"{text} {plain(unit)}".strip()


def _block(text: str, language: str = "") -> str:
    body = text.replace("```", f"`{ZERO_WIDTH}``")
    return f"```{language}\n{body}\n```"
