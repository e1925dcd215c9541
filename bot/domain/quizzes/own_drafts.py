"""A question as a moderator types it into a form: one option a line, `*` before the right ones. No I/O."""

import re
from typing import Final

from bot.domain.question_import import Choice, Defaults, Draft, Refused, finish
from bot.domain.questions import Kind, Level, Question, parse_number
from bot.errors import UserError

MAX_OWN: Final = 1000
"""Questions that a server may have of its own: more than a club writes, few enough to be read at once."""

_TRUTH: Final = {"true": True, "false": False}
_NUMBER: Final = re.compile(r"=\s*(?P<value>[^±]+?)\s*(?:(?:±|\+/-|\+-)\s*(?P<tolerance>.+))?")


def read_form(
    prompt: str, options: str, explanation: str, reference: str, *, level: Level, skills: tuple[str, ...]
) -> Question:
    """Return the question of a form, without an id; raises UserError with what is wrong and what to do.

    A line `True` or `False` alone makes it a question of that kind, `= 0.5 ± 0.01` one with a number.
    """
    draft = Draft(0, prompt=prompt, explanation=explanation)
    lines = [line.strip() for line in options.split("\n") if line.strip()]
    _read_answers(draft, lines)
    words = reference.split()
    draft.url = next((word for word in reversed(words) if word.startswith(("http://", "https://"))), "")
    draft.title = " ".join(word for word in words if word != draft.url).strip(" -–—:")
    try:
        return finish(draft, Defaults(level=level, skills=skills))
    except Refused as refused:
        raise UserError(f"The question {refused.words}.") from None


def _read_answers(draft: Draft, lines: list[str]) -> None:
    if len(lines) == 1:
        alone = lines[0].lstrip("*").strip()
        if alone.casefold() in _TRUTH:
            draft.truth = _TRUTH[alone.casefold()]
            return
        if match := _NUMBER.fullmatch(alone):
            draft.value = parse_number(match["value"])
            draft.tolerance = abs(parse_number(match["tolerance"])) if match["tolerance"] else 0.0
            draft.kind = Kind.NUMERIC
            return
    for line in lines:
        right = line.startswith("*")
        text, _, why = line.lstrip("*").strip().partition(" // ")
        draft.options.append(Choice(text, right, why.strip()))


def written_options(question: Question) -> str:
    """Return the answers of a question as the form takes them."""
    match question.kind:
        case Kind.BOOLEAN:
            return str(question.answer)
        case Kind.NUMERIC:
            near = f" ± {question.tolerance:g}" if question.tolerance else ""
            return f"= {question.value:.12g}{near}"
        case Kind.ORDER:
            return "\n".join(question.steps)
    return "\n".join(
        f"{'* ' if option.correct else ''}{option.text}{f' // {option.why}' if option.why else ''}"
        for option in question.options
    )


def written_reference(question: Question) -> str:
    """Return the reference of a question as the form takes it."""
    return f"{question.reference.title} {question.reference.url}".strip()


def same_form(before: Question, after: Question) -> bool:
    """Whether answers to one are answers to the other, so that a change of words keeps what is known of it."""
    return (before.kind, before.correct, before.answer, before.value, len(before.options)) == (
        after.kind, after.correct, after.answer, after.value, len(after.options)
    )  # fmt: skip
