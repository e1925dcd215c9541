"""Names by each of the forms in which they may be typed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice, product
from typing import Final, TypeVar

from bot.domain.lookup.findings import Kind, Name
from bot.domain.lookup.folding import fold, initials, spell_out

Thing = tuple[Kind, str]
"""Kind and id."""

_COMBINATIONS: Final = 24  # of corrections that are tried for one text
_CORRECTIONS: Final = 4  # of one word
_IN_ORDER: Final = 0.7  # how much the order of words counts in a likeness

KeyT = TypeVar("KeyT")


class Index:
    """The forms of every name; reads only, once it is made."""

    def __init__(self, names: Iterable[Name]) -> None:
        self.titles: dict[Thing, str] = {}
        self.mains: dict[Thing, str] = {}
        self._exact: defaultdict[str, list[Thing]] = defaultdict(list)
        self._spelled: defaultdict[frozenset[str], list[Thing]] = defaultdict(list)
        self._squashed: defaultdict[str, list[Thing]] = defaultdict(list)
        self._initials: defaultdict[str, list[Thing]] = defaultdict(list)
        self._with_word: defaultdict[str, set[tuple[Thing, frozenset[str]]]] = defaultdict(set)
        self._forms: list[str] = []
        self._owners: list[Thing] = []
        self.shown: list[tuple[str, str, Thing]] = []  # folded, as it is written, whose
        for name in names:
            self._add(name)
        self._words = [word for word in self._with_word if len(word) > 2]
        self._known = self._with_word.keys() | set(" ".join(self._exact).split())

    def _add(self, name: Name) -> None:
        thing, folded = (name.kind, name.id), fold(name.text)
        words = spell_out(folded)
        if name.main:
            self.titles[thing] = name.text
            self.mains[thing] = folded
        self.shown.append((folded, name.text, thing))
        for key in {folded.replace(" ", ""), "".join(words)}:
            _note(self._squashed, key, thing)
        _note(self._exact, folded, thing)
        _note(self._spelled, frozenset(words), thing)
        if name.kind in {Kind.ROLE, Kind.OWN}:
            _note(self._initials, initials(words), thing)
        for word in words:
            self._with_word[word].add((thing, frozenset(words)))
        for form in {folded, " ".join(words)}:
            self._forms.append(form)
            self._owners.append(thing)

    def exact(self, folded: str) -> list[Thing]:
        """Return what is called exactly so."""
        return self._exact.get(folded, [])

    def spelled(self, words: Iterable[str]) -> list[Thing]:
        """Return what has these words for a name, in any order."""
        return self._spelled.get(frozenset(words), [])

    def squashed(self, letters: str) -> list[Thing]:
        """Return what is so called but for the spaces."""
        return self._squashed.get(letters, [])

    def initialled(self, letters: str) -> list[Thing]:
        """Return the roles with these initials."""
        return self._initials.get(letters, [])

    def having(self, words: Iterable[str]) -> list[Thing]:
        """Return what has all these words, and perhaps more, in one of its names."""
        wanted = frozenset(words)
        if not wanted:
            return []
        fewest = min((self._with_word.get(word, set()) for word in wanted), key=len)
        return list(dict.fromkeys(thing for thing, words in sorted(fewest, key=_order) if wanted <= words))

    def corrections(self, folded: str) -> Iterator[tuple[int, str]]:
        """Yield the text with each unknown word put right, and how many letters that took, the fewest first."""
        from rapidfuzz import process
        from rapidfuzz.distance import OSA

        choices: list[list[tuple[int, str]]] = []
        for word in folded.split():
            allowed = _slips(word)
            if word in self._known or not allowed:
                choices.append([(0, word)])
                continue
            near = process.extract(
                word, self._words, scorer=OSA.distance, score_cutoff=allowed, limit=_CORRECTIONS
            )
            if not near:
                return
            choices.append([(int(distance), right) for right, distance, _ in near])
        combined = (
            (sum(distance for distance, _ in each), " ".join(word for _, word in each))
            for each in islice(product(*choices), _COMBINATIONS)
        )
        yield from sorted(combined)

    def near(self, folded: str, kinds: frozenset[Kind]) -> list[tuple[float, Thing]]:
        """Return everything of these kinds with its likeness to the text, 0–100, the likest first."""
        from rapidfuzz import fuzz, process

        spelled = " ".join(spell_out(folded)) or folded
        best: dict[Thing, float] = {}
        for query in {folded, spelled}:
            whole = process.extract(query, self._forms, scorer=fuzz.ratio, limit=None)
            sorted_ = {
                at: score
                for _, score, at in process.extract(
                    query, self._forms, scorer=fuzz.token_sort_ratio, limit=None
                )
            }
            for _, score, at in whole:
                thing = self._owners[at]
                if thing[0] in kinds:
                    best[thing] = max(best.get(thing, 0.0), _IN_ORDER * score + (1 - _IN_ORDER) * sorted_[at])
        return sorted(
            ((score, thing) for thing, score in best.items()), key=lambda each: (-each[0], *each[1])
        )


def _slips(word: str) -> int:
    """How many letters of a word may be wrong."""
    return 0 if len(word) < 4 else 1 if len(word) < 7 else 2 if len(word) < 11 else 3


def _order(entry: tuple[Thing, frozenset[str]]) -> tuple[int, int, str]:
    (kind, id_), words = entry
    return (len(words), kind.rank, id_)


def _note(index: dict[KeyT, list[Thing]], key: KeyT, thing: Thing) -> None:
    found = index[key]
    if key and thing not in found:
        found.append(thing)
