"""Every answer that a machine can work out is worked out, and agrees with the key.

A `check` is Python that sets `result`. It is run in one process per topic, without our environment, in an
empty directory and with a time limit. It sees `code`, the text that the learner sees, and `run()`, which
runs it and returns what it prints, or the name of the exception that ends it.
"""

import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.content.questions import QuestionEntry, TopicFile, read_topic, topic_names
from bot.domain.questions import Kind, is_correct

SECONDS = 60.0
RUNNER = Path(__file__).with_name("questions_runner.py")
# What code may be about without our having it: then the documentation is all there is to go by.
NOT_INSTALLED = (
    "pandas", "pd.", "df.", "sklearn", "torch", "nn.", "tensorflow", "tf.", "keras", "scipy", "matplotlib",
    "plt.", "ax.", "pyspark", "spark.", "sc.", "transformers", "gymnasium", "cv2", "pytest", "unittest", "mlflow",
    "fastapi", "kafka", "boto3", "airflow", "ray.", "jax",
)  # fmt: skip
FILES = {topic: read_topic(topic) for topic in topic_names()}
ENTRIES = [entry for file in FILES.values() for entry in file.questions]


def run_checks(file: TopicFile) -> dict[str, object]:
    """What the checks of a topic come to, by question."""
    jobs = [
        {
            "id": entry.id,
            "check": entry.check,
            "code": entry.code or "",
            "numeric": entry.kind is Kind.NUMERIC,
        }
        for entry in file.questions
        if entry.check is not None
    ]
    with TemporaryDirectory() as empty:
        done = subprocess.run(  # noqa: S603 - our own interpreter on our own file
            [sys.executable, "-I", str(RUNNER)],
            input=json.dumps(jobs),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=SECONDS,
            cwd=empty,
            env={"OPENBLAS_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
            check=True,
        )
    results: dict[str, object] = json.loads(done.stdout)
    return results


def agrees(entry: QuestionEntry, topic: str, result: object) -> bool:
    """Whether the key says the same as the check."""
    question = entry.question(topic)
    if entry.kind is Kind.NUMERIC:
        return isinstance(result, int | float) and is_correct(question, result)
    if entry.kind is Kind.BOOLEAN:
        return result == str(entry.answer)
    return result == next(option.text for option in question.options if option.correct)


@pytest.mark.parametrize("topic", FILES)
def test_the_keys_are_what_the_checks_compute(topic: str) -> None:
    file, results = FILES[topic], run_checks(FILES[topic])
    checked = [entry for entry in file.questions if entry.check is not None]
    assert set(results) == {entry.id for entry in checked}
    wrong = [
        (entry.id, results[entry.id]) for entry in checked if not agrees(entry, topic, results[entry.id])
    ]
    assert wrong == []


def test_code_has_a_check_wherever_one_can_run() -> None:
    def runs_here(entry: QuestionEntry) -> bool:
        code = entry.code or ""
        return entry.language in {"python", "sql"} and not any(name in code for name in NOT_INSTALLED)

    code = [entry for entry in ENTRIES if entry.kind is Kind.CODE]
    assert [entry.id for entry in code if entry.check is None and runs_here(entry)] == []
    assert sum(entry.check is not None for entry in code) >= 0.5 * len(code)


def test_a_check_runs_the_code_that_is_shown() -> None:
    # Else it could hold while the code that the learner sees says something else.
    shown = [entry for entry in ENTRIES if entry.check is not None and entry.code is not None]
    assert len(shown) >= 40
    assert [e.id for e in shown if "code" not in (e.check or "") and "run(" not in (e.check or "")] == []


def test_a_wrong_key_and_a_broken_check_are_noticed() -> None:
    entry = next(e for e in FILES["mathematics"].questions if e.kind is Kind.NUMERIC)
    file = FILES["mathematics"].model_copy(
        update={
            "questions": (
                entry.model_copy(update={"id": "right", "check": "result = 6"}),
                entry.model_copy(update={"id": "wrong", "check": "result = 7"}),
                entry.model_copy(update={"id": "broken", "check": "result = 1 / 0"}),
                entry.model_copy(update={"id": "silent", "check": "value = 6"}),
            )
        }
    )
    results = run_checks(file)
    assert entry.value == 6
    assert [e.id for e in file.questions if agrees(e, "mathematics", results[e.id])] == ["right"]
