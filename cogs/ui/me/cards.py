"""The cards of `/me`, their buttons and menus. Whoever presses acts on their own data, and on nobody else's."""

import re
from collections.abc import Sequence
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final, Self

import discord
from discord import ui

from bot.errors import UserError
from bot.services.members import Deleted, Held, Wishes
from bot.tree import GuardedButton, GuardedSelect
from cogs.ui.cards import ACCENT, CARE, GOOD, card, line, show
from cogs.ui.forms import form, new_form, open_form, zone_field
from cogs.ui.me.words import SETTINGS, counted
from cogs.ui.menus import choice_menu
from cogs.ui.text import plain

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_FORM: Final = "me:form:zone"
_LABELS: Final = {
    "show": "What I keep",
    "settings": "Settings",
    "export": "Take it as a file",
    "ask": "Delete everything",
    "delete": "Yes, delete everything",
    "keep": "Keep it",
    "zone": "Time zone",
}
_STYLES: Final = {
    "ask": discord.ButtonStyle.danger,
    "delete": discord.ButtonStyle.danger,
    "zone": discord.ButtonStyle.primary,
}
_FOR_GOOD: Final = (
    "**It cannot be undone.** Messages that I sent you or posted stay in Discord; you can delete yours there. "
    "Discord roles that you took stay too. Backups of whoever runs me go on their own time."
)
_DMS: Final = {"yes": "You may send me direct messages", "no": "No direct messages"}
_VISIBLE: Final = {"yes": "Others see my name in lists", "no": "Leave my name out of lists"}


class MeButton(
    GuardedButton, template=r"me:(?P<action>show|settings|export|ask|delete|keep|zone):(?P<owner>\d{1,20})"
):
    """One thing that a member does with their own data."""

    def __init__(self, action: str, owner: int) -> None:
        style = _STYLES.get(action, discord.ButtonStyle.secondary)
        super().__init__(ui.Button(label=_LABELS[action], style=style, custom_id=f"me:{action}:{owner}"))
        self.action = action
        self.owner = owner

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Make the button again from what Discord sent."""
        return cls(match["action"], int(match["owner"]))

    async def act(self, interaction: Interaction) -> None:
        """Do it, for the one whose card it is on."""
        check_owner(interaction, self.owner)
        if self.action == "zone":
            await _ask_zone(interaction)
            return
        await interaction.response.defer()
        match self.action:
            case "show":
                await show_held(interaction)
            case "settings":
                await show_settings(interaction)
            case "export":
                await send_export(interaction)
            case "ask":
                await show_delete(interaction)
            case "keep":
                await show(interaction, card("## Nothing was deleted"))
            case "delete":
                interaction.client.refused.forget(interaction.user.id)
                deleted = await interaction.client.services.members.delete(interaction.user.id)
                await show(interaction, _deleted(deleted))


class MeMenu(GuardedSelect, template=r"mes:(?P<setting>dms|visible):(?P<owner>\d{1,20})"):
    """One of a member's settings."""

    def __init__(self, item: Any, setting: str, owner: int) -> None:
        super().__init__(item)
        self.setting = setting
        self.owner = owner

    @classmethod
    async def from_custom_id(
        cls, interaction: "discord.Interaction[Any]", item: ui.Item[Any], match: re.Match[str], /
    ) -> Self:
        """Take the menu as Discord sent it."""
        return cls(item, match["setting"], int(match["owner"]))

    async def act(self, interaction: Interaction) -> None:
        """Apply the choice, for the one whose card it is on."""
        check_owner(interaction, self.owner)
        await interaction.response.defer()
        chosen = self.item.values[0] == "yes"
        dms, visible = (chosen, None) if self.setting == "dms" else (None, chosen)
        await show_settings(interaction, dms=dms, visible=visible)


def check_owner(interaction: Interaction, owner: int) -> None:
    """Refuse somebody else's card."""
    if interaction.user.id != owner:
        raise UserError("That card is somebody else's. Use /me show for yours.")


async def show_held(interaction: Interaction) -> None:
    """Answer with everything that is kept."""
    owner = interaction.user.id
    services = interaction.client.services
    found, wishes = await services.members.held(owner), await services.members.wishes(owner)
    await show(interaction, held_card(found, wishes, owner))


def held_card(found: Sequence[Held], wishes: Wishes, owner: int) -> ui.LayoutView:
    """Say in words what is kept about somebody."""
    if not found:
        return card(
            "## I keep nothing about you",
            "No message you wrote, no name, nothing you looked up.",
            [MeButton("settings", owner)],
        )
    yours = [
        f"- {counted(each.count, each.words)}"
        for each in found
        if not each.is_servers and each.count and each.words != SETTINGS
    ]
    servers = [f"- {counted(each.count, each.words)}" for each in found if each.is_servers]
    parts: list[Any] = ["## What I keep about you\nYour Discord id, and with it:"]
    parts.append("\n".join([*yours, f"- your settings: {_wishes(wishes)}"]))
    if servers:
        parts.append("**What belongs to servers, with your id as who did it**\n" + "\n".join(servers))
    parts += [
        "-# No message you wrote, no name, no list of your servers; nothing is given to anybody else.",
        line(),
        [MeButton("export", owner), MeButton("settings", owner), MeButton("ask", owner)],
    ]
    return card(*parts)


def _wishes(wishes: Wishes) -> str:
    zone = plain(wishes.zone) if wishes.zone else "no time zone"
    dms = "direct messages on" if wishes.dms else "direct messages off"
    return f"{zone}, {dms}, {'seen' if wishes.visible else 'not seen'} in lists"


async def show_settings(
    interaction: Interaction,
    *,
    zone: str | None = None,
    dms: bool | None = None,
    visible: bool | None = None,
) -> None:
    """Answer with the panel; what is given is applied first."""
    owner, service = interaction.user.id, interaction.client.services.members
    changed = not (zone is None and dms is None and visible is None)
    wishes = (
        await service.wish(owner, zone=zone, dms=dms, visible=visible)
        if changed
        else await service.wishes(owner)
    )
    await show(interaction, settings_card(wishes, owner, changed=changed))


def settings_card(wishes: Wishes, owner: int, *, changed: bool = False) -> ui.LayoutView:
    """Show a member's settings, each with a menu or a form."""

    def select(setting: str, words: dict[str, str], *, on: bool) -> MeMenu:
        item = choice_menu(f"mes:{setting}:{owner}", words, {"yes" if on else "no"})
        return MeMenu(item, setting, owner)

    parts: list[Any] = ["## Your settings" + ("\n✅ Saved." if changed else "")]
    zone = plain(wishes.zone) if wishes.zone else "none yet; each server's own is used"
    parts.append(f"**Time zone** {zone}")
    parts.append([select("dms", _DMS, on=wishes.dms)])
    if not wishes.dms:
        parts.append("-# Your subscriptions and reminders are paused until you switch this on again.")
    parts.append([select("visible", _VISIBLE, on=wishes.visible)])
    parts.append([MeButton("zone", owner), MeButton("show", owner)])
    return card(*parts, colour=GOOD if changed else ACCENT)


async def send_export(interaction: Interaction) -> None:
    """Answer with a file of everything that is kept."""
    data = await interaction.client.services.members.export(interaction.user.id)
    file = discord.File(BytesIO(data), "cohort-my-data.json")
    view = card(
        "## Everything I keep about you\nA file that people and programs can read.",
        ui.File(f"attachment://{file.filename}"),
    )
    await interaction.edit_original_response(view=view, attachments=[file])


async def show_delete(interaction: Interaction) -> None:
    """Answer with what would go, and ask."""
    owner = interaction.user.id
    found = await interaction.client.services.members.held(owner)
    if not found:
        await show(interaction, held_card([], Wishes(), owner))
        return
    yours = [f"- {counted(each.count, each.words)}" for each in found if not each.is_servers]
    servers = [f"- {each.words}" for each in found if each.is_servers]
    parts: list[Any] = ["## Delete everything?\nThis goes at once, in every server:\n" + "\n".join(yours)]
    if servers:
        parts.append("These stay with their servers, without your id:\n" + "\n".join(servers))
    parts += [
        _FOR_GOOD,
        [MeButton("delete", owner), MeButton("export", owner), MeButton("keep", owner)],
    ]
    await show(interaction, card(*parts, colour=CARE))


def _deleted(deleted: Deleted) -> ui.LayoutView:
    parts = ["## Deleted\nI keep nothing about you any more. If you use me again, I begin anew."]
    if deleted.still_in:
        # A meeting is in one thread, and they are in few at a time; a card has room for 4,000 characters.
        threads = ", ".join(f"<#{thread_id}>" for thread_id in deleted.still_in[:50])
        parts.append(
            f"Discord did not let me take you out of {threads}. Open it, and choose **Leave Thread** in its menu."
        )
    return card(*parts, colour=CARE if deleted.still_in else GOOD)


async def _ask_zone(interaction: Interaction, _words: Sequence[str] = ()) -> None:
    wishes = await interaction.client.services.members.wishes(interaction.user.id)
    zone = zone_field(wishes.zone)
    await open_form(interaction, new_form("Your time zone", _FORM, zone))


@form(_FORM, _ask_zone)
async def _zone_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    await interaction.response.defer()
    await show_settings(interaction, zone=values.get("zone", ""))
