"""The schedule of reviews is the library's."""

from datetime import UTC, datetime, timedelta
from random import Random

import fsrs
import pytest

from bot.domain.quizzes.reviewing import RELEARN_AFTER, RETENTION, Card, Grade, as_json, from_json, reviewed

START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_ten_thousand_histories_are_scheduled_as_the_library_does() -> None:
    chance = Random(20260101)
    library = fsrs.Scheduler(
        desired_retention=RETENTION,
        learning_steps=(RELEARN_AFTER,),
        relearning_steps=(RELEARN_AFTER,),
        enable_fuzzing=False,
    )
    for _ in range(10_000):
        now = START + timedelta(minutes=chance.randrange(1_000_000))
        ours, theirs = Card(due_at=now), fsrs.Card(card_id=1, due=now)
        for _ in range(chance.randint(1, 8)):
            grade = chance.choice(list(Grade))
            ours = reviewed(ours, grade, now)
            theirs, _ = library.review_card(theirs, fsrs.Rating(grade), now)
            assert (ours.due_at, ours.state, ours.step) == (theirs.due, theirs.state, theirs.step)
            assert (ours.stability, ours.difficulty) == (theirs.stability, theirs.difficulty)
            assert from_json(as_json(ours)) == ours
            wait = chance.choice((timedelta(minutes=chance.randrange(600)), ours.due_at - now))
            now += wait + timedelta(days=chance.choice((0, 0, 1, 40)))


def test_a_miss_comes_again_soon_and_a_right_answer_after_days() -> None:
    missed = reviewed(Card(due_at=START), Grade.AGAIN, START)
    assert missed.due_at == START + RELEARN_AFTER
    assert missed.lapses == 1
    known = reviewed(missed, Grade.GOOD, missed.due_at)
    assert known.due_at - missed.due_at >= timedelta(days=1)


@pytest.mark.parametrize("grade", list(Grade))
def test_grades_have_the_numbers_of_the_library(grade: Grade) -> None:
    assert fsrs.Rating(grade).name.upper() == grade.name


def test_harder_comes_sooner() -> None:
    card = reviewed(Card(due_at=START), Grade.AGAIN, START)
    later = START + timedelta(days=2)
    hard, good, easy = (reviewed(card, grade, later).due_at for grade in (Grade.HARD, Grade.GOOD, Grade.EASY))
    assert hard < good < easy
