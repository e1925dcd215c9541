"""`/quiz live`: a round in a channel as a sequence of decisions, and what answers in it are worth. No I/O.

**Points.** A right answer is worth `gain`: 1,000 at once, falling evenly to 600 when time is up. An answer is
right by a `share` of that, from −1 to 1:

    share = right picks / right options − wrong picks / wrong options

For one of n options that is 1 for the right one and −1/(n−1) for a wrong one; for true or false 1 and −1.
Whoever picks blindly, any number of options, at any moment, has an expected share of exactly 0: each option
picked adds 1/n and takes 1/n on average. So guessing earns nothing, and what is rounded is rounded down. Without
the penalty nobody falls below 0 for a question. A number that is typed cannot be guessed: wrong ones cost nothing.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol

from bot.domain.digests import Rendered
from bot.domain.questions import Answer, Kind, Level, Question, is_correct
from bot.domain.quizzes.answers import restored
from bot.errors import NotPossible, UserError

GAIN: Final = 1000
LEAST_GAIN: Final = 600

SECONDS: Final = (10, 20, 30, 45, 60, 90)
"""How long a question may stay open."""
COUNTS: Final = (3, 5, 10, 15, 20)
DEFAULT_SECONDS: Final = 20
DEFAULT_COUNT: Final = 5
MAX_COUNT: Final = 20

OPENING: Final = timedelta(seconds=20)
"""From Start to the first question: time to come."""
LEAD: Final = timedelta(seconds=2)
"""How long a question may be on its way before its time is counted."""
GRACE: Final = timedelta(seconds=2)
"""How long after its time a question is closed: answers given in time may still be on their way."""
PAUSE: Final = timedelta(seconds=12)
"""How long a result is shown before the next question."""
LOOK: Final = timedelta(seconds=1)
"""How soon a round looks again for a message that is on its way."""
COUNT_EVERY: Final = timedelta(seconds=5)
"""How often at most a question's message says how many have answered: one edit of the five a channel has."""
POST_WITHIN: Final = timedelta(seconds=45)
"""A question that has not arrived by then ends the round."""
AWAY: Final = timedelta(minutes=10)
"""A round that stood still for longer, since nobody ran it, is ended instead of resumed."""
QUIET: Final = 2
"""Questions in a row without any answer after which a round ends by itself."""
DRAFT_KEPT: Final = timedelta(hours=1)

KINDS: Final = frozenset({Kind.ONE, Kind.SEVERAL, Kind.BOOLEAN, Kind.CODE, Kind.FORMULA, Kind.NUMERIC})
"""Kinds that can be answered with one press or one word. Putting steps into order takes too many."""


class State(StrEnum):
    """Where a round stands."""

    DRAFT = "draft"  # its host looks at the settings; nobody else sees it
    OPENING = "opening"
    POSTING = "posting"  # the question is on its way; answers count already
    ASKING = "asking"
    SHOWING = "showing"
    DONE = "done"
    STOPPED = "stopped"


RUNNING: Final = frozenset({State.OPENING, State.POSTING, State.ASKING, State.SHOWING})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the host chose."""

    area: str | None = None  # a topic or skill; all where it is None
    level: Level | None = None
    count: int = DEFAULT_COUNT
    seconds: int = DEFAULT_SECONDS
    penalty: bool = True


@dataclass(frozen=True, slots=True)
class Round:
    """A round as it is stored."""

    id: int
    server_id: int
    channel_id: int
    host_id: int
    settings: Settings
    questions: tuple[str, ...]
    position: int
    state: State
    asked_at: datetime | None
    next_at: datetime | None
    created_at: datetime
    deadline: datetime | None = None  # of the present question, as its message says
    entries: Mapping[str, int] = field(default_factory=dict)  # the outbox's, by what they show
    told: int = 0  # how many have answered, as the message says
    quiet: int = 0  # questions in a row that nobody answered
    host_seen: int = 0  # the position at which the host last did something
    reason: str = ""  # why it was stopped

    @property
    def is_open(self) -> bool:
        """Whether its present question takes answers."""
        return self.state in {State.POSTING, State.ASKING}

    @property
    def is_last(self) -> bool:
        """Whether its present question is the last."""
        return self.position + 1 >= len(self.questions)


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer as it is stored; `points` are None until its question is closed."""

    member_id: int
    position: int
    answer: Any
    at: datetime
    points: int | None


@dataclass(frozen=True, slots=True)
class Given:
    """What a player chose for a question."""

    member_id: int
    answer: Answer
    at: datetime


@dataclass(frozen=True, slots=True)
class Player:
    """Somebody in a round."""

    member_id: int
    points: int
    right: int
    joined_at: datetime


NOBODY: Final = 0
"""The member of a place whose name is not shown."""


@dataclass(frozen=True, slots=True)
class Place:
    """A player and their place from 1; players with as many points share one."""

    place: int
    player: Player


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as its message shows it."""

    round: Round
    question: Question
    order: Sequence[int]  # of its options
    area: str  # what the round is about, in words


@dataclass(frozen=True, slots=True)
class Closed:
    """A question with what came of it."""

    asked: Asked
    picks: Mapping[int, int]  # how many picked each option; of true and false 1 and 0
    answered: int
    right: int
    leaders: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Ending:
    """A round that is over."""

    round: Round
    area: str
    places: Sequence[Place]
    asked: int  # questions that were closed


class LiveRenderer(Protocol):
    """Turns a round into messages; `cogs.ui` does it for Discord."""

    def opening(self, round_: Round, area: str, joined: int, *, gone: bool = False) -> Rendered:
        """Return the message that says a round is about to begin; `gone`: it has begun or was called off."""
        ...

    def question(self, asked: Asked, answered: int) -> Rendered:
        """Return a question that is open."""
        ...

    def closed(self, closed: Closed) -> Rendered:
        """Return a question with its answer, in the place of the open one."""
        ...

    def ending(self, ending: Ending) -> Rendered:
        """Return the podium."""
        ...


def check_settings(settings: Settings) -> None:
    """Refuse what a round cannot be."""
    if not 1 <= settings.count <= MAX_COUNT:
        raise UserError(f"A live round has 1 to {MAX_COUNT} questions. Choose another count.")
    if settings.seconds not in SECONDS:
        offered = ", ".join(str(seconds) for seconds in SECONDS)
        raise UserError(f"A question can stay open for {offered} seconds. Choose one of these.")


def suits(question: Question) -> bool:
    """Whether a question can be asked in a live round."""
    return question.kind in KINDS


def fits(question: Question, answer: Answer) -> bool:
    """Whether an answer is of the form that a question takes."""
    try:
        is_correct(question, answer)
    except TypeError:
        return False
    return True


def read_answer(question: Question, found: Any) -> Answer | None:
    """Read a stored answer; None where the question has another form by now."""
    try:
        answer = restored(question, found)
    except (TypeError, ValueError):
        return None
    return answer if fits(question, answer) else None


def given_by(question: Question, rows: Iterable[StoredAnswer]) -> list[Given]:
    """Read the answers to a question, without those that fit it no more."""
    read = [(row, read_answer(question, row.answer)) for row in rows]
    return [Given(row.member_id, answer, row.at) for row, answer in read if answer is not None]


def gain(taken: timedelta, allowed: timedelta) -> float:
    """Return what a right answer is worth after `taken` of the time `allowed`."""
    spent = min(max(taken / allowed, 0.0), 1.0) if allowed > timedelta() else 1.0
    return GAIN - (GAIN - LEAST_GAIN) * spent


def share(question: Question, answer: Answer) -> float:
    """Return by how much an answer is right, −1 to 1; blind picks come to 0 on average (see above)."""
    if question.kind is Kind.BOOLEAN:
        return 1.0 if is_correct(question, answer) else -1.0
    if question.kind is Kind.NUMERIC:
        return 1.0 if is_correct(question, answer) else 0.0
    picks = answer if isinstance(answer, frozenset) else frozenset({answer})
    right = question.correct
    wrong = frozenset(range(len(question.options))) - right
    missed = len(picks & wrong) / len(wrong) if wrong else 0.0
    return len(picks & right) / len(right) - missed


def worth(question: Question, answer: Answer, taken: timedelta, allowed: timedelta, *, penalty: bool) -> int:
    """Return the points of an answer, rounded down; below 0 only with the penalty."""
    points = math.floor(share(question, answer) * gain(taken, allowed) + 1e-9)
    return points if penalty else max(0, points)


def places(players: Iterable[Player]) -> list[Place]:
    """Return players with their places, the best first: 1, 1, 3 where two have as many points.

    Those with as many points stand in the order in which they joined.
    """
    ranked = sorted(players, key=lambda player: (-player.points, player.joined_at, player.member_id))
    found: list[Place] = []
    for number, player in enumerate(ranked, start=1):
        tied = found and found[-1].player.points == player.points
        found.append(Place(found[-1].place if tied else number, player))
    return found


def picks_of(question: Question, answers: Iterable[Answer]) -> dict[int, int]:
    """Count how many picked each option, True and False as 1 and 0; wrong numbers are counted below 0."""
    options = (
        {1: 0, 0: 0} if question.kind is Kind.BOOLEAN else dict.fromkeys(range(len(question.options)), 0)
    )
    if question.kind is Kind.NUMERIC:
        options = {1: 0, 0: 0}
    for answer in answers:
        if question.kind is Kind.NUMERIC:
            options[int(is_correct(question, answer))] += 1
            continue
        for pick in answer if isinstance(answer, frozenset | tuple) else (answer,):
            options[int(pick)] = options.get(int(pick), 0) + 1
    return options


def taken_at(round_: Round, created_at: datetime, now: datetime) -> datetime:
    """Return when an answer counts as given: when Discord had it, so that our own queue costs nobody points.

    Discord's clock may be a little off ours: never before the question was there, never in the future.
    """
    at = min(created_at, now)
    return max(at, round_.asked_at) if round_.asked_at is not None else at


def check_open(round_: Round | None, position: int, at: datetime) -> Round:
    """Return the round if it takes an answer to its question `position` given at `at`."""
    if round_ is None or round_.position != position or not round_.is_open:
        raise NotPossible("Time is up for that question. The next one is on its way, or the round is over.")
    if round_.deadline is not None and at > round_.deadline + GRACE / 2:
        raise NotPossible(
            "Time was up a moment ago, so that answer came too late. Be ready for the next one."
        )
    return round_


def deputy(players: Sequence[Player], round_: Round) -> int | None:
    """Return who may act for a host that has gone: the one who joined first of the others.

    A host who did nothing for two questions has gone; nobody has to watch members for it.
    """
    if round_.position - round_.host_seen < 2:
        return None
    others = sorted(
        (player for player in players if player.member_id != round_.host_id),
        key=lambda player: (player.joined_at, player.member_id),
    )
    return others[0].member_id if others else None


def check_leads(round_: Round, member_id: int, players: Sequence[Player], *, moderator: bool) -> None:
    """Refuse those who may not move a round on or stop it."""
    if member_id == round_.host_id or moderator or member_id == deputy(players, round_):
        return
    raise UserError(
        f"Only <@{round_.host_id}>, who hosts this round, and moderators may do that. It goes on by itself."
    )


def to_json(round_: Round) -> dict[str, Any]:
    """Return what `live_rounds.settings` holds of a round: what was chosen, and where it stands."""
    chosen = round_.settings
    return {
        "area": chosen.area,
        "level": None if chosen.level is None else int(chosen.level),
        "count": chosen.count,
        "seconds": chosen.seconds,
        "penalty": chosen.penalty,
        "deadline": None if round_.deadline is None else round_.deadline.isoformat(),
        "entries": dict(round_.entries),
        "told": round_.told,
        "quiet": round_.quiet,
        "host_seen": round_.host_seen,
        "reason": round_.reason,
    }


def settings_from(found: Mapping[str, Any]) -> Settings:
    """Read what `to_json` wrote of the settings."""
    level = found["level"]
    return Settings(
        area=found["area"],
        level=None if level is None else Level(level),
        count=found["count"],
        seconds=found["seconds"],
        penalty=found["penalty"],
    )


def progress_from(found: Mapping[str, Any]) -> dict[str, Any]:
    """Read what `to_json` wrote of where a round stands, by the names of `Round`'s fields."""
    deadline = found.get("deadline")
    return {
        "deadline": None if deadline is None else datetime.fromisoformat(deadline),
        "entries": dict(found.get("entries", {})),
        "told": found.get("told", 0),
        "quiet": found.get("quiet", 0),
        "host_seen": found.get("host_seen", 0),
        "reason": found.get("reason", ""),
    }
