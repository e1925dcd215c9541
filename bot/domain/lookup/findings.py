"""What a look-up answers."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors import UserError


class Kind(StrEnum):
    """What a name belongs to; the likelier meaning of a name that several have stands first."""

    ROLE = "role"
    SKILL = "skill"
    TRACK = "track"
    BACKGROUND = "background"
    ENTRY = "entry"
    OWN = "own"
    """A role that a server has described itself."""

    @property
    def rank(self) -> int:
        """Return the place in the order."""
        return tuple(Kind).index(self)


class How(StrEnum):
    """By which way something was found."""

    NAME = "name"
    SHORT = "short"  # an abbreviation, a plural, another order of words
    PART = "part"  # words that only one thing has in its name
    NEAR = "near"  # a misspelling


@dataclass(frozen=True, slots=True)
class Name:
    """One spelling of one thing; `main` marks its title."""

    text: str
    kind: Kind
    id: str
    main: bool = False


@dataclass(frozen=True, slots=True)
class Option:
    """Something that may be meant."""

    kind: Kind
    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Found:
    """The one thing that is meant; `also` are others that go by the same name, for the card to mention."""

    option: Option
    how: How
    also: tuple[Option, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several things that may be meant, the likeliest first, and why it is not clear."""

    options: tuple[Option, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Nothing that fits; what comes nearest, though perhaps not very."""

    options: tuple[Option, ...]


Finding = Found | Ambiguous | Nearest


def only_role(finding: Finding) -> Option:
    """Return the role that was found. Raises UserError that names what may be meant where that is not clear."""
    if isinstance(finding, Found):
        return finding.option
    names = ", ".join(each.title for each in finding.options)
    raise UserError(f"Which role is that? Perhaps one of: {names}. Write its whole name.")
