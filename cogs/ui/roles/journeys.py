"""The way from a start to a goal on a card, with a picture of it."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

import discord

from bot.domain.careers import Careers, Role
from bot.domain.paths import Atlas, FirstThing, Journey, Step, Way
from bot.pictures import draw_way
from cogs.ui.actions import MOST_CHOICES
from cogs.ui.cards import CARE, line
from cogs.ui.items import option
from cogs.ui.roles.items import RoleButton, RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.roles.role_card import from_below
from cogs.ui.roles.words import MOVES, STAGES, bullets, credit_roles, gap, place, skills, titles
from cogs.ui.text import listing, plural, shorten

_LEADS: Final = {
    "promotion": "By promotion",
    "specialisation": "By specialising",
    "switch": "By switching",
}
_TAKES: Final = 150  # letters of what a step takes, where there are many steps
_ADDS: Final = 4
_MISSING: Final = 8


def journey_page(careers: Careers, found: Journey, chosen: int = 0) -> Page:
    """Show one of the ways of a journey; where there is none, what comes nearest and why."""
    if not found.ways:
        return _no_way(careers, found)
    way = found.ways[min(chosen, len(found.ways) - 1)]
    start, goal = start_name(careers, found.start), careers.roles[found.goal]
    parts: list[Any] = [
        f"## From {start} to {goal.title}\n-# {plural(len(way.steps), 'step')}{_manner(way)}",
        "\n".join(_step(careers, number, step) for number, step in enumerate(way.steps, start=1)),
        *_work(careers, found),
        "-# The usual steps, not the only ones. How long each takes differs from person to person.",
        credit_roles(careers, dict.fromkeys([step.role for step in way.steps])),
        line(),
    ]
    if len(found.ways) > 1:
        parts.append([_other(found, number, each, way) for number, each in enumerate(found.ways)])
    parts.append([RoleButton("open", "role", goal.id, label=goal.title), *_about_start(careers, found)])
    return Page([part for part in parts if part], draw_way(careers, way))


def _manner(way: Way) -> str:
    """Say by which kinds of moves a way goes, such as "mostly by promotion"."""
    kinds = Counter(step.move.kind for step in way.steps if step.move)
    if not kinds:
        return ""
    (most, count), *others = kinds.most_common()
    if not others:
        return f" · {_LEADS[most].lower()}"
    if 2 * count > kinds.total():
        return f" · mostly {_LEADS[most].lower()}"
    return f" · {listing([_LEADS[kind].lower() for kind in kinds])}"


def _step(careers: Careers, number: int, step: Step) -> str:
    role = careers.roles[step.role]
    lines = [f"**{number}. {role.title}** · {STAGES[role.stage]}"]
    if step.move is not None:
        lines[0] += f" · {MOVES[step.move.kind]}, {step.move.years}"
        lines.append(shorten(step.move.takes, _TAKES))
    if step.notice:
        lines.append(f"{'↩️' if step.stages < 0 else '⚠️'} {step.notice}")
    if step.adds:
        adds = skills(careers, [each.skill for each in step.adds], most=_ADDS)
        lines.append(f"-# {'Needs' if step.move is None else 'Adds'} {adds}")
    return "\n".join(lines)


def _work(careers: Careers, found: Journey) -> list[str]:
    parts = []
    if found.missing and found.start in careers.roles:
        told = ", ".join(gap(careers, each) for each in found.missing[:_MISSING])
        more = f" and {len(found.missing) - _MISSING} more" if len(found.missing) > _MISSING else ""
        parts.append(f"### What the goal asks for beyond the start\n{told}{more}")
    elif found.missing:
        told = ", ".join(gap(careers, each) for each in found.missing[:_MISSING] if each.essential)
        parts.append(f"### What the goal needs\n{told}\n-# `/role match` shows which of it you have already.")
    else:
        parts.append(
            "The start asks for everything that the goal does: what is left is to be trusted with it."
        )
    if found.first_things:
        parts.append(
            f"### First things to do\n{bullets(_first(careers, each) for each in found.first_things)}"
        )
    return parts


def _first(careers: Careers, thing: FirstThing) -> str:
    return f"**{careers.skills[thing.skill].name}:** {thing.text}" if thing.skill else thing.text


def _other(found: Journey, number: int, each: Way, shown: Way) -> RoleButton:
    label = _LEADS[each.led_by.value] if each.led_by else "Straight in"
    return RoleButton(
        "path",
        found.start,
        found.goal,
        number,
        label=f"{label} ({plural(len(each.steps), 'step')})",
        style=discord.ButtonStyle.primary if each is shown else discord.ButtonStyle.secondary,
        disabled=each is shown,
    )


def _about_start(careers: Careers, found: Journey) -> list[RoleButton]:
    if found.start in careers.roles:
        title = careers.roles[found.start].title
        return [RoleButton("compare", found.start, found.goal, label=f"Compare with {title}")]
    return [RoleButton("open", "background", found.start, label=careers.backgrounds[found.start].name)]


def _no_way(careers: Careers, found: Journey) -> Page:
    goal = careers.roles[found.goal]
    origins = from_below(careers, goal)
    parts: list[Any] = [
        f"## From {start_name(careers, found.start)} to {goal.title}\n{found.why}",
        *([f"People usually come to it from {titles(careers, origins)}."] if origins else []),
    ]
    buttons = [RoleButton("open", "role", goal.id, label=goal.title)]
    if found.nearest is not None:
        nearest = careers.roles[found.nearest]
        parts.append(f"The nearest that can be reached is **{nearest.title}** ({STAGES[nearest.stage]}).")
        buttons.append(RoleButton("path", found.start, nearest.id, 0, label=f"Path to {nearest.title}"))
    parts += [
        *_work(careers, found),
        credit_roles(careers, [goal.id]),
        line(),
        [*buttons, *_about_start(careers, found)],
    ]
    return Page([part for part in parts if part], colour=CARE)


def start_name(careers: Careers, start: str) -> str:
    """Return the title of a role or the name of a background."""
    return careers.roles[start].title if start in careers.roles else careers.backgrounds[start].name


def from_page(careers: Careers, goal: Role) -> Page:
    """Ask where somebody starts: the backgrounds first, then the roles that lead to the goal."""
    options = [
        option(each.name, f"background:{each.id}", each.summary) for each in careers.backgrounds.values()
    ]
    origins = [careers.roles[origin] for origin in from_below(careers, goal)]
    entries = [role for role in careers.roles.values() if role.stage.rank == 0]
    roles = {role.id: role for role in [*origins, *entries] if role.id != goal.id}
    options += [option(role.title, f"role:{role.id}", place(role)) for role in roles.values()]
    return Page(
        [
            f"## Path to {goal.title}\nWhere do you start? For any other role, type `/role path`.",
            [RoleMenu("from", goal.id, options=options[:MOST_CHOICES], placeholder="Pick your start")],
        ]
    )


def goal_page(careers: Careers, atlas: Atlas, start: str) -> Page:
    """Ask where somebody wants to go: the roles that can be reached, those at hand first."""
    goals = atlas.goals(start)
    if start in careers.roles:
        near = [move.target for move in careers.moves_from(start)]
    else:
        near = list(careers.backgrounds[start].first_roles)
    groups = {"At hand": [role for role in near if role in goals]}
    for stage, words in STAGES.items():
        of = [role for role in goals if careers.roles[role].stage is stage and role not in near]
        groups[words.capitalize()] = sorted(of, key=lambda role: careers.roles[role].title)
    name = start_name(careers, start)
    if not goals:
        return Page([f"## From {name}\nNo usual step leads on from here. People stay, or change the field."])
    return Page(
        [
            f"## From {name}\nWhere do you want to go? For any other role, type `/role path`.",
            *_goal_menus(careers, start, groups),
        ]
    )


def _goal_menus(careers: Careers, start: str, groups: Mapping[str, list[str]]) -> list[list[RoleMenu]]:
    """Return a menu for each group, two where one is too small; each says what it holds."""
    menus: list[list[RoleMenu]] = []
    for heading, roles in groups.items():
        parts = -(-len(roles) // MOST_CHOICES)
        for part in range(parts):
            first, last = part * len(roles) // parts, (part + 1) * len(roles) // parts
            some = [careers.roles[role] for role in roles[first:last]]
            letters = f" ({some[0].title[0]} to {some[-1].title[0]})" if parts > 1 else ""
            options = [option(role.title, role.id, place(role)) for role in some]
            placeholder = f"{heading}{letters}: {plural(len(some), 'role')}"
            menus.append([RoleMenu("goal", start, len(menus), options=options, placeholder=placeholder)])
    return menus
