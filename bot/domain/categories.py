"""arXiv's categories: what they are called, and finding one by what a person types."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.errors import UserError

ALIASES: Final[Mapping[str, str]] = {
    "cs.NA": "math.NA",
    "cs.SY": "eess.SY",
    "math.IT": "cs.IT",
    "math.MP": "math-ph",
    "q-fin.EC": "econ.GN",
    "stat.TH": "math.ST",
}
"""Categories that are one under two names; part of a paper's identity, so in code (arXiv/arxiv-base)."""

_SAID = 3  # codes that a refusal explains: it is one message
_ENOUGH = 62  # of 100: below it a match says more about the scorer than about the person


def unaliased(code: str) -> str:
    """Return the one name Cohort keeps for a category; names it does not know pass through."""
    return ALIASES.get(code, code)


@dataclass(frozen=True, slots=True)
class Category:
    """One of arXiv's subject categories, such as cs.LG, Machine Learning, in Computer Science."""

    code: str
    name: str
    archive: str
    archive_name: str
    group: str

    @property
    def label(self) -> str:
        """How it is offered in a list: `cs.LG · Machine Learning`."""
        return f"{self.code} · {self.name}"


class Taxonomy:
    """The categories that can be followed, each under one name.

    Built from plain data: `archives` (code → name, group, categories), `aliases`, `retired`, `popular`
    and `keywords` (words → codes, the best first).
    """

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._archives: dict[str, str] = {code: item["name"] for code, item in data["archives"].items()}
        self._aliases: dict[str, str] = {**data["aliases"], **data["retired"]}
        listed = {
            code: Category(code, name, archive, item["name"], item["group"])
            for archive, item in data["archives"].items()
            for code, name in item["categories"].items()
        }
        self._listed = len(listed)
        self._categories = {code: item for code, item in listed.items() if code not in self._aliases}
        self._codes = {code.casefold(): self._aliases.get(code, code) for code in [*listed, *self._aliases]}
        # "cslg" and "cs lg" are cs.LG; arXiv's codes stay distinct without their punctuation.
        self._compact = {_compact(code): target for code, target in self._codes.items()}
        self._rank = {code: rank for rank, code in enumerate(data["popular"])}
        self._keywords: dict[str, list[str]] = data["keywords"]

    def __len__(self) -> int:
        """Count the active categories as arXiv does, both names of an aliased one included."""
        return self._listed

    def canonical(self, code: str) -> str | None:
        """Return the one name of a category given by any of its codes, in any case; None if there is none."""
        return self._codes.get(code.strip().casefold())

    def get(self, code: str) -> Category | None:
        """Return the category with this code, alias or retired name."""
        canonical = self.canonical(code)
        return None if canonical is None else self._categories[canonical]

    def name(self, code: str) -> str:
        """Return what a category is called; a code that is unknown (an old archive) names itself."""
        category = self.get(code)
        return code if category is None else category.name

    def all(self) -> list[Category]:
        """Return every category, the popular ones first."""
        return sorted(self._categories.values(), key=lambda item: (self._place(item), item.code))

    def search(self, text: str, limit: int = 25) -> list[Category]:
        """Return the categories that `text` may mean, the best first: by code, name, abbreviation or topic."""
        query = _words(text)
        if not query:
            return self.all()[:limit]
        return [item for _, item in self._scored(query)][:limit]

    def parse_list(self, text: str) -> tuple[str, ...]:
        """Read `cs.LG, cs.cl stat.ML`: codes between commas or spaces, each once, in the order given.

        Raises UserError that names all that is not a category, each with the nearest ones.
        """
        found: list[str] = []
        wrong: list[str] = []
        for part in re.split(r"[,;\n+|]", text):
            try:
                found += self._part(part.strip())
            except UserError as error:
                wrong.append(error.message)
        if wrong:
            wrong = list(dict.fromkeys(wrong))
            more = [f"{len(wrong) - _SAID} more are unknown as well."] if len(wrong) > _SAID else []
            raise UserError(" ".join([*wrong[:_SAID], *more]))
        if not found:
            raise UserError("Name at least one arXiv category, such as cs.LG or cs.CL.")
        return tuple(dict.fromkeys(found))

    def _part(self, part: str) -> list[str]:
        if not part:
            return []
        whole = self._compact.get(_compact(part)) if "*" not in part else None
        if whole is not None:
            return [whole]
        words = part.split()
        codes = [self.canonical(word) for word in words]
        if not any(codes):
            raise self._unknown(part)
        for word, code in zip(words, codes, strict=True):
            if code is None:
                raise self._unknown(word)
        return [code for code in codes if code is not None]

    def _unknown(self, text: str) -> UserError:
        shown = text if len(text) <= 50 else text[:49] + "…"
        archive = re.sub(r"\.?\*?$", "", text.strip()).casefold()
        if archive in self._archives and archive not in self._codes:
            members = [item for item in self.all() if item.archive == archive]
            some = ", ".join(item.code for item in members[:3])
            return UserError(
                f"“{shown}” is all of {self._archives[archive]}, which is too much for one feed. "
                f"Pick single categories, such as {some}."
            )
        if query := _words(text):
            nearest = self._scored(query)
            offer = " or ".join(
                f"{item.code} ({item.name})" for score, item in nearest[:3] if score > nearest[0][0] - 12
            )
        else:
            offer = ""
        if offer:
            return UserError(f"“{shown}” is not an arXiv category. Did you mean {offer}?")
        return UserError(
            f"“{shown}” is not an arXiv category. Write its code, such as cs.LG; all codes are at "
            "https://arxiv.org/category_taxonomy."
        )

    def _scored(self, query: str) -> list[tuple[float, Category]]:
        topics = self._topics(query)
        scored = [
            (max(self._code_score(item, query), topics.get(item.code, 0.0), _name_score(item, query)), item)
            for item in self._categories.values()
        ]
        # Beside a good match the vague ones are noise.
        floor = max(_ENOUGH, max(score for score, _ in scored) - 25)
        found = [(score, item) for score, item in scored if score >= floor]
        return sorted(found, key=lambda pair: (-pair[0], self._place(pair[1]), pair[1].code))

    def _place(self, item: Category) -> int:
        return self._rank.get(item.code, len(self._rank))

    def _code_score(self, item: Category, query: str) -> float:
        typed, code = query.replace(" ", ""), _compact(item.code)
        if self._compact.get(typed) == item.code:
            return 100.0
        if code.startswith(typed) and len(typed) >= 2:
            return 93.0
        archive, _, subject = item.code.casefold().rpartition(".")
        # The part after the dot alone: "lg", "cl".
        if subject == query:
            return 90.0
        # The right archive and a slip after the dot: "cs.LL".
        rest = query.removeprefix(_words(archive) + " ")
        if archive and rest != query and " " not in rest:
            from rapidfuzz import fuzz

            return _ENOUGH + 0.2 * fuzz.ratio(rest, _compact(subject))
        return 0.0

    def _topics(self, query: str) -> dict[str, float]:
        """Score categories by the words people use for them, the best fit of each word ahead of the others."""
        scores: dict[str, float] = {}
        for keyword, codes in self._keywords.items():
            score = _likeness(query, keyword)
            for place, code in enumerate(codes):
                scores[code] = max(scores.get(code, 0.0), score - 2 * place)
        return scores


def _likeness(query: str, words: str) -> float:
    if query == words:
        return 99.0
    if len(query) >= 2 and words.startswith(query):
        return 86.0
    # An abbreviation a letter away from another is another word.
    if min(len(query), len(words)) <= 3:
        return 0.0
    from rapidfuzz import fuzz

    return 0.85 * fuzz.ratio(query, words)


def _name_score(item: Category, query: str) -> float:
    name = _words(item.name)
    if name == query:
        return 97.0
    parts, words = name.split(), query.split()
    if all(any(part.startswith(word) for part in parts) for word in words):
        return 88.0 if len(query) > 1 else 64.0
    # "math logic": the field and the subject.
    field = [*parts, *_words(item.archive_name).split()]
    if all(any(part.startswith(word) for part in field) for word in words):
        return 84.0 if any(part.startswith(word) for part in parts for word in words) else 0.0
    from rapidfuzz import fuzz

    whole = fuzz.token_sort_ratio(query, name)
    # A typo in one word of a long name: "vison" in "computer vision and pattern recognition".
    each = [max(fuzz.ratio(word, part) for part in parts) for word in words]
    return max(0.9 * whole, 0.85 * min(each) if len(query) > 3 else 0.0)


def _words(text: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", text.casefold()))


def _compact(code: str) -> str:
    return re.sub(r"[^a-z0-9]", "", code.casefold())
