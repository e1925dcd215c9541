"""The plainest of discord.py bots: a trivial command, a card that is pressed, the lean settings. The baseline.

It imports nothing but discord.py, prints `ready` with the number of its servers, and with BENCH_SEND=200 sends that
many messages as fast as it can, eight at once and with no pause between them.
"""

import asyncio
import json
import os
import re
import time
from typing import Any, Self

import discord
import yarl
from discord import app_commands, ui

AT_ONCE = 8


class Press(ui.DynamicItem[ui.Button[Any]], template=r"press:(?P<number>\d+)"):
    """Puts the same card in the place of the one it stands on, and remembers nothing."""

    def __init__(self, number: int) -> None:
        super().__init__(ui.Button(label="ABCD"[number % 4], custom_id=f"press:{number}"))

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        return cls(int(match["number"]))

    async def callback(self, interaction: "discord.Interaction[Any]") -> None:
        await interaction.response.edit_message(view=card())


def card() -> ui.LayoutView:
    """Return a card as large as a question of a quiz."""
    box: ui.Container[Any] = ui.Container(
        ui.TextDisplay("Question 1 of 20 · Something · beginner"),
        ui.TextDisplay("**What is asked here, in about as many words as a question has?**"),
        ui.TextDisplay("\n".join(f"**{letter}** One of four options to choose from" for letter in "ABCD")),
        ui.ActionRow(*(Press(number) for number in range(4))),
        ui.ActionRow(Press(4), Press(5)),
    )
    view = ui.LayoutView(timeout=None)
    view.add_item(box)
    view.stop()
    return view


class BareBot(discord.Client):
    def __init__(self) -> None:
        super().__init__(
            intents=discord.Intents(guilds=True),
            max_messages=None,
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self) -> None:
        self.add_dynamic_items(Press)
        await self.tree.sync()

    async def on_ready(self) -> None:
        print(f"ready {len(self.guilds)}", flush=True)
        if count := int(os.environ.get("BENCH_SEND", "0")):
            print(f"sent {json.dumps(await self._send(count))}", flush=True)

    async def _send(self, count: int) -> dict[str, Any]:
        places = [channel for guild in self.guilds for channel in guild.text_channels]
        texts = iter([f"Result {number} of the day, with a line about it." for number in range(count)])

        async def work(first: int) -> None:
            for number, text in enumerate(texts, start=first):
                await places[number % len(places)].send(text)

        begun = time.perf_counter()
        await asyncio.gather(*(work(index) for index in range(AT_ONCE)))
        return {"sent": count, "seconds": time.perf_counter() - begun}


def main() -> None:
    discord.http.Route.BASE = os.environ["COHORT_DISCORD_API_URL"]
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(os.environ["COHORT_DISCORD_GATEWAY_URL"])
    bot = BareBot()

    @bot.tree.command(description="Answer")
    async def ping(interaction: "discord.Interaction[BareBot]") -> None:
        await interaction.response.send_message("Pong.", ephemeral=True)

    @bot.tree.command(name="card", description="Show a card")
    async def _card(interaction: "discord.Interaction[BareBot]") -> None:
        await interaction.response.send_message(view=card(), ephemeral=True)

    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
