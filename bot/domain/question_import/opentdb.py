"""OpenTDB: what https://opentdb.com/api_config.php answers, in any of its four encodings."""

import base64
import binascii
import html
import json
import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import unquote, unquote_plus

from bot.domain.question_import.drafting import finish, too_long
from bot.domain.question_import.lessons import questions_in, read_json
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

_CODES: Final = {
    1: "OpenTDB had not enough questions for what was asked. Ask for fewer.",
    2: "OpenTDB did not understand what was asked. Look at its address again.",
    3: "The session token is unknown to OpenTDB. Ask without one.",
    4: "OpenTDB has given out all it has for that token. Ask without one.",
    5: "OpenTDB was asked too often. Wait five seconds and save the answer again.",
}
_TYPES: Final = frozenset({"multiple", "boolean"})


def looks_right(text: str) -> bool:
    """Whether a text is JSON, of whatever kind: there is one format here that is."""
    return (
        text.lstrip()[:1] in {"{", "["}
        and re.match(r'\s*(?:\{\s*(?:"|\}|$)|\[\s*(?:\{|\[|\]|"))', text) is not None
    )


def read(text: str, defaults: Defaults) -> Reading:
    """Read an answer of OpenTDB, or only its list of results."""
    data = _json(text)
    if lessons := list(questions_in(data)):
        return read_json(lessons, defaults)
    results = _results(data)
    decode = _decoder(results)
    questions: list[Read] = []
    faults: list[Fault] = []
    for number, result in enumerate(results[: MAX_QUESTIONS + 1], start=1):
        try:
            questions.append(Read(number, finish(_draft(number, result, decode), defaults)))
        except Refused as refused:
            faults.append(Fault(number, refused.words))
    return Reading(Format.OPENTDB, tuple(questions), tuple(faults), counted="question")


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except RecursionError:
        raise Refused("That is JSON nested far too deeply, and no answer of OpenTDB.") from None
    except json.JSONDecodeError as error:
        raise Refused(
            f"That is not whole JSON: {error.msg} in column {error.colno}. Save it again.", error.lineno
        ) from None
    except ValueError:
        raise Refused("That JSON has a number that is far too long.") from None


def _results(data: Any) -> list[Any]:
    if isinstance(data, dict):
        code = data.get("response_code")
        if isinstance(code, int) and code in _CODES:
            raise Refused(_CODES[code])
        data = data.get("results")
    if not isinstance(data, list) or not all(
        isinstance(each, dict) and "correct_answer" in each for each in data[:1]
    ):
        raise Refused(
            "That is JSON, but no answer of OpenTDB: it has no “results” with a “correct_answer”. Make it a CSV table."
        )
    if not data:
        raise Refused("OpenTDB's answer has no questions in it. Ask for other ones.")
    return data


def _decoder(results: list[Any]) -> Callable[[str], str]:
    """Return how texts are encoded, told from `type`, which is one of two words."""
    kinds = [
        result["type"]
        for result in results
        if isinstance(result, dict) and isinstance(result.get("type"), str)
    ]
    if kinds and all(_base64(kind) in _TYPES for kind in kinds):
        return lambda text: _base64(text, must=True)
    texts = [
        text
        for result in results
        if isinstance(result, dict)
        for text in [result.get("question")]
        if isinstance(text, str)
    ]
    if (
        texts
        and any(re.search(r"%[0-9A-Fa-f]{2}", text) for text in texts)
        and not any(" " in text for text in texts)
    ):
        # Of the two URL encodings only the older has plus signs for blanks; the newer writes a plus as %2B.
        return unquote_plus if any("+" in text for text in texts) else unquote
    return html.unescape


def _base64(text: str, *, must: bool = False) -> str:
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        if must:
            raise Refused("has a text that is not base64, as the others are. Save the file again") from None
        return ""


def _draft(number: int, result: Any, decode: Callable[[str], str]) -> Draft:
    if not isinstance(result, dict):
        raise Refused("is no question. Take it out, or save the file again")

    def text(name: str, *, needed: bool = True) -> str:
        return _text(result.get(name), name, decode, needed=needed)

    wrong = result.get("incorrect_answers")
    if not isinstance(wrong, list):
        raise Refused("has no “incorrect_answers”. Save the file again")
    options = [Choice(text("correct_answer"), correct=True)]
    options += [Choice(_text(each, "incorrect_answers", decode)) for each in wrong]
    # By the alphabet, so that the right one does not always come first.
    options.sort(key=lambda option: option.text.casefold())
    level = text("difficulty", needed=False)
    return Draft(number, prompt=text("question"), options=options, level=level)


def _text(value: Any, name: str, decode: Callable[[str], str], *, needed: bool = True) -> str:
    if value is None and not needed:
        return ""
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or (needed and not value.strip()):
        raise Refused(f"has no “{name}”. Write one, or take the question out")
    too_long(value)
    return decode(value)
