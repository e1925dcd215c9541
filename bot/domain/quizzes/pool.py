"""Which questions a server's members may be asked: bundled ones and its own, less what it switched off."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from bot.domain.questions import Bank, Level, Question, Topic
from bot.errors import UserError

OWN_TOPIC: Final = Topic("own", "This server's own")
"""Where own questions stand that name no bundled topic."""


def switched_off(settings: Mapping[str, Any] | None) -> frozenset[str]:
    """Return the topics and skills a server switched off, from its settings of `Module.QUIZ`."""
    return frozenset((settings or {}).get("off", ()))


def check_quiz_settings(found: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings of `Module.QUIZ` from elsewhere in their usual form; raises UserError for what cannot be."""
    if unknown := [name for name in found if name != "off"]:
        raise UserError(f"I do not know the setting `{unknown[0][:40]}` of quizzes.")
    off = found.get("off", [])
    if not isinstance(off, list) or not all(isinstance(each, str) for each in off):
        raise UserError("The topics that are off in the settings of quizzes cannot be read.")
    return {"off": sorted(set(off))}


@dataclass(frozen=True)
class QuestionPool:
    """Made anew for each use; in direct messages it is the bundled bank."""

    topics: tuple[Topic, ...]
    questions: tuple[Question, ...]

    @classmethod
    def of(cls, bank: Bank, own: Iterable[Question] = (), off: Collection[str] = ()) -> "QuestionPool":
        """Put a pool together; `off` are the ids of topics, and of skills that questions examine first."""
        questions = tuple(
            question
            for question in (*bank.questions, *own)
            if question.topic not in off and question.skills[0] not in off
        )
        present = {question.topic for question in questions}
        topics = tuple(topic for topic in (*bank.topics, OWN_TOPIC) if topic.id in present)
        return cls(topics, questions)

    @cached_property
    def by_id(self) -> Mapping[str, Question]:
        """The questions by their id."""
        return {question.id: question for question in self.questions}

    @cached_property
    def skills(self) -> tuple[str, ...]:
        """Every skill that some question is about, sorted."""
        return tuple(sorted({skill for question in self.questions for skill in question.skills}))

    def select(self, *, areas: Collection[str] = (), level: Level | None = None) -> Sequence[Question]:
        """Return the questions of any of these topics or skills (all where there are none) and this level."""
        wanted = frozenset(areas)
        return [
            question
            for question in self.questions
            if (not wanted or question.topic in wanted or not wanted.isdisjoint(question.skills))
            and level in (None, question.level)
        ]
