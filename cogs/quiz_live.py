"""`/quiz live`: Discord in, Discord out."""

from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.questions import Level
from bot.domain.quizzes.live import DEFAULT_COUNT, DEFAULT_SECONDS, MAX_COUNT, SECONDS, Settings
from bot.services.quizzes.areas import Areas
from bot.tree import answered
from cogs.ui.access import here
from cogs.ui.quizzes.areas import area_choices
from cogs.ui.quizzes.asking import LEVELS
from cogs.ui.quizzes.live import live as service
from cogs.ui.quizzes.live import prepare

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

_LEVELS: Final = [app_commands.Choice(name=LEVELS[each].capitalize(), value=int(each)) for each in Level]
_SECONDS: Final = [app_commands.Choice(name=f"{seconds} seconds", value=seconds) for seconds in SECONDS]


class LiveCommands(commands.Cog):
    """A round that a channel plays together; part of `/quiz`."""

    @app_commands.command()
    @app_commands.guild_only()
    @app_commands.describe(
        skill="A topic or skill, such as SQL; everything if you leave it out",
        level="How hard",
        count=f"How many questions, 1 to {MAX_COUNT}; {DEFAULT_COUNT} if you leave it out",
        seconds=f"How long each is open; {DEFAULT_SECONDS} if you leave it out",
        penalty="Whether a wrong answer costs points, so that guessing earns nothing; yes if you leave it out",
    )
    @app_commands.choices(level=_LEVELS, seconds=_SECONDS)
    async def live(
        self,
        interaction: Interaction,
        skill: app_commands.Range[str, 1, 100] | None = None,
        level: int | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] = DEFAULT_COUNT,
        seconds: int = DEFAULT_SECONDS,
        penalty: bool = True,
    ) -> None:
        """Host a round in this channel: everybody answers in private, the result is shown to all."""
        server_id = here(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        areas: Areas = await service(interaction).areas(server_id)
        area = areas.find(skill or "")
        chosen = Settings(
            area=area.id if area else None,
            level=Level(level) if level else None,
            count=count,
            seconds=seconds,
            penalty=penalty,
        )
        await prepare(interaction, chosen)

    @live.autocomplete("skill")
    @answered
    async def _live_skill(self, interaction: Interaction, current: str) -> Choices:
        areas = await service(interaction).areas(here(interaction))
        return area_choices(areas, current)
