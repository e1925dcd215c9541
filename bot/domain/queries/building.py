"""The meaning of a query's parts: luqum's Lucene grammar builds the tree, this makes it ours.

Imported where the first query is read: luqum costs 0.1 s and is not needed before.
"""

import re
import unicodedata
from typing import Any, NoReturn

# luqum.parser would keep the state of its lexer in a global.
from luqum import exceptions, thread, tree  # type: ignore[import-untyped]

from bot.domain.queries.errors import QueryError
from bot.domain.queries.tokens import Kind, Token
from bot.domain.queries.tree import Field, Node, Term, conjunction, disjunction, excludes, negation

# The shapes of arXiv's codes: cs, hep-th, cs.LG, cond-mat.str-el, physics.optics.
_CATEGORY = re.compile(
    r"(?P<archive>[a-z]{2,8}|[a-z]{1,8}-[a-z]{2,4})(?:\.(?P<subject>[a-z]{2,8}(?:-[a-z]{2,5})?))?"
)


def build(text: str, tokens: list[Token]) -> Node:
    """Return what the tokens of a query mean; `text` is the query, for its errors."""
    return _Builder(text, tokens).build()


class _Builder:
    """Turns luqum's tree into ours."""

    def __init__(self, text: str, tokens: list[Token]) -> None:
        self._text = text
        self._tokens = tokens

    def build(self) -> Node:
        item = grammar(
            " ".join(self._word(place, token) for place, token in enumerate(self._tokens)), self._text
        )
        parts = item.operands if isinstance(item, tree.OrOperation) else (item,)
        alternatives = [self._node(part, Field.TEXT) for part in parts]
        # Each must be something to look for, so that the error shows the one that is not.
        for part, alternative in zip(parts, alternatives, strict=True):
            if excludes(alternative):
                self._refuse(
                    "Say what to look for as well, not only what to leave out, such as gan -survey",
                    self._start(part),
                )
        return disjunction(alternatives)

    def _word(self, place: int, token: Token) -> str:
        # luqum never sees what was typed, so nothing in it can be one of luqum's other operators.
        match token.kind:
            case Kind.TERM:
                return f"t{place}"
            case Kind.FIELD:
                return f"{token.text}:"
            case Kind.OPEN | Kind.CLOSE:
                return token.text
            case _:
                return token.kind.name

    def _node(self, item: Any, field: Field) -> Node:
        match item:
            case tree.Word():
                return self._term(self._tokens[_first(item)], field)
            case tree.Group() | tree.FieldGroup():
                return self._node(item.expr, field)
            case tree.SearchField():
                if field is not Field.TEXT:
                    self._refuse(
                        f"Close the parentheses of “{field}:” before another field", self._field(item)
                    )
                return self._node(item.expr, Field(item.name))
            case tree.Not():
                return negation(self._node(item.a, field))
            case tree.OrOperation():
                return disjunction(self._node(part, field) for part in item.operands)
            case tree.AndOperation() | tree.UnknownOperation():
                return conjunction(self._node(part, field) for part in item.operands)
        raise unreadable(self._text)

    def _term(self, token: Token, field: Field) -> Term:
        if field is Field.CATEGORY:
            return self._category(token)
        term = Term(field, _clean(token.text), token.prefix)
        if "*" in token.text:
            self._refuse("Put the * at the end of a word, such as transform*", token.at)
        if not term.words:
            self._refuse("Write letters or digits here: there is no word to look for", token.at)
        if token.prefix and (len(term.words) < 2 or not term.text[-1].isalnum()):
            self._refuse("Put at least two letters directly before the *, such as gan*", token.at)
        return term

    def _category(self, token: Token) -> Term:
        # "cs.*" is all of cs, and so is "cs".
        typed = token.text.lower()
        shape = _CATEGORY.fullmatch(typed.removesuffix(".") if token.prefix else typed)
        if shape is None or (token.prefix and (shape["subject"] or not typed.endswith("."))):
            self._refuse(
                "Write a category after cat:, such as cat:cs.LG, or a whole archive, such as cat:cs", token.at
            )
        archive, subject = shape["archive"], shape["subject"]
        if subject is None:
            return Term(Field.CATEGORY, archive)
        return Term(Field.CATEGORY, f"{archive}.{subject.upper() if len(subject) == 2 else subject}")

    def _start(self, item: Any) -> int:
        """Return where in the text an item begins, with what stands before its first word and belongs to it."""
        place = _first(item)
        while place and self._tokens[place - 1].kind in (Kind.NOT, Kind.FIELD, Kind.OPEN):
            place -= 1
        return self._tokens[place].at

    def _field(self, item: Any) -> int:
        """Return where in the text the field stands that applies to an item's first word."""
        place = _first(item)
        while self._tokens[place].kind is not Kind.FIELD:
            place -= 1
        return self._tokens[place].at

    def _refuse(self, sentence: str, at: int) -> NoReturn:
        raise QueryError(sentence, self._text, at)


def grammar(query: str, typed: str) -> Any:
    """Parse with luqum; what it cannot parse becomes a QueryError about the text as it was typed."""
    try:
        return thread.parse(query)
    except exceptions.ParseError as error:
        raise unreadable(typed) from error


def unreadable(text: str) -> QueryError:
    """Say that a query is beyond us without knowing where."""
    return QueryError(
        "Write it with words, “phrases”, AND, OR, NOT and parentheses: this cannot be read", text
    )


def _first(item: Any) -> int:
    """Return which token is the first word of an item."""
    while not isinstance(item, tree.Word):
        item = item.children[0]
    return int(item.value.removeprefix("t"))


def _clean(text: str) -> str:
    """Drop what cannot be seen or stored from a term; `fold` makes nothing of it either."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = (char for char in text if unicodedata.category(char) != "Cf")
    spaced = "".join(" " if unicodedata.category(char) in ("Cc", "Cs") else char for char in kept)
    return unicodedata.normalize("NFC", " ".join(spaced.split()))
