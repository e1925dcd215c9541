"""What moderators type for feeds of events, and the changes to a plan that it comes to."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from typing import Final, TypeVar

from bot.domain.conferences import Catalogue, Selection, matching
from bot.domain.feeds import (
    DEADLINE_MOMENTS,
    DEFAULT_LIMIT,
    DEFAULT_MOMENTS,
    EventOptions,
    FeedKind,
    FeedPlan,
    Moment,
    Style,
)
from bot.domain.hackathons import AI_THEME, Source
from bot.domain.schedule import EVERY_DAY, Schedule
from bot.errors import UserError
from cogs.ui.text import listing

T = TypeVar("T")
E = TypeVar("E", Source, Moment)

MOMENTS: Final = {
    Moment.ANNOUNCED: "when it is new",
    Moment.MONTH: "30 days before",
    Moment.WEEK: "7 days before",
    Moment.DAY: "the day before",
    Moment.START: "when it begins",
}
STYLES: Final = {
    Style.EACH: "a post for each event",
    Style.DIGEST: "an agenda of the coming week",
}
WHERE: Final = ("online", "in person")
THEMES: Final = (
    AI_THEME,
    "Beginner Friendly",
    "Social Good",
    "Open Ended",
    "Databases",
    "Health",
    "Education",
)
"""What is offered; any other theme of the sites may be typed."""

MAX_THEMES: Final = 10

_MONDAY: Final = frozenset({0})
_MOMENT_WORDS: Final[Mapping[str, Moment]] = {
    "announced": Moment.ANNOUNCED,
    "new": Moment.ANNOUNCED,
    "whenitisnew": Moment.ANNOUNCED,
    "month": Moment.MONTH,
    "30days": Moment.MONTH,
    "30daysbefore": Moment.MONTH,
    "week": Moment.WEEK,
    "7days": Moment.WEEK,
    "7daysbefore": Moment.WEEK,
    "day": Moment.DAY,
    "1day": Moment.DAY,
    "tomorrow": Moment.DAY,
    "thedaybefore": Moment.DAY,
    "start": Moment.START,
    "begin": Moment.START,
    "whenitbegins": Moment.START,
}
_SOURCE_WORDS: Final[Mapping[str, Source]] = {
    "devpost": Source.DEVPOST,
    "mlh": Source.MLH,
    "majorleaguehacking": Source.MLH,
    "zindi": Source.ZINDI,
    "hackclub": Source.HACK_CLUB,
}
_EVERYTHING: Final = frozenset({"all", "any", "every", "everything", "everywhere", "none"})


@dataclass(frozen=True, slots=True)
class EventEdit:
    """What is to change about a feed of events; None leaves a thing as it is."""

    channel_id: int | None = None
    url: str | None = None
    sources: tuple[Source, ...] | None = None
    themes: frozenset[str] | None = None
    where: "Whereabouts | None" = None
    conferences: Selection | None = None
    at: time | None = None
    zone: str | None = None
    days: frozenset[int] | None = None
    style: Style | None = None
    limit: int | None = None
    moments: tuple[Moment, ...] | None = None
    native: bool | None = None
    mention: "Mentioned | None" = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is named."""
        return self == EventEdit()

    def applied_to(self, plan: FeedPlan) -> FeedPlan:
        """Return the plan with what is named changed. Moments that are named ask for a post for each event."""
        options = plan.events or EventOptions()
        schedule = plan.schedule
        style = _or(self.style, Style.EACH if self.moments is not None else plan.style)
        days = self.days
        if days is None and style is not plan.style and schedule.days == usual_days(plan.style):
            days = usual_days(style)  # nobody chose the days, so those of the new style
        wanted = replace(options.wanted, themes=_or(self.themes, options.wanted.themes))
        if self.where is not None:
            wanted = replace(wanted, online=self.where.online, place=self.where.place)
        return replace(
            plan,
            channel_id=_or(self.channel_id, plan.channel_id),
            style=style,
            limit=_or(self.limit, plan.limit),
            schedule=Schedule(
                _or(self.at, schedule.time), _or(self.zone, schedule.zone), _or(days, schedule.days)
            ),
            events=replace(
                options,
                url=_or(self.url, options.url),
                sources=_or(self.sources, options.sources),
                wanted=wanted,
                conferences=_or(self.conferences, options.conferences),
                moments=_or(self.moments, options.moments),
                native=_or(self.native, options.native),
                mention_role_id=options.mention_role_id if self.mention is None else self.mention.role_id,
            ),
        )


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where hackathons may be: anywhere, online, in person, or in a place."""

    online: bool | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class Mentioned:
    """The role that each post mentions, None for none."""

    role_id: int | None


def usual(kind: FeedKind, server_id: int, channel_id: int, zone: str, *, named: bool = False) -> FeedPlan:
    """Return what a feed is where nothing else is chosen; `named` are deadlines of chosen conferences.

    Meetups and chosen conferences are few enough for a post each; lists of a hundred come as an agenda.
    """
    style = Style.EACH if kind is FeedKind.MEETUPS or named else Style.DIGEST
    moments = DEADLINE_MOMENTS if kind is FeedKind.DEADLINES else DEFAULT_MOMENTS
    return FeedPlan(
        server_id=server_id,
        channel_id=channel_id,
        categories=(),
        query="",
        style=style,
        limit=DEFAULT_LIMIT,
        schedule=Schedule(time(9), zone, usual_days(style)),
        kind=kind,
        events=EventOptions(moments=moments),
    )


def usual_days(style: Style) -> frozenset[int]:
    """Return the days on which a feed of this style posts: an agenda once a week."""
    return EVERY_DAY if style is Style.EACH else _MONDAY


def read_sources(text: str) -> tuple[Source, ...]:
    """Read a list of sites; none of them means all."""
    found = _read_list(text, _SOURCE_WORDS, "site", [source.label for source in Source])
    return tuple(source for source in Source if source in found) if len(found) < len(Source) else ()


def read_moments(text: str) -> tuple[Moment, ...]:
    """Read when a feed speaks of an event."""
    found = _read_list(text, _MOMENT_WORDS, "moment", [moment.value for moment in Moment])
    if not found:
        raise UserError("Name at least one moment, such as announced or day.")
    return tuple(moment for moment in Moment if moment in found)


def read_themes(text: str) -> frozenset[str]:
    """Read a list of themes; "all" for any."""
    pieces = [" ".join(piece.split()) for piece in re.split(r"[,;\n]", text)]
    found = frozenset(piece for piece in pieces if piece and _compact(piece) not in _EVERYTHING)
    if len(found) > MAX_THEMES:
        raise UserError(f"Name up to {MAX_THEMES} themes.")
    return found


def read_where(text: str) -> Whereabouts:
    """Read where hackathons may be: "online", "in person", a place, or "anywhere"."""
    typed = " ".join(text.split())
    match _compact(typed):
        case "online" | "remote" | "virtual":
            return Whereabouts(online=True)
        case "inperson" | "onsite" | "offline":
            return Whereabouts(online=False)
        case "" | "anywhere" | "all" | "any" | "none" | "everywhere":
            return Whereabouts()
    if len(typed) > 60:
        raise UserError("Write where as online, in person, or the name of a city or country.")
    return Whereabouts(place=typed)


def read_conferences(text: str, catalogue: Catalogue) -> Selection:
    """Read conferences and areas; a slip of the pen is put right where it leaves no doubt."""
    return matching(text, catalogue)


def completed(current: str, offered: Mapping[str, str]) -> list[tuple[str, str]]:
    """Complete the last word of a list as (value, name); those before it stay and are not offered again."""
    done, comma, last = current.rpartition(",")
    before = f"{done.strip()}, " if comma else ""
    chosen = {_compact(part) for part in done.split(",")}
    typed = _compact(last)
    found = []
    for value, name in offered.items():
        fits = typed in _compact(name) or typed in _compact(value)
        if fits and _compact(value) not in chosen and len(before) + len(name) <= 100:
            found.append((f"{before}{value}", f"{before}{name}" if before else name))
    return found


def _read_list(text: str, words: Mapping[str, E], noun: str, names: Iterable[str]) -> set[E]:
    found: set[E] = set()
    unknown: list[str] = []
    for piece in re.split(r"[,;\n]", text):
        compact = _compact(piece)
        if not compact:
            continue
        if compact in _EVERYTHING:
            return set(words.values())
        value = words.get(compact) or _near(compact, words)
        if value is None:
            unknown.append(f"“{piece.strip()[:40]}”")
        else:
            found.add(value)
    if unknown:
        nouns = noun if len(unknown) == 1 else f"{noun}s"
        raise UserError(f"I do not know the {nouns} {listing(unknown)}. Choose from {', '.join(names)}.")
    return found


def _near(compact: str, words: Mapping[str, E]) -> E | None:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(compact) < 4:
        return None
    near = process.extractOne(compact, list(words), scorer=OSA.distance, score_cutoff=2)
    return words[near[0]] if near else None


def _compact(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", text.casefold()))


def _or(chosen: T | None, present: T) -> T:
    return present if chosen is None else chosen
