"""Files of questions: every format, every encoding, and what moderators are told of what cannot be read."""

import base64
import json
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from bot.content.questions import load_questions
from bot.domain.question_import import (
    MAX_BYTES,
    MAX_QUESTIONS,
    Defaults,
    Format,
    Reading,
    likeness,
    read,
    to_csv,
    to_gift,
)
from bot.domain.questions import Kind, Level, Question

CAPTURES = Path(__file__).parents[2].parent / "shared" / "captures" / "quiz"

BARE = """What is 2 + 2?,3,4,5,6,B
"Which, if any, is prime?",4,6,7,9,c
Which are even?,1,2,4,7,"B, C"
"""
NAMED = """Question;Option A;Option B;Option C;Correct answer;Explanation;Difficulty;Skills
What minimises squared error?;the mean;the median;the mode;A;It is where the slope is zero.;easy;statistics
True or false: the median is robust.;True;False;;True;;hard;
"""
AIKEN = """What does SGD stand for?
A. Stochastic gradient descent
B) Standard Gaussian distribution
C. Sum of gradients
ANSWER: A

Is 7
a prime number?
A. Yes
B. No
ANSWER: A
"""
GIFT = r"""// A comment
$CATEGORY: $course$/top

::Loss::[html]<p>Which loss is <b>convex</b>?</p> {
    =squared error#Right\: it is a parabola.
    ~zero-one#It has steps.
}

Pick the optimisers\: {~%50%Adam ~%50%SGD ~%-100%ReLU}

The mean is {=sensitive ~robust} to outliers.

A ROC curve needs thresholds.{T}

What is the F1 of 0.5 and 0.5?{#0.5:0.01####It is their harmonic mean.}
"""
ANKI = """#separator:tab
#html:true
#tags column:3
What does ReLU return for &minus;3?\t0\tdeep-learning
What does CNN stand for?\tConvolutional <b>neural</b> network\tvision
What does RNN stand for?\tRecurrent neural network\tnlp
What does GAN stand for?\tGenerative adversarial network\tvision x
"The <i>attention</i> layer {{c1::weighs}} its inputs."\t\tnlp
Dropout is used at test time.\tfalse\t
"""


def told(reading: Reading) -> list[str]:
    return [f"{fault.line}: {fault.words}" for fault in reading.faults]


def asked(reading: Reading) -> list[Question]:
    assert told(reading) == []
    return [each.question for each in reading.questions]


def right(question: Question) -> list[str]:
    return [option.text for option in question.options if option.correct]


def test_rows_without_a_header() -> None:
    reading = read(BARE.encode())
    assert reading.format is Format.CSV
    first, second, third = asked(reading)
    assert (first.kind, right(first)) == (Kind.ONE, ["4"])
    assert (second.prompt, right(second)) == ("Which, if any, is prime?", ["7"])
    assert (third.kind, right(third)) == (Kind.SEVERAL, ["2", "4"])
    assert [each.line for each in reading.questions] == [1, 2, 3]
    assert first.level is Level.INTERMEDIATE


def test_a_table_with_a_header_and_semicolons() -> None:
    first, second = asked(read(NAMED.encode()))
    assert (first.level, first.skills, first.explanation) == (
        Level.BEGINNER,
        ("statistics",),
        "It is where the slope is zero.",
    )
    assert (second.kind, second.answer, second.level) == (Kind.BOOLEAN, True, Level.ADVANCED)


@pytest.mark.parametrize(
    "header",
    [
        "question,correct_answer,incorrect_answer_1,incorrect_answer_2\nWhat?,yes it is,nope,never\n",
        "question,correct answer,incorrect answers\nWhat?,yes it is,nope|never\n",
        "Prompt\tChoice 1\tChoice 2\tChoice 3\tKey\nWhat?\tnope\tyes it is\tnever\t2\n",
        "question|a|b|c|answer\nWhat?|nope|never|yes it is|yes it is\n",
    ],
)
def test_headers_that_people_have(header: str) -> None:
    (question,) = asked(read(header.encode()))
    assert right(question) == ["yes it is"]
    assert len(question.options) == 3


def test_defaults_fill_in_what_is_not_said() -> None:
    defaults = Defaults(level=Level.ADVANCED, skills=("sql",), known_skills={"sql", "statistics"})
    assert {(each.level, each.skills) for each in asked(read(BARE.encode(), defaults))} == {
        (Level.ADVANCED, ("sql",))
    }
    assert asked(read(NAMED.encode(), defaults))[0].skills == ("statistics",)
    strange = NAMED.replace("statistics", "alchemy")
    assert "2: names a skill I do not know, “alchemy”" in told(read(strange.encode(), defaults))[0]


def test_aiken() -> None:
    reading = read(AIKEN.encode())
    assert reading.format is Format.AIKEN
    first, second = asked(reading)
    assert right(first) == ["Stochastic gradient descent"]
    assert second.prompt == "Is 7\na prime number?"
    assert [each.line for each in reading.questions] == [1, 7]


def test_gift() -> None:
    reading = read(GIFT.encode())
    assert reading.format is Format.GIFT
    loss, optimisers, mean, roc, f1 = asked(reading)
    assert loss.prompt == "Which loss is convex?"
    assert [(option.text, option.correct, option.why) for option in loss.options] == [
        ("squared error", True, ""),
        ("zero-one", False, "It has steps."),
    ]
    assert loss.explanation == "Right: it is a parabola."
    assert (optimisers.kind, right(optimisers)) == (Kind.SEVERAL, ["Adam", "SGD"])
    assert mean.prompt == "The mean is _____ to outliers."
    assert (roc.kind, roc.answer) == (Kind.BOOLEAN, True)
    assert (f1.kind, f1.value, f1.tolerance) == (Kind.NUMERIC, 0.5, 0.01)
    assert f1.explanation == "It is their harmonic mean."
    assert "Categories are left out" in reading.notes[0]


def test_anki() -> None:
    reading = read(ANKI.encode(), Defaults(known_skills={"vision", "nlp", "deep-learning"}))
    assert reading.format is Format.ANKI
    relu, cnn, _rnn, gan, attention, dropout = asked(reading)
    assert (relu.kind, relu.value, relu.prompt) == (Kind.NUMERIC, 0.0, "What does ReLU return for −3?")
    assert right(cnn) == ["Convolutional neural network"]
    assert {"Recurrent neural network", "Generative adversarial network"} <= {o.text for o in cnn.options}
    assert gan.skills == ("vision",)
    assert (attention.prompt, right(attention)) == ("The attention layer ____ its inputs.", ["weighs"])
    assert (dropout.kind, dropout.answer) == (Kind.BOOLEAN, False)
    assert "4 got some from the answers of other cards" in reading.notes[0]
    assert [each.line for each in reading.questions] == [4, 5, 6, 7, 8, 9]


def opentdb(encode: object = lambda text: text) -> bytes:
    assert callable(encode)
    result = {
        "type": encode("multiple"),
        "difficulty": encode("hard"),
        "category": encode("Science: Computers"),
        "question": encode("Which isn't 1+1 = 2 & “so on”?"),
        "correct_answer": encode("this one"),
        "incorrect_answers": [encode("not this"), encode("nor this")],
    }
    truth = result | {
        "type": encode("boolean"),
        "question": encode("Is it so?"),
        "correct_answer": encode("True"),
        "incorrect_answers": [encode("False")],
    }
    return json.dumps({"response_code": 0, "results": [result, truth]}).encode()


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: (
            text.replace("&", "&amp;").replace("'", "&#039;").replace("“", "&ldquo;").replace("”", "&rdquo;")
        ),
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: quote(text, safe=""),
        quote_plus,
    ],
    ids=["html", "base64", "url3986", "urlLegacy"],
)
def test_opentdb_in_its_four_encodings(encode: object) -> None:
    reading = read(opentdb(encode))
    assert (reading.format, reading.counted) == (Format.OPENTDB, "question")
    multiple, boolean = asked(reading)
    assert multiple.prompt == "Which isn't 1+1 = 2 & “so on”?"
    assert (multiple.level, right(multiple)) == (Level.ADVANCED, ["this one"])
    assert (boolean.kind, boolean.answer) == (Kind.BOOLEAN, True)


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"]
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_and_line_ends(encoding: str, newline: str) -> None:
    text = "Où est le café ?,Paris,Rome,Oslo,A\nEst-ce vrai là ?,oui déjà,non,peut-être,B\n"
    reading = read(text.replace("\n", newline).encode(encoding))
    first, second = asked(reading)
    assert first.prompt == "Où est le café ?"
    assert [option.text for option in second.options] == ["oui déjà", "non", "peut-être"]
    assert bool(reading.notes) == (encoding == "cp1252")


def test_what_cannot_be_seen_is_taken_out() -> None:
    (question,) = asked(read("What\x07 is\u202e it?,on\ufeffe,two,three,A\n".encode()))
    assert (question.prompt, question.options[0].text) == ("What is it?", "one")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("q,a,b,c,A\nno answer,a,b,c,\nx,a,b,c,B\nq2,a,b,c,B", "2: has no right answer. Write its letter"),
        ("q,a,b,c,A\nq3,a,b,c,E\nx,a,b,c,B", "2: has the answer “E”, which is none of its options"),
        ("q,a,b,c,A\nq3,a,a,c,B\nx,a,b,c,B", "2: has the same option twice"),
        ("q,a,b,c,A\nq3,2,1,3,2\nx,a,b,c,B", "2: has the answer “2”, which is the text of one option"),
        ("q,a,b,c,A\n,a,b,c,B\nx,a,b,c,B", "2: has no question"),
        ("q,a,b,c,A\nz,a,b,c,d,e,f,B\nx,a,b,c,B", "2: has 6 options; 5 fit on the card"),
        ("q,a,b,c,A\nz,a,b,c,“A, B, C”\nx,a,b,c,B", "2: "),
        ("q,a,b,c,A\n" + "w" * 351 + ",a,b,c,B\nx,a,b,c,B", "2: has a question of 351 characters; 350 fit"),
        ("q,a,b,c,A\nz," + "w" * 91 + ",b,c,B\nx,a,b,c,B", "2: has an option of 91 characters; 90 fit"),
        ('q,a,b,c,A\n"z"y,a,b,c,B\nx,a,b,c,B', "2: has a quotation mark in the wrong place"),
        ('q,a,b,c,A\nx,a,b,c,B\n"z,a,b,c,B\n', "3: has a quotation mark in the wrong place, or one that is not closed"),
        ("question,option A,option B,answer\nq,,,A\n", "2: has no options"),
        ("question,option A,option B,answer\nq,x,,B\n", "2: marks an empty option as right"),
        ("question,option A,option B,answer\nq,,,\n", "2: has no right answer"),
        ("question,option A,option B,answer,level\nq,a,b,A,expert\n", "2: has a level I do not know, “expert”"),
        ("question,kind,answer\nq,numeric,lots\n", "2: has “lots” where its answer should be"),
        ("question,kind,option A,option B,answer\nq,poem,a,b,A\n", "2: is of a kind I do not know, “poem”"),
        ("question,option A,option B,answer,url\nq,a,b,A,example.org\n", "2: has a reference that is no whole address"),
        ("question,option A,option B,option C,kind\nq,x,x,y,order\n", "2: has the same step twice"),
        ("question,option A,option B,answer,code\nq,a,b,A," + "x" * 81, "2: has code that is too large"),
        ("What?\nA. one\nB. two\n", "1: has no right answer. Write a line such as “ANSWER: B”"),
        ("What?\nA. one\nB. two\nANSWER: C\n", "1: has the answer “C”, which is none of its options"),
        ("What?\nANSWER: A\nOr?\nA. 1\nB. 2\nANSWER: A", "1: has no options"),
        ("A. one\nB. two\nANSWER: A\n", "1: has no options"),
        ("a {=b ~c}\n\nWhat? {=yes ~no", "3: has a { that is not closed"),
        ("a {=b ~c}\n\nWhat? {=yes {~no}}", "3: has braces within braces"),
        ("a {=b ~c}\n\nWhat? yes", "3: has no answers. Write them in braces"),
        ("a {=b ~c}\n\nWhat? {=yes =no}", "3: is answered in words of one's own"),
        ("a {=b ~c}\n\nWhat? {~yes ~no}", "3: has no right answer"),
        ("a {=b ~c}\n\nWhat? {=yes ~%x%no}", "3: has a weight that is no number"),
        ("a {=b ~c}\n\nWhat? {#many}", "3: has “many” where its number should be"),
        ("a {=b ~c}\n\nWhat? {=a ->b =c -> d}", "3: is a matching question"),
        ("#separator:tab\nfront\n", "2: has a front and no back"),
        ("#separator:tab\nfront\tback\n", "2: has one answer and no wrong ones"),
        ("{", "That is not whole JSON"),
        ("[" * 100_000, "nested far too deeply"),
        ('{"results": []}', "has no questions in it"),
        ('{"response_code": 5, "results": []}', "asked too often"),
        ('{"a": 1}', "no answer of OpenTDB"),
        ('{"results": [{"correct_answer": "a", "question": "q"}]}', "1: has no “incorrect_answers”"),
        ("<!doctype html><title>Log in</title>", "a web page or XML"),
        ("<?xml version='1.0'?><quiz></quiz>", "Moodle XML"),
        ("{\\rtf1 hello}", "rich text"),
        ("Dear all, here are some questions.", "I cannot tell what kind of file that is"),
        ("", "The file is empty"),
        ("  \n \n", "The file is empty"),
        ("question,option A,option B,answer\n", "a header and no question below it"),
        ("* q\n- a\n- b\n* r\n+ c\n- d\n", "1: has no right answer"),
    ],
)  # fmt: skip
def test_each_fault_is_named_with_its_line_and_what_to_do(text: str, words: str) -> None:
    assert any(words in each for each in told(read(text.encode()))), told(read(text.encode()))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"PK\x03\x04rest", "Save it as CSV"),
        (b"%PDF-1.7", "a PDF"),
        (b"\x89PNG\r\n", "a picture"),
        (b"a\x00b\x00\x00\x00c,d", "no text file"),
        (b"\xff\xfea\x00b", "it is not. Save it as UTF-8"),
        (b"x" * (MAX_BYTES + 1), "1 MB is the most"),
        ("q,a,b,c,A\n" * (MAX_QUESTIONS + 1), f"more than {MAX_QUESTIONS} questions"),
    ],
)
def test_files_that_are_refused_whole(data: bytes | str, words: str) -> None:
    reading = read(data if isinstance(data, bytes) else data.encode())
    assert reading.questions == ()
    (fault,) = reading.faults
    assert fault.line == 0
    assert words in fault.words


def test_one_bad_line_does_not_hide_the_others() -> None:
    reading = read(b"q,a,b,c,A\nx,a,b,c,Z\nr,a,b,c,B\n")
    assert [each.line for each in reading.questions] == [1, 3]
    assert [fault.line for fault in reading.faults] == [2]


def test_the_bank_written_and_read_is_the_same() -> None:
    bank = load_questions().questions
    for start in range(0, len(bank), 400):
        some = bank[start : start + 400]
        for text in (to_csv(some), to_gift(some)):
            reading = read(text.encode())
            assert told(reading) == []
            for before, after in zip(some, reading.questions, strict=True):
                assert _same(before) == _same(after.question)


def _same(question: Question) -> Question:
    """Without what a file does not keep: identity, and case and blanks at the ends of lines of formulas."""
    from dataclasses import replace

    return replace(
        question,
        id="",
        topic="",
        formula="\n".join(" ".join(line.split()) for line in question.formula.split("\n")),
        prompt="\n".join(" ".join(line.split()) for line in question.prompt.strip().split("\n")),
    )


def test_likeness_looks_at_words_and_not_at_case() -> None:
    first, second, third, fourth = asked(
        read(b"What is it?,x,y,z,A\nwhat is IT,z,y,x,C\nWhat is it?,x,y,w,A\nWhat is it,+,-,*,A\n")
    )
    assert likeness(first) == likeness(second)
    assert len({likeness(first), likeness(third), likeness(fourth)}) == 3


@pytest.mark.skipif(not CAPTURES.exists(), reason="the captures are not here")
def test_every_capture_is_read_or_refused_by_name() -> None:
    found = {path.relative_to(CAPTURES).as_posix(): read(path.read_bytes()) for path in CAPTURES.rglob("*.*")}
    counts = {name: (len(each.questions), len(each.faults)) for name, each in found.items()}
    assert {name for name, each in found.items() if each.format is None} == set()
    assert counts["opentdb_1q_encode_base64.json"] == (1, 0)
    assert counts["opentdb_2q_html_entities.json"] == (2, 0)
    assert counts["ai_for_beginners/questions-en.txt"] == (144, 1)
    assert counts["mmlu_high_school_statistics_test.csv"] == (106, 110)
    assert counts["gift/giftFormatPhpExamples.gift"] == (7, 3)
    assert counts["gift/multipleAnswersFloat.gift"] == (1, 0)
    refusals = {fault.words for each in found.values() for fault in each.faults}
    for words in refusals:
        named = ("fit on the card", "matching", "words of one's own", "essay", "no questions in that GIFT")
        assert any(word in words for word in named), words
