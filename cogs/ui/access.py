"""Who may do what, and what Cohort itself may do in a channel."""

from typing import Any, Final

import discord

from bot.domain.languages import Language
from bot.domain.permits import Person, decide
from bot.domain.server_settings import Area
from bot.errors import NotPossible

_COMMANDS: Final[dict[str, frozenset[str]]] = {
    "feed": frozenset({Area.FEED}),
    "setup": frozenset({Area.SERVER, Area.ROLES, Area.QUIZ, Area.BUDDIES}),
}
"""What is behind each command that members do not see."""

_HELPFUL: Final = {"read_message_history": "Read Message History"}


async def may_manage(interaction: "discord.Interaction[Any]", area: str = Area.SERVER) -> int:
    """Return the server's id, or refuse those who may not moderate an area of it.

    The one gate of everything that moderators do: each command, button, menu, form and completion passes it by
    itself, since Discord checks only the typing of a command, and only as a server's settings have it.
    """
    server_id = here(interaction)
    if area not in await moderated(interaction):
        raise NotPossible("Only people with Manage Server may do that. Ask a moderator of this server.")
    return server_id


async def moderated(interaction: "discord.Interaction[Any]") -> frozenset[str]:
    """Return the areas of the server that the person may moderate; none outside a server.

    Whoever has Manage Server may moderate everything, unless the server's own settings keep them away from the
    command. Somebody whose role was given an area may moderate that; somebody else whom the server's settings let
    into `/feed` or `/setup` may do what is behind it.
    """
    server_id, user = interaction.guild_id, interaction.user
    if server_id is None or interaction.client.get_guild(server_id) is None:
        return frozenset()
    permissions = interaction.permissions
    if permissions.administrator:
        return frozenset(Area)
    if not isinstance(user, discord.Member):
        return frozenset()
    role_ids = frozenset(role.id for role in user.roles)
    given: frozenset[str] = frozenset()
    if not permissions.manage_guild:
        given = await interaction.client.services.moderation.settings.delegated(server_id, role_ids)
    channel = interaction.channel
    where = channel.parent_id if isinstance(channel, discord.Thread) else interaction.channel_id
    person = Person(user.id, role_ids, server_id, where or 0)
    found: set[str] = set()
    for command, areas in _COMMANDS.items():
        if permissions.manage_guild and _typed(interaction, command):
            allowed: bool | None = True  # Discord has looked at the settings already
        else:
            client = interaction.client
            own, general = await client.overrides.of(client.tree, server_id, command)
            allowed = decide(own, general, person)
        if permissions.manage_guild:
            found |= areas if allowed is not False else set()
        elif given:
            found |= areas & given if allowed is not False else set()
        elif allowed is True:
            found |= areas
    return frozenset(found)


def _typed(interaction: "discord.Interaction[Any]", command: str) -> bool:
    data: Any = interaction.data or {}
    return interaction.type is discord.InteractionType.application_command and data.get("name") == command


def here(interaction: "discord.Interaction[Any]") -> int:
    """Return the id of the server the interaction is from, refusing where Cohort is not a member."""
    if interaction.guild_id is None:
        raise NotPossible("That works in a server, not in direct messages.")
    if interaction.client.get_guild(interaction.guild_id) is None:
        # An app that a person installed for themselves carries the id of a server it is not in.
        # The cache is the better witness than `is_guild_integration`: it holds every server we are in.
        raise NotPossible("I am not a member of this server. Ask a moderator to invite me.")
    return interaction.guild_id


async def language_here(interaction: "discord.Interaction[Any]") -> Language:
    """Return the language of what is posted where the interaction is from: for posts that a press changes or makes.

    What only the person sees is in English.
    """
    if interaction.guild_id is None:
        return Language.ENGLISH
    settings = await interaction.client.services.moderation.settings.read(interaction.guild_id)
    spoken: Language = settings.spoken
    return spoken


def helpful_in(channel: "discord.abc.GuildChannel | discord.Thread") -> list[str]:
    """Return the names of missing permissions that posting does not need but delivery profits from."""
    permissions = channel.permissions_for(channel.guild.me)
    return [words for name, words in _HELPFUL.items() if not getattr(permissions, name)]
