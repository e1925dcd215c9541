"""The look-up itself."""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from bot.domain.careers import Ambiguity, Careers
from bot.domain.lookup.findings import Ambiguous, Finding, Found, How, Kind, Name, Nearest, Option
from bot.domain.lookup.folding import fold, initials, spell_out
from bot.domain.lookup.index import Index, Thing

ALL: Final = frozenset(Kind)

SURE: Final = 88.0
"""From this likeness on, of 100, a name stands for a misspelling."""

LIKELY: Final = 80.0
"""From this likeness on a name is asked about rather than listed among the nearest."""

CLOSE: Final = 6.0
"""Two names whose likeness differs by less are as likely as each other."""

MOST_OPTIONS: Final = 5
NEAREST: Final = 3

_TWO: Final = 2  # initials that stand for too much to be listed anywhere

_TOKEN = re.compile(rf"({'|'.join(Kind)}):([a-z0-9-]+)")
_SEVERAL: Final = "Different kinds of things share the name."
_PART: Final = "Several names have these words."
_NEAR: Final = "The spelling is about as near to each of these."


class Directory:
    """Everything that can be looked up, with the spellings that mean several roles."""

    def __init__(self, names: Iterable[Name], ambiguities: Sequence[Ambiguity] = ()) -> None:
        self._index = Index(names)
        self._unclear = {fold(item.spelling): item for item in ambiguities}
        self._unclear_words = {frozenset(spell_out(fold(item.spelling))): item for item in ambiguities}
        short = ((initials(spell_out(fold(item.spelling))), item) for item in ambiguities)
        self._unclear_initials = {letters: item for letters, item in short if len(letters) > _TWO}

    @classmethod
    def of(cls, careers: Careers, own: Sequence[Name] = ()) -> "Directory":
        """Make the directory of what is known, with a server's own roles where there are some."""
        mains = {("role", role.id): role.title for role in careers.roles.values()}
        for kind, things in (
            ("skill", careers.skills),
            ("track", careers.tracks),
            ("background", careers.backgrounds),
            ("entry", careers.entries),
        ):
            mains |= {(kind, id_): thing.name for id_, thing in things.items()}
        names = [
            Name(text, Kind(kind), id_, main=text == mains[kind, id_]) for text, kind, id_ in careers.names()
        ]
        return cls([*names, *own], careers.ambiguities)

    def option(self, kind: Kind, id_: str) -> Option:
        """Return a thing by kind and id; raises KeyError where there is none."""
        return Option(kind, id_, self._index.titles[kind, id_])

    def chosen(self, text: str, kinds: frozenset[Kind] = ALL) -> Found | None:
        """Return what was chosen from a list, whose entries stand for `kind:id`; None for words that were typed."""
        token = _TOKEN.fullmatch(text.strip())
        thing = (Kind(token[1]), token[2]) if token else None
        if thing and thing[0] in kinds and thing in self._index.titles:
            return Found(self.option(*thing), How.NAME)
        return None

    def find(self, text: str, kinds: frozenset[Kind] = ALL) -> Finding:
        """Return what `text` means among things of these kinds."""
        if chosen := self.chosen(text, kinds):
            return chosen
        folded = fold(text)
        return (
            self._by_name(folded, kinds) or self._by_slip(folded, kinds) or self._by_likeness(folded, kinds)
        )

    def _by_name(self, folded: str, kinds: frozenset[Kind]) -> Finding | None:
        words = spell_out(folded)
        if not words:
            return None
        index = self._index
        unclear = self._unclear.get(folded)
        as_words = self._unclear_words.get(frozenset(words))
        steps: tuple[tuple[Callable[[], list[Thing]], Ambiguity | None, How], ...] = (
            (lambda: index.exact(folded), unclear or as_words, How.NAME),
            (lambda: index.spelled(words), as_words, How.SHORT),
            (lambda: index.squashed(folded.replace(" ", "")), None, How.SHORT),
            (lambda: index.initialled(folded), self._unclear_initials.get(folded), How.SHORT),
        )
        for search, doubt, how in steps:
            if finding := self._decide(search(), doubt, how, kinds, folded):
                return finding
        return self._by_part(folded, words, kinds)

    def _decide(
        self, things: list[Thing], unclear: Ambiguity | None, how: How, kinds: frozenset[Kind], folded: str
    ) -> Finding | None:
        meant = [thing for thing in things if thing[0] in kinds]
        why = ""
        if unclear is not None and Kind.ROLE in kinds:
            why = unclear.why
            roles = [(Kind.ROLE, id_) for id_ in unclear.roles]
            meant = list(dict.fromkeys([*roles, *meant]))
        if not meant:
            return None
        if len(meant) == 1:
            return Found(self.option(*meant[0]), how)
        # A spelling that is listed as unclear is a title only letter by letter.
        listed = folded in self._unclear
        titled = [thing for thing in meant if self._is_title(thing, folded, exactly=listed)]
        if len(titled) == 1:
            return Found(
                self.option(*titled[0]), how, tuple(self.option(*m) for m in meant if m != titled[0]), why
            )
        if not why:
            meant.sort(key=lambda thing: thing[0].rank)
        return Ambiguous(self._options(meant), why or _SEVERAL)

    def _is_title(self, thing: Thing, folded: str, *, exactly: bool) -> bool:
        main = self._index.mains[thing]
        return main == folded or (not exactly and set(spell_out(main)) == set(spell_out(folded)))

    def _by_part(self, folded: str, words: tuple[str, ...], kinds: frozenset[Kind]) -> Finding | None:
        having = [thing for thing in self._index.having(words) if thing[0] in kinds]
        if not having:
            return None
        if len(having) == 1:
            return Found(self.option(*having[0]), How.PART)
        likeness = {thing: score for score, thing in self._index.near(folded, kinds)}
        having.sort(key=lambda thing: (thing[0].rank, -likeness[thing]))
        return Ambiguous(self._options(having), _PART)

    def _by_slip(self, folded: str, kinds: frozenset[Kind]) -> Finding | None:
        found: dict[Thing, Found] = {}
        asked: Ambiguous | None = None
        least: int | None = None
        for slips, right in self._index.corrections(folded):
            if slips == 0 or (least is not None and slips > least):
                continue
            match self._by_name(right, kinds):
                case Found(option=option) as finding if finding.how is not How.PART:
                    found[option.kind, option.id] = Found(option, How.NEAR, finding.also, finding.why)
                    least = slips
                case Ambiguous() as finding if asked is None:
                    asked = finding
        if len(found) == 1:
            return next(iter(found.values()))
        return Ambiguous(self._options(list(found)), _NEAR) if found else asked

    def _by_likeness(self, folded: str, kinds: frozenset[Kind]) -> Finding:
        near = self._index.near(folded, kinds)
        best = near[0][0] if near else 0.0
        close = [thing for score, thing in near if best - score < CLOSE]
        if best >= SURE and len(close) == 1:
            return Found(self.option(*close[0]), How.NEAR)
        if best >= LIKELY and len(close) > 1:
            return Ambiguous(self._options(close), _NEAR)
        return Nearest(tuple(self.option(*thing) for _, thing in near[:NEAREST]))

    def _options(self, things: Sequence[Thing]) -> tuple[Option, ...]:
        return tuple(self.option(*thing) for thing in things[:MOST_OPTIONS])

    def suggest(
        self, text: str, kinds: frozenset[Kind] = ALL, *, limit: int = 25
    ) -> list[tuple[Option, str]]:
        """Return what may be meant while somebody types, each with the name by which it was found."""
        folded = fold(text)
        words = folded.split()
        ranked: dict[Thing, tuple[int, bool, int, str, str]] = {}
        for name, shown, thing in self._index.shown:
            if thing[0] not in kinds:
                continue
            place = _place(name, folded, words)
            if place is None:
                continue
            main = self._index.mains[thing]
            rank = (place, name != main, thing[0].rank, main, shown)
            ranked[thing] = min(rank, ranked.get(thing, rank))
        chosen = [(thing, rank[4]) for thing, rank in sorted(ranked.items(), key=lambda each: each[1])]
        if len(chosen) < NEAREST:
            chosen += [
                ((option.kind, option.id), option.title)
                for option in _options_of(self.find(text, kinds))
                if (option.kind, option.id) not in ranked
            ]
        return [(self.option(*thing), shown) for thing, shown in chosen[:limit]]


def _place(name: str, typed: str, words: list[str]) -> int | None:
    """How well a name fits what was typed so far, 0 best; None where it does not fit."""
    if name == typed:
        return 0
    if name.startswith(typed):
        return 1
    parts = name.split()
    if all(any(part.startswith(word) for part in parts) for word in words):
        return 2
    return 3 if len(typed) > 2 and typed in name else None


def _options_of(finding: Finding) -> tuple[Option, ...]:
    return (finding.option, *finding.also) if isinstance(finding, Found) else finding.options
