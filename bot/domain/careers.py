"""Careers in AI and machine learning as values: roles, skills, tracks, backgrounds and the moves between them.

The content is `data/careers/`; `bot.content.careers` reads and checks it. Finding a role by what a
person types, comparing two and walking a path are built on these values elsewhere.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum


class Stage(StrEnum):
    """How far along a career a role sits; the members stand in order."""

    ENTRY = "entry"
    MID = "mid"
    SENIOR = "senior"
    LEAD = "lead"
    EXECUTIVE = "executive"

    @property
    def rank(self) -> int:
        """Return the place in the order: entry is 0, executive 4."""
        return tuple(Stage).index(self)


class Level(IntEnum):
    """How well a skill has to be mastered."""

    AWARE = 1  # knows what it is for, reads it with help
    WORKING = 2  # does everyday tasks alone
    STRONG = 3  # does the hard cases, reviews others
    EXPERT = 4  # is asked when others are stuck


class Orientation(StrEnum):
    """Whether the work makes new methods or puts known ones to use."""

    RESEARCH = "research"
    APPLIED = "applied"
    BOTH = "both"


class Ladder(StrEnum):
    """What a role answers for: its own work, technical direction, or people."""

    INDIVIDUAL = "individual"
    TECHNICAL_LEAD = "technical-lead"
    PEOPLE = "people"


class MoveKind(StrEnum):
    """Why people make a move."""

    PROMOTION = "promotion"
    SPECIALISATION = "specialisation"
    SWITCH = "switch"


class EntryKind(StrEnum):
    """What sort of advice an entry is."""

    CERTIFICATE = "certificate"
    COURSE = "course"
    DEGREE = "degree"
    ADVICE = "advice"
    COMMUNITY = "community"


class TrackKind(StrEnum):
    """What a track divides the field by: subject, orientation, or ladder; a foundation is common to all."""

    SPECIALISATION = "specialisation"
    ORIENTATION = "orientation"
    LADDER = "ladder"
    FOUNDATION = "foundation"


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from, under which licence, and when somebody last looked."""

    id: str
    title: str
    publisher: str
    url: str
    licence: str
    checked: date
    attribution: str | None = None
    """The credit the licence asks to be shown wherever the facts are."""


@dataclass(frozen=True, slots=True)
class Reference:
    """Something free to learn a skill from."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Skill:
    """Something a person can learn, be asked about and be hired for."""

    id: str
    name: str
    aliases: tuple[str, ...]
    group: str
    topic: str | None
    """The quiz topic that examines it, if one does."""
    summary: str
    why: str
    prerequisites: tuple[str, ...]
    steps: tuple[str, ...]
    reference: Reference


@dataclass(frozen=True, slots=True)
class SkillNeed:
    """A skill a role asks for; one that is not essential only helps."""

    skill: str
    level: Level
    essential: bool


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A role that is easily taken for this one, and how to tell them apart."""

    role: str
    difference: str


@dataclass(frozen=True, slots=True)
class Role:
    """A job as it is advertised and done."""

    id: str
    title: str
    aliases: tuple[str, ...]
    stage: Stage
    niche: bool
    tracks: tuple[str, ...]
    orientation: Orientation
    ladder: Ladder
    summary: str
    day: tuple[str, ...]
    skills: tuple[SkillNeed, ...]
    tools: tuple[str, ...]
    education: str
    ways_in: tuple[str, ...]
    neighbours: tuple[Neighbour, ...]
    onet: str | None
    """The O*NET-SOC code of the occupation that covers it, where there is one."""
    sources: tuple[str, ...]
    checked: date

    @property
    def names(self) -> tuple[str, ...]:
        """Return everything the role is called, its title first."""
        return (self.title, *self.aliases)

    @property
    def essentials(self) -> tuple[SkillNeed, ...]:
        """Return the skills nobody is hired without."""
        return tuple(need for need in self.skills if need.essential)

    def need(self, skill: str) -> SkillNeed | None:
        """Return what the role asks of one skill, or None if it does not ask."""
        return next((need for need in self.skills if need.skill == skill), None)


@dataclass(frozen=True, slots=True)
class Track:
    """A specialisation, or one side of the field, with the roles that belong to it; a foundation has none."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: TrackKind
    summary: str
    skills: tuple[str, ...]
    roles: tuple[str, ...]
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlanStep:
    """One thing to do, and the skills and roles it leads towards."""

    text: str
    skills: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Background:
    """Where somebody starts from, and a plan from there to a first role."""

    id: str
    name: str
    aliases: tuple[str, ...]
    summary: str
    brings: tuple[str, ...]
    missing: tuple[str, ...]
    first_month: tuple[PlanStep, ...]
    first_quarter: tuple[PlanStep, ...]
    first_year: tuple[PlanStep, ...]
    first_roles: tuple[str, ...]
    tips: tuple[str, ...]
    entries: tuple[str, ...]
    """Certificates, courses and advice that fit this start."""
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Move:
    """A step people take from one role to another."""

    origin: str
    target: str
    kind: MoveKind
    takes: str
    years: str
    """How long it usually takes, in words: no source gives honest numbers."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A spelling that means several roles, the likeliest first."""

    spelling: str
    roles: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A certificate, course, degree, community or piece of advice that people look up by name."""

    id: str
    name: str
    aliases: tuple[str, ...]
    kind: EntryKind
    text: str
    url: str | None
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Careers:
    """All of it, by id. There is one for a process: another is not the same, whatever is in it."""

    roles: Mapping[str, Role]
    skills: Mapping[str, Skill]
    tracks: Mapping[str, Track]
    backgrounds: Mapping[str, Background]
    entries: Mapping[str, Entry]
    moves: tuple[Move, ...]
    ambiguities: tuple[Ambiguity, ...]
    sources: Mapping[str, Source]

    def moves_from(self, role: str) -> tuple[Move, ...]:
        """Return where a role leads."""
        return tuple(move for move in self.moves if move.origin == role)

    def moves_to(self, role: str) -> tuple[Move, ...]:
        """Return which roles lead to this one."""
        return tuple(move for move in self.moves if move.target == role)

    def roles_needing(self, skill: str) -> tuple[tuple[Role, SkillNeed], ...]:
        """Return the roles that ask for a skill, each with how much of it."""
        return tuple((role, need) for role in self.roles.values() if (need := role.need(skill)))

    def names(self) -> Iterator[tuple[str, str, str]]:
        """Yield every name that can be looked up, as (name, kind, id).

        The kinds are role, skill, track, background and entry.
        """
        for role in self.roles.values():
            for name in role.names:
                yield name, "role", role.id
        for kind, things in (
            ("skill", self.skills.values()),
            ("track", self.tracks.values()),
            ("background", self.backgrounds.values()),
            ("entry", self.entries.values()),
        ):
            for thing in things:
                for name in (thing.name, *thing.aliases):
                    yield name, kind, thing.id
