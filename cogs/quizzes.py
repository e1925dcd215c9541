"""`/quiz`: learn it, keep it."""

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.questions import Level
from bot.domain.quizzes.sessions import DEFAULT_COUNT, MAX_COUNT, Wanted
from bot.domain.quizzes.standing import Period
from bot.services.quizzes import Quizzes
from bot.tree import answered
from cogs.quiz_live import LiveCommands
from cogs.ui.access import here
from cogs.ui.cards import show
from cogs.ui.quizzes.areas import area_choices
from cogs.ui.quizzes.asking import LEVELS
from cogs.ui.quizzes.boards import PERIODS, board_card, board_for
from cogs.ui.quizzes.reviewing import put_review
from cogs.ui.quizzes.round_ends import resume_card
from cogs.ui.quizzes.rounds import put_turn
from cogs.ui.quizzes.stats import show_stats

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
    Choices = list[app_commands.Choice[str]]
else:
    Interaction = discord.Interaction
    Choices = list

_PERIODS = [app_commands.Choice(name=words, value=each.value) for each, words in PERIODS.items()]
_LEVELS = [app_commands.Choice(name=LEVELS[each].capitalize(), value=int(each)) for each in Level]

SkillName = app_commands.Range[str, 1, 100]


@app_commands.allowed_installs(guilds=True, users=False)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=False)
class QuizCommands(
    LiveCommands,
    commands.GroupCog,
    group_name="quiz",
    group_description="Questions on AI and machine learning",
):
    """What a member answers is private; only leaderboards, questions of the day and live rounds are not."""

    def __init__(self, quizzes: Quizzes) -> None:
        self._quizzes = quizzes

    @app_commands.command()
    @app_commands.describe(
        skill="A topic or skill, such as SQL; everything if you leave it out",
        level="How hard",
        count=f"How many questions, 1 to {MAX_COUNT}; {DEFAULT_COUNT} if you leave it out",
        adaptive="Let each question depend on how you did so far",
    )
    @app_commands.choices(level=_LEVELS)
    async def play(
        self,
        interaction: Interaction,
        skill: SkillName | None = None,
        level: int | None = None,
        count: app_commands.Range[int, 1, MAX_COUNT] | None = None,
        adaptive: bool = False,
    ) -> None:
        """Answer questions on your own, with an explanation after each."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        play, member_id = self._quizzes.play, interaction.user.id
        if skill is None and level is None and count is None and not adaptive:
            left = await play.unfinished(member_id)
            if left is not None:
                await show(interaction, resume_card(left))
                return
        area = (await self._quizzes.library.areas(interaction.guild_id)).find(skill or "")
        wanted = Wanted(
            areas=(area.id,) if area else (),
            title=area.name if area else "",
            level=Level(level) if level else None,
            count=count or DEFAULT_COUNT,
            adaptive=adaptive,
        )
        await put_turn(interaction, await play.start(member_id, interaction.guild_id, wanted))

    @app_commands.command()
    async def review(self, interaction: Interaction) -> None:
        """Answer again what you missed, when it is time."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await put_review(interaction)

    @app_commands.command()
    async def stats(self, interaction: Interaction) -> None:
        """Show what you know, how sure that is, and what to look at next; only you see it."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await show_stats(interaction)

    @app_commands.command()
    @app_commands.describe(
        period="How far back; this week if you leave it out",
        skill="A topic or skill; everything if you leave it out",
        private="Show it to you alone",
    )
    @app_commands.choices(period=_PERIODS)
    async def leaderboard(
        self,
        interaction: Interaction,
        period: str = Period.WEEK.value,
        skill: SkillName | None = None,
        private: bool = False,
    ) -> None:
        """Show who has learned most in this server."""
        server_id = here(interaction)
        area = (await self._quizzes.library.areas(server_id)).find(skill or "")
        await interaction.response.defer(ephemeral=private, thinking=True)
        board, name = await board_for(interaction, Period(period), area.id if area else "")
        await show(interaction, board_card(board, name, area.id if area else ""))

    @play.autocomplete("skill")
    @leaderboard.autocomplete("skill")
    @answered
    async def _skill(self, interaction: Interaction, current: str) -> Choices:
        areas = await self._quizzes.library.areas(interaction.guild_id)
        return area_choices(areas, current)
