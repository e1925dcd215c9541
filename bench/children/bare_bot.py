"""The plainest of discord.py bots: one trivial command, the lean settings. The baseline.

It imports nothing but discord.py, prints `ready` with the number of its servers, and with BENCH_SEND=200 sends that
many messages as fast as it can, eight at once and with no pause between them.
"""

import asyncio
import json
import os
import time
from typing import Any

import discord
import yarl
from discord import app_commands

AT_ONCE = 8


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

    bot.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
