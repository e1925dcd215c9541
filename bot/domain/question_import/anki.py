"""Notes that Anki exported as plain text: a table with tabs and, since 2.1.54, lines that say what is in it.

https://docs.ankiweb.net/exporting.html and https://docs.ankiweb.net/importing/text-files.html
"""

import re
from dataclasses import dataclass, field
from typing import Final

from bot.domain.question_import import tables
from bot.domain.question_import.drafting import FALSE, OPTION, TRUE, finish, too_long
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
from bot.domain.questions import parse_number
from bot.errors import UserError

_HEADER: Final = re.compile(r"#([a-z][a-z ]*):(.*)", re.IGNORECASE)
_KNOWN: Final = frozenset(
    {"separator", "html", "tags", "columns", "notetype", "deck", "if matches", "guid column", "tags column",
     "notetype column", "deck column"}
)  # fmt: skip
_SEPARATORS: Final = {
    "tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|", "colon": ":",
}  # fmt: skip
_CLOZE: Final = re.compile(r"\{\{c(\d+)::(.*?)(?:::(.*?))?\}\}", re.DOTALL)
_BORROWED: Final = 3
"""Wrong options that a card gets from the answers of others."""


@dataclass(slots=True)
class _Head:
    separator: str = "\t"
    html: bool = False
    columns: list[str] = field(default_factory=list)
    meta: set[int] = field(default_factory=set)  # columns that are no fields of the note, from 0
    tags: int | None = None
    lines: int = 0


@dataclass(slots=True)
class _Card:
    line: int
    front: str
    back: str
    extra: str
    tags: frozenset[str]


def has_head(text: str) -> bool:
    """Whether a text begins with the lines in which Anki says what is in it."""
    match = _HEADER.fullmatch(text.lstrip("\n").split("\n", 1)[0].strip())
    return match is not None and match[1].casefold().strip() in _KNOWN


def looks_right(text: str) -> bool:
    """Whether a text is a table with tabs, as Anki's older exports are."""
    lines = [line for line in text.split("\n")[:200] if line.strip()]
    return bool(lines) and sum("\t" in line for line in lines) * 2 > len(lines)


def read(text: str, defaults: Defaults) -> Reading:
    """Read notes: those with options as tables are read, those with a front and a back as cards."""
    head = _head(text)
    questions: list[Read] = []
    faults: list[Fault] = []
    cards: list[_Card] = []
    header = tables.header_of(head.columns) if head.columns else None
    rows = tables.rows_of(
        "\n" * head.lines + text.split("\n", head.lines)[-1] if head.lines else text, head.separator
    )
    while True:
        try:
            line, row = next(rows)
        except StopIteration:
            break
        except Refused as refused:
            faults.append(Fault(refused.line, refused.words))
            break
        if is_full((*questions, *cards), faults):
            break
        if row[0].startswith("#"):
            continue
        try:
            found = _note(line, row, head, header)
            if isinstance(found, _Card):
                cards.append(found)
            else:
                questions.append(Read(line, finish(_tagged(found, row, head, defaults), defaults)))
        except Refused as refused:
            faults.append(Fault(line, refused.words))
    borrowed = _finish_cards(cards, defaults, questions, faults)
    notes = (
        (
            f"Anki's cards have no wrong options: {borrowed} got some from the answers of other cards. Look them over.",
        )
        if borrowed
        else ()
    )
    questions.sort(key=lambda each: each.line)
    faults.sort(key=lambda fault: fault.line)
    return Reading(Format.ANKI, tuple(questions), tuple(faults), notes)


def _head(text: str) -> _Head:
    head = _Head()
    for line in text.split("\n"):
        match = _HEADER.fullmatch(line.strip())
        if match is None or match[1].casefold().strip() not in _KNOWN:
            if line.strip():
                break
            head.lines += 1
            continue
        head.lines += 1
        _said(head, match[1].casefold().strip(), match[2].strip())
    return head


def _said(head: _Head, name: str, value: str) -> None:
    if name == "separator":
        head.separator = _SEPARATORS.get(
            value.casefold(), value if len(value) == 1 and value not in '"\n' else "\t"
        )
    elif name == "html":
        head.html = value.casefold() == "true"
    elif name == "columns":
        head.columns = value.split(head.separator)
    elif name.endswith(" column") and re.fullmatch(r"[1-9]\d?", value):
        head.meta.add(int(value) - 1)
        if name == "tags column":
            head.tags = int(value) - 1


def _note(line: int, row: list[str], head: _Head, header: "tables.Header | None") -> "Draft | _Card":
    for cell in row:
        too_long(cell)
    cells = [without_markup(cell) if head.html else cell for cell in row]
    if header is not None:
        return tables.with_header(line, cells, header)
    fields = [cell for column, cell in enumerate(cells) if column not in head.meta]
    while fields and not fields[-1].strip():
        fields.pop()
    if not fields:
        raise Refused("is an empty note. Take it out")
    if _CLOZE.search(fields[0]):
        return _cloze(line, fields, _tags(cells, head))
    if len(fields) >= 5:
        return tables.bare(line, fields)
    if len(fields) < 2 or not one_line(fields[1]):
        raise Refused("has a front and no back. Fill in its second field")
    return _Card(line, fields[0], fields[1], fields[2] if len(fields) > 2 else "", _tags(cells, head))


def _tags(cells: list[str], head: _Head) -> frozenset[str]:
    if head.tags is None or head.tags >= len(cells):
        return frozenset()
    return frozenset(cells[head.tags].casefold().split())


def _cloze(line: int, fields: list[str], tags: frozenset[str]) -> _Card:
    """Return a card that asks for the first gap of a cloze note; the others are filled in."""
    text = fields[0]
    first = min(int(match[1][:6]) for match in _CLOZE.finditer(text))
    answers = {one_line(match[2]) for match in _CLOZE.finditer(text) if int(match[1][:6]) == first}
    if len(answers) != 1:
        raise Refused("has several gaps with the same number. Give each a number of its own")
    front = _CLOZE.sub(lambda match: "____" if int(match[1][:6]) == first else match[2], text)
    return _Card(line, front, answers.pop(), fields[1] if len(fields) > 1 else "", tags)


def _tagged(draft: Draft, row: list[str], head: _Head, defaults: Defaults) -> Draft:
    draft.skills = draft.skills or _skills(_tags(row, head), defaults)
    return draft


def _skills(tags: frozenset[str], defaults: Defaults) -> list[str]:
    """Return the tags that are skills we know; the others are the member's own business."""
    known = defaults.known_skills or ()
    return sorted(
        tag for name in tags for tag in [name.replace("_", "-").rpartition("::")[2]] if tag in known
    )[:4]


def _finish_cards(cards: list[_Card], defaults: Defaults, questions: list[Read], faults: list[Fault]) -> int:
    borrowed = 0
    pool: dict[str, _Card] = {}
    for card in cards:
        if len(one_line(card.back)) <= OPTION:
            pool.setdefault(one_line(card.back).casefold(), card)
    for place, card in enumerate(cards):
        try:
            draft = Draft(
                card.line, prompt=card.front, explanation=card.extra, skills=_skills(card.tags, defaults)
            )
            if not _by_itself(draft, card.back):
                draft.options = _options(card, place, pool)
                borrowed += 1
            questions.append(Read(card.line, finish(draft, defaults)))
        except Refused as refused:
            faults.append(Fault(card.line, refused.words))
    return borrowed


def _by_itself(draft: Draft, back: str) -> bool:
    """Whether a back is an answer that needs no wrong ones beside it: true, false or a number."""
    word = one_line(back).casefold()
    if word in TRUE | FALSE:
        draft.truth = word in TRUE
        return True
    try:
        draft.value = parse_number(word)
    except UserError:
        return False
    return True


def _options(card: _Card, place: int, pool: dict[str, _Card]) -> list[Choice]:
    own = one_line(card.back)
    # Those that share a tag and are of like length are the hardest to tell apart.
    others = [
        (
            -len(card.tags & other.tags),
            abs(len(one_line(other.back)) - len(own)),
            other.line,
            one_line(other.back),
        )
        for folded, other in pool.items()
        if folded != own.casefold() and folded not in TRUE | FALSE
    ]
    if len(others) < 2:
        raise Refused("has one answer and no wrong ones, and there are too few other cards to take some from. "
                      "Add options to it, or more cards")  # fmt: skip
    others.sort()
    texts = [text for _, _, _, text in others[:_BORROWED]]
    texts.insert(place % (len(texts) + 1), own)
    return [Choice(text, correct=text == own) for text in texts]
