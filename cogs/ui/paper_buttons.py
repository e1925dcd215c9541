"""The buttons below papers, as they are stored with a post: plain components that outlive the process.

What they do is in `cogs.ui.paper_actions`; a press is matched by its custom id.
"""

from collections.abc import Mapping
from typing import Any, Final

import discord
from discord import ui

from bot.domain.digests import Digest
from bot.domain.languages import Language
from bot.words import N_, _, number, speaking

LABELS: Final = {
    "open": N_("Open"),
    "save": N_("Save"),
    "vote": N_("Useful"),
    "discuss": N_("Discuss"),
    "cite": N_("Cite"),
    "why": N_("Why here?"),
    "more": N_("More like this"),
    "abstract": N_("Whole abstract"),
}

_DONE: Final = {"save": "Saved", "vote": "Useful ✓"}
"""What a button says to the one person who pressed it, on a card that nobody else sees."""

_COUNT: Final = " · "
"""Stands between the words of a button and the number."""

ON_A_POST: Final = ("save", "discuss", "cite", "why", "more")
"""The five that fit a row below a paper's own post; the card that Open shows has them all."""


def button(action: str, paper_id: str, *, count: int = 0, done: bool = False) -> ui.Button[Any]:
    """Return the button for an action on a paper, with how many members of the server did the same."""
    label = (_DONE[action] if done else _(LABELS[action])) + (f"{_COUNT}{number(count)}" if count else "")
    style = discord.ButtonStyle.success if done else discord.ButtonStyle.secondary
    return ui.Button(label=label, style=style, custom_id=f"paper:{action}:{paper_id}")


def language_of(custom_id: str, label: str) -> Language | None:
    """Return the language of a post by one of its buttons: a server may speak another one by now.

    None for a button that is not among these, or says what it never said here.
    """
    prefix, _found, rest = custom_id.partition(":")
    action = rest.partition(":")[0]
    if prefix != "paper" or action not in LABELS:
        return None
    bare = label.partition(_COUNT)[0]
    for language in Language:
        with speaking(language):
            if _(LABELS[action]) == bare:
                return language
    return None


def open_button(paper_id: str) -> ui.Button[Any]:
    """Return the button that shows a paper's card to whoever presses it."""
    return button("open", paper_id)


def actions(paper_id: str, *, saves: int = 0) -> list[ui.Button[Any]]:
    """Return the row below a paper's own post."""
    return [button(action, paper_id, count=saves if action == "save" else 0) for action in ON_A_POST]


def relabel(component: dict[str, Any], saves: Mapping[str, int]) -> None:
    """Write the number of today onto a button of a stored message, where it is one that bears a number."""
    prefix, _found, paper_id = str(component.get("custom_id", "")).partition(":save:")
    if prefix == "paper":
        component["label"] = button("save", paper_id, count=saves.get(paper_id, 0)).label


def overflow_button(digest: Digest) -> ui.Button[Any]:
    """Return the button that shows, page by page, the papers a digest only counts."""
    slot = int(digest.slot_at.timestamp())
    return ui.Button(
        label=_("Show them"),
        style=discord.ButtonStyle.secondary,
        custom_id=f"overflow:{digest.feed.id}:{slot}:0",
    )
