"""`/role follow`: Discord roles that members give themselves, because moderators allowed it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import discord

from bot.domain.careers import Careers
from bot.domain.server_careers import RoleLink
from cogs.ui.cards import GOOD
from cogs.ui.items import option
from cogs.ui.roles.items import RoleMenu
from cogs.ui.roles.pages import Page
from cogs.ui.text import listing, plain

POWERS: Final = {
    "administrator": "Administrator",
    "manage_guild": "Manage Server",
    "manage_roles": "Manage Roles",
    "manage_channels": "Manage Channels",
    "manage_messages": "Manage Messages",
    "manage_webhooks": "Manage Webhooks",
    "manage_threads": "Manage Threads",
    "manage_nicknames": "Manage Nicknames",
    "manage_expressions": "Manage Expressions",
    "manage_events": "Manage Events",
    "kick_members": "Kick Members",
    "ban_members": "Ban Members",
    "moderate_members": "Time Out Members",
    "mention_everyone": "Mention Everyone",
    "view_audit_log": "View Audit Log",
    "mute_members": "Mute Members",
    "deafen_members": "Deafen Members",
    "move_members": "Move Members",
}
"""What nobody should get by pressing a button."""


def fault(role: discord.Role, guild: discord.Guild) -> str:
    """Say why Cohort cannot or should not give a role, and what to do; empty where it can."""
    powers = [words for name, words in POWERS.items() if getattr(role.permissions, name)]
    if role.is_default():
        return "@everyone is had by everybody. Pick another role."
    if role.managed:
        return f"{role.mention} belongs to an app or to boosting: Discord lets nobody give it. Pick another role."
    if powers:
        return (
            f"{role.mention} carries powers of moderators ({listing(powers[:3])}), so members must not take it "
            "themselves. Pick a role without them."
        )
    me = guild.me
    if not me.guild_permissions.manage_roles:
        return "I lack Manage Roles. Open Server Settings → Roles, allow it for my role, and try again."
    if role >= me.top_role:
        return (
            f"{role.mention} stands above my own role, so Discord does not let me give it. Open Server Settings → "
            f"Roles, drag my role {me.top_role.mention} above it, and try again."
        )
    return ""


_INVITE: Final = (
    "## Follow careers here\nTick what you follow: you get its role in this server, and others find you by it. "
    "Untick to leave."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A Discord role on offer, with what it stands for; `held` says that the member has it."""

    link: RoleLink
    role: discord.Role
    held: bool


def link_name(careers: Careers, link: RoleLink) -> str:
    """Return what a Discord role stands for; what is no longer known is named by its id."""
    if link.kind == "role":
        return careers.roles[link.target].title if link.target in careers.roles else link.target
    return careers.tracks[link.target].name if link.target in careers.tracks else link.target


def offers(links: Sequence[RoleLink], guild: discord.Guild, member: discord.Member) -> list[Offer]:
    """Return the roles that can be given now; those that were deleted or gained powers are left out."""
    held = {role.id for role in member.roles}
    found = []
    for link in links:
        role = guild.get_role(link.discord_role_id)
        if role is not None and not fault(role, guild):
            found.append(Offer(link, role, role.id in held))
    return found


def follow_page(careers: Careers, offered: Sequence[Offer], *, told: str = "") -> Page:
    """Let a member choose; what they have is ticked already."""
    options = [
        option(link_name(careers, each.link), str(each.role.id), f"@{each.role.name}", default=each.held)
        for each in offered
    ]
    parts: list[Any] = [
        _INVITE,
        [RoleMenu("follow", options=options, placeholder="You follow nothing yet", several=True)],
    ]
    if told:
        parts.insert(0, told)
    return Page(parts, colour=GOOD)


def changed(careers: Careers, given: Sequence[Offer], taken: Sequence[Offer]) -> str:
    """Say what was given and taken."""
    lines = []
    if given:
        lines.append(
            f"✅ You now follow {listing([plain(link_name(careers, each.link)) for each in given])}."
        )
    if taken:
        lines.append(
            f"You no longer follow {listing([plain(link_name(careers, each.link)) for each in taken])}."
        )
    return "\n".join(lines) or "Nothing changed."
