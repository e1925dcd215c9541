"""The bundled question bank, `data/questions/<topic>.yaml`: its schema, and reading it."""

from functools import cache
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StringConstraints, model_validator

from bot.content import data_dir, load_yaml
from bot.domain.questions import Bank, Kind, Level, Option, Question, Reference, Topic

MAX_CODE_LINES: Final = 12
MAX_CODE_WIDTH: Final = 80  # characters; more wraps in Discord's code blocks

_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]

_CHOICE: Final = frozenset({Kind.ONE, Kind.CODE, Kind.FORMULA})
_NEEDS: Final = {
    Kind.ONE: {"options"},
    Kind.SEVERAL: {"options"},
    Kind.CODE: {"options", "code"},
    Kind.FORMULA: {"options"},
    Kind.BOOLEAN: {"answer"},
    Kind.NUMERIC: {"value", "check"},
    Kind.ORDER: {"steps"},
}
_ANYWHERE: Final = frozenset(
    {"id", "kind", "level", "skills", "prompt", "formula", "code", "language", "explanation", "reference"}
)
_ALSO: Final = {
    Kind.NUMERIC: {"tolerance", "unit"},
    Kind.ONE: {"check"},
    Kind.CODE: {"check"},
    Kind.FORMULA: {"check"},
    Kind.BOOLEAN: {"check"},
}


def _text(longest: int) -> StringConstraints:
    return StringConstraints(min_length=1, max_length=longest, strip_whitespace=False)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OptionEntry(_Strict):
    """One option as the file has it."""

    text: Annotated[str, _text(90)]
    correct: StrictBool = False
    why: Annotated[str, StringConstraints(max_length=160)] = ""

    @model_validator(mode="after")
    def _explains_what_is_wrong(self) -> Self:
        if self.correct == bool(self.why):
            raise ValueError(f"{self.text!r}: wrong options say why, the correct one does not")
        return self


class ReferenceEntry(_Strict):
    """A reference as the file has it."""

    title: Annotated[str, _text(100)]
    url: Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=200)]


class QuestionEntry(_Strict):
    """One question as the file has it. `check` is Python that computes the answer, for the tests."""

    id: _Slug
    kind: Kind
    level: Level
    skills: Annotated[tuple[_Slug, ...], Field(min_length=1, max_length=4)]
    prompt: Annotated[str, _text(350)]
    formula: Annotated[str, _text(300)] | None = None
    code: Annotated[str, _text(800)] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]+$")] = "python"
    options: Annotated[tuple[OptionEntry, ...], Field(min_length=3, max_length=5)] | None = None
    answer: StrictBool | None = None
    value: float | None = None
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    unit: Annotated[str, StringConstraints(max_length=20)] = ""
    steps: Annotated[tuple[Annotated[str, _text(90)], ...], Field(min_length=3, max_length=6)] | None = None
    check: Annotated[str, _text(3000)] | None = None
    explanation: Annotated[str, StringConstraints(min_length=20, max_length=400)]
    reference: ReferenceEntry

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        given = {name for name in self.model_fields_set if getattr(self, name) is not None}
        if missing := _NEEDS[self.kind] - given:
            raise ValueError(f"{self.id}: kind {self.kind} needs {', '.join(sorted(missing))}")
        if surplus := given - _ANYWHERE - _NEEDS[self.kind] - _ALSO.get(self.kind, set()):
            raise ValueError(f"{self.id}: kind {self.kind} has no use for {', '.join(sorted(surplus))}")
        return self

    @model_validator(mode="after")
    def _can_be_answered(self) -> Self:
        correct = sum(option.correct for option in self.options or ())
        if self.kind in _CHOICE and correct != 1:
            raise ValueError(f"{self.id}: exactly one option is correct")
        if self.kind is Kind.SEVERAL and not 2 <= correct < len(self.options or ()):
            raise ValueError(f"{self.id}: two options or more are correct, and not all")
        for texts in ([option.text for option in self.options or ()], list(self.steps or ())):
            if len({text.casefold().strip() for text in texts}) != len(texts):
                # Case counts in code: `'A'` and `'a'` are two answers there.
                if self.kind is Kind.CODE and len({text.strip() for text in texts}) == len(texts):
                    continue
                raise ValueError(f"{self.id}: an option or step stands there twice")
        return self

    @model_validator(mode="after")
    def _fits_the_card(self) -> Self:
        lines = (self.code or "").rstrip("\n").split("\n")
        if len(lines) > MAX_CODE_LINES or max(map(len, lines)) > MAX_CODE_WIDTH:
            raise ValueError(
                f"{self.id}: code is at most {MAX_CODE_LINES} lines of {MAX_CODE_WIDTH} characters"
            )
        if "language" in self.model_fields_set and self.code is None:
            raise ValueError(f"{self.id}: a language, but no code")
        return self

    def question(self, topic: str) -> Question:
        """Return it as the domain knows it."""
        return Question(
            id=self.id,
            topic=topic,
            kind=self.kind,
            level=self.level,
            skills=self.skills,
            prompt=self.prompt,
            explanation=self.explanation,
            reference=Reference(self.reference.title, self.reference.url),
            formula=self.formula or "",
            code=(self.code or "").rstrip("\n"),
            language=self.language if self.code else "",
            options=tuple(Option(option.text, option.correct, option.why) for option in self.options or ()),
            steps=self.steps or (),
            answer=self.answer,
            value=self.value,
            tolerance=self.tolerance,
            unit=self.unit,
        )


class TopicFile(_Strict):
    """One file of the bank."""

    topic: _Slug
    name: Annotated[str, _text(40)]
    questions: Annotated[tuple[QuestionEntry, ...], Field(min_length=1)]


def read_topic(topic: str) -> TopicFile:
    """Read and check one file; raises pydantic.ValidationError for what does not fit the schema."""
    file = TopicFile.model_validate(load_yaml(f"questions/{topic}.yaml"))
    if file.topic != topic:
        raise ValueError(f"questions/{topic}.yaml says it is about {file.topic}")
    return file


def topic_names() -> tuple[str, ...]:
    """Return the topics there are files of, sorted."""
    return tuple(sorted(path.stem for path in (data_dir() / "questions").glob("*.yaml")))


@cache
def load_questions() -> Bank:
    """Return the whole bank; raises ValueError for an id that stands there twice."""
    files = [read_topic(topic) for topic in topic_names()]
    questions = tuple(entry.question(file.topic) for file in files for entry in file.questions)
    ids = [question.id for question in questions]
    if len(set(ids)) != len(ids):
        twice = sorted({identity for identity in ids if ids.count(identity) > 1})
        raise ValueError(f"question ids that stand there twice: {', '.join(twice)}")
    return Bank(tuple(Topic(file.topic, file.name) for file in files), questions)
