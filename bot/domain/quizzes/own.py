"""A server's own questions: their ids, and how they are stored. Only their server ever sees them."""

import re
from collections.abc import Mapping
from typing import Any, Final

from bot.domain.questions import Kind, Level, Option, Question, Reference

_ID: Final = re.compile(r"s(?P<server>\d{1,20}):(?P<number>\d{1,9})")


def own_id(server_id: int, number: int) -> str:
    """Return the id of a server's question."""
    return f"s{server_id}:{number}"


def parse_own_id(question_id: str) -> tuple[int, int] | None:
    """Return server and number of an own question, None for the id of a bundled one."""
    match = _ID.fullmatch(question_id)
    return (int(match["server"]), int(match["number"])) if match else None


def definition(question: Question) -> dict[str, Any]:
    """Return a question as JSON, without its id."""
    return {
        "topic": question.topic,
        "kind": question.kind.value,
        "level": int(question.level),
        "skills": list(question.skills),
        "prompt": question.prompt,
        "explanation": question.explanation,
        "reference": [question.reference.title, question.reference.url],
        "formula": question.formula,
        "code": question.code,
        "language": question.language,
        "options": [[each.text, each.correct, each.why] for each in question.options],
        "steps": list(question.steps),
        "answer": question.answer,
        "value": question.value,
        "tolerance": question.tolerance,
        "unit": question.unit,
    }


def own_question(server_id: int, number: int, found: Mapping[str, Any]) -> Question:
    """Read what `definition` wrote."""
    title, url = found["reference"]
    return Question(
        id=own_id(server_id, number),
        topic=found["topic"],
        kind=Kind(found["kind"]),
        level=Level(found["level"]),
        skills=tuple(found["skills"]),
        prompt=found["prompt"],
        explanation=found["explanation"],
        reference=Reference(title, url),
        formula=found["formula"],
        code=found["code"],
        language=found["language"],
        options=tuple(Option(text, correct, why) for text, correct, why in found["options"]),
        steps=tuple(found["steps"]),
        answer=found["answer"],
        value=found["value"],
        tolerance=found["tolerance"],
        unit=found["unit"],
    )
