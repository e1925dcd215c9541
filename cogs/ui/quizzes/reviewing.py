"""`/quiz review`: what is due, what to do where nothing is, and the direct message for those who want one."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.digests import Rendered
from bot.domain.quizzes.reviewing import ReviewReminder
from bot.domain.quizzes.sessions import Wanted
from bot.domain.sources import stamp
from bot.errors import UserError
from bot.services.quizzes import NothingDue
from cogs.ui.cards import ACCENT, GOOD, IS_COMPONENTS_V2, card, container, show
from cogs.ui.forms import form, line_field, new_form, open_form, read_moment, zone_field
from cogs.ui.quizzes.items import QuizButton, pressed
from cogs.ui.quizzes.rounds import put, put_turn
from cogs.ui.text import plain, plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_PRIMARY: Final = discord.ButtonStyle.primary
_USUAL: Final = "18:00"


async def put_review(interaction: Interaction) -> None:
    """Show the first question that is due, or when the next one is."""
    quizzes = interaction.client.services.quizzes
    found = await quizzes.play.start_review(interaction.user.id, interaction.guild_id)
    if isinstance(found, NothingDue):
        reminder = await quizzes.reminders.of(interaction.user.id)
        await put(interaction, nothing_card(found, reminder))
    else:
        await put_turn(interaction, found)


def nothing_card(found: NothingDue, reminder: ReviewReminder | None) -> ui.LayoutView:
    """Say that nothing is due, and when something is."""
    if not found.cards:
        told = (
            "## Nothing to review yet\nWhat you miss in `/quiz play` comes here, first after some minutes, then "
            "after days and weeks, just before you would forget it."
        )
    elif found.next_due is None:
        told = "## Nothing to review here\nWhat is due belongs to another server: review it there."
    else:
        told = (
            f"## All reviewed\nThe next of your {plural(found.cards, 'question')} comes {stamp(found.next_due)} "
            f"({stamp(found.next_due, 'f')})."
        )
    row = [QuizButton("start", label="Play a round", style=_PRIMARY), remind_button(reminder)]
    return card(told, *_reminded(reminder), row)


def remind_button(reminder: ReviewReminder | None) -> QuizButton:
    """Return the button that sets or stops reminders."""
    if reminder is None:
        return QuizButton("remind", label="Remind me by message")
    return QuizButton("remindoff", label="Stop reminding me")


def _reminded(reminder: ReviewReminder | None) -> list[str]:
    if reminder is None:
        return []
    schedule = reminder.schedule
    return [
        f"-# I write to you at {schedule.time:%H:%M} ({plain(schedule.zone)}) on days on which something is due."
    ]


def render_review(due: int, at: datetime) -> Rendered:
    """Return the direct message that questions are due."""
    marker = f"-# You asked for this message · {stamp(at, 'D')}"
    are = "is" if due == 1 else "are"
    parts: list[Any] = [
        f"## {plural(due, 'question')} {are} due for review\nA few minutes now, and they stay known for longer.",
        [
            QuizButton("review", label="Review now", style=_PRIMARY),
            QuizButton("remindoff", label="Stop these messages"),
        ],
        marker,
    ]
    payload = {
        "flags": IS_COMPONENTS_V2,
        "components": [container(*parts, colour=ACCENT).to_component_dict()],
        "allowed_mentions": {"parse": []},
    }
    return Rendered(payload, marker)


def letter_card(reminder_time: str, zone: str) -> ui.LayoutView:
    """Return the first direct message: it shows that messages arrive, and how to stop them."""
    return card(
        f"## Your reviews\nI write here at {reminder_time} ({plain(zone)}) on days on which questions are due, and "
        "on no others.",
        [QuizButton("remindoff", label="Stop these messages")],
        colour=GOOD,
    )


# --- Presses ---------------------------------------------------------------------------------------------


@pressed("review")
async def _review(interaction: Interaction, _words: Sequence[str]) -> None:
    await put_review(interaction)


@pressed("start")
async def _start(interaction: Interaction, _words: Sequence[str]) -> None:
    play = interaction.client.services.quizzes.play
    await put_turn(interaction, await play.start(interaction.user.id, interaction.guild_id, Wanted()))


@pressed("remind")
async def _remind(interaction: Interaction, _words: Sequence[str]) -> None:
    zone = await interaction.client.services.quizzes.reminders.zone_for(interaction.user.id)
    modal = new_form(
        "Remind me of reviews",
        "quiz:reminding",
        line_field("time", "Time of day", "Such as 18:00 or 7:30 pm", _USUAL, 20),
        zone_field(zone),
    )
    await open_form(interaction, modal)


@form("quiz:reminding", _remind)
async def _reminding(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    at, zone = read_moment(values)
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        channel = await interaction.user.create_dm()
        letter = await channel.send(view=letter_card(f"{at:%H:%M}", zone))
    except discord.Forbidden:  # 50007, or 50278 where we share no server
        raise UserError(
            "I cannot write to you: your settings keep direct messages of this server's members away. Allow them "
            "under Privacy Settings of the server, and try again. `/quiz review` shows what is due without any message."
        ) from None
    reminders = interaction.client.services.quizzes.reminders
    try:
        reminder = await reminders.set(interaction.user.id, channel.id, at, zone)
    except Exception:
        await letter.delete()  # it promised what was not saved
        raise
    await show(
        interaction,
        card(
            f"## I will write to you\nAt {at:%H:%M} ({plain(zone)}), on days on which questions are due; next I look "
            f"{stamp(reminder.remind_at)}.",
            [QuizButton("remindoff", label="Stop reminding me")],
            colour=GOOD,
        ),
    )


@pressed("remindoff")
async def _remind_off(interaction: Interaction, _words: Sequence[str]) -> None:
    stopped = await interaction.client.services.quizzes.reminders.stop_for(interaction.user.id)
    words = "I write to you no more about reviews." if stopped else "I was not writing to you about reviews."
    await interaction.response.send_message(f"{words} `/quiz review` works as before.", ephemeral=True)
