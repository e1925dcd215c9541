"""The buttons that act on feeds; what they show is made by the cards."""

import re
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.domain.budgets import Cost
from bot.domain.feeds import Feed
from bot.domain.server_settings import Area
from bot.tree import GuardedButton
from cogs.ui.access import may_manage
from cogs.ui.cards import show
from cogs.ui.feeds.listing import every_feed, has_preview, is_of_events

if TYPE_CHECKING:
    from bot.client import CohortBot

LABELS: Final = {
    "preview": "Preview",
    "edit": "Edit",
    "pause": "Pause",
    "resume": "Resume",
    "remove": "Remove",
    "restore": "Bring it back",
    "calloff": "Call its Discord events off",
    "list": "All feeds",
}


class FeedButton(
    GuardedButton,
    template=r"feed:(?P<action>preview|edit|pause|resume|remove|restore|calloff|list):(?P<number>\d+)",
):
    """One action on one feed of the server it is pressed in; for `list` the number is a page."""

    reads_content = False

    def __init__(self, action: str, number: int, *, label: str | None = None, disabled: bool = False) -> None:
        super().__init__(
            ui.Button(
                label=label or LABELS[action],
                style=_style(action),
                custom_id=f"feed:{action}:{number}",
                disabled=disabled,
            )
        )
        self.action = action
        self.number = number
        if action == "preview":
            self.cost = Cost.READING

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent: it works after any restart."""
        return cls(match["action"], int(match["number"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it, for those who may."""
        from cogs.ui.feeds import cards
        from cogs.ui.feeds.editing import panel_of

        server_id = await may_manage(interaction, Area.FEED)
        service, by = interaction.client.services.feeds, interaction.user.id
        now = interaction.client.services.clock.now()
        if self.action == "list":
            await interaction.response.defer()
            statuses = await every_feed(interaction.client.services, server_id)
            await show(interaction, cards.feed_list(statuses, interaction.guild, now, page=self.number))
            return
        await interaction.response.defer(ephemeral=True, thinking=True)
        match self.action:
            case "preview" if is_of_events(await service.feed(server_id, self.number)):
                from cogs.ui.event_feeds.editing import show_preview

                await show_preview(interaction, server_id, self.number)
            case "preview":
                await show(
                    interaction, cards.preview_card(await service.preview(server_id, self.number), now)
                )
            case "edit":
                await show(interaction, panel_of(await service.feed(server_id, self.number)))
            case "remove":
                removed = await service.remove(server_id, self.number, by=by)
                left = await interaction.client.services.event_leftovers.count(server_id, self.number)
                await show(interaction, cards.removed_card(removed, left))
            case "calloff":
                off = await interaction.client.services.event_leftovers.call_off(server_id, self.number)
                await show(interaction, cards.called_off_card(off))
            case action:
                change = {"pause": service.pause, "resume": service.resume, "restore": service.restore}[
                    action
                ]
                await show(interaction, cards.changed_card(await change(server_id, self.number, by=by)))


class FeedListButton(
    GuardedButton,
    template=r"feeds:(?P<action>pause|resume|remove|restore):(?P<number>\d+):(?P<page>\d+)",
):
    """An action on a feed from the list, which then shows how things stand."""

    reads_content = False

    def __init__(self, action: str, number: int, page: int) -> None:
        super().__init__(
            ui.Button(label=LABELS[action], style=_style(action), custom_id=f"feeds:{action}:{number}:{page}")
        )
        self.action = action
        self.number = number
        self.page = page

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], int(match["number"]), int(match["page"]))

    async def act(self, interaction: "discord.Interaction[CohortBot]") -> None:
        """Do it, for those who may, and bring the list up to date."""
        from cogs.ui.feeds.cards import feed_list

        server_id = await may_manage(interaction, Area.FEED)
        services = interaction.client.services
        await interaction.response.defer()
        act = {
            "pause": services.feeds.pause,
            "resume": services.feeds.resume,
            "remove": services.feeds.remove,
            "restore": services.feeds.restore,
        }[self.action]
        changed = await act(server_id, self.number, by=interaction.user.id)
        left = await services.event_leftovers.count(server_id, self.number)
        statuses = await every_feed(services, server_id)
        now = services.clock.now()
        await show(
            interaction,
            feed_list(statuses, interaction.guild, now, page=self.page, changed=changed, left=left),
        )


def preview_button(feed: Feed) -> list[FeedButton]:
    """Return the button that shows what a feed would post; none for one that has no preview."""
    return [FeedButton("preview", feed.number)] if has_preview(feed) else []


def _style(action: str) -> discord.ButtonStyle:
    return discord.ButtonStyle.danger if action in {"remove", "calloff"} else discord.ButtonStyle.secondary
