"""`/quiz stats`: what a member can do, how sure that is, and what comes next."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.domain.quizzes.rating import Rating
from bot.domain.quizzes.standing import SkillTally, TopicStanding
from bot.domain.sources import stamp
from bot.pictures import Picture
from bot.pictures.standing import Measured, draw_standing
from bot.services.quizzes.library import Library
from bot.services.quizzes.standing import Stats
from cogs.ui.cards import line
from cogs.ui.quizzes.items import QuizButton, pressed
from cogs.ui.quizzes.leads import lead_buttons
from cogs.ui.roles.pages import Page, answer, beside
from cogs.ui.text import listing, plain, plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PRIMARY: Final = discord.ButtonStyle.primary
_NAMED: Final = 16  # topics in words and in the picture: all that are bundled


async def show_stats(interaction: Interaction) -> None:
    """Answer what was deferred with the member's own standing."""
    services = interaction.client.services.quizzes
    stats = await services.standing.stats(interaction.user.id, interaction.guild_id)
    await answer(interaction, stats_page(interaction, services.library, stats))


@pressed("stats")
async def _stats(interaction: Interaction, _words: Sequence[str]) -> None:
    await beside(interaction)
    await show_stats(interaction)


def stats_page(interaction: Interaction, library: Library, stats: Stats) -> Page:
    """Return the card with its picture."""
    play = QuizButton("start", label="Play a round", style=_PRIMARY)
    if not stats.topics:
        told = (
            "## Nothing to show yet\nAnswer some questions with `/quiz play`: after a few I can tell what you know "
            "well and what to look at next."
        )
        return Page([told, [play]])
    head = f"## What you know\n{plural(stats.answers, 'question')} answered, {stats.right / stats.answers:.0%} right at first."
    parts: list[Any] = [f"{head}\n{_streak(stats)}"]
    parts.append("\n".join(_topic(library, topic) for topic in stats.topics[:_NAMED]))
    if stats.strengths:
        parts.append(f"**Strong:** {_skills(library, stats.strengths)}")
    if stats.gaps:
        parts.append(f"**To work on:** {_skills(library, stats.gaps)}")
        parts.append(
            [
                button
                for gap in stats.gaps[:3]
                for button in lead_buttons(interaction, gap.skill, only=("skill",))
            ]
        )
    row = [play]
    if stats.due:
        parts.append(f"**{plural(stats.due, 'question')}** to review now.")
        row.insert(0, QuizButton("review", label="Review", style=_PRIMARY))
    elif stats.next_due is not None:
        parts.append(f"-# The next review comes {stamp(stats.next_due)}.")
    if interaction.guild_id is not None:
        row.append(QuizButton("board", "week", label="Leaderboard"))
    parts += [line(), row]
    return Page([part for part in parts if part], _picture(library, stats))


def level_words(rating: Rating) -> str:
    """Say what a level means."""
    if rating.level < 0.5:
        return "getting started"
    if rating.level < 1.5:
        return "beginner"
    if rating.level < 2.5:
        return "intermediate"
    return "advanced" if rating.level < 3.5 else "beyond advanced"


def sure_words(rating: Rating) -> str:
    """Say how sure an estimate is."""
    if rating.margin > 1.0:
        return "a first guess"
    if rating.margin > 0.75:
        return "still unsure"
    return "fairly sure" if rating.margin > 0.5 else "sure"


def _topic(library: Library, topic: TopicStanding) -> str:
    rating = topic.rating
    return (
        f"**{plain(library.topic_name(topic.topic))}** {level_words(rating)} · {rating.level:.1f} ± "
        f"{rating.margin:.1f}, {sure_words(rating)} · {topic.right} of {topic.answers} right"
    )


def _skills(library: Library, tallies: Sequence[SkillTally]) -> str:
    return plain(
        listing([f"{library.skill_name(each.skill)} ({each.right} of {each.answers})" for each in tallies])
    )


def _streak(stats: Stats) -> str:
    days = stats.streak
    if not days.days:
        return f"-# Longest streak: {plural(days.longest, 'day')}."
    today = "" if days.today else " Today is still open."
    return f"🔥 **{plural(days.days, 'day')}** in a row.{today}\n-# Longest: {plural(days.longest, 'day')} · days of {plain(stats.zone)}"


def _picture(library: Library, stats: Stats) -> Picture:
    return draw_standing(
        [
            Measured(library.topic_name(each.topic), each.rating.level, each.rating.margin, each.answers)
            for each in stats.topics[:_NAMED]
        ],
        "Your level by topic",
    )
