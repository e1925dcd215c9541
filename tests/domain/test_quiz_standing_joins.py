"""What quiz answers speak for, where a member lets them."""

import pytest

from bot.domain.fit import Grasp
from bot.domain.questions import Level
from bot.domain.quizzes.rating import NEWCOMER, Rating, expected
from bot.domain.quizzes.standing import SkillTally, TopicStanding, grasps, overall


@pytest.mark.parametrize(
    ("answers", "right", "grasp"),
    [
        (2, 2, None),
        (3, 3, Grasp.KNOW),
        (5, 4, Grasp.KNOW),
        (5, 3, None),
        (8, 8, Grasp.STRONG),
        (20, 17, Grasp.KNOW),
    ],
)
def test_what_answers_about_a_skill_speak_for(answers: int, right: int, grasp: Grasp | None) -> None:
    assert grasps([SkillTally("sql", answers, right)]).get("sql") is grasp


def test_a_level_needs_some_answers() -> None:
    assert overall([]) is None
    assert overall([TopicStanding("sql", NEWCOMER, 7, 7)]) is None


@pytest.mark.parametrize("level", Level)
def test_the_level_over_all_topics_is_where_most_answers_are(level: Level) -> None:
    mu = expected(level).mu
    far = 40.0 if level is Level.BEGINNER else 10.0
    topics = [TopicStanding("sql", Rating(mu, 2), 30, 20), TopicStanding("nlp", Rating(far, 2), 1, 0)]
    assert overall(topics) is level
