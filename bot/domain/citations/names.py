"""People's names, split for catalogues: what a bibliography sorts by, and the rest."""

import re
from dataclasses import dataclass
from typing import Final

# Parts of a family name that stand before it. Capitalised ones count directly before the last word alone:
# "Luc De Raedt", "Guy Van den Broeck".
_SMALL: Final = "af al av da das de del della den der des di do dos du el in la le lo op ten ter van vom von zu zum zur 't ’t"
_LARGE: Final = "Da De Del Della Den Der Di Dos Du El La Le Ten Ter Van Von"
_PARTICLES: Final = frozenset(_SMALL.split())
_CAPITALISED: Final = frozenset(_LARGE.split())
_JOINTS: Final = frozenset({"y", "e", "i"})  # Ortega y Gasset, Sá e Silva, Prat i Vila
_SUFFIXES: Final = frozenset({"jr", "jr.", "sr", "sr.", "ii", "iii", "iv"})
_GROUP = re.compile(
    r"\b(?:authors|collaborations?|committee|consortium|contributors|group|initiative|project|team)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in parts. A group, or somebody with one name, has `family` alone."""

    family: str
    given: str = ""
    suffix: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the name must be written as it is, for there is nothing to turn round."""
        return not self.given


def split_name(text: str) -> Name:
    """Split a name as it is written in a paper: `Fons van der Sommen`, `Sommen, Fons`, `J. Smith Jr.`."""
    text = " ".join(text.split())
    parts = [part for raw in text.split(",") if (part := raw.strip())]
    if not parts or _GROUP.search(text):
        return Name(text)
    suffix = parts.pop() if len(parts) > 1 and parts[-1].lower() in _SUFFIXES else ""
    if len(parts) > 2:
        return Name(text)
    if len(parts) == 2:
        return Name(parts[0], parts[1], suffix)
    words = parts[0].split()
    if not suffix and len(words) > 2 and words[-1].lower() in _SUFFIXES:
        suffix = words.pop()
    start = _family_starts(words)
    given, family = " ".join(words[:start]), " ".join(words[start:])
    return Name(family, given, suffix) if given else Name(text)


def _family_starts(words: list[str]) -> int:
    """Return the index of the first word of the family name; 0 only where there is one word."""
    last = len(words) - 1
    start = next((i for i in range(1, last) if words[i] in _PARTICLES), last)
    joint = next((i for i in range(2, last) if words[i] in _JOINTS), None)
    if joint is not None:
        start = min(start, joint - 1)
    while start > 1 and words[start - 1] in _PARTICLES | _CAPITALISED:
        start -= 1
    return start
