"""arXiv's categories, offered while somebody types."""

from typing import Final

from discord import app_commands

from bot.content import load_taxonomy
from bot.tree import answered
from cogs.ui.actions import Interaction

_LONGEST_CHOICE: Final = 100


@answered
async def complete_category(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Offer the categories that may be meant, for an option that takes one."""
    return [
        app_commands.Choice(name=item.label[:_LONGEST_CHOICE], value=item.code)
        for item in load_taxonomy().search(typed.strip())
    ]


@answered
async def complete_categories(_interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
    """Complete the last category of a list; those before it stay and are not offered again."""
    taxonomy = load_taxonomy()
    done, comma, last = typed.rpartition(",")
    before = f"{done.strip()}, " if comma else ""
    chosen = {taxonomy.canonical(part) for part in done.split(",")}
    return [
        app_commands.Choice(name=_ending(before, item.label), value=f"{before}{item.code}")
        for item in taxonomy.search(last.strip(), limit=len(taxonomy))
        if item.code not in chosen and len(before) + len(item.code) <= _LONGEST_CHOICE
    ]


def _ending(before: str, last: str) -> str:
    """Return both in a choice's length: what is being added now must be seen."""
    name = before + last
    return name if len(name) <= _LONGEST_CHOICE else f"…{name[1 - _LONGEST_CHOICE :]}"
