"""The conferences that are known, and what people call them: names, abbreviations, areas, with slips of the pen."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Final

from bot.domain.deadlines import Deadline, Edition
from bot.domain.sentences import listed
from bot.errors import UserError

MAX_CHOSEN: Final = 25

_CHOICE_MAX: Final = 100  # characters of a suggestion (Discord)


@dataclass(frozen=True, slots=True)
class Area:
    """A field of study; `words` are the tags of the sources and what people type."""

    key: str
    label: str
    words: tuple[str, ...]


AREAS: Final[Mapping[str, Area]] = {
    area.key: area
    for area in (
        Area(
            "ml",
            "Machine learning",
            (
                "machine learning",
                "deep learning",
                "representation learning",
                "lifelong learning",
                "ai",
                "artificial intelligence",
            ),
        ),
        Area(
            "nlp",
            "Language",
            ("natural language processing", "language", "large language models", "llm", "llms", "text"),
        ),
        Area(
            "vision",
            "Computer vision",
            (
                "computer vision",
                "cv",
                "image processing",
                "visual information processing",
                "pattern recognition",
            ),
        ),
        Area("robotics", "Robotics", ("robots", "robot", "robot learning")),
        Area("speech", "Speech and signals", ("signal processing", "audio", "speech processing")),
        Area("rl", "Reinforcement learning", ("reinforcement learning",)),
        Area(
            "data-mining",
            "Data mining",
            ("data mining", "data science", "web mining", "content analysis", "databases"),
        ),
        Area(
            "retrieval",
            "Search and recommendation",
            (
                "information retrieval",
                "web search",
                "search",
                "recommendation",
                "recommender systems",
                "ir",
                "information systems",
            ),
        ),
        Area("graphics", "Graphics", ("computer graphics",)),
        Area("hci", "People and computers", ("human computer interaction", "fairness", "ethics")),
        Area(
            "reasoning",
            "Knowledge and reasoning",
            ("knowledge representation", "knowledge graphs", "semantics and knowledge", "logic"),
        ),
        Area("theory", "Theory and optimisation", ("mathematics", "optimization methods", "optimization")),
        Area("software", "Software engineering", ("software engineering",)),
    )
}

# How names are written that are not all capitals, by id.
_SPELLED: Final[Mapping[str, str]] = {
    "acm-mm": "ACM MM", "collas": "CoLLAs", "conll": "CoNLL", "corl": "CoRL", "ecml-pkdd": "ECML PKDD",
    "emnlp-industry-track": "EMNLP (Industry Track)",
    "emnlp-system-demonstrations-track": "EMNLP (System Demonstrations Track)",
    "eurographics": "Eurographics", "facct": "FAccT", "ijcnlp-aacl": "IJCNLP & AACL", "interspeech": "Interspeech",
    "mathai": "MathAI", "neurips": "NeurIPS", "ruleml-rr": "RuleML+RR",
}  # fmt: skip

# What a conference is also called, by its id.
_ALIASES: Final[Mapping[str, tuple[str, ...]]] = {
    "neurips": ("nips",),
    "www": ("the web conference", "web conference", "webconf", "thewebconf"),
    "acm-mm": ("acm multimedia", "acmmm", "mm"),
    "kdd": ("sigkdd", "acm kdd"),
    "ecml-pkdd": ("ecml", "pkdd"),
    "ijcnlp-aacl": ("ijcnlp", "aacl", "aacl ijcnlp"),
    "rss": ("robotics science and systems",),
    "fg": ("face and gesture",),
    "facct": ("fat", "fat*", "fatml"),
    "lrec": ("lrec coling",),
    "emnlp-industry-track": ("emnlp industry",),
    "emnlp-system-demonstrations-track": ("emnlp demo", "emnlp demos"),
    "ruleml-rr": ("ruleml",),
    "collas": ("lifelong learning agents",),
}

_SAID: Final = 5  # unknown names that a refusal repeats: it is one message
_SHOWN: Final = 40  # characters of each

_FEW: Final = 8  # conferences that can be named in a sentence

_EVERYTHING: Final = frozenset({"", "all", "*", "any", "everything"})


def area_of(tag: str) -> str | None:
    """Return the key of the area that a source's tag or a person's word means."""
    return _area_words().get(_compact(tag))


@dataclass(frozen=True)
class Catalogue:
    """What a reading of the sources gave; `skipped` says what could not be read, and why."""

    editions: tuple[Edition, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    skipped: tuple[str, ...] = field(default=(), compare=False)

    @property
    def complete(self) -> bool:
        """Whether everything could be read: if not, what is missing may still exist, and is not to be called gone."""
        return not self.skipped

    @cached_property
    def conferences(self) -> Mapping[str, Edition]:
        """The latest edition of each conference, by its id, in the order of the ids."""
        latest: dict[str, Edition] = {}
        for edition in sorted(self.editions, key=lambda each: (each.conference, each.year)):
            latest[edition.conference] = edition
        return latest

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Whatever a conference or an area is called, in letters and digits alone, to its id or key.

        Where two claim a name a conference's own comes first, then what it is also called, then the areas'.
        """
        names = dict(_area_words())
        for edition in self.conferences.values():
            names.setdefault(_compact(edition.full_name), edition.conference)
        for key in self.conferences:
            names |= {_compact(alias): key for alias in _ALIASES.get(key, ())}
        for key, edition in self.conferences.items():
            names |= {_compact(key): key, _compact(edition.name): key}
        names.pop("", None)
        return names


@dataclass(frozen=True, slots=True)
class Selection:
    """Which conferences somebody wants: some by name, and all of some areas; both empty means every one."""

    conferences: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """How it is stored and shown; `matching` reads it back. Empty for every conference."""
        return ", ".join((*self.conferences, *self.areas))

    def covers(self, edition: Edition) -> bool:
        """Whether an edition is wanted."""
        if not self.conferences and not self.areas:
            return True
        return edition.conference in self.conferences or not set(self.areas).isdisjoint(edition.areas)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A completion to offer: what is put into the option, and how it is shown; 100 characters each at most."""

    name: str
    label: str


def matching(text: str, catalogue: Catalogue) -> Selection:
    """Return what a list such as "neurips, cvpr 2027, NLP" means; a slip that leaves no doubt is put right.

    Raises UserError, with names to choose from, for all that is unknown or could be several.
    """
    if text.strip().casefold() in _EVERYTHING:
        return Selection()
    conferences: list[str] = []
    areas: list[str] = []
    pieces = [piece for piece in re.split(r"[,;\n]", text[:1000]) if piece.strip()]
    if len(pieces) > MAX_CHOSEN:
        raise UserError(f"Choose at most {MAX_CHOSEN} conferences, or an area such as NLP.")
    unknown: dict[str, list[str]] = {}
    for piece in pieces:
        found, near = _resolve(piece, catalogue)
        if found is None:
            unknown[piece.strip()] = near
        else:
            (areas if found in AREAS and found not in catalogue.conferences else conferences).append(found)
    if unknown:
        raise UserError(_not_known(unknown, catalogue))
    return Selection(tuple(dict.fromkeys(conferences)), tuple(dict.fromkeys(areas)))


def spelled(conference: str) -> str:
    """Return how a conference's name is written, from its id alone."""
    return _SPELLED.get(conference) or conference.upper().replace("-", " ")


def suggestions(text: str, catalogue: Catalogue, limit: int = 25) -> list[Suggestion]:
    """Return how the last name of an unfinished list could go on, the likeliest first."""
    head, _, typed = text[-500:].rpartition(",")
    prefix = f"{head.strip()}, " if head.strip() else ""
    taken = {_compact(piece) for piece in head.split(",")}
    targets = _ranked(_compact(_without_year(typed)), _compact(typed), catalogue.names)
    found = []
    for target in targets:
        name, label = _shown(target, catalogue)
        if _compact(name) in taken or len(prefix + name) > _CHOICE_MAX:
            continue
        shown = f"{prefix}{name}" if prefix else label
        found.append(Suggestion(prefix + name, shown if len(shown) <= _CHOICE_MAX else f"{shown[:99]}…"))
    return found[:limit]


def _shown(target: str, catalogue: Catalogue) -> tuple[str, str]:
    edition = catalogue.conferences.get(target)
    if edition is not None:
        same = edition.full_name.casefold() == edition.name.casefold()
        return edition.name.replace(
            ",", " "
        ), edition.name if same else f"{edition.name} · {edition.full_name}"
    area = AREAS[target]
    name = target.upper() if len(target) <= 3 else area.label
    return name, f"{area.label}: all its conferences"


# --- Look-up ----------------------------------------------------------------------------------------

_Index = Mapping[str, str]  # compact words -> conference id or area key


def _resolve(piece: str, catalogue: Catalogue) -> tuple[str | None, list[str]]:
    """Return what a name means; where that is unknown or in doubt, None and what it may mean."""
    index = catalogue.names
    for words in (piece, _without_year(piece)):
        if target := index.get(_compact(words)):
            return target, []
    compact = _compact(_without_year(piece))
    near = _near(compact, index)
    if len(near) == 1:
        return near[0], []
    return None, near or _ranked(compact, compact, index)


def _not_known(unknown: Mapping[str, list[str]], catalogue: Catalogue) -> str:
    """Say what is unknown, each with what it may mean; what resembles nothing stands together at the end."""
    said, strange = [], []
    for piece, near in list(unknown.items())[:_SAID]:
        shown = f"“{piece if len(piece) <= _SHOWN else f'{piece[: _SHOWN - 1]}…'}”"
        if near:
            choice = " or ".join(spelled(name) for name in near[:3])
            said.append(f"I do not know the conference {shown}. Did you mean {choice}?")
        else:
            strange.append(shown)
    if strange:
        noun = "conference" if len(strange) == 1 else "conferences"
        said.append(f"I do not know the {noun} {listed(strange)}. {_offer(catalogue)}")
    if len(unknown) > _SAID:
        said.append(f"{len(unknown) - _SAID} more are unknown as well.")
    return " ".join(said)


def _offer(catalogue: Catalogue) -> str:
    known = sorted(edition.name for edition in catalogue.conferences.values())
    if 0 < len(known) <= _FEW:
        return f"The list that I read has {', '.join(known)}; an area such as NLP will do as well."
    return "Try a short name, such as NeurIPS, or an area such as NLP; what there is appears as you type."


def _near(compact: str, index: _Index) -> list[str]:
    """Return what `compact` is a slip of: the targets at the smallest distance, when that is small."""
    from rapidfuzz.distance import OSA

    if len(compact) < 4:
        return []
    # Four letters a letter apart resemble each other too much for more.
    cutoff = 1 if len(compact) < 7 else 2
    best: dict[str, int] = {}
    for words, target in index.items():
        distance = OSA.distance(compact, words, score_cutoff=cutoff)
        if distance <= cutoff:
            best[target] = min(distance, best.get(target, distance))
    if not best and len(compact) >= 8:
        return sorted({target for words, target in index.items() if compact in words})[:4]
    return sorted(target for target, distance in best.items() if distance == min(best.values()))


def _ranked(compact: str, whole: str, index: _Index) -> list[str]:
    """Return targets to offer for what has been typed: whole, beginning, part, alike."""
    from rapidfuzz import fuzz

    if not compact:
        return sorted(set(index.values()) - AREAS.keys()) + list(AREAS)
    scores: dict[str, float] = {}
    for words, target in index.items():
        if words in (compact, whole):
            score = 400.0
        elif words.startswith(compact):
            score = 300.0 - min(len(words), 90)
        elif len(compact) > 2 and compact in words:
            score = 200.0 - min(len(words), 90)
        else:
            # Against the beginning as well: what is being typed is not finished.
            near = (fuzz.ratio(compact, part, score_cutoff=70) for part in (words, words[: len(compact)]))
            score = max(near) if len(compact) > 2 else 0.0
        if score:
            scores[target] = max(score, scores.get(target, 0.0))
    return sorted(scores, key=lambda target: (-scores[target], target))


@cache
def _area_words() -> Mapping[str, str]:
    return {
        _compact(words): area.key for area in AREAS.values() for words in (area.key, area.label, *area.words)
    }


def _without_year(text: str) -> str:
    return re.sub(r"[\s'’-]*(?:20)?[0-9]{2}\s*$", "", text) or text


def _compact(text: str) -> str:
    """Reduce words to letters and digits: "IJCNLP & AACL" to "ijcnlpaacl"."""
    decomposed = unicodedata.normalize("NFKD", text[:300].casefold())
    return "".join(re.findall(r"[^\W_]+", re.sub(r"[\u0300-\u036f]", "", decomposed)))


def areas_of(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the areas that the tags of a source mean, in the order of `AREAS`; unknown tags are dropped."""
    found = {area_of(tag) for tag in tags}
    return tuple(key for key in AREAS if key in found)
