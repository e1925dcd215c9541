"""500 damaged files of questions, and random ones: each is told what is wrong, and nothing is raised."""

import base64
import json
import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.question_import import MAX_QUESTIONS, Defaults, Reading, read
from bot.domain.question_import.drafting import EXPLANATION, OPTION, PROMPT
from bot.domain.questions import is_correct
from tests.domain.test_question_import import AIKEN, ANKI, BARE, GIFT, NAMED, opentdb

LIST = "Lesson 1\n* Is it?\n+ yes\n- no\n* Was it?\n- yes\n+ no\n"
APP = json.dumps(
    [{"quizzes": [{"quiz": [{"questionText": "Is it?", "answerOptions": [
        {"answerText": "yes", "isCorrect": True}, {"answerText": "no", "isCorrect": False}]}]}]}]
)  # fmt: skip
B64 = opentdb(lambda text: base64.b64encode(text.encode()).decode()).decode()
SAMPLES = [BARE, NAMED, AIKEN, GIFT, ANKI, opentdb().decode(), B64, LIST, APP]
PIECES = [
    '"', '""', ",", ";", "\t", "|", "{", "}", "{}", "=", "~", "#", "####", "%50%", "%-1e9%", "\\", "\\n", "::", "->",
    "ANSWER:", "ANSWER: Z", "A.", "A) ", "true", "null", "[", "]", ":", "{{c1::", "}}", "{{c99999999::x}}", "<b>", "<!--",
    "<script>", "&lt;", "&#x110000;", "&#0;", "\x00", "\ufeff", "\u202e", "\ud7ff", "9" * 400, "1e999", "nan", "inf",
    "1/0", "..", "0..", "\n\n", "\n", "#separator:", "#separator:space\n", "#columns:question\tanswer\n", "$CATEGORY:",
    "// cohort {\"kind\": [1]}\n", "// cohort {\n", "w" * 400, "é", "👩‍👩‍👧", "```", "@everyone", "*", "+ ", "- ", "%zz", "%E9",
]  # fmt: skip


def _insert(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text) + 1)
    return text[:place] + chance.choice(PIECES) + text[place:]


def _cut(text: str, chance: random.Random) -> str:
    place = chance.randrange(len(text))
    return text[:place] + text[place + chance.randrange(1, 40) :]


def _replace(text: str, chance: random.Random) -> str:
    sign = chance.choice(text)
    return text.replace(sign, chance.choice(PIECES))


def _double(text: str, chance: random.Random) -> str:
    begin = chance.randrange(len(text))
    part = text[begin : begin + chance.randrange(1, 80)]
    return text[:begin] + part * chance.randrange(2, 60) + text[begin:]


def _swap(text: str, chance: random.Random) -> str:
    lines = text.split("\n")
    chance.shuffle(lines)
    return "\n".join(lines)


def _end(text: str, chance: random.Random) -> str:
    return text[: chance.randrange(1, len(text))]


def _join(text: str, chance: random.Random) -> str:
    return text + chance.choice(SAMPLES)


DAMAGE: list[Callable[[str, random.Random], str]] = [_insert, _cut, _replace, _double, _swap, _end, _join]


def damaged(seed: int) -> bytes:
    chance = random.Random(seed)
    text = chance.choice(SAMPLES)
    for _ in range(chance.randrange(1, 5)):
        text = chance.choice(DAMAGE)(text, chance) or "x"
    data = text.encode(chance.choice(["utf-8"] * 6 + ["utf-16", "cp1252"]), "replace")
    if chance.random() < 0.15:
        place = chance.randrange(len(data))
        data = data[:place] + chance.randbytes(chance.randrange(1, 6)) + data[place + chance.randrange(4) :]
    return data


def sound(reading: Reading) -> None:
    """What a reading promises, whatever was read."""
    assert reading.questions or reading.faults
    assert len(reading.questions) <= MAX_QUESTIONS
    for fault in reading.faults:
        assert fault.line >= 0
        assert len(fault.words) > 10
        assert len(fault.words) < 400
    for each in reading.questions:
        question = each.question
        assert each.line >= 1
        assert is_correct(question, question.solution)
        assert 1 <= len(question.prompt) <= PROMPT
        assert len(question.explanation) <= EXPLANATION
        assert all(1 <= len(option.text) <= OPTION for option in question.options)
        for text in (question.prompt, *(option.text for option in question.options)):
            assert "\x00" not in text
            text.encode()


@pytest.mark.parametrize("block", range(10))
def test_500_damaged_files(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        sound(read(damaged(seed)))


def test_most_of_them_are_faults() -> None:
    """Damage that harms nothing would prove nothing."""
    faulty = sum(bool(read(damaged(seed)).faults) for seed in range(500))
    assert faulty > 300


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_bytes_of_any_kind(data: bytes) -> None:
    sound(read(data))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([*PIECES, *"abcAB=~{}\n\t, "]), max_size=60).map("".join))
def test_signs_that_mean_something_in_any_order(text: str) -> None:
    sound(read(text.encode("utf-8", "replace"), Defaults(known_skills={"sql"})))


@pytest.mark.parametrize(
    "text",
    [
        "<!--" * 200_000,
        "{" * 900_000,
        "a{=" * 300_000,
        "\\" * 900_000,
        '"' * 900_001,
        "A. x\n" * 180_000,
        "ANSWER: A\n" * 90_000,
        "\n" * 900_000 + "x",
        "{{c1::" * 150_000,
        "q,a,b,c,A\n" * 90_000,
        "#separator:tab\n" + "a\tb\n" * 200_000,
        "* q\n+ a\n" * 100_000,
        '{"results": [' + '{"correct_answer": 1},' * 40_000 + "1]}",
        "::" * 450_000,
        "%" * 900_000,
        "x {" + "~%" * 400_000 + "}",
    ],
    ids=range(16),
)
def test_large_files_made_to_take_long(text: str) -> None:
    """Within the limit of a megabyte nothing takes seconds: growth with the square would."""
    reading = read(text.encode()[:1_000_000])
    assert reading.questions == ()
    assert reading.faults
