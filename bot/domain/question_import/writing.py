"""Questions written into files: a CSV table and GIFT. What `read` makes of either is the same again."""

import csv
import io
import json
from collections.abc import Iterable
from typing import Final

from bot.domain.question_import.drafting import OPTIONS, STEPS
from bot.domain.question_import.gift import EXTRA
from bot.domain.questions import Kind, Question

_WIDTH: Final = max(OPTIONS[1], STEPS[1])
_LETTERS: Final = "ABCDEF"[:_WIDTH]
_COLUMNS: Final = (
    "question", "kind", *(f"option {letter}" for letter in _LETTERS), "answer", "explanation", "reference", "url",
    "level", "skills", "formula", "code", "language", "tolerance", "unit", *(f"why {letter}" for letter in _LETTERS),
)  # fmt: skip


def to_csv(questions: Iterable[Question]) -> str:
    """Return a table with a header; a mark at its start lets Excel read it as the UTF-8 it is."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for question in questions:
        options = [option.text for option in question.options] or list(question.steps)
        whys = [option.why for option in question.options]
        writer.writerow(
            [
                question.prompt,
                question.kind.value,
                *(options + [""] * (_WIDTH - len(options))),
                _answer(question),
                question.explanation,
                question.reference.title,
                question.reference.url,
                question.level.name.casefold(),
                "; ".join(question.skills),
                question.formula,
                question.code,
                question.language,
                repr(question.tolerance) if question.tolerance else "",
                question.unit,
                *(whys + [""] * (_WIDTH - len(whys))),
            ]
        )
    return "\ufeff" + file.getvalue()


def _answer(question: Question) -> str:
    match question.kind:
        case Kind.BOOLEAN:
            return "true" if question.answer else "false"
        case Kind.NUMERIC:
            return repr(question.value)
        case Kind.ORDER:
            return ""
    return ", ".join(_LETTERS[place] for place in sorted(question.correct))


def to_gift(questions: Iterable[Question]) -> str:
    """Return GIFT as Moodle reads it; what it has no words for stands in a comment above each question."""
    return "\n\n".join(_gift(question) for question in questions) + "\n"


def _gift(question: Question) -> str:
    extra = {
        "kind": question.kind.value,
        "level": question.level.name.casefold(),
        "skills": list(question.skills),
        "title": question.reference.title,
        "url": question.reference.url,
        "formula": question.formula,
        "code": question.code,
        "language": question.language,
        "unit": question.unit,
    }
    comment = json.dumps({name: value for name, value in extra.items() if value}, ensure_ascii=False)
    asked = "\n".join(part for part in (question.prompt, question.formula, question.code) if part)
    inner = _inner(question)
    if question.explanation:
        inner += f"\n\t####{_escaped(question.explanation)}"
    return f"{EXTRA}{comment}\n[plain]{_escaped(asked)} {{{inner}\n}}"


def _inner(question: Question) -> str:
    match question.kind:
        case Kind.BOOLEAN:
            return "TRUE" if question.answer else "FALSE"
        case Kind.NUMERIC:
            return f"#{question.value!r}:{question.tolerance!r}"
        case Kind.ORDER:
            return "".join(
                f"\n\t={number} -> {_escaped(step)}" for number, step in enumerate(question.steps, start=1)
            )
    lines = []
    right = len(question.correct)
    for option in question.options:
        sign = "=" if option.correct and right == 1 else f"~%{100 / right:.5f}%" if option.correct else "~"
        if right > 1 and not option.correct:
            sign = "~%-100%"
        why = f"#{_escaped(option.why)}" if option.why else ""
        lines.append(f"\n\t{sign}{_text(option.text)}{why}")
    return "".join(lines)


def _text(option: str) -> str:
    """Return an option so that its beginning is taken for no weight and no format."""
    return f"[plain]{_escaped(option)}" if option[:1] in "%[" else _escaped(option)


def _escaped(text: str) -> str:
    for sign in "\\~=#{}:":
        text = text.replace(sign, f"\\{sign}")
    return text.replace("\n", "\\n")
