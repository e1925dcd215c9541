"""Pages of papers: a search, the latest, and what a digest only counted. Their buttons work after any restart."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.budgets import Cost
from bot.domain.feeds import Candidate
from bot.domain.papers import Paper
from bot.domain.queries import QueryError
from bot.errors import UserError
from bot.services.papers import PER_PAGE, SearchPage, Slice
from bot.tree import GuardedButton
from cogs.ui.cards import CARE, MAX_CHARACTERS, card, line, show, turn
from cogs.ui.paper_actions import server_of
from cogs.ui.paper_cards import busy_line, listed, thanks
from cogs.ui.text import plain, plural, shorten

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_LONGEST_IN_ID: Final = 80
_MARGIN: Final = 100
_WRITTEN = re.compile(r"^-# `(?P<query>[^`\n]+)`$", re.MULTILINE)


class SearchButton(GuardedButton, template=r"find:(?P<page>\d{1,4}):(?P<token>(?s:.+))"):
    """A page of a search. A query too long for an id is read again from the card, where it stands."""

    reads_content = False

    cost = Cost.LOOKUP

    def __init__(self, page: int, token: str, *, label: str | None = None, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"find:{page}:{token}", disabled=disabled))
        self.page = page
        self.token = token

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(int(match["page"]), match["token"])

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Turn to the page."""
        query = self.token if not self.token.startswith("~") else _written(interaction.message, self.token)
        await turn(interaction)
        try:
            found = await interaction.client.services.papers.search(query, self.page)
        except QueryError as error:  # a query of an older version
            raise UserError("Type that search again, please: `/papers search`.") from error
        await show(interaction, search_card(found))


class LatestButton(GuardedButton, template=r"latest:(?P<page>\d{1,4}):(?P<category>[A-Za-z.-]*)"):
    """A page of the latest papers of a category; without one, of what this server's feeds read."""

    reads_content = False

    def __init__(self, page: int, category: str, *, label: str | None = None, disabled: bool = False) -> None:
        super().__init__(ui.Button(label=label, custom_id=f"latest:{page}:{category}", disabled=disabled))
        self.page = page
        self.category = category

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(int(match["page"]), match["category"])

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Turn to the page."""
        await turn(interaction)
        await show_latest(interaction, self.category, self.page)


class OverflowButton(
    GuardedButton, template=r"overflow:(?P<feed_id>\d{1,18}):(?P<slot>\d{1,11}):(?P<page>\d{1,4})"
):
    """A page of the papers that a digest only counted."""

    reads_content = False

    def __init__(
        self, feed_id: int, slot: int, page: int, *, label: str | None = None, disabled: bool = False
    ) -> None:
        super().__init__(
            ui.Button(label=label, custom_id=f"overflow:{feed_id}:{slot}:{page}", disabled=disabled)
        )
        self.feed_id = feed_id
        self.slot = slot
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(int(match["feed_id"]), int(match["slot"]), int(match["page"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Show the page to whoever pressed."""
        server_id = server_of(interaction)
        await turn(interaction)
        found = await interaction.client.services.papers.counted(
            self.feed_id,
            datetime.fromtimestamp(self.slot, UTC),
            self.page,
            server_id=server_id,
            member_id=interaction.user.id,
        )
        head = f"## {plural(found.total, 'more paper')}\n-# Counted in the post of <t:{self.slot}:D>"
        await show(
            interaction,
            _paged(
                head,
                found.candidates,
                found.page,
                found.total,
                partial(OverflowButton, self.feed_id, self.slot),
            ),
        )


async def show_latest(interaction: Interaction, category: str, page: int = 0) -> None:
    """Answer with a page of the latest papers; the answer was deferred."""
    services = interaction.client.services
    categories = (category,) if category else await services.papers.categories_of(server_of(interaction))
    if not page:
        await services.arxiv.read_now(categories)
    found = await services.papers.latest(categories, page)
    await show(interaction, latest_card(categories, category, found))


def latest_card(categories: Sequence[str], category: str, found: Slice) -> ui.LayoutView:
    """Show a page of the latest papers; `category` is the one that was chosen, "" for the server's."""
    where = ", ".join(categories[:8]) + (" …" if len(categories) > 8 else "")
    if not found.total:
        return card(
            f"## No papers yet\nI have stored no new paper in {where}. arXiv announces papers from Monday to "
            "Friday; `/papers search` looks through all of arXiv.",
            colour=CARE,
        )
    read = f"<t:{int(found.candidates[0].first_seen_at.timestamp())}:R>" if found.candidates else ""
    head = f"## Latest papers\n-# {where} · {plural(found.total, 'paper')} stored · newest here read {read}"

    turned = partial(LatestButton, category=category)
    return _paged(head, found.candidates, found.page, found.total, turned)


def search_card(found: SearchPage) -> ui.LayoutView:
    """Show a page of a search, with the query read back in words."""
    query = found.query
    said = plain(shorten(query.words(), 300))
    head = f"## {said[:1].upper()}{said[1:]}\n-# `{_shown(query.text)}`"
    if found.busy is not None:
        head += f"\n{busy_line(found.busy)} Meanwhile this is what I have stored of the last weeks."
    if not found.papers:
        nothing = (
            "I have stored nothing like it."
            if found.busy
            else "arXiv has no such paper. Try fewer or shorter words; `transform*` finds all that begin so."
        )
        return card(head, nothing, colour=CARE)
    token = token_of(query.text)

    head += f"\n-# {plural(found.total, 'paper')}" + (", most relevant first" if not found.busy else "")
    turned = partial(SearchButton, token=token)
    return _paged(head, found.papers, found.page, found.total, turned)


def token_of(query: str) -> str:
    """Return what a page button carries of a query: itself, or, too long for that, a sign to know it by."""
    if len(query) <= _LONGEST_IN_ID and not query.startswith("~"):
        return query
    return "~" + sha256(query.encode()).hexdigest()[:16]


def _written(message: discord.Message | None, token: str) -> str:
    """Return the query that stands on a card, if it is the one that the button means."""
    if message is not None:
        view = ui.LayoutView.from_message(message, timeout=None)
        for item in view.walk_children():
            if isinstance(item, ui.TextDisplay):
                for match in _WRITTEN.finditer(item.content):
                    if token_of(match["query"]) == token:
                        return match["query"]
    raise UserError("I no longer know that search. Type it again: `/papers search`.")


def _shown(query: str) -> str:
    return query.replace("`", "'")


def _paged(
    head: str,
    papers: Sequence[Paper | Candidate],
    page: int,
    total: int,
    turned: Callable[..., GuardedButton],
) -> ui.LayoutView:
    """Return a card with papers and, where there are more, Back and More."""
    parts: list[Any] = [head, *listed(papers, MAX_CHARACTERS - len(head) - len(thanks()) - _MARGIN)]
    pages = -(-total // PER_PAGE)
    if pages > 1:
        back = turned(max(page - 1, 0), label="← Back", disabled=page == 0)
        more = turned(page + 1, label=f"More → ({page + 1}/{pages:,})", disabled=page + 1 >= pages)
        parts += [line(), [back, more]]
    return card(*parts, thanks())
