"""Two roles compared, and the ways between them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import discord

from bot.domain.fit import compare, likest
from bot.errors import UserError
from cogs.ui.roles.answers.asking import (
    GONE,
    ROLES,
    STARTS,
    Acknowledge,
    careers_of,
    resolve,
    role_of,
    typed,
)
from cogs.ui.roles.comparing import compare_page, with_page
from cogs.ui.roles.items import chosen, pressed
from cogs.ui.roles.journeys import from_page, goal_page, journey_page
from cogs.ui.roles.pages import Page, answer, beside, turn
from cogs.ui.roles.questions import REST, word

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


# --- Two roles ------------------------------------------------------------------------------------------


@pressed("with")
async def _with(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    page = with_page(careers, role_of(careers, words[0]))
    await beside(interaction)
    await answer(interaction, page)


@chosen("with")
async def _with_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    page = compared(interaction, words[0], values[0])
    await turn(interaction)
    await answer(interaction, page)


@pressed("compare")
async def _compare(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await compare_typed(interaction, *(typed(careers, each) for each in words[:2]), acknowledge=turn)


async def compare_typed(
    interaction: Interaction, first: str, second: str = "", *, acknowledge: Acknowledge
) -> None:
    """Compare two roles as they were typed; without a second one, with the role easiest taken for the first."""
    one = await resolve(interaction, first, ROLES, "compare", [REST, *([word(second)] if second else [])])
    if one is None:
        return
    if second:
        other = await resolve(interaction, second, ROLES, "compare", [one.id, REST])
        if other is None:
            return
        other_id = other.id
    else:
        other_id = likest(careers_of(interaction).careers, one.id)
    page = compared(interaction, one.id, other_id)
    await acknowledge(interaction)
    await answer(interaction, page)


def compared(interaction: Interaction, first: str, second: str) -> Page:
    """Return the comparison of two roles by id."""
    careers = careers_of(interaction).careers
    if first == second:
        raise UserError("Those are the same role. Pick two different ones.")
    one, other = role_of(careers, first), role_of(careers, second)
    return compare_page(careers, compare(careers, one.id, other.id))


# --- Ways -----------------------------------------------------------------------------------------------


@pressed("from")
async def _from(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    page = from_page(careers, role_of(careers, words[0]))
    await beside(interaction)
    await answer(interaction, page)


@chosen("from")
async def _from_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await path_typed(interaction, values[0], f"role:{words[0]}", acknowledge=turn)


@pressed("goal")
async def _goal(interaction: Interaction, words: Sequence[str]) -> None:
    service = careers_of(interaction)
    if words[0] not in service.careers.backgrounds:
        raise UserError(GONE)
    page = goal_page(service.careers, service.atlas, words[0])
    await beside(interaction)
    await answer(interaction, page)


@chosen("goal")
async def _goal_chosen(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await path_typed(interaction, typed(careers, words[0]), f"role:{values[0]}", acknowledge=turn)


@pressed("path")
async def _path(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    start, goal, *number = words
    which = int(number[0]) if number and number[0].isdecimal() else 0
    await path_typed(
        interaction, typed(careers, start), typed(careers, goal), chosen_way=which, acknowledge=turn
    )


@pressed("where")
async def _where(interaction: Interaction, words: Sequence[str]) -> None:
    careers = careers_of(interaction).careers
    await path_typed(interaction, typed(careers, words[0]), acknowledge=turn)


async def path_typed(
    interaction: Interaction, start: str, goal: str = "", *, chosen_way: int = 0, acknowledge: Acknowledge
) -> None:
    """Show the way between two things as they were typed; without a goal, ask for one."""
    service = careers_of(interaction)
    action, words = ("path", [REST, word(goal), 0]) if goal else ("where", [REST])
    origin = await resolve(interaction, start, STARTS, action, words)
    if origin is None:
        return
    if not goal:
        page = goal_page(service.careers, service.atlas, origin.id)
    else:
        target = await resolve(interaction, goal, ROLES, "path", [origin.id, REST, 0])
        if target is None:
            return
        if origin.id == target.id:
            raise UserError("That is where you are already. Pick another goal.")
        page = journey_page(service.careers, service.atlas.journey(origin.id, target.id), chosen_way)
    await acknowledge(interaction)
    await answer(interaction, page)
