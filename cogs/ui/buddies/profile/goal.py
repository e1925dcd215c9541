"""What somebody learns for: a form of its own."""

import re
from collections.abc import Sequence

import discord
from discord import ui

from bot.domain.buddies.values import MAX_GOAL, Goal, GoalKind
from bot.domain.lookup import Kind, only_role
from cogs.ui.access import here
from cogs.ui.actions import Interaction
from cogs.ui.buddies.items import pressed
from cogs.ui.buddies.profile.menus import set_profile
from cogs.ui.buddies.words import GOALS
from cogs.ui.cards import turn
from cogs.ui.forms import form, line_field, new_form, open_form


@pressed("goal")
async def _goal(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = here(interaction)
    services = interaction.client.services
    overview = await services.buddies.profiles.overview(server_id, interaction.user.id)
    goal = overview.membership.profile.goal if overview.membership else None
    modal = new_form("What do you learn for?", "buddy:form:goal")
    kinds = [
        discord.RadioGroupOption(
            label=words, value=kind.value, default=kind is (goal.kind if goal else GoalKind.ROLE)
        )
        for kind, words in GOALS.items()
    ]
    modal.add_item(ui.Label(text="It is", component=ui.RadioGroup(custom_id="kind", options=kinds)))
    about = goal.about if goal else ""
    if goal is not None and goal.kind is GoalKind.ROLE:
        role = services.careers.careers.roles.get(goal.about)
        about = role.title if role else about
    hint = "Its name, so that others with the same one are found; empty for no goal"
    modal.add_item(line_field("about", "Which?", hint, about, MAX_GOAL, required=False))
    await open_form(interaction, modal)


@form("buddy:form:goal", _goal)
async def _goal_given(interaction: Interaction, _match: re.Match[str], values: dict[str, str]) -> None:
    kind, about = GoalKind(values.get("kind") or GoalKind.PROJECT), " ".join(values.get("about", "").split())
    goal: Goal | None = Goal(kind, about) if about else None
    if about and kind is GoalKind.ROLE:
        finding = interaction.client.services.careers.directory.find(about, frozenset({Kind.ROLE}))
        goal = Goal(kind, only_role(finding).id)
    await turn(interaction)
    await set_profile(interaction, "how", goal=goal)
