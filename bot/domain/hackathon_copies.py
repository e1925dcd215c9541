"""The same hackathon on several sites: told apart from its other editions, and made one.

Nothing here depends on the order in which the sites answer, and merging what is merged changes nothing.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlsplit

from bot.domain.hackathons import Hackathon, Source

_SLACK: Final = timedelta(days=1)  # what is the 3rd in one place is the 4th in another
_ENDS_APART: Final = timedelta(days=3)  # how far the last days may lie apart when titles alone agree

_TRUST: Final = {source: rank for rank, source in enumerate(Source)}

_SITE_WORDS: Final = frozenset(
    ["mlh", "devpost", "zindi", "the", "a", "an", "by", "on", "at", "hackathon", "hackathons", "edition"]
)
_MONTHS: Final = frozenset({
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october",
    "november", "december",
})  # fmt: skip
# A title of nothing but these names a hundred hackathons.
_COMMON: Final = frozenset({
    "ai", "ml", "hack", "hacks", "hackathon", "global", "international", "world", "national", "online",
    "virtual", "student", "students", "challenge", "competition", "contest", "summer", "winter",
    "spring", "fall", "autumn", "code", "coding", "tech", "technology", "innovation", "for", "of",
    "and", "in", "with", "build", "open", "day", "days", "weekend", "week", "data", "science", "agent",
    "agents", "genai", "llm", "web", "web3", "game", "jam", "health", "climate", "good", "social",
    "university", "college", "school", "city", "startup", "mega", "annual",
})  # fmt: skip
_ROMAN: Final = {
    "ii": "2",
    "iii": "3",
    "iv": "4",
    "v": "5",
    "vi": "6",
    "vii": "7",
    "viii": "8",
    "ix": "9",
    "x": "10",
}
_EDITION = re.compile(r"v?([0-9]{1,2})(?:st|nd|rd|th|\.0)?")
_PLATFORMS: Final = frozenset({
    "devpost.com", "mlh.io", "mlh.com", "zindi.africa", "hackclub.com", "hackathons.hackclub.com",
    "lu.ma", "luma.com", "eventbrite.com", "github.com", "discord.gg", "discord.com", "linktr.ee",
    "instagram.com", "linkedin.com", "bit.ly", "forms.gle",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Card:
    """What one hackathon is compared by."""

    hackathon: Hackathon
    key: str
    title: str  # letters and digits of the words that name it
    common: bool  # whether the title alone says too little
    years: frozenset[int]
    number: str  # of the edition, where the title gives one
    pages: frozenset[str]
    first: date
    last: date
    place: frozenset[str]


def merge(hackathons: Iterable[Hackathon], known: Mapping[str, str] | None = None) -> list[Hackathon]:
    """Return each hackathon once, the earliest deadline first.

    `known` maps the aliases of earlier results to their keys. With it a hackathon keeps the key under which
    it was first seen, when another site's copy appears and when the first site's disappears, and the entry
    seen first goes on to lead. Without it the more trusted site's key is taken (`Source`).
    """
    known = known or {}
    groups: list[list[_Card]] = []
    for card in (_card(leaf) for leaf in _leaves(hackathons)):
        fitting = [group for group in groups if all(_related(card, member, known) for member in group)]
        # What was the same before stays with it, rather than joining another that now looks alike.
        chosen = next((group for group in fitting if any(_was_same(card, m, known) for m in group)), None)
        if chosen is None and fitting:
            chosen = fitting[0]
        if chosen is None:
            groups.append([card])
        else:
            chosen.append(card)
    identities = _identities(groups, known)
    merged = [_merged(group, identity) for group, identity in zip(groups, identities, strict=True)]
    return sorted(merged, key=lambda each: (each.deadline_at, each.key))


def _leaves(hackathons: Iterable[Hackathon]) -> list[Hackathon]:
    """Return the sites' own entries, each once, in an order that depends on nothing but them."""
    leaves: dict[str, Hackathon] = {}
    for hackathon in hackathons:
        for leaf in hackathon.copies or (replace(hackathon, identity="", copies=()),):
            known = leaves.get(leaf.native_key)
            # Twice on one site, when an entry moved from one page of the list to the next meanwhile.
            leaves[leaf.native_key] = leaf if known is None else max(leaf, known, key=repr)
    return sorted(leaves.values(), key=lambda leaf: (_TRUST[leaf.source], leaf.id))


# --- Likeness ---------------------------------------------------------------------------------------


def _related(one: _Card, other: _Card, known: Mapping[str, str]) -> bool:
    return _same(one, other) or (_was_same(one, other, known) and _may_be_same(one, other))


def _was_same(one: _Card, other: _Card, known: Mapping[str, str]) -> bool:
    return known.get(one.key, one.key) == known.get(other.key, other.key)


def _same(one: _Card, other: _Card) -> bool:
    if not _may_be_same(one, other):
        return False
    if not one.pages.isdisjoint(other.pages):
        return True
    if not one.title or one.title != other.title or abs(one.last - other.last) > _ENDS_APART:
        return False
    return not one.common or not one.place.isdisjoint(other.place)


def _may_be_same(one: _Card, other: _Card) -> bool:
    """Whether nothing speaks against it: two sites, one edition."""
    if one.hackathon.source == other.hackathon.source:
        return one.key == other.key
    if one.years and other.years and one.years.isdisjoint(other.years):
        return False
    if one.number and other.number and one.number != other.number:
        return False
    return one.first <= other.last + _SLACK and other.first <= one.last + _SLACK


def _card(leaf: Hackathon) -> _Card:
    words = _words(leaf.title)
    years = frozenset(int(word) for word in words if re.fullmatch(r"20[0-9]{2}", word))
    number = ""
    named = []
    for position, word in enumerate(words):
        found = _number(word, first=position == 0, last=position == len(words) - 1)
        if found and not number:
            number = found
        elif not re.fullmatch(r"20[0-9]{2}", word) and word not in _SITE_WORDS:
            named.append(word)
    # "305 CodeStorm Edition May 2026" goes by its month; "May Day Hacks" does not.
    if years:
        named = [word for word in named if word not in _MONTHS] or named
    return _Card(
        hackathon=leaf,
        key=leaf.native_key,
        title="".join(named),
        common=all(word in _COMMON for word in named) or len("".join(named)) < 4,
        years=years,
        number=number,
        pages=frozenset(page for link in (leaf.url, *leaf.links) if (page := _page(link))),
        first=min(leaf.starts_on or leaf.ends_on, leaf.ends_on),
        last=leaf.ends_on,
        place=frozenset(_words(leaf.place or "")) - {"the", "of", "city", "state", "university"},
    )


def _number(word: str, *, first: bool, last: bool) -> str:
    """Return the number of an edition that a word gives: "2nd", "v2", "3.0", or a last word "II" or "2"."""
    if last and word in _ROMAN:
        return _ROMAN[word]
    found = _EDITION.fullmatch(word)
    if found is None or (word.isdigit() and (first or not last)):
        return ""
    return str(int(found[1]))


def _words(text: str) -> list[str]:
    decomposed = unicodedata.normalize("NFKD", text[:300].casefold())
    plain = re.sub(r"[\u0300-\u036f'’]", "", decomposed)
    return re.findall(r"[0-9]+\.0\b|[^\W_]+", plain)


def _page(link: str | None) -> str | None:
    """Return what identifies a page: its host and path; None for the front page of a site of many events."""
    try:
        parts = urlsplit(link or "")
        host = (parts.hostname or "").removeprefix("www.")
    except ValueError:
        return None
    if host.endswith(".devpost.com"):
        return host  # every page of it is about the one hackathon
    path = parts.path.rstrip("/")
    if not host or (host in _PLATFORMS and path.count("/") < 1):
        return None
    return host + path.casefold()


# --- One out of several -----------------------------------------------------------------------------


def _identities(groups: Sequence[Sequence[_Card]], known: Mapping[str, str]) -> list[str]:
    """Return a key for each group, none twice: that of a member first, then one that its members had."""
    given = set(known.values())
    present = {card.key for group in groups for card in group}
    chosen: list[str | None] = [
        next((card.key for card in group if card.key in given), None) for group in groups
    ]
    taken = {key for key in chosen if key}
    for index, group in enumerate(groups):
        if chosen[index] is None:
            former = [known[card.key] for card in group if card.key in known]
            free = [key for key in former if key not in taken and key not in present]
            chosen[index] = free[0] if free else group[0].key
            taken.add(chosen[index] or "")
    return [key for key in chosen if key is not None]


def _merged(group: Sequence[_Card], identity: str) -> Hackathon:
    """Return the entry seen first, with what it lacks from the others.

    Times are never taken from another: one site's end is the deadline, another's the end of the party.
    """
    members = [card.hackathon for card in group]
    lead = next((each for each in members if each.native_key == identity), members[0])
    identity = "" if identity == lead.native_key else identity
    if len(members) == 1:
        return replace(lead, identity=identity)
    others = [each for each in members if each is not lead]
    elsewhere = not lead.online and lead.place is None
    links = [
        link for each in (lead, *others) for link in (each.url, *each.links) if link and link != lead.url
    ]
    return replace(
        lead,
        online=lead.online or (elsewhere and any(each.online for each in others)),
        place=next((each.place for each in others if each.place), None) if elsewhere else lead.place,
        prize=lead.prize or next((each.prize for each in others if each.prize), None),
        themes=tuple(dict.fromkeys(theme for each in (lead, *others) for theme in each.themes)),
        organiser=lead.organiser or next((each.organiser for each in others if each.organiser), None),
        thumbnail=lead.thumbnail or next((each.thumbnail for each in others if each.thumbnail), None),
        registrations=lead.registrations
        if lead.registrations is not None
        else next((each.registrations for each in others if each.registrations is not None), None),
        links=tuple(dict.fromkeys(links)),
        identity=identity,
        copies=tuple(members),
    )
