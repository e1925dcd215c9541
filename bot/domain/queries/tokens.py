"""A query cut into its parts, and whether they may follow one another as they do.

The parts are those that saved filters have always been made of: any dash is a minus and any quotation mark
quotes, a comma is an OR, and punctuation inside a word (L^2, vision/language, [CLS]) is no operator.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NoReturn

from bot.domain.queries.errors import QueryError
from bot.domain.queries.tree import Field

MAX_LENGTH: Final = 500
"""Characters of a query, as typed and as `Query.text` writes it."""

MAX_TERMS: Final = 60
"""Words and phrases of a query."""

MAX_DEPTH: Final = 8
"""Parentheses inside each other."""

_QUOTES = '"“”„‟«»＂'
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<comma>[,，、])|(?P<quote>[{_QUOTES}])|(?P<open>[(（])|(?P<close>[)）])|"
    rf"(?P<bar>[;|])|(?P<minus>[-‐‑‒–—−])|(?P<word>[^\s,，、{_QUOTES}()（）;|]+)"
)
_PHRASE = re.compile(rf"[{_QUOTES}](?P<inside>[^{_QUOTES}]*)[{_QUOTES}](?P<star>\*?)")
_FIELD = re.compile(r"(?P<name>[^\W\d_]\w*):")
_CATEGORY_LIKE = re.compile(r"[a-z]+(-[a-z]+)?\.[A-Za-z]{2,}(-[a-z]+)?")
_FIELDS = frozenset(field.value for field in Field if field)
_MEANT = {
    "title": "ti", "t": "ti", "abstract": "abs", "ab": "abs", "author": "au", "authors": "au", "a": "au",
    "category": "cat", "categories": "cat", "c": "cat", "any": "all",
}  # fmt: skip


class Kind(Enum):
    """What a part is."""

    START = auto()
    TERM = auto()
    FIELD = auto()
    OPEN = auto()
    CLOSE = auto()
    AND = auto()
    OR = auto()
    NOT = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a query: what it is, where it begins, and its text (a term's without `*` and quotes)."""

    kind: Kind
    at: int
    text: str = ""
    prefix: bool = False


_OPERANDS = (Kind.TERM, Kind.CLOSE)


def tokenize(text: str, *, most: int = MAX_TERMS) -> list[Token]:
    """Cut a query into parts that make a well-formed whole, an AND in every gap; QueryError where they do not.

    `most` is how many words and phrases it may have.
    """
    return _Tokenizer(text, most).tokens()


class _Tokenizer:
    def __init__(self, text: str, most: int) -> None:
        self._text = text
        self._most = most
        self._place = 0
        self._tokens = [Token(Kind.START, 0)]
        self._unclosed: list[Token] = []
        self._terms = 0

    def tokens(self) -> list[Token]:
        while match := _TOKEN.match(self._text, self._place):
            self._place = match.end()
            getattr(self, f"_{match.lastgroup}")(match)
        if self._last.kind not in _OPERANDS:
            self._missing(len(self._text))
        if self._unclosed:
            self._refuse("Close the parenthesis that opens here", self._unclosed[-1].at)
        return self._tokens[1:]

    @property
    def _last(self) -> Token:
        return self._tokens[-1]

    def _space(self, match: re.Match[str]) -> None:
        pass

    def _comma(self, match: re.Match[str]) -> None:
        self._add_or(match.start(), "comma")

    def _bar(self, match: re.Match[str]) -> NoReturn:
        self._refuse(f"Put a comma or OR between alternatives, not “{match[0]}”", match.start())

    def _open(self, match: re.Match[str]) -> None:
        at = match.start()
        self._operand(Token(Kind.OPEN, at, "("))
        self._unclosed.append(self._last)
        if len(self._unclosed) > MAX_DEPTH:
            self._refuse(f"Put parentheses inside each other at most {MAX_DEPTH} deep", at)

    def _close(self, match: re.Match[str]) -> None:
        at = match.start()
        if not self._unclosed:
            self._refuse("Open a parenthesis before this one closes it, or take it away", at)
        if self._last.kind not in _OPERANDS:
            self._missing(at)
        self._unclosed.pop()
        self._tokens.append(Token(Kind.CLOSE, at, ")"))

    def _minus(self, match: re.Match[str]) -> None:
        following = self._text[match.end() : match.end() + 1]
        loose = not following or following.isspace()
        # After a closing quotation mark or parenthesis it may as well be a hyphen.
        glued = self._text[: match.start()][-1:] in tuple(_QUOTES + "*)）")
        if loose or glued or self._last.kind is Kind.NOT:
            self._refuse(
                "Put a space and one minus directly before a word to leave out, such as -survey",
                match.start(),
            )
        self._add_not(match.start())

    def _quote(self, match: re.Match[str]) -> None:
        phrase = _PHRASE.match(self._text, match.start())
        if phrase is None:
            self._refuse("Close the quotation mark that opens here", match.start())
        inside = " ".join(phrase["inside"].split())
        self._place = phrase.end()
        prefix = bool(phrase["star"]) or inside.endswith("*")
        self._term(Token(Kind.TERM, match.start(), inside.removesuffix("*"), prefix))

    def _word(self, match: re.Match[str]) -> None:
        word, at = match[0], match.start()
        if word.lower() == "or":
            self._add_or(at, "OR")
        elif word.lower() == "and":
            self._add_and(at)
        elif word == "NOT" or (word.lower() == "not" and self._last.kind is Kind.AND):
            self._add_not(at)
        elif named := _FIELD.match(word):
            self._place = at + named.end()
            self._field(named["name"], at)
        elif self._follows_category() and _CATEGORY_LIKE.fullmatch(word):
            self._refuse("Write cat: before each category, such as cat:cs.LG OR cat:cs.CL", at)
        else:
            self._term(Token(Kind.TERM, at, word.removesuffix("*"), word.endswith("*")))

    def _field(self, name: str, at: int) -> None:
        if self._last.kind is Kind.FIELD:
            self._refuse(
                f"Write one field, not two, before what to look for, such as {self._last.text}:word", at
            )
        field = name.lower()
        if field not in _FIELDS:
            if field in _MEANT:
                self._refuse(f"Write “{_MEANT[field]}:” instead of “{name}:”", at)
            self._refuse(
                f"Write ti:, abs:, au:, cat: or all: in place of “{_short(name)}:”, or quotation marks around "
                "the whole if it is to be looked for",
                at,
            )
        self._operand(Token(Kind.FIELD, at, field))

    def _term(self, token: Token) -> None:
        self._terms += 1
        if self._terms > self._most:
            self._refuse(
                f"Leave out what follows: a query has at most {self._most} words and phrases", token.at
            )
        self._operand(token)

    def _operand(self, token: Token) -> None:
        if self._last.kind in _OPERANDS:
            self._tokens.append(Token(Kind.AND, token.at, "AND"))
        self._tokens.append(token)

    def _add_or(self, at: int, name: str) -> None:
        # ", or" is one separator, as people write it.
        if self._last.kind is Kind.OR and self._last.text == "comma" and name == "OR":
            self._tokens[-1] = Token(Kind.OR, at, name)
            return
        if self._last.kind not in _OPERANDS:
            self._missing(at, name)
        self._tokens.append(Token(Kind.OR, at, name))

    def _add_and(self, at: int) -> None:
        if self._last.kind not in _OPERANDS:
            self._missing(at, "AND")
        self._tokens.append(Token(Kind.AND, at, "AND"))

    def _add_not(self, at: int) -> None:
        if self._last.kind is Kind.NOT:
            self._refuse("Write NOT or a minus once, before the word to leave out", at)
        if self._last.kind is Kind.FIELD:
            self._refuse(f"Put NOT or the minus before the field, such as -{self._last.text}:word", at)
        self._operand(Token(Kind.NOT, at, "NOT"))

    def _follows_category(self) -> bool:
        kinds = [token.kind for token in self._tokens[-3:]]
        before = self._tokens[-3 if kinds[-1] in (Kind.OR, Kind.AND) else -2 :]
        return (
            before[0].kind is Kind.FIELD and before[0].text == Field.CATEGORY and before[1].kind is Kind.TERM
        )

    def _missing(self, at: int, name: str = "") -> NoReturn:
        """Refuse what ends, or goes on with the operator `name`, where a word has to stand."""
        last = self._last
        match last.kind:
            case Kind.NOT:
                self._refuse("Write the word to leave out directly after NOT, such as NOT survey", last.at)
            case Kind.FIELD:
                self._refuse(f"Write what to look for directly after “{last.text}:”", last.at)
            case Kind.OPEN if not name:
                self._refuse("Write a word between these parentheses, or take them away", last.at)
            case Kind.AND | Kind.OR if name:
                self._refuse(f"Write a word before this {name}, or take the {name} away", at)
            case Kind.AND | Kind.OR:
                self._refuse(f"Write a word after this {last.text}, or take the {last.text} away", last.at)
            case _:
                self._refuse(f"Write a word before this {name}, or take the {name} away", at)

    def _refuse(self, sentence: str, at: int) -> NoReturn:
        raise QueryError(sentence, self._text, at)


def _short(name: str) -> str:
    return name if len(name) <= 20 else name[:19] + "…"
