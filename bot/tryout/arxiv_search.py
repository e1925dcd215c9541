"""What a `search_query` of arXiv's API finds among the samples.

The grammar is that of https://info.arxiv.org/help/api/user-manual.html#query_details, without its stemming:
`field:word`, `field:"a phrase"`, AND, OR, ANDNOT and parentheses; operators bind alike, from left to right.
"""

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Final

from bot.domain.queries import fold
from bot.tryout.samples import Sample

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<open>\()|(?P<close>\))|(?P<operator>(?:AND|OR|ANDNOT)\b)|"
    r'(?P<term>(?:(?P<field>[a-z]+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+))))'
)
_FIELDS: Final = ("ti", "au", "abs", "cat", "id", "all", "co", "jr", "rn")

Condition = Callable[[Sample], bool]


class QueryFault(Exception):
    """The query is not in the grammar; the message is what the answer says."""


def condition(query: str) -> Condition:
    """Read a query; raises QueryFault."""
    tokens = _tokens(query)
    found = _joined(tokens)
    if tokens:
        raise QueryFault(f"unexpected {tokens[0][0]}")
    return found


def _tokens(query: str) -> list[re.Match[str]]:
    tokens: list[re.Match[str]] = []
    at = 0
    while query[at:].strip():
        match = _TOKEN.match(query, at)
        if match is None:
            raise QueryFault(f"cannot read {query[at:].strip()}")
        tokens.append(match)
        at = match.end()
    return tokens


def _joined(tokens: list[re.Match[str]]) -> Condition:
    """Take conditions from the front, up to the closing parenthesis or the end."""
    found = _operand(tokens)
    while tokens and not tokens[0]["close"]:
        # Words without an operator between them are alternatives, as in Lucene.
        operator = tokens.pop(0)["operator"] if tokens[0]["operator"] else "OR"
        found = _joint(operator, found, _operand(tokens))
    return found


def _joint(operator: str, left: Condition, right: Condition) -> Condition:
    match operator:
        case "AND":
            return lambda paper: left(paper) and right(paper)
        case "OR":
            return lambda paper: left(paper) or right(paper)
        case _:
            return lambda paper: left(paper) and not right(paper)


def _operand(tokens: list[re.Match[str]]) -> Condition:
    token = tokens.pop(0) if tokens else None
    if token is not None and token["open"]:
        found = _joined(tokens)
        if not tokens:
            raise QueryFault("missing )")
        tokens.pop(0)
        return found
    if token is None or not token["term"]:
        raise QueryFault("missing a term")
    field = token["field"] or "all"
    if field not in _FIELDS:
        raise QueryFault(f"unknown field {field}")
    return _term(field, token["phrase"] if token["phrase"] is not None else token["word"])


def _term(field: str, wanted: str) -> Condition:
    if field == "cat":
        return lambda paper: any(fnmatchcase(code.lower(), wanted.lower()) for code in paper.categories)
    if field == "id":
        return lambda paper: paper.id == wanted
    words = fold(wanted)
    needle = f" {words}" if wanted.endswith("*") else f" {words} "
    return lambda paper: bool(words) and any(needle in f" {fold(text)} " for text in _texts(field, paper))


def _texts(field: str, paper: Sample) -> tuple[str, ...]:
    return {
        "ti": (paper.title,),
        "abs": (paper.summary,),
        "au": paper.authors,
        "all": (paper.title, paper.summary, *paper.authors, *paper.categories),
    }.get(field, ())  # the samples have no comments, journals or report numbers
