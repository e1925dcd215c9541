"""What the buttons below papers do, whatever message they stand on and however old it is."""

import asyncio
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any, ClassVar, Self
from weakref import WeakValueDictionary

import discord
from discord import ui

from bot.domain.languages import Language
from bot.domain.papers import Paper
from bot.errors import UserError
from bot.services.papers import Counts
from bot.tree import GuardedButton
from bot.words import speaking
from cogs.ui.access import here
from cogs.ui.cards import show
from cogs.ui.paper_buttons import button, language_of

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

PAPER_ID = r"[A-Za-z0-9./-]+"


class PaperButton(
    GuardedButton,
    template=rf"paper:(?P<action>open|save|vote|discuss|cite|why|more|abstract):(?P<paper_id>{PAPER_ID})",
):
    """One action on one paper. Counts are those of the database, never those on the button."""

    reads_content = False

    _turns: ClassVar[WeakValueDictionary[int, asyncio.Lock]] = WeakValueDictionary()

    def __init__(self, action: str, paper_id: str, *, count: int = 0, done: bool = False) -> None:
        super().__init__(button(action, paper_id, count=count, done=done))
        self.action = action
        self.paper_id = paper_id

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent: it works after any restart."""
        return cls(match["action"], match["paper_id"])

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it."""
        match self.action:
            case "save":
                await self._save(interaction)
            case "vote":
                await self._vote(interaction)
            case _:
                await interaction.response.defer(ephemeral=True, thinking=True)
                await self._answer(interaction)

    async def _answer(self, interaction: Interaction) -> None:
        from cogs.ui.paper_cards import abstract_card, similar_card

        papers = interaction.client.services.papers
        if self.action == "why":
            await _why(interaction, self.paper_id)
            return
        paper = await papers.get(self.paper_id)
        match self.action:
            case "open":
                await show_paper(interaction, paper)
            case "cite":
                await _cite(interaction, paper)
            case "more":
                await show(interaction, similar_card(paper, await papers.similar(paper)))
            case "discuss":
                from cogs.ui.discussions import discuss

                await discuss(interaction, paper)
            case "abstract":
                await show(interaction, abstract_card(paper))

    async def _save(self, interaction: Interaction) -> None:
        await interaction.response.defer()
        services, member_id = interaction.client.services, interaction.user.id
        server_id = server_of(interaction)
        saved = await services.reading_lists.toggle(member_id, self.paper_id, server_id)
        await self._relabel(interaction, server_id, done=saved)
        if not is_private(interaction):
            from cogs.ui.reading_list import saved_card

            await interaction.followup.send(view=saved_card(saved=saved), ephemeral=True)

    async def _vote(self, interaction: Interaction) -> None:
        server_id = here(interaction)
        await interaction.response.defer()
        voted = await interaction.client.services.papers.toggle_vote(
            self.paper_id, server_id=server_id, member_id=interaction.user.id
        )
        await self._relabel(interaction, server_id, done=voted)
        if not is_private(interaction):
            words = "You found it useful; it counts here." if voted else "Your vote is taken back."
            await interaction.followup.send(words, ephemeral=True)

    async def _relabel(self, interaction: Interaction, server_id: int | None, *, done: bool) -> None:
        """Write the count onto the pressed button, and leave everything else of its message as it is.

        The press was acknowledged before, so this is an edit by the interaction's token: it needs no
        permission and takes no share of the channel's rate limit. A message that cannot be edited any more
        is no reason to say that the press failed.
        """
        message = interaction.message
        assert message is not None
        # One after the other for a message: the last to write must be one that has seen all that came before.
        async with PaperButton._turns.setdefault(message.id, asyncio.Lock()):
            await self._write_count(interaction, message, server_id, done=done)

    async def _write_count(
        self, interaction: Interaction, message: discord.Message, server_id: int | None, *, done: bool
    ) -> None:
        id_, counts = self.paper_id, Counts()
        if server_id is not None:
            counts = (await interaction.client.services.papers.counts_for(server_id, [id_])).get(id_, counts)
        numbers = {"save": counts.saves, "vote": counts.votes}
        if is_private(interaction):
            numbers = {self.action: numbers[self.action]}
        else:
            # What somebody else has pressed since this press is not in the message as it came with it.
            done = False
        ids = {f"paper:{action}:{id_}": action for action in numbers}
        view = ui.LayoutView.from_message(message, timeout=None)
        for item in view.walk_children():
            if isinstance(item, ui.Button) and item.custom_id in ids:
                action = ids[item.custom_id]
                with speaking(language_of(item.custom_id, item.label or "") or Language.ENGLISH):
                    fresh = button(action, id_, count=numbers[action], done=done)
                item.label, item.style = fresh.label, fresh.style
        view.stop()  # so that the client does not keep it: its buttons are answered by their ids
        try:
            await interaction.edit_original_response(view=view)
        except discord.NotFound:
            return


def is_private(interaction: "discord.Interaction[Any]") -> bool:
    """Whether the message pressed on is seen by nobody else: then it may say what this person did."""
    message = interaction.message
    return interaction.guild_id is None or message is None or message.flags.ephemeral


def server_of(interaction: "discord.Interaction[Any]") -> int | None:
    """Return the id of the server the interaction is from, None in direct messages."""
    return None if interaction.guild_id is None else here(interaction)


async def show_paper(interaction: Interaction, paper: Paper, *, asked_version: int | None = None) -> None:
    """Answer with a paper's card."""
    from cogs.ui.paper_cards import paper_card

    server_id = server_of(interaction)
    view = await interaction.client.services.papers.view(
        paper, server_id=server_id, member_id=interaction.user.id
    )
    await show(interaction, paper_card(view, in_server=server_id is not None, asked_version=asked_version))


async def _cite(interaction: Interaction, paper: Paper) -> None:
    from cogs.ui.paper_cards import citations

    view, files = citations(paper)
    if view is not None:
        await show(interaction, view)
        return
    await interaction.edit_original_response(
        content="So many authors do not fit into a message: here are the citations as files.",
        attachments=[discord.File(BytesIO(content), name) for name, content in files.items()],
    )


async def _why(interaction: Interaction, paper_id: str) -> None:
    from cogs.ui.feeds import why_card

    if interaction.guild_id is None:
        raise UserError("It fits what you asked for: see /papers subscriptions.")
    assert interaction.channel_id is not None
    said = await interaction.client.services.feeds.why_here(
        here(interaction), interaction.channel_id, paper_id
    )
    await show(interaction, why_card(said, manage=interaction.permissions.manage_guild))
