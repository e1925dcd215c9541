"""What moderators set up for careers: Discord roles to follow, roles of the server's own, links below roles."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

import discord
from discord import ui

from bot.domain.lookup import Found, Kind, only_role
from bot.domain.server_careers import SUMMARY, TITLE, URL, RoleLink, draft_link, draft_role
from bot.domain.server_settings import Area
from bot.errors import Faults, UserError
from bot.services.careers import Added
from cogs.ui.access import may_manage
from cogs.ui.cards import line
from cogs.ui.forms import form, new_form, open_form
from cogs.ui.items import option
from cogs.ui.roles.answers import ROLES, careers_of
from cogs.ui.roles.following import fault, link_name
from cogs.ui.roles.items import RoleButton, RoleMenu, chosen, pressed
from cogs.ui.roles.pages import Page, answer, beside, turn
from cogs.ui.text import plain

if TYPE_CHECKING:
    from bot.client import CohortBot

    Interaction = discord.Interaction[CohortBot]
else:
    Interaction = discord.Interaction

_SHOWN: Final = 25


async def show_setup(interaction: Interaction, *, told: str = "") -> None:
    """Answer with everything a server has set up for careers."""
    server_id = await may_manage(interaction, Area.ROLES)
    service = careers_of(interaction)
    links, added = await service.role_links(server_id), await service.added(server_id)
    guild = interaction.guild
    assert guild is not None
    lines = [_link_line(interaction, link, guild) for link in links]
    parts: list[Any] = [
        told,
        "## Roles to follow\n"
        + ("\n".join(lines) or "None yet. Type `/setup roles` with a career and a Discord role."),
    ]
    if links:
        options = [
            option(link_name(service.careers, link), str(link.discord_role_id), _role_name(guild, link))
            for link in links
        ]
        parts.append([RoleMenu("unlink", options=options, placeholder="Stop offering a role")])
    parts += ["## Added by this server\n" + _added(interaction, added)]
    if added.roles or added.links:
        options = [option(each.title, str(id_), "a role of our own") for id_, each in added.roles.items()]
        options += [
            option(each.title, str(id_), f"a link below {each.role}") for id_, each in added.links.items()
        ]
        for start in range(0, len(options), _SHOWN):
            some = options[start : start + _SHOWN]
            parts.append([RoleMenu("remove", start, options=some, placeholder="Remove a role or link")])
    parts += [
        line(),
        [
            RoleButton("newrole", label="Add a role of our own"),
            RoleButton("newlink", label="Add a link to a role"),
        ],
    ]
    await answer(interaction, Page([part for part in parts if part]))


def _link_line(interaction: Interaction, link: RoleLink, guild: discord.Guild) -> str:
    name = plain(link_name(careers_of(interaction).careers, link))
    role = guild.get_role(link.discord_role_id)
    if role is None:
        return f"- {name} → a role that was deleted. Remove it below."
    trouble = fault(role, guild)
    return f"- {name} → {role.mention}" + (f"\n  ⚠️ Not offered now. {trouble}" if trouble else "")


def _role_name(guild: discord.Guild, link: RoleLink) -> str:
    role = guild.get_role(link.discord_role_id)
    return f"@{role.name}" if role else "deleted"


def _added(interaction: Interaction, added: Added) -> str:
    roles = careers_of(interaction).careers.roles
    lines = [f"- {plain(each.title)} (a role of our own)" for each in added.roles.values()]
    lines += [
        f"- {plain(each.title)} (a link below {roles[each.role].title if each.role in roles else each.role})"
        for each in added.links.values()
    ]
    return "\n".join(lines) or "Nothing yet."


async def link_role(interaction: Interaction, career: str, role: discord.Role) -> None:
    """Offer a Discord role for a career or track, after everything that may stand against it was looked at."""
    server_id = await may_manage(interaction, Area.ROLES)
    check_gives(interaction, role)
    service = careers_of(interaction)
    finding = service.directory.find(career, frozenset({Kind.ROLE, Kind.TRACK}))
    if not isinstance(finding, Found):
        names = ", ".join(each.title for each in finding.options)
        raise UserError(f"Which career or track is that? Perhaps one of: {names}. Pick it from the list.")
    option_ = finding.option
    await service.link_role(server_id, option_.kind, option_.id, role.id, by=interaction.user.id)
    told = f"✅ Members who follow {option_.title} with `/role follow` now get {role.mention}."
    await show_setup(interaction, told=told)


def check_gives(interaction: Interaction, role: discord.Role) -> None:
    """Refuse a role that either Cohort or the person who offers it may not give."""
    if not interaction.permissions.manage_roles:
        raise UserError("To give roles away you need Manage Roles yourself. Ask somebody who has it.")
    guild, member = interaction.guild, interaction.user
    assert guild is not None
    assert isinstance(member, discord.Member)
    if trouble := fault(role, guild):
        raise UserError(trouble)
    if member.id != guild.owner_id and role >= member.top_role:
        raise UserError(
            f"{role.mention} is not below your own highest role, so it is not yours to give. Ask the owner."
        )


@chosen("unlink")
async def _unlink(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.ROLES)
    await turn(interaction)
    gone = await careers_of(interaction).unlink_role(server_id, int(values[0]), by=interaction.user.id)
    await show_setup(interaction, told="Not offered any more. Who has the role keeps it." if gone else "")


@chosen("remove")
async def _remove(interaction: Interaction, _words: Sequence[str], values: Sequence[str]) -> None:
    server_id = await may_manage(interaction, Area.ROLES)
    await turn(interaction)
    gone = await careers_of(interaction).remove_added(server_id, int(values[0]), by=interaction.user.id)
    await show_setup(interaction, told="Removed." if gone else "It was removed before.")


@pressed("newrole")
async def _new_role(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.ROLES)
    await open_form(
        interaction,
        new_form(
            "A role of our own",
            "careers:role",
            _field("title", "Title", "Community ML Tutor", longest=TITLE),
            _field(
                "aliases", "Other names, with commas between", "ML tutor, teaching assistant", needed=False
            ),
            _field("summary", "What is it?", "One or two sentences.", longest=SUMMARY, tall=True),
            _field("url", "Address to read more", "https://example.org/tutors", needed=False, longest=URL),
        ),
    )


@pressed("newlink")
async def _new_link(interaction: Interaction, _words: Sequence[str]) -> None:
    await may_manage(interaction, Area.ROLES)
    await open_form(
        interaction,
        new_form(
            "A link to a role",
            "careers:link",
            _field("role", "Which role?", "Data Scientist", longest=TITLE),
            _field("title", "Title of the link", "Our reading list", longest=TITLE),
            _field("url", "Address", "https://example.org/list", longest=URL),
        ),
    )


def _field(
    name: str, label: str, example: str, *, needed: bool = True, longest: int = 300, tall: bool = False
) -> ui.Label[Any]:
    style = discord.TextStyle.paragraph if tall else discord.TextStyle.short
    field: ui.TextInput[Any] = ui.TextInput(
        custom_id=name, placeholder=example, required=needed, max_length=longest, style=style
    )
    return ui.Label(text=label, component=field)


@form("careers:role", _new_role)
async def _role_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    server_id = await may_manage(interaction, Area.ROLES)
    role = draft_role(*(values.get(name, "") for name in ("title", "aliases", "summary", "url")))
    await beside(interaction)
    await careers_of(interaction).add_own_role(server_id, role, by=interaction.user.id)
    told = f"✅ {plain(role.title)} is found with `/role info` now, marked as this server's own."
    await show_setup(interaction, told=told)


@form("careers:link", _new_link)
async def _link_given(
    interaction: "discord.Interaction[Any]", _match: re.Match[str], values: dict[str, str]
) -> None:
    server_id = await may_manage(interaction, Area.ROLES)
    service = careers_of(interaction)
    finding = service.directory.find(values.get("role", ""), ROLES)
    faults = Faults()
    role = faults.check(lambda: only_role(finding))
    link = faults.check(
        lambda: draft_link(role.id if role else "", values.get("title", ""), values.get("url", ""))
    )
    faults.settle()
    assert role is not None
    assert link is not None
    await beside(interaction)
    await service.add_link(server_id, link, by=interaction.user.id)
    await show_setup(interaction, told=f"✅ {plain(link.title)} stands on the card of {role.title} now.")
