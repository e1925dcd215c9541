"""Words that several cards of `/role` share."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Final

from bot.domain.careers import Careers, Ladder, Level, MoveKind, Orientation, Role, Source, Stage
from bot.domain.lookup import Kind, Option
from bot.domain.paths import Gap
from bot.domain.sources import stamp
from cogs.ui.text import listing, shorten

STAGES: Final = {
    Stage.ENTRY: "entry",
    Stage.MID: "mid",
    Stage.SENIOR: "senior",
    Stage.LEAD: "lead",
    Stage.EXECUTIVE: "executive",
}
ORIENTATIONS: Final = {
    Orientation.RESEARCH: "research",
    Orientation.APPLIED: "applied",
    Orientation.BOTH: "research and applied",
}
LADDERS: Final = {
    Ladder.INDIVIDUAL: "individual contributor",
    Ladder.TECHNICAL_LEAD: "technical lead",
    Ladder.PEOPLE: "people lead",
}
KINDS: Final = {
    Kind.ROLE: "role",
    Kind.SKILL: "skill",
    Kind.TRACK: "track",
    Kind.BACKGROUND: "start",
    Kind.ENTRY: "advice",
    Kind.OWN: "this server's own",
}
MOVES: Final = {
    MoveKind.PROMOTION: "promotion",
    MoveKind.SPECIALISATION: "specialising",
    MoveKind.SWITCH: "switch",
    None: "first role",
}
LEVELS_KEY: Final = (
    "-# aware: knows what it is for · working: does everyday tasks alone · strong: does the hard cases · "
    "expert: is asked when others are stuck"
)

_MOST_CREDIT: Final = 700
_GIST: Final = 95
_LEAST: Final = 24
_CLAUSE_END: Final = re.compile(
    r",(?= (?:by|so|while|with|where|in|at|for|from|using|often|hired|deciding|choosing|balancing|reproducing|turning|joining|taking|"
    r"chooses|answering|and (?:measures|deals|brings|decides|makes))\b)|\.(?= )"
)


def level(of: Level) -> str:
    """Return the word for a level."""
    return of.name.lower()


def place(role: Role) -> str:
    """Return stage, ladder and orientation of a role in one line."""
    niche = " · few posts, or a young field" if role.niche else ""
    return f"{STAGES[role.stage]} · {LADDERS[role.ladder]} · {ORIENTATIONS[role.orientation]}{niche}"


def gist(summary: str, limit: int) -> str:
    """Return the main clause of a summary, in at most `limit` letters: a comma in a list is no end of one."""
    if len(summary) <= limit:
        return summary
    end = _CLAUSE_END.search(summary, _LEAST)
    return f"{summary[: end.start()]}." if end and end.start() < limit else shorten(summary, limit)


def bullets(texts: Iterable[str]) -> str:
    """Return a list with a dot before each line."""
    return "\n".join(f"- {text}" for text in texts)


def titles(careers: Careers, roles: Sequence[str], *, most: int = 5) -> str:
    """Return the titles of roles in a sentence, the rest counted."""
    names = [careers.roles[role].title for role in roles[:most]]
    if len(roles) > most:
        return f"{', '.join(names)} and {len(roles) - most} more"
    return listing(names)


def skills(careers: Careers, ids: Sequence[str], *, most: int = 6) -> str:
    """Return the names of skills in a sentence, the rest counted."""
    names = [careers.skills[skill].name for skill in ids[:most]]
    if len(ids) > most:
        return f"{', '.join(names)} and {len(ids) - most} more"
    return listing(names)


def gap(careers: Careers, found: Gap) -> str:
    """Say what one gap asks for, such as "SQL: working → strong" or "Docker (strong)"."""
    name = careers.skills[found.skill].name
    if found.have is None:
        return f"{name} ({level(found.need)})"
    return f"{name} ({level(found.have)} → {level(found.need)})"


def day(on: date) -> str:
    """Return a day as each reader writes it: noon in UTC, which is that day nearly everywhere."""
    return stamp(datetime.combine(on, time(12), UTC), "D")


def credit(careers: Careers, sources: Iterable[str], *, checked: date | None = None) -> str:
    """Return the small print below facts: when they were checked, and the credit that licences ask for."""
    found = [careers.sources[source] for source in sources]
    words = (
        [f"Checked {day(checked or max((each.checked for each in found), default=date.min))}."]
        if found
        else []
    )
    words += dict.fromkeys(each.attribution for each in found if each.attribution)
    return f"-# {shorten(' '.join(words), _MOST_CREDIT)}" if words else ""


def credit_roles(careers: Careers, roles: Iterable[str]) -> str:
    """Return the small print below facts about several roles, with the day on which the oldest were checked."""
    found = [careers.roles[role] for role in roles]
    if not found:
        return ""
    sources = dict.fromkeys(source for role in found for source in role.sources)
    return credit(careers, sources, checked=min(role.checked for role in found))


def note(careers: Careers, option: Option) -> str:
    """Say in a few words what something is, so that it can be told from others of the same name."""
    match option.kind:
        case Kind.ROLE:
            role = careers.roles[option.id]
            return f"{STAGES[role.stage]} · {gist(role.summary, _GIST)}"
        case Kind.SKILL:
            return careers.skills[option.id].summary
        case Kind.TRACK:
            return careers.tracks[option.id].summary
        case Kind.BACKGROUND:
            return careers.backgrounds[option.id].summary
        case Kind.ENTRY:
            return careers.entries[option.id].text
        case Kind.OWN:
            return "added by this server"


def source_list(careers: Careers, sources: Iterable[str]) -> str:
    """Return the sources with their addresses, one a line."""
    return "\n".join(_source(careers.sources[source]) for source in sources)


def _source(source: Source) -> str:
    return f"-# [{source.title}]({source.url}), {source.publisher}, {source.licence}"
