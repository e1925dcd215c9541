"""A query that was read."""

from collections.abc import Iterator
from dataclasses import dataclass

from bot.domain.queries.reading import in_words
from bot.domain.queries.tree import Field, Node, Not, Term, expression, text_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """One term of a query, and whether the query asks for it or against it."""

    term: Term
    wanted: bool


@dataclass(frozen=True, slots=True)
class Query:
    """What papers must be like; made by `parse_query`, equal where the canonical text is."""

    root: Node

    @property
    def text(self) -> str:
        """The canonical text, at most MAX_LENGTH characters; reading it gives an equal query."""
        return text_of(self.root)

    def words(self) -> str:
        """Say the query in English, such as: papers mentioning “gan”, but not “survey”."""
        return in_words(self.root)

    def fts(self) -> str:
        """Return the MATCH expression for the columns of COLUMNS, whose text `fold` made."""
        return expression(self.root)

    def terms(self) -> tuple[Leaf, ...]:
        """Return each term once, in the order of the canonical text."""
        return tuple(dict.fromkeys(_leaves(self.root, wanted=True)))

    def categories(self) -> tuple[str, ...]:
        """Return each category and archive that is named, for a check against arXiv's taxonomy."""
        named = (leaf.term for leaf in self.terms())
        return tuple(dict.fromkeys(term.text for term in named if term.field is Field.CATEGORY))


def _leaves(node: Node, *, wanted: bool) -> Iterator[Leaf]:
    if isinstance(node, Term):
        yield Leaf(node, wanted)
    elif isinstance(node, Not):
        yield from _leaves(node.of, wanted=not wanted)
    else:
        for part in node.of:
            yield from _leaves(part, wanted=wanted)
