"""What the members of the pretend server have answered so far, so that their stats look like somebody's."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Final

from bot.content.questions import load_questions
from bot.domain.questions import Question
from bot.domain.quizzes import Answered, Mode
from bot.domain.quizzes.rating import Rating, chance, expected
from bot.storage import sql
from bot.storage.engine import Database
from bot.storage.quizzes.recording import record_answers
from bot.storage.tables import members

_DAYS: Final = 16
_STRONG: Final = {
    0: ("statistics", "mathematics", "evaluation"),
    1: ("python", "sql", "data-wrangling", "classical-ml"),
    2: ("deep-learning", "vision", "nlp"),
    3: ("reading-papers", "ethics-safety", "generative"),
}


async def seed_answers(db: Database, server_id: int, people: Sequence[int], now: datetime) -> None:
    """Let each of these people have answered some questions a day; the same at every start."""
    luck = Random(7)  # noqa: S311 - a story, and no secret
    questions = load_questions().questions
    days: list[list[Answered]] = []
    for day in range(_DAYS, 0, -1):
        answered: list[Answered] = []
        for place, member_id in enumerate(people):
            if luck.random() < 0.15 and day > 4:
                continue
            at = now - timedelta(days=day, minutes=luck.randrange(240))
            strong = [each for each in questions if each.topic in _STRONG.get(place, ())]
            for number, question in enumerate([*luck.sample(strong, 2), *luck.sample(questions, 3)]):
                right = luck.random() < _chance(place, question)
                moment = at + timedelta(minutes=number)
                answered.append(
                    Answered(member_id, question, right, float(right), Mode.PLAY, day, server_id, moment)
                )
        days.append(answered)
    async with db.write() as tx:
        await sql.insert_new(tx, members, [{"id": member_id} for member_id in people])
        for answered in days:
            await record_answers(tx, answered)


def _chance(place: int, question: Question) -> float:
    ability = 29.0 if question.topic in _STRONG.get(place, ()) else 22.0
    return chance(Rating(ability, 0.1), expected(question.level))
