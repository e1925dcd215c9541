"""What the buttons and menus of `/quiz live` do."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import discord
from discord import ui

from bot.domain.questions import Level
from bot.domain.quizzes.choosing import option_order
from bot.domain.quizzes.live import Settings
from bot.domain.sources import stamp
from bot.errors import UserError
from bot.services.quizzes.areas import MIXED
from bot.services.quizzes.live import Draft, LiveService
from cogs.ui.access import here
from cogs.ui.cards import card, show
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.quizzes.items import chosen, pressed
from cogs.ui.quizzes.live_cards import personal_card, picked_words, settings_card
from cogs.ui.text import listing

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction


def live(interaction: Interaction) -> LiveService:
    """Return the service that knows about live rounds."""
    return interaction.client.services.quizzes.live


async def prepare(interaction: Interaction, settings: Settings) -> None:
    """Answer a deferred command with the host's card, where a round can be held at all."""
    server_id = here(interaction)
    assert interaction.channel_id is not None
    _check_channel(interaction)
    draft = await live(interaction).draft(server_id, interaction.channel_id, interaction.user.id, settings)
    await show(interaction, settings_card(draft, await live(interaction).areas(server_id)))


def _check_channel(interaction: Interaction) -> None:
    ours, theirs = interaction.app_permissions, interaction.permissions
    in_thread = isinstance(interaction.channel, discord.Thread)
    if not (theirs.send_messages_in_threads if in_thread else theirs.send_messages):
        raise UserError(
            "You may not write in this channel, so you cannot hold a round in it. Take another one."
        )
    may_send = ours.send_messages_in_threads if in_thread else ours.send_messages
    missing = [] if ours.view_channel else ["View Channel"]
    if not may_send:
        missing.append("Send Messages in Threads" if in_thread else "Send Messages")
    if missing:
        raise UserError(f"I have no {listing(missing)} here. Give them to my role, or take another channel.")


async def _check_here(interaction: Interaction, round_id: str) -> None:
    await live(interaction).check_here(int(round_id), here(interaction))


def _moderates(interaction: Interaction) -> bool:
    return interaction.permissions.manage_messages or interaction.permissions.manage_guild


async def _change(interaction: Interaction, round_id: str, change: Callable[[Settings], Settings]) -> None:
    server_id = here(interaction)
    draft: Draft = await live(interaction).change(int(round_id), change, by=interaction.user.id)
    view = settings_card(draft, await live(interaction).areas(server_id))
    await interaction.response.edit_message(view=view)


@chosen("liveskill")
async def _skill(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    area = None if values[0] == MIXED else values[0]
    await _change(interaction, words[0], lambda settings: replace(settings, area=area))


@chosen("livelevel")
async def _level(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    level = None if values[0] == "0" else Level(int(values[0]))
    await _change(interaction, words[0], lambda settings: replace(settings, level=level))


@chosen("livecount")
async def _count(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _change(interaction, words[0], lambda settings: replace(settings, count=int(values[0])))


@chosen("liveseconds")
async def _seconds(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _change(interaction, words[0], lambda settings: replace(settings, seconds=int(values[0])))


@pressed("livepenalty")
async def _penalty(interaction: Interaction, words: Sequence[str]) -> None:
    await _change(interaction, words[0], lambda settings: replace(settings, penalty=words[1] == "1"))


@pressed("livestart")
async def _start(interaction: Interaction, words: Sequence[str]) -> None:
    here(interaction)
    _check_channel(interaction)
    begun = await live(interaction).start(int(words[0]), by=interaction.user.id)
    assert begun.next_at is not None
    told = f"✅ Started. First question: {stamp(begun.next_at, 'R')}. Play along: hosts may."
    await interaction.response.edit_message(view=card(told))


@pressed("livecancel")
async def _cancel(interaction: Interaction, words: Sequence[str]) -> None:
    await live(interaction).cancel(int(words[0]), by=interaction.user.id)
    await interaction.response.edit_message(view=card("Called off. Nobody saw anything of it."))


@pressed("livejoin")
async def _join(interaction: Interaction, words: Sequence[str]) -> None:
    await _check_here(interaction, words[0])
    await live(interaction).join(int(words[0]), interaction.user.id)
    await interaction.response.send_message(
        "You are in. The questions come in this channel; answer with their buttons.", ephemeral=True
    )


@pressed("livepick")
async def _pick(interaction: Interaction, words: Sequence[str]) -> None:
    await _answer(interaction, words, int(words[2]))


@chosen("livemany")
async def _many(interaction: Interaction, words: Sequence[str], values: Sequence[str]) -> None:
    await _answer(interaction, words, frozenset(int(value) for value in values))


@pressed("livetype")
async def _type(interaction: Interaction, words: Sequence[str]) -> None:
    modal = new_form("Your answer", f"live:{words[0]}:{words[1]}")
    field: ui.TextInput[Any] = ui.TextInput(custom_id="number", placeholder="12, 0.5 or 3/8", max_length=40)
    modal.add_item(ui.Label(text="One number", component=field))
    await open_form(interaction, modal)


@form(r"live:(?P<round>\d+):(?P<position>\d+)", _type)
async def _typed(
    interaction: "discord.Interaction[Any]", match: re.Match[str], values: dict[str, str]
) -> None:
    await _answer(interaction, [match["round"], match["position"]], values.get("number", ""))


async def _answer(
    interaction: Interaction, words: Sequence[str], answer: "int | frozenset[int] | str"
) -> None:
    """Tell only the player what was written down; it is, once they read this."""
    accepted = await live(interaction).answer(
        int(words[0]),
        int(words[1]),
        interaction.user.id,
        answer,
        created_at=interaction.created_at,
        server_id=here(interaction),
    )
    order = option_order(accepted.question, f"live {accepted.round.id}")
    told = picked_words(accepted.question, order, accepted.answer, accepted.round, changed=accepted.changed)
    await interaction.response.send_message(told, ephemeral=True)


@pressed("livego")
async def _go_on(interaction: Interaction, words: Sequence[str]) -> None:
    await _check_here(interaction, words[0])
    await live(interaction).go_on(
        int(words[0]), int(words[1]), by=interaction.user.id, moderator=_moderates(interaction)
    )
    await interaction.response.defer()  # the next message says it all


@pressed("livestop")
async def _stop(interaction: Interaction, words: Sequence[str]) -> None:
    await _check_here(interaction, words[0])
    await live(interaction).stop(int(words[0]), by=interaction.user.id, moderator=_moderates(interaction))
    await interaction.response.send_message("Stopped. The result is on its way.", ephemeral=True)


@pressed("livehow")
async def _how(interaction: Interaction, words: Sequence[str]) -> None:
    await _check_here(interaction, words[0])
    personal = await live(interaction).personal(int(words[0]), interaction.user.id)
    await interaction.response.send_message(view=personal_card(personal), ephemeral=True)
