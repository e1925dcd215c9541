"""`/setup start`: from nothing to a useful server, proposed as a whole, applied as a whole.

What is chosen is kept after each step, so that it can be gone on with after a pause or a restart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.feeds import Style
from bot.domain.server_settings import Area
from bot.domain.sources import stamp
from bot.domain.transfer import Document, Step
from bot.domain.zones import parse_zone
from bot.errors import UserError
from bot.tree import UNREACHABLE
from cogs.ui.access import may_manage
from cogs.ui.buddies.items import BuddyButton
from cogs.ui.cards import ACCENT, GOOD, card, line, show
from cogs.ui.feeds.buttons import FeedButton
from cogs.ui.feeds.listing import every_feed, has_preview
from cogs.ui.forms import form, new_form, open_form, zone_field
from cogs.ui.places import KINDS_OF_TEXT, Postable, missing_for
from cogs.ui.setup.checks import check_steps, placed
from cogs.ui.setup.items import SetupButton, chosen, menu, menu_id, pressed, word_menu
from cogs.ui.setup.offers import BUDDIES_CHANNEL, OFFERS, PURPOSES, TOPICS, Offer
from cogs.ui.text import listing, plain, plural

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_KIND: Final = "start"
_FORM: Final = "setup:form:start"
_BY_KEY: Final = {offer.key: offer for offer in OFFERS}


@dataclass
class Draft:
    """What was chosen so far."""

    purpose: str = ""
    topics: list[str] = field(default_factory=list)
    offers: list[str] = field(default_factory=list)
    channels: dict[str, int] = field(default_factory=dict)  # by what the channel is for: "papers"
    zone: str = ""
    there: tuple[str, ...] = ()  # offers that are set up already; looked up each time

    @classmethod
    def of(cls, data: dict[str, Any] | None) -> "Draft":
        """Read what is stored; what an earlier version stored beside it is left out."""
        return cls(
            **{name: value for name, value in (data or {}).items() if name in cls.__dataclass_fields__}
        )

    @property
    def chosen(self) -> list[Offer]:
        """The offers that are taken, in their order."""
        return [offer for offer in OFFERS if offer.key in self.offers]

    @property
    def places(self) -> list[str]:
        """The channels that are needed."""
        return list(dict.fromkeys(offer.channel for offer in self.chosen))


async def show_start(interaction: Interaction, told: str = "") -> None:
    """Answer with the present state: the question, or what is proposed."""
    server_id = await may_manage(interaction)
    draft = await _load(interaction, server_id)
    zone = draft.zone or await interaction.client.services.feeds.default_zone(server_id)
    await show(interaction, start_card(interaction, draft, zone, told))


def start_card(interaction: Interaction, draft: Draft, zone: str, told: str = "") -> ui.LayoutView:
    """Show what is asked, and below it everything that would be set up."""
    purposes = [
        discord.SelectOption(label=words, value=key, default=key == draft.purpose)
        for key, words in PURPOSES.items()
    ]
    parts: list[Any] = [told] if told else []
    parts += [
        "## Let us set this server up\n**1.** What is this community for?",
        [word_menu(menu_id("purpose"), purposes, "This community is for …")],
    ]
    if not draft.purpose:
        parts.append("-# Nothing is posted and nothing is made before you have seen all of it.")
        return card(*parts)
    topics = [
        discord.SelectOption(label=words, value=key, default=key in draft.topics)
        for key, (words, _) in TOPICS.items()
    ]
    offers = [
        discord.SelectOption(
            label=offer.title,
            value=offer.key,
            description=offer.words[:100],
            default=offer.key in draft.offers,
        )
        for offer in OFFERS
        if offer.key not in draft.there
    ]
    parts += [
        "**2.** What are its papers about, and what is it to have?",
        [word_menu(menu_id("topics"), topics, "Machine learning and AI in general", several=True)],
        [word_menu(menu_id("offers"), offers, "Nothing yet", several=True)],
    ]
    if draft.there:
        names = listing([_BY_KEY[key].title for key in draft.there])
        parts.append(f"-# Set up already and left as it is: {names}.")
    if draft.places:
        parts.append("**3.** Where? Leave a channel out and I make it.")
    for place in draft.places:
        channel = _channel(interaction, draft, place)
        select: ui.ChannelSelect[Any] = ui.ChannelSelect(
            custom_id=menu_id("place", place),
            channel_types=KINDS_OF_TEXT,
            placeholder=f"{place.capitalize()}: a new channel #{place}",
            min_values=0,
            default_values=[
                discord.SelectDefaultValue(id=channel.id, type=discord.SelectDefaultValueType.channel)
            ]
            if channel is not None
            else [],
        )
        parts.append([menu(select)])
    parts.append(line())
    parts.append(_proposal(interaction, draft, zone))
    faults = _faults(interaction, draft)
    if faults:
        parts.append("\n".join(f"⚠️ {fault}" for fault in faults))
    go = SetupButton(
        "go",
        label="Set it up",
        style=discord.ButtonStyle.success,
        disabled=bool(faults) or not draft.chosen,
    )
    zone_button = SetupButton("startzone", label="Time zone")
    parts.append([go, zone_button, SetupButton("stop", label="Start over")])
    return card(*parts, colour=ACCENT)


def _proposal(interaction: Interaction, draft: Draft, zone: str) -> str:
    if not draft.chosen:
        return "Choose at least one thing."
    lines = []
    for offer in draft.chosen:
        channel = _channel(interaction, draft, offer.channel)
        where = channel.mention if channel is not None else f"a new channel **#{offer.channel}**"
        about = ""
        if offer.key == "papers":
            names = [TOPICS[topic][0] for topic in draft.topics if topic in TOPICS] or [TOPICS["ml"][0]]
            about = f" about {listing([name[0].lower() + name[1:] for name in names])}"
        lines.append(f"- **{offer.title}**{about} → {where}: {offer.words}")
    hint = "." if zone != "UTC" else "; choose yours below."
    return "**This would be set up**\n" + "\n".join(lines) + f"\n-# Times are in {plain(zone)}{hint}"


def _channel(interaction: Interaction, draft: Draft, place: str) -> "discord.TextChannel | None":
    """Return the channel for a purpose: the chosen one, else one that is called like that."""
    guild = interaction.guild
    assert guild is not None
    picked = guild.get_channel(draft.channels.get(place, 0))
    if isinstance(picked, discord.TextChannel):
        return picked
    if place in draft.channels:  # it was cleared: a new one is wanted
        return None
    return next((channel for channel in guild.text_channels if channel.name == place), None)


def _faults(interaction: Interaction, draft: Draft) -> list[str]:
    guild = interaction.guild
    assert guild is not None
    found = []
    new = [place for place in draft.places if _channel(interaction, draft, place) is None]
    if new:
        names = listing([f"#{name}" for name in new])
        if not guild.me.guild_permissions.manage_channels:
            found.append(
                f"I may not make {names}: choose a channel that is there, or give my role Manage Channels."
            )
        elif not interaction.permissions.manage_channels:
            found.append(
                f"To have {names} made you need Manage Channels yourself. Choose a channel that is there."
            )
    for place in draft.places:
        channel = _channel(interaction, draft, place)
        if place == BUDDIES_CHANNEL and channel is not None and channel.is_news():
            found.append(
                f"In {channel.mention} announcements are made, and private threads cannot be opened. Choose another."
            )
        if channel is not None and (missing := missing_for(channel, Style.DIGEST)):
            found.append(
                f"I lack {listing(missing)} in {channel.mention}. Allow it for my role, or choose another."
            )
    return found


async def _apply(interaction: Interaction, server_id: int) -> None:
    draft = await _load(interaction, server_id)
    if not draft.chosen:
        raise UserError("Choose at least one thing to set up.")
    if faults := _faults(interaction, draft):
        raise UserError("\n".join(faults))
    services = interaction.client.services
    zone = draft.zone or await services.feeds.default_zone(server_id)
    made = await _make_channels(interaction, draft)
    try:
        steps = await _set_up(interaction, server_id, await _settings(interaction, server_id, draft, zone))
    except Exception:
        await _unmake(made)
        raise
    await services.moderation.drafts.drop(server_id, _KIND, interaction.user.id)
    await show(interaction, await _done_card(interaction, server_id, steps, made))


async def _set_up(
    interaction: Interaction, server_id: int, settings: dict[Area, list[Document]]
) -> list[Step]:
    transfer = interaction.client.services.moderation.transfer
    if refused := check_steps(interaction, await transfer.plan(server_id, settings, replace=False)):
        raise UserError("\n".join(refused))
    return await transfer.apply(server_id, settings, replace=False, by=interaction.user.id)


async def _make_channels(interaction: Interaction, draft: Draft) -> list[discord.TextChannel]:
    guild = interaction.guild
    assert guild is not None
    made: list[discord.TextChannel] = []
    for place in draft.places:
        channel = _channel(interaction, draft, place)
        if channel is None:
            try:
                channel = await guild.create_text_channel(
                    place, reason=f"Asked for by {interaction.user.name} in /setup start"
                )
            except UNREACHABLE as error:
                await _unmake(made)
                raise UserError(
                    f"Discord did not let me make #{place}, so nothing was set up. Choose a channel that is there."
                ) from error
            made.append(channel)
        draft.channels[place] = channel.id
    if made:
        # Known before anything refers to them: after a crash the same ones are taken again.
        await _save(interaction, guild.id, draft)
    return made


async def _unmake(made: Sequence[discord.TextChannel]) -> None:
    for channel in made:
        try:
            await channel.delete(reason="Nothing was set up after all")
        except UNREACHABLE:
            continue


async def _settings(
    interaction: Interaction, server_id: int, draft: Draft, zone: str
) -> dict[Area, list[Document]]:
    guild = interaction.guild
    assert guild is not None
    settings: dict[Area, list[Document]] = {}
    for offer in draft.chosen:
        document = offer.make(draft.channels[offer.channel], zone, draft.topics)
        settings.setdefault(offer.area, []).append(placed(document, guild))
    if draft.zone:
        present = await interaction.client.services.moderation.settings.read(server_id)
        settings[Area.SERVER] = [present.with_(zone=draft.zone).document()]
    return settings


async def _done_card(
    interaction: Interaction, server_id: int, steps: Sequence[Step], made: Sequence[discord.TextChannel]
) -> ui.LayoutView:
    statuses = await every_feed(interaction.client.services, server_id)
    new = sum(step.before is None and step.area is Area.FEED for step in steps)
    prepared = next((step.after for step in steps if step.area is Area.BUDDIES and step.after), None)
    lines = [f"- {plural(new, 'feed')} set up"] if new else []
    if prepared is not None:
        lines.append(
            f"- Study buddies are prepared in <#{prepared['channel_id']}>. `/setup buddies` finishes it: choose where reports "
            "go and confirm the words about age and conduct. Until then nobody can join."
        )
    if not lines:
        lines.append("- Nothing was missing")
    if made:
        lines.append(f"- Made {listing([channel.mention for channel in made])}")
    upcoming = [status.feed.slot_at for status in statuses]
    if upcoming:
        lines.append(f"- The first post comes {stamp(min(upcoming), 'F')} ({stamp(min(upcoming))})")
    buttons: list[Any] = [FeedButton("list", 0), SetupButton("status", 0, label="How things stand")]
    shown = next((each.feed for each in statuses if has_preview(each.feed)), None)
    if shown is not None:
        buttons.insert(0, FeedButton("preview", shown.number, label="See what it would post now"))
    if prepared is not None:
        buttons.insert(
            0, BuddyButton("setup", label="Finish study buddies", style=discord.ButtonStyle.primary)
        )
    return card(
        "## Done\n" + "\n".join(lines),
        "Members can save papers, vote, subscribe, look careers up: `/help` shows them. `/setup status` says at any time "
        "how things stand, `/setup undo` takes back what you do not like.",
        buttons,
        colour=GOOD,
    )


@pressed("start")
async def _start(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction)
    await interaction.response.defer(ephemeral=True, thinking=True)
    await show_start(interaction)


@pressed("go")
async def _go(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    await _apply(interaction, server_id)


@pressed("stop")
async def _stop(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    await interaction.client.services.moderation.drafts.drop(server_id, _KIND, interaction.user.id)
    await show_start(interaction)


@chosen("purpose")
async def _purpose(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    draft = await _load(interaction, server_id)
    draft.purpose = values[0] if values[0] in PURPOSES else "general"
    draft.offers = [offer.key for offer in OFFERS if draft.purpose in offer.purposes]
    await _save(interaction, server_id, draft)
    await show_start(interaction)


@chosen("topics")
async def _topics(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    draft = await _load(interaction, server_id)
    draft.topics = [value for value in values if value in TOPICS]
    await _save(interaction, server_id, draft)
    await show_start(interaction)


@chosen("offers")
async def _offers(interaction: Interaction, _words: Sequence[str], values: Sequence[Any]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    draft = await _load(interaction, server_id)
    draft.offers = [value for value in values if value in _BY_KEY]
    await _save(interaction, server_id, draft)
    await show_start(interaction)


@chosen("place")
async def _place(interaction: Interaction, words: Sequence[str], values: Sequence[Any]) -> None:
    server_id = await may_manage(interaction)
    await interaction.response.defer()
    draft = await _load(interaction, server_id)
    if values:
        channel = values[0].resolve()
        if not isinstance(channel, Postable):
            raise UserError("I cannot see that channel. Give my role View Channel there and try again.")
        draft.channels[words[0]] = channel.id
    else:
        draft.channels[words[0]] = 0
    await _save(interaction, server_id, draft)
    await show_start(interaction)


@pressed("startzone")
async def _ask_zone(interaction: Interaction, _words: Sequence[str]) -> None:
    server_id = await may_manage(interaction)
    draft = await _load(interaction, server_id)
    zone = zone_field(draft.zone)
    await open_form(interaction, new_form("Time zone of this server", _FORM, zone))


@form(_FORM, _ask_zone)
async def _zone_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    server_id = await may_manage(interaction)
    zone = parse_zone(values.get("zone", ""))
    await interaction.response.defer()
    draft = await _load(interaction, server_id)
    draft.zone = zone
    await _save(interaction, server_id, draft)
    await show_start(interaction)


async def _load(interaction: Interaction, server_id: int) -> Draft:
    services = interaction.client.services
    draft = Draft.of(await services.moderation.drafts.get(server_id, _KIND, interaction.user.id))
    found = [offer.key for offer in OFFERS if offer.there and await offer.there(services, server_id)]
    draft.there = tuple(found)
    draft.offers = [key for key in draft.offers if key not in found]
    return draft


async def _save(interaction: Interaction, server_id: int, draft: Draft) -> None:
    data = {name: getattr(draft, name) for name in Draft.__dataclass_fields__ if name != "there"}
    await interaction.client.services.moderation.drafts.put(server_id, _KIND, interaction.user.id, data)
