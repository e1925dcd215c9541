"""A member's round of questions: what was asked, what became of it, and which question is next."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from bot.domain.questions import Answer, Level, Question
from bot.domain.quizzes.answers import Answered, Mode, graded, restored, stored
from bot.errors import UserError

MAX_COUNT: Final = 20
DEFAULT_COUNT: Final = 5


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked for; `areas` are topics and skills, all of them where there are none."""

    areas: tuple[str, ...] = ()
    title: str = ""  # of the areas, as it stands on cards
    level: Level | None = None
    count: int = DEFAULT_COUNT
    adaptive: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one question; nothing was answered where it was skipped."""

    answer: Any = None  # as JSON
    score: float = 0.0
    correct: bool = False
    answer_id: int | None = None
    due_at: datetime | None = None  # when it is asked again; None where it has no card

    @property
    def skipped(self) -> bool:
        """Whether the member went on without an answer."""
        return self.answer is None

    def answered(self, question: Question) -> Answer | None:
        """Return the answer as the domain has it."""
        return None if self.answer is None else restored(question, self.answer)


@dataclass(frozen=True, slots=True)
class Session:
    """One round; `outcomes` are as many as questions have been dealt with."""

    id: int
    member_id: int
    server_id: int | None
    mode: Mode
    wanted: Wanted
    questions: tuple[str, ...]
    outcomes: tuple[Outcome, ...]
    draft: tuple[int, ...]
    started_at: datetime
    touched_at: datetime
    finished_at: datetime | None = None

    @property
    def position(self) -> int:
        """The question that waits for an answer, from 0; past the last one when the round is over."""
        return len(self.outcomes)

    @property
    def count(self) -> int:
        """How many questions the round has."""
        return self.wanted.count

    @property
    def over(self) -> bool:
        """Whether every question has been dealt with."""
        return len(self.outcomes) >= len(self.questions) and (
            not self.wanted.adaptive or len(self.questions) >= self.count
        )

    @property
    def right(self) -> int:
        """How many answers were right."""
        return sum(outcome.correct for outcome in self.outcomes)

    def misses(self) -> list[str]:
        """Return the questions that were not answered right, skipped ones included."""
        pairs = zip(self.questions, self.outcomes, strict=False)
        return [question for question, outcome in pairs if not outcome.correct]


def check_owner(session: Session | None, member_id: int) -> Session:
    """Refuse a round that is gone, or somebody else's."""
    if session is None:
        raise UserError("That round is no longer kept. Start a new one with `/quiz play`.")
    if session.member_id != member_id:
        raise UserError("That is somebody else's round. Start your own with `/quiz play`.")
    return session


def answer(session: Session, question: Question, given: Answer, now: datetime) -> tuple[Answered, Outcome]:
    """Grade an answer to the question that waits. Raises TypeError where it is not of the question's form."""
    result = graded(
        question,
        given,
        member_id=session.member_id,
        mode=session.mode,
        origin_id=session.id,
        server_id=session.server_id,
        at=now,
    )
    return result, Outcome(stored(given), result.score, result.correct)


def moved(session: Session, outcome: Outcome, now: datetime, *, then: str | None = None) -> Session:
    """Return the round after its waiting question was dealt with; `then` is the next of an adaptive one."""
    after = replace(
        session,
        questions=(*session.questions, then) if then is not None else session.questions,
        outcomes=(*session.outcomes, outcome),
        draft=(),
        touched_at=now,
    )
    return replace(after, finished_at=now) if after.over else after


def picked(session: Session, question: Question, step: int) -> tuple[int, ...]:
    """Return the draft with one more step; the last that is left follows by itself."""
    if step in session.draft or not 0 <= step < len(question.steps):
        return session.draft
    draft = (*session.draft, step)
    left = [each for each in range(len(question.steps)) if each not in draft]
    return (*draft, *left) if len(left) == 1 else draft


def unpicked(session: Session, question: Question) -> tuple[int, ...]:
    """Return the draft with the last choice taken back, and with it what followed by itself."""
    draft = session.draft
    return draft[:-2] if len(draft) == len(question.steps) else draft[:-1]


def as_json(wanted: Wanted) -> dict[str, Any]:
    """Return what was asked for as it is stored."""
    return {
        "areas": list(wanted.areas),
        "title": wanted.title,
        "level": wanted.level,
        "count": wanted.count,
        "adaptive": wanted.adaptive,
    }


def wanted_of(found: Mapping[str, Any]) -> Wanted:
    """Read what `as_json` wrote."""
    level = found["level"]
    return Wanted(
        tuple(found["areas"]),
        found["title"],
        Level(level) if level else None,
        found["count"],
        found["adaptive"],
    )


def outcome_json(outcome: Outcome) -> list[Any]:
    """Return an outcome as it is stored."""
    due_at = outcome.due_at.isoformat() if outcome.due_at else None
    return [outcome.answer, outcome.score, outcome.correct, outcome.answer_id, due_at]


def outcomes_of(found: Sequence[Sequence[Any]]) -> tuple[Outcome, ...]:
    """Read what `outcome_json` wrote."""
    return tuple(
        Outcome(given, score, correct, answer_id, datetime.fromisoformat(due_at) if due_at else None)
        for given, score, correct, answer_id, due_at in found
    )
