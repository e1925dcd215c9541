"""Aiken: a question, options that begin with a letter, and a line `ANSWER: B`.

https://docs.moodle.org/en/Aiken_format
"""

import re
from typing import Final

from bot.domain.question_import.drafting import finish, too_long
from bot.domain.question_import.values import (
    Choice,
    Defaults,
    Draft,
    Fault,
    Format,
    Read,
    Reading,
    Refused,
    is_full,
)

_OPTION: Final = re.compile(r"\s*([A-Za-z])[.)](?:\s+(.*))?")
_ANSWER: Final = re.compile(r"\s*ANSWER\s*:(.*)", re.IGNORECASE)
_LETTER: Final = re.compile(r"[A-Za-z]")


def looks_right(text: str) -> bool:
    """Whether there are options with letters and answers below them, or one of the two often enough."""
    lines = text.split("\n")[:2000]
    options = sum(_OPTION.fullmatch(line) is not None for line in lines)
    answers = sum(_ANSWER.fullmatch(line) is not None for line in lines)
    return bool(answers and options) or options >= max(2, len(lines) // 3)


def read(text: str, defaults: Defaults) -> Reading:
    """Read question by question: each ends at its answer, or where an empty line follows its options."""
    questions: list[Read] = []
    faults: list[Fault] = []
    for begins, lines in _questions(text):
        if is_full(questions, faults):
            break
        try:
            questions.append(Read(begins, finish(_draft(begins, lines), defaults)))
        except Refused as refused:
            faults.append(Fault(begins, refused.words))
    return Reading(Format.AIKEN, tuple(questions), tuple(faults))


def _questions(text: str) -> list[tuple[int, list[str]]]:
    found: list[tuple[int, list[str]]] = []
    begins, lines = 0, list[str]()
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            if lines and any(_OPTION.fullmatch(each) for each in lines):
                found.append((begins, lines))
                lines = []
            continue
        if not lines:
            begins = number
        lines.append(line)
        if _ANSWER.fullmatch(line):
            found.append((begins, lines))
            lines = []
    if lines:
        found.append((begins, lines))
    return found


def _draft(begins: int, lines: list[str]) -> Draft:
    draft = Draft(begins)
    prompt: list[str] = []
    letters: list[str] = []
    answer = ""
    for line in lines:
        too_long(line)
        if match := _ANSWER.fullmatch(line):
            answer = match[1]
        elif (match := _OPTION.fullmatch(line)) and prompt and _follows(match[1], letters):
            letters.append(match[1].upper())
            draft.options.append(Choice(match[2] or ""))
        elif letters:
            draft.options[-1].text += f" {line}"
        else:
            prompt.append(line)
    draft.prompt = "\n".join(prompt)
    if not prompt:
        raise Refused("has options or an answer and no question. Write the question above them")
    if not letters:
        raise Refused("has no options. Begin them with A. and B. below the question")
    if not answer.strip():
        raise Refused("has no right answer. Write a line such as “ANSWER: B” below its options")
    named = [letter.upper() for letter in _LETTER.findall(answer)]
    if (
        re.sub(r"[A-Za-z\s,;.)]|\band\b", "", answer)
        or any(letter not in letters for letter in named)
        or not named
    ):
        raise Refused(
            f"has the answer “{answer.strip()[:40]}”, which is none of its options. Write the letter of one"
        )
    for letter, option in zip(letters, draft.options, strict=True):
        option.correct = letter in named
    return draft


def _follows(letter: str, letters: list[str]) -> bool:
    """Whether a line that begins with a letter and a dot is the next option, and no sentence."""
    return letter.upper() == chr(ord("A") + len(letters))
