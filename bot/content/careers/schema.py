"""What the files in `data/careers/` may hold. Lengths are chosen so that each text fits a Discord card."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from bot.domain.careers import EntryKind, Ladder, MoveKind, Orientation, Stage, TrackKind

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=48)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Sentence = Annotated[str, StringConstraints(min_length=30, max_length=300, pattern=r"[.!?]$")]
Item = Annotated[str, StringConstraints(min_length=12, max_length=140)]
Passage = Annotated[str, StringConstraints(min_length=40, max_length=240, pattern=r"[.!?]$")]
Url = Annotated[str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=200)]
Onet = Annotated[str, StringConstraints(pattern=r"^\d{2}-\d{4}\.\d{2}$")]
LevelWord = Literal["aware", "working", "strong", "expert"]
Years = Literal["months", "about a year", "a few years", "several years", "many years"]
Topic = Literal[
    "mathematics",
    "statistics",
    "python",
    "data-wrangling",
    "sql",
    "classical-ml",
    "evaluation",
    "deep-learning",
    "vision",
    "nlp",
    "generative",
    "reinforcement-learning",
    "mlops",
    "cloud-big-data",
    "ethics-safety",
    "reading-papers",
]
Group = Literal[
    "Mathematics",
    "Statistics",
    "Programming",
    "Data",
    "Machine learning",
    "Evaluation",
    "Deep learning",
    "Vision",
    "Language",
    "Generative AI",
    "Decisions and control",
    "Engineering",
    "Cloud and big data",
    "Responsible AI",
    "Research",
    "People and business",
    "Domains",
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SourceFile(_Model):
    """One source in `sources.yaml`; its key there is its id."""

    title: Name
    publisher: Name
    url: Url
    licence: Name
    checked: date
    attribution: str | None = Field(default=None, max_length=500)


class ReferenceFile(_Model):
    """A free reference of a skill."""

    title: Name
    url: Url


class SkillFile(_Model):
    """One skill in `skills/*.yaml`; its key there is its id."""

    name: Name
    aliases: tuple[Name, ...] = ()
    group: Group
    topic: Topic | None = None
    summary: Sentence
    why: Passage
    prerequisites: tuple[Id, ...] = ()
    steps: tuple[Item, ...] = Field(min_length=2, max_length=3)
    reference: ReferenceFile


class RoleFile(_Model):
    """One role in `roles/*.yaml`; its key there is its id."""

    title: Name
    aliases: tuple[Name, ...] = ()
    stage: Stage
    niche: bool = False
    tracks: tuple[Id, ...] = ()
    orientation: Orientation
    ladder: Ladder = Ladder.INDIVIDUAL
    summary: Sentence
    day: tuple[Item, ...] = Field(min_length=3, max_length=5)
    needs: dict[Id, LevelWord] = Field(min_length=3)
    helps: dict[Id, LevelWord] = Field(min_length=1)
    tools: tuple[Name, ...] = Field(min_length=3, max_length=10)
    education: Passage
    ways_in: tuple[Item, ...] = Field(min_length=2, max_length=4)
    neighbours: dict[Id, Passage] = Field(min_length=1, max_length=4)
    onet: Onet | None = None
    sources: tuple[Id, ...] = Field(min_length=1)
    checked: date


class TrackFile(_Model):
    """One track in `tracks.yaml`; its key there is its id."""

    name: Name
    aliases: tuple[Name, ...] = ()
    kind: TrackKind
    summary: Sentence
    skills: tuple[Id, ...] = Field(min_length=3)
    sources: tuple[Id, ...] = ()  # none where it is advice and states no fact


class StepFile(_Model):
    """A step of a plan."""

    do: Item
    skills: tuple[Id, ...] = ()
    roles: tuple[Id, ...] = ()


class PlanFile(_Model):
    """What to do from the first day on."""

    month: tuple[StepFile, ...] = Field(min_length=3, max_length=5)
    quarter: tuple[StepFile, ...] = Field(min_length=3, max_length=5)
    year: tuple[StepFile, ...] = Field(min_length=3, max_length=5)


class BackgroundFile(_Model):
    """One background in `backgrounds.yaml`; its key there is its id."""

    name: Name
    aliases: tuple[Name, ...] = ()
    summary: Sentence
    brings: tuple[Item, ...] = Field(min_length=2, max_length=5)
    missing: tuple[Item, ...] = Field(min_length=2, max_length=5)
    plan: PlanFile
    first_roles: tuple[Id, ...] = Field(min_length=2, max_length=6)
    tips: tuple[Item, ...] = Field(min_length=2, max_length=6)
    entries: tuple[Id, ...] = Field(min_length=1)
    sources: tuple[Id, ...] = Field(min_length=1)


class MoveFile(_Model):
    """One move in `moves/*.yaml`, under its kind and the role it starts from."""

    to: Id
    takes: Passage
    years: Years


class AmbiguityFile(_Model):
    """One spelling in `ambiguous.yaml`; its key there is the spelling."""

    roles: tuple[Id, ...] = Field(min_length=2, max_length=6)
    why: Passage


class EntryFile(_Model):
    """One entry in `entries.yaml`; its key there is its id."""

    name: Name
    aliases: tuple[Name, ...] = ()
    kind: EntryKind
    text: Sentence
    url: Url | None = None
    sources: tuple[Id, ...] = ()  # none where it is advice and states no fact


class CareersFile(_Model):
    """Everything, put together from the files."""

    sources: dict[Id, SourceFile]
    skills: dict[Id, SkillFile]
    roles: dict[Id, RoleFile]
    tracks: dict[Id, TrackFile]
    backgrounds: dict[Id, BackgroundFile]
    entries: dict[Id, EntryFile]
    moves: dict[MoveKind, dict[Id, tuple[MoveFile, ...]]]
    ambiguous: dict[Name, AmbiguityFile]
