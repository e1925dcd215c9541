"""Skills, tracks, backgrounds and pieces of advice on cards."""

from collections.abc import Sequence
from typing import Any, Final

from discord import ui

from bot.domain.careers import (
    Background,
    Careers,
    Entry,
    EntryKind,
    Ladder,
    Level,
    Orientation,
    PlanStep,
    Role,
    Skill,
    SkillNeed,
    Track,
    TrackKind,
)
from bot.domain.events import Event
from bot.domain.papers import Paper
from bot.domain.sources import stamp
from cogs.ui.actions import MOST_CHOICES
from cogs.ui.cards import line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import LEVELS_KEY, STAGES, bullets, credit, credit_roles, level, place, source_list
from cogs.ui.text import plain, shorten

_TRACKS: Final = {
    TrackKind.SPECIALISATION: "specialisation",
    TrackKind.ORIENTATION: "research or applied",
    TrackKind.LADDER: "ladder",
    TrackKind.FOUNDATION: "foundation",
}
_ENTRIES: Final = {
    EntryKind.CERTIFICATE: "certificate",
    EntryKind.COURSE: "courses",
    EntryKind.DEGREE: "degree",
    EntryKind.ADVICE: "advice",
    EntryKind.COMMUNITY: "community",
}
_BUTTONS: Final = 5  # in a row
_CHAIN: Final = 8
_NAMED: Final = 6  # roles in a line
_TITLE: Final = 110


def skill_page(
    careers: Careers,
    skill: Skill,
    recent: Sequence[Paper] = (),
    *,
    coming: Sequence[Event] = (),
    told: Sequence[str] = (),
    joined: Sequence[RoleButton] = (),
) -> Page:
    """Show what a skill is, what comes before it, who needs it and how to learn it.

    `coming` are events about it in this server; `told` and `joined` are lines and buttons of other features.
    """
    parts: list[Any] = [
        f"## {skill.name}\n-# skill · {skill.group}",
        f"{skill.summary}\n{skill.why}",
        *_before(careers, skill),
        f"### How to learn it\n{bullets(skill.steps)}",
        f"**Read:** [{skill.reference.title}]({skill.reference.url})",
        *_needed(careers, skill),
    ]
    if told:
        parts.append("\n".join(told))
    if coming:
        parts.append(f"### Coming up here\n{bullets(map(_event, coming))}\n-# More: `/events upcoming`")
    if recent:
        papers = (f"{plain(shorten(paper.title, _TITLE))} · [abstract]({paper.abs_url})" for paper in recent)
        parts.append(f"### New papers with it in the title\n{bullets(papers)}")
    roles = [role.id for role, _ in careers.roles_needing(skill.id)]
    parts += [
        credit_roles(careers, roles),
        line(),
        [*joined, RoleButton("papers", "skill", skill.id, label="Search papers")],
    ]
    return Page([part for part in parts if part])


def _event(event: Event) -> str:
    return f"{plain(shorten(event.title, _TITLE))} · {stamp(event.starts_at, 'D')}"


def _before(careers: Careers, skill: Skill) -> list[Any]:
    if not skill.prerequisites:
        return ["**First:** nothing. You can start here."]
    chain = chain_to(careers, skill)
    shown = [careers.skills[each].name for each in chain[-_CHAIN:]]
    dots = "… → " if len(chain) > _CHAIN else ""
    buttons = [
        RoleButton("open", "skill", each, label=careers.skills[each].name)
        for each in skill.prerequisites[:_BUTTONS]
    ]
    return [f"**First:** {dots}{' → '.join(shown)} → {skill.name}", buttons]


def chain_to(careers: Careers, skill: Skill) -> list[str]:
    """Return everything that comes before a skill, each after what it needs itself."""
    ordered: dict[str, None] = {}

    def visit(of: Skill) -> None:
        for each in of.prerequisites:
            if each not in ordered:
                visit(careers.skills[each])
                ordered[each] = None

    visit(skill)
    return list(ordered)


def _needed(careers: Careers, skill: Skill) -> list[Any]:
    needing = sorted(
        careers.roles_needing(skill.id),
        key=lambda each: (not each[1].essential, -each[1].level, each[0].stage.rank, each[0].title),
    )
    if not needing:
        return []
    lines = []
    for essential in (True, False):
        for of in reversed(Level):
            roles = [role.title for role, need in needing if need.level is of and need.essential is essential]
            if roles:
                more = f" and {len(roles) - _NAMED} more" if len(roles) > _NAMED else ""
                label = f"{'Needed' if essential else 'Helps'}, {level(of)}"
                lines.append(f"**{label}:** {', '.join(roles[:_NAMED])}{more}")
    options = [option(role.title, f"role:{role.id}", _asks(need)) for role, need in needing]
    menu = RoleMenu("open", options=options, placeholder="Look at a role that needs it")
    return [f"### Who needs it\n{chr(10).join(lines)}", LEVELS_KEY, [menu]]


def _asks(need: SkillNeed) -> str:
    return f"{level(need.level)}{'' if need.essential else ', helps'}"


def track_page(careers: Careers, track: Track) -> Page:
    """Show what a track is about, its skills and its roles."""
    roles = sorted(
        (careers.roles[role] for role in track.roles), key=lambda role: (role.stage.rank, role.title)
    )
    by_stage: dict[str, list[str]] = {}
    for role in roles:
        by_stage.setdefault(STAGES[role.stage], []).append(role.title)
    told = "\n".join(
        f"**{stage}:** {', '.join(titles[:_NAMED])}"
        + (f" and {len(titles) - _NAMED} more" if len(titles) > _NAMED else "")
        for stage, titles in by_stage.items()
    )
    parts: list[Any] = [f"## {track.name}\n-# track · {_TRACKS[track.kind]}", track.summary]
    if track.skills:
        options = [
            option(careers.skills[each].name, f"skill:{each}", careers.skills[each].summary)
            for each in track.skills
        ]
        parts += [
            f"**Skills:** {', '.join(careers.skills[each].name for each in track.skills)}",
            [RoleMenu("open", "skills", options=options, placeholder="Look at a skill")],
        ]
    if roles:
        parts += [f"### Roles\n{told}", [_role_menu(roles)]]
    if len(roles) > MOST_CHOICES:
        parts.append([RoleButton("list", 0, *filter_of(track), label="All its roles")])
    parts.append(credit(careers, track.sources))
    return Page([part for part in parts if part])


def filter_of(track: Track) -> tuple[str, str, str, str]:
    """Return stage, track, kind and ladder for `/role list`; "-" leaves one open."""
    match track.kind:
        case TrackKind.LADDER:
            return ("-", "-", "-", Ladder(track.id).value)
        case TrackKind.ORIENTATION:
            return ("-", "-", Orientation(track.id).value, "-")
        case _:
            return ("-", track.id, "-", "-")


def _role_menu(roles: Sequence[Role], placeholder: str = "Look at a role") -> RoleMenu:
    options = [option(role.title, f"role:{role.id}", place(role)) for role in roles]
    return RoleMenu("open", options=options, placeholder=placeholder)


def background_page(careers: Careers, start: Background) -> Page:
    """Show where somebody starts from, with a plan and the first roles."""
    plan = [
        f"### {heading}\n{bullets(_step(careers, step) for step in steps)}"
        for heading, steps in (
            ("The first month", start.first_month),
            ("The first quarter", start.first_quarter),
            ("The first year", start.first_year),
        )
    ]
    roles = [careers.roles[role] for role in start.first_roles]
    options = [
        option(careers.entries[each].name, f"entry:{each}", careers.entries[each].text)
        for each in start.entries
    ]
    parts: list[Any] = [
        f"## {start.name}\n{start.summary}",
        f"**You bring:** {'; '.join(start.brings)}.\n**Still missing:** {'; '.join(start.missing)}.",
        *plan,
        f"### Keep in mind\n{bullets(start.tips)}",
        credit(careers, start.sources),
        line(),
        "First roles that fit this start:",
        [RoleButton("open", "role", role.id, label=role.title) for role in roles[:_BUTTONS]],
    ]
    if options:
        parts.append(
            [RoleMenu("open", options=options, placeholder="Courses, certificates and advice for it")]
        )
    parts.append([RoleButton("goal", start.id, label="Path to a role")])
    return Page([part for part in parts if part])


def _step(careers: Careers, step: PlanStep) -> str:
    names = [careers.skills[each].name for each in step.skills]
    return f"{step.text} ({', '.join(names)})" if names else step.text


def entry_page(careers: Careers, entry: Entry) -> Page:
    """Show a certificate, course, degree, community or piece of advice."""
    parts: list[Any] = [f"## {entry.name}\n-# {_ENTRIES[entry.kind]}\n{entry.text}"]
    if entry.url:
        parts.append([ui.Button(label="Open its page", url=entry.url)])
    if entry.sources:
        parts.append(f"{source_list(careers, entry.sources)}\n{credit(careers, entry.sources)}")
    else:
        parts.append("-# Advice, and not a fact: no source stands behind it.")
    starts = [start for start in careers.backgrounds.values() if entry.id in start.entries]
    if starts:
        buttons = [
            RoleButton("open", "background", start.id, label=start.name) for start in starts[:_BUTTONS]
        ]
        parts += ["It is part of the plan for:", buttons]
    return Page([part for part in parts if part])
