"""The buttons below what a member gets by direct message; what they do is in `cogs.ui.subscriptions`."""

from typing import Any, Final

import discord
from discord import ui

LABELS: Final = {
    "stop": "Stop these",
    "pause": "Pause",
    "resume": "Resume",
    "preview": "Show me now",
    "restore": "Bring it back",
    "list": "All subscriptions",
}


def button(action: str, number: int, *, label: str | None = None, disabled: bool = False) -> ui.Button[Any]:
    """Return the button for an action on a member's subscription; for `list` the number is a page."""
    style = discord.ButtonStyle.danger if action == "stop" else discord.ButtonStyle.secondary
    return ui.Button(
        label=label or LABELS[action], style=style, custom_id=f"sub:{action}:{number}", disabled=disabled
    )


def ways_out(number: int) -> list[ui.Button[Any]]:
    """Return the row that every direct message has."""
    return [button("pause", number), button("stop", number)]
