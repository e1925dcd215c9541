"""A server's whole configuration as a file that people read: what is in it, and what reading one would change.

In the file channels and roles go by name (`#papers`, `@ml`), since another server has other ids; where a name is
not known they go by id (`<#123>`, `<@&123>`). Settings whose names end in `channel_id` or `role_id` (or the plural)
are such references; any other `…_id` belongs to one server alone and stays out, so no member's id can be in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from bot.domain.server_settings import Area
from bot.errors import UserError

Document = dict[str, Any]

VERSION: Final = 1
MAX_BYTES: Final = 200_000
MAX_THINGS: Final = 100
"""Feeds, or roles and links, in one file: more than a server may have."""

SECTIONS: Final = {
    Area.SERVER: "server",
    Area.FEED: "feeds",
    Area.ROLES: "careers",
    Area.QUIZ: "quiz",
    Area.BUDDIES: "buddies",
}
LISTS: Final = frozenset({Area.FEED, Area.ROLES})
"""Areas that have many things; the others are one document each."""

_REFERENCE: Final = re.compile(r"(?:(?P<before>.*_)?)(?P<kind>channel|role)_id(?P<many>s?)")
_NAMED: Final = re.compile(r"(?:.*_)?(?P<kind>channel|role)(?P<many>s?)")
_BY_ID: Final = re.compile(r"<(?:#|@&)(\d{1,20})>")


class Kind(StrEnum):
    """What a reference points at."""

    CHANNEL = "channel"
    ROLE = "role"


@dataclass(frozen=True, slots=True)
class Names:
    """What a server's channels and roles are called in a file, by id."""

    channels: Mapping[int, str] = field(default_factory=dict)
    roles: Mapping[int, str] = field(default_factory=dict)

    @property
    def by_id(self) -> bool:
        """Whether a file of these is for the server it came from: nothing in it has a name."""
        return not self.channels

    def label(self, kind: Kind, id_: int) -> str:
        """Return the name of one; by id where it has none here."""
        if kind is Kind.CHANNEL:
            return self.channels.get(id_) or f"<#{id_}>"
        return self.roles.get(id_) or f"<@&{id_}>"

    def find(self, kind: Kind, label: str) -> int | None:
        """Return what a file's name means here; None where it means nothing, or more than one thing."""
        known = self.channels if kind is Kind.CHANNEL else self.roles
        if by_id := _BY_ID.fullmatch(label):
            return int(by_id[1]) if int(by_id[1]) in known else None
        found = [id_ for id_, name in known.items() if name == label]
        if not found:  # `#general in News` where the other server has only one #general
            bare = label.partition(" in ")[0].casefold()
            found = [id_ for id_, name in known.items() if name.partition(" in ")[0].casefold() == bare]
        return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A channel or role that a file names."""

    kind: Kind
    label: str


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that becomes another: `before` is None where it is new, `after` where it goes."""

    area: Area
    target: str
    before: Document | None
    after: Document | None


Match = Callable[[Mapping[str, Document], Sequence[Document]], list[tuple[str | None, Document]]]


def written(settings: Mapping[Area, Sequence[Document]], names: Names) -> Document:
    """Return a file's contents; what is not set is not in it."""
    found: Document = {"cohort": VERSION}
    for area, section in SECTIONS.items():
        documents = [_named(each, names) for each in settings.get(area, ())]
        if documents:
            found[section] = documents if area in LISTS else documents[0]
    return found


def read(found: Any) -> dict[Area, list[Document]]:
    """Return what a file says for each area, names still unbound. Raises UserError where it is no such file."""
    if not isinstance(found, dict) or "cohort" not in found:
        raise UserError("That is no file of mine. Give one that `/setup export` made.")
    if found["cohort"] != VERSION:
        raise UserError("That file was made by another version of me. Export it again there, or update me.")
    areas = {section: area for area, section in SECTIONS.items()}
    unknown = [str(name) for name in found if name != "cohort" and name not in areas]
    if unknown:
        raise UserError(f"I do not know what `{unknown[0][:40]}` in that file is. Take it out and try again.")
    settings: dict[Area, list[Document]] = {}
    for section, area in areas.items():
        if section not in found:
            continue
        documents = found[section] if area in LISTS else [found[section]]
        if not isinstance(documents, list) or not all(_is_document(each) for each in documents):
            raise UserError(f"I cannot read `{section}` in that file. Export it again, or put it right.")
        if len(documents) > MAX_THINGS:
            raise UserError(f"That file has more than {MAX_THINGS} entries in `{section}`.")
        settings[area] = documents
    return settings


def references(settings: Mapping[Area, Sequence[Document]]) -> list[Reference]:
    """Return the channels and roles that a file names, each once."""
    found: set[Reference] = set()

    def note(kind: Kind, label: str) -> int:
        found.add(Reference(kind, label))
        return 0

    for documents in settings.values():
        for each in documents:
            _bound(each, note)
    return sorted(found)


def ids_of(found: Sequence[Reference]) -> dict[Reference, int]:
    """Return what a file by ids means. Raises UserError for one that goes by names."""
    chosen: dict[Reference, int] = {}
    for each in found:
        match = _BY_ID.fullmatch(each.label)
        if match is None:
            raise UserError(
                f"The file names {each.label[:60]}, and only Discord knows what that is. Import it there, with "
                "/setup import."
            )
        chosen[each] = int(match[1])
    return chosen


def bind(
    settings: Mapping[Area, Sequence[Document]], chosen: Mapping[Reference, int]
) -> dict[Area, list[Document]]:
    """Return the settings with every reference made an id. Raises UserError for one that was not chosen."""

    def look(kind: Kind, label: str) -> int:
        found = chosen.get(Reference(kind, label))
        if found is None:
            raise UserError(f"Choose which {kind} {label[:60]} is to be here.")
        return found

    return {area: [_bound(each, look) for each in documents] for area, documents in settings.items()}


def steps(
    present: Mapping[Area, Mapping[str, Document]],
    wanted: Mapping[Area, Sequence[Document]],
    matching: Mapping[Area, Match],
    *,
    replace: bool,
) -> list[Step]:
    """Return what has to happen so that everything wanted is there; with `replace`, and nothing else.

    What goes comes first: it makes room.
    """
    gone: list[Step] = []
    changed: list[Step] = []
    new: list[Step] = []
    for area, match in matching.items():
        theirs = present.get(area, {})
        pairs = match(theirs, wanted.get(area, ()))
        kept = {target for target, _ in pairs}
        if replace:
            gone += [Step(area, target, each, None) for target, each in theirs.items() if target not in kept]
        for target, document in pairs:
            if target is None:
                new.append(Step(area, "", None, document))
            elif theirs[target] != document:
                changed.append(Step(area, target, theirs[target], document))
    return [*gone, *changed, *new]


def pair(
    present: Mapping[str, Document],
    wanted: Sequence[Document],
    likenesses: Sequence[Callable[[Document], object]],
) -> list[tuple[str | None, Document]]:
    """Say which thing that is there each wanted one is: first the equal, then by each likeness in turn."""
    free = dict(present)
    found: dict[int, str] = {}
    for likeness in (_whole, *likenesses):
        for number, document in enumerate(wanted):
            if number in found:
                continue
            key = likeness(document)
            twin = next((t for t, each in free.items() if key is not None and likeness(each) == key), None)
            if twin is not None:
                found[number] = twin
                del free[twin]
    return [(found.get(number), document) for number, document in enumerate(wanted)]


def differences(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None
) -> list[tuple[str, Any, Any]]:
    """Return (name, old, new) of everything in which two documents differ; nested names have a dot."""
    old, new = _flat(before or {}), _flat(after or {})
    names = list(dict.fromkeys((*old, *new)))
    return [(name, old.get(name), new.get(name)) for name in names if old.get(name) != new.get(name)]


def _flat(document: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in document.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{above}{name}.")
        else:
            found[f"{above}{name}"] = value
    return found


def _whole(document: Document) -> object:
    return repr(sorted(_flat(document).items()))


def _named(document: Mapping[str, Any], names: Names) -> Document:
    found: Document = {}
    for key, value in document.items():
        match = _REFERENCE.fullmatch(key)
        if match is not None:
            kind = Kind(match["kind"])
            name = f"{match['before'] or ''}{kind}{match['many']}"
            if isinstance(value, list):
                found[name] = [names.label(kind, each) for each in value]
            else:
                found[name] = None if value is None else names.label(kind, value)
        elif key.endswith(("_id", "_ids")):
            if names.by_id and key == "forum_tag_id":
                found[key] = value
        elif isinstance(value, dict):
            found[key] = _named(value, names)
        elif isinstance(value, list):
            found[key] = [_named(each, names) if isinstance(each, dict) else each for each in value]
        else:
            found[key] = value
    return found


def _bound(document: Mapping[str, Any], look: Callable[[Kind, str], int]) -> Document:
    found: Document = {}
    for key, value in document.items():
        match = _NAMED.fullmatch(key)
        kind = Kind(match["kind"]) if match else None
        if kind is not None and value is None:
            found[f"{key}_id"] = None
        elif kind is not None and isinstance(value, str) and _is_label(kind, value):
            found[f"{key}_id"] = look(kind, value)
        elif (
            kind is not None
            and isinstance(value, list)
            and all(isinstance(each, str) and _is_label(kind, each) for each in value)
        ):
            found[f"{key.removesuffix('s')}_ids"] = [look(kind, each) for each in value]
        elif isinstance(value, dict):
            found[key] = _bound(value, look)
        elif isinstance(value, list):
            found[key] = [_bound(each, look) if isinstance(each, dict) else each for each in value]
        else:
            found[key] = value
    return found


def _is_label(kind: Kind, text: str) -> bool:
    starts = ("#", "<#") if kind is Kind.CHANNEL else ("@", "<@&")
    return text.startswith(starts) and len(text) <= 150


def _is_document(value: Any, depth: int = 0) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) and len(name) <= 60 and _is_value(each, depth) for name, each in value.items()
    )


def _is_value(value: Any, depth: int) -> bool:
    if isinstance(value, list):
        return depth < 4 and len(value) <= 200 and all(_is_value(each, depth + 1) for each in value)
    if isinstance(value, dict):
        return depth < 4 and _is_document(value, depth + 1)
    if isinstance(value, str):
        return len(value) <= 2000
    return value is None or isinstance(value, bool | float) or (isinstance(value, int) and abs(value) < 2**63)
