"""The paper filter in its plain form: words, phrases, alternatives, exclusions.

Words next to each other must all occur; `OR` or a comma separates alternatives; "a phrase" stays
together; `gan*` is the beginning of a word; `-survey` or `NOT survey` leaves papers out, within its own
alternative, as in every language where NOT and AND bind closer than OR. What a fuller language may give
a meaning (parentheses, `ti:`, `|`, `;`) is refused here, so that no stored filter changes its meaning
when that language comes.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NoReturn

from bot.errors import UserError

MAX_LENGTH = 300  # characters as typed

_QUOTES = '"“”„‟«»＂'
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<comma>[,，、])|(?P<quote>[{_QUOTES}])|(?P<reserved>[()（）;|])|"
    rf"(?P<minus>[-‐‑‒–—−])|(?P<word>[^\s,，、{_QUOTES}()（）;|]+)"
)
_PHRASE = re.compile(rf"[{_QUOTES}](?P<inside>[^{_QUOTES}]*)[{_QUOTES}](?P<star>\*?)")
_FIELD = re.compile(r"[^\W\d_]\w*:")
_BARE = re.compile(rf"(?!(?:or|and|not)\Z)[^\W_][^\s,，、{_QUOTES}()（）;|:*]*", re.IGNORECASE)
# "C++" and "C#" are words; elsewhere + and # are punctuation.
_WORD = re.compile(r"[^\W_]+(?:(?:\+\+|#)(?![^\W_]))?")
# Letters that Unicode does not decompose, as in Łojasiewicz and Sørensen.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)


@dataclass(frozen=True, slots=True)
class Term:
    """A word or phrase as it was typed, or with `prefix` the beginning of one."""

    text: str
    prefix: bool = False
    words: str = field(init=False, compare=False, repr=False)  # folded: what is looked for

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", fold(self.text))

    def occurs_in(self, folded: str) -> bool:
        """Whether the term stands in a text that `fold` made and spaces surround."""
        return (f" {self.words}" if self.prefix else f" {self.words} ") in folded

    def say(self) -> str:
        """Return the term as a filter would write it."""
        shown = self.text if _BARE.fullmatch(self.text) else f"“{self.text}”"
        return f"{shown}*" if self.prefix else shown


@dataclass(frozen=True, slots=True)
class Alternative:
    """Terms that must all occur (at least one) and terms of which none may."""

    wanted: tuple[Term, ...]
    unwanted: tuple[Term, ...] = ()

    def matches(self, folded: str) -> bool:
        """Whether a text that `fold` made, with spaces around it, satisfies this alternative."""
        return all(term.occurs_in(folded) for term in self.wanted) and not any(
            term.occurs_in(folded) for term in self.unwanted
        )

    def say(self) -> str:
        """Return the alternative as a filter would write it, with "and" and "and not"."""
        return " and ".join(
            [*(term.say() for term in self.wanted), *(f"not {term.say()}" for term in self.unwanted)]
        )


@dataclass(frozen=True, slots=True)
class Keywords:
    """A filter on a paper's title and abstract: any one alternative is enough."""

    alternatives: tuple[Alternative, ...]

    def matches(self, title: str, abstract: str) -> bool:
        """Whether a paper passes the filter."""
        folded = _folded_paper(title, abstract)
        return any(alternative.matches(folded) for alternative in self.alternatives)

    def hits(self, title: str, abstract: str) -> tuple[str, ...]:
        """Return the terms because of which a paper passes, as typed; empty where it does not pass."""
        folded = _folded_paper(title, abstract)
        passed = [alternative for alternative in self.alternatives if alternative.matches(folded)]
        return tuple(dict.fromkeys(term.say() for alternative in passed for term in alternative.wanted))

    def say(self) -> str:
        """Say the filter, such as “diffusion model” and image, or gan*; `parse_keywords` reads it back."""
        return ", or ".join(alternative.say() for alternative in self.alternatives)


def fold(text: str) -> str:
    """Reduce text to lower-case words without accents and punctuation, one space between them."""
    text = unicodedata.normalize("NFKC", text).casefold()
    # A hyphen that is only there for the line break, and other invisible characters, part no word.
    kept = (char for char in unicodedata.normalize("NFKD", text) if not _is_mark(char))
    return " ".join(_WORD.findall("".join(kept).translate(_LETTERS)))


def _is_mark(char: str) -> bool:
    return char > "\x7f" and (unicodedata.combining(char) != 0 or unicodedata.category(char) == "Cf")


# Each new paper meets every filter of every feed: fold it once. A folded paper is about 2 kB.
@lru_cache(maxsize=2048)
def _folded_paper(title: str, abstract: str) -> str:
    # The bar keeps a phrase from running from the title into the abstract.
    return f" {fold(title)} | {fold(abstract)} "


def parse_keywords(text: str) -> Keywords:
    """Read a filter; each UserError says what is wrong, where, and what to write instead."""
    if len(text) > MAX_LENGTH:
        raise UserError(
            f"Keywords can be {MAX_LENGTH} characters long; these are {len(text)}. Leave out a few words."
        )
    if not text.strip():
        raise UserError("Write at least one word to look for, such as diffusion or “large language model”.")
    return _Parser(text).parse()


class _Parser:
    """One pass over the text; every refusal knows its place."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.place = 0
        self.alternatives: list[Alternative] = []
        self.wanted: list[Term] = []
        self.unwanted: list[Term] = []
        self.begin = 0  # where the present alternative begins
        self.negated: int | None = None  # where a NOT or - that still needs its term stands
        self.joined: int | None = None  # where an AND that still needs its term stands
        self.after_comma = False

    def parse(self) -> Keywords:
        while match := _TOKEN.match(self.text, self.place):
            self.place = match.start()
            getattr(self, f"_{match.lastgroup}")(match)
        self._end_alternative(len(self.text))
        return Keywords(tuple(dict.fromkeys(self.alternatives)))

    def _space(self, match: re.Match[str]) -> None:
        self.place = match.end()

    def _comma(self, match: re.Match[str]) -> None:
        self._end_alternative(match.start())
        self.place = self.begin = match.end()
        self.after_comma = True

    def _reserved(self, match: re.Match[str]) -> NoReturn:
        if match[0] in ";|":
            self._refuse(
                f"“{match[0]}” means nothing here: put a comma or OR between alternatives", match.start()
            )
        self._refuse(
            "Parentheses are not understood yet: write each alternative out, with a comma or OR between them",
            match.start(),
        )

    def _minus(self, match: re.Match[str]) -> None:
        following = self.text[match.end() : match.end() + 1]
        loose = not following or following.isspace()
        # After a closing quotation mark it may as well be a hyphen.
        glued = self.text[: match.start()][-1:] in tuple(_QUOTES + "*")
        if loose or glued or self.negated is not None:
            self._refuse(
                "Put a space and one minus directly before a word to leave out, such as -survey",
                match.start(),
            )
        self.negated = match.start()
        self.place = match.end()

    def _quote(self, match: re.Match[str]) -> None:
        phrase = _PHRASE.match(self.text, match.start())
        if phrase is None:
            self._refuse(
                "A quotation mark is not closed: put another one at the end of the phrase", match.start()
            )
        inside = " ".join(phrase["inside"].split())
        self._add(
            inside.removesuffix("*"), prefix=bool(phrase["star"]) or inside.endswith("*"), at=match.start()
        )
        self.place = phrase.end()

    def _word(self, match: re.Match[str]) -> None:
        word, at = match[0], match.start()
        if word.lower() == "or":
            self._or(match)
        elif word.lower() == "and":
            self._and(at)
        elif word == "NOT" or (word.lower() == "not" and self.joined is not None):
            self._not(at)
        elif named := _FIELD.match(word):
            self._refuse(
                f"“{named[0]}” is not understood yet: titles and abstracts are searched together, "
                "so leave it out, or put quotation marks around the words",
                at,
            )
        else:
            self._add(word.removesuffix("*"), prefix=word.endswith("*"), at=at)
        self.place = match.end()

    def _or(self, match: re.Match[str]) -> None:
        # ", or" is one separator, as people and `say` write it.
        if not self.after_comma:
            self._end_alternative(match.start())
        self.after_comma = False
        self.begin = match.end()

    def _and(self, at: int) -> None:
        if not (self.wanted or self.unwanted) or self.joined is not None or self.negated is not None:
            self._refuse("AND stands between two words", at)
        self.joined = at

    def _not(self, at: int) -> None:
        if self.negated is not None:
            self._refuse("Write NOT or a minus once, before the word to leave out", at)
        self.negated = at
        self.after_comma = False

    def _add(self, text: str, *, prefix: bool, at: int) -> None:
        term = Term(unicodedata.normalize("NFC", text), prefix)
        if "*" in text:
            self._refuse("A * stands at the end of a word, such as transform*", at)
        if not term.words:
            self._refuse("There is no word to look for here: write letters or digits", at)
        if prefix and (len(term.words) < 2 or not term.text[-1].isalnum()):
            self._refuse("Put at least two letters directly before the *, such as gan*", at)
        (self.wanted if self.negated is None else self.unwanted).append(term)
        self.negated = self.joined = None
        self.after_comma = False

    def _end_alternative(self, end: int) -> None:
        if self.negated is not None:
            self._refuse("Write the word to leave out after NOT", self.negated)
        if self.joined is not None:
            self._refuse("AND stands between two words", self.joined)
        if not self.wanted and self.unwanted:
            self._refuse(
                "Say what to look for as well, not only what to leave out, such as gan -survey", self.begin
            )
        if not self.wanted:
            self._refuse(
                "A word is missing between two commas or ORs: add one or take a comma away",
                min(end, self.begin),
            )
        self.alternatives.append(Alternative(_distinct(self.wanted), _distinct(self.unwanted)))
        self.wanted, self.unwanted = [], []

    def _refuse(self, what: str, at: int) -> NoReturn:
        rest = self.text[at:].strip()
        if not rest:
            raise UserError(f"{what} (at the end).")
        shown = rest if len(rest) <= 30 else f"{rest[:29]}…"
        place = at + len(self.text[at:]) - len(self.text[at:].lstrip())
        raise UserError(f"{what} (character {place + 1}, at `{shown.replace('`', chr(39))}`).")


def _distinct(terms: list[Term]) -> tuple[Term, ...]:
    """Drop a term that says the same as an earlier one."""
    first: dict[tuple[str, bool], Term] = {}
    for term in terms:
        first.setdefault((term.words, term.prefix), term)
    return tuple(first.values())
