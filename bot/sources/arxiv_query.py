"""Cohort's query language in the words of arXiv's API.

Its grammar: https://info.arxiv.org/help/api/user-manual.html#query_details. It has AND, OR and ANDNOT between two
operands and no NOT of one, so an exclusion is carried outwards until there is something to exclude it from.
"""

from typing import Final

from bot.domain.categories import ALIASES, unaliased
from bot.domain.queries import Field, Query, Term
from bot.domain.queries.tree import And, Node, Not

# `all:` would look in comments and report numbers as well.
_FIELDS: Final = {
    Field.TEXT: ("ti", "abs"),
    Field.TITLE: ("ti",),
    Field.ABSTRACT: ("abs",),
    Field.AUTHOR: ("au",),
    Field.ALL: ("ti", "abs", "au"),
}


def to_search_query(query: Query) -> str:
    """Return `query` as a `search_query` of arXiv's API, not yet encoded for an address.

    arXiv has its own ideas of what a word is, so what it finds is close to what `query` means and not the same:
    where it matters, match the papers it returns with `query` itself.
    """
    found, negated = _compiled(query.root)
    assert not negated  # `parse_query` refuses what only excludes
    return found.removeprefix("(").removesuffix(")") if _is_wrapped(found) else found


def _compiled(node: Node) -> tuple[str, bool]:
    """Return a condition, and whether what is meant is everything but what it finds."""
    if isinstance(node, Term):
        return _term(node), False
    if isinstance(node, Not):
        found, negated = _compiled(node.of)
        return found, not negated
    parts = [_compiled(part) for part in node.of]
    if isinstance(node, And):
        return _intersection(parts)
    # De Morgan: some of these is none of these, negated.
    found, negated = _intersection([(found, not negated) for found, negated in parts])
    return found, not negated


def _intersection(parts: list[tuple[str, bool]]) -> tuple[str, bool]:
    wanted = [found for found, negated in parts if not negated]
    unwanted = [found for found, negated in parts if negated]
    if not wanted:
        return _joined("OR", unwanted), True
    if not unwanted:
        return _joined("AND", wanted), False
    return f"({_joined('AND', wanted)} ANDNOT {_joined('OR', unwanted)})", False


def _term(term: Term) -> str:
    if term.field is Field.CATEGORY:
        code = unaliased(term.text)
        names = [code, *(alias for alias, name in ALIASES.items() if name == code)]
        # An archive is all of its categories; older papers are in the archive itself.
        return _joined("OR", [f"cat:{name}" for name in names] + ([] if "." in code else [f"cat:{code}.*"]))
    text = " ".join(term.text.replace('"', " ").replace("\\", " ").split())
    if not text.isalnum():
        text = f'"{text}"'
    elif term.prefix:
        text += "*"
    return _joined("OR", [f"{field}:{text}" for field in _FIELDS[term.field]])


def _joined(joint: str, parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"({f' {joint} '.join(parts)})"


def _is_wrapped(found: str) -> bool:
    """Whether one pair of parentheses holds it all."""
    depth, quoted = 0, False
    for at, character in enumerate(found):
        quoted ^= character == '"'
        if not quoted:
            depth += (character == "(") - (character == ")")
        if depth == 0 and at < len(found) - 1:
            return False
    return found.startswith("(")
