"""`/setup quiz`: Discord in, Discord out."""

from typing import TYPE_CHECKING, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.questions import Level
from bot.domain.server_settings import Area
from bot.errors import UserError
from bot.tree import answered
from cogs.ui.access import may_manage
from cogs.ui.quizzes.areas import area_choices
from cogs.ui.quizzes.asking import LEVELS
from cogs.ui.quizzes.own import show_preview
from cogs.ui.quizzes.setup import apply_daily, read_daily, show_panel
from cogs.ui.times import complete_days, complete_time, complete_zone

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

_LEVELS: Final = [
    app_commands.Choice(name="All levels", value=0),
    *(app_commands.Choice(name=LEVELS[each].capitalize(), value=int(each)) for each in Level),
]


class QuizSetup(commands.Cog):
    """What moderators decide about quizzes; part of `/setup`."""

    @app_commands.command()
    @app_commands.describe(
        channel="Where a question of the day is asked; leave everything out to see and change all there is",
        time="Time of day, such as 09:00",
        zone="Time zone, such as Europe/Paris",
        days="Days of the week, such as weekdays or Mon, Thu",
        level="How hard; with a file, the level of its questions that name none",
        skill="What it is about; with a file, what its questions are about that name nothing",
        file="Questions to import: CSV, OpenTDB JSON, Aiken, GIFT or Anki text",
    )
    @app_commands.choices(level=_LEVELS)
    @app_commands.autocomplete(time=complete_time, zone=complete_zone, days=complete_days)
    async def quiz(
        self,
        interaction: Interaction,
        channel: discord.TextChannel | None = None,
        time: app_commands.Range[str, 1, 20] | None = None,
        zone: app_commands.Range[str, 1, 60] | None = None,
        days: app_commands.Range[str, 1, 80] | None = None,
        level: int | None = None,
        skill: app_commands.Range[str, 1, 100] | None = None,
        file: discord.Attachment | None = None,
    ) -> None:
        """Ask a question of the day, switch topics on and off, write and import questions of your own."""
        server_id = await may_manage(interaction, Area.QUIZ)
        await interaction.response.defer(ephemeral=True, thinking=True)
        area = None
        if skill is not None:
            area = (await interaction.client.services.quizzes.library.areas(server_id)).find(skill)
        if file is not None:
            if any(given is not None for given in (channel, time, zone, days)):
                raise UserError(
                    "A file is imported by itself: leave channel, time, zone and days out beside it."
                )
            wanted = Level(level) if level else None
            await show_preview(interaction, file, level=wanted, skill=area.id if area else None)
            return
        areas = None if skill is None else () if area is None else (area.id,)
        edit = read_daily(channel=channel, time=time, zone=zone, days=days, level=level, areas=areas)
        told = "" if edit.is_empty else await apply_daily(interaction, edit)
        await show_panel(interaction, told=told)

    @quiz.autocomplete("skill")
    @answered
    async def _quiz_skill(self, interaction: Interaction, current: str) -> Choices:
        areas = await interaction.client.services.quizzes.library.areas(
            await may_manage(interaction, Area.QUIZ)
        )
        return area_choices(areas, current, mixed=False)
