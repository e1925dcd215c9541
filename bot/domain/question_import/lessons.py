"""The two shapes in which courses keep their quizzes: JSON of a quiz app, and lists with `*`, `+` and `-`.

Both are those of Microsoft's AI for Beginners: `questionText` with `answerOptions`, and a text with `* question`,
`+ right` and `- wrong`.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from bot.domain.question_import.drafting import finish, too_long
from bot.domain.question_import.values import (
    MAX_QUESTIONS,
    Choice,
    Defaults,
    Draft,
    Fault,
    Format,
    Read,
    Reading,
    Refused,
)

_ITEM: Final = re.compile(r"\s*([*+-])\s+(.*)")
_DEEPEST: Final = 8


def looks_right(text: str) -> bool:
    """Whether there are questions behind `*` with options behind `+` and `-`."""
    signs = "".join(match[1] for line in text.split("\n")[:400] if (match := _ITEM.fullmatch(line)))
    return bool(re.search(r"\*[+-]*\+", signs)) and re.fullmatch(r"(?:\*[+-]*)+", signs) is not None


def read(text: str, defaults: Defaults) -> Reading:
    """Read a list; lines without a sign are headings."""
    drafts: list[Draft] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if (match := _ITEM.fullmatch(line)) is None:
            continue
        if match[1] == "*":
            drafts.append(Draft(number, prompt=match[2]))
        elif drafts:
            drafts[-1].options.append(Choice(match[2], correct=match[1] == "+"))
    return _reading(Format.LIST, drafts, defaults, "line")


def read_json(questions: list[Any], defaults: Defaults) -> Reading:
    """Read what `questions_in` found."""
    drafts = []
    for number, question in enumerate(questions, start=1):
        options = question.get("answerOptions")
        choices = [
            Choice(str(option.get("answerText") or ""), option.get("isCorrect") in {True, "true"})
            for option in (options if isinstance(options, list) else [])
            if isinstance(option, dict)
        ]
        drafts.append(Draft(number, prompt=str(question.get("questionText") or ""), options=choices))
    return _reading(Format.QUIZ_APP, drafts, defaults, "question")


def questions_in(data: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    """Yield every object with a `questionText`, wherever it stands."""
    if depth > _DEEPEST:
        return
    if isinstance(data, dict):
        if "questionText" in data:
            yield data
            return
        data = list(data.values())
    if isinstance(data, list):
        for each in data:
            yield from questions_in(each, depth + 1)


def _reading(format_: Format, drafts: list[Draft], defaults: Defaults, counted: str) -> Reading:
    questions: list[Read] = []
    faults: list[Fault] = []
    for draft in drafts[: MAX_QUESTIONS + 1]:
        try:
            too_long(draft.prompt)
            questions.append(Read(draft.line, finish(draft, defaults)))
        except Refused as refused:
            faults.append(Fault(draft.line, refused.words))
    return Reading(format_, tuple(questions), tuple(faults), counted=counted)
