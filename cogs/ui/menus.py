"""Menus that several panels have in common, and what makes a menu of one's own."""

from collections.abc import Collection, Mapping
from typing import Any

import discord
from discord import ui


def choice_menu(
    custom_id: str,
    offered: Mapping[str, str],
    present: Collection[str],
    *,
    most: int = 1,
    placeholder: str | None = None,
) -> ui.Select[Any]:
    """Return a menu of values and their words, those of `present` chosen."""
    return ui.Select(
        custom_id=custom_id,
        placeholder=placeholder,
        max_values=most,
        options=[
            discord.SelectOption(label=words[0].upper() + words[1:], value=value, default=value in present)
            for value, words in offered.items()
        ],
    )


def channel_menu(custom_id: str, kinds: list[discord.ChannelType]) -> ui.ChannelSelect[Any]:
    """Return the menu for another channel."""
    return ui.ChannelSelect(custom_id=custom_id, channel_types=kinds, placeholder="Another channel")


def mention_menu(custom_id: str, role_id: int | None) -> ui.RoleSelect[Any]:
    """Return the menu for the role that posts mention; nothing chosen is nobody."""
    chosen = discord.SelectDefaultValueType.role
    return ui.RoleSelect(
        custom_id=custom_id,
        placeholder="A role that each post mentions",
        min_values=0,
        default_values=[discord.SelectDefaultValue(id=role_id, type=chosen)] if role_id is not None else [],
    )
