"""A role on a card, in four sections that fit a phone."""

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import ui

from bot.domain.careers import Careers, Move, MoveKind, Role
from bot.domain.server_careers import OwnLink
from bot.pictures import draw_profile
from bot.services.careers import paper_query
from cogs.ui.cards import line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import LEVELS_KEY, bullets, credit, level, place, source_list, titles
from cogs.ui.text import listing, plain

SECTIONS: Final = {
    "overview": "Overview",
    "skills": "Skills",
    "ways": "Ways in",
    "next": "Next",
}

_BACK: Final = "A step back"
_HEADINGS: Final = {
    MoveKind.PROMOTION: "Up",
    MoveKind.SPECIALISATION: "Deeper",
    MoveKind.SWITCH: "Across",
    None: _BACK,
}
_TOLD: Final = 4  # moves of one sort that are told in full
_LINKS: Final = 5  # in one row
_TOPICS: Final = frozenset(
    {
        "Deep learning",
        "Decisions and control",
        "Generative AI",
        "Language",
        "Machine learning",
        "Responsible AI",
        "Vision",
        "Domains",
        "Evaluation",
        "Cloud and big data",
        "Engineering",
    }
)
"""Groups of skills on which papers are written."""


def role_page(
    careers: Careers,
    role: Role,
    section: str = "overview",
    *,
    links: Sequence[OwnLink] = (),
    joined: Sequence[RoleButton] = (),
) -> Page:
    """Show one section of a role; `links` are those the server has added, `joined` buttons of other features."""
    if section not in SECTIONS:
        section = "overview"
    head = f"## {role.title}\n-# {place(role)}"
    picture = None
    parts: list[Any]
    match section:
        case "skills":
            parts, picture = [head, *_skills(careers, role)], draw_profile(careers, role)
        case "ways":
            parts = [head, *_ways(careers, role)]
        case "next":
            parts = [head, *_next(careers, role)]
        case _:
            parts = [head, *_overview(careers, role), *_added(links)]
    parts += [
        credit(careers, role.sources, checked=role.checked),
        line(),
        _tabs(role, section),
        _steps(careers, role, joined),
    ]
    return Page([part for part in parts if part], picture)


def _overview(careers: Careers, role: Role) -> list[Any]:
    others = [f"**Or {careers.roles[each.role].title}?** {each.difference}" for each in role.neighbours[:3]]
    also = f"Also called {listing(list(role.aliases[:4]))}." if role.aliases else ""
    return [
        f"{role.summary}\n{also}",
        f"### A day\n{bullets(role.day)}",
        *(["### Easily taken for\n" + "\n".join(others)] if others else []),
    ]


def _added(links: Sequence[OwnLink]) -> list[Any]:
    if not links:
        return []
    buttons: list[ui.Button[Any]] = [ui.Button(label=link.title, url=link.url) for link in links[:_LINKS]]
    return ["### Added by this server", buttons]


def _skills(careers: Careers, role: Role) -> list[Any]:
    def listed(*, essential: bool) -> str:
        return ", ".join(
            f"{careers.skills[need.skill].name} ({level(need.level)})"
            for need in role.skills
            if need.essential is essential
        )

    options = [
        option(careers.skills[need.skill].name, f"skill:{need.skill}", careers.skills[need.skill].summary)
        for need in role.skills
    ]
    helps = listed(essential=False)
    return [
        f"**Needed:** {listed(essential=True)}" + (f"\n**Helps:** {helps}" if helps else ""),
        f"**Tools:** {', '.join(role.tools)}",
        LEVELS_KEY,
        [RoleMenu("open", options=options, placeholder="Look at a skill")],
    ]


def _ways(careers: Careers, role: Role) -> list[Any]:
    origins = from_below(careers, role)
    return [
        f"### Education\n{role.education}",
        f"### How people get in\n{bullets(role.ways_in)}",
        *([f"**They often come from** {titles(careers, origins)}."] if origins else []),
    ]


def from_below(careers: Careers, role: Role) -> list[str]:
    """Return where people come from to a role; those who step back to it are not what it is reached by."""
    return [
        move.origin
        for move in careers.moves_to(role.id)
        if careers.roles[move.origin].stage.rank <= role.stage.rank
    ]


def _next(careers: Careers, role: Role) -> list[Any]:
    groups: dict[str, list[Move]] = {heading: [] for heading in _HEADINGS.values()}
    for move in careers.moves_from(role.id):
        back = careers.roles[move.target].stage.rank < role.stage.rank
        groups[_BACK if back else _HEADINGS[move.kind]].append(move)
    moves = [move for group in groups.values() for move in group]
    options = [
        option(careers.roles[move.target].title, f"role:{move.target}", f"{move.kind}, {move.years}")
        for move in moves
    ]
    told = [_moves(careers, heading, group) for heading, group in groups.items() if group]
    return [
        "### Where it leads",
        *(told or ["No usual step leads on from here: people stay, or start afresh."]),
        *([[RoleMenu("open", options=options, placeholder="Look at a next role")]] if options else []),
        f"### Sources\n{source_list(careers, role.sources)}",
    ]


def _moves(careers: Careers, heading: str, moves: Sequence[Move]) -> str:
    """Say where moves of one sort lead, and what they take where they are few enough to read."""
    if len(moves) > _TOLD:
        return f"**{heading}:** {listing([careers.roles[move.target].title for move in moves])}"
    takes = [f"{careers.roles[move.target].title} ({move.years}). {move.takes}" for move in moves]
    return f"**{heading}**\n{bullets(takes)}"


def _tabs(role: Role, section: str) -> list[RoleButton]:
    return [
        RoleButton(
            "open",
            "role",
            role.id,
            name,
            label=label,
            style=discord.ButtonStyle.primary if name == section else discord.ButtonStyle.secondary,
            disabled=name == section,
        )
        for name, label in SECTIONS.items()
    ]


def _steps(careers: Careers, role: Role, joined: Sequence[RoleButton]) -> list[Any]:
    buttons: list[Any] = [
        RoleButton("from", role.id, label="Path to this"),
        RoleButton("with", role.id, label="Compare"),
        *joined,
    ]
    if role_query(careers, role):
        buttons.append(RoleButton("papers", "role", role.id, label="Papers"))
    return buttons


def role_query(careers: Careers, role: Role) -> str:
    """Return a search for papers on what a role is about, empty where papers are about none of it."""
    topics = [
        careers.skills[need.skill]
        for need in sorted(role.skills, key=lambda need: (not need.essential, -need.level))
        if careers.skills[need.skill].group in _TOPICS
    ]
    return paper_query(*topics[:2])


def own_role_text(title: str, aliases: tuple[str, ...], summary: str) -> str:
    """Return the text of a role that a server has described itself."""
    also = f"\nAlso called {listing([plain(name) for name in aliases])}." if aliases else ""
    return f"## {plain(title)}\n{plain(summary)}{also}\n-# Added by this server. It is not part of what I know by myself."
