"""`/role match`: tick what you know, see which roles ask for it.

What is ticked travels in the ids of the buttons, so nothing is stored and nothing is lost at a restart.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

import discord

from bot.domain.careers import Careers, Skill
from bot.domain.fit import LEAST_TICKS, Fit, Grasp, Profile, TickSheet
from bot.errors import UserError
from cogs.ui.actions import MOST_CHOICES
from cogs.ui.cards import GOOD, line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.words import credit_roles, place, skills
from cogs.ui.text import plural

_MENUS_A_PAGE: Final = 4
_GROUPS_A_MENU: Final = 3
_NONE: Final = "Nothing ticked here"
_ORDER: Final = (
    "Mathematics",
    "Statistics",
    "Programming",
    "Data",
    "Machine learning",
    "Evaluation",
    "Deep learning",
    "Vision",
    "Language",
    "Generative AI",
    "Engineering",
    "Cloud and big data",
    "People and business",
    "Responsible AI",
    "Research",
    "Decisions and control",
    "Domains",
)
"""Of the groups: what most people know stands first."""

_NOT_A_VERDICT: Final = "-# This compares words with words. It is not a verdict: people get posts without half of what a list asks for."
_PRIVATE: Final = "-# Only you see this. Nothing is stored unless you press **Keep** at the end."


def read_ticks(sheet: TickSheet, letters: str) -> dict[str, Grasp]:
    """Return what is ticked. Raises UserError where the list of skills has changed since."""
    profile = sheet.read(letters)
    if profile is None:
        raise UserError("My list of skills has changed since. Start again with `/role match`, please.")
    return profile


@lru_cache(maxsize=2)
def _menus(
    skills_by_group: tuple[tuple[str, tuple[str, ...]], ...],
) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Put whole groups together, in their order, while a menu has room for them."""
    menus: list[tuple[list[str], list[str]]] = []
    for group, ids in skills_by_group:
        if menus and len(menus[-1][1]) + len(ids) <= MOST_CHOICES and len(menus[-1][0]) < _GROUPS_A_MENU:
            menus[-1][0].append(group)
            menus[-1][1].extend(ids)
        else:
            menus.append(([group], list(ids)))
    return tuple((", ".join(groups), tuple(ids[:MOST_CHOICES])) for groups, ids in menus)


def menus(careers: Careers) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return the menus as pairs of a name and ids of skills."""
    groups: dict[str, list[Skill]] = {group: [] for group in _ORDER}
    for skill in careers.skills.values():
        groups.setdefault(skill.group, []).append(skill)
    return _menus(
        tuple((group, tuple(skill.id for skill in found)) for group, found in groups.items() if found)
    )


def page_count(careers: Careers) -> int:
    """Return how many pages there are to tick on."""
    return -(-len(menus(careers)) // _MENUS_A_PAGE)


def tick_page(
    careers: Careers,
    sheet: TickSheet,
    profile: Profile,
    page: int,
    *,
    kept: bool = False,
    quizzed: bool = False,
    told: str = "",
) -> Page:
    """Ask what somebody knows.

    `kept` says that the ticks are those they asked to be kept, `quizzed` that there are quiz results to tick.
    """
    pages = page_count(careers)
    page = max(0, min(page, pages - 1))
    letters = sheet.write(profile)
    shown = menus(careers)[page * _MENUS_A_PAGE : (page + 1) * _MENUS_A_PAGE]
    parts: list[Any] = [
        f"## What do you know?\n-# page {page + 1} of {pages} · {plural(len(profile), 'skill')} ticked",
        told
        or (
            "These are the skills you asked me to keep."
            if kept
            else "Tick all that you could use at work or in a project."
        ),
    ]
    for number, (name, ids) in enumerate(shown, start=page * _MENUS_A_PAGE):
        options = [option(careers.skills[id_].name, id_, default=id_ in profile) for id_ in ids]
        menu = RoleMenu("tick", number, page, letters, options=options, placeholder=_NONE, several=True)
        parts += [f"**{name}**", [menu]]
    below = _below(page, pages, profile, letters, kept=kept)
    if quizzed:
        below.append(RoleButton("quizzed", letters, label="Use my quiz results"))
    parts += [line(), below, _PRIVATE]
    return Page(parts)


def _below(page: int, pages: int, profile: Profile, letters: str, *, kept: bool) -> list[RoleButton]:
    buttons = []
    if page:
        buttons.append(RoleButton("ticks", page - 1, letters, label="← Back"))
    if page < pages - 1:
        buttons.append(RoleButton("ticks", page + 1, letters, label="More skills →"))
    if profile:
        buttons.append(RoleButton("strong", letters, label="Where I am strong"))
    buttons.append(RoleButton("fits", letters, label="Show roles", style=discord.ButtonStyle.primary))
    if kept:
        buttons.append(RoleButton("forget", label="Forget them", style=discord.ButtonStyle.danger))
    return buttons


def ticked(
    careers: Careers, profile: Mapping[str, Grasp], menu: int, values: Sequence[str]
) -> dict[str, Grasp]:
    """Return a profile after a choice in one menu: what was not chosen there goes, the rest stays."""
    all_menus = menus(careers)
    if menu >= len(all_menus):
        raise UserError("My list of skills has changed since. Start again with `/role match`, please.")
    _, offered = all_menus[menu]
    changed = {skill: grasp for skill, grasp in profile.items() if skill not in offered}
    return changed | {skill: profile.get(skill, Grasp.KNOW) for skill in values if skill in offered}


def strong_page(careers: Careers, sheet: TickSheet, profile: Profile) -> Page:
    """Ask which of the ticked skills somebody is strong in."""
    letters = sheet.write(profile)
    ids = _ordered(careers, profile)
    parts: list[Any] = [
        "## Where are you strong?\nTick what you do the hard cases of, or teach others. Leave the rest."
    ]
    for number, start in enumerate(range(0, len(ids), MOST_CHOICES)):
        options = [
            option(careers.skills[id_].name, id_, default=profile[id_] is Grasp.STRONG)
            for id_ in ids[start : start + MOST_CHOICES]
        ]
        menu = RoleMenu("strong", number, letters, options=options, placeholder="None of them", several=True)
        parts.append([menu])
    buttons = [
        RoleButton("ticks", 0, letters, label="← Back to the skills"),
        RoleButton("fits", letters, label="Show roles", style=discord.ButtonStyle.primary),
    ]
    return Page([*parts, line(), buttons, _PRIVATE])


def strengthened(
    careers: Careers, profile: Mapping[str, Grasp], menu: int, values: Sequence[str]
) -> dict[str, Grasp]:
    """Return a profile after a choice of strong skills in one menu."""
    offered = _ordered(careers, profile)[menu * MOST_CHOICES : (menu + 1) * MOST_CHOICES]
    return dict(profile) | {id_: Grasp.STRONG if id_ in values else Grasp.KNOW for id_ in offered}


def _ordered(careers: Careers, profile: Profile) -> list[str]:
    return [skill for skill in careers.skills if skill in profile]


def fits_page(
    careers: Careers, sheet: TickSheet, profile: Profile, fits: Sequence[Fit], *, kept: bool = False
) -> Page:
    """Show the roles that ask for what was ticked, each with why."""
    if len(profile) < LEAST_TICKS:
        raise UserError(f"Tick at least {LEAST_TICKS} skills first: with fewer, any answer would be chance.")
    letters = sheet.write(profile)
    again = RoleButton("ticks", 0, letters, label="← Change the ticks")
    if not fits:
        return Page(["## No role asks for that\nTick a few skills of other groups as well.", [again]])
    options = [
        option(careers.roles[each.role].title, f"role:{each.role}", place(careers.roles[each.role]))
        for each in fits
    ]
    keep = RoleButton("forget", label="Forget my skills", style=discord.ButtonStyle.danger)
    if not kept:
        keep = RoleButton("keep", letters, label="Keep my skills", style=discord.ButtonStyle.success)
    return Page(
        [
            f"## Roles that ask for what you know\n-# from {plural(len(profile), 'skill')} you ticked",
            "\n".join(_fit(careers, each) for each in fits),
            _NOT_A_VERDICT,
            credit_roles(careers, [each.role for each in fits]),
            line(),
            [RoleMenu("peek", options=options, placeholder="Look at one of them")],
            [again, keep],
            "-# Your skills are kept, for you alone. Forget deletes them." if kept else _PRIVATE,
        ],
        colour=GOOD,
    )


def _fit(careers: Careers, found: Fit) -> str:
    role = careers.roles[found.role]
    told = f"You have {len(found.has) + len(found.deepen)} of the {found.essentials} skills it needs"
    told += f" and {plural(len(found.helps), 'that helps', 'that help')}." if found.helps else "."
    if found.missing:
        told += f" Missing: {skills(careers, found.missing)}."
    if found.deepen:
        told += f" To deepen: {skills(careers, found.deepen)}."
    return f"**{role.title}** · {place(role)}\n{told}"
