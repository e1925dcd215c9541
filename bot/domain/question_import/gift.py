"""GIFT, Moodle's format for questions: blocks with empty lines between, answers in braces.

https://docs.moodle.org/en/GIFT_format. Kinds that are answered in free text (short answers, essays) or by
matching have no place on buttons and are refused by name.
"""

import json
import re
from dataclasses import dataclass
from typing import Any, Final

from bot.domain.question_import.drafting import finish, too_long
from bot.domain.question_import.texts import one_line, without_markup
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
from bot.domain.questions import Kind, parse_number
from bot.errors import UserError

EXTRA: Final = "// cohort "
"""What our own export says in a comment above a question: the things that GIFT has no words for."""

_ESCAPED: Final = "~=#{}:"
_FORMAT: Final = re.compile(r"\s*\[(html|moodle|plain|markdown)\]", re.IGNORECASE)
_WEIGHT: Final = re.compile(r"\s*%(-?\d+(?:\.\d*)?)%")
_TITLE: Final = re.compile(r"\s*::(.*?)::", re.DOTALL)
_ANSWERS: Final = re.compile(r"\{(?=[^{}]*[=~#]|\s*(?:T|F|TRUE|FALSE)?\s*\})", re.IGNORECASE)
_TRUTH: Final = {"T": True, "TRUE": True, "F": False, "FALSE": False}
_BLANK: Final = "_____"


@dataclass(slots=True)
class _Block:
    line: int
    text: str
    extra: str = ""


@dataclass(slots=True)
class _Answer:
    sign: str  # = or ~
    text: str
    feedback: str
    weight: float | None


def looks_right(text: str) -> bool:
    """Whether there are titles, categories or answers in braces, as GIFT has them."""
    bare = "\n".join(line for line in text[:50_000].split("\n") if not line.lstrip().startswith("//"))
    bare = re.sub(r"\\.", "", bare)
    return (
        bool(re.search(r"^[ \t]*(::[^:\n]+::|\$CATEGORY:)", bare, re.MULTILINE))
        or _ANSWERS.search(bare) is not None
    )


def read(text: str, defaults: Defaults) -> Reading:
    """Read block by block."""
    questions: list[Read] = []
    faults: list[Fault] = []
    categories = 0
    for block in _blocks(text):
        if block.text.startswith("$CATEGORY"):
            categories += 1
            continue
        if is_full(questions, faults):
            break
        try:
            questions.append(Read(block.line, finish(_draft(block), defaults)))
        except Refused as refused:
            faults.append(Fault(block.line, refused.words))
    if not questions and not faults:
        faults.append(
            Fault(
                0, "There are no questions in that GIFT file, only comments or categories. Export it again."
            )
        )
    notes = (
        ("Categories are left out: say with skills what questions are about.",)
        if categories and questions
        else ()
    )
    return Reading(Format.GIFT, tuple(questions), tuple(faults), notes)


def _blocks(text: str) -> list[_Block]:
    """Split at empty lines, as Moodle does; comments go, but for those of our own export."""
    blocks: list[_Block] = []
    current: _Block | None = None
    extra = ""
    for number, line in enumerate(text.split("\n"), start=1):
        bare = line.strip()
        if bare.startswith("//"):
            if bare.startswith(EXTRA):
                extra = bare[len(EXTRA) :]
            continue
        if not bare:
            current = None
            continue
        if bare.startswith("$CATEGORY"):
            blocks.append(_Block(number, bare))
            current = None
            continue
        if current is None:
            current = _Block(number, line, extra)
            extra = ""
            blocks.append(current)
        else:
            current.text += f"\n{line}"
    return blocks


def _draft(block: _Block) -> Draft:
    draft = Draft(block.line)
    text = block.text
    too_long(text)
    if match := _TITLE.match(text):
        text = text[match.end() :]
    markup = "moodle"
    if match := _FORMAT.match(text):
        markup = match[1].casefold()
        text = text[match.end() :]
    before, inner, after = _parts(text)
    asked = (
        f"{before.rstrip()} {_BLANK} {after.lstrip()}" if after.strip(" .?!\n") else before + after.strip()
    )
    draft.prompt = _plain(asked, markup)
    _answers(draft, inner, markup)
    if block.extra:
        _extra(draft, block.extra)
    return draft


def _parts(text: str) -> tuple[str, str, str]:
    """Return what stands before, in and behind the braces."""
    begin = _find(text, "{", 0)
    stray = _find(text, "}", 0)
    if begin < 0:
        if stray >= 0:
            raise Refused("has a } without a {. Write \\} where a brace is part of the text")
        raise Refused("has no answers. Write them in braces behind the question")
    end = _find(text, "}", begin + 1)
    if end < 0:
        raise Refused("has a { that is not closed. Close it with } before the next empty line")
    if 0 <= stray < begin or 0 <= _find(text, "{", begin + 1) < end:
        raise Refused("has braces within braces. Write \\{ and \\} where they are part of the text")
    if _find(text, "{", end) >= 0 or _find(text, "}", end + 1) >= 0:
        raise Refused("has answers in two places. Put an empty line between two questions")
    return text[:begin], text[begin + 1 : end], text[end + 1 :]


def _find(text: str, sign: str, start: int) -> int:
    """Return where `sign` stands that no backslash makes part of the text, -1 where it does not."""
    place = start
    while place < len(text):
        if text[place] == "\\":
            place += 2
            continue
        if text[place] == sign:
            return place
        place += 1
    return -1


def _answers(draft: Draft, inner: str, markup: str) -> None:
    inner, general = _general(inner)
    if general.strip():
        draft.explanation = _plain(general, markup)
    bare = inner.strip()
    if not bare:
        raise Refused("is an essay, which no button can answer. Give it options with = and ~, or take it out")
    if bare.startswith("#"):
        _numeric(draft, bare[1:])
        return
    word = re.split(r"(?<!\\)#", bare, maxsplit=1)
    if (truth := _TRUTH.get(word[0].strip().upper())) is not None:
        draft.truth = truth
        if len(word) > 1 and not draft.explanation:
            draft.explanation = _plain("\n".join(re.split(r"(?<!\\)#", word[1])), markup)
        return
    _choices(draft, _split(bare, markup))


def _general(inner: str) -> tuple[str, str]:
    """Split off what follows `####`, the word on the question as a whole."""
    place = 0
    while (place := _find(inner, "#", place)) >= 0:
        if inner.startswith("####", place):
            return inner[:place], inner[place + 4 :]
        place += 1
    return inner, ""


def _split(inner: str, markup: str) -> list[_Answer]:
    """Return the answers, each of which begins with = or ~."""
    pieces: list[tuple[str, str]] = []
    place, begin, sign = 0, 0, ""
    while place <= len(inner):
        if place < len(inner) and inner[place] == "\\":
            place += 2
            continue
        if place >= len(inner) or inner[place] in "=~":
            if sign:
                pieces.append((sign, inner[begin:place]))
            elif inner[:place].strip():
                raise Refused("has answers that begin with neither = nor ~. Put = before the right one")
            if place < len(inner):
                sign, begin = inner[place], place + 1
        place += 1
    return [_answer(sign, text, markup) for sign, text in pieces]


def _answer(sign: str, text: str, markup: str) -> _Answer:
    weight = None
    if match := _WEIGHT.match(text):
        weight, text = float(match[1][:12]), text[match.end() :]
    elif re.match(r"\s*%", text):
        raise Refused(
            "has a weight that is no number, such as %50%. Mend it, or write \\% before a percent sign"
        )
    if match := _FORMAT.match(text):
        markup, text = match[1].casefold(), text[match.end() :]
    hash_ = _find(text, "#", 0)
    feedback = text[hash_ + 1 :] if hash_ >= 0 else ""
    if match := _FORMAT.match(feedback):
        feedback = feedback[match.end() :]
    raw = text[:hash_] if hash_ >= 0 else text
    return _Answer(sign, _plain(raw, markup), _plain(feedback, markup), weight)


def _choices(draft: Draft, answers: list[_Answer]) -> None:
    if not any(answer.sign == "~" for answer in answers):
        if all("->" in answer.text for answer in answers):
            _order(draft, answers)
            return
        raise Refused("is answered in words of one's own, which no button can do. Add wrong options with ~")
    if sum(answer.sign == "=" for answer in answers) > 1:
        raise Refused(
            "has several answers marked with = as the only right one. Write ~%50% before each of two right ones"
        )
    single = any(answer.sign == "=" for answer in answers)
    for answer in answers:
        correct = answer.sign == "=" if single else (answer.weight or 0) > 0
        draft.options.append(Choice(answer.text, correct, "" if correct else one_line(answer.feedback)))
        if correct and answer.feedback and not draft.explanation:
            draft.explanation = answer.feedback


def _order(draft: Draft, answers: list[_Answer]) -> None:
    """Read pairs of `1 -> first`, as our own export writes what is to be put into order; refuse all others."""
    pairs = [answer.text.split("->", 1) for answer in answers]
    if [pair[0].strip() for pair in pairs] != [str(number) for number in range(1, len(pairs) + 1)]:
        raise Refused("is a matching question, which I cannot ask. Make one question of each pair")
    draft.kind = Kind.ORDER
    draft.steps = [pair[1] for pair in pairs]


def _numeric(draft: Draft, inner: str) -> None:
    draft.kind = Kind.NUMERIC
    pieces = [piece for piece in re.split(r"(?<!\\)=", inner) if piece.strip()]
    best: tuple[float, str] | None = None
    for piece in pieces:
        match = _WEIGHT.match(piece)
        weight = float(match[1][:12]) if match else 100.0
        number, _, feedback = piece[match.end() if match else 0 :].partition("#")
        if weight == 100 and feedback.strip() and not draft.explanation:
            draft.explanation = _plain(feedback, "moodle")
        if best is None or weight > best[0]:
            best = (weight, number)
    if best is None:
        raise Refused("has no number as its answer. Write one behind the #")
    draft.value, draft.tolerance = _range(one_line(_plain(best[1], "plain")))


def _range(text: str) -> tuple[float, float]:
    try:
        if ".." in text:
            low, high = (parse_number(part) for part in text.split("..", 1))
            return (low + high) / 2, abs(high - low) / 2
        number, _, tolerance = text.partition(":")
        return parse_number(number), parse_number(tolerance) if tolerance.strip() else 0.0
    except UserError:
        raise Refused(
            f"has “{text[:40]}” where its number should be. Write one such as 12, 3.5:0.1 or 1..5"
        ) from None


def _plain(text: str, markup: str) -> str:
    """Take backslashes off, and markup where the format has some."""
    text = re.sub(r"\\(.)", lambda match: _unescaped(match[1]), text, flags=re.DOTALL)
    if markup == "html" or (markup == "moodle" and re.search(r"</?[a-zA-Z][^<>]*>|&[a-zA-Z#]\w*;", text)):
        return without_markup(text)
    return text


def _unescaped(sign: str) -> str:
    if sign in _ESCAPED or sign == "\\":
        return sign
    return "\n" if sign == "n" else f"\\{sign}"


def _extra(draft: Draft, text: str) -> None:
    """Fill in what our own export says beside; what is no such thing is a comment like any other."""
    try:
        extra: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(extra, dict):
        return
    for name in ("kind", "level", "title", "url", "formula", "code", "language", "unit"):
        if isinstance(value := extra.get(name), str):
            setattr(draft, name, value)
    if isinstance(skills := extra.get("skills"), list):
        draft.skills = [skill for skill in skills if isinstance(skill, str)]
    shown = "".join(f"\n{part}" for part in (draft.formula, draft.code) if part)
    if shown and draft.prompt.rstrip().endswith(shown):
        draft.prompt = draft.prompt.rstrip()[: -len(shown)]
