"""What holds for the whole server, on a panel: its zone and language, where notices go, who else may moderate what."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.feeds import Style
from bot.domain.languages import LABELS, Language
from bot.domain.server_settings import DELEGATED, Area, ServerSettings
from bot.domain.zones import parse_zone
from bot.errors import UserError
from cogs.ui.access import may_manage
from cogs.ui.cards import ACCENT, GOOD, card, line, show
from cogs.ui.feeds.inputs import NOTHING
from cogs.ui.forms import form, line_field, new_form, open_form
from cogs.ui.places import check_postable
from cogs.ui.setup.items import SetupButton, chosen, menu, menu_id, pressed, word_menu
from cogs.ui.setup.words import AREAS, becomes
from cogs.ui.text import plain

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

ENGLISH_NAMES: Final = {
    Language.ENGLISH: "English",
    Language.GERMAN: "German",
    Language.SPANISH: "Spanish",
    Language.FRENCH: "French",
}

_FORM: Final = "setup:form:zone"


async def show_server(interaction: Interaction, changed: Mapping[str, Any] | None = None) -> None:
    """Answer with the panel; `changed` is applied first."""
    server_id = await may_manage(interaction)
    service = interaction.client.services.moderation.settings
    before = await service.read(server_id)
    after = before
    if changed:
        check(interaction, changed)
        after = await service.change(server_id, by=interaction.user.id, **changed)
    default = await interaction.client.services.feeds.default_zone(server_id)
    await show(interaction, panel(after, default, before if changed else None))


def check(interaction: Interaction, changed: Mapping[str, Any]) -> None:
    """Refuse a channel in which notices could not be posted, and a role that everybody has."""
    guild = interaction.guild
    assert guild is not None
    channel_id = changed.get("notices_channel_id")
    if channel_id is not None:
        channel = guild.get_channel(channel_id)
        if not isinstance(channel, discord.TextChannel):
            raise UserError("I cannot see that channel. Give my role View Channel there and try again.")
        check_postable(channel, Style.DIGEST)
    for area in DELEGATED:
        if changed.get(f"{area}_role_id") == guild.id:
            raise UserError("Everybody has that role. Choose one that only your moderators have.")


def panel(settings: ServerSettings, zone: str, before: ServerSettings | None = None) -> ui.LayoutView:
    """Show the present values and a menu for each."""
    parts: list[Any] = []
    if before is not None:
        said = becomes(before.document(), settings.document())
        parts += ["\n".join(f"✅ {each}" for each in said.splitlines()) or "Nothing changed.", line()]
    where = (
        f"<#{settings.notices_channel_id}>"
        if settings.notices_channel_id
        else "Discord's community updates channel, if you have one"
    )
    whose = "" if settings.zone else " (chosen last for a feed)" if zone != "UTC" else " (nobody chose one)"
    said_so = "" if settings.language else " (nobody chose one)"
    parts.append(
        f"## Settings of this server\n**Time zone** {plain(settings.zone or zone)}{whose}\n"
        f"**Language** {settings.spoken.label}{said_so}\n-# {_posts_in(settings.spoken)}\n"
        f"**Notices** {where}\n-# There I say what went wrong, what is held and what members report."
    )
    languages = [
        discord.SelectOption(label=label, value=each.value, default=each is settings.spoken)
        for each, label in LABELS.items()
    ]
    parts.append([word_menu(menu_id("language"), languages, "Language of my posts")])
    channel: ui.ChannelSelect[Any] = ui.ChannelSelect(
        custom_id=menu_id("notices"),
        channel_types=[discord.ChannelType.text],
        placeholder="Where my notices go",
        min_values=0,
        default_values=_default(settings.notices_channel_id, discord.SelectDefaultValueType.channel),
    )
    parts.append([menu(channel)])
    parts.append(
        "**Who else may moderate**\nPeople with Manage Server may do everything. A role can do more of it: choose one "
        "for each part, or none."
    )
    for area in DELEGATED:
        role: ui.RoleSelect[Any] = ui.RoleSelect(
            custom_id=menu_id("delegate", area),
            placeholder=f"{AREAS[area]}: a role besides Manage Server",
            min_values=0,
            default_values=_default(settings.role_of(area), discord.SelectDefaultValueType.role),
        )
        parts.append([menu(role)])
    parts.append(
        "-# To show such a role `/feed` or `/setup` as you type, allow it under Server Settings → Integrations → "
        "Cohort. Without that they find their panels in `/help`."
    )
    parts.append([SetupButton("zone", label="Time zone", style=discord.ButtonStyle.primary)])
    return card(*parts, colour=GOOD if before not in (None, settings) else ACCENT)


def _posts_in(language: Language) -> str:
    """Say what the language holds for, and what it does not."""
    if language is Language.ENGLISH:
        return "What I post in this server's channels can also be in another language."
    return (
        f"Posts in this server are in {ENGLISH_NAMES[language]}. Answers to commands and direct messages are in English "
        "for now; titles, abstracts, questions and careers stay as they are."
    )


def _default(id_: int | None, kind: discord.SelectDefaultValueType) -> list[discord.SelectDefaultValue]:
    return [discord.SelectDefaultValue(id=id_, type=kind)] if id_ is not None else []


def read_zone(text: str) -> str | None:
    """Read a zone; the word none takes it away."""
    return None if text.strip().lower() in NOTHING else parse_zone(text)


@pressed("server")
async def _open(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show_server(interaction)


@chosen("notices")
async def _notices(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_server(interaction, {"notices_channel_id": values[0].id if values else None})


@chosen("language")
async def _language(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_server(interaction, {"language": values[0]})


@chosen("delegate")
async def _delegate(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    await may_manage(interaction)
    await interaction.response.defer()
    await show_server(interaction, {f"{Area(words[0])}_role_id": values[0].id if values else None})


@pressed("zone")
async def _zone(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    settings = await interaction.client.services.moderation.settings.read(server_id)
    hint = "Such as Europe/Paris or Berlin; empty for none"
    zone = line_field("zone", "Time zone", hint, settings.zone, 60, required=False)
    await open_form(interaction, new_form("Time zone of this server", _FORM, zone))


@form(_FORM, _zone)
async def _zone_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    await may_manage(interaction)
    typed = values.get("zone", "").strip()
    zone = read_zone(typed) if typed else None
    await interaction.response.defer()
    await show_server(interaction, {"zone": zone})
