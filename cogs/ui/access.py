"""Who may do what, and what Cohort itself may do in a channel."""

from typing import Any, Final

import discord

from bot.errors import UserError

_NEEDED: Final = {"view_channel": "View Channel", "send_messages": "Send Messages"}
_NEEDED_IN_THREAD: Final = {
    "view_channel": "View Channel",
    "send_messages_in_threads": "Send Messages in Threads",
}
_HELPFUL: Final = {"read_message_history": "Read Message History"}


def may_manage(interaction: "discord.Interaction[Any]") -> int:
    """Return the server's id, or refuse those without Manage Server.

    Discord's own check is a hint that does not reach subcommands and buttons, so it is made here.
    """
    server_id = here(interaction)
    if not interaction.permissions.manage_guild:
        raise UserError("Only people with Manage Server may do that. Ask a moderator of this server.")
    return server_id


def here(interaction: "discord.Interaction[Any]") -> int:
    """Return the id of the server the interaction is from, refusing where Cohort is not a member."""
    if interaction.guild_id is None:
        raise UserError("That works in a server, not in direct messages.")
    if interaction.client.get_guild(interaction.guild_id) is None:
        # An app that a person installed for themselves carries the id of a server it is not in.
        # The cache is the better witness than `is_guild_integration`: it holds every server we are in.
        raise UserError("I am not a member of this server. Ask a moderator to invite me.")
    return interaction.guild_id


def missing_in(channel: "discord.abc.GuildChannel | discord.Thread") -> list[str]:
    """Return the names of the permissions without which nothing can be posted in `channel`."""
    needed = _NEEDED_IN_THREAD if isinstance(channel, discord.Thread) else _NEEDED
    return _missing(channel, needed)


def helpful_in(channel: "discord.abc.GuildChannel | discord.Thread") -> list[str]:
    """Return the names of missing permissions that posting does not need but delivery profits from."""
    return _missing(channel, _HELPFUL)


def _missing(channel: "discord.abc.GuildChannel | discord.Thread", names: dict[str, str]) -> list[str]:
    permissions = channel.permissions_for(channel.guild.me)
    return [words for name, words in names.items() if not getattr(permissions, name)]
