"""What study buddies begin with, `data/icebreakers.yaml`: its schema, and reading it."""

from functools import cache
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.content import load_yaml
from bot.domain.buddies.icebreakers import Icebreaker, Kind, Openers, Session, Suits

_Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
_Line = Annotated[str, StringConstraints(min_length=10, max_length=160)]

_NAMES_SKILLS = frozenset({Kind.BOTH_LEARN, Kind.HELP, Suits.BOTH_LEARN, Suits.HELP})


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class IcebreakerEntry(_Strict):
    """An icebreaker as the file has it."""

    id: _Slug
    kind: Kind
    text: _Line

    @model_validator(mode="after")
    def _names_a_skill_only_where_there_is_one(self) -> Self:
        _check_braces(self.id, self.text, may=self.kind in _NAMES_SKILLS)
        return self


class SessionEntry(_Strict):
    """A first session as the file has it."""

    id: _Slug
    suits: Annotated[tuple[Suits, ...], Field(min_length=1)]
    minutes: Annotated[int, Field(ge=15, le=120)]
    steps: Annotated[tuple[_Line, ...], Field(min_length=2, max_length=5)]

    @model_validator(mode="after")
    def _names_a_skill_only_where_there_is_one(self) -> Self:
        for step in self.steps:
            _check_braces(self.id, step, may=_NAMES_SKILLS.issuperset(self.suits))
        return self


class OpenersFile(_Strict):
    """The file."""

    icebreakers: tuple[IcebreakerEntry, ...]
    sessions: tuple[SessionEntry, ...]

    @model_validator(mode="after")
    def _has_enough(self) -> Self:
        for entries in (self.icebreakers, self.sessions):
            ids = [entry.id for entry in entries]
            if twice := sorted({id_ for id_ in ids if ids.count(id_) > 1}):
                raise ValueError(f"ids that stand there twice: {', '.join(twice)}")
        for kind in Kind:
            if sum(entry.kind is kind for entry in self.icebreakers) < 3:
                raise ValueError(f"of each kind there are three icebreakers or more, not so of {kind}")
        if missing := set(Suits).difference(*(entry.suits for entry in self.sessions)):
            raise ValueError(f"there is no session for {', '.join(sorted(missing))}")
        return self


def _check_braces(id_: str, text: str, *, may: bool) -> None:
    left = text.replace("{skill}", "") if may else text
    if "{" in left or "}" in left:
        raise ValueError(f"{id_}: {{skill}} stands only where a skill is known, and nothing else in braces")


@cache
def load_openers() -> Openers:
    """Return all icebreakers and sessions; raises pydantic.ValidationError for what does not fit the schema."""
    file = OpenersFile.model_validate(load_yaml("icebreakers.yaml"))
    return Openers(
        tuple(Icebreaker(each.id, each.kind, each.text) for each in file.icebreakers),
        tuple(Session(each.id, each.suits, each.minutes, each.steps) for each in file.sessions),
    )
