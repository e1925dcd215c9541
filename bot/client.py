"""The discord.py client: as lean as the work allows."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord.ext import commands

from bot.services.bundle import Services
from bot.settings import Settings
from bot.tree import CohortTree, is_known, is_stale

_log = logging.getLogger("cohort.client")

Hook = Callable[[], Awaitable[None]]


class CohortBot(commands.Bot):
    """Knows servers, channels and roles; keeps no members and no messages, and reads none.

    `on_setup` runs after the login and before the gateway opens, `on_closed` after it has closed.
    """

    def __init__(self, settings: Settings, services: Services, *, on_setup: Hook, on_closed: Hook) -> None:
        super().__init__(
            command_prefix=(),  # slash commands only: message content is never read
            help_command=None,
            tree_cls=CohortTree,
            intents=discord.Intents(guilds=True),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
            # Discord parses every mention in a channel send unless it is told not to.
            allowed_mentions=discord.AllowedMentions.none(),
        )
        self.services = services
        self._settings = settings
        self._on_setup = on_setup
        self._on_closed = on_closed

    async def login(self, token: str) -> None:
        """Log in, at the addresses the settings name."""
        # discord.py keeps these on classes; there is no other way to point it elsewhere.
        if self._settings.discord_api_url:
            discord.http.Route.BASE = self._settings.discord_api_url
        if self._settings.discord_gateway_url:
            import yarl

            discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(self._settings.discord_gateway_url)
        await super().login(token)

    async def setup_hook(self) -> None:
        """Open what is not open yet, load the cogs, sync the commands."""
        await self._on_setup()

    async def close(self) -> None:
        """Close the gateway, then what this client opened."""
        if self.is_closed():
            return
        await super().close()
        await self._on_closed()

    async def on_ready(self) -> None:
        """Say that it works."""
        _log.info("ready", extra={"servers": len(self.guilds)})

    async def on_interaction(self, interaction: "discord.Interaction[Any]") -> None:
        """Answer presses on components that nobody knows any more, instead of letting them fail."""
        data: Any = interaction.data or {}
        custom_id = data.get("custom_id")
        if not isinstance(custom_id, str) or is_known(custom_id) or is_stale(interaction):
            return
        if interaction.type is discord.InteractionType.modal_submit:
            words = "That form was from before I was restarted. Open it again, please."
        else:
            words = "That button is from an older version of me. Run the command again, please."
        await interaction.response.send_message(words, ephemeral=True)
