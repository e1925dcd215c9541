"""Saying that something is wrong with a question."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import discord
from discord import ui

from bot.domain.digests import Rendered
from bot.domain.questions import Question
from bot.services.quizzes.quality import LONGEST_REASON
from bot.words import _
from cogs.ui.actions import quoted_id
from cogs.ui.cards import CARE, IS_COMPONENTS_V2, container
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.quizzes.items import pressed
from cogs.ui.text import plain, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


@pressed("report")
async def _report(interaction: Interaction, words: Sequence[str]) -> None:
    quality = interaction.client.services.quizzes.quality
    await quality.check_report(interaction.user.id, interaction.guild_id, words[0])
    modal = new_form("Report this question", quoted_id("quiz", "reported", words))
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id="reason",
        style=discord.TextStyle.paragraph,
        max_length=LONGEST_REASON,
        placeholder="Such as: B is right as well, because …",
    )
    modal.add_item(ui.Label(text="What is wrong with it?", component=field))
    await open_form(interaction, modal)


@form(r"quiz:reported:(?P<question>[^:]+)", _report)
async def _reported(
    interaction: "discord.Interaction[Any]", match: re.Match[str], values: dict[str, str]
) -> None:
    await interaction.client.services.quizzes.quality.report(
        interaction.user.id, interaction.guild_id, unquote(match["question"]), values.get("reason", "")
    )
    await interaction.response.send_message(
        "Thank you. Whoever looks after this question will see what you wrote, without your name.",
        ephemeral=True,
    )


def render_report(question: Question, reason: str, now: datetime) -> Rendered:
    """Tell moderators of a report on a question of their own."""
    about = _("About question {question} · {time} UTC")
    marker = "-# " + about.format(question=question.id, time=f"{now:%Y-%m-%d %H:%M:%S}")
    text = _(
        "### A member reported a question of this server\n{question}\n> {reason}\nYou can change it or take it away "
        "with `/setup quiz`."
    ).format(question=plain(shorten(question.prompt, 300)), reason=plain(reason))
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(text, marker, colour=CARE).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)
