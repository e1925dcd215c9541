"""Files of questions that moderators have: CSV, OpenTDB JSON, Aiken, GIFT, Anki text. No I/O."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from bot.domain.question_import import aiken, anki, gift, lessons, opentdb, tables
from bot.domain.question_import.drafting import finish
from bot.domain.question_import.texts import decode
from bot.domain.question_import.values import (
    MAX_BYTES,
    MAX_QUESTIONS,
    Choice,
    Defaults,
    Draft,
    Fault,
    Format,
    Reading,
    Refused,
    is_full,
)
from bot.domain.question_import.writing import to_csv, to_gift
from bot.domain.questions import Question

__all__ = [
    "MAX_BYTES",
    "MAX_QUESTIONS",
    "Choice",
    "Defaults",
    "Draft",
    "Fault",
    "Format",
    "Reading",
    "Refused",
    "finish",
    "likeness",
    "read",
    "to_csv",
    "to_gift",
]

_FORMATS: Final[tuple[tuple[Callable[[str], bool], Callable[[str, Defaults], Reading]], ...]] = (
    (opentdb.looks_right, opentdb.read),
    (anki.has_head, anki.read),
    (tables.looks_right, tables.read),
    (aiken.looks_right, aiken.read),
    (gift.looks_right, gift.read),
    (lessons.looks_right, lessons.read),
    (anki.looks_right, anki.read),
)
_OTHERS: Final = (
    (
        re.compile(r"\s*(<\?xml[^>]*>\s*)?<quiz\b", re.IGNORECASE),
        "Moodle XML. Export it from Moodle as GIFT.",
    ),
    (
        re.compile(r"\s*<(!doctype|html|\?xml)\b", re.IGNORECASE),
        "a web page or XML. Save the questions themselves.",
    ),
    (re.compile(r"\s*\{\\rtf"), "a rich text file. Save it as plain text."),
)


def read(data: bytes, defaults: Defaults | None = None) -> Reading:
    """Read a file of questions, whatever its format and encoding; the format is told from what is in it.

    Never raises for what is in the file: each question that cannot be taken is a `Fault`. More than
    `MAX_BYTES` or `MAX_QUESTIONS` is a fault of the whole file.
    """
    defaults = defaults or Defaults()
    try:
        text, note = _text(data)
        reading = _reader(text)(text, defaults)
    except Refused as refused:
        return Reading(None, faults=(Fault(refused.line, refused.words),))
    if is_full(reading.questions, reading.faults):
        words = f"There are more than {MAX_QUESTIONS} questions in it, the most that are read at a time. Split the file."
        return Reading(reading.format, faults=(Fault(0, words),), counted=reading.counted)
    if not reading.questions and not reading.faults:
        words = "There is a header and no question below it. Add one question a line."
        return Reading(reading.format, faults=(Fault(0, words),), counted=reading.counted)
    return replace(reading, notes=(note, *reading.notes)) if note else reading


def _text(data: bytes) -> tuple[str, str]:
    if len(data) > MAX_BYTES:
        raise Refused(
            f"The file has {len(data) / 1e6:.1f} MB; {MAX_BYTES // 1_000_000} MB is the most. Split it."
        )
    text, note = decode(data)
    if not text.strip():
        raise Refused("The file is empty. Choose another one.")
    for pattern, words in _OTHERS:
        if pattern.match(text):
            raise Refused(f"That is {words}")
    return text, note


def _reader(text: str) -> Callable[[str, Defaults], Reading]:
    for looks_right, reader in _FORMATS:
        if looks_right(text):
            return reader
    raise Refused(
        "I cannot tell what kind of file that is. I read CSV (question, options, letter of the right one), "
        "OpenTDB JSON, Aiken, GIFT and Anki's plain text."
    )


def likeness(question: Question) -> str:
    """Return what two questions have in common that ask the same: words and options, not case or signs."""
    parts = [question.prompt, question.formula, question.code, str(question.value), str(question.answer)]
    parts += sorted(option.text for option in question.options) + list(question.steps)
    # Signs count in what is short, such as options that are `+` and `-`.
    folded = [re.sub(r"[^\w+\-*/<>=]+", " ", part.casefold()).strip() or part for part in parts]
    return hashlib.sha256("\x00".join(folded).encode("utf-8", "replace")).hexdigest()[:32]
