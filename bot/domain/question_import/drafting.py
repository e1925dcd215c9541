"""A question that somebody wrote, checked against what a card has room for. The same for every way in."""

import math
import re
from collections.abc import Sequence
from typing import Final

from bot.domain.question_import.texts import block, code_block, label, one_line
from bot.domain.question_import.values import MAX_FIELD, Choice, Defaults, Draft, Refused
from bot.domain.questions import Kind, Level, Option, Question, Reference

# As the bundled questions' schema has them (bot/content/questions.py): they fit the card.
PROMPT: Final = 350
OPTION: Final = 90
WHY: Final = 160
EXPLANATION: Final = 400
TITLE: Final = 100
URL: Final = 200
FORMULA: Final = 300
CODE: Final = 800
CODE_LINES: Final = 12
CODE_WIDTH: Final = 80
UNIT: Final = 20
OPTIONS: Final = (2, 5)
STEPS: Final = (3, 6)
SKILLS: Final = 4

LEVELS: Final = {
    "1": Level.BEGINNER,
    "beginner": Level.BEGINNER,
    "easy": Level.BEGINNER,
    "2": Level.INTERMEDIATE,
    "intermediate": Level.INTERMEDIATE,
    "medium": Level.INTERMEDIATE,
    "3": Level.ADVANCED,
    "advanced": Level.ADVANCED,
    "hard": Level.ADVANCED,
}
TRUE: Final = frozenset({"true", "t", "yes"})
FALSE: Final = frozenset({"false", "f", "no"})
_URL: Final = re.compile(r"https://[^\s<>]+\.[^\s<>]+")
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def finish(draft: Draft, defaults: Defaults) -> Question:
    """Return the question a draft makes, without an id; raises Refused with what is wrong and what to do."""
    prompt = _fits("question", block(draft.prompt), PROMPT)
    if not prompt:
        raise Refused("has no question. Write one, or take the line out")
    kind, options, truth = _kind(draft)
    explanation = block(draft.explanation)
    if kind is Kind.BOOLEAN and not explanation:
        explanation = block("\n".join(option.why for option in draft.options if option.why))
    code = _code(draft) if draft.code or kind is Kind.CODE else ""
    return Question(
        id="",
        topic=defaults.topic,
        kind=kind,
        level=_level(draft.level, defaults),
        skills=_skills(draft.skills, defaults),
        prompt=prompt,
        explanation=_fits("explanation", explanation, EXPLANATION),
        reference=_reference(draft),
        formula=_fits("formula", block(draft.formula), FORMULA),
        code=code,
        language=_language(draft) if code else "",
        options=options,
        steps=_steps(draft) if kind is Kind.ORDER else (),
        answer=truth,
        value=_number(draft.value) if kind is Kind.NUMERIC else None,
        tolerance=_tolerance(draft) if kind is Kind.NUMERIC else 0.0,
        unit=_fits("unit", one_line(draft.unit), UNIT) if kind is Kind.NUMERIC else "",
    )


def _fits(what: str, text: str, most: int) -> str:
    if len(text) > most:
        raise Refused(f"has {_a(what)} of {len(text):,} characters; {most} fit on the card. Shorten it")
    return text


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeio" else f"a {what}"


def _kind(draft: Draft) -> tuple[Kind, tuple[Option, ...], bool | None]:
    """Return how it is asked; two options True and False make a question of that kind."""
    named = one_line(draft.kind).casefold()
    if named and named not in set(Kind):
        raise Refused(f"is of a kind I do not know, “{named[:40]}”. Kinds are {', '.join(Kind)}")
    if named == Kind.ORDER or draft.steps:
        return Kind.ORDER, (), None
    if named == Kind.NUMERIC or (draft.value is not None and not draft.options):
        return Kind.NUMERIC, (), None
    if draft.truth is not None and not draft.options:
        return Kind.BOOLEAN, (), draft.truth
    if (truth := _truth(draft.options)) is not None and named in {"", Kind.BOOLEAN, Kind.ONE}:
        return Kind.BOOLEAN, (), truth
    if named == Kind.BOOLEAN:
        raise Refused("has no right answer. Write true or false as its answer")
    options = _options(draft.options)
    correct = sum(option.correct for option in options)
    if named in {Kind.ONE, Kind.CODE, Kind.FORMULA} and correct > 1:
        raise Refused(f"has {correct} right answers, and its kind takes one. Make it “several”")
    if named == Kind.SEVERAL and correct < 2:
        raise Refused("has one right answer only, and “several” takes two or more. Make it “one”")
    if correct > 1:
        return Kind.SEVERAL, options, None
    if draft.code:
        return Kind.CODE, options, None
    return (Kind.FORMULA if named == Kind.FORMULA else Kind.ONE), options, None


def _truth(options: Sequence[Choice]) -> bool | None:
    words = {one_line(option.text).casefold(): option.correct for option in options}
    if set(words) != {"true", "false"} or len(options) != 2 or words["true"] == words["false"]:
        return None
    return words["true"]


def _options(choices: Sequence[Choice]) -> tuple[Option, ...]:
    options = []
    for choice in choices:
        if text := _fits("option", label(choice.text), OPTION):
            why = "" if choice.correct else _fits("reason", one_line(choice.why), WHY)
            options.append(Option(text, choice.correct, why))
        elif choice.correct:
            raise Refused("marks an empty option as right. Write its text")
    least, most = OPTIONS
    if len(options) < least:
        raise Refused(
            "has no wrong options to choose from. Add at least one" if options else "has no options"
        )
    if len(options) > most:
        raise Refused(f"has {len(options)} options; {most} fit on the card. Take some out")
    correct = sum(option.correct for option in options)
    if not correct:
        raise Refused("has no right answer. Mark one")
    if correct == len(options):
        raise Refused("has only right answers. Leave at least one option wrong")
    # Case counts in code, `'A'` and `'a'` are two answers; blanks never do.
    if len({option.text for option in options}) != len(options):
        raise Refused("has the same option twice. Change one of them")
    return tuple(options)


def _level(text: str, defaults: Defaults) -> Level:
    named = one_line(text).casefold()
    if not named:
        return defaults.level
    if (level := LEVELS.get(named)) is None:
        raise Refused(f"has a level I do not know, “{named[:40]}”. Write beginner, intermediate or advanced")
    return level


def _skills(named: Sequence[str], defaults: Defaults) -> tuple[str, ...]:
    skills = list(dict.fromkeys(slug for name in named if (slug := "-".join(name.casefold().split()))))
    for skill in skills:
        if not _SLUG.fullmatch(skill) or len(skill) > 60:
            raise Refused(f"names a skill that is none, “{skill[:40]}”. Use names such as linear-algebra")
        if defaults.known_skills is not None and skill not in defaults.known_skills:
            raise Refused(
                f"names a skill I do not know, “{skill[:40]}”. Leave it out, or pick one from /quiz play"
            )
    if len(skills) > SKILLS:
        raise Refused(f"names {len(skills)} skills; {SKILLS} are the most. Leave some out")
    return tuple(skills) or defaults.skills


def _reference(draft: Draft) -> Reference:
    title, url = one_line(draft.title), one_line(draft.url)
    if not url and _URL.fullmatch(title):
        title, url = "", title
    if url and not _URL.fullmatch(url):
        raise Refused("has a reference that is no whole address. Begin it with https://, or leave it out")
    return Reference(_fits("reference title", title, TITLE), _fits("reference", url, URL))


def _code(draft: Draft) -> str:
    code = code_block(draft.code)
    if not code:
        raise Refused("is about code and has none. Fill in the column “code”")
    lines = code.split("\n")
    if len(lines) > CODE_LINES or max(map(len, lines)) > CODE_WIDTH or len(code) > CODE:
        raise Refused(
            f"has code that is too large; {CODE_LINES} lines of {CODE_WIDTH} characters fit on the card"
        )
    return code


def _language(draft: Draft) -> str:
    language = one_line(draft.language).casefold()
    if language and not re.fullmatch(r"[a-z]{1,20}", language):
        raise Refused("names a language that is none. Write one word such as python or sql")
    return language or "python"


def _steps(draft: Draft) -> tuple[str, ...]:
    steps = tuple(_fits("step", label(step), OPTION) for step in draft.steps)
    least, most = STEPS
    if not least <= len(steps) <= most or not all(steps):
        raise Refused(f"has {len(steps)} steps; from {least} to {most} can be put into order")
    if len({step.casefold() for step in steps}) != len(steps):
        raise Refused("has the same step twice. Change one of them")
    return steps


def _number(value: float | None) -> float:
    if value is None or not math.isfinite(value):
        raise Refused("has no number as its answer. Write one, such as 0.5")
    return value


def _tolerance(draft: Draft) -> float:
    if not math.isfinite(draft.tolerance) or draft.tolerance < 0:
        raise Refused("has a tolerance that is no number from 0 up. Write one, such as 0.01")
    return draft.tolerance


def too_long(text: str) -> None:
    """Refuse a text that nothing good can be made of before work is put into it."""
    if len(text) > MAX_FIELD:
        raise Refused(f"has a text of {len(text):,} characters. Shorten it")
