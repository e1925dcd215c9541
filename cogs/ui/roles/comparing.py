"""Two roles compared, one below the other: a wide table would not fit a phone."""

from collections.abc import Sequence
from typing import Any, Final

from bot.domain.careers import Careers, Role, SkillNeed
from bot.domain.fit import Comparison, Shared, likest
from cogs.ui.cards import line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import bullets, credit_roles, level, place, titles

_DAY: Final = 3
_WAYS: Final = 2
_NEXT: Final = 3


def compare_page(careers: Careers, found: Comparison) -> Page:
    """Show what two roles share and where they part."""
    first, second = found.first, found.second
    parts: list[Any] = [
        f"## {first.title} or {second.title}?\n{_difference(found)}",
        _places(first, second),
        _skills(careers, found),
        _half(careers, first),
        _half(careers, second),
    ]
    if found.moves:
        told = [
            f"{careers.roles[move.origin].title} → {careers.roles[move.target].title} "
            f"({move.kind}, {move.years}): {move.takes}"
            for move in found.moves
        ]
        parts.append(f"### From one to the other\n{bullets(told)}")
    parts += [
        credit_roles(careers, [first.id, second.id]),
        line(),
        [
            RoleButton("open", "role", first.id, label=first.title),
            RoleButton("open", "role", second.id, label=second.title),
        ],
        [
            RoleButton("path", first.id, second.id, 0, label=f"Path to {second.title}"),
            RoleButton("path", second.id, first.id, 0, label=f"Path to {first.title}"),
        ],
    ]
    return Page([part for part in parts if part])


def _places(first: Role, second: Role) -> str:
    if place(first) == place(second):
        return f"**Both are** {place(first)}"
    return f"**{first.title}** is {place(first)}\n**{second.title}** is {place(second)}"


def _difference(found: Comparison) -> str:
    """Say how to tell two roles apart, from either side where both sides say it."""
    if found.differences:
        return "\n".join(f"**{each.title}:** {text}" for each, text in found.differences)
    shared = len(found.shared)
    return (
        f"People seldom take one for the other. They share {shared} of the skills they ask for."
        if shared
        else "People seldom take one for the other, and they ask for no skill in common."
    )


def _skills(careers: Careers, found: Comparison) -> str:
    def shared(each: Shared) -> str:
        one, other = level(each.first.level), level(each.second.level)
        return f"{careers.skills[each.first.skill].name} ({one if one == other else f'{one} / {other}'})"

    def only(needs: Sequence[SkillNeed]) -> str:
        return ", ".join(f"{careers.skills[need.skill].name} ({level(need.level)})" for need in needs)

    lines = ["### Skills"]
    if found.shared:
        lines.append(f"**Both:** {', '.join(map(shared, found.shared))}")
    lines += [
        f"**Only {role.title}:** {only(needs)}"
        for role, needs in ((found.first, found.only_first), (found.second, found.only_second))
        if needs
    ]
    return "\n".join(lines)


def _half(careers: Careers, role: Role) -> str:
    targets = [move.target for move in careers.moves_from(role.id)]
    leads = f"\n**Leads to:** {titles(careers, targets, most=_NEXT)}" if targets else ""
    return (
        f"### {role.title}\n{role.summary}\n**A day:** {' · '.join(role.day[:_DAY])}\n"
        f"**Ways in:** {' · '.join(role.ways_in[:_WAYS])}{leads}"
    )


def with_page(careers: Careers, role: Role) -> Page:
    """Ask what to compare a role with: its neighbours first, then where it leads and what leads to it."""
    near = [each.role for each in role.neighbours]
    near += [move.target for move in careers.moves_from(role.id)]
    near += [move.origin for move in careers.moves_to(role.id)]
    near = near or [likest(careers, role.id)]
    options = [
        option(careers.roles[each].title, each, place(careers.roles[each]))
        for each in dict.fromkeys(near)
        if each != role.id
    ]
    return Page(
        [
            f"## Compare {role.title}\nWith which role? For any other, type `/role compare`.",
            [RoleMenu("with", role.id, options=options, placeholder="Pick a role")],
        ]
    )
