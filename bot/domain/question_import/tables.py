"""CSV: a table with a header, our own export among them, or rows of question, options and answer."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.domain.question_import.drafting import FALSE, TRUE, finish, too_long
from bot.domain.question_import.texts import one_line
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

DELIMITERS: Final = (",", ";", "\t", "|")
_LETTERS: Final = "ABCDEFGHIJ"
_MOST_COLUMNS: Final = 60

# What columns are called, in our own export and in the tables people have. `{}` stands for a letter or number.
_NAMES: Final = {
    "question": "prompt", "prompt": "prompt", "question text": "prompt", "questiontext": "prompt",
    "kind": "kind", "type": "kind", "question type": "kind",
    "answer": "answer", "correct": "answer", "correct answer": "answer", "answer key": "answer", "key": "answer",
    "right answer": "answer", "solution": "answer", "correct option": "answer", "correct answers": "answer",
    "explanation": "explanation", "feedback": "explanation", "rationale": "explanation", "comment": "explanation",
    "reference": "title", "reference title": "title", "source": "title",
    "url": "url", "link": "url", "reference url": "url",
    "level": "level", "difficulty": "level",
    "skills": "skills", "skill": "skills",
    "formula": "formula", "code": "code", "language": "language", "tolerance": "tolerance", "unit": "unit",
    "incorrect answers": "wrong", "wrong answers": "wrong",
}  # fmt: skip
_NUMBERED: Final = re.compile(
    r"(?P<what>option|choice|answer|step|why|feedback|incorrect answer|wrong answer|incorrect)?[ _-]*"
    r"(?P<which>[a-j]|10|[1-9])"
)
_KINDS: Final = {
    "multiple choice": "", "multiple": "", "mc": "", "mcq": "", "single": Kind.ONE, "single choice": Kind.ONE,
    "true/false": Kind.BOOLEAN, "true false": Kind.BOOLEAN, "tf": Kind.BOOLEAN, "bool": Kind.BOOLEAN,
    "number": Kind.NUMERIC, "numerical": Kind.NUMERIC, "ordering": Kind.ORDER,
}  # fmt: skip


@dataclass(slots=True)
class Header:
    """Which column holds what; options, reasons and wrong answers by their number."""

    fields: dict[str, int] = field(default_factory=dict)
    options: dict[int, int] = field(default_factory=dict)
    whys: dict[int, int] = field(default_factory=dict)
    wrong: list[int] = field(default_factory=list)

    @property
    def usable(self) -> bool:
        """Whether questions and their answers can be found with it."""
        return "prompt" in self.fields and ("answer" in self.fields or bool(self.options))


def header_of(row: Sequence[str]) -> Header | None:
    """Read a first row as names of columns; None where it is a question already."""
    header = Header()
    for column, cell in enumerate(row[:_MOST_COLUMNS]):
        name = re.sub(r"[_\s]+", " ", one_line(cell).casefold()).strip(" *:")
        if (known := _NAMES.get(name)) is not None:
            header.fields.setdefault(known, column)
        elif match := _NUMBERED.fullmatch(name):
            which = match["which"]
            number = int(which) - 1 if which.isdigit() else ord(which) - ord("a")
            what = match["what"] or "option"
            if what in {"why", "feedback"}:
                header.whys.setdefault(number, column)
            elif what.startswith(("incorrect", "wrong")):
                header.wrong.append(column)
            else:
                header.options.setdefault(number, column)
    return header if header.usable else None


def rows_of(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line it begins at; raises Refused at a quote that is not closed."""
    reader = csv.reader(io.StringIO(text, newline="\n"), delimiter=delimiter, strict=True)
    begins = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise Refused(_csv_words(str(error)), begins) from None
        if any(cell.strip() for cell in row):
            yield begins, row
        begins = reader.line_num + 1


def _csv_words(error: str) -> str:
    if "field larger" in error:
        return "holds a text that is far too long; perhaps a quote is not closed. Close it"
    return (
        "has a quotation mark in the wrong place, or one that is not closed. Write quotes inside a text twice"
    )


def delimiter_of(text: str) -> str:
    """Return what most likely stands between the cells: it makes the first rows equally long, and long."""
    best, longest = ",", 1.0
    for delimiter in DELIMITERS:
        widths = []
        try:
            for _, row in rows_of(text[:20_000], delimiter):
                widths.append(len(row))
                if len(widths) == 20:
                    break
        except Refused:
            pass
        if not widths:
            continue
        usual = max(set(widths), key=widths.count)
        score = usual * widths.count(usual) / len(widths)
        if usual > 1 and score > longest:
            best, longest = delimiter, score
    return best


def looks_right(text: str) -> bool:
    """Whether a text is a table of questions: a header that says so, or rows that end in a right answer."""
    rows = _first_rows(text, delimiter_of(text))
    if not rows:
        return False
    if header_of(rows[0]) is not None:
        return True
    ending = sum(len(row) >= 4 and _is_answer(row) for row in rows)
    return ending * 2 > len(rows)


def _first_rows(text: str, delimiter: str) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        for _, row in rows_of(text, delimiter):
            rows.append(row)
            if len(rows) == 20:
                break
    except Refused:
        pass
    return rows


def _filled(row: Sequence[str]) -> list[str]:
    """Return a row without the empty cells at its end."""
    cells = list(row)
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _is_answer(row: Sequence[str]) -> bool:
    last = one_line(row[-1])
    return bool(re.fullmatch(r"[A-Za-z1-9]", last)) or any(
        one_line(cell) == last for cell in row[1:-1] if last
    )


def read(text: str, defaults: Defaults) -> Reading:
    """Read a table, every row by itself."""
    delimiter = delimiter_of(text)
    questions: list[Read] = []
    faults: list[Fault] = []
    header: Header | None = None
    first = True
    width = max((len(_filled(row)) for row in _first_rows(text, delimiter)), default=0)
    rows = rows_of(text, delimiter)
    while True:
        try:
            line, row = next(rows)
        except StopIteration:
            break
        except Refused as refused:
            faults.append(Fault(refused.line, refused.words))
            break
        if is_full(questions, faults):
            break
        if first:
            first = False
            if (header := header_of(row)) is not None:
                continue
        try:
            draft = with_header(line, row, header) if header else bare(line, row, width)
            questions.append(Read(line, finish(draft, defaults)))
        except Refused as refused:
            faults.append(Fault(line, refused.words))
    return Reading(Format.CSV, tuple(questions), tuple(faults))


def bare(line: int, row: Sequence[str], width: int = 0) -> Draft:
    """Return the draft of a row without names: question, options, the right one's letter, number or text.

    `width` is how many cells the rows around it have: one with an empty cell at that place has no answer.
    """
    cells = _filled(row)
    if 3 <= len(cells) < width == len(row):
        raise Refused("has no right answer. Write its letter into the last cell, such as B")
    if len(cells) < 3:
        raise Refused(
            f"has {len(cells)} cells. Write the question, its options and the letter of the right one"
        )
    for cell in cells:
        too_long(cell)
    draft = Draft(line, prompt=cells[0])
    if len(cells) == 3 and one_line(cells[1]).casefold() in TRUE | FALSE:
        raise Refused("has one option only. Write the question, its options and the letter of the right one")
    texts = [cell for cell in cells[1:-1] if cell.strip()]
    _mark(draft, texts, cells[-1])
    return draft


def with_header(line: int, row: Sequence[str], header: Header) -> Draft:
    """Return the draft of a row whose columns have names."""

    def cell(name: str) -> str:
        column = header.fields.get(name)
        return _cell(row, column) if column is not None else ""

    for text in row:
        too_long(text)
    draft = Draft(
        line,
        prompt=cell("prompt"),
        explanation=cell("explanation"),
        title=cell("title"),
        url=cell("url"),
        level=cell("level"),
        skills=[name for name in re.split(r"[,;|\n]", cell("skills")) if name.strip()],
        formula=cell("formula"),
        code=cell("code"),
        language=cell("language"),
        unit=cell("unit"),
    )
    kind = one_line(cell("kind")).casefold()
    draft.kind = _KINDS.get(kind, kind)
    if tolerance := cell("tolerance").strip():
        draft.tolerance = _parse(tolerance, "tolerance")
    numbers = sorted(header.options)
    texts = [_cell(row, header.options[number]) for number in numbers]
    wrong = [text for column in header.wrong if (text := _cell(row, column)).strip()]
    if (column := header.fields.get("wrong")) is not None:
        wrong += [text for text in re.split(r"[;|\n]", _cell(row, column)) if text.strip()]
    answer = cell("answer")
    if draft.kind == Kind.ORDER:
        draft.steps = [text for text in texts if text.strip()]
    elif draft.kind == Kind.NUMERIC:
        draft.value = _parse(answer, "answer", draft.unit)
    elif wrong and not any(text.strip() for text in texts):
        draft.options = [Choice(answer, correct=True), *(Choice(text) for text in wrong)]
    else:
        _answer(draft, texts, answer)
        for number, option in zip(_kept(texts, numbers), draft.options, strict=False):
            if (place := header.whys.get(number)) is not None and not option.correct:
                option.why = _cell(row, place)
    return draft


def _kept(texts: Sequence[str], numbers: Sequence[int]) -> list[int]:
    return [number for number, text in zip(numbers, texts, strict=True) if text.strip()]


def _answer(draft: Draft, texts: list[str], answer: str) -> None:
    given = [text for text in texts if text.strip()]
    if given:
        # Letters count columns: an option left empty in the middle moves none of the others.
        _mark(draft, texts, answer)
    elif (truth := _truth(answer)) is not None:
        draft.truth = truth
    elif draft.kind == Kind.BOOLEAN or not answer.strip():
        raise Refused("has no right answer. Fill in the column “answer”")
    else:
        raise Refused("has no options. Fill in the columns “option A”, “option B” and so on")


def _truth(text: str) -> bool | None:
    word = one_line(text).casefold()
    return True if word in TRUE else False if word in FALSE else None


def _mark(draft: Draft, texts: list[str], answer: str) -> None:
    """Fill in the options, the right ones marked by letters, numbers or their own text."""
    positions = _positions(texts, answer)
    draft.options = [
        Choice(text, correct=place in positions)
        for place, text in enumerate(texts)
        if text.strip() or place in positions
    ]


def _positions(texts: Sequence[str], answer: str) -> set[int]:
    named = one_line(answer)
    if not named:
        raise Refused("has no right answer. Write its letter, such as B, or A, C where several are right")
    folded = [one_line(text).casefold() for text in texts]
    same = {place for place, text in enumerate(folded) if text == named.casefold()}
    by_place = _by_place(named, len(texts))
    if same and by_place is not None and by_place != same:
        raise Refused(f"has the answer “{named[:40]}”, which is the text of one option and the place of another. "
                      "Write its letter")  # fmt: skip
    if same:
        return same
    if by_place is None:
        raise Refused(f"has the answer “{named[:40]}”, which is none of its options. Write the letter of one")
    return by_place


def _by_place(named: str, count: int) -> set[int] | None:
    words = [word for word in re.split(r"[\s,;|/&+]+|\band\b", named.upper().strip("()[]")) if word]
    if len(words) == 1 and len(words[0]) > 1 and re.fullmatch(r"[A-J]+", words[0]) and len(set(words[0])) > 1:
        words = list(words[0]) if len(words[0]) <= count else words
    places = set()
    for word in (each.strip("().") for each in words):
        if len(word) == 1 and word in _LETTERS:
            places.add(_LETTERS.index(word))
        elif re.fullmatch(r"[1-9]|10", word):
            places.add(int(word) - 1)
        else:
            return None
    return places if places and max(places) < count else None


def _parse(text: str, what: str, unit: str = "") -> float:
    try:
        return parse_number(text, unit)
    except UserError:
        raise Refused(f"has “{one_line(text)[:40]}” where its {what} should be. Write one number") from None


def _cell(row: Sequence[str], column: int) -> str:
    return row[column] if column < len(row) else ""
