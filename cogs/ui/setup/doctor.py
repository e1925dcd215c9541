"""Looks for what keeps Cohort from doing its work in a server: each finding with its remedy, and a fix where we can."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.domain.feeds import Feed, FeedKind, Style
from bot.domain.server_settings import DELEGATED
from bot.tree import UNREACHABLE
from cogs.ui.buddies.server import missing as missing_for_buddies
from cogs.ui.buddies.server import reports_channel, sight
from cogs.ui.places import Postable, missing_for
from cogs.ui.roles.following import fault, link_name
from cogs.ui.setup.words import AREAS
from cogs.ui.text import listing, plain

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

CLOCK_SKEW: Final = timedelta(seconds=5)
"""Discord stamps each interaction; a machine that is further off than this posts at the wrong minute."""

NEARLY_FULL: Final = 10
"""Places of Discord's hundred for scheduled events that should be left."""

_PERMISSIONS: Final = {
    "View Channel": "view_channel",
    "Send Messages": "send_messages",
    "Send Messages in Threads": "send_messages_in_threads",
    "Create Public Threads": "create_public_threads",
    "Read Message History": "read_message_history",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be; `fix` is an action and its words, for a button."""

    words: str
    remedy: str
    fix: tuple[str, ...] = ()
    label: str = "Fix"
    grave: bool = True  # something does not work; otherwise it could be better


Check = Callable[[Interaction, Sequence[Feed]], Awaitable[list[Finding]]]


async def examine(interaction: Interaction, feeds: Sequence[Feed]) -> list[Finding]:
    """Return all findings of a server, what is grave first."""
    found: list[Finding] = []
    for check in CHECKS:
        found += await check(interaction, feeds)
    return sorted(found, key=lambda each: not each.grave)


async def _channels(interaction: Interaction, feeds: Sequence[Feed]) -> list[Finding]:
    guild = interaction.guild
    assert guild is not None
    found = []
    feeds = [feed for feed in feeds if feed.plan.kind is not FeedKind.BUDDIES]  # these need something else
    for feed in feeds:
        channel = guild.get_channel(feed.channel_id)
        if not isinstance(channel, Postable):
            found.append(
                Finding(
                    f"Feed {feed.number}: its channel is gone, or hidden from me.",
                    "Give it another channel, or remove it.",
                    ("feed", str(feed.number)),
                    "Choose a channel",
                )
            )
    wanted = {feed.channel_id: feed.plan.style for feed in feeds}
    wanted |= {feed.channel_id: Style.THREAD for feed in feeds if feed.plan.style is Style.THREAD}
    for channel_id, style in wanted.items():
        channel = guild.get_channel(channel_id)
        if not isinstance(channel, Postable):
            continue
        lacks = missing_for(channel, style)
        history = not channel.permissions_for(guild.me).read_message_history
        if lacks:
            found.append(
                Finding(
                    f"{channel.mention}: I lack {listing(lacks)}.",
                    "Edit Channel → Permissions, allow it for my role.",
                    ("allow", str(channel.id)),
                )
            )
        elif history:
            found.append(
                Finding(
                    f"{channel.mention}: I lack Read Message History.",
                    "With it I can tell whether a post arrived when Discord's answer got lost.",
                    ("allow", str(channel.id)),
                    grave=False,
                )
            )
    return found


async def _roles(interaction: Interaction, feeds: Sequence[Feed]) -> list[Finding]:
    guild, services = interaction.guild, interaction.client.services
    assert guild is not None
    await services.careers.load()
    found = []
    for link in await services.careers.role_links(guild.id):
        role = guild.get_role(link.discord_role_id)
        name = plain(link_name(services.careers.careers, link))
        if role is None:
            found.append(Finding(f"The Discord role for {name} was deleted.", "Remove it in /setup roles."))
        elif trouble := fault(role, guild):
            found.append(Finding(f"The Discord role for {name} is not offered.", trouble))
    for feed in feeds:
        options = feed.plan.events or feed.plan.options
        role_id = options.mention_role_id
        if role_id is None:
            continue
        role = guild.get_role(role_id)
        if role is None:
            found.append(
                Finding(
                    f"Feed {feed.number}: the role it mentions was deleted.",
                    "Choose another, or nobody.",
                    ("feed", str(feed.number)),
                    "Choose a role",
                )
            )
        elif not role.mentionable and not guild.me.guild_permissions.mention_everyone:
            found.append(
                Finding(
                    f"Feed {feed.number}: I may not mention {role.mention}, so nobody is told.",
                    "Server Settings → Roles: allow anyone to @mention this role.",
                    grave=False,
                )
            )
    settings = await services.moderation.settings.read(guild.id)
    for area in DELEGATED:
        role_id = settings.role_of(area)
        if role_id is not None and guild.get_role(role_id) is None:
            found.append(
                Finding(
                    f"The role that may moderate {AREAS[area].lower()} was deleted.",
                    "Choose another in the settings.",
                    ("server",),
                    "Open settings",
                    grave=False,
                )
            )
    return found


async def _notices(interaction: Interaction, _feeds: Sequence[Feed]) -> list[Finding]:
    guild = interaction.guild
    assert guild is not None
    settings = await interaction.client.services.moderation.settings.read(guild.id)
    if settings.notices_channel_id is not None:
        channel = guild.get_channel(settings.notices_channel_id)
        if not isinstance(channel, discord.TextChannel):
            return [
                Finding(
                    "The channel for my notices is gone.", "Choose another.", ("server",), "Open settings"
                )
            ]
        if lacks := missing_for(channel, Style.DIGEST):
            return [
                Finding(
                    f"{channel.mention}, for my notices: I lack {listing(lacks)}.",
                    "Edit Channel → Permissions, allow it for my role.",
                    ("allow", str(channel.id)),
                )
            ]
    elif guild.public_updates_channel is None:
        return [
            Finding(
                "I have no channel in which to tell you what went wrong.",
                "Choose one; until then only this panel says it.",
                ("server",),
                "Open settings",
                grave=False,
            )
        ]
    return []


async def _events(interaction: Interaction, feeds: Sequence[Feed]) -> list[Finding]:
    if not any(feed.plan.events is not None and feed.plan.events.native for feed in feeds):
        return []
    guild = interaction.guild
    assert guild is not None
    if not guild.me.guild_permissions.create_events:
        return [
            Finding(
                "I lack Create Events, so no Discord events are made.",
                "Server Settings → Roles, allow it for my role.",
            )
        ]
    try:
        standing = [
            event
            for event in await guild.fetch_scheduled_events(with_counts=False)
            if event.status in {discord.EventStatus.scheduled, discord.EventStatus.active}
        ]
    except UNREACHABLE:
        return []
    left = FULL_AT - len(standing)
    if left <= NEARLY_FULL:
        return [
            Finding(
                f"Discord keeps at most {FULL_AT} events in a server, and {len(standing)} are there.",
                "Delete some that you do not need; I go on by myself.",
                grave=left <= 0,
            )
        ]
    return []


FULL_AT: Final = 100
"""Discord's limit on scheduled and active events in a server."""


async def _commands(interaction: Interaction, _feeds: Sequence[Feed]) -> list[Finding]:
    tree = interaction.client.tree
    try:
        theirs = {command.name for command in await tree.fetch_commands()}
    except UNREACHABLE:
        return []
    ours = {command.name for command in tree.get_commands()}
    if missing := sorted(ours - theirs):
        return [
            Finding(
                f"Discord does not know {listing([f'`/{name}`' for name in missing])} yet.",
                "Whoever runs me restarts me; Discord itself shows new commands after a restart of the app.",
            )
        ]
    return []


async def _clock(interaction: Interaction, _feeds: Sequence[Feed]) -> list[Finding]:
    off = abs(interaction.client.services.clock.now() - interaction.created_at)
    if off <= CLOCK_SKEW:
        return []
    return [
        Finding(
            f"My clock and Discord's are {off.total_seconds():.0f} seconds apart.",
            "Whoever runs me switches on time synchronisation (NTP) on that machine.",
        )
    ]


async def _database(interaction: Interaction, _feeds: Sequence[Feed]) -> list[Finding]:
    if await interaction.client.services.moderation.is_current():
        return []
    return [
        Finding(
            "The database is of another version than I am.",
            "Whoever runs me starts the same version everywhere; `cohort check` says which it is.",
        )
    ]


async def _buddies(interaction: Interaction, _feeds: Sequence[Feed]) -> list[Finding]:
    """Look at what a round and a report need, where study buddies are on."""
    guild = interaction.guild
    assert guild is not None
    status = await interaction.client.services.buddies.setup.status(guild.id)
    settings = status.settings
    if not settings.on:
        return []
    found = []
    panel, label = ("buddies",), "Open study buddies"
    channel = guild.get_channel(settings.channel_id or 0)
    if not isinstance(channel, discord.TextChannel):
        found.append(
            Finding(
                "Study buddies: their channel is gone, or hidden from me.", "Choose another.", panel, label
            )
        )
    elif lacks := missing_for_buddies(interaction, settings):
        found.append(
            Finding(
                f"{channel.mention}, for study buddies: I lack {listing(lacks)}, so no thread opens.",
                "Edit Channel → Permissions, allow it for my role.",
                ("allow", str(channel.id)),
            )
        )
    if settings.role_id is not None and guild.get_role(settings.role_id) is None:
        found.append(
            Finding(
                "Study buddies: the role that is needed to take part was deleted, so nobody can.",
                "Choose another, or none.",
                panel,
                label,
            )
        )
    reports_id = reports_channel(interaction, status)
    reports = guild.get_channel(reports_id or 0)
    if not isinstance(reports, discord.TextChannel):
        gone = reports_id is not None
        found.append(
            Finding(
                f"Study buddies: {'the channel for reports is gone' if gone else 'reports have nowhere to go'}.",
                "Choose a channel that only moderators see.",
                panel,
                label,
            )
        )
    elif lacks := missing_for(reports, Style.DIGEST):
        found.append(
            Finding(
                f"{reports.mention}, for reports of study buddies: I lack {listing(lacks)}.",
                "Edit Channel → Permissions, allow it for my role.",
                ("allow", str(reports.id)),
            )
        )
    found += [Finding(words, remedy, panel, label) for words, remedy in sight(interaction, status)]
    return found


CHECKS: Final[list[Check]] = [_channels, _roles, _notices, _events, _buddies, _commands, _clock, _database]
"""What is looked at; a part of Cohort with conditions of its own appends its check."""


async def allow(interaction: Interaction, channel: "Postable | Any") -> None:
    """Give Cohort's own role what it needs in a channel; raises discord.Forbidden where it may not."""
    guild = interaction.guild
    assert guild is not None
    me = guild.me
    overwrite = channel.overwrites_for(me)
    overwrite.update(**dict.fromkeys(_PERMISSIONS.values(), True))
    buddies = (await interaction.client.services.buddies.setup.status(guild.id)).settings
    if buddies.on and buddies.private and buddies.channel_id == channel.id:
        overwrite.update(create_private_threads=True)
    reason = f"Asked for by {interaction.user.name} in /setup status"
    await channel.set_permissions(me, overwrite=overwrite, reason=reason)
