"""A member's reading list: pages, Remove and undo, and the list as a file."""

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.citations import Format
from bot.domain.sources import stamp
from bot.services.papers import PER_PAGE
from bot.services.reading_lists import MAX_SAVED, ListPage
from bot.tree import GuardedButton
from cogs.ui.cards import GOOD, card, line, show, turn
from cogs.ui.paper_actions import PAPER_ID, PaperButton, server_of
from cogs.ui.papers import authors
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_TITLE: Final = 150
_NAMES: Final = {
    Format.BIBTEX: "BibTeX",
    Format.RIS: "RIS",
    Format.CSV: "CSV",
    Format.MARKDOWN: "Markdown",
}


class ListButton(
    GuardedButton,
    template=r"saved:(?P<action>page|bibtex|ris|csv|markdown):(?P<page>\d{1,4})",
):
    """A page of the list of whoever presses, or their list as a file."""

    reads_content = False

    def __init__(
        self, action: str, page: int = 0, *, label: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(
            ui.Button(
                label=label or ("Reading list" if action == "page" else _NAMES[Format(action)]),
                custom_id=f"saved:{action}:{page}",
                disabled=disabled,
            )
        )
        self.action = action
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], int(match["page"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Turn the page in place, or answer with the file."""
        lists, member_id = interaction.client.services.reading_lists, interaction.user.id
        if self.action == "page":
            await turn(interaction)
            await show(interaction, list_card(await lists.page(member_id, self.page)))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        style = Format(self.action)
        content, papers = await lists.export(member_id, style)
        await interaction.edit_original_response(
            content=f"Your reading list, {plural(papers, 'paper')}, as {_NAMES[style]}.",
            attachments=[discord.File(BytesIO(content), f"reading-list{style.suffix}")],
        )


class ItemButton(
    GuardedButton,
    template=rf"saved:(?P<action>remove|restore):(?P<page>\d{{1,4}}):(?P<paper_id>{PAPER_ID})",
):
    """Take one paper off the list of whoever presses, or put it back."""

    reads_content = False

    def __init__(self, action: str, page: int, paper_id: str) -> None:
        super().__init__(
            ui.Button(
                label="Remove" if action == "remove" else "Put it back",
                custom_id=f"saved:{action}:{page}:{paper_id}",
            )
        )
        self.action = action
        self.page = page
        self.paper_id = paper_id

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], int(match["page"]), match["paper_id"])

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it, and show the page as it is then."""
        lists, member_id = interaction.client.services.reading_lists, interaction.user.id
        await turn(interaction)
        removed = None
        if self.action == "remove":
            await lists.remove(member_id, self.paper_id)
            removed = self.paper_id
        else:
            await lists.save(member_id, self.paper_id, server_of(interaction))
        await show(interaction, list_card(await lists.page(member_id, self.page), removed=removed))


def list_card(page: ListPage, *, removed: str | None = None) -> ui.LayoutView:
    """Show a page of the list; `removed` was just taken off it and can be put back."""
    undo: list[Any] = (
        [f"Removed arXiv:{removed}.", [ItemButton("restore", page.page, removed)]] if removed else []
    )
    if not page.total:
        return card(
            "## Your reading list is empty\nPress **Save** below a paper and it is kept here, for you alone. "
            "Find papers with `/papers latest` or `/papers search`.",
            *undo,
            [ui.Button(label="Latest papers", custom_id="latest:0:")],
        )
    parts: list[Any] = [
        f"## Your reading list\n-# {plural(page.total, 'paper')} · room for {MAX_SAVED} · only you see this",
        *undo,
    ]
    for saved in page.papers:
        paper = saved.paper
        text = (
            f"**{plain(shorten(paper.title, _TITLE))}**\n{authors(paper.authors)} · `{paper.primary_category}` · "
            f"saved {stamp(saved.saved_at)} · [Abstract]({paper.abs_url})"
        )
        parts += [
            line(),
            text,
            [PaperButton("open", paper.id), ItemButton("remove", page.page, paper.id)],
        ]
    parts.append(line())
    pages = -(-page.total // PER_PAGE)
    if pages > 1:
        parts.append(
            [
                ListButton("page", max(page.page - 1, 0), label="← Back", disabled=page.page == 0),
                ListButton(
                    "page",
                    page.page + 1,
                    label=f"More → ({page.page + 1}/{pages})",
                    disabled=page.page + 1 >= pages,
                ),
            ]
        )
    parts.append([ListButton(style.value) for style in Format])
    return card(*parts)


def saved_card(*, saved: bool) -> ui.LayoutView:
    """Tell the one who pressed Save what it did."""
    words = "Saved to your reading list." if saved else "Removed from your reading list."
    return card(f"{words} Only you can see it.", [ListButton("page")], colour=GOOD)
