"""`/try`: moves the try-out's clock. It exists nowhere else."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import discord
from discord import app_commands
from discord.ext import commands

from bot.domain.sources import stamp

HOW_TO_BEGIN = (
    "Nothing is scheduled yet. Type `/feed papers` to get papers into a channel, then come back here."
)


class Clockwork(Protocol):
    """What the commands need of the try-out."""

    def now(self) -> datetime:
        """Return the try-out's time."""
        ...

    async def next_due(self) -> datetime | None:
        """Return when the next post is scheduled."""
        ...

    async def next_round(self) -> datetime | None:
        """Return when the next round of study buddies begins."""
        ...

    def jump_soon(self, channel_id: int, *, to_round: bool = False) -> None:
        """Jump once the running interaction is over, and say in the channel what happened."""
        ...


class TryCog(commands.GroupCog, group_name="try", group_description="Move the try-out's clock"):
    """Commands for the person who tries the bot out."""

    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork

    @app_commands.command(name="next")
    async def jump(self, interaction: "discord.Interaction[Any]") -> None:
        """Jump to the next scheduled post."""
        due = await self._clockwork.next_due()
        if due is None or interaction.channel_id is None:
            await interaction.response.send_message(HOW_TO_BEGIN, ephemeral=True)
            return
        # A day's jump would expire this interaction, so the answer comes first and the jump after it.
        await interaction.response.send_message(f"⏩ Jumping to {stamp(due, 'F')}.")
        self._clockwork.jump_soon(interaction.channel_id)

    @app_commands.command(name="round")
    async def jump_to_round(self, interaction: "discord.Interaction[Any]") -> None:
        """Jump to the next round of study buddies."""
        due = await self._clockwork.next_round()
        if due is None or interaction.channel_id is None:
            await interaction.response.send_message(
                "Study buddies are off. As Mira, type `/setup buddies`, choose **#study-buddies** and switch them on.",
                ephemeral=True,
            )
            return
        await interaction.response.send_message(f"⏩ Jumping to {stamp(due, 'F')}.")
        self._clockwork.jump_soon(interaction.channel_id, to_round=True)

    @app_commands.command(name="clock")
    async def clock(self, interaction: "discord.Interaction[Any]") -> None:
        """Show the try-out's time and what is next."""
        due = await self._clockwork.next_due()
        what_next = (
            HOW_TO_BEGIN
            if due is None
            else f"The next post is scheduled for {stamp(due, 'F')}. Type `/try next` to jump there."
        )
        await interaction.response.send_message(
            f"🕒 Here it is {stamp(self._clockwork.now(), 'F')}.\n{what_next}", ephemeral=True
        )


def describe_jump(posts: Sequence[tuple[str, int]]) -> str:
    """Say what a jump brought; `posts` are channels, as mentions or names, and their new messages."""
    if not posts:
        return "Nothing was posted: there was nothing new for that time. Jump again to go on."
    where = ", ".join(
        f"{channel} ({count} new message{'' if count == 1 else 's'})" for channel, count in posts
    )
    return f"Posted in {where}."
