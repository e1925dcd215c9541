"""What a query is made of, and how that is written: as a query again, and for SQLite's FTS5."""

import dataclasses
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeAlias

from bot.domain.categories import ALIASES, unaliased
from bot.domain.queries.folding import fold


class Field(StrEnum):
    """Where a term is looked for, by the name it has in a query."""

    TEXT = ""  # title or abstract
    TITLE = "ti"
    ABSTRACT = "abs"
    AUTHOR = "au"
    CATEGORY = "cat"
    ALL = "all"  # title, abstract or authors


COLUMNS: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.TEXT: ("title", "abstract"),
    Field.TITLE: ("title",),
    Field.ABSTRACT: ("abstract",),
    Field.AUTHOR: ("authors",),
    Field.CATEGORY: ("categories",),
    Field.ALL: ("title", "abstract", "authors"),
}
"""The columns of the index in which each field looks."""

_BARE = re.compile(r'(?!(?:or|and|not)\Z)[^\W_][^\s,，、"“”„‟«»＂()（）;|:*]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as it was typed, or with `prefix` the beginning of one; or a category or archive."""

    field: Field
    text: str
    prefix: bool = False
    words: str = dataclasses.field(init=False, compare=False, repr=False)  # what is looked for

    def __post_init__(self) -> None:
        is_category = self.field is Field.CATEGORY
        object.__setattr__(self, "words", unaliased(self.text).lower() if is_category else fold(self.text))

    @property
    def text_as_query(self) -> str:
        """The term as a query writes it, such as `ti:"graph neural"`."""
        shown = self.text if _BARE.fullmatch(self.text) else f'"{self.text}"'
        return f"{self.field}{':' if self.field else ''}{shown}{'*' if self.prefix else ''}"

    def fts(self, columns: Iterable[str] | None = None) -> str:
        """Return the term as FTS5 takes it, in the columns of its field or only in some of them."""
        # Folded words hold no quotation mark; doubling it keeps that from being the only defence.
        quoted = self.words.replace('"', '""')
        where = " ".join(COLUMNS[self.field] if columns is None else columns)
        return f'{{{where}}} : "{quoted}"{" *" if self.prefix else ""}'


@dataclass(frozen=True, slots=True)
class Not:
    """What must not be."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class And:
    """Several conditions at once: what must be comes first, each `Not` after it."""

    of: "tuple[Node, ...]"


@dataclass(frozen=True, slots=True)
class Or:
    """Conditions of which one is enough."""

    of: "tuple[Node, ...]"


Node: TypeAlias = Term | Not | And | Or


def negation(node: Node) -> Node:
    """Return what is true where `node` is not."""
    return node.of if isinstance(node, Not) else Not(node)


def conjunction(nodes: Iterable[Node]) -> Node:
    """Join conditions that must all hold, each kept once."""
    flat = [part for node in nodes for part in (node.of if isinstance(node, And) else (node,))]
    distinct = _distinct(sorted(flat, key=lambda node: isinstance(node, Not)))
    return distinct[0] if len(distinct) == 1 else And(distinct)


def disjunction(nodes: Iterable[Node]) -> Node:
    """Join conditions of which one is enough, each kept once."""
    distinct = _distinct(part for node in nodes for part in (node.of if isinstance(node, Or) else (node,)))
    return distinct[0] if len(distinct) == 1 else Or(distinct)


def _distinct(nodes: Iterable[Node]) -> tuple[Node, ...]:
    first: dict[tuple[str, bool], Node] = {}
    for node in nodes:
        first.setdefault(_compiled(node), node)
    return tuple(first.values())


def text_of(node: Node) -> str:
    """Write a condition as a query in its canonical form."""
    match node:
        case Term():
            return node.text_as_query
        case Not(of):
            return f"NOT {text_of(of) if isinstance(of, Term) else f'({text_of(of)})'}"
        case And(of):
            parts = [f"({text_of(part)})" if isinstance(part, Or) else text_of(part) for part in of]
            joints = ["", *(" " if isinstance(part, Not) else " AND " for part in of[1:])]
            return "".join(joint + part for joint, part in zip(joints, parts, strict=True))
        case Or(of):
            return " OR ".join(map(text_of, of))


def expression(node: Node) -> str:
    """Return the FTS5 expression for a condition that is no pure exclusion."""
    found, negated = _compiled(node)
    assert not negated
    return found


def excludes(node: Node) -> bool:
    """Whether a condition only says what to leave out, which nothing can be looked up by."""
    return _compiled(node)[1]


def _compiled(node: Node) -> tuple[str, bool]:
    """Return an FTS5 expression, and whether what is meant is everything but what it finds.

    FTS5 has no NOT of one operand, only `this NOT that`.
    """
    match node:
        case Term():
            return node.fts(), False
        case Not(of):
            found, negated = _compiled(of)
            return found, not negated
        case And(of):
            return _intersection([_compiled(part) for part in of])
        case Or(of):
            # De Morgan: some of these is none of these, negated.
            found, negated = _intersection([(f, not n) for f, n in map(_compiled, of)])
            return found, not negated


def _intersection(parts: list[tuple[str, bool]]) -> tuple[str, bool]:
    wanted = [found for found, negated in parts if not negated]
    unwanted = [found for found, negated in parts if negated]
    if not wanted:
        return _joined(" OR ", unwanted), True
    found = _joined(" AND ", wanted)
    return (f"({found} NOT {_joined(' OR ', unwanted)})" if unwanted else found), False


def _joined(joint: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({joint.join(parts)})"


def archives(category: str) -> set[str]:
    """Return the archives a category belongs to under any of its names, such as cs and eess for eess.SY."""
    names = {category, *(alias for alias, name in ALIASES.items() if name == category)}
    return {name.partition(".")[0] for name in names}
