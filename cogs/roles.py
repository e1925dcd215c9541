"""`/role`: careers to look up, compare, walk and follow."""

from functools import partial
from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.careers import Ladder, Orientation, Stage
from bot.domain.lookup import Kind, Option, fold
from bot.services.careers import CareerService
from bot.tree import answered
from cogs.ui.access import here
from cogs.ui.roles.answers import (
    EVERYTHING,
    ROLES,
    STARTS,
    also_page,
    compare_typed,
    found,
    path_typed,
    resolve,
    show_follow,
    show_list,
    show_match,
    thing_page,
)
from cogs.ui.roles.listing import OPEN, Filter
from cogs.ui.roles.pages import answer
from cogs.ui.roles.questions import REST
from cogs.ui.roles.words import KINDS, LADDERS, ORIENTATIONS, STAGES

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

LONGEST: Final = 100
"""Letters of a choice, its name as well as its value."""

RoleName = app_commands.Range[str, 1, 100]

_PRIVATE = "Show it to you alone"
_STAGES = [app_commands.Choice(name=STAGES[each].capitalize(), value=each.value) for each in Stage]
_KINDS = [
    app_commands.Choice(name=ORIENTATIONS[each].capitalize(), value=each.value)
    for each in (Orientation.RESEARCH, Orientation.APPLIED)
]
_LADDERS = [app_commands.Choice(name=LADDERS[each].capitalize(), value=each.value) for each in Ladder]


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class Roles(commands.GroupCog, group_name="role", group_description="Careers in AI and machine learning"):
    """Answers stand in the channel, where others may learn from them too; `match` and `follow` are private."""

    def __init__(self, careers: CareerService) -> None:
        self._careers = careers

    @app_commands.command()
    @app_commands.describe(name="A role, skill, track, start, course or certificate", private=_PRIVATE)
    async def info(self, interaction: Interaction, name: RoleName, private: bool = False) -> None:
        """Look up a career, or anything that belongs to one."""
        await self._look_up(interaction, name, EVERYTHING, private=private)

    @app_commands.command(name="list")
    @app_commands.describe(
        stage="How far along a career",
        track="A specialisation",
        kind="Research or applied",
        ladder="Own work, technical direction or people",
        private=_PRIVATE,
    )
    @app_commands.choices(stage=_STAGES, kind=_KINDS, ladder=_LADDERS)
    async def list_(
        self,
        interaction: Interaction,
        stage: str = OPEN,
        track: app_commands.Range[str, 1, 60] = OPEN,
        kind: str = OPEN,
        ladder: str = OPEN,
        private: bool = False,
    ) -> None:
        """List the roles, by stage, track and kind."""
        if track != OPEN:
            chosen = await resolve(
                interaction, track, frozenset({Kind.TRACK}), "list", [0, stage, REST, kind, ladder]
            )
            if chosen is None:
                return
            track = chosen.id
        await interaction.response.defer(ephemeral=private, thinking=True)
        await show_list(interaction, Filter(stage, track, kind, ladder))

    @app_commands.command()
    @app_commands.describe(
        first="A role", second="Another role; the likeliest mix-up if you leave it out", private=_PRIVATE
    )
    async def compare(
        self, interaction: Interaction, first: RoleName, second: RoleName | None = None, private: bool = False
    ) -> None:
        """Compare two roles."""
        await compare_typed(interaction, first, second or "", acknowledge=partial(_defer, private=private))

    @app_commands.command()
    @app_commands.describe(
        start="Where you are: a role, or a start such as self-taught",
        goal="The role you want; you can pick it afterwards",
        private=_PRIVATE,
    )
    async def path(
        self, interaction: Interaction, start: RoleName, goal: RoleName | None = None, private: bool = False
    ) -> None:
        """Show the way from where you are to a role."""
        await path_typed(interaction, start, goal or "", acknowledge=partial(_defer, private=private))

    @app_commands.command()
    async def match(self, interaction: Interaction) -> None:
        """Tick what you know and see which roles ask for it; only you see it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_match(interaction)

    @app_commands.command()
    @app_commands.describe(name="A skill, such as SQL", private=_PRIVATE)
    async def skill(self, interaction: Interaction, name: RoleName, private: bool = False) -> None:
        """Show what a skill is, who needs it and how to learn it."""
        await self._look_up(interaction, name, frozenset({Kind.SKILL}), private=private)

    @app_commands.command()
    @app_commands.describe(background="Where you start from, such as career changer", private=_PRIVATE)
    async def start(self, interaction: Interaction, background: RoleName, private: bool = False) -> None:
        """Get a plan for your first month, quarter and year."""
        await self._look_up(interaction, background, frozenset({Kind.BACKGROUND}), private=private)

    @app_commands.command()
    async def follow(self, interaction: Interaction) -> None:
        """Give yourself the Discord roles of careers you follow."""
        here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_follow(interaction)

    async def _look_up(
        self, interaction: Interaction, name: str, kinds: frozenset[Kind], *, private: bool
    ) -> None:
        finding = await found(interaction, name, kinds, "open", [])
        if finding is None:
            return
        if finding.option.kind is Kind.SKILL:  # looks for papers and events first; the rest is known at once
            await _defer(interaction, private=private)
        page = await thing_page(interaction, finding.option.kind, finding.option.id)
        await answer(interaction, also_page(page, finding), private=private)

    @info.autocomplete("name")
    @answered
    async def _anything(self, interaction: Interaction, current: str) -> Choices:
        return await self._choices(interaction, current, EVERYTHING)

    @compare.autocomplete("first")
    @compare.autocomplete("second")
    @path.autocomplete("goal")
    @answered
    async def _role(self, interaction: Interaction, current: str) -> Choices:
        return await self._choices(interaction, current, ROLES)

    @path.autocomplete("start")
    @answered
    async def _start(self, interaction: Interaction, current: str) -> Choices:
        return await self._choices(interaction, current, STARTS)

    @skill.autocomplete("name")
    @answered
    async def _skill(self, interaction: Interaction, current: str) -> Choices:
        return await self._choices(interaction, current, frozenset({Kind.SKILL}))

    @start.autocomplete("background")
    @answered
    async def _background(self, interaction: Interaction, current: str) -> Choices:
        return await self._choices(interaction, current, frozenset({Kind.BACKGROUND}))

    @list_.autocomplete("track")
    @answered
    async def _track(self, interaction: Interaction, current: str) -> Choices:
        tracks = await self._choices(interaction, current, frozenset({Kind.TRACK}))
        return [choice for choice in tracks if self._is_specialisation(choice.value)]

    def _is_specialisation(self, value: str) -> bool:
        """Whether a track is one that roles name; the others are filters of their own."""
        return any(
            value == f"track:{role_track}"
            for role in self._careers.careers.roles.values()
            for role_track in role.tracks
        )

    async def _choices(self, interaction: Interaction, current: str, kinds: frozenset[Kind]) -> Choices:
        offered = await self._careers.suggest(current, kinds, server_id=interaction.guild_id)
        return [
            app_commands.Choice(
                name=choice_name(option, by, several=len(kinds) > 1), value=f"{option.kind.value}:{option.id}"
            )
            for option, by in offered
        ]


async def _defer(interaction: Interaction, *, private: bool) -> None:
    await interaction.response.defer(ephemeral=private, thinking=True)


def choice_name(option: Option, by: str, *, several: bool) -> str:
    """Return what stands on the list: the title, the name it was found by, and its kind where there are several."""
    alias = f" ({by})" if fold(by) != fold(option.title) else ""
    kind = f" · {KINDS[option.kind]}" if several and option.kind is not Kind.ROLE else ""
    room = LONGEST - len(kind)
    name = f"{option.title}{alias}"
    return (name if len(name) <= room else f"{name[: room - 1]}…") + kind
