"""What the schema of the question files accepts and refuses, and what loading makes of them."""

from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from bot.content import questions as content
from bot.content.questions import QuestionEntry, TopicFile, load_questions, read_topic, topic_names
from bot.domain.questions import Kind, Level, Option, Question, Reference

COMMON: dict[str, Any] = {
    "id": "math-sum",
    "level": 1,
    "skills": ["linear-algebra"],
    "prompt": "What is it?",
    "explanation": "It is what it is, and that is why.",
    "reference": {"title": "A book", "url": "https://example.org/book"},
}
RIGHT = {"text": "4", "correct": True}
WRONG = [{"text": "3", "why": "One too few."}, {"text": "5", "why": "One too many."}]
BY_KIND: dict[str, dict[str, Any]] = {
    "one": {"options": [*WRONG, RIGHT]},
    "formula": {"options": [RIGHT, *WRONG], "formula": "2 + 2"},
    "code": {"options": [RIGHT, *WRONG], "code": "print(2 + 2)\n", "check": "result = run()"},
    "several": {"options": [RIGHT, {"text": "2 + 2", "correct": True}, *WRONG]},
    "boolean": {"answer": False},
    "numeric": {"value": 4, "tolerance": 0.1, "unit": "apples", "check": "result = 4"},
    "order": {"steps": ["Take two", "Take two more", "Count them"]},
}


def entry(kind: str, **changes: Any) -> dict[str, Any]:
    fields = {**COMMON, "kind": kind, **BY_KIND[kind], **changes}
    return {name: value for name, value in fields.items() if value is not ...}


@pytest.mark.parametrize("kind", Kind)
def test_each_kind_has_a_form_that_is_accepted(kind: Kind) -> None:
    question = QuestionEntry.model_validate(entry(kind)).question("mathematics")
    assert (question.kind, question.level, question.topic) == (kind, Level.BEGINNER, "mathematics")
    assert question.reference == Reference("A book", "https://example.org/book")


def test_everything_in_the_file_reaches_the_domain() -> None:
    fields = entry("code", formula="2 + 2", language="sql", code="SELECT 2 + 2;\n")
    assert QuestionEntry.model_validate(fields).question("sql") == Question(
        id="math-sum",
        topic="sql",
        kind=Kind.CODE,
        level=Level.BEGINNER,
        skills=("linear-algebra",),
        prompt="What is it?",
        explanation="It is what it is, and that is why.",
        reference=Reference("A book", "https://example.org/book"),
        formula="2 + 2",
        code="SELECT 2 + 2;",
        language="sql",
        options=(
            Option("4", correct=True),
            Option("3", why="One too few."),
            Option("5", why="One too many."),
        ),
    )


@pytest.mark.parametrize(
    ("kind", "changes"),
    [
        ("one", {"id": "Math_Sum"}),
        ("one", {"level": 4}),
        ("one", {"skills": []}),
        ("one", {"prompt": "x" * 351}),
        ("one", {"explanation": ...}),
        ("one", {"explanation": "x" * 401}),
        ("one", {"reference": {"title": "A book", "url": "http://example.org"}}),
        ("one", {"hint": "A field nobody knows"}),
        ("one", {"options": ...}),
        ("one", {"options": [RIGHT, WRONG[0]]}),
        ("one", {"options": [*WRONG, {"text": "6", "why": "Two too many."}]}),
        ("one", {"options": [RIGHT, {"text": "2 + 2", "correct": True}, *WRONG]}),
        ("one", {"options": [RIGHT, {"text": "3"}, WRONG[1]]}),
        ("one", {"options": [{**RIGHT, "why": "A reason against what is right"}, *WRONG]}),
        ("one", {"options": [RIGHT, WRONG[0], WRONG[0]]}),
        ("one", {"options": [RIGHT, {"text": "x" * 91, "why": "Long."}, WRONG[0]]}),
        ("one", {"options": [{"text": 4, "correct": True}, *WRONG]}),
        ("one", {"answer": True}),
        ("one", {"language": "sql"}),
        ("several", {"options": [RIGHT, *WRONG]}),
        ("several", {"options": [{"text": str(n), "correct": True} for n in range(3)]}),
        ("boolean", {"answer": ...}),
        ("boolean", {"answer": "yes"}),
        ("boolean", {"options": [RIGHT, *WRONG]}),
        ("numeric", {"value": ...}),
        ("numeric", {"check": ...}),
        ("numeric", {"tolerance": -1}),
        ("order", {"steps": ["Only", "two"]}),
        ("order", {"steps": ["Again", "again", "and then"]}),
        ("order", {"tolerance": 1}),
        ("code", {"code": ...}),
        ("code", {"code": "x = 1\n" * 13}),
        ("code", {"code": "x" * 81}),
    ],
)
def test_what_does_not_fit_is_refused(kind: str, changes: dict[str, Any]) -> None:
    QuestionEntry.model_validate(entry(kind))
    with pytest.raises(ValidationError):
        QuestionEntry.model_validate(entry(kind, **changes))


def test_case_tells_options_apart_in_code_only() -> None:
    options = [{"text": "'a'", "correct": True}, {"text": "'A'", "why": "Case."}, WRONG[0]]
    QuestionEntry.model_validate(entry("code", options=options))
    with pytest.raises(ValidationError):
        QuestionEntry.model_validate(entry("one", options=options))


def test_the_bank_is_read_once_and_holds_every_file() -> None:
    bank = load_questions()
    assert load_questions() is bank
    assert [topic.id for topic in bank.topics] == list(topic_names())
    assert len(bank.questions) == sum(len(read_topic(topic).questions) for topic in topic_names())


def test_a_file_must_be_about_its_topic_and_an_id_be_used_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    folder = tmp_path / "questions"
    folder.mkdir()
    monkeypatch.setattr(content, "data_dir", lambda: tmp_path)
    monkeypatch.setattr("bot.content.data_dir", lambda: tmp_path)
    file = {"topic": "sums", "name": "Sums", "questions": [entry("one")]}
    TopicFile.model_validate(file)
    (folder / "sums.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")
    assert read_topic("sums").name == "Sums"
    (folder / "more.yaml").write_text(yaml.safe_dump(file), encoding="utf-8")
    with pytest.raises(ValueError, match="says it is about sums"):
        read_topic("more")
    (folder / "more.yaml").write_text(yaml.safe_dump({**file, "topic": "more"}), encoding="utf-8")
    with pytest.raises(ValueError, match="twice: math-sum"):
        load_questions.__wrapped__()
