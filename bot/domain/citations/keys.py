"""Keys such as `vaswani2017attention`: made from the paper alone, so that they stay the same."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import count
from string import ascii_lowercase
from typing import Final

from bot.domain.citations.names import split_name
from bot.domain.papers import Paper
from bot.domain.queries import fold

# Words that say nothing about a paper when they come first.
_EMPTY_WORDS: Final = (
    "a an and are as at be by can do does for from how in into is it its of on or our that the their this to "
    "toward towards under using via we what when where which why with"
)
_PASSED_OVER: Final = frozenset(_EMPTY_WORDS.split())
_LONGEST: Final = 30


def citation_key(paper: Paper, year: int | None) -> str:
    """Return family name, year and first telling word of the title, in ASCII letters and digits.

    What is in no Latin script falls away; `anon` and `paper` stand in where nothing is left.
    """
    name = split_name(paper.authors[0].name).family if paper.authors else ""
    words = [word for raw in fold(paper.title).split() if (word := _ascii(raw))]
    telling = next((word for word in words if word not in _PASSED_OVER and not word.isdecimal()), "paper")
    return f"{_ascii(fold(name)) or 'anon'}{year or 'nd'}{telling}"


def unique_keys(keys: Sequence[str], identities: Sequence[str]) -> list[str]:
    """Tell equal keys apart by a, b, c …, in the order of `identities`: the list's own order changes nothing."""
    shared = Counter(keys)
    taken = set(keys)
    letters = {key: _letters() for key, times in shared.items() if times > 1}
    made = list(keys)
    for index in sorted(range(len(keys)), key=lambda place: (identities[place], place)):
        key = keys[index]
        if key in letters:
            made[index] = next(new for letter in letters[key] if (new := key + letter) not in taken)
            taken.add(made[index])
    return made


def _ascii(text: str) -> str:
    return "".join(char for char in text if char.isascii() and char.isalnum())[:_LONGEST]


def _letters() -> Iterator[str]:
    """Yield a to z, then aa to zz, and so on."""
    for length in count(1):
        for number in range(26**length):
            yield "".join(ascii_lowercase[number // 26**place % 26] for place in reversed(range(length)))
